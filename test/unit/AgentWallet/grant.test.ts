import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, keccak256 } from "ethers";

import { encodePolicy, policyHash } from "../../../sdk/wallets";
import { PRICE } from "../../fixtures/jobs";
import { policyOf, regrant, walletFixture } from "../../fixtures/wallet";
import { VERBS, verbCalls } from "./verbs";

describe("AgentWallet", () => {
  describe("grant", () => {
    it("lets a key act by a policy, which the event carries", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key2, stranger, stable } = parts;
      const policy = await policyOf(parts, { maxJobDuration: 1 });
      expect(await wallet.isGranted(key2, encodePolicy(policy))).to.equal(false);
      await expect(wallet.connect(owner).grant(key2, policy))
        .to.emit(wallet, "PolicyGranted")
        .withArgs(key2.address, policyHash(policy), encodePolicy(policy));
      expect(await wallet.isGranted(key2, encodePolicy(policy))).to.equal(true);
      await expect(
        wallet.connect(key2).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash),
      ).to.changeTokenBalance(stable, stranger, PRICE);
    });

    it("replaces the key's earlier policy", async () => {
      const parts = await walletFixture();
      const { wallet, key, stranger, stable, policy } = parts;
      const later = await regrant(parts, { maxJobDuration: 1 });
      expect(await wallet.isGranted(key, encodePolicy(policy))).to.equal(false);
      expect(await wallet.isGranted(key, encodePolicy(later))).to.equal(true);
      await expect(wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(key.address, policyHash(policy));
    });

    it("leaves other keys' policies as they are", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, key2, policy } = parts;
      await wallet.connect(owner).grant(key2, await policyOf(parts));
      expect(await wallet.isGranted(key, encodePolicy(policy))).to.equal(true);
    });

    it("is the owner's", async () => {
      const { wallet, guardian, key, stranger, policy } = await walletFixture();
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).grant(stranger, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    });

    it("gives neither zero, the wallet nor its owner a policy", async () => {
      const { wallet, owner, policy } = await walletFixture();
      for (const key of [ZeroAddress, await wallet.getAddress(), owner.address]) {
        await expect(wallet.connect(owner).grant(key, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
          .withArgs(key);
      }
    });

    it("waits for a frozen wallet to thaw", async () => {
      const { wallet, owner, key, policy } = await walletFixture();
      await wallet.connect(owner).freeze();
      await expect(wallet.connect(owner).grant(key, policy)).to.be.revertedWithCustomError(
        wallet,
        "AgentWallet_IsFrozen",
      );
    });

    it("lasts until the policy's last second", async () => {
      const parts = await walletFixture();
      const { wallet, key, stranger, stable } = parts;
      const expiresAt = (await time.latest()) + 1_000;
      const policy = encodePolicy(await regrant(parts, { expiresAt }));
      const pay = () => wallet.connect(key).pay(policy, stable, stranger, 0n, 1n, ZeroHash);
      await time.setNextBlockTimestamp(expiresAt - 1);
      await pay();
      expect(await wallet.isGranted(key, policy)).to.equal(true);
      for (const moment of [expiresAt, expiresAt + 1]) {
        await time.setNextBlockTimestamp(moment);
        await expect(pay())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Expired")
          .withArgs(key.address, expiresAt);
        expect(await wallet.isGranted(key, policy)).to.equal(false);
      }
    });
  });

  describe("revoke", () => {
    it("takes a key's policy away", async () => {
      const { wallet, owner, key, stranger, stable, policy } = await walletFixture();
      await expect(wallet.connect(owner).revoke(key)).to.emit(wallet, "PolicyRevoked").withArgs(key.address);
      expect(await wallet.isGranted(key, encodePolicy(policy))).to.equal(false);
      await expect(wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(key.address, policyHash(policy));
    });

    it("is the owner's, also while the wallet is frozen", async () => {
      const { wallet, owner, guardian, key, stranger } = await walletFixture();
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).revoke(key))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
      await wallet.connect(owner).freeze();
      await expect(wallet.connect(owner).revoke(key)).to.emit(wallet, "PolicyRevoked").withArgs(key.address);
    });
  });

  describe("every function that takes a policy", () => {
    for (const verb of VERBS) {
      it(`refuses ${verb} to others than the key, and by other policies`, async () => {
        const parts = await walletFixture();
        const { wallet, owner, guardian, key, key2, stranger, policy } = parts;
        const to = await wallet.getAddress();
        const data = (await verbCalls(parts))[verb];
        for (const sender of [owner, guardian, key2, stranger]) {
          await expect(sender.sendTransaction({ to, data }))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
            .withArgs(sender.address, policyHash(policy));
        }
        const wider = await policyOf(parts, { maxJobDuration: 2 ** 32 - 1 });
        await expect(key.sendTransaction({ to, data: (await verbCalls(parts, wider))[verb] }))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
          .withArgs(key.address, policyHash(wider));
      });
    }

    it("takes no bytes that are no policy", async () => {
      const { wallet, key, stable, stranger } = await walletFixture();
      await expect(wallet.connect(key).pay("0x", stable, stranger, 0n, 1n, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(key.address, keccak256("0x"));
    });
  });
});

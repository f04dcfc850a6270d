import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";

import { encodePolicy, policyHash } from "../../../sdk/wallets";
import { PRICE } from "../../fixtures/jobs";
import { authorizationOf, intentOf, signedBy, walletFixture } from "../../fixtures/wallet";
import { payCall } from "./verbs";

describe("AgentWallet", () => {
  describe("freeze", () => {
    it("is the owner's and the guardian's", async () => {
      const { wallet, owner, guardian, key, stranger } = await walletFixture();
      for (const sender of [key, stranger]) {
        await expect(wallet.connect(sender).freeze())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
      await expect(wallet.connect(guardian).freeze()).to.emit(wallet, "Frozen").withArgs(guardian.address, 2n);
      expect(await wallet.frozen()).to.equal(true);
      expect(await wallet.epoch()).to.equal(2n);
      await expect(wallet.connect(owner).freeze()).to.emit(wallet, "Frozen").withArgs(owner.address, 3n);
      expect(await wallet.epoch()).to.equal(3n);
    });

    it("ends every grant, reserve and intent, and thawing restores none", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, stranger, stable, relayer, policy } = parts;
      const encoded = encodePolicy(policy);
      const authorization = await authorizationOf(parts);
      const digest = await wallet.connect(key).reserve.staticCall(encoded, authorization, 0n);
      await wallet.connect(key).reserve(encoded, authorization, 0n);
      const intent = await intentOf(parts, await payCall(parts));
      const signature = await signedBy(key, wallet, intent);
      expect(await wallet.isReserved(key, digest)).to.equal(true);

      await wallet.connect(owner).freeze();
      for (const thawed of [false, true]) {
        if (thawed) await wallet.connect(owner).thaw();
        expect(await wallet.isGranted(key, encoded)).to.equal(false);
        expect(await wallet.isReserved(key, digest)).to.equal(false);
        await expect(wallet.connect(key).pay(encoded, stable, stranger, 0n, PRICE, ZeroHash))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
          .withArgs(key.address, policyHash(policy));
        await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
          .withArgs(1n, 2n);
      }
      await wallet.connect(owner).grant(key, policy);
      expect(await wallet.isReserved(key, digest)).to.equal(false);
      await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
        .withArgs(1n, 2n);
      await expect(wallet.connect(key).pay(encoded, stable, stranger, 0n, PRICE, ZeroHash)).to.changeTokenBalance(
        stable,
        stranger,
        PRICE,
      );
    });

    it("leaves what was spent as it was", async () => {
      const { wallet, owner, key, stranger, stable, policy } = await walletFixture();
      await wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash);
      const before = await wallet.usageOf(key, stable);
      await wallet.connect(owner).freeze();
      await wallet.connect(owner).thaw();
      await wallet.connect(owner).grant(key, policy);
      expect(await wallet.usageOf(key, stable)).to.deep.equal(before);
    });
  });

  describe("thaw", () => {
    it("is the owner's", async () => {
      const { wallet, owner, guardian, key, stranger, policy } = await walletFixture();
      await wallet.connect(guardian).freeze();
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).thaw())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
      await expect(wallet.connect(owner).thaw()).to.emit(wallet, "Thawed").withArgs();
      expect(await wallet.frozen()).to.equal(false);
      expect(await wallet.epoch()).to.equal(2n);
      await wallet.connect(owner).grant(key, policy);
      expect(await wallet.isGranted(key, encodePolicy(policy))).to.equal(true);
    });
  });

  describe("setGuardian", () => {
    it("replaces the guardian, or leaves the place empty", async () => {
      const { wallet, owner, guardian, stranger } = await walletFixture();
      expect(await wallet.guardian()).to.equal(guardian.address);
      await expect(wallet.connect(owner).setGuardian(stranger))
        .to.emit(wallet, "GuardianChanged")
        .withArgs(stranger.address);
      expect(await wallet.guardian()).to.equal(stranger.address);
      await expect(wallet.connect(guardian).freeze())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(guardian.address);
      await wallet.connect(stranger).freeze();
      await wallet.connect(owner).setGuardian(ZeroAddress);
      expect(await wallet.guardian()).to.equal(ZeroAddress);
      expect([await wallet.epoch(), await wallet.frozen()]).to.deep.equal([2n, true]);
    });

    it("is the owner's", async () => {
      const { wallet, guardian, key, stranger } = await walletFixture();
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).setGuardian(sender))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    });
  });
});

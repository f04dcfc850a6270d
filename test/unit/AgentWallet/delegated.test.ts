import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { TypedDataField } from "ethers";
import { TypedDataEncoder, Wallet, ZeroAddress, ZeroHash, concat } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy, policyHash, signIntent, walletConsentSignature } from "../../../sdk/wallets";
import { AgentWallet__factory } from "../../../typechain-types";
import { AGENT_WALLET_SET, agentWalletDomain } from "../../fixtures/agentRegistry";
import { PRICE } from "../../fixtures/jobs";
import { intentOf, limitOf, policyOf, walletFixture } from "../../fixtures/wallet";
import { COIN, payCall } from "./verbs";

/** An account of its own that delegates to the wallet's code (EIP-7702), with `key` granted a policy. */
async function delegatedAccount() {
  const parts = await walletFixture();
  const { factory, deployer, stable, key } = parts;
  const account = new Wallet(ethers.id("account"), ethers.provider);
  await setBalance(account.address, 10n ** 18n);
  const implementation = await factory.IMPLEMENTATION();
  const nonce = await account.getNonce();
  const authorization = await account.authorize({ address: implementation, nonce: nonce + 1 });
  await (await account.sendTransaction({ type: 4, to: account.address, authorizationList: [authorization] })).wait();
  expect(await ethers.provider.getCode(account.address)).to.equal(concat(["0xef0100", implementation]).toLowerCase());
  const wallet = AgentWallet__factory.connect(account.address, deployer);
  const policy = await policyOf(parts);
  await (await wallet.connect(account).grant(key, policy)).wait();
  await stable.mint(wallet, 100n * PRICE);
  return { ...parts, wallet, account, policy };
}

describe("AgentWallet", () => {
  describe("as the code of an account of its own (EIP-7702)", () => {
    it("belongs to the account", async () => {
      const { wallet, account, factory } = await delegatedAccount();
      expect(await wallet.owner()).to.equal(account.address);
      expect([await wallet.guardian(), await wallet.epoch(), await wallet.frozen()]).to.deep.equal([
        ZeroAddress,
        0n,
        false,
      ]);
      expect(await wallet.FACTORY()).to.equal(await factory.getAddress());
      await expect(wallet.connect(account).initialize(ZeroAddress, [], []))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(account.address);
    });

    it("lets a key spend from it inside its policy", async () => {
      const { wallet, key, stable, stranger, policy } = await delegatedAccount();
      for (const token of [stable, COIN]) {
        const paying = wallet.connect(key).pay(encodePolicy(policy), token, stranger, 0n, PRICE, ZeroHash);
        if (token === COIN) await expect(paying).to.changeEtherBalances([wallet, stranger], [-PRICE, PRICE]);
        else await expect(paying).to.changeTokenBalances(stable, [wallet, stranger], [-PRICE, PRICE]);
      }
    });

    it("is no key of itself", async () => {
      const { wallet, account, stable, stranger, policy } = await delegatedAccount();
      await expect(wallet.connect(account).grant(account.address, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
        .withArgs(account.address);
      await expect(wallet.connect(account).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(account.address, policyHash(policy));
    });

    it("freezes, thaws, names a guardian and withdraws for the account alone", async () => {
      const { wallet, account, key, stable, stranger, guardian } = await delegatedAccount();
      await wallet.connect(account).setGuardian(guardian);
      await expect(wallet.connect(guardian).freeze()).to.emit(wallet, "Frozen").withArgs(guardian.address, 1n);
      await expect(wallet.connect(account).withdraw(stable, stranger, PRICE)).to.changeTokenBalance(
        stable,
        stranger,
        PRICE,
      );
      await wallet.connect(account).thaw();
      expect(await wallet.frozen()).to.equal(false);
      await expect(wallet.connect(key).thaw())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(key.address);
    });

    it("carries out intents, with the account's signature above the threshold", async () => {
      const parts = await delegatedAccount();
      const { wallet, account, key, relayer, stable, stranger } = parts;
      const policy = { ...parts.policy, limits: [await limitOf(stable, { coSignAbove: 0n })] };
      await wallet.connect(account).grant(key, policy);
      const { chainId } = await ethers.provider.getNetwork();
      const intent = await intentOf(parts, await payCall({ ...parts, policy }));
      const keySignature = await signIntent(key, chainId, account.address, intent);
      for (const wrong of [await signIntent(relayer, chainId, account.address, intent), "0x03c0de"]) {
        // Nor is the account asked what it answers for itself.
        await expect(wallet.connect(relayer).execute(intent, keySignature, wrong))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(account.address);
      }
      const ownerSignature = await signIntent(account, chainId, account.address, intent);
      await expect(wallet.connect(relayer).execute(intent, keySignature, ownerSignature)).to.changeTokenBalance(
        stable,
        stranger,
        PRICE,
      );
    });

    it("lets no intent speak for the account", async () => {
      const parts = await delegatedAccount();
      const { wallet, account, relayer, key, policy, stranger } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      const grant = wallet.interface.encodeFunctionData("grant", [stranger.address, policy]);
      let intent = await intentOf(parts, grant);
      await expect(wallet.connect(key).execute(intent, "0x", "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
        .withArgs(account.address, wallet.interface.getFunction("grant").selector);
      const call = wallet.interface.encodeFunctionData("call", [encodePolicy(policy), account.address, grant]);
      intent = await intentOf(parts, call);
      await expect(
        wallet.connect(relayer).execute(intent, await signIntent(key, chainId, account.address, intent), "0x"),
      )
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
        .withArgs(account.address, wallet.interface.getFunction("grant").selector);
      // Signed by the account as if it were a key: it has no policy.
      intent = await intentOf(parts, await payCall(parts), { key: account.address });
      await expect(
        wallet.connect(relayer).execute(intent, await signIntent(account, chainId, account.address, intent), "0x"),
      )
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(account.address, policyHash(policy));
    });

    it("consents to be an agent's wallet by the account's signature, and answers for nothing else of it", async () => {
      const parts = await delegatedAccount();
      const { wallet, account, registry, provider, agents } = parts;
      const deadline = 2n ** 40n;
      const set = { agentId: agents.provider, newWallet: account.address, owner: provider.address, deadline };
      const types: Record<string, TypedDataField[]> = AGENT_WALLET_SET;
      const domain = await agentWalletDomain(registry);
      const digest = TypedDataEncoder.hash(domain, types, set);
      const signature = await account.signTypedData(domain, types, set);
      const consent = walletConsentSignature(agents.provider, provider.address, deadline, signature);
      expect(await wallet.isValidSignature(digest, consent)).to.equal("0x1626ba7e");
      expect(await wallet.isValidSignature(digest, signature)).to.equal("0xffffffff");
    });
  });
});

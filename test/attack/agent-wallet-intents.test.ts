import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import type { Intent } from "../../sdk/wallets";
import { encodePolicy, signIntent } from "../../sdk/wallets";
import { PRICE, prepareHire } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import {
  CO_SIGN_ABOVE,
  authorizationOf,
  intentOf,
  prepareWalletHire,
  regrant,
  signedBy,
  walletFixture,
} from "../fixtures/wallet";
import { MOMENT } from "../unit/mocks/modes";
import { callbackWallet, limitsOf, payCall, siblingWallet } from "./agent-wallet-support";

/** An intent to pay `amount` to the stranger, with its key's signature. */
async function signedPayment(parts: WalletMarket, amount = PRICE, overrides: Partial<Intent> = {}) {
  const intent = await intentOf(parts, await payCall(parts, amount), overrides);
  return { intent, signature: await signedBy(parts.key, parts.wallet, intent) };
}

describe("Attacks on an agent wallet by relayers and signed intents", () => {
  describe("a relayer", () => {
    it("that repeats one", async () => {
      const parts = await walletFixture();
      const { wallet, key, relayer } = parts;
      const { intent, signature } = await signedPayment(parts);
      await wallet.connect(relayer).execute(intent, signature, "0x");
      for (const sender of [relayer, key]) {
        await expect(wallet.connect(sender).execute(intent, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
          .withArgs(key.address, 0n);
      }
    });

    it("that reorders them, within the same limits", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, relayer } = parts;
      const policy = await regrant(parts, {
        limits: [{ ...parts.policy.limits[0]!, windowCap: 3n * PRICE }, parts.policy.limits[1]!],
      });
      const changed = { ...parts, policy };
      const first = await signedPayment(changed, 2n * PRICE, { nonce: 7n });
      const second = await signedPayment(changed, PRICE, { nonce: 2n ** 256n - 1n });
      const third = await signedPayment(changed, 1n, { nonce: 0n });
      await wallet.connect(relayer).execute(second.intent, second.signature, "0x");
      await wallet.connect(relayer).execute(first.intent, first.signature, "0x");
      await expect(wallet.connect(relayer).execute(third.intent, third.signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      expect(await wallet.nonceUsed(key, 0n)).to.equal(false);
    });

    it("that withholds one until its deadline, a freeze or its cancellation has ended it", async () => {
      const parts = await walletFixture();
      const { wallet, key, owner, guardian, relayer, policy } = parts;
      const deadline = (await time.latest()) + 100;
      const late = await signedPayment(parts, PRICE, { deadline });
      const cancelled = await signedPayment(parts, PRICE, { nonce: 1n });
      const frozen = await signedPayment(parts, PRICE, { nonce: 2n });
      const onTime = await signedPayment(parts, PRICE, { nonce: 3n, deadline });
      await wallet.connect(key).cancelIntent(key, 1n);
      await expect(wallet.connect(relayer).execute(cancelled.intent, cancelled.signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
        .withArgs(key.address, 1n);
      await time.setNextBlockTimestamp(deadline);
      await wallet.connect(relayer).execute(onTime.intent, onTime.signature, "0x");
      await time.setNextBlockTimestamp(deadline + 1);
      await expect(wallet.connect(relayer).execute(late.intent, late.signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_IntentExpired")
        .withArgs(deadline);
      // Even if the owner then grants the very same policy again.
      await wallet.connect(guardian).freeze();
      await wallet.connect(owner).thaw();
      await wallet.connect(owner).grant(key, policy);
      await expect(wallet.connect(relayer).execute(frozen.intent, frozen.signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
        .withArgs(1n, 2n);
    });

    it("that changes any part of one", async () => {
      const parts = await walletFixture();
      const { wallet, key, key2, relayer } = parts;
      const { intent, signature } = await signedPayment(parts);
      const changes: Partial<Intent>[] = [
        { call: await payCall(parts, PRICE + 1n) },
        { call: await payCall(parts, PRICE, { to: relayer.address }) },
        { call: ethers.concat([intent.call, "0x00"]) },
        { nonce: 1n },
        { deadline: BigInt(intent.deadline) + 1n },
      ];
      for (const change of changes) {
        await expect(wallet.connect(relayer).execute({ ...intent, ...change }, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(key.address);
      }
      for (const other of [key2.address, parts.owner.address, ZeroAddress]) {
        await expect(wallet.connect(relayer).execute({ ...intent, key: other }, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(other);
      }
      await expect(wallet.connect(relayer).execute({ ...intent, epoch: 0n }, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
        .withArgs(0n, 1n);
    });

    it("that sends one to another wallet of the same owner, key and policy, or to the code that all share", async () => {
      const parts = await walletFixture();
      const { wallet, factory, key, relayer } = parts;
      const { intent, signature } = await signedPayment(parts);
      const sibling = await siblingWallet(parts);
      await expect(sibling.connect(relayer).execute(intent, signature, "0x"))
        .to.be.revertedWithCustomError(sibling, "AgentWallet_InvalidSignature")
        .withArgs(key.address);
      const code = wallet.attach(await factory.IMPLEMENTATION()) as typeof wallet;
      await expect(code.connect(relayer).execute({ ...intent, epoch: 0n }, signature, "0x"))
        .to.be.revertedWithCustomError(code, "AgentWallet_InvalidSignature")
        .withArgs(key.address);
    });

    it("that has one from another chain", async () => {
      const parts = await walletFixture();
      const { wallet, key, relayer } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      const intent = await intentOf(parts, await payCall(parts, PRICE));
      const foreign = await signIntent(key, chainId + 1n, await wallet.getAddress(), intent);
      await expect(wallet.connect(relayer).execute(intent, foreign, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(key.address);
    });

    it("that carries out one of an unknown key, for which nothing was granted", async () => {
      const parts = await walletFixture();
      const { wallet, relayer, policy } = parts;
      const intent = await intentOf(parts, await payCall(parts, PRICE), { key: relayer.address });
      await expect(wallet.connect(relayer).execute(intent, "0x", "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(relayer.address, ethers.keccak256(encodePolicy(policy)));
    });

    it("that takes the owner's signature away, or lends it to something else", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, owner, relayer } = parts;
      const token = await stable.getAddress();
      const { intent, signature } = await signedPayment(parts, CO_SIGN_ABOVE + 1n);
      const consent = await signedBy(owner, wallet, intent);
      await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(token, CO_SIGN_ABOVE + 1n, CO_SIGN_ABOVE);
      const other = await signedPayment(parts, CO_SIGN_ABOVE + 2n, { nonce: 1n });
      for (const wrong of [consent, other.signature, "0x00"]) {
        await expect(wallet.connect(relayer).execute(other.intent, other.signature, wrong))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(owner.address);
      }
      // The owner's consent does not stand for the key's signature.
      await expect(wallet.connect(relayer).execute(intent, consent, consent))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(key.address);
      await wallet.connect(relayer).execute(intent, signature, consent);
      // It was for that one: the next spending needs its own.
      const next = await signedPayment(parts, 1n, { nonce: 2n });
      await expect(wallet.connect(relayer).execute(next.intent, next.signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(token, CO_SIGN_ABOVE + 2n, CO_SIGN_ABOVE);
    });
  });

  describe("a key", () => {
    it("that signs for what only the owner may do, or for what is no spending at all", async () => {
      const parts = await walletFixture();
      const { wallet, key, owner, stable, policy } = parts;
      const call = wallet.interface;
      const token = await stable.getAddress();
      const inner = await intentOf(parts, await payCall(parts, PRICE), { nonce: 1n });
      const calls = [
        call.encodeFunctionData("grant", [key.address, policy]),
        call.encodeFunctionData("revoke", [key.address]),
        call.encodeFunctionData("freeze"),
        call.encodeFunctionData("thaw"),
        call.encodeFunctionData("setGuardian", [key.address]),
        call.encodeFunctionData("withdraw", [token, key.address, PRICE]),
        call.encodeFunctionData("callAsOwner", [token, 0n, "0x"]),
        call.encodeFunctionData("initialize", [key.address, [], []]),
        call.encodeFunctionData("execute", [inner, "0x", "0x"]),
        call.encodeFunctionData("cancelIntent", [key.address, 5n]),
        call.encodeFunctionData("release", [key.address, await authorizationOf(parts), false]),
        call.encodeFunctionData("onERC721Received", [key.address, key.address, 0n, "0x"]),
        "0x",
        "0x000000",
      ];
      for (const data of calls) {
        const intent = await intentOf(parts, data);
        const selector = ethers.dataLength(data) < 4 ? "0x00000000" : ethers.dataSlice(data, 0, 4);
        const signature = await signedBy(key, wallet, intent);
        const consent = await signedBy(owner, wallet, intent); // not even with the owner's own signature
        await expect(wallet.connect(key).execute(intent, signature, consent))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(await wallet.getAddress(), selector);
      }
    });

    it("that uses another key's policy or numbers", async () => {
      const parts = await walletFixture();
      const { wallet, key, key2, policy } = parts;
      const call = await payCall(parts, PRICE);
      const intent = await intentOf(parts, call, { key: key2.address });
      await expect(wallet.connect(key2).execute(intent, "0x", "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(key2.address, ethers.keccak256(encodePolicy(policy)));
      await expect(wallet.connect(key2).cancelIntent(key, 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(key2.address);
    });

    it("whose intent fails keeps its number and every limit", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, relayer, policy } = parts;
      const before = await limitsOf(parts);
      const { args } = await prepareWalletHire(parts);
      const [, , offer, , acceptance] = args;
      const bad = (await prepareHire(parts, { offer: { salt: 9n } })).signature; // of another offer
      const data = wallet.interface.encodeFunctionData("hire", [
        encodePolicy(policy),
        await escrow.getAddress(),
        offer,
        bad,
        acceptance,
      ]);
      const intent = await intentOf(parts, data);
      await expect(
        wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x"),
      ).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature");
      expect(await limitsOf(parts)).to.deep.equal(before);
      expect(await wallet.nonceUsed(key, 0n)).to.equal(false);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
    });
  });

  describe("whoever is called in the middle of one", () => {
    it("cannot carry out another, or spend as the first one's key", async () => {
      const parts = await callbackWallet();
      const { wallet, token, key, relayer } = parts;
      const payment = await payCall(parts, PRICE, { token });
      const inner = await intentOf(parts, payment, { nonce: 1n });
      const nested = [inner, await signedBy(key, wallet, inner), "0x"] as const;
      const attempts: [string, string][] = [
        [
          wallet.interface.encodeFunctionData("execute", [...nested]),
          wallet.interface.encodeErrorResult("AgentWallet_Unauthorized", [await token.getAddress()]),
        ],
        [payment, wallet.interface.encodeErrorResult("ReentrancyGuardReentrantCall")],
      ];
      for (const [i, [attempt, error]] of attempts.entries()) {
        await token.setCallback(MOMENT.AfterTransfer, wallet, attempt);
        const intent = await intentOf(parts, payment, { nonce: 2n + BigInt(i) });
        await wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x");
        const { success, returnData } = await token.result(i);
        expect(success).to.equal(false);
        expect(returnData).to.equal(error);
      }
      expect(await wallet.nonceUsed(key, 1n)).to.equal(false);
      expect(await token.balanceOf(parts.stranger)).to.equal(2n * PRICE);
    });

    it("does not keep a contract that owns the wallet from being heard", async () => {
      // Whoever sends what an owner's contract has signed could wrap it in an intent, have it fail, and so use it up.
      const parts = await callbackWallet();
      const { wallet, token, stable, key, ownerContract, relayer, referrer } = parts;
      const attempts = [
        wallet.interface.encodeFunctionData("withdraw", [await stable.getAddress(), referrer.address, PRICE]),
        wallet.interface.encodeFunctionData("freeze"),
      ];
      for (const [i, attempt] of attempts.entries()) {
        const asOwner = ownerContract.interface.encodeFunctionData("execute", [await wallet.getAddress(), attempt]);
        await token.setCallback(MOMENT.AfterTransfer, ownerContract, asOwner);
        const intent = await intentOf(parts, await payCall(parts, PRICE, { token }), { nonce: BigInt(i) });
        await wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x");
        expect((await token.result(i)).success, `attempt ${i}`).to.equal(true);
      }
      expect(await stable.balanceOf(referrer)).to.equal(PRICE);
      expect(await wallet.frozen()).to.equal(true);
    });
  });
});

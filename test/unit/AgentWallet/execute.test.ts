import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash, concat, dataSlice } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy, policyHash } from "../../../sdk/wallets";
import { AgentWallet__factory } from "../../../typechain-types";
import { PRICE, STATUS, selectorOf } from "../../fixtures/jobs";
import { CO_SIGN_ABOVE, intentOf, limitOf, regrant, signedBy, walletFixture } from "../../fixtures/wallet";
import { VERBS, payCall, verbCalls } from "./verbs";

const walletAbi = AgentWallet__factory.createInterface();

/** The functions that change something and take no policy. */
const OTHERS = walletAbi.fragments.flatMap((fragment) => {
  const { name, selector, stateMutability } = fragment as unknown as {
    name?: string;
    selector?: string;
    stateMutability?: string;
  };
  const changes = stateMutability === "nonpayable" || stateMutability === "payable";
  if (!changes || selector === undefined || name === undefined) return [];
  return (VERBS as readonly string[]).includes(name) ? [] : [[name, selector] as const];
});

describe("AgentWallet", () => {
  describe("execute", () => {
    it("is over when it is over: what follows in the same transaction is no part of it", async () => {
      const parts = await walletFixture();
      const { wallet, stable, owner, key } = parts;
      const actor = await ethers.deployContract("Actor");
      const policy = { ...parts.policy, limits: [await limitOf(stable, { coSignAbove: PRICE })] };
      await wallet.connect(owner).grant(actor, policy);
      await wallet.connect(owner).grant(key, policy);
      const target = await wallet.getAddress();
      const coSigned = async (by: string, nonce: bigint) => {
        const call = await payCall(parts, { policy });
        const intent = await intentOf(parts, call, { key: by, nonce });
        const keySignature = by === key.address ? await signedBy(key, wallet, intent) : "0x";
        const ownerSignature = await signedBy(owner, wallet, intent);
        return walletAbi.encodeFunctionData("execute", [intent, keySignature, ownerSignature]);
      };
      const own = await actor.getAddress();
      // Another intent can follow.
      const [first, second] = [await coSigned(own, 0n), await coSigned(key.address, 1n)];
      const both = actor.executeBatch([first, second].map((data) => ({ target, data })));
      await expect(both).to.changeTokenBalance(stable, wallet, -2n * PRICE);
      // But the owner's consent does not reach beyond its own.
      const [third, alone] = [await coSigned(own, 2n), await payCall(parts, { policy })];
      await expect(actor.executeBatch([third, alone].map((data) => ({ target, data }))))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), 3n * PRICE, PRICE);
    });

    it("carries out what the key signed, whoever sends it, once", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, stranger, relayer } = parts;
      const intent = await intentOf(parts, await payCall(parts));
      const signature = await signedBy(key, wallet, intent);
      expect(await wallet.connect(relayer).execute.staticCall(intent, signature, "0x")).to.equal("0x");
      const response = wallet.connect(relayer).execute(intent, signature, "0x");
      await expect(response).to.changeTokenBalances(stable, [wallet, stranger], [-PRICE, PRICE]);
      await expect(response).to.emit(wallet, "IntentUsed").withArgs(key.address, 0n, true, false);
      expect(await wallet.nonceUsed(key, 0n)).to.equal(true);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(PRICE);
      await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
        .withArgs(key.address, 0n);
    });

    it("looks at no signature of a key that is the sender", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, stranger } = parts;
      for (const [nonce, signature] of ["0x", "0xc0de"].entries()) {
        const intent = await intentOf(parts, await payCall(parts), { nonce });
        await expect(wallet.connect(key).execute(intent, signature, "0x")).to.changeTokenBalance(
          stable,
          stranger,
          PRICE,
        );
      }
    });

    it("returns what the call returned", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, key, relayer } = parts;
      const { hire } = await verbCalls(parts);
      const intent = await intentOf(parts, hire);
      const signature = await signedBy(key, wallet, intent);
      const result = await wallet.connect(relayer).execute.staticCall(intent, signature, "0x");
      await wallet.connect(relayer).execute(intent, signature, "0x");
      expect((await escrow.getJob(BigInt(result))).status).to.equal(STATUS.Funded);
    });

    it("allows with the owner's signature what passes the threshold", async () => {
      const parts = await walletFixture();
      const { wallet, owner, stable, key, relayer } = parts;
      const amount = CO_SIGN_ABOVE + 1n;
      const intent = await intentOf(parts, await payCall(parts, { amount }));
      const [keySignature, ownerSignature] = [
        await signedBy(key, wallet, intent),
        await signedBy(owner, wallet, intent),
      ];
      await expect(wallet.connect(relayer).execute(intent, keySignature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), amount, CO_SIGN_ABOVE);
      expect(await wallet.nonceUsed(key, 0n)).to.equal(false);
      const response = wallet.connect(relayer).execute(intent, keySignature, ownerSignature);
      await expect(response).to.changeTokenBalance(stable, wallet, -amount);
      await expect(response).to.emit(wallet, "IntentUsed").withArgs(key.address, 0n, true, true);
      // The consent was for that one call.
      await expect(key.sendTransaction({ to: wallet, data: await payCall(parts, { amount: 1n }) }))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), amount + 1n, CO_SIGN_ABOVE);
    });

    it("takes the owner's signature along where the key itself sends", async () => {
      const parts = await walletFixture();
      const { wallet, owner, stable, key } = parts;
      const amount = CO_SIGN_ABOVE + 1n;
      const intent = await intentOf(parts, await payCall(parts, { amount }));
      await expect(
        wallet.connect(key).execute(intent, "0x", await signedBy(owner, wallet, intent)),
      ).to.changeTokenBalance(stable, wallet, -amount);
    });

    it("takes no other's signature for the key's or the owner's", async () => {
      const parts = await walletFixture();
      const { wallet, owner, guardian, key, relayer, stranger } = parts;
      const intent = await intentOf(parts, await payCall(parts));
      for (const signer of [owner, guardian, relayer, stranger]) {
        await expect(wallet.connect(relayer).execute(intent, await signedBy(signer, wallet, intent), "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(key.address);
      }
      for (const signature of ["0x", "0xc0de", `0x${"00".repeat(65)}`]) {
        await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(key.address);
      }
      const keySignature = await signedBy(key, wallet, intent);
      for (const signer of [key, guardian, relayer]) {
        await expect(wallet.connect(relayer).execute(intent, keySignature, await signedBy(signer, wallet, intent)))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(owner.address);
      }
    });

    it("is bound to every part of what was signed, and to the wallet", async () => {
      const parts = await walletFixture();
      const { wallet, factory, owner, guardian, key, key2, relayer, policy } = parts;
      const intent = await intentOf(parts, await payCall(parts));
      const signature = await signedBy(key, wallet, intent);
      for (const change of [
        { call: await payCall(parts, { amount: PRICE + 1n }) },
        { nonce: 1n },
        { deadline: BigInt(intent.deadline) + 1n },
      ]) {
        await expect(wallet.connect(relayer).execute({ ...intent, ...change }, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(key.address);
      }
      await expect(wallet.connect(relayer).execute({ ...intent, key: key2.address }, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(key2.address);
      const grants = [{ key: key.address, policy }];
      await factory.createWallet(owner, guardian, grants, ethers.id("another"));
      const another = wallet.attach(
        await factory.walletOf(owner, guardian, grants, ethers.id("another")),
      ) as typeof wallet;
      await expect(another.connect(relayer).execute(intent, signature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(key.address);
    });

    it("is carried out until the deadline's second", async () => {
      const parts = await walletFixture();
      const { wallet, key, relayer } = parts;
      const deadline = (await time.latest()) + 100;
      for (const [nonce, moment] of [deadline - 1, deadline, deadline + 1].entries()) {
        const intent = await intentOf(parts, await payCall(parts), { nonce, deadline });
        const signature = await signedBy(key, wallet, intent);
        await time.setNextBlockTimestamp(moment);
        const executing = wallet.connect(relayer).execute(intent, signature, "0x");
        if (moment <= deadline) await executing;
        else {
          await expect(executing).to.be.revertedWithCustomError(wallet, "AgentWallet_IntentExpired").withArgs(deadline);
        }
      }
    });

    it("is of the present epoch", async () => {
      const parts = await walletFixture();
      const { wallet, key } = parts;
      for (const epoch of [0n, 2n]) {
        const intent = await intentOf(parts, await payCall(parts), { epoch });
        await expect(wallet.connect(key).execute(intent, "0x", "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
          .withArgs(epoch, 1n);
      }
    });

    for (const verb of VERBS) {
      it(`lets ${verb} act for the signer`, async () => {
        const parts = await walletFixture();
        const { wallet, owner, key, relayer, policy } = parts;
        await wallet.connect(owner).revoke(key);
        const intent = await intentOf(parts, (await verbCalls(parts))[verb]);
        await expect(wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
          .withArgs(key.address, policyHash(policy));
      });
    }

    for (const [name, selector] of OTHERS) {
      it(`never calls ${name}`, async () => {
        const parts = await walletFixture();
        const { wallet, key } = parts;
        const intent = await intentOf(parts, concat([selector, ZeroHash, ZeroHash, ZeroHash]));
        await expect(wallet.connect(key).execute(intent, "0x", "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(await wallet.getAddress(), selector);
      });
    }

    it("makes no call without a whole selector", async () => {
      const parts = await walletFixture();
      const { wallet, key } = parts;
      for (const call of ["0x", dataSlice(selectorOf(wallet, "pay"), 0, 3)]) {
        await expect(wallet.connect(key).execute(await intentOf(parts, call), "0x", "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(await wallet.getAddress(), "0x00000000");
      }
    });

    it("gives nobody a right that was not granted", async () => {
      const parts = await walletFixture();
      const { wallet, owner, relayer, stranger } = parts;
      // The owner and a stranger can sign intents, too; they have no policy.
      for (const signer of [owner, stranger]) {
        const intent = await intentOf(parts, await payCall(parts), { key: signer.address });
        await expect(wallet.connect(relayer).execute(intent, await signedBy(signer, wallet, intent), "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
          .withArgs(signer.address, policyHash(parts.policy));
      }
    });

    it("asks a contract that is the key (ERC-1271)", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key2, relayer, stable, stranger } = parts;
      const smart = await ethers.deployContract("ERC1271Wallet", [key2]);
      await wallet.connect(owner).grant(smart, parts.policy);
      const intent = await intentOf(parts, await payCall(parts), { key: await smart.getAddress() });
      await expect(wallet.connect(relayer).execute(intent, await signedBy(relayer, wallet, intent), "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(await smart.getAddress());
      await expect(
        wallet.connect(relayer).execute(intent, await signedBy(key2, wallet, intent), "0x"),
      ).to.changeTokenBalance(stable, stranger, PRICE);
    });

    it("asks a contract that is the owner (ERC-1271)", async () => {
      const parts = await walletFixture();
      const { factory, owner, key, relayer, stable, guardian } = parts;
      const smart = await ethers.deployContract("ERC1271Wallet", [owner]);
      const policy = { ...parts.policy, limits: [await limitOf(stable, { coSignAbove: 0n })] };
      const grants = [{ key: key.address, policy }];
      await factory.createWallet(smart, guardian, grants, ZeroHash);
      const wallet = parts.wallet.attach(
        await factory.walletOf(smart, guardian, grants, ZeroHash),
      ) as typeof parts.wallet;
      await stable.mint(wallet, PRICE);
      const intent = await intentOf({ ...parts, wallet }, await payCall(parts, { policy }));
      const keySignature = await signedBy(key, wallet, intent);
      await expect(wallet.connect(relayer).execute(intent, keySignature, await signedBy(relayer, wallet, intent)))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
        .withArgs(await smart.getAddress());
      await expect(
        wallet.connect(relayer).execute(intent, keySignature, await signedBy(owner, wallet, intent)),
      ).to.changeTokenBalance(stable, wallet, -PRICE);
    });

    it("never asks the wallet for its own signature", async () => {
      const parts = await walletFixture();
      const { wallet, relayer } = parts;
      const own = await wallet.getAddress();
      const intent = await intentOf(parts, await payCall(parts), { key: own });
      for (const signature of ["0x", concat(["0x03", own])]) {
        await expect(wallet.connect(relayer).execute(intent, signature, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
          .withArgs(own);
      }
    });

    it("fails as the call does, and then has used no number", async () => {
      const parts = await walletFixture();
      const { wallet, key, provider } = parts;
      const intent = await intentOf(parts, await payCall(parts, { to: provider.address }));
      await expect(wallet.connect(key).execute(intent, "0x", "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(provider.address, 0n);
      expect(await wallet.nonceUsed(key, 0n)).to.equal(false);
    });

    it("keeps keys' limits apart", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, key2, relayer, stable } = parts;
      const policy = await regrant(parts, { limits: [await limitOf(stable, { windowCap: PRICE })] });
      await wallet.connect(owner).grant(key2, policy);
      for (const signer of [key, key2]) {
        const intent = await intentOf(parts, await payCall(parts, { policy: policy }), {
          key: signer.address,
        });
        await wallet.connect(relayer).execute(intent, await signedBy(signer, wallet, intent), "0x");
        expect((await wallet.usageOf(signer, stable)).usage.windowSpent).to.equal(PRICE);
      }
      expect(await wallet.isGranted(key2, encodePolicy(policy))).to.equal(true);
    });
  });

  describe("cancelIntent", () => {
    it("makes a number unusable, by the key or the owner", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, relayer } = parts;
      for (const [nonce, sender] of [key, owner].entries()) {
        const intent = await intentOf(parts, await payCall(parts), { nonce });
        await expect(wallet.connect(sender).cancelIntent(key, nonce))
          .to.emit(wallet, "IntentUsed")
          .withArgs(key.address, nonce, false, false);
        await expect(wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
          .withArgs(key.address, nonce);
        await expect(wallet.connect(sender).cancelIntent(key, nonce))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
          .withArgs(key.address, nonce);
      }
    });

    it("is nobody else's", async () => {
      const { wallet, key, key2, guardian, relayer } = await walletFixture();
      for (const sender of [key2, guardian, relayer]) {
        await expect(wallet.connect(sender).cancelIntent(key, 0n))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    });

    it("keeps numbers apart, in any order, and by key", async () => {
      const { wallet, key, key2 } = await walletFixture();
      const numbers = [300n, 0n, 255n, 256n, 2n ** 256n - 1n];
      for (const nonce of numbers) await wallet.connect(key).cancelIntent(key, nonce);
      for (const nonce of numbers) {
        expect(await wallet.nonceUsed(key, nonce)).to.equal(true);
        expect(await wallet.nonceUsed(key2, nonce)).to.equal(false);
      }
      for (const nonce of [1n, 254n, 257n, 299n, 301n, 2n ** 256n - 2n]) {
        expect(await wallet.nonceUsed(key, nonce)).to.equal(false);
      }
    });
  });
});

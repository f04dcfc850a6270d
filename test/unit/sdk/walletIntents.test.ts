import { expect } from "chai";
import { ZeroHash, concat } from "ethers";
import { ethers } from "hardhat";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { walletImplementation } from "../../../sdk/create2";
import type { SignedIntent } from "../../../sdk/walletIntents";
import { decodeWalletCall, formatSignedIntent, parseSignedIntent } from "../../../sdk/walletIntents";
import { decodePolicy, encodePolicy, intentDigest, isWalletCode, policyHash } from "../../../sdk/wallets";
import { PRICE } from "../../fixtures/jobs";
import { prepareWalletHire, signedBy, walletFixture } from "../../fixtures/wallet";

/** A payment of PRICE to `stranger`, signed by the key. */
async function signedPayment() {
  const parts = await walletFixture();
  const { wallet, key, stable, stranger, policy } = parts;
  const args = [encodePolicy(policy), await stable.getAddress(), stranger.address, 0n, PRICE, ZeroHash] as const;
  const call = wallet.interface.encodeFunctionData("pay", [...args]);
  const deadline = BigInt((await ethers.provider.getBlock("latest"))!.timestamp) + 3_600n;
  const intent = { key: key.address, call, nonce: 7n, deadline, epoch: 1n };
  const keySignature = await signedBy(key, wallet, intent);
  const signed: SignedIntent = {
    chainId: 31337n,
    wallet: await wallet.getAddress(),
    intent,
    keySignature,
    ownerSignature: "0x",
  };
  return { ...parts, signed };
}

describe("sdk", () => {
  describe("walletIntents", () => {
    it("travel as a file, and are then carried out", async () => {
      const { signed, wallet, stranger, stable, relayer } = await signedPayment();
      const read = parseSignedIntent(formatSignedIntent(signed));
      expect(read).to.deep.equal(signed);
      expect(intentDigest(read.chainId, read.wallet, read.intent)).to.equal(await wallet.intentHash(read.intent));
      await wallet.connect(relayer).execute(read.intent, read.keySignature, read.ownerSignature);
      expect(await stable.balanceOf(stranger)).to.equal(PRICE);
    });

    it("are refused when a file was changed, or says what no contract can read", async () => {
      const { signed } = await signedPayment();
      const text = formatSignedIntent(signed);
      const refused = (from: string | RegExp, to: string, reason: string) => {
        const changed = text.replace(from, to);
        expect(changed).not.to.equal(text);
        expect(() => parseSignedIntent(changed, "intent.json")).to.throw(InvalidInputError, reason);
      };
      refused('"nonce": "7"', '"nonce": "8"', "intent.json was changed: its intent hashes to");
      refused('"nonce": "7"', `"nonce": "${1n << 256n}"`, "intent.json: /intent/nonce is too large.");
      refused('"nonce": "7"', '"nonce": 7', "/intent/nonce must be string");
      refused(
        signed.wallet,
        signed.wallet.replace(/[a-f]/, (digit) => digit.toUpperCase()),
        "/wallet has a wrong",
      );
      refused('"version": 1', '"version": 2', "/version must be 1");
    });

    it("say what they do, argument by argument", async () => {
      const parts = await signedPayment();
      const { signed, stable, stranger, policy, wallet } = parts;
      const payment = decodeWalletCall(signed.intent.call);
      expect(payment.verb).to.equal("pay");
      expect(policyHash(decodePolicy(payment.policy))).to.equal(policyHash(policy));
      expect(payment.args).to.deep.equal({
        token: await stable.getAddress(),
        to: stranger.address,
        agentId: 0n,
        amount: PRICE,
        purpose: ZeroHash,
      });
      const escrow = await parts.escrow.getAddress();
      const { args, offer } = await prepareWalletHire(parts);
      const [encoded, , ...rest] = args;
      const hiring = decodeWalletCall(wallet.interface.encodeFunctionData("hire", [encoded, escrow, ...rest]));
      expect(hiring.verb).to.equal("hire");
      expect(hiring.args.offer).to.deep.include({ provider: offer.provider, amount: offer.amount });
    });

    it("are not taken for one if they call what no key may", async () => {
      const { wallet, owner, stable } = await signedPayment();
      const withdrawal = wallet.interface.encodeFunctionData("withdraw", [
        await stable.getAddress(),
        owner.address,
        1n,
      ]);
      for (const call of [withdrawal, wallet.interface.encodeFunctionData("freeze"), "0x12345678", "0x"]) {
        expect(() => decodeWalletCall(call)).to.throw(InvalidInputError, "calls no function that a key may call");
      }
    });
  });

  describe("isWalletCode", () => {
    it("knows clones of the implementation and accounts that delegate to it, and nothing else", async () => {
      const { wallet, factory, owner } = await walletFixture();
      const implementation = await factory.IMPLEMENTATION();
      expect(walletImplementation(await factory.getAddress())).to.equal(implementation);
      const code = await ethers.provider.getCode(wallet);
      expect(isWalletCode(code, implementation)).to.equal(true);
      expect(isWalletCode(code, owner.address)).to.equal(false);
      expect(isWalletCode(`${code}00`, implementation)).to.equal(false);
      expect(isWalletCode(code.slice(0, -2), implementation)).to.equal(false);
      expect(isWalletCode(concat(["0xef0100", implementation]), implementation)).to.equal(true);
      expect(isWalletCode(concat(["0xef0100", owner.address]), implementation)).to.equal(false);
      expect(isWalletCode("0x", implementation)).to.equal(false);
      expect(isWalletCode(await ethers.provider.getCode(implementation), implementation)).to.equal(false);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, makeError } from "ethers";
import { ethers } from "hardhat";

import { policyHash } from "../../../sdk/wallets";
import {
  findGrant,
  functionName,
  keySpeaksFor,
  limitLeft,
  readAudit,
  readGrants,
  readLimits,
} from "../../../sdk/walletView";
import { PRICE } from "../../fixtures/jobs";
import {
  CO_SIGN_ABOVE,
  JOB_CAP,
  LIFETIME_CAP,
  WINDOW,
  WINDOW_CAP,
  hireThroughWallet,
  regrant,
  walletFixture,
} from "../../fixtures/wallet";

describe("sdk", () => {
  describe("walletView", () => {
    const limit = {
      token: ZeroAddress,
      window: 100n,
      windowCap: 50n,
      lifetimeCap: 80n,
      jobCap: 20n,
      coSignAbove: 30n,
      admittedCap: 10n,
    };

    it("begins a new window at the border, not a second before", () => {
      const usage = { windowSpent: 40n, windowStart: 300n, lifetimeSpent: 70n };
      const admitted = { windowSpent: 7n, windowStart: 300n };
      const last = limitLeft(limit, usage, admitted, 399n);
      expect(last.window).to.deep.equal({ cap: 50n, spent: 40n, left: 10n, start: 300n, end: 400n });
      expect(last.admitted).to.deep.equal({ cap: 10n, spent: 7n, left: 3n });
      expect(last.coSign).to.deep.equal({ cap: 30n, spent: 40n, left: 0n });
      expect([last.spendable, last.spendableCoSigned]).to.deep.equal([0n, 10n]);
      const next = limitLeft(limit, usage, admitted, 400n);
      expect(next.window).to.deep.equal({ cap: 50n, spent: 0n, left: 50n, start: 400n, end: 500n });
      expect(next.admitted.left).to.equal(10n);
      // The lifetime cap binds now.
      expect([next.spendable, next.spendableCoSigned]).to.deep.equal([10n, 10n]);
    });

    it("lets an earlier policy's later window go on, and one without end never start anew", () => {
      const usage = { windowSpent: 60n, windowStart: 350n, lifetimeSpent: 90n };
      const going = limitLeft(limit, usage, { windowSpent: 0n, windowStart: 0n }, 360n);
      expect(going.window).to.include({ spent: 60n, left: 0n, start: 350n, end: 400n });
      expect(going.lifetime.left).to.equal(0n);
      const endless = limitLeft({ ...limit, window: 0n }, usage, { windowSpent: 0n, windowStart: 0n }, 10_000n);
      expect(endless.window).to.include({ spent: 60n, end: undefined });
    });

    it("says what the next transaction may spend, as the chain then finds it", async () => {
      const parts = await walletFixture();
      const { wallet, key, stable, stranger, policy } = parts;
      await hireThroughWallet(parts);
      const grant = (await findGrant(wallet, key.address))!;
      expect(grant).to.include({ policyHash: policyHash(policy), granted: true });
      const [left] = await readLimits(wallet, key.address, grant.policy, BigInt(await time.latest()));
      expect(left).to.deep.include({
        jobCap: JOB_CAP,
        spendable: CO_SIGN_ABOVE - PRICE,
        spendableCoSigned: WINDOW_CAP - PRICE,
        lifetime: { cap: LIFETIME_CAP, spent: PRICE, left: LIFETIME_CAP - PRICE },
      });
      const pay = (amount: bigint) => wallet.connect(key).pay(grant.encoded, stable, stranger, 0, amount, ZeroHash);
      await expect(pay(left!.spendable + 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), CO_SIGN_ABOVE + 1n, CO_SIGN_ABOVE);
      await pay(left!.spendable);
      const [none] = await readLimits(wallet, key.address, grant.policy, BigInt(await time.latest()));
      expect(none).to.include({ spendable: 0n, spendableCoSigned: WINDOW_CAP - CO_SIGN_ABOVE });
      const later = BigInt(await time.latest()) + BigInt(WINDOW);
      expect((await readLimits(wallet, key.address, grant.policy, later))[0]?.window.left).to.equal(WINDOW_CAP);
    });

    it("finds the policy that holds, and tells those that do not", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, key2 } = parts;
      expect(await findGrant(wallet, key2.address)).to.equal(undefined);
      const second = await regrant(parts, { payees: [] });
      const grants = await readGrants(wallet);
      expect(grants.map(({ granted }) => granted)).to.deep.equal([false, true]);
      expect((await findGrant(wallet, key.address))?.policyHash).to.equal(policyHash(second));
      await wallet.connect(owner).revoke(key);
      expect(await findGrant(wallet, key.address)).to.equal(undefined);
    });

    it("does not take an endpoint's refusal for a wallet's no", async () => {
      const { wallet, key } = await walletFixture();
      const account = await wallet.getAddress();
      const refusal: Error = makeError("query exceeds max block range", "UNKNOWN_ERROR");
      const refusing = (method: "getLogs" | "call") =>
        new Proxy(ethers.provider, {
          get(target, name, receiver) {
            if (name === "provider") return receiver as unknown;
            const refuse = async () => Promise.reject(refusal);
            const member: unknown = Reflect.get(target, name, target);
            if (name === method) return refuse;
            return typeof member === "function" ? (member.bind(target) as unknown) : member;
          },
        });
      expect(await keySpeaksFor(ethers.provider, account, key.address)).to.equal(true);
      for (const method of ["getLogs", "call"] as const) {
        const said: unknown = await keySpeaksFor(refusing(method), account, key.address).catch(
          (error: unknown) => error,
        );
        expect((said as Error).message).to.contain("max block range");
      }
      const since = (await ethers.provider.getBlockNumber()) + 1;
      expect(await keySpeaksFor(ethers.provider, account, key.address, since)).to.equal(false);
    });

    it("tells everything that happened, in order, by name", async () => {
      const parts = await walletFixture();
      const { wallet, owner, guardian, key, stable, escrow, provider } = parts;
      const jobId = await hireThroughWallet(parts);
      await wallet.connect(guardian).freeze();
      await wallet.connect(owner).thaw();
      await wallet.connect(owner).withdraw(stable, owner, 5n);
      const audit = await readAudit(wallet, ethers.provider);
      expect(audit.map(({ event }) => event)).to.deep.equal([
        "PolicyGranted",
        "Spent",
        "Frozen",
        "Thawed",
        "Withdrawn",
      ]);
      const [granted, spent, , , withdrawn] = audit;
      expect(granted).to.include({ key: key.address });
      expect(granted?.details).to.deep.equal({ policyHash: policyHash(parts.policy) });
      expect(spent?.details).to.include({
        token: await stable.getAddress(),
        payee: provider.address,
        verb: "hire",
        amount: PRICE,
        windowLeft: WINDOW_CAP - PRICE,
        lifetimeLeft: LIFETIME_CAP - PRICE,
        purpose: `0x${jobId.toString(16).padStart(64, "0")}`,
      });
      expect(withdrawn).to.include({ key: undefined, block: await ethers.provider.getBlockNumber() });
      expect(withdrawn?.time).to.equal(BigInt(await time.latest()));
      expect(functionName(escrow.interface.getFunction("submit").selector)).to.equal("submit");
      expect(functionName("0x12345678")).to.equal("0x12345678");
    });
  });
});

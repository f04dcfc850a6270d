import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import type { Courtroom } from "../../fixtures/evaluation";
import { BOND, PHASE, REVIEW, courtroom } from "../../fixtures/evaluation";
import type { OfferTerms } from "../../fixtures/jobs";
import { DAY, DELIVERABLE, PRICE, hireJob, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import {
  JOB_CAP,
  LIFETIME_CAP,
  WINDOW,
  WINDOW_CAP,
  hireThroughWallet,
  limitOf,
  prepareWalletHire,
  regrant,
  walletIn,
} from "../../fixtures/wallet";

type Parts = WalletMarket & Courtroom;

/** A wallet in a courtroom whose evaluator its policy lists. */
async function walletInCourt(native = false): Promise<Parts> {
  const court = await courtroom({ native });
  return walletIn(court, { evaluators: [await court.judge.getAddress()] });
}

const terms = async ({ judge }: Parts): Promise<Partial<OfferTerms>> => ({
  evaluator: await judge.getAddress(),
  evaluationPeriod: REVIEW + DAY,
});

/** A job whose client the wallet is, submitted. */
async function submittedForWallet(parts: Parts, offer: Partial<OfferTerms> = {}): Promise<bigint> {
  const jobId = await hireThroughWallet(parts, { offer: { ...(await terms(parts)), ...offer } });
  await parts.escrow.connect(parts.provider).submit(jobId, DELIVERABLE, "0x");
  return jobId;
}

/** A job by another client, whose provider the wallet is, disputed. */
async function disputedByClient(parts: Parts): Promise<bigint> {
  const { wallet, owner, escrow, judge, client, value } = parts;
  // The wallet takes work without a signature: the client creates the job for it.
  const expiredAt = (await time.latest()) + 20 * DAY;
  const args = [wallet, judge, expiredAt, "", ZeroAddress, 0n] as const;
  const jobId = await escrow.connect(client).createJob.staticCall(...args);
  await escrow.connect(client).createJob(...args);
  await escrow.connect(client).setBudget(jobId, parts.stable, PRICE, "0x");
  await escrow.connect(client).fund(jobId, PRICE, "0x");
  await wallet
    .connect(owner)
    .callAsOwner(escrow, 0n, escrow.interface.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]));
  await judge.connect(client).dispute(jobId, { value });
  return jobId;
}

const post = (parts: Parts, verb: "dispute" | "contest", jobId: bigint, bond = BOND, policy = parts.policy) =>
  parts.wallet.connect(parts.key).getFunction(verb)(
    encodePolicy(policy),
    parts.judge,
    jobId,
    parts.value === 0n ? parts.stable : ZeroAddress,
    bond,
  );

describe("AgentWallet", () => {
  for (const verb of ["dispute", "contest"] as const) {
    describe(verb, () => {
      const open = (parts: Parts) => (verb === "dispute" ? submittedForWallet(parts) : disputedByClient(parts));

      for (const native of [false, true]) {
        it(`posts the bond in ${native ? "coin" : "a token"}, and counts it towards the job`, async () => {
          const parts = await walletInCourt(native);
          const { wallet, stable, judge, key } = parts;
          const jobId = await open(parts);
          const token = native ? ZeroAddress : await stable.getAddress();
          const { usage: before } = await wallet.usageOf(key, token);
          const response = post(parts, verb, jobId);
          if (native) await expect(response).to.changeEtherBalances([wallet, judge], [-BOND, BOND]);
          else await expect(response).to.changeTokenBalances(stable, [wallet, judge], [-BOND, BOND]);
          const now = await time.latest();
          await expect(response)
            .to.emit(wallet, "Spent")
            .withArgs(
              key.address,
              token,
              await judge.getAddress(),
              selectorOf(wallet, verb),
              BOND,
              now - (now % WINDOW),
              WINDOW_CAP - BOND - before.windowSpent,
              LIFETIME_CAP - BOND - before.lifetimeSpent,
              ethers.toBeHex(jobId, 32),
            );
          expect((await judge.disputeOf(jobId)).phase).to.equal(verb === "dispute" ? PHASE.Disputed : PHASE.Contested);
          expect(await wallet.jobCosts(key, token, jobId)).to.equal(BOND);
          expect(await stable.allowance(wallet, judge)).to.equal(0n);
        });
      }

      it("uses listed evaluators of listed escrows only", async () => {
        const parts = await walletInCourt();
        const { wallet, key, stable, stranger, escrow } = parts;
        await expect(wallet.connect(key)[verb](encodePolicy(parts.policy), stranger, 1n, stable, BOND))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
          .withArgs(1n, stranger.address);
        const jobId = await open(parts);
        const policy = await regrant(parts, { escrows: [stranger.address] });
        await expect(post(parts, verb, jobId, BOND, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
          .withArgs(0n, await escrow.getAddress());
      });

      it("approves the bond that the key names, and no more", async () => {
        const parts = await walletInCourt();
        const { wallet, stable, judge } = parts;
        const jobId = await open(parts);
        await expect(post(parts, verb, jobId, BOND - 1n))
          .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
          .withArgs(await judge.getAddress(), BOND - 1n, BOND);
        await post(parts, verb, jobId, BOND + 1n);
        expect(await stable.allowance(wallet, judge)).to.equal(0n);
        // What was named is what counts: nothing is given back for a bond that was smaller.
        expect(await wallet.jobCosts(parts.key, stable, jobId)).to.equal(BOND + 1n);
      });

      it("sends the coin that the key names", async () => {
        const parts = await walletInCourt(true);
        const jobId = await open(parts);
        for (const bond of [BOND - 1n, BOND + 1n]) {
          await expect(post(parts, verb, jobId, bond))
            .to.be.revertedWithCustomError(parts.judge, "OptimisticEvaluator_IncorrectBond")
            .withArgs(BOND, bond);
        }
      });

      it("pays in what the evaluator asks for only", async () => {
        for (const native of [false, true]) {
          const parts = await walletInCourt(native);
          const { wallet, key, judge, stable, policy } = parts;
          const jobId = await open(parts);
          const wrong = native ? stable : ZeroAddress;
          await expect(wallet.connect(key).getFunction(verb)(encodePolicy(policy), judge, jobId, wrong, BOND))
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
            .withArgs(native ? BOND : 0n, native ? 0n : BOND);
        }
      });

      it("fails as the evaluator does", async () => {
        const parts = await walletInCourt();
        const { jobId } = await hireJob(parts, { offer: await terms(parts) });
        await parts.escrow.connect(parts.provider).submit(jobId, DELIVERABLE, "0x");
        if (verb === "contest") await parts.judge.connect(parts.client).dispute(jobId);
        await expect(post(parts, verb, jobId))
          .to.be.revertedWithCustomError(parts.judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, await parts.wallet.getAddress());
        expect(await parts.wallet.jobCosts(parts.key, parts.stable, jobId)).to.equal(0n);
      });

      it("does not count who is paid against the policy's payees", async () => {
        const parts = await walletInCourt();
        const jobId = await open(parts);
        const policy = await regrant(parts, { payees: [], agents: [] });
        await post(parts, verb, jobId, BOND, policy);
        expect(await parts.wallet.jobCosts(parts.key, parts.stable, jobId)).to.equal(BOND);
      });
    });
  }

  describe("a job's cap", () => {
    it("holds price and bond of a client together", async () => {
      for (const [spare, allowed] of [
        [-1n, false],
        [0n, true],
        [1n, true],
      ] as const) {
        const parts = await walletInCourt();
        const { wallet, stable } = parts;
        const jobId = await submittedForWallet(parts);
        const jobCap = PRICE + BOND + spare;
        const policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap })] });
        const posting = post(parts, "dispute", jobId, BOND, policy);
        if (allowed) await posting;
        else {
          await expect(posting)
            .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
            .withArgs(await stable.getAddress(), jobId, BOND, BOND + spare);
        }
      }
    });

    it("leaves nothing where the price alone is above it", async () => {
      const parts = await walletInCourt();
      const { wallet, stable } = parts;
      const jobId = await submittedForWallet(parts);
      const policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap: PRICE - 1n })] });
      await expect(post(parts, "dispute", jobId, BOND, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, BOND, 0n);
    });

    it("does not count the price to a provider, who is paid it", async () => {
      const parts = await walletInCourt();
      const { wallet, stable, key } = parts;
      const jobId = await disputedByClient(parts);
      const policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap: BOND })] });
      await post(parts, "contest", jobId, BOND, policy);
      expect(await wallet.jobCosts(key, stable, jobId)).to.equal(BOND);
    });

    it("does not count the price where it is in another token", async () => {
      const parts = await walletInCourt(true);
      const { wallet, key } = parts;
      const jobId = await submittedForWallet(parts);
      const policy = await regrant(parts, { limits: [await limitOf(ZeroAddress, { jobCap: BOND })] });
      await post(parts, "dispute", jobId, BOND, policy);
      expect(await wallet.jobCosts(key, ZeroAddress, jobId)).to.equal(BOND);
    });

    it("holds the price", async () => {
      const parts = await walletInCourt();
      const { wallet, stable } = parts;
      const policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap: JOB_CAP })] });
      const offer = await terms(parts);
      await hireThroughWallet(parts, { policy, offer: { ...offer, amount: JOB_CAP } });
      const { jobId, send } = await prepareWalletHire(parts, { policy, offer: { ...offer, amount: JOB_CAP + 1n } });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, JOB_CAP + 1n, JOB_CAP);
    });
  });
});

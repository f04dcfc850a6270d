import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import { encodePolicy } from "../../../sdk/wallets";
import { OptimisticEvaluator__factory } from "../../../typechain-types";
import type { Courtroom } from "../../fixtures/evaluation";
import { BOND, PHASE, REVIEW, courtroom } from "../../fixtures/evaluation";
import { DAY, DELIVERABLE, PRICE, REASON, STATUS, hireJob, offerOf, submittedJob } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { hireThroughWallet, walletFixture, walletIn } from "../../fixtures/wallet";

/** Has the wallet's key call the escrow. */
function escrowCaller({ wallet, key, escrow, policy }: WalletMarket) {
  return (name: string, args: unknown[]) =>
    wallet
      .connect(key)
      .act(encodePolicy(policy), escrow, escrow.interface.encodeFunctionData(name as "submit", args as never));
}

const judgeAbi = OptimisticEvaluator__factory.createInterface();

/** A courtroom with a wallet in it, and what has the wallet's key call the evaluator. */
async function walletInCourt() {
  const court = await courtroom();
  const parts: WalletMarket & Courtroom = await walletIn(court, { evaluators: [await court.judge.getAddress()] });
  const { wallet, key, judge, policy } = parts;
  const act = (name: string, args: unknown[]) =>
    wallet.connect(key).act(encodePolicy(policy), judge, judgeAbi.encodeFunctionData(name as "accept", args as never));
  return { ...parts, act };
}

type InCourt = Awaited<ReturnType<typeof walletInCourt>>;

/** A job of the wallet's, submitted, disputed or contested. */
async function walletsJob(parts: InCourt, phase: keyof typeof PHASE): Promise<bigint> {
  const { wallet, key, escrow, judge, stable, provider, policy } = parts;
  const evaluator = await judge.getAddress();
  const jobId = await hireThroughWallet(parts, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
  await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
  if (phase === "Review") return jobId;
  await wallet.connect(key).dispute(encodePolicy(policy), judge, jobId, stable, BOND);
  if (phase === "Contested") await judge.connect(provider).contest(jobId);
  return jobId;
}

describe("AgentWallet", () => {
  describe("act in a job", () => {
    it("creates a job, and sets provider and price, as a client", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, evaluator, provider, agents } = parts;
      const act = escrowCaller(parts);
      await act("createJob", [ZeroAddress, evaluator.address, (await time.latest()) + DAY, "", ZeroAddress, 0n]);
      const [created] = await escrow.queryFilter(escrow.filters.JobCreated());
      const { jobId } = created!.args;
      await act("setProvider", [jobId, provider.address, agents.provider]);
      await act("setBudget", [jobId, await stable.getAddress(), PRICE, "0x"]);
      const job = await escrow.getJob(jobId);
      expect([job.client, job.provider, job.providerAgentId, job.budget]).to.deep.equal([
        await wallet.getAddress(),
        provider.address,
        agents.provider,
        PRICE,
      ]);
      await act("reject", [jobId, REASON, "0x"]);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
    });

    it("submits and declines as a provider, and cancels its offers", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, client, evaluator, stable } = parts;
      const act = escrowCaller(parts);
      const expiredAt = (await time.latest()) + DAY;
      const jobs: bigint[] = [];
      for (let i = 0; i < 2; ++i) {
        const args = [wallet, evaluator, expiredAt, "", ZeroAddress, 0n] as const;
        const jobId = await escrow.connect(client).createJob.staticCall(...args);
        await escrow.connect(client).createJob(...args);
        await escrow.connect(client).setBudget(jobId, stable, PRICE, "0x");
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        jobs.push(jobId);
      }
      await act("submit", [jobs[0], DELIVERABLE, "0x"]);
      expect((await escrow.getJob(jobs[0]!)).status).to.equal(STATUS.Submitted);
      await act("decline", [jobs[1], REASON]);
      expect((await escrow.getJob(jobs[1]!)).status).to.equal(STATUS.Rejected);
      const offer = await offerOf(parts, { provider: await wallet.getAddress(), providerAgentId: 0n });
      await act("cancelOffer", [offer]);
      expect((await escrow.offerState(await escrow.offerHash(offer))).cancelled).to.equal(true);
    });

    it("judges as an evaluator", async () => {
      const parts = await walletFixture();
      const { wallet, escrow } = parts;
      const act = escrowCaller(parts);
      const job = () => submittedJob(parts, { evaluator: wallet });
      const [completed, partly, rejected] = [await job(), await job(), await job()];
      const { expiredAt } = await escrow.getJob(completed);
      await act("extendEvaluation", [completed, expiredAt + 60n]);
      expect((await escrow.getJob(completed)).expiredAt).to.equal(expiredAt + 60n);
      await act("complete", [completed, REASON, "0x"]);
      await act("completePartially", [partly, PRICE / 2n, REASON, 0n, "0x"]);
      await act("reject", [rejected, REASON, "0x"]);
      for (const [jobId, status] of [
        [completed, STATUS.Completed],
        [partly, STATUS.Completed],
        [rejected, STATUS.Rejected],
      ] as const) {
        expect((await escrow.getJob(jobId)).status).to.equal(status);
      }
    });

    it("withdraws what the escrow owes it", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, provider } = parts;
      const jobId = await hireThroughWallet(parts);
      await stable.blacklist(wallet);
      await escrow.connect(provider).decline(jobId, REASON);
      expect(await escrow.withdrawable(stable, wallet)).to.equal(PRICE);
      await stable.unBlacklist(wallet);
      const args = [await stable.getAddress(), await wallet.getAddress()];
      await expect(escrowCaller(parts)("withdraw", args)).to.changeTokenBalance(stable, wallet, PRICE);
    });

    it("fails as the escrow does", async () => {
      const parts = await walletFixture();
      const { jobId } = await hireJob(parts);
      await expect(escrowCaller(parts)("submit", [jobId, DELIVERABLE, "0x"]))
        .to.be.revertedWithCustomError(parts.escrow, "JobEscrow_Unauthorized")
        .withArgs(jobId, await parts.wallet.getAddress());
    });
  });

  describe("act in a dispute", () => {
    it("accepts the work", async () => {
      const parts = await walletInCourt();
      const jobId = await walletsJob(parts, "Review");
      await parts.act("accept", [jobId]);
      expect((await parts.escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("submits evidence, offers a split, and calls the court", async () => {
      const parts = await walletInCourt();
      const { wallet, judge, act } = parts;
      const jobId = await walletsJob(parts, "Contested");
      await expect(act("submitEvidence", [jobId, "ipfs://evidence", id("evidence")]))
        .to.emit(judge, "EvidenceSubmitted")
        .withArgs(jobId, await wallet.getAddress(), id("evidence"));
      await act("offerSplit", [jobId, 40n, 2 ** 39]);
      expect((await judge.splitOfferOf(jobId, wallet)).share).to.equal(40n);
      await act("escalate", [jobId]);
      expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Escalated);
    });

    it("accepts a split", async () => {
      const parts = await walletInCourt();
      const { escrow, judge, stable, provider, act } = parts;
      const jobId = await walletsJob(parts, "Contested");
      await judge.connect(provider).offerSplit(jobId, 60n, 2 ** 39);
      await expect(act("acceptSplit", [jobId, 60n])).to.changeTokenBalance(stable, escrow, -PRICE);
    });

    it("concedes, and withdraws what is left of its bond", async () => {
      const parts = await walletInCourt();
      const { wallet, escrow, judge, stable, client, act } = parts;
      const own = await wallet.getAddress();
      const evaluator = await judge.getAddress();
      const expiredAt = (await time.latest()) + 20 * DAY;
      const args = [own, evaluator, expiredAt, "", ZeroAddress, 0n] as const;
      const jobId = await escrow.connect(client).createJob.staticCall(...args);
      await escrow.connect(client).createJob(...args);
      await escrow.connect(client).setBudget(jobId, stable, PRICE, "0x");
      await escrow.connect(client).fund(jobId, PRICE, "0x");
      await escrowCaller(parts)("submit", [jobId, DELIVERABLE, "0x"]);
      await judge.connect(client).dispute(jobId);
      await wallet.connect(parts.key).contest(encodePolicy(parts.policy), judge, jobId, stable, BOND);
      await act("concede", [jobId]);
      const bond = await judge.withdrawable(wallet);
      expect(bond).to.equal(BOND / 2n);
      await expect(act("withdraw", [own])).to.changeTokenBalance(stable, wallet, bond);
      await expect(act("withdrawFees", [await stable.getAddress(), own]))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), own);
    });
  });
});

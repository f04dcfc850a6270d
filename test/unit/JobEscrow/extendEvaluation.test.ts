import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DAY,
  MAX_EVALUATION,
  REASON,
  STATUS,
  atExpiry,
  fundedJob,
  hiredAndSubmitted,
  jobIn,
  submittedJob,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function submitted() {
  const market = await marketFixture();
  const jobId = await submittedJob(market);
  const { expiredAt, submittedAt } = await market.escrow.getJob(jobId);
  return { ...market, market, jobId, expiredAt, submittedAt, latest: submittedAt + BigInt(MAX_EVALUATION) };
}

describe("JobEscrow", () => {
  describe("extendEvaluation", () => {
    it("gives the evaluator more time, and nobody else anything", async () => {
      const { market, escrow, stable, evaluator, client, jobId, expiredAt } = await submitted();
      const response = escrow.connect(evaluator).extendEvaluation(jobId, expiredAt + BigInt(DAY));
      await expect(response)
        .to.emit(escrow, "EvaluationExtended")
        .withArgs(jobId, expiredAt + BigInt(DAY));
      await expect(response).to.changeTokenBalances(stable, [client, escrow, evaluator], [0n, 0n, 0n]);
      const job = await escrow.getJob(jobId);
      expect([job.status, job.expiredAt]).to.deep.equal([STATUS.Submitted, expiredAt + BigInt(DAY)]);

      // Judging and claiming go by the new time.
      await ethers.provider.send("evm_setNextBlockTimestamp", [Number(expiredAt)]);
      await expect(escrow.claimRefund(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
        .withArgs(jobId, expiredAt + BigInt(DAY));
      await atExpiry(market, jobId, -1);
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
    });

    it("takes times from one second later up to MAX_EVALUATION after the submission", async () => {
      const { escrow, evaluator, jobId, expiredAt, latest } = await submitted();
      for (const time of [expiredAt + 1n, latest - 1n, latest]) {
        await escrow.connect(evaluator).extendEvaluation(jobId, time);
        expect((await escrow.getJob(jobId)).expiredAt).to.equal(time);
      }
    });

    it("reverts when the time is not later, or too late", async () => {
      const { escrow, evaluator, jobId, expiredAt, latest } = await submitted();
      for (const time of [0n, expiredAt - 1n, expiredAt, latest + 1n, 2n ** 40n + expiredAt + 1n, ethers.MaxUint256]) {
        await expect(escrow.connect(evaluator).extendEvaluation(jobId, time))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
          .withArgs(time, expiredAt + 1n, latest);
      }
    });

    it("leaves no room where the job itself lasts longer", async () => {
      const { market, escrow, evaluator } = await submitted();
      const { jobId } = await hiredAndSubmitted(market, { offer: { deliveryPeriod: 365 * DAY } });
      const { expiredAt, submittedAt } = await escrow.getJob(jobId);
      await expect(escrow.connect(evaluator).extendEvaluation(jobId, expiredAt + 1n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
        .withArgs(expiredAt + 1n, expiredAt + 1n, submittedAt + BigInt(MAX_EVALUATION));
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, evaluator, jobId, expiredAt } = await submitted();
      await atExpiry(market, jobId, -1);
      await escrow.connect(evaluator).extendEvaluation(jobId, expiredAt + 1n);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(expiredAt + 1n);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, evaluator, jobId, expiredAt } = await submitted();
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(evaluator).extendEvaluation(jobId, expiredAt + 1_000n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("calls no hook", async () => {
      const { market, escrow, evaluator, provider } = await submitted();
      const hook = await ethers.deployContract("RecordingHook");
      const jobId = await fundedJob(market, { hook });
      await escrow.connect(provider).submit(jobId, REASON, "0x");
      await hook.clear();
      await escrow.connect(evaluator).extendEvaluation(jobId, (await escrow.getJob(jobId)).expiredAt + 1n);
      expect(await hook.callbackCount()).to.equal(0n);
    });

    it("reverts when there is no such job", async () => {
      const { escrow, evaluator, jobId, latest } = await submitted();
      await expect(escrow.connect(evaluator).extendEvaluation(jobId + 1n, latest))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(jobId + 1n);
    });

    it("reverts when the sender is not the evaluator", async () => {
      const { escrow, client, provider, stranger, jobId, latest } = await submitted();
      for (const sender of [client, provider, stranger]) {
        await expect(escrow.connect(sender).extendEvaluation(jobId, latest))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    for (const state of ["Open", "Funded", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, evaluator, latest } = await submitted();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(evaluator).extendEvaluation(jobId, latest))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Submitted);
      });
    }
  });
});

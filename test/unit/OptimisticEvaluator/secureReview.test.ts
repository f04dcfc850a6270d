import { expect } from "chai";

import {
  PHASE,
  REVIEW,
  STAGES,
  at,
  conceded,
  courtroom,
  credits,
  disputed,
  phaseOf,
  reviewEnd,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, DELIVERABLE, PRICE, STATUS, atExpiry, hireJob, submittedJob } from "../../fixtures/jobs";

const HOUR = 3_600;

/** A job that was funded before its evaluator had any code, and so was promised so much time only. Now submitted. */
async function fundedBefore({ silencePaysProvider = false, evaluationPeriod = HOUR } = {}) {
  let jobId = 0n;
  const court = await courtroom({
    before: async (market, evaluator) => {
      const offer = { evaluator, evaluationPeriod, deliveryPeriod: HOUR, silencePaysProvider };
      ({ jobId } = await hireJob(market, { offer }));
    },
  });
  const { escrow, judge, provider } = court;
  await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
  const job = await escrow.getJob(jobId);
  expect(job.evaluator).to.equal(await judge.getAddress());
  return { ...court, jobId, submittedAt: Number(job.submittedAt), expiredAt: Number(job.expiredAt) };
}

describe("OptimisticEvaluator", () => {
  describe("secureReview", () => {
    it("gives the review of a job that was funded before the evaluator was there its whole time, and a day", async () => {
      const court = await fundedBefore();
      const { judge, escrow, stranger, jobId, submittedAt, expiredAt } = court;
      expect(expiredAt).to.be.lessThanOrEqual(submittedAt + HOUR);
      await expect(judge.connect(stranger).secureReview(jobId))
        .to.emit(escrow, "EvaluationExtended")
        .withArgs(jobId, submittedAt + REVIEW + DAY);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(submittedAt + REVIEW + DAY);
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Review);
    });

    describe("where silence is to the client's benefit once the job expires", () => {
      it("is what the provider is paid by: the silent client cannot take the deposit back", async () => {
        const court = await fundedBefore();
        const { judge, escrow, stable, client, provider, jobId, expiredAt } = court;
        await judge.connect(provider).secureReview(jobId);
        await at(expiredAt);
        await expect(escrow.connect(client).claimRefund(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
          .withArgs(jobId, (await escrow.getJob(jobId)).expiredAt);
        await at(await reviewEnd(court, jobId));
        await expect(judge.finalise(jobId)).to.changeTokenBalance(stable, provider, PRICE);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      });

      it("comes before the escrow's clock, without which the deposit goes back", async () => {
        const { judge, escrow, stable, client, jobId, expiredAt } = await fundedBefore();
        await at(expiredAt);
        await expect(judge.secureReview(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
        await expect(escrow.connect(client).claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
      });
    });

    describe("where it is to the provider's", () => {
      it("is what the client can still dispute by, when the hour is over", async () => {
        const court = await fundedBefore({ silencePaysProvider: true });
        const { judge, escrow, client, provider, jobId, expiredAt } = court;
        await judge.connect(client).secureReview(jobId);
        await at(expiredAt);
        await expect(escrow.connect(provider).claimPayment(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
          .withArgs(jobId, (await escrow.getJob(jobId)).expiredAt);
        await at((await reviewEnd(court, jobId)) - 1);
        await judge.connect(client).dispute(jobId);
        expect(await phaseOf(court, jobId)).to.equal(PHASE.Disputed);
        await judge.connect(provider).concede(jobId);
        expect((await credits(court)).client).to.be.greaterThan(0n);
      });

      it("comes before the escrow's clock, without which the provider is paid at once", async () => {
        const { judge, escrow, stable, client, provider, jobId, expiredAt } = await fundedBefore({
          silencePaysProvider: true,
        });
        await at(expiredAt);
        await expect(judge.connect(client).dispute(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
        await expect(escrow.connect(provider).claimPayment(jobId)).to.changeTokenBalance(stable, provider, PRICE);
      });
    });

    it("works in the last second of the hour", async () => {
      const { judge, escrow, jobId, submittedAt, expiredAt } = await fundedBefore();
      await at(expiredAt - 1);
      await judge.secureReview(jobId);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(submittedAt + REVIEW + DAY);
    });

    it("extends by a single second, and not by none", async () => {
      const short = await fundedBefore({ evaluationPeriod: REVIEW + DAY - 1 });
      await expect(short.judge.secureReview(short.jobId))
        .to.emit(short.escrow, "EvaluationExtended")
        .withArgs(short.jobId, short.expiredAt + 1);
      await expect(short.judge.secureReview(short.jobId)).not.to.emit(short.escrow, "EvaluationExtended");
      for (const more of [0, 1]) {
        const long = await fundedBefore({ evaluationPeriod: REVIEW + DAY + more });
        await expect(long.judge.secureReview(long.jobId)).not.to.emit(long.escrow, "EvaluationExtended");
        expect((await long.escrow.getJob(long.jobId)).expiredAt).to.equal(long.submittedAt + REVIEW + DAY + more);
      }
    });

    it("changes nothing for a job that was promised its time, in the review or after it", async () => {
      const court = await courtroom();
      const { judge, escrow } = court;
      const jobId = await submitted(court);
      const { expiredAt } = await escrow.getJob(jobId);
      await expect(judge.secureReview(jobId)).not.to.emit(escrow, "EvaluationExtended");
      await at(await reviewEnd(court, jobId));
      await expect(judge.secureReview(jobId)).not.to.emit(escrow, "EvaluationExtended");
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(expiredAt);
    });

    it("is for submitted work that is to be judged here", async () => {
      const court = await courtroom();
      const { judge, escrow } = court;
      const evaluator = await judge.getAddress();
      const { jobId: funded } = await hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      const elsewhere = await submittedJob(court);
      const ended = await conceded(court, { offer: { salt: 1n } });
      for (const jobId of [funded, elsewhere, ended]) {
        await expect(judge.secureReview(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
          .withArgs(jobId);
      }
      await expect(judge.secureReview(404n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(404n);
    });

    it("is for reviews, and not for disputes", async () => {
      for (const name of ["Disputed", "Contested", "Escalated", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.secureReview(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
      const court = await courtroom();
      const jobId = await disputed(court);
      const { deadline } = await court.judge.disputeOf(jobId);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.be.greaterThanOrEqual(deadline);
      await atExpiry(court, jobId, -1);
      await expect(court.judge.secureReview(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Disputed);
    });
  });
});

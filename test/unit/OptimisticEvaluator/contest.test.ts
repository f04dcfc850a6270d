import { expect } from "chai";

import {
  BOND,
  ESCALATION,
  PHASE,
  STAGES,
  at,
  courtroom,
  deadlineOf,
  disputed,
  reviewEnd,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, submittedJob } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("contest", () => {
    it("is the provider's", async () => {
      const court = await courtroom();
      const jobId = await disputed(court);
      for (const sender of [court.client, court.stranger]) {
        await expect(court.judge.connect(sender).contest(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("comes before the response period ends", async () => {
      const court = await courtroom();
      const { judge, provider } = court;
      const jobId = await disputed(court);
      const end = await deadlineOf(court, jobId);
      await at(end - 1);
      await expect(judge.connect(provider).contest(jobId))
        .to.emit(judge, "Contested")
        .withArgs(jobId, provider.address, end - 1 + ESCALATION);
      expect(await judge.disputeOf(jobId)).to.deep.equal([PHASE.Contested, end - 1 + ESCALATION, 0n, 0n, 0n, 0n, 0n]);
      for (const late of [0, 1]) {
        const another = await disputed(court, { offer: { salt: BigInt(1 + late) } });
        const over = await deadlineOf(court, another);
        await at(over + late);
        await expect(judge.connect(provider).contest(another))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
          .withArgs(another, over);
      }
    });

    it("answers a dispute, once", async () => {
      for (const name of ["Review", "Contested", "Escalated", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.connect(court.provider).contest(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
    });

    it("is for jobs that are to be judged here", async () => {
      const court = await courtroom();
      const jobId = await submittedJob(court);
      await expect(court.judge.connect(court.provider).contest(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(jobId);
    });

    it("gives the job as much time as it takes, and a day", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await at((await reviewEnd(court, jobId)) - 1);
      await court.judge.connect(court.client).dispute(jobId);
      await at((await deadlineOf(court, jobId)) - 1);
      await court.judge.connect(court.provider).contest(jobId);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.equal((await deadlineOf(court, jobId)) + DAY);
    });

    it("locks the provider's bond", async () => {
      const court = await courtroom();
      const jobId = await disputed(court);
      const { judge, provider, stable } = court;
      await expect(judge.connect(provider).contest(jobId)).to.changeTokenBalances(
        stable,
        [provider, judge],
        [-BOND, BOND],
      );
      expect(await judge.reserved()).to.equal(2n * BOND);

      const inCoin = await courtroom({ native: true });
      const job = await disputed(inCoin);
      await expect(inCoin.judge.connect(inCoin.provider).contest(job, { value: BOND - 1n }))
        .to.be.revertedWithCustomError(inCoin.judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(BOND, BOND - 1n);
      const response = inCoin.judge.connect(inCoin.provider).contest(job, { value: BOND });
      await expect(response).to.changeEtherBalance(inCoin.judge, BOND);
    });
  });
});

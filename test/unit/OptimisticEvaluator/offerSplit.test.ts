import { expect } from "chai";

import { PHASE, STAGES, at, courtroom, deadlineOf } from "../../fixtures/evaluation";
import { MAX_UINT40, submittedJob } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("offerSplit", () => {
    for (const name of ["Review", "Disputed", "Contested", "Escalated"] as const) {
      it(`notes what a party would take, and in which phase: ${name}`, async () => {
        const court = await courtroom();
        const { judge, client, provider } = court;
        const jobId = await STAGES[name](court);
        for (const [party, share] of [
          [client, 0n],
          [provider, 100n],
        ] as const) {
          await expect(judge.connect(party).offerSplit(jobId, share, MAX_UINT40))
            .to.emit(judge, "SplitOffered")
            .withArgs(jobId, party.address, share, MAX_UINT40, PHASE[name]);
          expect(await judge.splitOfferOf(jobId, party)).to.deep.equal([share, MAX_UINT40, PHASE[name]]);
        }
      });
    }

    it("takes the place of the offer before", async () => {
      const court = await courtroom();
      const { judge, client } = court;
      const jobId = await STAGES.Review(court);
      await judge.connect(client).offerSplit(jobId, 40n, MAX_UINT40);
      await judge.connect(client).offerSplit(jobId, 60n, 0n);
      expect(await judge.splitOfferOf(jobId, client)).to.deep.equal([60n, 0n, PHASE.Review]);
    });

    it("is a party's, of a job that is judged here", async () => {
      const court = await courtroom();
      const { judge, client, stranger } = court;
      const jobId = await STAGES.Review(court);
      await expect(judge.connect(stranger).offerSplit(jobId, 1n, 1n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(jobId, stranger.address);
      const elsewhere = await submittedJob(court);
      await expect(judge.connect(client).offerSplit(elsewhere, 1n, 1n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(elsewhere);
    });

    it("offers a whole percentage", async () => {
      const court = await courtroom();
      const jobId = await STAGES.Disputed(court);
      for (const share of [101n, 2n ** 8n, 2n ** 256n - 1n]) {
        await expect(court.judge.connect(court.client).offerSplit(jobId, share, MAX_UINT40))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_InvalidShare")
          .withArgs(share);
      }
    });

    it("is over with the phase's deadline, and with a ruling", async () => {
      for (const name of ["Review", "Disputed", "Contested", "Escalated"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        const deadline = await deadlineOf(court, jobId);
        await at(deadline - 1);
        await court.judge.connect(court.client).offerSplit(jobId, 1n, MAX_UINT40);
        for (const late of [0, 1]) {
          await at(deadline + late);
          await expect(court.judge.connect(court.client).offerSplit(jobId, 1n, MAX_UINT40))
            .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_DeadlinePassed")
            .withArgs(jobId, deadline);
        }
      }
      const court = await courtroom();
      const jobId = await STAGES.Ruled(court);
      await expect(court.judge.connect(court.client).offerSplit(jobId, 1n, MAX_UINT40))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Ruled);
    });
  });
});

import { expect } from "chai";

import { BOND, FEE, PHASE, STAGES, courtroom, credits, phaseOf } from "../../fixtures/evaluation";
import { STATUS, atExpiry } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("releaseBonds", () => {
    // Ruled at three quarters: see `finalise`.
    for (const [name, client, provider] of [
      ["Disputed", BOND, 0n],
      ["Contested", BOND, BOND],
      ["Escalated", BOND - FEE / 2n, BOND - FEE / 2n],
      ["Ruled", 11_625_000n, 22_375_000n],
    ] as const) {
      it(`divides the bonds of a job that the clock ended, ${name}`, async () => {
        for (const silencePaysProvider of [false, true]) {
          const court = await courtroom();
          const { judge, escrow, stranger } = court;
          const jobId = await STAGES[name](court, { offer: { silencePaysProvider } });
          await expect(judge.releaseBonds(jobId))
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_JobNotEnded")
            .withArgs(jobId);
          await atExpiry(court, jobId);
          await (silencePaysProvider ? escrow.claimPayment(jobId) : escrow.claimRefund(jobId));
          expect((await escrow.getJob(jobId)).status).to.equal(silencePaysProvider ? STATUS.Completed : STATUS.Expired);
          await expect(judge.connect(stranger).releaseBonds(jobId))
            .to.emit(judge, "BondsReturned")
            .withArgs(jobId, client, provider);
          expect(await credits(court)).to.deep.equal({ client, provider });
          expect(await phaseOf(court, jobId)).to.equal(PHASE.Closed);
          await expect(judge.releaseBonds(jobId))
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
            .withArgs(jobId, PHASE.Closed);
        }
      });
    }

    it("has nothing to release where nobody objected", async () => {
      const court = await courtroom();
      const jobId = await STAGES.Review(court);
      await court.judge.connect(court.client).accept(jobId);
      await expect(court.judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Review);
      await expect(court.judge.releaseBonds(404n))
        .to.be.revertedWithCustomError(court.escrow, "JobEscrow_JobNotFound")
        .withArgs(404n);
    });
  });
});

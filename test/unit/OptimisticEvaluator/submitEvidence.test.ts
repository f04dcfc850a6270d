import { expect } from "chai";
import { ethers } from "hardhat";

import { PHASE, STAGES, at, courtroom, deadlineOf } from "../../fixtures/evaluation";
import { submittedJob } from "../../fixtures/jobs";

const HASH = ethers.id("the file");

describe("OptimisticEvaluator", () => {
  describe("submitEvidence", () => {
    for (const name of ["Disputed", "Contested", "Escalated"] as const) {
      it(`puts a file before the arbitrator: ${name}`, async () => {
        const court = await courtroom();
        const { judge, arbitrator } = court;
        const jobId = await STAGES[name](court);
        for (const party of [court.client, court.provider]) {
          const response = judge.connect(party).submitEvidence(jobId, "ipfs://file", HASH);
          await expect(response)
            .to.emit(judge, "Evidence")
            .withArgs(await arbitrator.getAddress(), jobId, party.address, "ipfs://file");
          await expect(response).to.emit(judge, "EvidenceSubmitted").withArgs(jobId, party.address, HASH);
        }
        const { phase, clientEvidence, providerEvidence } = await judge.disputeOf(jobId);
        expect([phase, clientEvidence, providerEvidence]).to.deep.equal([PHASE[name], 1n, 1n]);
      });
    }

    it("takes sixteen of each side", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await STAGES.Disputed(court);
      for (const party of [client, provider]) {
        for (let i = 0; i < 16; ++i) await judge.connect(party).submitEvidence(jobId, "ipfs://file", HASH);
        await expect(judge.connect(party).submitEvidence(jobId, "ipfs://file", HASH))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TooMuchEvidence")
          .withArgs(jobId, party.address);
      }
    });

    it("is a party's, of a job that is judged here", async () => {
      const court = await courtroom();
      const { judge, client, stranger } = court;
      const jobId = await STAGES.Disputed(court);
      await expect(judge.connect(stranger).submitEvidence(jobId, "ipfs://file", HASH))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(jobId, stranger.address);
      const elsewhere = await submittedJob(court);
      await expect(judge.connect(client).submitEvidence(elsewhere, "ipfs://file", HASH))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(elsewhere);
    });

    it("needs a dispute that is not ruled", async () => {
      for (const name of ["Review", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.connect(court.client).submitEvidence(jobId, "ipfs://file", HASH))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
    });

    it("comes before the phase's deadline", async () => {
      for (const name of ["Disputed", "Contested", "Escalated"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        const deadline = await deadlineOf(court, jobId);
        await at(deadline - 1);
        await court.judge.connect(court.client).submitEvidence(jobId, "ipfs://file", HASH);
        for (const late of [0, 1]) {
          await at(deadline + late);
          await expect(court.judge.connect(court.client).submitEvidence(jobId, "ipfs://file", HASH))
            .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_DeadlinePassed")
            .withArgs(jobId, deadline);
        }
      }
    });
  });
});

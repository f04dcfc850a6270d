import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ARBITRATION,
  BOND,
  EXTRA_DATA,
  FEE,
  PHASE,
  STAGES,
  at,
  contested,
  courtroom,
  courtroomWithBondsIn,
  deadlineOf,
  escalated,
} from "../../fixtures/evaluation";
import { DAY, submittedJob } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("escalate", () => {
    it("is a party's", async () => {
      for (const name of ["client", "provider"] as const) {
        const court = await courtroom();
        const { judge, stranger } = court;
        const jobId = await contested(court);
        await expect(judge.connect(stranger).escalate(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, stranger.address);
        await judge.connect(court[name]).escalate(jobId);
        expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Escalated);
      }
    });

    it("comes before the escalation period ends, and wastes nothing of the arbitrator's time", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      const jobId = await contested(court);
      const end = await deadlineOf(court, jobId);
      await at(end - 1);
      const response = judge.connect(client).escalate(jobId);
      const deadline = end - 1 + ARBITRATION;
      await expect(response).to.emit(judge, "Escalated").withArgs(jobId, 1n, FEE, deadline);
      await expect(response)
        .to.emit(judge, "Dispute")
        .withArgs(await arbitrator.getAddress(), 1n, 0n, jobId);
      expect(await judge.disputeOf(jobId)).to.deep.equal([PHASE.Escalated, deadline, 0n, 0n, 0n, FEE, 1n]);
      expect(await judge.jobOf(1n)).to.equal(jobId);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.equal(deadline + DAY);
      for (const late of [0, 1]) {
        const another = await contested(court, { offer: { salt: BigInt(1 + late) } });
        const over = await deadlineOf(court, another);
        await at(over + late);
        await expect(judge.connect(client).escalate(another))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
          .withArgs(another, over);
      }
    });

    it("is for contested cases, once", async () => {
      for (const name of ["Review", "Disputed", "Escalated", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.connect(court.client).escalate(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
      const court = await courtroom();
      const elsewhere = await submittedJob(court);
      await expect(court.judge.connect(court.client).escalate(elsewhere))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(elsewhere);
    });

    it("asks for five answers, and passes on what the arbitrator wants to know", async () => {
      for (const native of [false, true]) {
        const court = await courtroom({ native });
        await escalated(court);
        expect(await court.arbitrator.asked()).to.deep.equal([5n, EXTRA_DATA]);
      }
    });

    for (const [money, native] of [
      ["a token", false],
      ["the chain's coin", true],
    ] as const) {
      it(`pays what the arbitrator asks, up to a bond, in ${money}`, async () => {
        const court = await courtroom({ native });
        const { judge, arbitrator, stable, client } = court;
        const jobId = await contested(court);
        await arbitrator.setCost(BOND + 1n);
        await expect(judge.connect(client).escalate(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_FeeAboveBond")
          .withArgs(BOND + 1n, BOND);
        await arbitrator.setCost(BOND);
        const response = judge.connect(client).escalate(jobId);
        if (native) await expect(response).to.changeEtherBalances([judge, arbitrator], [-BOND, BOND]);
        else await expect(response).to.changeTokenBalances(stable, [judge, arbitrator], [-BOND, BOND]);
        expect((await judge.disputeOf(jobId)).fee).to.equal(BOND);
        expect(await judge.reserved()).to.equal(BOND);
        expect(await stable.allowance(judge, arbitrator)).to.equal(0n);
      });
    }

    it("counts what the arbitrator took, and leaves nothing within its reach", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stable } = court;
      await arbitrator.setTaken(FEE - 1n);
      const jobId = await escalated(court);
      expect((await judge.disputeOf(jobId)).fee).to.equal(FEE - 1n);
      expect(await judge.reserved()).to.equal(2n * BOND - (FEE - 1n));
      expect(await stable.allowance(judge, arbitrator)).to.equal(0n);
    });

    it("pays in a token that refuses to approve nothing", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("NoZeroApprovalToken", ["No zero approval", "NZA", 6]),
      );
      const { judge, arbitrator, token } = court;
      const jobId = await escalated(court);
      const { phase, fee } = await judge.disputeOf(jobId);
      expect([phase, fee]).to.deep.equal([PHASE.Escalated, FEE]);
      expect(await token.balanceOf(arbitrator)).to.equal(FEE);
      expect(await token.allowance(judge, arbitrator)).to.equal(0n);
    });

    it("can be tried again while it fails", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client, provider } = court;
      await arbitrator.setClosed(true);
      const jobId = await contested(court);
      for (const party of [client, provider]) {
        await expect(judge.connect(party).escalate(jobId)).to.be.revertedWithCustomError(
          arbitrator,
          "CentralArbitrator_Closed",
        );
      }
      await arbitrator.setClosed(false);
      await judge.connect(provider).escalate(jobId);
      expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Escalated);
    });

    it("does not take a number that the arbitrator gave before", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      await arbitrator.setFixedNumber(7n);
      const first = await escalated(court);
      const second = await contested(court, { offer: { salt: 1n } });
      await expect(judge.connect(client).escalate(second))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DisputeExists")
        .withArgs(7n);
      expect(await judge.jobOf(7n)).to.equal(first);
    });

    it("does not pay with a token that takes more from its sender than is sent", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("SenderFeeToken", ["Sender fee", "SFT", 18]),
      );
      const { judge, arbitrator, client, token } = court;
      const jobId = await contested(court);
      await token.setFeeBps(1n);
      await expect(judge.connect(client).escalate(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(await token.getAddress(), await arbitrator.getAddress(), FEE);
      await token.setFeeBps(0n);
      await judge.connect(client).escalate(jobId);
      expect(await token.balanceOf(judge)).to.equal(2n * BOND - FEE);
    });
  });
});

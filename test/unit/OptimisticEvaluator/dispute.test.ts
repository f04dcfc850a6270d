import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import {
  BOND,
  PHASE,
  RESPONSE,
  REVIEW,
  STAGES,
  at,
  courtroom,
  courtroomWithBondsIn,
  credits,
  deadlineOf,
  reviewEnd,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, DELIVERABLE, PRICE, ROLE, STATUS, createJob, factsOf, hireJob, submittedJob } from "../../fixtures/jobs";
import { MOMENT } from "../mocks/modes";

describe("OptimisticEvaluator", () => {
  describe("dispute", () => {
    it("is the client's", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      for (const sender of [court.provider, court.stranger]) {
        await expect(court.judge.connect(sender).dispute(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("comes before the review ends", async () => {
      const court = await courtroom();
      const { judge, client } = court;
      const jobId = await submitted(court);
      const end = await reviewEnd(court, jobId);
      await at(end - 1);
      await expect(judge.connect(client).dispute(jobId))
        .to.emit(judge, "Disputed")
        .withArgs(jobId, client.address, end - 1 + RESPONSE);
      expect(await judge.disputeOf(jobId)).to.deep.equal([PHASE.Disputed, end - 1 + RESPONSE, 0n, 0n, 0n, 0n, 0n]);
      for (const late of [0, 1]) {
        const another = await submitted(court, { offer: { salt: BigInt(1 + late) } });
        const over = await reviewEnd(court, another);
        await at(over + late);
        await expect(judge.connect(client).dispute(another))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
          .withArgs(another, over);
      }
    });

    it("happens once", async () => {
      for (const name of ["Disputed", "Contested", "Escalated", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.connect(court.client).dispute(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
    });

    it("is for submitted work that is to be judged here", async () => {
      const court = await courtroom();
      const { judge, client } = court;
      const evaluator = await judge.getAddress();
      const { jobId: funded } = await hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      const elsewhere = await submittedJob(court);
      const ended = await submitted(court, { offer: { salt: 1n } });
      await judge.connect(client).accept(ended);
      for (const jobId of [funded, elsewhere, ended]) {
        await expect(judge.connect(client).dispute(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
          .withArgs(jobId);
      }
    });

    it("gives the job as much time as it takes, and a day", async () => {
      const court = await courtroom();
      const { judge, escrow, client } = court;
      const jobId = await submitted(court);
      await at((await reviewEnd(court, jobId)) - 1);
      await judge.connect(client).dispute(jobId);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal((await deadlineOf(court, jobId)) + DAY);
    });

    it("leaves a job's time alone where it is long enough", async () => {
      for (const [spare, extendedBy] of [
        [-1, 1],
        [0, 0],
        [1, 0],
      ] as const) {
        const court = await courtroom();
        const jobId = await submitted(court, { offer: { deliveryPeriod: RESPONSE + DAY + 1_000 } });
        const expiredAt = Number((await court.escrow.getJob(jobId)).expiredAt);
        await at(expiredAt - RESPONSE - DAY - spare);
        await court.judge.connect(court.client).dispute(jobId);
        expect((await court.escrow.getJob(jobId)).expiredAt).to.equal(expiredAt + extendedBy);
      }
    });

    it("locks the client's bond, in a token by allowance", async () => {
      const court = await courtroom();
      const { judge, client, stable } = court;
      const jobId = await submitted(court);
      await expect(judge.connect(client).dispute(jobId, { value: 1n }))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(0n, 1n);
      await stable.connect(client).approve(judge, BOND - 1n);
      await expect(judge.connect(client).dispute(jobId))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await judge.getAddress(), BOND - 1n, BOND);
      await stable.connect(client).approve(judge, BOND);
      await expect(judge.connect(client).dispute(jobId)).to.changeTokenBalances(stable, [client, judge], [-BOND, BOND]);
      expect(await judge.reserved()).to.equal(BOND);
    });

    it("locks the client's bond, in the chain's coin as sent", async () => {
      const court = await courtroom({ native: true });
      const { judge, client } = court;
      const jobId = await submitted(court);
      for (const value of [0n, BOND - 1n, BOND + 1n]) {
        await expect(judge.connect(client).dispute(jobId, { value }))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
          .withArgs(BOND, value);
      }
      await expect(judge.connect(client).dispute(jobId, { value: BOND })).to.changeEtherBalance(judge, BOND);
      expect(await judge.reserved()).to.equal(BOND);
    });

    it("takes no bond of which less arrives, or nothing", async () => {
      const less = await courtroomWithBondsIn(() =>
        ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 100n]),
      );
      let jobId = await submitted(less);
      await expect(less.judge.connect(less.client).dispute(jobId))
        .to.be.revertedWithCustomError(less.judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(BOND, (BOND * 99n) / 100n);

      const nothing = await courtroomWithBondsIn(() => ethers.deployContract("CallbackToken", ["Callback", "CALL"]));
      await nothing.token.setCallbackWith(MOMENT.BeforeTransfer, {
        target: nothing.client,
        data: "0x",
        party: nothing.client,
        times: 1n,
        mustSucceed: false,
        swallow: true,
      });
      jobId = await submitted(nothing);
      await expect(nothing.judge.connect(nothing.client).dispute(jobId))
        .to.be.revertedWithCustomError(nothing.judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(BOND, 0n);
    });

    it("is for jobs in the token", async () => {
      const court = await courtroom({ terms: { smallJobShare: 0 } });
      const { judge, client, plain } = court;
      for (const [salt, amount] of [PRICE - 1n, PRICE].entries()) {
        const jobId = await submitted(court, {
          offer: { token: await plain.getAddress(), amount, salt: BigInt(salt) },
        });
        await expect(judge.connect(client).dispute(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotDisputable")
          .withArgs(jobId, await plain.getAddress(), amount);
      }
      const unpaid = await createJob(court, { evaluator: judge });
      await court.escrow.connect(court.provider).submit(unpaid, DELIVERABLE, "0x");
      await expect(judge.connect(client).dispute(unpaid))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotDisputable")
        .withArgs(unpaid, ZeroAddress, 0n);
    });

    it("is not worth it below the minimum, where silence pays such jobs", async () => {
      const court = await courtroom({ terms: { smallJobShare: 100 } });
      const { judge, client, stable } = court;
      const small = await submitted(court, { offer: { amount: PRICE - 1n } });
      await expect(judge.connect(client).dispute(small))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotDisputable")
        .withArgs(small, await stable.getAddress(), PRICE - 1n);
      for (const amount of [PRICE, PRICE + 1n]) {
        const jobId = await submitted(court, { offer: { amount } });
        await judge.connect(client).dispute(jobId);
        expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Disputed);
      }
    });

    for (const [share, status] of [
      [99n, STATUS.Completed],
      [30n, STATUS.Completed],
      [0n, STATUS.Rejected],
    ] as const) {
      it(`ends a small job at once where the provider then gets ${share}%`, async () => {
        const court = await courtroom({ terms: { smallJobShare: share } });
        const { judge, escrow, stable, client, provider } = court;
        const amount = PRICE - 1n;
        const jobId = await submitted(court, { offer: { amount, evaluatorFeeBps: 100 } });
        const paid = (amount * share) / 100n;
        const fee = paid / 100n;
        const response = judge.connect(client).dispute(jobId);
        await expect(response).to.changeTokenBalances(
          stable,
          [escrow, provider, client, judge],
          [-amount, paid - fee, amount - paid, fee],
        );
        await expect(response).to.emit(judge, "Finalised").withArgs(jobId, share);
        expect((await escrow.getJob(jobId)).status).to.equal(status);
        expect(await judge.feesOwed(stable, provider)).to.equal(fee);
        expect(await credits(court)).to.deep.equal({ client: 0n, provider: 0n });
        const facts = await factsOf(court, court.agents.provider, ROLE.Provider);
        expect([facts.disputesWon, facts.disputesLost]).to.deep.equal([0n, 0n]);
      });
    }

    it("takes no coin for a small job", async () => {
      const court = await courtroom({ native: true, terms: { smallJobShare: 50 } });
      const { judge, client } = court;
      const jobId = await submitted(court, { offer: { amount: PRICE - 1n } });
      await expect(judge.connect(client).dispute(jobId, { value: BOND }))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(0n, BOND);
    });
  });
});

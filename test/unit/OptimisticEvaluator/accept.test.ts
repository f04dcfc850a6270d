import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";

import { PHASE, REVIEW, STAGES, at, courtroom, reviewEnd, submitted } from "../../fixtures/evaluation";
import {
  ALLOWED,
  DAY,
  DELIVERABLE,
  PRICE,
  ROLE,
  STATUS,
  createJob,
  factsOf,
  hireJob,
  submittedJob,
} from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("accept", () => {
    it("pays the provider in full, at once, without a word about a dispute", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, client, provider } = court;
      const jobId = await submitted(court);
      const response = judge.connect(client).accept(jobId);
      await expect(response).to.changeTokenBalances(stable, [escrow, provider, judge], [-PRICE, PRICE, 0n]);
      await expect(response)
        .to.emit(escrow, "JobCompleted")
        .withArgs(jobId, await judge.getAddress(), ZeroHash);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      const facts = await factsOf(court, court.agents.provider, ROLE.Provider);
      expect([facts.completed, facts.disputesWon, facts.disputesLost]).to.deep.equal([1n, 0n, 0n]);
      expect(await judge.feesOwed(stable, provider)).to.equal(0n);
    });

    for (const [amount, fee] of [
      [9_999n, 0n],
      [10_000n, 1n],
    ] as const) {
      it(`owes the provider a fee of ${fee}${fee === 0n ? ", which no event tells" : ""}`, async () => {
        const court = await courtroom();
        const { judge, stable, client, provider } = court;
        const jobId = await submitted(court, { offer: { amount, evaluatorFeeBps: 1 } });
        await judge.connect(client).accept(jobId);
        const owed = await judge.queryFilter(judge.filters.FeeOwed());
        const told = [await stable.getAddress(), provider.address, fee];
        expect(owed.map(({ args }) => [...args])).to.deep.equal(fee === 0n ? [] : [told]);
        expect(await judge.feesOwed(stable, provider)).to.equal(fee);
      });
    }

    it("is the client's", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      for (const sender of [court.provider, court.stranger]) {
        await expect(court.judge.connect(sender).accept(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
      // Nobody is the client of a job that is none.
      await expect(court.judge.connect(court.client).accept(404n))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(404n, court.client.address);
    });

    it("comes before an objection, and not after", async () => {
      for (const name of ["Disputed", "Contested", "Escalated", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expect(court.judge.connect(court.client).accept(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE[name]);
      }
    });

    it("pays after the review too, as silence would", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await at(await reviewEnd(court, jobId));
      await court.judge.connect(court.client).accept(jobId);
      expect((await court.escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("is for submitted work that is to be judged here", async () => {
      const court = await courtroom();
      const { judge, escrow, client } = court;
      const evaluator = await judge.getAddress();
      const { jobId: funded } = await hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      await expect(judge.connect(client).accept(funded))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(funded, STATUS.Funded, ALLOWED.Submitted);
      const elsewhere = await submittedJob(court);
      await expect(judge.connect(client).accept(elsewhere))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(elsewhere, evaluator);
    });

    it("notes an evaluator's fee as the provider's", async () => {
      const court = await courtroom();
      const { judge, stable, client, provider } = court;
      const jobId = await submitted(court, { offer: { evaluatorFeeBps: 1_000 } });
      const response = judge.connect(client).accept(jobId);
      await expect(response).to.changeTokenBalances(stable, [judge, provider], [PRICE / 10n, PRICE - PRICE / 10n]);
      await expect(response)
        .to.emit(judge, "FeeOwed")
        .withArgs(stable, provider.address, PRICE / 10n);
      expect(await judge.feesOwed(stable, provider)).to.equal(PRICE / 10n);
      expect(await judge.reserved()).to.equal(0n);
    });

    it("notes a fee that the escrow could not deliver", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, client, provider } = court;
      const jobId = await submitted(court, { offer: { evaluatorFeeBps: 250 } });
      await stable.blacklist(judge);
      await judge.connect(client).accept(jobId);
      expect(await escrow.withdrawable(stable, judge)).to.equal(PRICE / 40n);
      expect(await judge.feesOwed(stable, provider)).to.equal(PRICE / 40n);
    });

    it("does not take a referrer's fee for its own, nor a payment that could not be delivered", async () => {
      const court = await courtroom();
      const { judge, stable, client, provider, referrer } = court;
      const referred = await submitted(court, { offer: { referrer: referrer.address, referrerFeeBps: 1_000 } });
      await judge.connect(client).accept(referred);
      const undelivered = await submitted(court);
      await stable.blacklist(provider);
      await judge.connect(client).accept(undelivered);
      expect(await judge.feesOwed(stable, provider)).to.equal(0n);
    });

    it("accepts unpaid work", async () => {
      const court = await courtroom();
      const jobId = await createJob(court, { evaluator: court.judge });
      await court.escrow.connect(court.provider).submit(jobId, DELIVERABLE, "0x");
      await court.judge.connect(court.client).accept(jobId);
      const { status, paymentToken } = await court.escrow.getJob(jobId);
      expect([status, paymentToken]).to.deep.equal([STATUS.Completed, ZeroAddress]);
    });
  });
});

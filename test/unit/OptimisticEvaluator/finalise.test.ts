import { expect } from "chai";

import type { Courtroom } from "../../fixtures/evaluation";
import {
  BOND,
  FEE,
  PHASE,
  RULING,
  at,
  contested,
  courtroom,
  credits,
  deadlineOf,
  disputed,
  escalated,
  phaseOf,
  reviewEnd,
  ruled,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, PRICE, ROLE, STATUS, atExpiry, factsOf, hireJob, submittedJob } from "../../fixtures/jobs";
import { REVIEW } from "../../fixtures/evaluation";

/** A stranger finalises, and `toProvider` of the deposit goes to the provider, the rest to the client. */
async function expectDivided(court: Courtroom, jobId: bigint, toProvider: bigint, share: bigint) {
  const { judge, stable, escrow, provider, client, stranger } = court;
  const response = judge.connect(stranger).finalise(jobId);
  await expect(response).to.changeTokenBalances(
    stable,
    [escrow, provider, client],
    [-PRICE, toProvider, PRICE - toProvider],
  );
  await expect(response).to.emit(judge, "Finalised").withArgs(jobId, share);
  expect((await escrow.getJob(jobId)).status).to.equal(toProvider === 0n ? STATUS.Rejected : STATUS.Completed);
  return response;
}

/** Won and lost by the provider, then by the client. */
async function recordedDisputes(court: Courtroom) {
  const provider = await factsOf(court, court.agents.provider, ROLE.Provider);
  const client = await factsOf(court, court.agents.client, ROLE.Client);
  return [provider.disputesWon, provider.disputesLost, client.disputesWon, client.disputesLost];
}

/** Not a second earlier than the deadline. */
async function atDeadline(court: Courtroom, jobId: bigint) {
  const deadline = await deadlineOf(court, jobId);
  await at(deadline - 1);
  await expect(court.judge.finalise(jobId))
    .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_DeadlineNotReached")
    .withArgs(jobId, deadline);
  await at(deadline);
}

describe("OptimisticEvaluator", () => {
  describe("finalise", () => {
    it("is for submitted work that is to be judged here", async () => {
      const court = await courtroom();
      const { judge } = court;
      const evaluator = await judge.getAddress();
      const { jobId: funded } = await hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      const elsewhere = await submittedJob(court);
      for (const jobId of [funded, elsewhere]) {
        await expect(judge.finalise(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
          .withArgs(jobId);
      }
      await expect(judge.finalise(404n))
        .to.be.revertedWithCustomError(court.escrow, "JobEscrow_JobNotFound")
        .withArgs(404n);
    });

    it("pays the provider when the client has been silent", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await atDeadline(court, jobId);
      await expectDivided(court, jobId, PRICE, 100n);
      expect(await recordedDisputes(court)).to.deep.equal([0n, 0n, 0n, 0n]);
      expect((await factsOf(court, court.agents.provider, ROLE.Provider)).completed).to.equal(1n);
    });

    it("has a day for it, before the escrow's own deadline", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.equal((await reviewEnd(court, jobId)) + DAY);
      await atExpiry(court, jobId, -1);
      await expectDivided(court, jobId, PRICE, 100n);
    });

    it("notes an evaluator's fee as the provider's", async () => {
      const court = await courtroom();
      const { judge, stable, provider } = court;
      const jobId = await ruled(court, RULING.Quarter, { offer: { evaluatorFeeBps: 100 } });
      await expect(judge.finalise(jobId))
        .to.emit(judge, "FeeOwed")
        .withArgs(stable, provider.address, PRICE / 400n);
      expect(await judge.feesOwed(stable, provider)).to.equal(PRICE / 400n);
    });

    for (const [money, native] of [
      ["a token", false],
      ["the chain's coin", true],
    ] as const) {
      describe(`with bonds in ${money}`, () => {
        const room = () => courtroom({ native });

        it("takes the provider's silence for conceding, and returns the client's bond", async () => {
          const court = await room();
          const jobId = await disputed(court);
          await atDeadline(court, jobId);
          const response = await expectDivided(court, jobId, 0n, 0n);
          await expect(response).to.emit(court.judge, "BondsReturned").withArgs(jobId, BOND, 0n);
          await expect(response).to.emit(court.judge, "Credited").withArgs(court.client.address, BOND);
          expect(await credits(court)).to.deep.equal({ client: BOND, provider: 0n });
          expect(await phaseOf(court, jobId)).to.equal(PHASE.Closed);
          expect(await recordedDisputes(court)).to.deep.equal([0n, 1n, 1n, 0n]);
        });

        it("divides in halves when nobody called the arbitrator, and returns both bonds", async () => {
          const court = await room();
          const jobId = await contested(court);
          await atDeadline(court, jobId);
          await expectDivided(court, jobId, PRICE / 2n, 50n);
          expect(await credits(court)).to.deep.equal({ client: BOND, provider: BOND });
          expect(await court.judge.reserved()).to.equal(2n * BOND);
          expect(await recordedDisputes(court)).to.deep.equal([0n, 0n, 0n, 0n]);
        });

        it("divides in halves when the arbitrator has not ruled, the fee too", async () => {
          const court = await room();
          const jobId = await escalated(court);
          await atDeadline(court, jobId);
          await expectDivided(court, jobId, PRICE / 2n, 50n);
          expect(await credits(court)).to.deep.equal({ client: BOND - FEE / 2n, provider: BOND - FEE / 2n });
          expect(await court.judge.reserved()).to.equal(2n * BOND - FEE);
        });

        // Fee 6, bonds 20 each. Fee borne by what was lost; of what is left, half by how clearly it lost.
        for (const [name, ruling, share, client, provider] of [
          ["all to the provider", RULING.All, 100n, 7_000_000n, 27_000_000n],
          ["three quarters", RULING.ThreeQuarters, 75n, 11_625_000n, 22_375_000n],
          ["half", RULING.Half, 50n, 17_000_000n, 17_000_000n],
          ["a quarter", RULING.Quarter, 25n, 22_375_000n, 11_625_000n],
          ["nothing", RULING.Nothing, 0n, 27_000_000n, 7_000_000n],
          ["a refusal to rule", RULING.Refused, 50n, 17_000_000n, 17_000_000n],
          ["an answer that is none", 6n, 50n, 17_000_000n, 17_000_000n],
        ] as const) {
          it(`carries out a ruling at once: ${name}`, async () => {
            const court = await room();
            const jobId = await ruled(court, ruling);
            const response = await expectDivided(court, jobId, (PRICE * share) / 100n, share);
            await expect(response).to.emit(court.judge, "BondsReturned").withArgs(jobId, client, provider);
            expect(await credits(court)).to.deep.equal({ client, provider });
            expect(client + provider).to.equal(2n * BOND - FEE);
            expect(await court.judge.reserved()).to.equal(client + provider);
            const [won, lost] = [share > 50n ? 1n : 0n, share < 50n ? 1n : 0n];
            expect(await recordedDisputes(court)).to.deep.equal([won, lost, lost, won]);
          });
        }
      });
    }

    it("rounds to the client's benefit in the deposit, and loses no unit of the bonds", async () => {
      const court = await courtroom({ terms: { bond: 7n, penaltyBps: 3_333 }, cost: 5n });
      const jobId = await ruled(court, RULING.ThreeQuarters, { offer: { amount: PRICE + 1n } });
      await expect(court.judge.finalise(jobId)).to.changeTokenBalances(
        court.stable,
        [court.provider, court.client],
        [75_000_000n, 25_000_001n],
      );
      // The client bears 3 of 5, and of the 4 that are left a third times the margin of a half, rounded down to 0.
      expect(await credits(court)).to.deep.equal({ client: 4n, provider: 5n });
    });

    it("credits nothing to nobody where the fee and the penalty take all of a bond", async () => {
      const court = await courtroom({ terms: { penaltyBps: 10_000 } });
      await court.arbitrator.setCost(BOND);
      const jobId = await ruled(court, RULING.All);
      await court.judge.finalise(jobId);
      expect(await credits(court)).to.deep.equal({ client: 0n, provider: BOND });
    });
  });
});

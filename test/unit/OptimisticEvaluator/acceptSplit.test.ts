import { expect } from "chai";

import { BOND, FEE, PHASE, STAGES, at, courtroom, credits, deadlineOf, phaseOf } from "../../fixtures/evaluation";
import { MAX_UINT40, PRICE, ROLE, STATUS, factsOf, submittedJob } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("acceptSplit", () => {
    // Fee 6, borne by what each lost: at 60%, 3.6 by the client and 2.4 by the provider. No penalty.
    for (const [name, client, provider] of [
      ["Review", 0n, 0n],
      ["Disputed", BOND, 0n],
      ["Contested", BOND, BOND],
      ["Escalated", BOND - 3_600_000n, BOND - 2_400_000n],
    ] as const) {
      for (const [offering, taking] of [
        ["client", "provider"],
        ["provider", "client"],
      ] as const) {
        it(`divides as the ${offering} offered, ${name}`, async () => {
          const court = await courtroom();
          const { judge, stable } = court;
          const jobId = await STAGES[name](court, { offer: { evaluatorFeeBps: 100 } });
          await judge.connect(court[offering]).offerSplit(jobId, 60n, MAX_UINT40);
          const response = judge.connect(court[taking]).acceptSplit(jobId, 60n);
          const paid = (PRICE * 60n) / 100n;
          await expect(response).to.changeTokenBalances(
            stable,
            [court.provider, court.client, judge],
            [paid - paid / 100n, PRICE - paid, paid / 100n],
          );
          await expect(response).to.emit(judge, "Finalised").withArgs(jobId, 60n);
          expect(await credits(court)).to.deep.equal({ client, provider });
          expect(await judge.reserved()).to.equal(client + provider);
          expect(await judge.feesOwed(stable, court.provider)).to.equal(paid / 100n);
          expect(await phaseOf(court, jobId)).to.equal(name === "Review" ? PHASE.Review : PHASE.Closed);
          const facts = await factsOf(court, court.agents.provider, ROLE.Provider);
          expect([facts.partiallyCompleted, facts.disputesWon, facts.disputesLost]).to.deep.equal([1n, 0n, 0n]);
          expect(client + provider).to.equal(
            { Review: 0n, Disputed: BOND, Contested: 2n * BOND, Escalated: 2n * BOND - FEE }[name],
          );
        });
      }
    }

    it("gives all or nothing too", async () => {
      for (const [name, share, status] of [
        ["Review", 100n, STATUS.Completed],
        ["Review", 0n, STATUS.Rejected],
        ["Contested", 100n, STATUS.Completed],
        ["Contested", 0n, STATUS.Rejected],
      ] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await court.judge.connect(court.client).offerSplit(jobId, share, MAX_UINT40);
        await court.judge.connect(court.provider).acceptSplit(jobId, share);
        expect((await court.escrow.getJob(jobId)).status).to.equal(status);
      }
    });

    it("takes what the other side offers, as it stands", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await STAGES.Escalated(court);
      await judge.connect(provider).offerSplit(jobId, 40n, MAX_UINT40);
      for (const [taker, share] of [
        [provider, 40n], // its own
        [client, 39n],
        [client, 41n],
        [client, 0n],
      ] as const) {
        await expect(judge.connect(taker).acceptSplit(jobId, share))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
          .withArgs(jobId, share);
      }
      await expect(judge.connect(stranger).acceptSplit(jobId, 40n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(jobId, stranger.address);
      const elsewhere = await submittedJob(court);
      await expect(judge.connect(client).acceptSplit(elsewhere, 40n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(elsewhere);
    });

    it("takes no offer that was never made", async () => {
      const court = await courtroom();
      const jobId = await STAGES.Review(court);
      await expect(court.judge.connect(court.client).acceptSplit(jobId, 0n))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_NoSuchOffer")
        .withArgs(jobId, 0n);
    });

    it("takes an offer in its last second, and not after", async () => {
      for (const [seconds, taken] of [
        [-1, true],
        [0, true],
        [1, false],
      ] as const) {
        const court = await courtroom();
        const { judge, client, provider } = court;
        const jobId = await STAGES.Contested(court);
        const validUntil = (await deadlineOf(court, jobId)) - 100;
        await judge.connect(provider).offerSplit(jobId, 80n, validUntil);
        await at(validUntil + seconds);
        const response = judge.connect(client).acceptSplit(jobId, 80n);
        if (taken) await expect(response).to.emit(judge, "Finalised").withArgs(jobId, 80n);
        else {
          await expect(response)
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
            .withArgs(jobId, 80n);
        }
      }
    });

    it("takes no offer from the phase's deadline on, when it is decided what silence does", async () => {
      for (const name of ["Review", "Disputed", "Contested", "Escalated"] as const) {
        const court = await courtroom();
        const { judge, client, provider } = court;
        const jobId = await STAGES[name](court);
        await judge.connect(provider).offerSplit(jobId, 80n, MAX_UINT40);
        const deadline = await deadlineOf(court, jobId);
        for (const late of [0, 1]) {
          await at(deadline + late);
          await expect(judge.connect(client).acceptSplit(jobId, 80n))
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
            .withArgs(jobId, deadline);
        }
        const another = await STAGES[name](court, { offer: { salt: 1n } });
        await judge.connect(provider).offerSplit(another, 80n, MAX_UINT40);
        await at((await deadlineOf(court, another)) - 1);
        await judge.connect(client).acceptSplit(another, 80n);
      }
    });

    it("takes no offer of an earlier phase, nor any after a ruling", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await STAGES.Review(court);
      const steps = [
        () => judge.connect(client).dispute(jobId),
        () => judge.connect(provider).contest(jobId),
        () => judge.connect(client).escalate(jobId),
      ];
      for (const step of steps) {
        await judge.connect(client).offerSplit(jobId, 80n, MAX_UINT40);
        await step();
        await expect(judge.connect(provider).acceptSplit(jobId, 80n))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
          .withArgs(jobId, 80n);
      }
      await judge.connect(client).offerSplit(jobId, 80n, MAX_UINT40);
      await court.arbitrator.giveRuling(1n, 1n);
      await expect(judge.connect(provider).acceptSplit(jobId, 80n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Ruled);
    });
  });
});

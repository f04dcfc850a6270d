import { expect } from "chai";

import type { Courtroom } from "../../fixtures/evaluation";
import { BOND, FEE, PHASE, STAGES, at, courtroom, credits, deadlineOf } from "../../fixtures/evaluation";
import { PRICE, ROLE, factsOf, submittedJob } from "../../fixtures/jobs";

/** Whoever gives in, the deposit is the other's. */
async function expectGivenIn(court: Courtroom, jobId: bigint, by: "client" | "provider") {
  const { judge, stable, client, provider } = court;
  const response = judge.connect(court[by]).concede(jobId);
  const toProvider = by === "client" ? PRICE : 0n;
  await expect(response).to.changeTokenBalances(stable, [provider, client], [toProvider, PRICE - toProvider]);
  await expect(response)
    .to.emit(judge, "Finalised")
    .withArgs(jobId, by === "client" ? 100n : 0n);
  const facts = await factsOf(court, court.agents[by], by === "client" ? ROLE.Client : ROLE.Provider);
  expect([facts.disputesWon, facts.disputesLost]).to.deep.equal([0n, 1n]);
}

describe("OptimisticEvaluator", () => {
  describe("concede", () => {
    it("is a party's", async () => {
      const court = await courtroom();
      const jobId = await STAGES.Disputed(court);
      await expect(court.judge.connect(court.stranger).concede(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(jobId, court.stranger.address);
      const elsewhere = await submittedJob(court);
      await expect(court.judge.connect(court.client).concede(elsewhere))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_NotUnderReview")
        .withArgs(elsewhere);
    });

    it("needs a dispute that is not ruled", async () => {
      for (const name of ["Review", "Ruled"] as const) {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        for (const party of [court.client, court.provider]) {
          await expect(court.judge.connect(party).concede(jobId))
            .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
            .withArgs(jobId, PHASE[name]);
        }
      }
    });

    // The one who gives in bears all of the fee, and half of what is then left of its bond.
    for (const [name, by, client, provider] of [
      ["Disputed", "provider", BOND, 0n],
      ["Disputed", "client", BOND / 2n, BOND / 2n],
      ["Contested", "provider", BOND + BOND / 2n, BOND / 2n],
      ["Contested", "client", BOND / 2n, BOND + BOND / 2n],
      ["Escalated", "provider", BOND + (BOND - FEE) / 2n, (BOND - FEE) / 2n],
      ["Escalated", "client", (BOND - FEE) / 2n, BOND + (BOND - FEE) / 2n],
    ] as const) {
      it(`by the ${by}, ${name}`, async () => {
        const court = await courtroom();
        const jobId = await STAGES[name](court);
        await expectGivenIn(court, jobId, by);
        expect(await credits(court)).to.deep.equal({ client, provider });
        expect(await court.judge.reserved()).to.equal(client + provider);
      });
    }

    for (const left of [1n, 0n]) {
      it(`credits what the fee leaves of a bond, be it ${left}${left === 0n ? ", which no event tells" : ""}`, async () => {
        const court = await courtroom({ cost: BOND - left });
        const { judge, client, provider } = court;
        const jobId = await STAGES.Escalated(court);
        await judge.connect(client).concede(jobId);
        const credited = await judge.queryFilter(judge.filters.Credited());
        expect(credited.map(({ args }) => [...args])).to.deep.equal([
          ...(left === 0n ? [] : [[client.address, left]]),
          [provider.address, BOND],
        ]);
        expect(await credits(court)).to.deep.equal({ client: left, provider: BOND });
      });
    }

    it("comes before the phase's deadline", async () => {
      for (const name of ["Disputed", "Contested", "Escalated"] as const) {
        const court = await courtroom();
        const first = await STAGES[name](court);
        await at((await deadlineOf(court, first)) - 1);
        await expectGivenIn(court, first, "provider");
        const second = await STAGES[name](court, { offer: { salt: 1n } });
        const deadline = await deadlineOf(court, second);
        for (const late of [0, 1]) {
          await at(deadline + late);
          await expect(court.judge.connect(court.provider).concede(second))
            .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_DeadlinePassed")
            .withArgs(second, deadline);
        }
      }
    });
  });
});

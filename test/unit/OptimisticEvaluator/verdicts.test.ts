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
  creditOf,
  deadlineOf,
  disputed,
  escalated,
  reviewEnd,
  ruled,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, PRICE, ROLE, STATUS, atExpiry, factsOf } from "../../fixtures/jobs";

/** Bond credits of both sides, after checking that with the fee they are all the bonds that came in. */
async function bondsOf(court: Courtroom, paid: bigint) {
  const [client, provider] = [await creditOf(court, court.client), await creditOf(court, court.provider)];
  expect(client + provider).to.equal(paid);
  return { client, provider };
}

async function expectPaid(court: Courtroom, jobId: bigint, response: Promise<unknown>, toProvider: bigint) {
  const { stable, escrow, provider, client } = court;
  await expect(response).to.changeTokenBalances(
    stable,
    [escrow, provider, client],
    [-PRICE, toProvider, PRICE - toProvider],
  );
  expect((await escrow.getJob(jobId)).status).to.equal(toProvider === 0n ? STATUS.Rejected : STATUS.Completed);
}

describe("OptimisticEvaluator", () => {
  describe("without a dispute", () => {
    it("pays at once what the client accepts", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await expectPaid(court, jobId, court.judge.connect(court.client).accept(jobId), PRICE);
      expect((await factsOf(court, court.agents.provider, ROLE.Provider)).completed).to.equal(1n);
    });

    it("lets nobody else accept", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      for (const sender of [court.provider, court.stranger]) {
        await expect(court.judge.connect(sender).accept(jobId))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("pays the provider by anyone's call when the client has been silent, not a second earlier", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      const end = await reviewEnd(court, jobId);
      await at(end - 1);
      await expect(court.judge.finalise(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_DeadlineNotReached")
        .withArgs(jobId, end);
      await at(end);
      await expectPaid(court, jobId, court.judge.connect(court.stranger).finalise(jobId), PRICE);
    });

    it("leaves a day to finalise before the escrow's deadline", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.equal((await reviewEnd(court, jobId)) + DAY);
      await atExpiry(court, jobId, -1);
      await expectPaid(court, jobId, court.judge.finalise(jobId), PRICE);
    });

    it("keeps no fee for itself: what the offer gives the evaluator is the provider's", async () => {
      const court = await courtroom();
      const jobId = await submitted(court, { offer: { evaluatorFeeBps: 1_000 } });
      await court.judge.connect(court.client).accept(jobId);
      expect(await court.stable.balanceOf(court.judge)).to.equal(PRICE / 10n);
      const delivered = court.judge.deliver(court.stable, court.provider);
      await expect(delivered).to.changeTokenBalances(
        court.stable,
        [court.judge, court.provider],
        [-PRICE / 10n, PRICE / 10n],
      );
    });

    it("fetches a fee that the escrow could not deliver", async () => {
      const court = await courtroom();
      const jobId = await submitted(court, { offer: { evaluatorFeeBps: 1_000 } });
      await court.stable.blacklist(court.judge);
      await court.judge.connect(court.client).accept(jobId);
      await court.stable.unBlacklist(court.judge);
      const withdrawn = court.judge.connect(court.provider).withdraw(court.stable, court.stranger);
      await expect(withdrawn).to.changeTokenBalances(
        court.stable,
        [court.escrow, court.stranger],
        [-PRICE / 10n, PRICE / 10n],
      );
    });

    it("divides as both agree, without a word about a dispute", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await court.judge.connect(court.provider).offerSplit(jobId, 80n, (await reviewEnd(court, jobId)) - 1);
      const response = court.judge.connect(court.client).acceptSplit(jobId, 80n);
      await expectPaid(court, jobId, response, (PRICE * 80n) / 100n);
      const facts = await factsOf(court, court.agents.provider, ROLE.Provider);
      expect([facts.partiallyCompleted, facts.disputesWon, facts.disputesLost]).to.deep.equal([1n, 0n, 0n]);
    });
  });

  for (const [money, native] of [
    ["a token", false],
    ["the chain's coin", true],
  ] as const) {
    const room = () => courtroom({ native });

    describe(`with bonds in ${money}`, () => {
      it("refunds the client when the provider concedes, and returns the bond", async () => {
        const court = await room();
        const jobId = await disputed(court);
        await expectPaid(court, jobId, court.judge.connect(court.provider).concede(jobId), 0n);
        expect(await bondsOf(court, BOND)).to.deep.equal({ client: BOND, provider: 0n });
        expect((await factsOf(court, court.agents.client, ROLE.Client)).disputesWon).to.equal(1n);
      });

      it("takes the provider's silence for conceding, not a second earlier", async () => {
        const court = await room();
        const jobId = await disputed(court);
        const end = await deadlineOf(court, jobId);
        await at(end - 1);
        await expect(court.judge.finalise(jobId)).to.be.revertedWithCustomError(
          court.judge,
          "OptimisticEvaluator_DeadlineNotReached",
        );
        await at(end);
        await expectPaid(court, jobId, court.judge.finalise(jobId), 0n);
        expect(await bondsOf(court, BOND)).to.deep.equal({ client: BOND, provider: 0n });
      });

      it("makes a client that objects and gives in pay for it, also before anybody contested", async () => {
        const court = await room();
        const jobId = await disputed(court);
        await expectPaid(court, jobId, court.judge.connect(court.client).concede(jobId), PRICE);
        expect(await bondsOf(court, BOND)).to.deep.equal({ client: BOND / 2n, provider: BOND / 2n });
      });

      it("makes a provider that contests and gives in pay for it", async () => {
        const court = await room();
        const jobId = await contested(court);
        await expectPaid(court, jobId, court.judge.connect(court.provider).concede(jobId), 0n);
        expect(await bondsOf(court, 2n * BOND)).to.deep.equal({ client: BOND + BOND / 2n, provider: BOND / 2n });
      });

      // Fee 6, bonds 20 each. Fee borne by what was lost; of what is left, half by how clearly it lost.
      const RULINGS = [
        ["all to the provider", RULING.All, 100n, 7_000_000n, 27_000_000n],
        ["three quarters", RULING.ThreeQuarters, 75n, 11_625_000n, 22_375_000n],
        ["half", RULING.Half, 50n, 17_000_000n, 17_000_000n],
        ["a quarter", RULING.Quarter, 25n, 22_375_000n, 11_625_000n],
        ["nothing", RULING.Nothing, 0n, 27_000_000n, 7_000_000n],
        ["no answer", RULING.Refused, 50n, 17_000_000n, 17_000_000n],
        ["an answer that is none", 6n, 50n, 17_000_000n, 17_000_000n],
      ] as const;
      for (const [name, ruling, share, client, provider] of RULINGS) {
        it(`carries out a ruling: ${name}`, async () => {
          const court = await room();
          const jobId = await ruled(court, ruling);
          const response = court.judge.connect(court.stranger).finalise(jobId);
          await expectPaid(court, jobId, response, (PRICE * share) / 100n);
          expect(await bondsOf(court, 2n * BOND - FEE)).to.deep.equal({ client, provider });
          const facts = await factsOf(court, court.agents.provider, ROLE.Provider);
          expect(facts.disputesWon).to.equal(share > 50n ? 1n : 0n);
          expect(facts.disputesLost).to.equal(share < 50n ? 1n : 0n);
        });
      }

      it("divides in halves when the arbitrator never takes the case", async () => {
        const court = await room();
        await court.arbitrator.setClosed(true);
        const jobId = await contested(court);
        await expect(court.judge.escalate(jobId)).to.be.revertedWithCustomError(
          court.arbitrator,
          "CentralArbitrator_Closed",
        );
        await at(await deadlineOf(court, jobId));
        await expectPaid(court, jobId, court.judge.finalise(jobId), PRICE / 2n);
        expect(await bondsOf(court, 2n * BOND)).to.deep.equal({ client: BOND, provider: BOND });
      });

      it("divides in halves when the arbitrator never rules, and ignores what it says afterwards", async () => {
        const court = await room();
        const jobId = await escalated(court);
        const { disputeID } = await court.judge.disputeOf(jobId);
        await at(await deadlineOf(court, jobId));
        await expectPaid(court, jobId, court.judge.finalise(jobId), PRICE / 2n);
        await court.arbitrator.giveRuling(disputeID, RULING.All);
        expect((await court.judge.disputeOf(jobId)).phase).to.equal(PHASE.Closed);
        expect(await bondsOf(court, 2n * BOND - FEE)).to.deep.equal({
          client: BOND - FEE / 2n,
          provider: BOND - FEE / 2n,
        });
      });

      it("ends by agreement before and after escalation, less what the arbitrator took", async () => {
        for (const [stage, fee] of [
          [contested, 0n],
          [escalated, FEE],
        ] as const) {
          const court = await room();
          const jobId = await stage(court);
          await court.judge.connect(court.client).offerSplit(jobId, 60n, (await deadlineOf(court, jobId)) - 1);
          const response = court.judge.connect(court.provider).acceptSplit(jobId, 60n);
          await expectPaid(court, jobId, response, (PRICE * 60n) / 100n);
          const clientFee = (fee * 60n) / 100n;
          expect(await bondsOf(court, 2n * BOND - fee)).to.deep.equal({
            client: BOND - clientFee,
            provider: BOND - (fee - clientFee),
          });
        }
      });

      it("sends credits to their owner or wherever the owner says", async () => {
        const court = await room();
        const jobId = await contested(court);
        await court.judge.connect(court.provider).concede(jobId);
        const token = await court.judge.BOND_TOKEN();
        const before = await balance(court, token, court.referrer.address);
        await court.judge.connect(court.client).withdraw(token, court.referrer);
        expect((await balance(court, token, court.referrer.address)) - before).to.equal(BOND + BOND / 2n);
        const earlier = await balance(court, token, court.provider.address);
        await court.judge.connect(court.stranger).deliver(token, court.provider);
        expect((await balance(court, token, court.provider.address)) - earlier).to.equal(BOND / 2n);
        expect(await balance(court, token, await court.judge.getAddress())).to.equal(0n);
        await expect(court.judge.deliver(token, court.provider))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_NothingToWithdraw")
          .withArgs(token, court.provider.address);
      });
    });
  }
});

async function balance({ stable, client }: Courtroom, token: string, account: string): Promise<bigint> {
  return token === (await stable.getAddress()) ? stable.balanceOf(account) : client.provider.getBalance(account);
}

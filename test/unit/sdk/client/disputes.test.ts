import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";

import { commitVotes, drawPanel, endReveal, revealVotes } from "../../../fixtures/court";
import { fairMarketFixture, hireFairly } from "../../../fixtures/fairMarket";
import type { Courtroom } from "../../../fixtures/evaluation";
import {
  BOND,
  REVIEW,
  RULING,
  contested,
  courtroom,
  deadlineOf,
  disputed,
  reviewEnd,
  ruled,
  submitted,
} from "../../../fixtures/evaluation";
import { DELIVERABLE, PRICE } from "../../../fixtures/jobs";
import { clientOf, expectRefusal, expectTwins } from "./support";

function parties(court: Courtroom) {
  return { client: clientOf(court.client), provider: clientOf(court.provider), anyone: clientOf(court.stranger) };
}

describe("sdk", () => {
  describe("client: disputes", () => {
    it("go from objection to court, each step once", async () => {
      const court = await courtroom();
      const { client, provider, anyone } = parties(court);
      const jobId = await submitted(court);
      await court.stable.connect(court.client).approve(court.judge, 0n);
      const { before } = await expectTwins(client, "dispute", { jobId });
      expect(before.calls.map(({ fn }) => fn)).to.deep.equal(["approve", "dispute"]);
      expect(await court.stable.allowance(court.client, court.judge)).to.equal(0n);
      await expectTwins(provider, "contest", { jobId });
      await expectTwins(client, "submitEvidence", { jobId, uri: "ipfs://a", hash: id("a") });
      await expectTwins(client, "offerSplit", { jobId, share: 60, validUntil: BigInt(await time.latest()) + 1_000n });
      await expectTwins(client, "offerSplit", { jobId, share: 50 });
      await expectRefusal(provider, "acceptSplit", { jobId, share: 60 }, "OptimisticEvaluator_NoSuchOffer");
      const { sent } = await expectTwins(provider, "escalate", { jobId });
      await court.arbitrator.giveRuling(sent.result.disputeId, RULING.ThreeQuarters);
      await expectTwins(anyone, "finalise", { jobId });
      // What led to here is done, for who asks again.
      expect((await client.dispute({ jobId })).done).to.equal("already");
      expect((await provider.contest({ jobId })).done).to.equal("already");
      await expectRefusal(client, "concede", { jobId }, "CONFLICT", "75 percent");
      await expectRefusal(client, "accept", { jobId }, "CONFLICT", "too late");
    });

    it("need a bond in the coin where bonds are in it", async () => {
      const court = await courtroom({ native: true });
      const jobId = await submitted(court);
      const { before } = await expectTwins(parties(court).client, "dispute", { jobId });
      expect(before.calls.map(({ fn, value }) => [fn, value])).to.deep.equal([["dispute", BOND]]);
    });

    it("are avoided by accepting, and by a division", async () => {
      const court = await courtroom();
      const { client, provider } = parties(court);
      const accepted = await submitted(court);
      await expectTwins(client, "accept", { jobId: accepted });
      await expectRefusal(client, "dispute", { jobId: accepted }, "CONFLICT", "too late");
      const divided = await submitted(court, { offer: { salt: 1n } });
      await expectTwins(client, "offerSplit", { jobId: divided, share: 60 });
      await expectTwins(provider, "acceptSplit", { jobId: divided, share: 60 });
      await expectRefusal(provider, "acceptSplit", { jobId: divided, share: 50 }, "CONFLICT", "60 percent");
      await expectRefusal(client, "offerSplit", { jobId: divided, share: 60 }, "CONFLICT");
    });

    it("end by giving in, by silence, and by the escrow's own claim", async () => {
      const court = await courtroom();
      const { client, provider, anyone } = parties(court);
      const given = await disputed(court);
      await expectTwins(provider, "concede", { jobId: given });
      const silent = await submitted(court, { offer: { salt: 1n } });
      await expectRefusal(anyone, "finalise", { jobId: silent }, "OptimisticEvaluator_DeadlineNotReached");
      const claimed = await contested(court, { offer: { salt: 2n } });
      await time.increaseTo(await reviewEnd(court, silent));
      await expectTwins(anyone, "finalise", { jobId: silent });
      await expectRefusal(client, "accept", { jobId: silent }, "CONFLICT", "100 percent");
      await time.increaseTo((await court.escrow.getJob(claimed)).expiredAt);
      await anyone.claimRefund({ jobId: claimed });
      await expectTwins(anyone, "releaseBonds", { jobId: claimed });
      const { sent } = await expectTwins(provider, "withdrawBonds", { evaluator: await court.judge.getAddress() });
      expect(sent.result.amount).to.be.greaterThan(BOND / 2n);
    });

    it("end a small job at once", async () => {
      const court = await courtroom({ terms: { minAmount: 2n * PRICE, smallJobShare: 50 } });
      const jobId = await submitted(court);
      const { before } = await expectTwins(clientOf(court.client), "dispute", { jobId });
      expect(before.calls).to.have.lengthOf(1);
    });

    it("tell each party what it can do, and until when", async () => {
      const court = await courtroom();
      const { client, provider, anyone } = parties(court);
      const jobId = await submitted(court);
      const names = async (agent: typeof client) => (await agent.availableActions(jobId)).map(({ name }) => name);
      expect(await names(client)).to.deep.equal(["accept", "dispute", "offerSplit"]);
      expect(await names(provider)).to.deep.equal(["offerSplit"]);
      expect(await names(anyone)).to.deep.equal([]);
      const until = BigInt(await reviewEnd(court, jobId)) - 1n;
      expect((await client.availableActions(jobId)).find(({ name }) => name === "dispute")).to.deep.equal({
        name: "dispute",
        contract: "OptimisticEvaluator",
        by: "client",
        account: court.client.address,
        until,
      });
      await client.dispute({ jobId });
      expect(await names(provider)).to.deep.equal(["contest", "concede", "submitEvidence", "offerSplit"]);
      await time.increaseTo(await deadlineOf(court, jobId));
      await anyone.finalise({ jobId });
      expect(await names(provider)).to.deep.equal(["giveJobFeedback"]);
      expect(
        await anyone.availableActions(await ruled(court, RULING.All, { offer: { salt: 7n } }), court.client.address),
      ).to.have.lengthOf(1);
    });

    it("are for jobs with an OptimisticEvaluator only", async () => {
      const m = await fairMarketFixture();
      const jobId = (
        await clientOf(m.client).createJob({
          evaluator: m.evaluator.address,
          expiredAt: BigInt((await time.latest()) + REVIEW),
        })
      ).result.jobId;
      await expectRefusal(clientOf(m.client), "accept", { jobId }, "INVALID_INPUT", "no OptimisticEvaluator");
    });

    it("are appealed, once by each round", async () => {
      const m = await fairMarketFixture();
      const [client, provider] = [clientOf(m.client), clientOf(m.provider)];
      const jobId = await hireFairly(m);
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await client.dispute({ jobId });
      await provider.contest({ jobId });
      await expectRefusal(client, "appeal", { jobId }, "NOT_FOUND", "escalate it first");
      const { disputeId } = (await provider.escalate({ jobId })).result;
      await expectRefusal(client, "appeal", { jobId }, "SeatCourt_UnexpectedPhase");
      await drawPanel(m, disputeId);
      await commitVotes(m, disputeId, [2, 2, 2]);
      await revealVotes(m, disputeId, [2, 2, 2]);
      await endReveal(m, disputeId);
      expect((await client.availableActions(jobId)).map(({ name, contract }) => `${contract}.${name}`)).to.include(
        "SeatCourt.appeal",
      );
      const { before } = await expectTwins(client, "appeal", { jobId });
      expect(before.calls.map(({ fn }) => fn)).to.deep.equal(["approve", "appeal"]);
    });
  });
});

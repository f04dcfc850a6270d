import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import {
  ARBITRATION,
  BOND,
  FEE,
  PHASE,
  RESPONSE,
  REVIEW,
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
import { DAY, MAX_EVALUATION, PRICE, STATUS, atExpiry, hireJob, relay, submittedJob } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("its terms", () => {
    it("are published", async () => {
      const { judge, escrow, arbitrator, stable } = await courtroom();
      expect(await judge.ESCROW()).to.equal(await escrow.getAddress());
      expect(await judge.ARBITRATOR()).to.equal(await arbitrator.getAddress());
      expect(await judge.REVIEW_PERIOD()).to.equal(REVIEW);
      expect(await judge.RESPONSE_PERIOD()).to.equal(RESPONSE);
      expect(await judge.ARBITRATION_PERIOD()).to.equal(ARBITRATION);
      expect(await judge.BOND_TOKEN()).to.equal(await stable.getAddress());
      expect(await judge.BOND()).to.equal(BOND);
      expect(await judge.PENALTY_BPS()).to.equal(5_000n);
      expect(await judge.JOB_TOKEN()).to.equal(await stable.getAddress());
      expect(await judge.MIN_AMOUNT()).to.equal(PRICE);
      expect(await judge.maxEvaluationPeriod()).to.equal(REVIEW + DAY);
    });

    it("must fit into what the escrow allows, with a day to spare", async () => {
      const longest = MAX_EVALUATION - DAY - REVIEW - RESPONSE;
      await courtroom({ terms: { arbitrationPeriod: longest } });
      const factory = await ethers.getContractFactory("OptimisticEvaluator");
      for (const [terms, total] of [
        [{ arbitrationPeriod: longest + 1 }, MAX_EVALUATION + 1],
        [{ reviewPeriod: 0 }, RESPONSE + ARBITRATION + DAY],
        [{ responsePeriod: 0 }, REVIEW + ARBITRATION + DAY],
        [{ arbitrationPeriod: 0 }, REVIEW + RESPONSE + DAY],
      ] as const) {
        await expect(courtroom({ terms }))
          .to.be.revertedWithCustomError(factory, "OptimisticEvaluator_InvalidPeriods")
          .withArgs(total, MAX_EVALUATION);
      }
    });

    it("need a bond, and a penalty of no more than all of it", async () => {
      const factory = await ethers.getContractFactory("OptimisticEvaluator");
      await courtroom({ terms: { bond: 2n ** 96n - 1n, penaltyBps: 10_000 } });
      for (const [bond, penaltyBps] of [
        [0n, 0n],
        [2n ** 96n, 0n],
        [1n, 10_001n],
      ] as const) {
        await expect(courtroom({ terms: { bond, penaltyBps } }))
          .to.be.revertedWithCustomError(factory, "OptimisticEvaluator_InvalidBond")
          .withArgs(bond, penaltyBps);
      }
    });

    it("are what an offer must leave time for", async () => {
      const court = await courtroom();
      const evaluator = await court.judge.getAddress();
      await expect(hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY - 1 } }))
        .to.be.revertedWithCustomError(court.escrow, "JobEscrow_EvaluationPeriodOutOfRange")
        .withArgs(REVIEW + DAY - 1, REVIEW + DAY, MAX_EVALUATION);
    });
  });

  describe("dispute", () => {
    it("is the client's, until the review ends", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await submitted(court);
      for (const sender of [provider, stranger]) {
        await expect(judge.connect(sender).dispute(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
      const end = await reviewEnd(court, jobId);
      await at(end);
      await expect(judge.connect(client).dispute(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
        .withArgs(jobId, end);

      const another = await submitted(court, { offer: { salt: 1n } });
      await at((await reviewEnd(court, another)) - 1);
      await expect(judge.connect(client).dispute(another))
        .to.emit(judge, "Disputed")
        .withArgs(another, client.address, (await reviewEnd(court, another)) - 1 + RESPONSE);
    });

    it("extends the job's time, once it needs more, and leaves a day after each phase", async () => {
      const court = await courtroom();
      const { judge, escrow, client, provider } = court;
      const jobId = await submitted(court);
      const end = await reviewEnd(court, jobId);
      await at(end - 1);
      await judge.connect(client).dispute(jobId);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal((await deadlineOf(court, jobId)) + DAY);
      await at((await deadlineOf(court, jobId)) - 1);
      await judge.connect(provider).contest(jobId);
      expect((await escrow.getJob(jobId)).expiredAt).to.equal((await deadlineOf(court, jobId)) + DAY);
      // The longest that a dispute can take.
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(end - 2 + RESPONSE + ARBITRATION + DAY);
    });

    it("leaves a job's time alone that is long enough", async () => {
      const court = await courtroom();
      const jobId = await submitted(court, { offer: { deliveryPeriod: 60 * DAY } });
      const { expiredAt } = await court.escrow.getJob(jobId);
      await court.judge.connect(court.client).dispute(jobId);
      await court.judge.connect(court.provider).contest(jobId);
      expect((await court.escrow.getJob(jobId)).expiredAt).to.equal(expiredAt);
    });

    it("is for jobs of the token, and worth it", async () => {
      const court = await courtroom();
      const { judge, client, stable, plain } = court;
      const small = await submitted(court, { offer: { amount: PRICE - 1n } });
      await expect(judge.connect(client).dispute(small))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotDisputable")
        .withArgs(small, await stable.getAddress(), PRICE - 1n);
      const foreign = await submitted(court, { offer: { token: await plain.getAddress() } });
      await expect(judge.connect(client).dispute(foreign))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotDisputable")
        .withArgs(foreign, await plain.getAddress(), PRICE);
    });

    it("takes exactly the bond, in the coin that it is in", async () => {
      const court = await courtroom();
      const { judge, client, stable } = court;
      const jobId = await submitted(court);
      await expect(judge.connect(client).dispute(jobId, { value: 1n }))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(0n, 1n);
      await expect(judge.connect(client).dispute(jobId)).to.changeTokenBalances(stable, [client, judge], [-BOND, BOND]);

      const inCoin = await courtroom({ native: true });
      const job = await submitted(inCoin);
      for (const value of [0n, BOND - 1n, BOND + 1n]) {
        await expect(inCoin.judge.connect(inCoin.client).dispute(job, { value }))
          .to.be.revertedWithCustomError(inCoin.judge, "OptimisticEvaluator_IncorrectBond")
          .withArgs(BOND, value);
      }
      await expect(inCoin.judge.connect(inCoin.client).dispute(job, { value: BOND })).to.changeEtherBalance(
        inCoin.judge,
        BOND,
      );
    });

    it("happens once, and stands in the way of accepting", async () => {
      const court = await courtroom();
      const { judge, client } = court;
      const jobId = await disputed(court);
      for (const call of [() => judge.connect(client).dispute(jobId), () => judge.connect(client).accept(jobId)]) {
        await expect(call())
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE.Disputed);
      }
    });

    it("needs submitted work that is to be judged here", async () => {
      const court = await courtroom();
      const { judge, client } = court;
      const evaluator = await judge.getAddress();
      const { jobId: funded } = await hireJob(court, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      const elsewhere = await submittedJob(court);
      for (const jobId of [funded, elsewhere]) {
        for (const call of [
          () => judge.connect(client).dispute(jobId),
          () => judge.finalise(jobId),
          () => judge.escalate(jobId),
        ]) {
          await expect(call())
            .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview")
            .withArgs(jobId);
        }
      }
    });
  });

  describe("contest", () => {
    it("is the provider's, until the response period ends", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await disputed(court);
      for (const sender of [client, stranger]) {
        await expect(judge.connect(sender).contest(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
          .withArgs(jobId, sender.address);
      }
      const end = await deadlineOf(court, jobId);
      await at(end);
      await expect(judge.connect(provider).contest(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
        .withArgs(jobId, end);
    });

    it("needs a dispute, and happens once", async () => {
      const court = await courtroom();
      const { judge, provider } = court;
      const jobId = await submitted(court);
      await expect(judge.connect(provider).contest(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Review);
      await judge.connect(court.client).dispute(jobId);
      await judge.connect(provider).contest(jobId);
      await expect(judge.connect(provider).contest(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Contested);
    });
  });

  describe("escalate", () => {
    it("is anyone's, pays the arbitrator what it asks, and can be tried again", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stable, stranger } = court;
      const jobId = await contested(court);
      await arbitrator.setCost(BOND + 1n);
      await expect(judge.escalate(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_FeeAboveBond")
        .withArgs(BOND + 1n, BOND);
      await arbitrator.setCost(BOND);
      const response = judge.connect(stranger).escalate(jobId);
      await expect(response).to.changeTokenBalances(stable, [judge, arbitrator], [-BOND, BOND]);
      await expect(response)
        .to.emit(judge, "Escalated")
        .withArgs(jobId, await arbitrator.getAddress(), 1n, BOND);
      expect(await stable.allowance(judge, arbitrator)).to.equal(0n);
    });

    it("is for contested cases whose time has not run out", async () => {
      const court = await courtroom();
      const { judge } = court;
      const jobId = await disputed(court);
      await expect(judge.escalate(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Disputed);
      await judge.connect(court.provider).contest(jobId);
      const end = await deadlineOf(court, jobId);
      await at(end);
      await expect(judge.escalate(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
        .withArgs(jobId, end);
    });
  });

  describe("concede", () => {
    it("is a party's, from the dispute on until it is ruled", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await submitted(court);
      await expect(judge.connect(client).concede(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Review);
      const decided = await ruled(court, RULING.All, { offer: { salt: 1n } });
      await expect(judge.connect(stranger).concede(decided))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(decided, stranger.address);
      for (const party of [client, provider]) {
        await expect(judge.connect(party).concede(decided))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(decided, PHASE.Ruled);
      }
    });
  });

  describe("offers of a split", () => {
    it("can be taken as they are, by the other side, while they last", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await escalated(court);
      const validUntil = (await time.latest()) + 100;
      await expect(judge.connect(provider).offerSplit(jobId, 40n, validUntil))
        .to.emit(judge, "SplitOffered")
        .withArgs(jobId, provider.address, 40n, validUntil);
      expect(await judge.splitOfferOf(jobId, provider)).to.deep.equal([40n, BigInt(validUntil)]);
      for (const [taker, share] of [
        [provider, 40n], // its own
        [client, 39n],
        [client, 41n],
      ] as const) {
        await expect(judge.connect(taker).acceptSplit(jobId, share))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
          .withArgs(jobId, share);
      }
      await at(validUntil + 1);
      await expect(judge.connect(client).acceptSplit(jobId, 40n)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_NoSuchOffer",
      );
      await judge.connect(provider).offerSplit(jobId, 100n, validUntil + 50);
      await at(validUntil + 50);
      await judge.connect(client).acceptSplit(jobId, 100n);
      expect((await court.escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("can be withdrawn, and are whole percentages of parties", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await disputed(court);
      await judge.connect(provider).offerSplit(jobId, 0n, 2n ** 40n - 1n);
      await judge.connect(provider).offerSplit(jobId, 0n, 0n);
      await expect(judge.connect(client).acceptSplit(jobId, 0n)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_NoSuchOffer",
      );
      await expect(judge.connect(provider).offerSplit(jobId, 101n, 1n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_InvalidShare")
        .withArgs(101n);
      await expect(judge.connect(stranger).offerSplit(jobId, 1n, 1n)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_Unauthorized",
      );
    });
  });

  describe("evidence", () => {
    it("is put forward by the parties while a dispute lives, sixteen times each", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client, provider, stranger } = court;
      const jobId = await submitted(court);
      await expect(judge.connect(client).submitEvidence(jobId, "ipfs://x"))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Review);
      await judge.connect(client).dispute(jobId);
      await expect(judge.connect(stranger).submitEvidence(jobId, "ipfs://x")).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_Unauthorized",
      );
      for (let i = 0; i < 16; ++i) {
        await expect(judge.connect(client).submitEvidence(jobId, `ipfs://${i}`))
          .to.emit(judge, "Evidence")
          .withArgs(await arbitrator.getAddress(), jobId, client.address, `ipfs://${i}`);
      }
      await expect(judge.connect(client).submitEvidence(jobId, "ipfs://17"))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TooMuchEvidence")
        .withArgs(jobId, client.address);
      await judge.connect(provider).submitEvidence(jobId, "ipfs://provider");
    });
  });

  describe("releaseBonds", () => {
    it("returns the client's bond when the clock ended a dispute that nobody finalised", async () => {
      const court = await courtroom();
      const { judge, escrow, client } = court;
      const jobId = await disputed(court);
      await expect(judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_JobNotEnded")
        .withArgs(jobId);
      await atExpiry(court, jobId);
      await escrow.claimRefund(jobId);
      await judge.releaseBonds(jobId);
      expect(await creditOf(court, client)).to.equal(BOND);
      await expect(judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Closed);
    });

    it("returns both, less the fee, when nobody had ruled, and divides them as ruled when somebody had", async () => {
      for (const [stage, client, provider] of [
        [contested, BOND, BOND],
        [escalated, BOND - FEE / 2n, BOND - FEE / 2n],
        [(c: Parameters<typeof ruled>[0]) => ruled(c, RULING.Nothing), 27_000_000n, 7_000_000n],
      ] as const) {
        const court = await courtroom();
        const jobId = await stage(court);
        await atExpiry(court, jobId);
        await court.escrow.claimRefund(jobId);
        await expect(court.judge.releaseBonds(jobId))
          .to.emit(court.judge, "BondsReturned")
          .withArgs(jobId, client, provider);
        expect(await creditOf(court, court.client)).to.equal(client);
        expect(await creditOf(court, court.provider)).to.equal(provider);
      }
    });

    it("has nothing to release without a dispute", async () => {
      const court = await courtroom();
      const jobId = await submitted(court);
      await court.judge.connect(court.client).accept(jobId);
      await expect(court.judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Review);
    });
  });

  it("hears parties that pay no gas", async () => {
    const court = await courtroom();
    const { judge, client, escrow } = court;
    const jobId = await submitted(court);
    await relay(court, client, judge, judge.interface.encodeFunctionData("accept", [jobId]));
    expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });

  it("sends nothing to nobody", async () => {
    const court = await courtroom();
    for (const to of [ZeroAddress, await court.judge.getAddress()]) {
      await expect(court.judge.connect(court.client).withdraw(ZeroAddress, to))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_InvalidRecipient")
        .withArgs(to);
    }
  });
});

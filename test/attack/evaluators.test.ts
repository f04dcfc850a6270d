import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  DAY,
  DELIVERABLE,
  HOUR,
  MAX_EVALUATION,
  MINUTE,
  MIN_EVALUATION_PERIOD,
  PRICE,
  STATUS,
  atExpiry,
  atFixedTime,
  createJob,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  pricedJob,
  submittedJob,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR } from "../unit/mocks/modes";

describe("Attacks by evaluators and on their time", () => {
  describe("judging when others may claim", () => {
    for (const silencePaysProvider of [false, true]) {
      it(`no verdict from expiry on, where silence ${silencePaysProvider ? "pays" : "refunds"}`, async () => {
        const market = await marketFixture();
        const { escrow, evaluator } = market;
        const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider } });
        const { expiredAt } = await escrow.getJob(jobId);
        const judge = escrow.connect(evaluator);
        const verdicts = [
          () => judge.complete(jobId, ZeroHash, "0x"),
          () => judge.reject(jobId, ZeroHash, "0x"),
          () => judge.completePartially(jobId, 1n, ZeroHash, 0n, "0x"),
          () => judge.extendEvaluation(jobId, expiredAt + 1n),
        ];
        await atExpiry(market, jobId, -1);
        await escrow.multicall([]); // a block in the last second
        for (const [i, verdict] of verdicts.entries()) {
          await atExpiry(market, jobId, i);
          await expect(verdict())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
            .withArgs(jobId, expiredAt);
        }
      });

      it(`no claim before expiry, where silence ${silencePaysProvider ? "pays" : "refunds"}`, async () => {
        const market = await marketFixture();
        const { escrow, evaluator, stranger } = market;
        const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider } });
        const { expiredAt } = await escrow.getJob(jobId);
        await atExpiry(market, jobId, -2);
        const claimant = escrow.connect(stranger);
        await expect(silencePaysProvider ? claimant.claimPayment(jobId) : claimant.claimRefund(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
          .withArgs(jobId, expiredAt);
        await atExpiry(market, jobId, -1);
        await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
      });
    }

    it("a refund cannot be claimed where silence pays, however late", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider: true } });
      await atExpiry(market, jobId, 365 * DAY);
      await expect(escrow.connect(client).claimRefund(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_SilencePays")
        .withArgs(jobId);
    });

    it("a payment cannot be claimed where silence refunds, nor for work not submitted", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const kernel = await submittedJob(market);
      await atExpiry(market, kernel);
      await expect(escrow.connect(provider).claimPayment(kernel))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_SilenceRefunds")
        .withArgs(kernel);
      const { jobId } = await hireJob(market, { offer: { silencePaysProvider: true } });
      await atExpiry(market, jobId);
      await expect(escrow.connect(provider).claimPayment(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Funded, 1n << STATUS.Submitted);
    });
  });

  describe("submitting late, to block the refund", () => {
    for (const offset of [0, 1]) {
      it(`${offset} seconds after expiry`, async () => {
        const market = await marketFixture();
        const { escrow, stable, client, provider } = market;
        const { jobId } = await hireJob(market, { offer: { silencePaysProvider: true } });
        const { expiredAt } = await escrow.getJob(jobId);
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
        await expect(escrow.claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
      });
    }

    it("in the last second, it leaves the evaluator its whole time", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const { jobId } = await hireJob(market, { offer: { evaluationPeriod: 3 * DAY } });
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId, -1);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(expiredAt - 1n + BigInt(3 * DAY));
    });

    it("free work leaves the evaluator its time, too", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const now = await atFixedTime();
      const jobId = await createJob(market, { expiredAt: now + 6 * MINUTE });
      const submitted = await atFixedTime();
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(submitted + MIN_EVALUATION_PERIOD);
    });
  });

  describe("extending without end", () => {
    it("by one second more than the longest evaluation", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      const { expiredAt, submittedAt } = await escrow.getJob(jobId);
      const latest = submittedAt + BigInt(MAX_EVALUATION);
      const judge = escrow.connect(evaluator);
      for (const wrong of [latest + 1n, 2n ** 40n + expiredAt + 1n, ethers.MaxUint256, expiredAt, 0n]) {
        await expect(judge.extendEvaluation(jobId, wrong))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
          .withArgs(wrong, expiredAt + 1n, latest);
      }
      await judge.extendEvaluation(jobId, latest);
      await expect(judge.extendEvaluation(jobId, latest + 1n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
        .withArgs(latest + 1n, latest + 1n, latest);
    });

    it("before anything was submitted, to hold a deposit", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const jobId = await fundedJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await expect(escrow.connect(evaluator).extendEvaluation(jobId, expiredAt + 1n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Funded, 1n << STATUS.Submitted);
    });

    it("by anybody but the evaluator", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, stranger } = market;
      const jobId = await submittedJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      for (const sender of [client, provider, stranger]) {
        await expect(escrow.connect(sender).extendEvaluation(jobId, expiredAt + 1n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("a job created for the longest time cannot be created for a second more", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const now = await atFixedTime();
      const longest = now + 365 * DAY;
      await expect(
        escrow.connect(client).createJob(market.provider, market.evaluator, longest + 1, "", ethers.ZeroAddress, 0n),
      )
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
        .withArgs(longest + 1, now + 5 * MINUTE, longest);
    });
  });

  describe("judging what is another's to judge", () => {
    it("verdicts by anybody but the evaluator", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, stranger } = market;
      const jobId = await submittedJob(market);
      for (const sender of [client, provider, stranger]) {
        const judge = escrow.connect(sender);
        for (const verdict of [
          () => judge.complete(jobId, ZeroHash, "0x"),
          () => judge.reject(jobId, ZeroHash, "0x"),
          () => judge.completePartially(jobId, PRICE, ZeroHash, 0n, "0x"),
        ]) {
          await expect(verdict())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
            .withArgs(jobId, sender.address);
        }
      }
    });

    it("paying for work that was not submitted", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const jobId = await fundedJob(market);
      for (const verdict of [
        () => escrow.connect(evaluator).complete(jobId, ZeroHash, "0x"),
        () => escrow.connect(evaluator).completePartially(jobId, PRICE, ZeroHash, 0n, "0x"),
      ]) {
        await expect(verdict())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS.Funded, 1n << STATUS.Submitted);
      }
    });

    it("the client cannot take a funded job back before its time", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const jobId = await fundedJob(market);
      await expect(escrow.connect(client).reject(jobId, ZeroHash, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(jobId, client.address);
    });

    it("submitting for another, and declining for another", async () => {
      const market = await marketFixture();
      const { escrow, client, evaluator, stranger } = market;
      const jobId = await fundedJob(market);
      for (const sender of [client, evaluator, stranger]) {
        for (const send of [
          () => escrow.connect(sender).submit(jobId, DELIVERABLE, "0x"),
          () => escrow.connect(sender).decline(jobId, ZeroHash),
        ]) {
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
            .withArgs(jobId, sender.address);
        }
      }
    });

    it("declining after submitting, to escape a verdict", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const jobId = await submittedJob(market);
      await expect(escrow.connect(provider).decline(jobId, ZeroHash))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Submitted, 1n << STATUS.Funded);
    });
  });

  describe("lying about the time an evaluation takes", () => {
    it("a period is read once: what is published later changes nothing", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const evaluator = await ethers.deployContract("PublishedPeriodEvaluator", [2 * DAY]);
      const jobId = await fundedJob(market, { evaluator });
      await evaluator.setMaxEvaluationPeriod(50 * DAY);
      const now = await atFixedTime();
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(now + 2 * DAY);
    });

    it("an offer signed for less than the evaluator now publishes is not hired by", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const evaluator = await ethers.deployContract("PublishedPeriodEvaluator", [HOUR]);
      const offer = { evaluator: await evaluator.getAddress(), evaluationPeriod: HOUR, capacity: 2 };
      await hireJob(market, { offer });
      await evaluator.setMaxEvaluationPeriod(HOUR + 1);
      await expect(hireJob(market, { offer, acceptance: { salt: ethers.id("again") } }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_EvaluationPeriodOutOfRange")
        .withArgs(HOUR, HOUR + 1, MAX_EVALUATION);
    });

    for (const period of [BigInt(MAX_EVALUATION) + 1n, 2n ** 24n, 2n ** 40n, ethers.MaxUint256]) {
      it(`a period of ${period} seconds locks up no deposit`, async () => {
        const market = await marketFixture();
        const { escrow, client, provider } = market;
        const evaluator = await ethers.deployContract("PublishedPeriodEvaluator", [period]);
        const priced = await pricedJob(market, { evaluator });
        await expect(escrow.connect(client).fund(priced, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_EvaluationPeriodOutOfRange")
          .withArgs(0n, period, MAX_EVALUATION);
        await expect(hireJob(market, { offer: { evaluator: await evaluator.getAddress() } }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_EvaluationPeriodOutOfRange")
          .withArgs(DAY, period, MAX_EVALUATION);
        const free = await createJob(market, { evaluator });
        await expect(escrow.connect(provider).submit(free, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_EvaluationPeriodOutOfRange")
          .withArgs(0n, period, MAX_EVALUATION);
      });
    }

    for (const mode of ["Revert", "RevertBomb", "BurnGas"] as const) {
      it(`an evaluator that answers with ${mode} gets the shortest period and little gas`, async () => {
        const market = await marketFixture();
        const { escrow, client } = market;
        const evaluator = await ethers.deployContract("GasBurningEvaluator", [30 * DAY]);
        await evaluator.setMode(MISBEHAVIOUR[mode]);
        const jobId = await pricedJob(market, { evaluator });
        const receipt = (await (await escrow.connect(client).fund(jobId, PRICE, "0x")).wait())!;
        expect(receipt.gasUsed).to.be.lessThan(250_000n);
        expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(MIN_EVALUATION_PERIOD);
      });
    }

    it("an answer as long as its gas can pay for is read by its first word", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const evaluator = await ethers.deployContract("ReturnBombEvaluator", [30 * DAY]);
      const jobId = await pricedJob(market, { evaluator });
      const receipt = (await (await escrow.connect(client).fund(jobId, PRICE, "0x")).wait())!;
      expect(receipt.gasUsed).to.be.lessThan(250_000n);
      expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(30 * DAY);
    });

    it("an answer of less than a word is no answer", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const evaluator = await ethers.deployContract("ScriptedActor");
      await evaluator.setAnswer(ethers.id("maxEvaluationPeriod()").slice(0, 10), `0x${"ff".repeat(31)}`);
      const jobId = await fundedJob(market, { evaluator });
      expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(MIN_EVALUATION_PERIOD);
    });
  });

  it("no fee for an evaluator that did not judge", async () => {
    const market = await marketFixture();
    const { escrow, stable, provider, evaluator } = market;
    const { jobId } = await hiredAndSubmitted(market, {
      offer: { silencePaysProvider: true, evaluatorFeeBps: 1_000 },
    });
    await atExpiry(market, jobId);
    await expect(escrow.claimPayment(jobId)).to.changeTokenBalances(stable, [provider, evaluator], [PRICE, 0n]);
  });
});

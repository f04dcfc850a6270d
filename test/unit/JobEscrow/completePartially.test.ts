import { expect } from "chai";

import {
  ALLOWED,
  DELIVERABLE,
  DISPUTE,
  OUTCOME,
  PRICE,
  REASON,
  ROLE,
  STATUS,
  atExpiry,
  createJob,
  factsOf,
  hiredAndSubmitted,
  jobIn,
} from "../../fixtures/jobs";
import type { Hiring } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function submitted(hiring: Hiring = {}) {
  const market = await marketFixture();
  return { ...market, market, ...(await hiredAndSubmitted(market, hiring)) };
}

describe("JobEscrow", () => {
  describe("completePartially", () => {
    for (const [share, status, outcome] of [
      [0n, STATUS.Rejected, OUTCOME.Rejected],
      [1n, STATUS.Completed, OUTCOME.Partial],
      [PRICE / 2n, STATUS.Completed, OUTCOME.Partial],
      [PRICE - 1n, STATUS.Completed, OUTCOME.Partial],
      [PRICE, STATUS.Completed, OUTCOME.Completed],
    ] as const) {
      it(`pays the provider ${share} of ${PRICE} and refunds the rest`, async () => {
        const { market, escrow, ledger, stable, client, provider, evaluator, agents, jobId } = await submitted();
        const response = escrow.connect(evaluator).completePartially(jobId, share, REASON, DISPUTE.None, "0x");
        await expect(response)
          .to.emit(escrow, status === STATUS.Completed ? "JobCompleted" : "JobRejected")
          .withArgs(jobId, evaluator.address, REASON);
        if (share === 0n) await expect(response).not.to.emit(escrow, "PaymentReleased");
        else await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, share);
        if (share === PRICE) await expect(response).not.to.emit(escrow, "Refunded");
        else
          await expect(response)
            .to.emit(escrow, "Refunded")
            .withArgs(jobId, client.address, PRICE - share);
        await expect(response)
          .to.emit(ledger, "SettlementRecorded")
          .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, outcome);
        await expect(response).to.changeTokenBalances(
          stable,
          [client, escrow, provider, evaluator],
          [PRICE - share, -PRICE, share, 0n],
        );
        const job = await escrow.getJob(jobId);
        expect([job.status, job.budget]).to.deep.equal([status, PRICE]);
        const facts = await factsOf(market, agents.provider, ROLE.Provider);
        expect([facts.volumePaid, facts.volumeRefunded]).to.deep.equal([share, PRICE - share]);
      });
    }

    it("takes fees out of the provider's share only, rounded down", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider, evaluator, referrer } = market;
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { evaluatorFeeBps: 1_000, referrer: referrer.address, referrerFeeBps: 500 },
      });
      const share = 99n; // fees of 9.9 and 4.95
      await expect(
        escrow.connect(evaluator).completePartially(jobId, share, REASON, DISPUTE.Split, "0x"),
      ).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator, referrer],
        [PRICE - share, -PRICE, share - 9n - 4n, 9n, 4n],
      );
    });

    for (const [dispute, provider, client] of [
      ["None", [0n, 0n], [0n, 0n]],
      ["ProviderWon", [1n, 0n], [0n, 1n]],
      ["ClientWon", [0n, 1n], [1n, 0n]],
      ["Split", [0n, 0n], [0n, 0n]],
    ] as const) {
      it(`puts a dispute that ended with ${dispute} on both records, also with a full verdict`, async () => {
        const { market, escrow, evaluator, agents, jobId } = await submitted();
        await escrow.connect(evaluator).completePartially(jobId, PRICE, REASON, DISPUTE[dispute], "0x");
        const ofProvider = await factsOf(market, agents.provider, ROLE.Provider);
        const ofClient = await factsOf(market, agents.client, ROLE.Client);
        expect([ofProvider.disputesWon, ofProvider.disputesLost]).to.deep.equal(provider);
        expect([ofClient.disputesWon, ofClient.disputesLost]).to.deep.equal(client);
        expect(ofProvider.completed).to.equal(1n);
      });
    }

    it("reverts when more is given than there is", async () => {
      const { escrow, evaluator, jobId } = await submitted();
      for (const share of [PRICE + 1n, 2n ** 96n + 1n]) {
        await expect(escrow.connect(evaluator).completePartially(jobId, share, REASON, DISPUTE.None, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_AmountExceedsDeposit")
          .withArgs(jobId, share, PRICE);
      }
    });

    it("judges work without payment as refused, since there is nothing to give", async () => {
      const { market, escrow, ledger, provider, evaluator } = await submitted();
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await expect(escrow.connect(evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AmountExceedsDeposit")
        .withArgs(jobId, 1n, 0n);
      const response = escrow.connect(evaluator).completePartially(jobId, 0n, REASON, DISPUTE.None, "0x");
      await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, evaluator.address, REASON);
      await expect(response).not.to.emit(ledger, "SettlementRecorded");
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, evaluator, jobId } = await submitted();
      await atExpiry(market, jobId, -1);
      await escrow.connect(evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x");
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, evaluator, jobId } = await submitted();
      const { expiredAt } = await escrow.getJob(jobId);
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("reverts when there is no such job", async () => {
      const { escrow, evaluator } = await submitted();
      await expect(escrow.connect(evaluator).completePartially(1n, 0n, REASON, DISPUTE.None, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(1n);
    });

    it("reverts when the sender is not the evaluator", async () => {
      const { escrow, client, provider, stranger, jobId } = await submitted();
      for (const sender of [client, provider, stranger]) {
        await expect(escrow.connect(sender).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    for (const state of ["Open", "Funded", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, evaluator } = await submitted();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Submitted);
      });
    }
  });
});

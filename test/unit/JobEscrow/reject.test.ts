import { expect } from "chai";

import {
  ALLOWED,
  DELIVERABLE,
  OUTCOME,
  PRICE,
  REASON,
  ROLE,
  STATUS,
  atExpiry,
  createJob,
  factsOf,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  jobIn,
  pricedJob,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function deployed() {
  const market = await marketFixture();
  return { ...market, market };
}

describe("JobEscrow", () => {
  describe("reject", () => {
    it("lets the client cancel an Open job, priced or not, and moves no money", async () => {
      const { market, escrow, ledger, stable, client } = await deployed();
      await fundedJob(market); // others' money that must stay
      for (const jobId of [await createJob(market), await pricedJob(market)]) {
        const response = escrow.connect(client).reject(jobId, REASON, "0x");
        await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, client.address, REASON);
        await expect(response).not.to.emit(escrow, "Refunded");
        await expect(response).not.to.emit(ledger, "SettlementRecorded");
        await expect(response).to.changeTokenBalances(stable, [client, escrow], [0n, 0n]);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
      }
    });

    it("lets the client cancel an Open job after its expiry too", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market);
      await atExpiry(market, jobId, 1);
      await expect(escrow.connect(client).reject(jobId, REASON, "0x"))
        .to.emit(escrow, "JobRejected")
        .withArgs(jobId, client.address, REASON);
    });

    for (const state of ["Funded", "Submitted"] as const) {
      it(`lets the evaluator refund a ${state} job`, async () => {
        const { market, escrow, stable, client, provider, evaluator } = await deployed();
        const jobId = await jobIn(market, state);
        const response = escrow.connect(evaluator).reject(jobId, REASON, "0x");
        await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, evaluator.address, REASON);
        await expect(response).to.emit(escrow, "Refunded").withArgs(jobId, client.address, PRICE);
        await expect(response).not.to.emit(escrow, "PaymentReleased");
        await expect(response).to.changeTokenBalances(
          stable,
          [client, escrow, provider, evaluator],
          [PRICE, -PRICE, 0n, 0n],
        );
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
      });

      it(`works in the last second before a ${state} job expires, and reverts from then on`, async () => {
        const { market, escrow, evaluator } = await deployed();
        const [first, second] = [await jobIn(market, state), await jobIn(market, state)];
        await atExpiry(market, first, -1);
        await escrow.connect(evaluator).reject(first, REASON, "0x");
        const { expiredAt } = await escrow.getJob(second);
        for (const offset of [0, 1]) {
          await atExpiry(market, second, offset);
          await expect(escrow.connect(evaluator).reject(second, REASON, "0x"))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
            .withArgs(second, expiredAt);
        }
      });

      it(`reverts when the sender does not evaluate a ${state} job`, async () => {
        const { market, escrow, client, provider, stranger } = await deployed();
        const jobId = await jobIn(market, state);
        for (const sender of [client, provider, stranger]) {
          await expect(escrow.connect(sender).reject(jobId, REASON, "0x"))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
            .withArgs(jobId, sender.address);
        }
      });
    }

    it("reverts when somebody other than the client cancels an Open job", async () => {
      const { market, escrow, provider, evaluator, stranger } = await deployed();
      const jobId = await pricedJob(market);
      for (const sender of [provider, evaluator, stranger]) {
        await expect(escrow.connect(sender).reject(jobId, REASON, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("takes no fees", async () => {
      const { market, escrow, stable, client, evaluator, referrer } = await deployed();
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { evaluatorFeeBps: 1_000, referrer: referrer.address, referrerFeeBps: 1_000 },
      });
      await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x")).to.changeTokenBalances(
        stable,
        [client, evaluator, referrer],
        [PRICE, 0n, 0n],
      );
    });

    it("puts refused work on both sides' record", async () => {
      const { market, escrow, ledger, evaluator, agents } = await deployed();
      const { jobId } = await hiredAndSubmitted(market);
      await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x"))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Rejected);
      const facts = await factsOf(market, agents.provider, ROLE.Provider);
      expect([facts.rejected, facts.volumeRefunded, facts.volumePaid]).to.deep.equal([1n, PRICE, 0n]);
    });

    it("never puts a rejection before submission on the provider's record", async () => {
      const { market, escrow, ledger, evaluator, agents } = await deployed();
      const hired = await hireJob(market);
      const kernel = await fundedJob(market, { providerAgentId: agents.provider });
      for (const [jobId, clientAgentId] of [
        [hired.jobId, agents.client],
        [kernel, 0n],
      ] as const) {
        await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x"))
          .to.emit(ledger, "SettlementRecorded")
          .withArgs(await escrow.getAddress(), 0n, clientAgentId, jobId, OUTCOME.Rejected);
      }
      expect((await factsOf(market, agents.provider, ROLE.Provider)).lastAt).to.equal(0n);
      const client = await factsOf(market, agents.client, ROLE.Client);
      expect([client.rejected, client.counterparties]).to.deep.equal([1n, 0n]);
    });

    it("refuses work without payment, moving and recording nothing", async () => {
      const { market, escrow, ledger, provider, evaluator } = await deployed();
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      const response = escrow.connect(evaluator).reject(jobId, REASON, "0x");
      await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, evaluator.address, REASON);
      await expect(response).not.to.emit(escrow, "Refunded");
      await expect(response).not.to.emit(ledger, "SettlementRecorded");
    });

    it("reverts when there is no such job", async () => {
      const { escrow, client } = await deployed();
      await expect(escrow.connect(client).reject(1n, REASON, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(1n);
    });

    for (const state of ["Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, client, evaluator } = await deployed();
        const jobId = await jobIn(market, state);
        for (const sender of [client, evaluator]) {
          await expect(escrow.connect(sender).reject(jobId, REASON, "0x"))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
            .withArgs(jobId, STATUS[state], ALLOWED.OpenFundedOrSubmitted);
        }
      });
    }
  });
});

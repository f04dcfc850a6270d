import { expect } from "chai";

import {
  ALLOWED,
  DELIVERABLE,
  OUTCOME,
  PRICE,
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
  describe("claimRefund", () => {
    for (const state of ["Funded", "Submitted"] as const) {
      it(`refunds a ${state} job to its client, whoever asks`, async () => {
        const { market, escrow, stable, client, provider, evaluator, stranger } = await deployed();
        const jobId = await jobIn(market, state);
        await atExpiry(market, jobId);
        const response = escrow.connect(stranger).claimRefund(jobId);
        await expect(response).to.emit(escrow, "JobExpired").withArgs(jobId);
        await expect(response).to.emit(escrow, "Refunded").withArgs(jobId, client.address, PRICE);
        await expect(response).to.changeTokenBalances(
          stable,
          [client, escrow, provider, evaluator, stranger],
          [PRICE, -PRICE, 0n, 0n, 0n],
        );
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Expired);
      });
    }

    it("ends an Open job without touching others' money, though it has a price", async () => {
      const { market, escrow, ledger, stable, client, stranger } = await deployed();
      await fundedJob(market);
      const jobId = await pricedJob(market);
      await atExpiry(market, jobId);
      const response = escrow.connect(stranger).claimRefund(jobId);
      await expect(response).to.emit(escrow, "JobExpired").withArgs(jobId);
      await expect(response).not.to.emit(escrow, "Refunded");
      await expect(response).not.to.emit(ledger, "SettlementRecorded");
      await expect(response).to.changeTokenBalances(stable, [client, escrow], [0n, 0n]);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Expired);
    });

    it("ends unjudged work without payment, moving nothing", async () => {
      const { market, escrow, ledger, provider, stranger } = await deployed();
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await atExpiry(market, jobId);
      const response = escrow.connect(stranger).claimRefund(jobId);
      await expect(response).to.emit(escrow, "JobExpired").withArgs(jobId);
      await expect(response).not.to.emit(escrow, "Refunded");
      await expect(response).not.to.emit(ledger, "SettlementRecorded");
    });

    for (const state of ["Open", "Funded", "Submitted"] as const) {
      it(`reverts until the expiry of a ${state} job`, async () => {
        const { market, escrow, stranger } = await deployed();
        const [first, second] = [await jobIn(market, state), await jobIn(market, state)];
        const { expiredAt } = await escrow.getJob(first);
        await atExpiry(market, first, -1);
        await expect(escrow.connect(stranger).claimRefund(first))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
          .withArgs(first, expiredAt);
        await atExpiry(market, first);
        await escrow.connect(stranger).claimRefund(first);
        await atExpiry(market, second, 1);
        await escrow.connect(stranger).claimRefund(second);
      });
    }

    it("puts undelivered work on the record of a provider that signed", async () => {
      const { market, escrow, ledger, agents, stranger } = await deployed();
      const { jobId } = await hireJob(market);
      await atExpiry(market, jobId);
      await expect(escrow.connect(stranger).claimRefund(jobId))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Undelivered);
      expect((await factsOf(market, agents.provider, ROLE.Provider)).undelivered).to.equal(1n);
      expect((await factsOf(market, agents.client, ROLE.Client)).undelivered).to.equal(1n);
    });

    it("does not put it on the record of a provider that never agreed", async () => {
      const { market, escrow, ledger, agents, stranger } = await deployed();
      const jobId = await fundedJob(market, { providerAgentId: agents.provider });
      await atExpiry(market, jobId);
      await expect(escrow.connect(stranger).claimRefund(jobId))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), 0n, 0n, jobId, OUTCOME.Undelivered);
      expect((await factsOf(market, agents.provider, ROLE.Provider)).lastAt).to.equal(0n);
    });

    it("records unjudged work as just that", async () => {
      const { market, escrow, agents, stranger } = await deployed();
      const { jobId } = await hiredAndSubmitted(market);
      await atExpiry(market, jobId);
      await escrow.connect(stranger).claimRefund(jobId);
      const facts = await factsOf(market, agents.provider, ROLE.Provider);
      expect([facts.unjudged, facts.rejected, facts.undelivered, facts.volumeRefunded]).to.deep.equal([
        1n,
        0n,
        0n,
        PRICE,
      ]);
    });

    describe("where silence pays the provider", () => {
      it("reverts once work is submitted, before expiry and after", async () => {
        const { market, escrow, client } = await deployed();
        const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider: true } });
        for (const offset of [-1, 0, 1]) {
          await atExpiry(market, jobId, offset);
          await expect(escrow.connect(client).claimRefund(jobId))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_SilencePays")
            .withArgs(jobId);
        }
      });

      it("still refunds what was never delivered", async () => {
        const { market, escrow, stable, client } = await deployed();
        const { jobId } = await hireJob(market, { offer: { silencePaysProvider: true } });
        await atExpiry(market, jobId);
        await expect(escrow.connect(client).claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
      });
    });

    it("reverts when there is no such job", async () => {
      const { escrow, stranger } = await deployed();
      await expect(escrow.connect(stranger).claimRefund(1n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(1n);
    });

    for (const state of ["Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, stranger } = await deployed();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(stranger).claimRefund(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.OpenFundedOrSubmitted);
      });
    }
  });
});

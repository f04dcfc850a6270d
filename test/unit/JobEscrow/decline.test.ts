import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ALLOWED,
  OUTCOME,
  PRICE,
  REASON,
  ROLE,
  STATUS,
  atExpiry,
  factsOf,
  fundedJob,
  hireJob,
  jobIn,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function funded() {
  const market = await marketFixture();
  return { ...market, market, jobId: await fundedJob(market) };
}

describe("JobEscrow", () => {
  describe("decline", () => {
    it("gives the job back and refunds the client", async () => {
      const { escrow, stable, client, provider, jobId } = await funded();
      const response = escrow.connect(provider).decline(jobId, REASON);
      await expect(response).to.emit(escrow, "JobRejected").withArgs(jobId, provider.address, REASON);
      await expect(response).to.emit(escrow, "Refunded").withArgs(jobId, client.address, PRICE);
      await expect(response).to.changeTokenBalances(stable, [client, escrow, provider], [PRICE, -PRICE, 0n]);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
    });

    it("is neutral on the record of a provider that had signed", async () => {
      const { market, escrow, ledger, provider, agents } = await funded();
      const { jobId } = await hireJob(market);
      await expect(escrow.connect(provider).decline(jobId, REASON))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Declined);
      const facts = await factsOf(market, agents.provider, ROLE.Provider);
      expect([facts.declined, facts.rejected, facts.undelivered, facts.weight]).to.deep.equal([1n, 0n, 0n, 0n]);
      expect([facts.disputesWon, facts.disputesLost]).to.deep.equal([0n, 0n]);
    });

    it("leaves no record on a provider that had not", async () => {
      const { market, escrow, provider, agents } = await funded();
      const jobId = await fundedJob(market, { providerAgentId: agents.provider });
      await escrow.connect(provider).decline(jobId, REASON);
      expect((await factsOf(market, agents.provider, ROLE.Provider)).lastAt).to.equal(0n);
    });

    it("calls no hook", async () => {
      const { market, escrow, provider } = await funded();
      const hook = await ethers.deployContract("RecordingHook");
      const jobId = await fundedJob(market, { hook });
      await hook.clear();
      await escrow.connect(provider).decline(jobId, REASON);
      expect(await hook.callbackCount()).to.equal(0n);
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, provider, jobId } = await funded();
      await atExpiry(market, jobId, -1);
      await escrow.connect(provider).decline(jobId, REASON);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Rejected);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, provider, jobId } = await funded();
      const { expiredAt } = await escrow.getJob(jobId);
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(provider).decline(jobId, REASON))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("reverts when there is no such job", async () => {
      const { escrow, provider, jobId } = await funded();
      await expect(escrow.connect(provider).decline(jobId + 1n, REASON))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(jobId + 1n);
    });

    it("reverts when the sender is not the provider", async () => {
      const { escrow, client, evaluator, stranger, jobId } = await funded();
      for (const sender of [client, evaluator, stranger]) {
        await expect(escrow.connect(sender).decline(jobId, REASON))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    for (const state of ["Open", "Submitted", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, provider } = await funded();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(provider).decline(jobId, REASON))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Funded);
      });
    }
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import { ALLOWED, MAX_UINT40, STATUS, createJob, jobIn } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

async function jobWithoutProvider() {
  const market = await marketFixture();
  return { ...market, market, jobId: await createJob(market, { provider: ZeroAddress }) };
}

describe("JobEscrow", () => {
  describe("setProvider", () => {
    it("names the provider and its agent", async () => {
      const { escrow, client, provider, agents, jobId } = await jobWithoutProvider();
      await expect(escrow.connect(client).setProvider(jobId, provider, agents.provider))
        .to.emit(escrow, "ProviderSet")
        .withArgs(jobId, provider.address, agents.provider);
      const job = await escrow.getJob(jobId);
      expect([job.provider, job.providerAgentId, job.status]).to.deep.equal([
        provider.address,
        agents.provider,
        STATUS.Open,
      ]);
    });

    it("takes agent ids of up to 40 bits", async () => {
      const { escrow, client, provider, jobId } = await jobWithoutProvider();
      await expect(escrow.connect(client).setProvider(jobId, provider, MAX_UINT40 + 1n))
        .to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast")
        .withArgs(40n, MAX_UINT40 + 1n);
      await escrow.connect(client).setProvider(jobId, provider, MAX_UINT40);
      expect((await escrow.getJob(jobId)).providerAgentId).to.equal(MAX_UINT40);
    });

    it("reverts when there is no such job", async () => {
      const { escrow, client, provider, jobId } = await jobWithoutProvider();
      for (const unknown of [0n, jobId + 1n]) {
        await expect(escrow.connect(client).setProvider(unknown, provider, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
          .withArgs(unknown);
      }
    });

    it("reverts when the sender is not the client", async () => {
      const { escrow, provider, evaluator, stranger, jobId } = await jobWithoutProvider();
      for (const sender of [provider, evaluator, stranger]) {
        await expect(escrow.connect(sender).setProvider(jobId, provider, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("reverts when the job has a provider, even the same one", async () => {
      const { market, escrow, client, provider, provider2 } = await jobWithoutProvider();
      const jobId = await createJob(market);
      for (const other of [provider, provider2]) {
        await expect(escrow.connect(client).setProvider(jobId, other, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderAlreadySet")
          .withArgs(jobId, provider.address);
      }
    });

    it("reverts when the provider is nobody, the client, the evaluator or the escrow", async () => {
      const { escrow, client, evaluator, jobId } = await jobWithoutProvider();
      for (const provider of [ZeroAddress, client.address, evaluator.address, await escrow.getAddress()]) {
        await expect(escrow.connect(client).setProvider(jobId, provider, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
          .withArgs(provider);
      }
    });

    for (const state of ["Funded", "Submitted", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, client, provider2 } = await jobWithoutProvider();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(client).setProvider(jobId, provider2, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Open);
      });
    }
  });
});

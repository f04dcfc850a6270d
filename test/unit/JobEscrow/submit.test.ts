import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DAY,
  DELIVERABLE,
  HOUR,
  PRICE,
  STATUS,
  atExpiry,
  atFixedTime,
  balances,
  createJob,
  fundedJob,
  hireJob,
  jobIn,
  pricedJob,
} from "../../fixtures/jobs";
import type { KernelJob } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

async function funded(job: KernelJob = {}) {
  const market = await marketFixture();
  return { ...market, market, jobId: await fundedJob(market, job) };
}

describe("JobEscrow", () => {
  describe("submit", () => {
    it("moves a funded job to Submitted and no money", async () => {
      const { escrow, stable, client, provider, jobId, market } = await funded();
      const before = await balances(market, stable);
      const now = await atFixedTime();
      await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
        .to.emit(escrow, "JobSubmitted")
        .withArgs(jobId, provider.address, DELIVERABLE);
      const job = await escrow.getJob(jobId);
      expect([job.status, job.submittedAt, job.client]).to.deep.equal([STATUS.Submitted, BigInt(now), client.address]);
      expect(await balances(market, stable)).to.deep.equal(before);
    });

    it("takes an empty deliverable", async () => {
      const { escrow, provider, jobId } = await funded();
      await expect(escrow.connect(provider).submit(jobId, ethers.ZeroHash, "0x"))
        .to.emit(escrow, "JobSubmitted")
        .withArgs(jobId, provider.address, ethers.ZeroHash);
    });

    it("leaves the evaluator at least its period", async () => {
      for (const [before, expected] of [
        [HOUR - 1, HOUR],
        [HOUR, HOUR],
        [HOUR + 1, HOUR + 1],
      ] as const) {
        const { escrow, provider, jobId } = await funded();
        const { expiredAt } = await escrow.getJob(jobId);
        const now = Number(expiredAt) - before;
        await time.setNextBlockTimestamp(now);
        await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
        expect((await escrow.getJob(jobId)).expiredAt).to.equal(now + expected);
      }
    });

    it("leaves the evaluator the period that a hired job's offer promises", async () => {
      const market = await marketFixture();
      const { jobId } = await hireJob(market, { offer: { deliveryPeriod: HOUR, evaluationPeriod: 3 * DAY } });
      const now = await atFixedTime();
      await market.escrow.connect(market.provider).submit(jobId, DELIVERABLE, "0x");
      expect((await market.escrow.getJob(jobId)).expiredAt).to.equal(now + 3 * DAY);
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, provider, jobId } = await funded();
      await atExpiry(market, jobId, -1);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Submitted);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, provider, jobId } = await funded();
      const { expiredAt } = await escrow.getJob(jobId);
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("reverts when there is no such job", async () => {
      const { escrow, provider, jobId } = await funded();
      await expect(escrow.connect(provider).submit(jobId + 1n, DELIVERABLE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(jobId + 1n);
    });

    it("reverts when the sender is not the provider", async () => {
      const { escrow, client, evaluator, stranger, jobId } = await funded();
      for (const sender of [client, evaluator, stranger]) {
        await expect(escrow.connect(sender).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    for (const state of ["Open", "Submitted", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}${state === "Open" ? " with a price" : ""}`, async () => {
        const { market, escrow, provider } = await funded();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Funded);
      });
    }

    describe("without payment", () => {
      it("needs no funding, whether a price of 0 was set or none", async () => {
        const { market, escrow, provider } = await funded();
        for (const jobId of [await createJob(market), await pricedJob(market, { amount: 0n })]) {
          const now = await atFixedTime();
          await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
            .to.emit(escrow, "JobSubmitted")
            .withArgs(jobId, provider.address, DELIVERABLE);
          const job = await escrow.getJob(jobId);
          expect([job.status, job.submittedAt, job.budget]).to.deep.equal([STATUS.Submitted, BigInt(now), 0n]);
        }
      });

      it("freezes the terms as funding does", async () => {
        const { market, escrow, registry, provider, client2, agents } = await funded();
        const evaluator = await ethers.deployContract("PublishedPeriodEvaluator", [2 * DAY]);
        await registry.connect(provider).transferFrom(provider, client2, agents.provider);
        await registry.connect(client2).transferFrom(client2, provider, agents.provider);
        const jobId = await createJob(market, { evaluator, providerAgentId: agents.provider, description: "kept" });
        const now = await atFixedTime();
        await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
        const job = await escrow.getJob(jobId);
        expect([job.providerAgentId, job.providerEpoch, job.evaluationPeriod, job.expiredAt]).to.deep.equal([
          agents.provider,
          2n,
          BigInt(2 * DAY),
          BigInt(now + 2 * DAY),
        ]);
        expect(job.description).to.equal("kept");
      });

      it("reverts when the provider may not speak for the agent", async () => {
        const { market, escrow, provider, agents } = await funded();
        const jobId = await createJob(market, { providerAgentId: agents.provider2 });
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
          .withArgs(agents.provider2, provider.address);
      });

      it("reverts from the job's expiry on", async () => {
        const { market, escrow, provider } = await funded();
        const jobId = await createJob(market);
        const { expiredAt } = await escrow.getJob(jobId);
        await atExpiry(market, jobId);
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      });

      it("reverts while nobody is named as provider", async () => {
        const { market, escrow, provider } = await funded();
        const jobId = await createJob(market, { provider: ZeroAddress });
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, provider.address);
      });

      it("cannot be funded any more", async () => {
        const { market, escrow, stable, client, provider } = await funded();
        const jobId = await createJob(market);
        await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
        await expect(escrow.connect(client).setBudget(jobId, stable, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS.Submitted, ALLOWED.Open);
      });
    });
  });
});

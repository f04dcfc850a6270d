import { expect } from "chai";
import { ethers } from "hardhat";

import { ALLOWED, MAX_UINT96, PRICE, STATUS, createJob, jobIn, pricedJob } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

async function openJob() {
  const market = await marketFixture();
  return { ...market, market, jobId: await createJob(market) };
}

describe("JobEscrow", () => {
  describe("setBudget", () => {
    for (const role of ["client", "provider"] as const) {
      it(`lets the ${role} set token and price, and moves no money`, async () => {
        const { escrow, stable, jobId, client, ...market } = await openJob();
        const sender = { client, provider: market.provider }[role];
        const response = escrow.connect(sender).setBudget(jobId, stable, PRICE, "0x");
        await expect(response)
          .to.emit(escrow, "BudgetSet")
          .withArgs(jobId, await stable.getAddress(), PRICE);
        await expect(response).to.changeTokenBalances(stable, [client, escrow], [0n, 0n]);
        const job = await escrow.getJob(jobId);
        expect([job.paymentToken, job.budget, job.status]).to.deep.equal([
          await stable.getAddress(),
          PRICE,
          STATUS.Open,
        ]);
      });
    }

    it("lets both change the price, and the client the token", async () => {
      const { escrow, stable, plain, client, provider, jobId } = await openJob();
      await escrow.connect(client).setBudget(jobId, stable, 1n, "0x");
      await escrow.connect(provider).setBudget(jobId, stable, 2n, "0x");
      expect((await escrow.getJob(jobId)).budget).to.equal(2n);
      await escrow.connect(client).setBudget(jobId, plain, 3n, "0x");
      const job = await escrow.getJob(jobId);
      expect([job.paymentToken, job.budget]).to.deep.equal([await plain.getAddress(), 3n]);
    });

    it("reverts when the provider changes a token that was set", async () => {
      const { escrow, stable, plain, client, provider, jobId } = await openJob();
      await escrow.connect(client).setBudget(jobId, stable, PRICE, "0x");
      for (const token of [await plain.getAddress(), ZeroAddress]) {
        await expect(escrow.connect(provider).setBudget(jobId, token, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_TokenLocked")
          .withArgs(jobId, await stable.getAddress());
      }
    });

    it("reverts when the token is nobody", async () => {
      const { escrow, client, provider, jobId } = await openJob();
      for (const sender of [client, provider]) {
        await expect(escrow.connect(sender).setBudget(jobId, ZeroAddress, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidToken")
          .withArgs(ZeroAddress);
      }
    });

    it("takes prices from 0 to 2^96 - 1", async () => {
      const { escrow, stable, client, jobId } = await openJob();
      for (const amount of [0n, 1n, MAX_UINT96]) {
        await escrow.connect(client).setBudget(jobId, stable, amount, "0x");
        expect((await escrow.getJob(jobId)).budget).to.equal(amount);
      }
      await expect(escrow.connect(client).setBudget(jobId, stable, MAX_UINT96 + 1n, "0x"))
        .to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast")
        .withArgs(96n, MAX_UINT96 + 1n);
    });

    it("reverts when the sender is neither client nor provider", async () => {
      const { market, escrow, stable, evaluator, stranger, provider, jobId } = await openJob();
      for (const sender of [evaluator, stranger]) {
        await expect(escrow.connect(sender).setBudget(jobId, stable, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
      const unassigned = await createJob(market, { provider: ZeroAddress });
      await expect(escrow.connect(provider).setBudget(unassigned, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(unassigned, provider.address);
    });

    it("reverts when there is no such job", async () => {
      const { escrow, stable, client } = await openJob();
      await expect(escrow.connect(client).setBudget(2n, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(2n);
    });

    for (const state of ["Funded", "Submitted", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, stable, client } = await openJob();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(client).setBudget(jobId, stable, 1n, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Open);
      });
    }

    it("leaves other jobs alone", async () => {
      const { market, escrow, plain, client, jobId } = await openJob();
      const other = await pricedJob(market);
      const before = await escrow.getJob(other);
      await escrow.connect(client).setBudget(jobId, plain, 7n, "0x");
      expect(await escrow.getJob(other)).to.deep.equal(before);
    });
  });
});

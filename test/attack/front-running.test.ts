import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DELIVERABLE,
  PRICE,
  STATUS,
  authorizationFunding,
  createJob,
  fundedJob,
  prepareHire,
  pricedJob,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";

describe("Attacks by front-running", () => {
  describe("between setBudget and fund", () => {
    it("the provider cannot swap the token under the client's deposit", async () => {
      const market = await marketFixture();
      const { escrow, stable, plain, client, provider } = market;
      const jobId = await pricedJob(market);
      await expect(escrow.connect(provider).setBudget(jobId, plain, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TokenLocked")
        .withArgs(jobId, await stable.getAddress());
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x")).to.changeTokenBalances(
        plain,
        [client, escrow],
        [0n, 0n],
      );
    });

    it("nor a token of its own that the client once agreed to, after the client changed it", async () => {
      const market = await marketFixture();
      const { escrow, stable, plain, client, provider } = market;
      const jobId = await createJob(market);
      await escrow.connect(provider).setBudget(jobId, plain, PRICE, "0x");
      await escrow.connect(client).setBudget(jobId, stable, PRICE, "0x");
      await expect(escrow.connect(provider).setBudget(jobId, plain, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TokenLocked")
        .withArgs(jobId, await stable.getAddress());
    });

    it("the provider cannot raise the price under the client's deposit", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider } = market;
      const jobId = await pricedJob(market);
      await escrow.connect(provider).setBudget(jobId, stable, PRICE + 1n, "0x");
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_BudgetMismatch")
        .withArgs(jobId, PRICE + 1n, PRICE);
    });

    it("a stranger cannot set a price, nor fund or cancel for the client", async () => {
      const market = await marketFixture();
      const { escrow, stable, stranger } = market;
      const jobId = await pricedJob(market);
      const attacker = escrow.connect(stranger);
      for (const attempt of [
        () => attacker.setBudget(jobId, stable, 1n, "0x"),
        () => attacker.fund(jobId, PRICE, "0x"),
        () => attacker.reject(jobId, ZeroHash, "0x"),
        () => attacker.setProvider(jobId, stranger, 0n),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, stranger.address);
      }
    });

    it("a price too wide for its slot reverts instead of becoming a small one", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider } = market;
      const jobId = await pricedJob(market);
      const wide = 2n ** 96n + PRICE;
      await expect(escrow.connect(provider).setBudget(jobId, stable, wide, "0x"))
        .to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast")
        .withArgs(96, wide);
    });
  });

  describe("after fund", () => {
    it("nobody can change the terms", async () => {
      const market = await marketFixture();
      const { escrow, plain, client, provider } = market;
      const jobId = await fundedJob(market);
      for (const attempt of [
        () => escrow.connect(client).setBudget(jobId, plain, 1n, "0x"),
        () => escrow.connect(provider).setBudget(jobId, plain, 2n * PRICE, "0x"),
        () => escrow.connect(client).setProvider(jobId, market.stranger, 0n),
        () => escrow.connect(client).fund(jobId, PRICE, "0x"),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS.Funded, ALLOWED.Open);
      }
    });
  });

  describe("between setProvider and fund", () => {
    it("a provider once named cannot be replaced by another, not even by the client", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, stranger } = market;
      const jobId = await createJob(market, { provider: ZeroAddress });
      await expect(escrow.connect(stranger).setProvider(jobId, stranger, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(jobId, stranger.address);
      await escrow.connect(client).setProvider(jobId, provider, 0n);
      await expect(escrow.connect(client).setProvider(jobId, stranger, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderAlreadySet")
        .withArgs(jobId, provider.address);
    });

    it("a job without a provider takes no deposit, no price of a stranger and no work", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      const jobId = await pricedJob(market, { provider: ZeroAddress });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderNotSet")
        .withArgs(jobId);
      for (const attempt of [
        () => escrow.connect(stranger).setBudget(jobId, stable, 0n, "0x"),
        () => escrow.connect(stranger).submit(jobId, DELIVERABLE, "0x"),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, stranger.address);
      }
    });
  });

  describe("between createJob and what follows", () => {
    it("a job that takes the expected number does not take the client's money", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider, stranger } = market;
      const expected = await escrow
        .connect(client)
        .createJob.staticCall(provider, market.evaluator, 2n ** 31n - 1n, "", ZeroAddress, 0n)
        .catch(() => 1n);
      // The attacker's job is about the same in all but whose it is, and has the victim work on it.
      const taken = await createJob(market, { client: stranger, provider: client, evaluator: provider });
      expect(taken).to.equal(expected);
      await escrow.connect(client).setBudget(taken, stable, PRICE, "0x");
      await expect(escrow.connect(client).fund(taken, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(taken, client.address);
      expect(await createJob(market)).to.equal(taken + 1n);
    });
  });

  describe("a hiring", () => {
    it("sent ahead by somebody else is the same hiring", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      const { offer, signature, acceptance, jobId } = await prepareHire(market);
      const funded = { ...acceptance, ...(await authorizationFunding(market, jobId)) };
      await expect(escrow.connect(stranger).hire(offer, signature, funded)).to.changeTokenBalances(
        stable,
        [client, stranger, escrow],
        [-PRICE, 0n, PRICE],
      );
      const job = await escrow.getJob(jobId);
      expect([job.client, job.provider]).to.deep.equal([client.address, offer.provider]);
      await expect(escrow.connect(client).hire(offer, signature, funded))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists")
        .withArgs(jobId);
    });

    it("is not stopped by its offer being accepted by another as long as there is capacity", async () => {
      const market = await marketFixture();
      const { escrow, client2 } = market;
      const { offer, signature, send, jobId, acceptance } = await prepareHire(market, { offer: { capacity: 2 } });
      const other = { ...acceptance, client: client2.address, clientAgentId: 0n };
      await escrow.connect(client2).hire(offer, signature, other);
      await send();
      expect((await escrow.getJob(jobId)).client).to.equal(acceptance.client);
      expect(await escrow.jobIdOf(offer, other)).not.to.equal(jobId);
    });
  });

  it("claiming first gains a stranger nothing but the gas", async () => {
    const market = await marketFixture();
    const { escrow, stable, client, stranger } = market;
    const jobId = await fundedJob(market);
    const { expiredAt } = await escrow.getJob(jobId);
    await ethers.provider.send("evm_setNextBlockTimestamp", [Number(expiredAt)]);
    await expect(escrow.connect(stranger).claimRefund(jobId)).to.changeTokenBalances(
      stable,
      [client, stranger, escrow],
      [PRICE, 0n, -PRICE],
    );
  });
});

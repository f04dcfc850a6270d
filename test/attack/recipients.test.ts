import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { JobEscrow } from "../../typechain-types";
import { DELIVERABLE, PRICE, STATUS, atExpiry, fundedJob, hiredAndSubmitted, submittedJob } from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR } from "../unit/mocks/modes";

/** Of a full payment at 5% each for evaluator and referrer. */
const FEE = PRICE / 20n;
const NET = PRICE - 2n * FEE;

/** A submitted job that pays everybody whom a job can pay. */
function jobThatPaysEverybody(market: Market) {
  return hiredAndSubmitted(market, {
    offer: { evaluatorFeeBps: 500, referrer: market.referrer.address, referrerFeeBps: 500 },
  });
}

/** Lets `account` take its credit to an address that the token does accept. */
async function expectToWithdrawElsewhere(
  market: Market,
  account: Parameters<JobEscrow["connect"]>[0] & AddressLike,
  amount: bigint,
) {
  const { escrow, stable } = market;
  const elsewhere = ethers.Wallet.createRandom().address;
  expect(await escrow.withdrawable(stable, account)).to.equal(amount);
  await expect(escrow.connect(account).withdraw(stable, elsewhere)).to.changeTokenBalances(
    stable,
    [escrow, elsewhere],
    [-amount, amount],
  );
  expect(await escrow.withdrawable(stable, account)).to.equal(0n);
}

describe("Attacks by recipients", () => {
  describe("blocking a payout by being blacklisted", () => {
    for (const [party, amount] of [
      ["provider", NET],
      ["evaluator", FEE],
      ["referrer", FEE],
    ] as const) {
      it(`the ${party} is credited, and everybody else is paid`, async () => {
        const market = await marketFixture();
        const { escrow, stable, evaluator } = market;
        const { jobId } = await jobThatPaysEverybody(market);
        await stable.blacklist(market[party]);
        const token = await stable.getAddress();
        const others = (["provider", "evaluator", "referrer"] as const).filter((other) => other !== party);
        const complete = escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
        await expect(complete).to.changeTokenBalances(
          stable,
          [escrow, ...others.map((other) => market[other])],
          [amount - PRICE, ...others.map((other) => (other === "provider" ? NET : FEE))],
        );
        await expect(complete).to.emit(escrow, "Credited").withArgs(token, market[party].address, amount);
        await expectToWithdrawElsewhere(market, market[party], amount);
      });
    }

    it("the client is credited its part of a division", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await stable.blacklist(client);
      await expect(escrow.connect(evaluator).completePartially(jobId, 1n, ZeroHash, 0n, "0x")).to.changeTokenBalances(
        stable,
        [escrow, provider],
        [-1n, 1n],
      );
      await expectToWithdrawElsewhere(market, client, PRICE - 1n);
    });

    it("the client is credited by a rejection", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, evaluator } = market;
      const jobId = await submittedJob(market);
      await stable.blacklist(client);
      await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      await expectToWithdrawElsewhere(market, client, PRICE);
    });

    it("the client is credited by the provider's declining", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider } = market;
      const jobId = await fundedJob(market);
      await stable.blacklist(client);
      await escrow.connect(provider).decline(jobId, ZeroHash);
      await expectToWithdrawElsewhere(market, client, PRICE);
    });

    it("the client is credited by a stranger's claim", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      const jobId = await fundedJob(market);
      await stable.blacklist(client);
      await atExpiry(market, jobId);
      await escrow.connect(stranger).claimRefund(jobId);
      await expectToWithdrawElsewhere(market, client, PRICE);
    });

    it("the provider is credited by a stranger's claim where silence pays", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider, stranger } = market;
      const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider: true } });
      await stable.blacklist(provider);
      await atExpiry(market, jobId);
      await escrow.connect(stranger).claimPayment(jobId);
      await expectToWithdrawElsewhere(market, provider, PRICE);
    });

    it("everybody is credited while the token is paused, and credits add up", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider, evaluator, referrer } = market;
      const jobs = [await jobThatPaysEverybody(market)];
      jobs.push(
        await hiredAndSubmitted(market, {
          offer: { evaluatorFeeBps: 500, referrer: referrer.address, referrerFeeBps: 500, salt: 1n },
        }),
      );
      await stable.pause();
      for (const { jobId } of jobs) await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      await expect(escrow.connect(provider).withdraw(stable, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await stable.getAddress(), provider.address, 2n * NET);
      await stable.unpause();
      await expectToWithdrawElsewhere(market, provider, 2n * NET);
      await expectToWithdrawElsewhere(market, evaluator, 2n * FEE);
      await expectToWithdrawElsewhere(market, referrer, 2n * FEE);
    });
  });

  describe("blocking a payout by making the token fail", () => {
    // A return bomb says "true" and moves nothing: that is a token which lies about paying, not one that fails.
    for (const mode of ["Revert", "RevertBomb", "BurnGas"] as const) {
      it(`a transfer that ends in ${mode} is credited, and the verdict stands`, async () => {
        const market = await marketFixture();
        const { escrow, client, provider, evaluator } = market;
        const token = await ethers.deployContract("RevertingToken", ["Reverting", "RVT", 6]);
        await token.mint(client, PRICE);
        await token.connect(client).approve(escrow, PRICE);
        const { jobId } = await hiredAndSubmitted(market, { offer: { token: await token.getAddress() } });
        await token.setModeFor(provider, MISBEHAVIOUR[mode]);
        await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x"))
          .to.emit(escrow, "Credited")
          .withArgs(await token.getAddress(), provider.address, PRICE);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
        expect((await market.ledger.settlementsOf(escrow, token, market.agents.provider, 0n, 0n)).completed).to.equal(
          1n,
        );
        const elsewhere = ethers.Wallet.createRandom().address;
        await expect(escrow.connect(provider).withdraw(token, elsewhere)).to.changeTokenBalance(
          token,
          elsewhere,
          PRICE,
        );
      });
    }

    it("a transfer that answers false is credited", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, evaluator } = market;
      const token = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 6]);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const { jobId } = await hiredAndSubmitted(market, { offer: { token: await token.getAddress() } });
      await token.setRefusing(true);
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      expect(await escrow.withdrawable(token, provider)).to.equal(PRICE);
      await expect(escrow.connect(provider).withdraw(token, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await token.getAddress(), provider.address, PRICE);
    });

    it("a transfer that succeeds at the price of nearly all its gas is a payment", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, evaluator } = market;
      const token = await ethers.deployContract("RevertingToken", ["Burning", "BRN", 6]);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const { jobId } = await hiredAndSubmitted(market, { offer: { token: await token.getAddress() } });
      await token.setMode(MISBEHAVIOUR.BurnGasAndSucceed);
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).to.changeTokenBalance(
        token,
        provider,
        PRICE,
      );
    });
  });

  describe("refusing as a contract", () => {
    it("a provider, evaluator and client that take no calls cannot stop a verdict", async () => {
      const market = await marketFixture();
      const { escrow, stable } = market;
      const provider = await ethers.deployContract("RevertingReceiver");
      const evaluator = await ethers.deployContract("RevertingReceiver");
      const jobId = await fundedJob(market, { provider, evaluator });
      await provider.execute(escrow, escrow.interface.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]));
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]);
      await expect(evaluator.execute(escrow, complete)).to.changeTokenBalance(stable, provider, PRICE);
    });
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import { setAgentWallet } from "../../fixtures/agentRegistry";
import {
  ALLOWED,
  DAY,
  HOUR,
  MAX_EVALUATION,
  MAX_UINT40,
  MAX_UINT96,
  MIN_EVALUATION_PERIOD,
  PERIOD_GAS,
  PRICE,
  STATUS,
  atExpiry,
  createJob,
  jobIn,
  pricedJob,
} from "../../fixtures/jobs";
import type { KernelJob } from "../../fixtures/jobs";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { MISBEHAVIOUR } from "../mocks/modes";

const { ZeroAddress } = ethers;

async function priced(job: KernelJob = {}) {
  const market = await marketFixture();
  return { ...market, market, jobId: await pricedJob(market, job) };
}

/** A job that a contract judges which publishes `period`. */
async function pricedWithEvaluator(period: bigint | number, contract = "PublishedPeriodEvaluator") {
  const market = await marketFixture();
  const address = await (await ethers.deployContract(contract, [period])).getAddress();
  const evaluator = await ethers.getContractAt("PublishedPeriodEvaluator", address);
  return { ...market, evaluator, jobId: await pricedJob(market, { evaluator }) };
}

/** A job priced in a token that the client holds and has approved. */
async function pricedIn(market: Market, token: { getAddress(): Promise<string> }) {
  const erc20 = await ethers.getContractAt("PlainToken", await token.getAddress());
  await erc20.mint(market.client, 10n * PRICE);
  await erc20.connect(market.client).approve(market.escrow, ethers.MaxUint256);
  return pricedJob(market, { token: erc20 });
}

describe("JobEscrow", () => {
  describe("fund", () => {
    it("takes the price from the client and freezes the terms", async () => {
      const { escrow, stable, client, provider, evaluator, agents, jobId } = await priced({ providerAgentId: 2n });
      const response = escrow.connect(client).fund(jobId, PRICE, "0x");
      await expect(response).to.emit(escrow, "JobFunded").withArgs(jobId, client.address, PRICE);
      await expect(response).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator],
        [-PRICE, PRICE, 0n, 0n],
      );
      const job = await escrow.getJob(jobId);
      expect(job.status).to.equal(STATUS.Funded);
      expect(job.budget).to.equal(PRICE);
      expect(job.providerAgentId).to.equal(agents.provider);
      expect(job.evaluationPeriod).to.equal(MIN_EVALUATION_PERIOD);
      expect(job.submittedAt).to.equal(0n);
    });

    it("takes up to 2^96 - 1 base units", async () => {
      const { market, escrow, plain, client } = await priced();
      await plain.mint(client, MAX_UINT96);
      const jobId = await pricedJob(market, { token: plain, amount: MAX_UINT96 });
      await expect(escrow.connect(client).fund(jobId, MAX_UINT96, "0x")).to.changeTokenBalances(
        plain,
        [client, escrow],
        [-MAX_UINT96, MAX_UINT96],
      );
    });

    it("reverts when there is no such job", async () => {
      const { escrow, client, jobId } = await priced();
      await expect(escrow.connect(client).fund(jobId + 1n, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(jobId + 1n);
    });

    it("reverts when the sender is not the client", async () => {
      const { escrow, provider, evaluator, stranger, jobId } = await priced();
      for (const sender of [provider, evaluator, stranger]) {
        await expect(escrow.connect(sender).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    it("reverts when the job has no provider", async () => {
      const { escrow, client, jobId } = await priced({ provider: ZeroAddress });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ProviderNotSet")
        .withArgs(jobId);
    });

    it("reverts when the price is not the expected one", async () => {
      const { escrow, client, jobId } = await priced();
      for (const expected of [PRICE - 1n, PRICE + 1n, 0n, PRICE + 2n ** 96n]) {
        await expect(escrow.connect(client).fund(jobId, expected, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_BudgetMismatch")
          .withArgs(jobId, PRICE, expected);
      }
    });

    it("reverts when the price is 0, set or not", async () => {
      const { market, escrow, client } = await priced();
      for (const jobId of [await createJob(market), await pricedJob(market, { amount: 0n })]) {
        await expect(escrow.connect(client).fund(jobId, 0n, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_AmountIsZero")
          .withArgs(jobId);
      }
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, client, jobId } = await priced();
      await atExpiry(market, jobId, -1);
      await escrow.connect(client).fund(jobId, PRICE, "0x");
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, client, jobId } = await priced();
      const { expiredAt } = await escrow.getJob(jobId);
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    for (const state of ["Funded", "Submitted", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, client } = await priced();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Open);
      });
    }

    describe("the provider's agent", () => {
      it("may be its own, one it operates, or one it is the wallet of", async () => {
        const { market, escrow, registry, client, client2, provider, agents } = await priced();
        await registry.connect(client2).setApprovalForAll(provider, true);
        for (const agentId of [agents.provider, agents.client2]) {
          const jobId = await pricedJob(market, { providerAgentId: agentId });
          await escrow.connect(client).fund(jobId, PRICE, "0x");
        }
        await registry.connect(client2).setApprovalForAll(provider, false);
        await setAgentWallet(registry, client2, provider, agents.client2);
        const jobId = await pricedJob(market, { providerAgentId: agents.client2 });
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        expect((await escrow.getJob(jobId)).providerAgentId).to.equal(agents.client2);
      });

      it("must be one it may speak for, and must exist", async () => {
        const { market, escrow, client, provider, agents } = await priced();
        for (const agentId of [agents.provider2, 5n, MAX_UINT40]) {
          const jobId = await pricedJob(market, { providerAgentId: agentId });
          await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
            .withArgs(agentId, provider.address);
        }
      });

      it("is bound to its owner of that moment", async () => {
        const { escrow, registry, client, client2, provider, agents, jobId } = await priced({ providerAgentId: 2n });
        await registry.connect(provider).transferFrom(provider, client2, agents.provider);
        await registry.connect(client2).transferFrom(client2, provider, agents.provider);
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        expect((await escrow.getJob(jobId)).providerEpoch).to.equal(2n);
        await registry.connect(provider).transferFrom(provider, client2, agents.provider);
        expect((await escrow.getJob(jobId)).providerEpoch).to.equal(2n);
      });
    });

    describe("the evaluator's period", () => {
      for (const [published, period] of [
        [0, MIN_EVALUATION_PERIOD],
        [HOUR - 1, HOUR],
        [HOUR, HOUR],
        [HOUR + 1, HOUR + 1],
        [2 * DAY, 2 * DAY],
        [MAX_EVALUATION, MAX_EVALUATION],
      ] as const) {
        it(`is ${period} s for an evaluator that publishes ${published} s`, async () => {
          const { escrow, client, jobId } = await pricedWithEvaluator(published);
          await escrow.connect(client).fund(jobId, PRICE, "0x");
          expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(period);
        });
      }

      it("is the one published when the job is funded, whatever is published later", async () => {
        const { escrow, evaluator, client, jobId } = await pricedWithEvaluator(MAX_EVALUATION + 1);
        await evaluator.setMaxEvaluationPeriod(2 * HOUR);
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        await evaluator.setMaxEvaluationPeriod(3 * HOUR);
        expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(2 * HOUR);
      });

      it("reverts when it is longer than MAX_EVALUATION", async () => {
        for (const published of [BigInt(MAX_EVALUATION + 1), 2n ** 24n + 7_200n, ethers.MaxUint256]) {
          const { escrow, client, jobId } = await pricedWithEvaluator(published);
          await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_EvaluationPeriodOutOfRange")
            .withArgs(0n, published, MAX_EVALUATION);
        }
      });

      it("is the shortest for an evaluator that answers nothing, reverts or burns its gas", async () => {
        const market = await marketFixture();
        const silent = await ethers.deployContract("Actor");
        const burning = await ethers.deployContract("GasBurningEvaluator", [2 * DAY]);
        const reverting = await ethers.deployContract("GasBurningEvaluator", [2 * DAY]);
        await reverting.setMode(MISBEHAVIOUR.Revert);
        for (const evaluator of [silent, burning, reverting]) {
          const jobId = await pricedJob(market, { evaluator });
          await market.escrow.connect(market.client).fund(jobId, PRICE, "0x");
          expect((await market.escrow.getJob(jobId)).evaluationPeriod).to.equal(MIN_EVALUATION_PERIOD);
        }
      });

      it("is read from the first word of an endless answer, which costs the client no more than the cap", async () => {
        const { escrow, client, jobId } = await pricedWithEvaluator(2 * DAY, "ReturnBombEvaluator");
        const receipt = await (await escrow.connect(client).fund(jobId, PRICE, "0x")).wait();
        expect((await escrow.getJob(jobId)).evaluationPeriod).to.equal(2 * DAY);
        expect(receipt!.gasUsed).to.be.lessThan(PERIOD_GAS + 250_000n);
      });
    });

    describe("the token", () => {
      it("may return nothing", async () => {
        const { market, escrow, client } = await priced();
        const token = await ethers.deployContract("ReturnsNothingToken", ["USDT-like", "USDT", 6]);
        const jobId = await pricedIn(market, token);
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        expect(await token.balanceOf(escrow)).to.equal(PRICE);
      });

      it("must not return false", async () => {
        const { market, escrow, client } = await priced();
        const token = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 18]);
        const jobId = await pricedIn(market, token);
        await token.setRefusing(true);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "SafeERC20FailedOperation")
          .withArgs(await token.getAddress());
      });

      it("must deliver all that was asked for", async () => {
        const { market, escrow, client } = await priced();
        const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 1]);
        const jobId = await pricedIn(market, token);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(await token.getAddress(), PRICE, PRICE - PRICE / 10_000n);
      });

      it("must not only say that it delivered", async () => {
        const { market, escrow, client } = await priced();
        const token = await ethers.deployContract("ScriptedActor");
        const word = (value: bigint) => ethers.toBeHex(value, 32);
        await token.setAnswer(ethers.id("balanceOf(address)").slice(0, 10), word(5n));
        await token.setAnswer(ethers.id("transferFrom(address,address,uint256)").slice(0, 10), word(1n));
        const jobId = await pricedJob(market, { token });
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(await token.getAddress(), PRICE, 0n);
      });

      it("must have code", async () => {
        const { market, escrow, stranger, client } = await priced();
        const jobId = await pricedJob(market, { token: stranger });
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x")).to.be.revertedWithoutReason();
      });

      it("must have been approved and be there", async () => {
        const { escrow, stable, client, jobId } = await priced();
        await stable.connect(client).approve(escrow, PRICE - 1n);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
          .withArgs(await escrow.getAddress(), PRICE - 1n, PRICE);
        await stable.connect(client).approve(escrow, PRICE);
        await escrow.connect(client).fund(jobId, PRICE, "0x");
        expect(await stable.allowance(client, escrow)).to.equal(0n);
      });
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import type { Policy } from "../../../sdk/wallets";
import { DAY, MIN_EVALUATION_PERIOD, PRICE, STATUS, jobFields, pricedJob, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { LIFETIME_CAP, WINDOW, WINDOW_CAP, limitOf, regrant, walletFixture } from "../../fixtures/wallet";

interface Terms {
  evaluator?: string;
  hook?: string;
  providerAgentId?: bigint;
  provider?: string;
  expiredAt?: number;
  policy?: Policy;
}

/** A job of the kernel that the wallet has created and priced, by `act`. */
async function priced(parts: WalletMarket, terms: Terms = {}): Promise<bigint> {
  const { wallet, escrow, stable, key, provider, evaluator, agents, policy } = parts;
  const encoded = encodePolicy(terms.policy ?? policy);
  const created = escrow.interface.encodeFunctionData("createJob", [
    terms.provider ?? provider.address,
    terms.evaluator ?? evaluator.address,
    terms.expiredAt ?? (await time.latest()) + DAY,
    "",
    terms.hook ?? ZeroAddress,
    terms.providerAgentId ?? agents.provider,
  ]);
  const jobId = BigInt(await wallet.connect(key).act.staticCall(encoded, escrow, created));
  await wallet.connect(key).act(encoded, escrow, created);
  const budget = escrow.interface.encodeFunctionData("setBudget", [jobId, await stable.getAddress(), PRICE, "0x"]);
  await wallet.connect(key).act(encoded, escrow, budget);
  return jobId;
}

const fund = async (parts: WalletMarket, jobId: bigint, policy = parts.policy, params = "0x") =>
  parts.wallet.connect(parts.key).fund(encodePolicy(policy), parts.escrow, jobId, parts.stable, PRICE, params);

describe("AgentWallet", () => {
  describe("fund", () => {
    it("deposits the price of a job that the wallet has created", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, provider } = parts;
      const jobId = await priced(parts);
      const response = fund(parts, jobId);
      await expect(response).to.changeTokenBalances(stable, [wallet, escrow], [-PRICE, PRICE]);
      const now = await time.latest();
      await expect(response)
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          provider.address,
          selectorOf(wallet, "fund"),
          PRICE,
          now - (now % WINDOW),
          WINDOW_CAP - PRICE,
          LIFETIME_CAP - PRICE,
          ethers.toBeHex(jobId, 32),
        );
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
    });

    it("uses listed escrows, evaluators and hooks only", async () => {
      const parts = await walletFixture();
      const { wallet, key, stable, stranger, policy } = parts;
      await expect(wallet.connect(key).fund(encodePolicy(policy), stranger, 1n, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(0n, stranger.address);
      await expect(fund(parts, await priced(parts, { evaluator: stranger.address })))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(1n, stranger.address);
      const hook = await ethers.deployContract("RecordingHook");
      const jobId = await priced(parts, { hook: await hook.getAddress() });
      await expect(fund(parts, jobId))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(2n, await hook.getAddress());
      await hook.clear();
      await fund(parts, jobId, await regrant(parts, { hooks: [await hook.getAddress()] }), "0xc0de");
      expect((await hook.callback(0n)).selector).to.equal(selectorOf(parts.escrow, "fund"));
      expect((await hook.callback(0n)).data).to.contain("c0de");
    });

    it("is for the wallet's own jobs", async () => {
      const parts = await walletFixture();
      await expect(fund(parts, await pricedJob(parts)))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_NotTheClient")
        .withArgs(parts.client.address);
    });

    it("needs token and price to be what the key expects", async () => {
      const parts = await walletFixture();
      const { wallet, key, escrow, stable, plain, policy } = parts;
      const jobId = await priced(parts);
      for (const [token, budget] of [
        [plain, PRICE],
        [stable, PRICE - 1n],
        [stable, PRICE + 1n],
      ] as const) {
        await expect(wallet.connect(key).fund(encodePolicy(policy), escrow, jobId, token, budget, "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_TermsChanged")
          .withArgs(jobId, await stable.getAddress(), PRICE);
      }
    });

    it("is the job's price, under the job's cap and not among its further costs", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      const jobId = await priced(parts);
      const capped = async (jobCap: bigint) => regrant(parts, { limits: [await limitOf(stable, { jobCap })] });
      await expect(fund(parts, jobId, await capped(PRICE - 1n)))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, PRICE, PRICE - 1n);
      await fund(parts, jobId, await capped(PRICE));
      expect(await wallet.jobCosts(key, stable, jobId)).to.equal(0n);
    });

    it("counts towards the shared cap where only a record lets the provider in", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key } = parts;
      const reputation = {
        ...parts.policy.reputation,
        source: await escrow.getAddress(),
        token: await stable.getAddress(),
      };
      const granted = async (admittedCap: bigint) =>
        regrant(parts, { agents: [], reputation, limits: [await limitOf(stable, { admittedCap })] });
      const jobId = await priced(parts);
      await expect(fund(parts, jobId, await granted(PRICE - 1n)))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(await stable.getAddress(), PRICE, PRICE - 1n);
      await fund(parts, jobId, await granted(PRICE));
      expect((await wallet.usageOf(key, stable)).admitted.windowSpent).to.equal(PRICE);
    });

    it("is for jobs that end in time", async () => {
      const parts = await walletFixture();
      const { wallet, escrow } = parts;
      const longest = DAY;
      // The evaluator's period comes on top of a submission in the last second.
      const policy = await regrant(parts, { maxJobDuration: longest + MIN_EVALUATION_PERIOD });
      for (const [spare, allowed] of [
        [1, true],
        [0, true],
        [-1, false],
      ] as const) {
        const jobId = await priced(parts, { policy, expiredAt: (await time.latest()) + DAY + 100 });
        const { expiredAt } = await escrow.getJob(jobId);
        await time.setNextBlockTimestamp(Number(expiredAt) - longest + spare);
        const funding = fund(parts, jobId, policy);
        if (allowed) await funding;
        else {
          await expect(funding)
            .to.be.revertedWithCustomError(wallet, "AgentWallet_DurationTooLong")
            .withArgs(longest + MIN_EVALUATION_PERIOD + 1, longest + MIN_EVALUATION_PERIOD);
        }
      }
    });

    it("leaves a job that is over to the escrow", async () => {
      const parts = await walletFixture();
      const { escrow } = parts;
      const jobId = await priced(parts);
      for (const late of [0, 1]) {
        const { expiredAt } = await escrow.getJob(jobId);
        await time.setNextBlockTimestamp(Number(expiredAt) + late);
        await expect(fund(parts, jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("pays allowed counterparties only", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, provider, provider2, stranger } = parts;
      await expect(fund(parts, await priced(parts, { providerAgentId: 0n })))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(provider.address, 0n);
      await expect(fund(parts, await priced(parts, { provider: provider2.address, providerAgentId: 4n })))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(provider2.address, 4n);
      const jobId = await priced(parts, { provider: stranger.address, providerAgentId: 0n });
      await fund(parts, jobId);
      expect((await jobFields({ escrow }, jobId)).status).to.equal(STATUS.Funded);
    });

    it("fails as the escrow does", async () => {
      const parts = await walletFixture();
      const jobId = await priced(parts);
      await fund(parts, jobId);
      await expect(fund(parts, jobId))
        .to.be.revertedWithCustomError(parts.escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Funded, 1n);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import { panelTimes, playRound } from "../../fixtures/court";
import type { FairMarket } from "../../fixtures/fairMarket";
import { fairMarketFixture } from "../../fixtures/fairMarket";
import { DAY, DELIVERABLE, PRICE, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { LIFETIME_CAP, WINDOW, WINDOW_CAP, hireThroughWallet, limitOf, regrant, walletIn } from "../../fixtures/wallet";

type Parts = WalletMarket & FairMarket;

/** A job of the wallet's that came before the court, whose first panel has ruled for the provider. */
async function ruledAgainstWallet() {
  const market = await fairMarketFixture();
  const parts: Parts = await walletIn(market, { evaluators: [await market.judge.getAddress()] });
  const { wallet, escrow, judge, stable, key, provider, policy, disputeTerms } = parts;
  const { bond, reviewPeriod } = disputeTerms;
  const offer = { evaluator: await judge.getAddress(), evaluationPeriod: Number(reviewPeriod) + DAY };
  const jobId = await hireThroughWallet(parts, { offer });
  await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
  await wallet.connect(key).dispute(encodePolicy(policy), judge, jobId, stable, bond);
  await stable.connect(provider).approve(judge, bond);
  await judge.connect(provider).contest(jobId);
  const escalate = judge.interface.encodeFunctionData("escalate", [jobId]);
  await wallet.connect(key).act(encodePolicy(policy), judge, escalate);
  const { disputeID } = await judge.disputeOf(jobId);
  await playRound(parts, disputeID, [4, 4, 4]);
  return { ...parts, jobId, disputeID, bond, fee: await parts.court.appealCost(disputeID) };
}

type Ruled = Awaited<ReturnType<typeof ruledAgainstWallet>>;

const appeal = (parts: Ruled, { fee = parts.fee, policy = parts.policy, disputeID = parts.disputeID } = {}) =>
  parts.wallet.connect(parts.key).appeal(encodePolicy(policy), parts.judge, disputeID, parts.stable, fee);

describe("AgentWallet", () => {
  describe("appeal", () => {
    it("pays the court, and counts it towards the job", async () => {
      const parts = await ruledAgainstWallet();
      const { wallet, court, stable, key, jobId, disputeID, bond, fee } = parts;
      const { usage: before } = await wallet.usageOf(key, stable);
      const response = appeal(parts);
      await expect(response).to.changeTokenBalances(stable, [wallet, court], [-fee, fee]);
      const now = await time.latest();
      const windowStart = now - (now % WINDOW);
      const spent = before.windowStart === BigInt(windowStart) ? before.windowSpent : 0n;
      await expect(response)
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          await court.getAddress(),
          selectorOf(wallet, "appeal"),
          fee,
          windowStart,
          WINDOW_CAP - spent - fee,
          LIFETIME_CAP - before.lifetimeSpent - fee,
          ethers.toBeHex(jobId, 32),
        );
      expect((await court.panelOf(disputeID, 1n)).appellant).to.equal(await wallet.getAddress());
      expect(await wallet.jobCosts(key, stable, jobId)).to.equal(bond + fee);
      expect(await stable.allowance(wallet, court)).to.equal(0n);
    });

    it("keeps price, bond and fee under the job's cap", async () => {
      const parts = await ruledAgainstWallet();
      const { wallet, stable, jobId, bond, fee } = parts;
      const costs = PRICE + bond + fee;
      let policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap: costs - 1n })] });
      await expect(appeal(parts, { policy }))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, fee, fee - 1n);
      policy = await regrant(parts, { limits: [await limitOf(stable, { jobCap: costs })] });
      await appeal(parts, { policy });
      expect(await wallet.jobCosts(parts.key, stable, jobId)).to.equal(bond + fee);
    });

    it("uses listed evaluators of listed escrows only", async () => {
      const parts = await ruledAgainstWallet();
      const { wallet, key, escrow, court, stranger, stable, disputeID, fee } = parts;
      for (const evaluator of [stranger.address, await court.getAddress()]) {
        await expect(wallet.connect(key).appeal(encodePolicy(parts.policy), evaluator, disputeID, stable, fee))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
          .withArgs(1n, evaluator);
      }
      const policy = await regrant(parts, { escrows: [stranger.address] });
      await expect(appeal(parts, { policy }))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(0n, await escrow.getAddress());
    });

    it("is for disputes that the evaluator has brought", async () => {
      const parts = await ruledAgainstWallet();
      await expect(appeal(parts, { disputeID: parts.disputeID + 1n }))
        .to.be.revertedWithCustomError(parts.escrow, "JobEscrow_JobNotFound")
        .withArgs(0n);
    });

    it("pays no court in coin, whose fee is in a token", async () => {
      const parts = await ruledAgainstWallet();
      const { wallet, key, judge, disputeID, fee, policy } = parts;
      const errors = await ethers.getContractAt("Errors", wallet);
      await expect(wallet.connect(key).appeal(encodePolicy(policy), judge, disputeID, ZeroAddress, fee))
        .to.be.revertedWithCustomError(errors, "FailedCall")
        .withArgs();
    });

    it("fails as the court does, below its fee and too late", async () => {
      const parts = await ruledAgainstWallet();
      const { stable, court, disputeID, fee } = parts;
      await expect(appeal(parts, { fee: fee - 1n }))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await court.getAddress(), fee - 1n, fee);
      const { windowUntil } = await panelTimes(parts, disputeID);
      await time.increaseTo(windowUntil);
      await expect(appeal(parts))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeID, 8n, 1n << 6n);
    });
  });
});

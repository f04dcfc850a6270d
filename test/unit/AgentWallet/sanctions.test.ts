import { anyValue } from "@nomicfoundation/hardhat-chai-matchers/withArgs";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import { BOND, REVIEW, courtroom } from "../../fixtures/evaluation";
import { DAY, DELIVERABLE, PRICE } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import {
  authorizationOf,
  hireThroughWallet,
  prepareWalletHire,
  regrant,
  walletFixture,
  walletIn,
} from "../../fixtures/wallet";
import { ORACLE } from "../mocks/modes";

async function screened() {
  const parts = await walletFixture();
  const oracle = await ethers.deployContract("ScriptedOracle");
  const policy = await regrant(parts, { sanctionsOracle: await oracle.getAddress() });
  return { ...parts, oracle, policy };
}

const pay = ({ wallet, key, stable, stranger }: WalletMarket, policy: Parameters<typeof encodePolicy>[0]) =>
  wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash);

describe("AgentWallet", () => {
  describe("a sanctions oracle", () => {
    it("lets those be paid whom it does not name", async () => {
      const parts = await screened();
      const { oracle, stable, stranger, provider, wallet, key, policy } = parts;
      await oracle.setSanctioned(stranger, true);
      await expect(pay(parts, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned")
        .withArgs(stranger.address);
      await wallet.connect(key).pay(encodePolicy(policy), stable, provider, parts.agents.provider, PRICE, ZeroHash);
      await oracle.setSanctioned(stranger, false);
      await expect(pay(parts, policy)).to.changeTokenBalance(stable, stranger, PRICE);
    });

    for (const conduct of ["Silent", "Short", "Reverting", "BurningGas"] as const) {
      it(`stops all spending while it is ${conduct.toLowerCase()}`, async () => {
        const parts = await screened();
        const { oracle, wallet, owner, stable, stranger, policy } = parts;
        await oracle.setConduct(ORACLE[conduct]);
        await expect(pay(parts, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned")
          .withArgs(stranger.address);
        // Never the owner's way out.
        await expect(wallet.connect(owner).withdraw(stable, stranger, PRICE)).to.changeTokenBalance(
          stable,
          stranger,
          PRICE,
        );
        await oracle.setConduct(ORACLE.Honest);
        await expect(pay(parts, policy)).to.changeTokenBalance(stable, stranger, PRICE);
      });
    }

    it("stops all spending where it has no code", async () => {
      const parts = await walletFixture();
      const policy = await regrant(parts, { sanctionsOracle: parts.referrer.address });
      await expect(pay(parts, policy))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_Sanctioned")
        .withArgs(parts.stranger.address);
    });

    it("counts any answer but zero as yes", async () => {
      const parts = await walletFixture();
      const odd = await ethers.deployContract("ScriptedActor");
      const { selector } = (await ethers.getContractFactory("ScriptedOracle")).interface.getFunction("isSanctioned")!;
      await odd.setAnswer(selector, ethers.toBeHex(1n << 255n, 32));
      const policy = await regrant(parts, { sanctionsOracle: await odd.getAddress() });
      await expect(pay(parts, policy))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_Sanctioned")
        .withArgs(parts.stranger.address);
    });

    it("needs the gas that it might take", async () => {
      const parts = await screened();
      const { wallet, key, stable, stranger, oracle, policy } = parts;
      await oracle.setSanctioned(stranger, false);
      const args = [encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash] as const;
      const errors = await ethers.getContractAt("BoundedCall", wallet);
      // 63/64 of it and what is spent before the call are what the oracle's 100,000 need.
      await expect(wallet.connect(key).pay.staticCall(...args, { gasLimit: 130_000 }))
        .to.be.revertedWithCustomError(errors, "BoundedCall_InsufficientGas")
        .withArgs(anyValue, 111_587n);
    });

    it("is asked about whoever is hired or reserved for", async () => {
      const parts = await screened();
      const { wallet, key, oracle, provider, stranger, policy } = parts;
      for (const account of [provider, stranger]) await oracle.setSanctioned(account, true);
      const { send } = await prepareWalletHire(parts, { policy });
      await expect(send()).to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned").withArgs(provider.address);
      await expect(wallet.connect(key).reserve(encodePolicy(policy), await authorizationOf(parts), 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned")
        .withArgs(stranger.address);
    });

    it("is asked about an evaluator that a bond is posted to", async () => {
      const court = await courtroom();
      const oracle = await ethers.deployContract("ScriptedOracle");
      const evaluator = await court.judge.getAddress();
      const parts = await walletIn(court, { evaluators: [evaluator], sanctionsOracle: await oracle.getAddress() });
      const { wallet, key, escrow, judge, stable, provider, policy } = parts;
      const jobId = await hireThroughWallet(parts, { offer: { evaluator, evaluationPeriod: REVIEW + DAY } });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await oracle.setSanctioned(evaluator, true);
      await expect(wallet.connect(key).dispute(encodePolicy(policy), judge, jobId, stable, BOND))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned")
        .withArgs(evaluator);
    });
  });
});

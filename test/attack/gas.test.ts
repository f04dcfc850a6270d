import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { SAFE_GAS_LIMIT } from "../../sdk/gas";
import type { GasCappedCaller } from "../../typechain-types";
import {
  DAY,
  DELIVERABLE,
  HOUR,
  PRICE,
  STATUS,
  acceptanceOf,
  atExpiry,
  fundedJob,
  hiredAndSubmitted,
  offerOf,
  signOffer,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { MOMENT, PHASE as HOOK_PHASE } from "../unit/mocks/modes";
import { withLedger } from "./support";

/*
 * EIP-150 lets a caller choose a gas limit at which an inner call gets too little and the rest goes through. The
 * doubles here refuse at once when they get less than they insist on, which leaves the attacker the most to go on
 * with. Every gas limit is tried from one at which nothing works to one at which everything does.
 */

const STEP = 5_000;

/** Makes the same call at every gas limit, and calls `check` wherever it went through. */
async function sweep(
  caller: GasCappedCaller,
  target: AddressLike,
  data: string,
  highest: number,
  check: () => Promise<void>,
) {
  const counts = { refused: 0, passed: 0 };
  for (let gasLimit = 8 * STEP; gasLimit <= highest; gasLimit += STEP) {
    const snapshot = await takeSnapshot();
    await caller.callWithGas(target, gasLimit, data, { gasLimit: 8_000_000 });
    if (await caller.lastSuccess()) {
      counts.passed += 1;
      await check();
    } else {
      counts.refused += 1;
    }
    await snapshot.restore();
  }
  return counts;
}

async function sensitiveToken(market: Market, threshold: number) {
  const token = await ethers.deployContract("GasSensitiveToken", ["Sensitive", "SNS", 6]);
  await token.mint(market.client, PRICE);
  await token.connect(market.client).approve(market.escrow, PRICE);
  return { token, demand: () => token.setThreshold(threshold) };
}

describe("Attacks by starving inner calls of gas", () => {
  describe("the transfer, so that the recipient must fetch its money", () => {
    it("complete pays at every gas limit at which it passes", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const caller = await ethers.deployContract("GasCappedCaller");
      const { token, demand } = await sensitiveToken(market, 270_000);
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { token: await token.getAddress(), evaluator: await caller.getAddress() },
      });
      await demand();
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]);
      const { refused, passed } = await sweep(caller, escrow, complete, 800_000, async () => {
        expect(await token.balanceOf(provider)).to.equal(PRICE);
        expect(await escrow.withdrawable(token, provider)).to.equal(0n);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(5);
    });

    it("claimRefund refunds at every gas limit at which it passes", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const caller = await ethers.deployContract("GasCappedCaller");
      const { token, demand } = await sensitiveToken(market, 270_000);
      const jobId = await fundedJob(market, { token });
      await demand();
      await atExpiry(market, jobId, 1);
      const claim = escrow.interface.encodeFunctionData("claimRefund", [jobId]);
      const { refused, passed } = await sweep(caller, escrow, claim, 800_000, async () => {
        expect(await token.balanceOf(client)).to.equal(PRICE);
        expect(await escrow.withdrawable(token, client)).to.equal(0n);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(5);
    });

    it("what a token refuses even with its full share of gas is credited, not lost", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const { token, demand } = await sensitiveToken(market, 300_000);
      const jobId = await fundedJob(market, { token });
      await demand();
      await atExpiry(market, jobId);
      await escrow.claimRefund(jobId);
      expect(await escrow.withdrawable(token, client)).to.equal(PRICE);
      // Without a cap the same transfer works: nobody but the caller pays for the gas.
      await expect(escrow.connect(client).withdraw(token, client)).to.changeTokenBalance(token, client, PRICE);
    });
  });

  describe("the record, so that a job leaves none", () => {
    async function marketWithSensitiveLedger(threshold: number) {
      const market = await marketFixture();
      const ledger = await ethers.deployContract("GasSensitiveActor", [threshold]);
      await ledger.setAnswer(BigInt(await market.registry.getAddress()));
      return withLedger(market, ledger);
    }

    it("a rejection is recorded at every gas limit at which it passes", async () => {
      const market = await marketWithSensitiveLedger(320_000);
      const { escrow, stable, client } = market;
      const caller = await ethers.deployContract("GasCappedCaller");
      const { jobId } = await hiredAndSubmitted(market, { offer: { evaluator: await caller.getAddress() } });
      const reject = escrow.interface.encodeFunctionData("reject", [jobId, ZeroHash, "0x"]);
      const before = await stable.balanceOf(client);
      const { refused, passed } = await sweep(caller, escrow, reject, 800_000, async () => {
        expect(await stable.balanceOf(client)).to.equal(before + PRICE);
        expect((await escrow.getJob(jobId)).recordPending).to.equal(false);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(5);
    });

    it("a missed deadline is recorded at every gas limit at which its claim passes", async () => {
      const market = await marketWithSensitiveLedger(320_000);
      const { escrow } = market;
      const caller = await ethers.deployContract("GasCappedCaller");
      const jobId = await fundedJob(market);
      await atExpiry(market, jobId, 1);
      const claim = escrow.interface.encodeFunctionData("claimRefund", [jobId]);
      const { refused, passed } = await sweep(caller, escrow, claim, 800_000, async () => {
        expect((await escrow.getJob(jobId)).recordPending).to.equal(false);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(5);
    });

    it("a record that fails with its full gas is postponed, and the money moves", async () => {
      const market = await marketWithSensitiveLedger(400_000);
      const { escrow, stable, client } = market;
      const jobId = await fundedJob(market);
      await atExpiry(market, jobId);
      await expect(escrow.claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
      expect((await escrow.getJob(jobId)).recordPending).to.equal(true);
    });
  });

  describe("the hook of a job whose silence pays, which is passed over when it fails", () => {
    it("it gets its gas at every gas limit at which the verdict passes", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const caller = await ethers.deployContract("GasCappedCaller");
      const hook = await ethers.deployContract("GasSensitiveActor", [480_000]);
      const { jobId } = await hiredAndSubmitted(market, {
        offer: {
          evaluator: await caller.getAddress(),
          hook: await hook.getAddress(),
          silencePaysProvider: true,
        },
      });
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]);
      const { refused, passed } = await sweep(caller, escrow, complete, 1_000_000, async () => {
        const failures = await escrow.queryFilter(escrow.filters.HookFailed(), "latest");
        expect(failures.length).to.equal(0);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(5);
    });
  });

  describe("a verdict, by waiting for it after its gas was estimated", () => {
    /** Callbacks, four payouts and the record, each with a share of gas that somebody would use up. */
    async function expensiveJob() {
      const market = await marketFixture();
      const { client, referrer } = market;
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      await token.mint(client, PRICE);
      await token.connect(client).approve(market.escrow, PRICE);
      const hook = await ethers.deployContract("GasBurningHook");
      const { jobId } = await hiredAndSubmitted(market, {
        offer: {
          hook: await hook.getAddress(),
          silencePaysProvider: true,
          token: await token.getAddress(),
          evaluatorFeeBps: 100,
          referrer: referrer.address,
          referrerFeeBps: 100,
        },
      });
      const arm = async () => {
        for (const phase of [HOOK_PHASE.Before, HOOK_PHASE.After]) await hook.setTrigger(phase, "0x00000000", true);
        await token.setCallbackWith(MOMENT.AfterTransfer, {
          target: hook,
          data: hook.interface.encodeFunctionData("afterAction", [0n, "0x00000000", "0x"]),
          party: ZeroAddress,
          times: 9n,
          mustSucceed: true,
          swallow: false,
        });
      };
      return { ...market, market, token, jobId, arm };
    }

    it("hook and recipients fail an estimated limit, though not the one that the sdk gives verdicts", async () => {
      const { escrow, evaluator, provider, token, jobId, arm } = await expensiveJob();
      const judge = escrow.connect(evaluator).completePartially;
      const args = [jobId, PRICE / 2n, ZeroHash, 1n, "0x"] as const;
      const estimate = await judge.estimateGas(...args);
      await arm();
      await expect(judge(...args, { gasLimit: 2n * estimate })).to.be.revertedWithCustomError(
        escrow,
        "BoundedCall_InsufficientGas",
      );
      const { gasUsed } = (await (await judge(...args, { gasLimit: SAFE_GAS_LIMIT })).wait())!;
      expect(gasUsed).to.be.within(2_000_000n, SAFE_GAS_LIMIT);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      expect(await escrow.withdrawable(token, provider)).to.equal((PRICE / 2n / 100n) * 98n);
    });
  });

  describe("the evaluator's published period, so that it gets too little time", () => {
    const PERIOD = 30 * DAY;

    async function marketWithSensitiveEvaluator() {
      const market = await marketFixture();
      const caller = await ethers.deployContract("GasCappedCaller");
      const evaluator = await ethers.deployContract("GasSensitiveActor", [48_000]);
      await evaluator.setAnswer(PERIOD);
      await market.stable.mint(caller, PRICE);
      const approve = market.stable.interface.encodeFunctionData("approve", [await market.escrow.getAddress(), PRICE]);
      await caller.execute(market.stable, approve);
      return { ...market, market, caller, sensitive: evaluator };
    }

    it("fund reads it at every gas limit at which it passes", async () => {
      const { escrow, stable, provider, sensitive, caller } = await marketWithSensitiveEvaluator();
      const expiredAt = (await time.latest()) + DAY;
      const call = escrow.interface;
      await caller.execute(
        escrow,
        call.encodeFunctionData("createJob", [
          provider.address,
          await sensitive.getAddress(),
          expiredAt,
          "",
          ZeroAddress,
          0n,
        ]),
      );
      await caller.execute(escrow, call.encodeFunctionData("setBudget", [1n, await stable.getAddress(), PRICE, "0x"]));
      const fund = call.encodeFunctionData("fund", [1n, PRICE, "0x"]);
      const { refused, passed } = await sweep(caller, escrow, fund, 400_000, async () => {
        expect((await escrow.getJob(1n)).evaluationPeriod).to.equal(PERIOD);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(3);
    });

    it("submitting free work reads it, though little remains to be done after it", async () => {
      const { escrow, client, sensitive, caller } = await marketWithSensitiveEvaluator();
      await escrow.connect(client).createJob(caller, sensitive, (await time.latest()) + DAY, "", ZeroAddress, 0n);
      const submit = escrow.interface.encodeFunctionData("submit", [1n, DELIVERABLE, "0x"]);
      const { refused, passed } = await sweep(caller, escrow, submit, 250_000, async () => {
        expect((await escrow.getJob(1n)).evaluationPeriod).to.equal(PERIOD);
      });
      expect(Math.min(refused, passed)).to.be.greaterThan(3);
    });

    it("hire does not take a shorter one at any gas limit", async () => {
      const { market, escrow, sensitive, caller } = await marketWithSensitiveEvaluator();
      const terms = { evaluator: await sensitive.getAddress(), evaluationPeriod: HOUR };
      const acceptance = acceptanceOf(market, { client: await caller.getAddress(), clientAgentId: 0n });
      const hire = async (offer: Awaited<ReturnType<typeof offerOf>>) =>
        escrow.interface.encodeFunctionData("hire", [offer, await signOffer(market, offer), acceptance]);
      const tooShort = await hire(await offerOf(market, terms));
      const enough = await hire(await offerOf(market, { ...terms, evaluationPeriod: PERIOD }));
      const nothing = () => Promise.resolve();
      expect((await sweep(caller, escrow, tooShort, 500_000, nothing)).passed).to.equal(0);
      expect((await sweep(caller, escrow, enough, 500_000, nothing)).passed).to.be.greaterThan(3);
    });
  });

  it("submitting needs no gas beyond its own, since nothing is called", async () => {
    const market = await marketFixture();
    const { escrow, provider } = market;
    const jobId = await fundedJob(market);
    await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x", { gasLimit: 80_000 });
    expect((await escrow.getJob(jobId)).submittedAt).to.equal(await time.latest());
  });
});

import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import type { SanctionsList, ScreeningHook } from "../../typechain-types";
import type { KernelJob } from "../fixtures/jobs";
import {
  DELIVERABLE,
  DISPUTE,
  PRICE,
  REASON,
  STATUS,
  atExpiry,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  pricedJob,
  submittedJob,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

interface Screened {
  market: Market;
  list: SanctionsList;
  hook: ScreeningHook;
  job: KernelJob;
}

async function screened(): Promise<Screened> {
  const market = await marketFixture();
  const list = await ethers.deployContract("SanctionsList");
  const hook = await ethers.deployContract("ScreeningHook", [list]);
  return { market, list, hook, job: { hook } };
}

const PARTIES = ["client", "provider", "evaluator"] as const;

/** What the escrow says when the hook refused. */
async function expectRefused(sent: Promise<unknown>, { market, hook }: Screened, jobId: bigint, verb: string) {
  const { selector } = market.escrow.interface.getFunction(verb as "fund");
  await expect(sent)
    .to.be.revertedWithCustomError(market.escrow, "JobEscrow_HookReverted")
    .withArgs(jobId, await hook.getAddress(), selector);
}

describe("ScreeningHook", () => {
  describe("constructor", () => {
    it("keeps its oracle", async () => {
      const { list, hook } = await screened();
      expect(await hook.ORACLE()).to.equal(await list.getAddress());
    });

    it("reverts for an oracle without code", async () => {
      const { hook, market } = await screened();
      const factory = await ethers.getContractFactory("ScreeningHook");
      for (const nobody of [ZeroAddress, market.stranger.address]) {
        await expect(factory.deploy(nobody))
          .to.be.revertedWithCustomError(hook, "ScreeningHook_InvalidOracle")
          .withArgs(nobody);
      }
    });
  });

  it("lets a job whose parties nobody names live its life", async () => {
    const { market, job } = await screened();
    const jobId = await submittedJob(market, job);
    await market.escrow.connect(market.evaluator).complete(jobId, REASON, "0x");
    expect((await market.escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });

  for (const party of PARTIES) {
    it(`refuses funding while the ${party} is named, and names it`, async () => {
      const all = await screened();
      const { market, list, hook, job } = all;
      const jobId = await pricedJob(market, job);
      await list.set(market[party], true);
      await expectRefused(market.escrow.connect(market.client).fund(jobId, PRICE, "0x"), all, jobId, "fund");
      const escrow = await ethers.getImpersonatedSigner(await market.escrow.getAddress());
      const { selector } = market.escrow.interface.getFunction("fund");
      await expect(hook.connect(escrow).beforeAction.staticCall(jobId, selector, "0x"))
        .to.be.revertedWithCustomError(hook, "ScreeningHook_Sanctioned")
        .withArgs(jobId, market[party].address);
      await list.set(market[party], false);
      await market.escrow.connect(market.client).fund(jobId, PRICE, "0x");
    });

    it(`refuses work while the ${party} is named`, async () => {
      const all = await screened();
      const { market, list, job } = all;
      const jobId = await fundedJob(market, job);
      await list.set(market[party], true);
      const submitting = market.escrow.connect(market.provider).submit(jobId, DELIVERABLE, "0x");
      await expectRefused(submitting, all, jobId, "submit");
    });
  }

  it("refuses hiring in one call", async () => {
    const { market, list, hook } = await screened();
    await list.set(market.provider, true);
    const hiring = hireJob(market, { offer: { hook: await hook.getAddress() } });
    await expect(hiring).to.be.revertedWithCustomError(market.escrow, "JobEscrow_HookReverted");
  });

  for (const party of ["provider", "evaluator"] as const) {
    it(`refuses payment while the ${party} is named, and lets the refund go`, async () => {
      const all = await screened();
      const { market, list, job } = all;
      const jobId = await submittedJob(market, job);
      await list.set(market[party], true);
      const { escrow, evaluator } = market;
      await expectRefused(escrow.connect(evaluator).complete(jobId, REASON, "0x"), all, jobId, "complete");
      const dividing = escrow.connect(evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x");
      await expectRefused(dividing, all, jobId, "completePartially");
      await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x")).to.changeTokenBalance(
        market.stable,
        market.client,
        PRICE,
      );
    });
  }

  it("pays the provider though the client was named meanwhile", async () => {
    const { market, list, job } = await screened();
    const jobId = await submittedJob(market, job);
    await list.set(market.client, true);
    await market.escrow.connect(market.evaluator).complete(jobId, REASON, "0x");
    expect((await market.escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });

  it("refuses everybody while the oracle does not answer, and keeps nobody's money", async () => {
    const all = await screened();
    const { market, list, job } = all;
    const jobId = await fundedJob(market, job);
    await list.setBroken(true);
    await expectRefused(market.escrow.connect(market.provider).submit(jobId, DELIVERABLE, "0x"), all, jobId, "submit");
    await atExpiry(market, jobId);
    await expect(market.escrow.claimRefund(jobId)).to.changeTokenBalance(market.stable, market.client, PRICE);
  });

  it("cannot stop a payment where silence pays, as it says", async () => {
    const { market, list, hook } = await screened();
    const offer = { hook: await hook.getAddress(), silencePaysProvider: true };
    const { jobId } = await hiredAndSubmitted(market, { offer });
    await list.set(market.provider, true);
    await expect(market.escrow.connect(market.evaluator).complete(jobId, REASON, "0x"))
      .to.emit(market.escrow, "HookFailed")
      .withArgs(jobId, offer.hook, market.escrow.interface.getFunction("complete").selector);
  });

  it("tells that it is an ERC-8183 hook", async () => {
    const { hook } = await screened();
    const { selector: before } = hook.interface.getFunction("beforeAction");
    const { selector: after } = hook.interface.getFunction("afterAction");
    const hookId = ethers.toBeHex(BigInt(before) ^ BigInt(after), 4);
    expect(await hook.supportsInterface(hookId)).to.equal(true);
    expect(await hook.supportsInterface("0x01ffc9a7")).to.equal(true);
    expect(await hook.supportsInterface("0xffffffff")).to.equal(false);
  });
});

import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  DELIVERABLE,
  PRICE,
  acceptanceOf,
  offerOf,
  STATUS,
  atExpiry,
  fundedJob,
  pricedJob,
  selectorOf,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { MOMENT, PHASE } from "../unit/mocks/modes";
import { deployActor, everyVerb } from "./support";

/** The error of OpenZeppelin's ReentrancyGuard, as a failed call returns it. */
const REENTERED = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

const VERBS = [
  "createJob",
  "setProvider",
  "setBudget",
  "fund",
  "submit",
  "complete",
  "reject",
  "claimRefund",
  "hire",
  "decline",
  "extendEvaluation",
  "completePartially",
  "claimPayment",
  "withdraw",
  "deliver",
  "recordSettlement",
  "multicall",
] as const;

async function deployCallbackToken({ escrow, client }: Market) {
  const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
  await token.mint(client, PRICE);
  await token.connect(client).approve(escrow, PRICE);
  return token;
}

describe("Attacks by re-entering the escrow", () => {
  it("every function that changes state is among the verbs tried here", async () => {
    const { escrow } = await marketFixture();
    const changing: string[] = [];
    escrow.interface.forEachFunction((fragment) => {
      if (fragment.stateMutability !== "view" && fragment.stateMutability !== "pure") changing.push(fragment.name);
    });
    // transferOut obeys the escrow alone; cancelOffer moves no money and calls nobody.
    expect(changing.sort()).to.deep.equal([...VERBS, "transferOut", "cancelOffer"].sort());
  });

  for (const verb of VERBS) {
    it(`${verb} from within a hook, a deposit and a payout`, async () => {
      const market = await marketFixture();
      const { escrow, client, evaluator } = market;
      const { actor, as } = await deployActor(market);
      const escrowAddress = await escrow.getAddress();
      const reenter = async (jobId: bigint) =>
        actor.interface.encodeFunctionData("execute", [escrowAddress, (await everyVerb(market, jobId))[verb]!]);

      const hook = await ethers.deployContract("ReentrantHook");
      const hooked = await pricedJob(market, { hook, provider: actor });
      await hook.setCall(actor, await reenter(hooked), 2n, false);
      for (const phase of [PHASE.Before, PHASE.After]) {
        await hook.setTrigger(phase, selectorOf(escrow, "fund"), true);
      }
      await escrow.connect(client).fund(hooked, PRICE, "0x");
      expect(await hook.attemptCount()).to.equal(2n);
      for (const i of [0n, 1n]) expect((await hook.attempt(i)).returnData).to.equal(REENTERED);

      const token = await deployCallbackToken(market);
      const jobId = await pricedJob(market, { token, provider: actor });
      await token.setCallback(MOMENT.BeforeTransfer, actor, await reenter(jobId));
      await escrow.connect(client).fund(jobId, PRICE, "0x");
      await as(escrow, escrow.interface.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]));
      await token.setCallback(MOMENT.AfterTransfer, actor, await reenter(jobId));
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      expect(await token.resultCount()).to.equal(2n);
      for (const i of [0n, 1n]) expect((await token.result(i)).returnData).to.equal(REENTERED);
      expect(await token.balanceOf(actor)).to.equal(PRICE);
      expect(await token.balanceOf(escrow)).to.equal(0n);
    });
  }

  it("a refund is not paid twice to a client that claims it while it arrives", async () => {
    const market = await marketFixture();
    const { escrow, client, client2, provider2 } = market;
    const token = await deployCallbackToken(market);
    await token.mint(client2, PRICE);
    await token.connect(client2).approve(escrow, PRICE);
    await fundedJob(market, { client: client2, provider: provider2, token });
    const jobId = await fundedJob(market, { token });
    const claim = escrow.interface.encodeFunctionData("claimRefund", [jobId]);
    await token.setCallback(MOMENT.AfterTransfer, escrow, claim);
    await atExpiry(market, jobId);
    await expect(escrow.claimRefund(jobId)).to.changeTokenBalances(token, [escrow, client], [-PRICE, PRICE]);
    expect((await token.result(0n)).returnData).to.equal(REENTERED);
  });

  it("an offer cancelled while it is accepted takes no further job, and the one under way stays", async () => {
    const market = await marketFixture();
    const { escrow, client } = market;
    // A provider that signs everything and does what anyone says.
    const provider = await ethers.deployContract("ScriptedActor");
    await provider.setAnswer("0x1626ba7e", ethers.zeroPadBytes("0x1626ba7e", 32));
    const hook = await ethers.deployContract("ReentrantHook");
    const offer = await offerOf(market, {
      provider: await provider.getAddress(),
      providerAgentId: 0n,
      hook: await hook.getAddress(),
      capacity: 2,
    });
    const cancel = escrow.interface.encodeFunctionData("cancelOffer", [offer]);
    const byProvider = provider.interface.encodeFunctionData("execute", [await escrow.getAddress(), cancel]);
    await hook.setCall(provider, byProvider, 1n, true);
    await hook.setTrigger(PHASE.After, selectorOf(escrow, "createJob"), true);
    await escrow.connect(client).hire(offer, "0x", acceptanceOf(market));
    const offerHash = await escrow.offerHash(offer);
    expect(await escrow.offerState(offerHash)).to.deep.equal([1n, true]);
    const again = acceptanceOf(market, { salt: ethers.id("again") });
    await expect(escrow.connect(client).hire(offer, "0x", again))
      .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferIsCancelled")
      .withArgs(offerHash);
    expect((await escrow.getJob(await escrow.jobIdOf(offer, acceptanceOf(market)))).status).to.equal(STATUS.Funded);
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  DELIVERABLE,
  FORWARD_REQUEST,
  PRICE,
  REASON,
  STATUS,
  createJob,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  pricedJob,
  selectorOf,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { PHASE } from "../unit/mocks/modes";

/** A call that `signer` signs for whoever wants to send it. */
async function signRequest(market: Market, signer: HardhatEthersSigner, data: string, nonce = 0n, gas = 900_000n) {
  const { forwarder, escrow } = market;
  const { chainId } = await ethers.provider.getNetwork();
  const request = {
    from: signer.address,
    to: await escrow.getAddress(),
    value: 0n,
    gas,
    deadline: (await time.latest()) + 30 * DAY,
    data,
  };
  const domain = {
    name: "AgentMarketForwarder",
    version: "1",
    chainId,
    verifyingContract: await forwarder.getAddress(),
  };
  return { ...request, signature: await signer.signTypedData(domain, FORWARD_REQUEST, { ...request, nonce }) };
}

type SignedRequest = Awaited<ReturnType<typeof signRequest>>;

/** From inside a hook of a job of its own, where the escrow cannot be entered, the attacker sends the request. */
async function sendFromHook(market: Market, attacker: HardhatEthersSigner, request: SignedRequest) {
  const { escrow, forwarder, provider2, evaluator } = market;
  const hook = await ethers.deployContract("ReentrantHook");
  await hook.setTrigger(PHASE.After, selectorOf(escrow, "createJob"), true);
  const batch = forwarder.interface.encodeFunctionData("executeBatch", [[request], attacker.address]);
  await hook.setCall(forwarder, batch, 1n, false);
  await escrow.connect(attacker).createJob(provider2, evaluator, (await time.latest()) + DAY, "", hook, 0n);
  expect(await hook.attemptCount()).to.equal(1n);
  return hook.attempt(0n);
}

describe("Attacks on relayed requests", () => {
  it("sending a request from inside a hook, where it must fail, does not use it up", async () => {
    const market = await marketFixture();
    const { escrow, forwarder, provider, stranger } = market;
    const { jobId } = await hireJob(market);
    const data = escrow.interface.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]);
    const request = await signRequest(market, provider, data);
    expect((await sendFromHook(market, stranger, request)).success).to.equal(false);
    expect(await forwarder.nonces(provider)).to.equal(0n);
    await forwarder.execute(request);
    expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Submitted);
  });

  const CALLS: Record<string, (market: Market) => Promise<{ signer: HardhatEthersSigner; data: string }>> = {
    complete: async (market) => {
      const { jobId } = await hiredAndSubmitted(market);
      const data = market.escrow.interface.encodeFunctionData("complete", [jobId, REASON, "0x"]);
      return { signer: market.evaluator, data };
    },
    decline: async (market) => {
      const { jobId } = await hireJob(market);
      return { signer: market.provider, data: market.escrow.interface.encodeFunctionData("decline", [jobId, REASON]) };
    },
    fund: async (market) => {
      const jobId = await pricedJob(market);
      return { signer: market.client, data: market.escrow.interface.encodeFunctionData("fund", [jobId, PRICE, "0x"]) };
    },
    reject: async (market) => {
      const jobId = await fundedJob(market);
      const data = market.escrow.interface.encodeFunctionData("reject", [jobId, REASON, "0x"]);
      return { signer: market.evaluator, data };
    },
  };
  for (const [verb, prepare] of Object.entries(CALLS)) {
    it(`sending ${verb} with too little gas does not use it up, at whatever limit`, async () => {
      const market = await marketFixture();
      const { escrow, forwarder, stranger } = market;
      const { signer, data } = await prepare(market);
      const request = await signRequest(market, signer, data);
      for (let gasLimit = 60_000n; gasLimit < 700_000n; gasLimit += 20_000n) {
        // Succeeds or fails; what may not happen is a used request without its effect.
        await forwarder
          .connect(stranger)
          .executeBatch([request], stranger, { gasLimit })
          .catch(() => undefined);
        if ((await forwarder.nonces(signer)) === 0n) continue;
        const { status } = await escrow.getJob(BigInt(ethers.dataSlice(data, 4, 36)));
        expect(status).to.equal(
          verb === "fund" ? STATUS.Funded : verb === "complete" ? STATUS.Completed : STATUS.Rejected,
        );
        return;
      }
      await forwarder.execute(request);
      expect(await forwarder.nonces(signer)).to.equal(1n);
    });
  }

  it("a signed fund cannot be run without the signed setBudget before it, and so pay in another token", async () => {
    const market = await marketFixture();
    const { escrow, forwarder, client, provider, stable, plain } = market;
    const jobId = await createJob(market);
    const call = escrow.interface;
    const token = await stable.getAddress();
    const setBudget = await signRequest(
      market,
      client,
      call.encodeFunctionData("setBudget", [jobId, token, PRICE, "0x"]),
    );
    const fund = await signRequest(market, client, call.encodeFunctionData("fund", [jobId, PRICE, "0x"]), 1n);

    expect((await sendFromHook(market, provider, setBudget)).success).to.equal(false);
    await escrow.connect(provider).setBudget(jobId, plain, PRICE, "0x");
    await expect(forwarder.connect(provider).execute(fund)).to.be.revertedWithCustomError(
      forwarder,
      "ERC2771ForwarderInvalidSigner",
    );

    await forwarder.executeBatch([setBudget, fund], ethers.ZeroAddress);
    expect((await escrow.getJob(jobId)).paymentToken).to.equal(token);
    expect(await stable.balanceOf(escrow)).to.equal(PRICE);
  });
});

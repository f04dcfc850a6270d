import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";

import { signForwardRequest } from "../../sdk";
import { DELIVERABLE, HOUR, REASON, STATUS, hireJob } from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

/** Calls of the escrow signed for whoever wants to send them, valid for an hour. */
async function signCalls(market: Market, calls: { signer: HardhatEthersSigner; data: string }[]) {
  const { escrow, forwarder } = market;
  const to = await escrow.getAddress();
  const deadline = BigInt((await time.latest()) + HOUR);
  return Promise.all(calls.map(({ signer, data }) => signForwardRequest(signer, forwarder, { to, data, deadline })));
}

/** A hired job with its submission and verdict, signed in advance. */
async function signedJob() {
  const market = await marketFixture();
  const { escrow, provider, evaluator } = market;
  const { jobId } = await hireJob(market);
  const call = escrow.interface;
  const [submit, complete] = await signCalls(market, [
    { signer: provider, data: call.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]) },
    { signer: evaluator, data: call.encodeFunctionData("complete", [jobId, REASON, "0x"]) },
  ]);
  return { ...market, jobId, submit: submit!, complete: complete! };
}

describe("AgentMarketForwarder", () => {
  it("carries a batch out in its order, in one transaction", async () => {
    const { escrow, forwarder, stranger, jobId, submit, complete } = await signedJob();
    await forwarder.connect(stranger).executeBatch([submit, complete], stranger);
    expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });

  it("skips a request of a batch that was sent before", async () => {
    const { escrow, forwarder, stranger, jobId, submit, complete } = await signedJob();
    await forwarder.execute(submit);
    await forwarder.connect(stranger).executeBatch([submit, complete], stranger);
    expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });

  it("undoes a batch in which a call fails, so that each request can be sent again", async () => {
    const { escrow, forwarder, provider, evaluator, stranger, jobId, submit, complete } = await signedJob();
    await expect(forwarder.connect(stranger).executeBatch([complete, submit], stranger)).to.be.revertedWithCustomError(
      forwarder,
      "FailedCall",
    );
    for (const signer of [provider, evaluator]) expect(await forwarder.nonces(signer)).to.equal(0n);
    await forwarder.connect(stranger).executeBatch([submit, complete], stranger);
    expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
  });
});

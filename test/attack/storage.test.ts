import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  DAY,
  DELIVERABLE,
  MAX_EVALUATION,
  MAX_UINT40,
  MAX_UINT96,
  STATUS,
  hireJob,
  prepareHire,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { fields, withLedger } from "./support";

const MAX_UINT32 = 2n ** 32n - 1n;

/**
 * The market over a registry that says yes to every agent, so that a job can be stored with the largest number that
 * each of its fields takes. The ledger is one that fails.
 */
async function marketOfImpostors() {
  const market = await marketFixture();
  const impostor = await ethers.deployContract("RegistryImpostor");
  const ledger = await ethers.deployContract("RevertingLedger");
  await ledger.setAnswer(
    ethers.id("getIdentityRegistry()").slice(0, 10),
    ethers.AbiCoder.defaultAbiCoder().encode(["address"], [await impostor.getAddress()]),
  );
  return { ...(await withLedger(market, ledger)), impostor };
}

describe("Attacks on what is stored of a job", () => {
  // One field at its largest at a time: a field that spilled over would change a neighbour that is at its smallest.
  const FIELDS = [
    "none",
    "providerAgentId",
    "clientAgentId",
    "epoch",
    "evaluationPeriod",
    "evaluatorFeeBps",
    "amount",
    "flags",
    "all",
  ] as const;
  for (const largest of FIELDS) {
    it(`getJob tells the truth with ${largest} at its largest`, async () => {
      const market = await marketOfImpostors();
      const { escrow, plain, client, provider, evaluator, referrer, impostor } = market;
      const has = (field: (typeof FIELDS)[number]) => largest === "all" || largest === field;
      await impostor.setEpoch(has("epoch") ? MAX_UINT32 : 0n);
      const amount = has("amount") ? MAX_UINT96 : 1n;
      await plain.mint(client, amount);
      await plain.connect(client).approve(escrow, amount);
      const hook = await ethers.deployContract("NoERC165Hook");
      const flags = has("flags");
      const agents = {
        provider: has("providerAgentId") ? MAX_UINT40 - 1n : 1n,
        client: has("clientAgentId") ? MAX_UINT40 : 2n,
      };
      const { jobId } = await hireJob(market, {
        offer: {
          token: await plain.getAddress(),
          amount,
          providerAgentId: agents.provider,
          evaluationPeriod: has("evaluationPeriod") ? MAX_EVALUATION : 3_600,
          evaluatorFeeBps: has("evaluatorFeeBps") ? 1_000 : 0,
          hook: flags ? await hook.getAddress() : ethers.ZeroAddress,
          referrer: flags ? referrer.address : ethers.ZeroAddress,
          referrerFeeBps: flags ? 1_000 : 0,
          silencePaysProvider: flags,
        },
        acceptance: { clientAgentId: agents.client },
      });
      const hiredAt = BigInt(await time.latest());
      const expected: Record<string, unknown> & { expiredAt: bigint; evaluationPeriod: bigint } = {
        id: jobId,
        client: client.address,
        provider: provider.address,
        evaluator: evaluator.address,
        description: "",
        budget: amount,
        expiredAt: hiredAt + BigInt(DAY),
        status: STATUS.Funded,
        hook: flags ? await hook.getAddress() : ethers.ZeroAddress,
        paymentToken: await plain.getAddress(),
        providerAgentId: agents.provider,
        submittedAt: 0n,
        clientAgentId: agents.client,
        clientEpoch: has("epoch") ? MAX_UINT32 : 0n,
        providerEpoch: has("epoch") ? MAX_UINT32 : 0n,
        evaluationPeriod: has("evaluationPeriod") ? BigInt(MAX_EVALUATION) : 3_600n,
        evaluatorFeeBps: has("evaluatorFeeBps") ? 1_000n : 0n,
        referrer: flags ? referrer.address : ethers.ZeroAddress,
        referrerFeeBps: flags ? 1_000n : 0n,
        silencePaysProvider: flags,
        providerSigned: true,
        recordPending: false,
      };
      expect(fields(await escrow.getJob(jobId))).to.deep.equal(expected);

      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      const submittedAt = BigInt(await time.latest());
      const until = submittedAt + expected.evaluationPeriod;
      expected.submittedAt = submittedAt;
      expected.status = STATUS.Submitted;
      if (until > expected.expiredAt) expected.expiredAt = until;
      expect(fields(await escrow.getJob(jobId))).to.deep.equal(expected);

      if (!has("evaluationPeriod")) {
        const latest = submittedAt + BigInt(MAX_EVALUATION);
        await escrow.connect(evaluator).extendEvaluation(jobId, latest);
        expected.expiredAt = latest;
      }
      expect(fields(await escrow.getJob(jobId))).to.deep.equal(expected);

      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      expected.status = STATUS.Completed;
      expected.recordPending = true;
      expect(fields(await escrow.getJob(jobId))).to.deep.equal(expected);
    });
  }

  it("what settledJob tells of a job is what getJob tells", async () => {
    const market = await marketOfImpostors();
    const { escrow, provider, evaluator, impostor } = market;
    await impostor.setEpoch(MAX_UINT32);
    const { jobId } = await hireJob(market, {
      offer: { providerAgentId: MAX_UINT40 },
      acceptance: { clientAgentId: MAX_UINT40 - 1n },
    });
    await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
    await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
    const job = await escrow.getJob(jobId);
    const { eligible, settled } = await escrow.settledJob(jobId);
    expect(eligible).to.equal(true);
    expect(fields(settled)).to.deep.equal({
      client: job.client,
      clientAgentId: job.clientAgentId,
      clientEpoch: job.clientEpoch,
      provider: job.provider,
      providerAgentId: job.providerAgentId,
      providerEpoch: job.providerEpoch,
      token: job.paymentToken,
      amount: job.budget,
      evaluatorFeeBps: job.evaluatorFeeBps,
    });
  });

  it("a free job keeps its description and its terms through submitting", async () => {
    const market = await marketOfImpostors();
    const { escrow, client, provider, evaluator, impostor } = market;
    await impostor.setEpoch(MAX_UINT32);
    const hook = await ethers.deployContract("NoERC165Hook");
    const expiredAt = (await time.latest()) + 365 * DAY;
    const description = "a description of more than thirty-two bytes, which takes slots of its own";
    await escrow.connect(client).createJob(provider, evaluator, expiredAt, description, hook, MAX_UINT40);
    await escrow.connect(provider).submit(1n, DELIVERABLE, "0x");
    const job = await escrow.getJob(1n);
    expect(fields(job)).to.deep.include({
      client: client.address,
      provider: provider.address,
      evaluator: evaluator.address,
      description,
      expiredAt: BigInt(expiredAt),
      status: STATUS.Submitted,
      hook: await hook.getAddress(),
      providerAgentId: MAX_UINT40,
      providerEpoch: MAX_UINT32,
      clientEpoch: 0n,
      evaluationPeriod: 3_600n,
      submittedAt: BigInt(await time.latest()),
      budget: 0n,
    });
  });

  it("dirty upper bits in an offer do not make another offer of the same job", async () => {
    const market = await marketFixture();
    const { escrow, client } = market;
    // A provider that signs everything, so that the changed hash of a dirty offer is signed, too.
    const accomplice = await ethers.deployContract("ScriptedActor");
    await accomplice.setAnswer("0x1626ba7e", ethers.zeroPadBytes("0x1626ba7e", 32));
    const { offer, signature, acceptance } = await prepareHire(market, {
      offer: { provider: await accomplice.getAddress(), providerAgentId: 0n, capacity: 2 },
    });
    const data = escrow.interface.encodeFunctionData("hire", [offer, signature, acceptance]);
    // The static struct comes first: word n of the offer begins at 4 + 32 n bytes.
    for (const [word, member] of [
      [0, "provider"],
      [2, "client"],
      [4, "evaluator"],
      [5, "evaluationPeriod"],
      [6, "evaluatorFeeBps"],
      [7, "token"],
      [9, "deliveryPeriod"],
      [10, "validUntil"],
      [11, "hook"],
      [12, "referrer"],
      [13, "referrerFeeBps"],
      [14, "silencePaysProvider"],
      [15, "capacity"],
    ] as const) {
      const at = 2 + 2 * (4 + 32 * word);
      const dirty = `${data.slice(0, at)}80${data.slice(at + 2)}`;
      await expect(client.sendTransaction({ to: escrow, data: dirty }), member).to.be.revertedWithoutReason();
    }
    await client.sendTransaction({ to: escrow, data });
  });

  it("numbered jobs and hired jobs never share an id", async () => {
    const market = await marketFixture();
    const { escrow, client, provider, evaluator } = market;
    const expiredAt = (await time.latest()) + 365 * DAY;
    const { jobId } = await hireJob(market);
    expect(jobId).to.be.greaterThan(2n ** 128n);
    for (const number of [1n, 2n, 3n]) {
      await escrow.connect(client).createJob(provider, evaluator, expiredAt - 100, "", ethers.ZeroAddress, 0n);
      expect((await escrow.getJob(number)).id).to.equal(number);
    }
    for (const unknown of [0n, 4n, jobId + 1n]) {
      await expect(escrow.getJob(unknown))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(unknown);
    }
  });
});

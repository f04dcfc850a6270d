import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";

import type { Job } from "../../../sdk/jobs";
import { escrowActions, isTerminal, readJob } from "../../../sdk/jobs";
import { connectMarket } from "../../../sdk/market";
import { jobCount, readRecord } from "../../../sdk/records";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";

const PRICE = 1_000_000n;

/** "name by actor" for each action, and the deadlines that they name. */
function summary(job: Job, now: bigint): string[] {
  return escrowActions(job, now).map(({ name, by }) => `${name} by ${by}`);
}

async function create(m: Market, provider: string = m.provider.address): Promise<bigint> {
  const expiredAt = (await time.latest()) + 10_000;
  await m.escrow.connect(m.client).createJob(provider, m.evaluator, expiredAt, "text", ZeroAddress, 2);
  return 1n;
}

async function fund(m: Market, jobId: bigint): Promise<void> {
  await m.escrow.connect(m.client).setBudget(jobId, m.stable, PRICE, "0x");
  await m.escrow.connect(m.client).fund(jobId, PRICE, "0x");
}

describe("sdk", () => {
  describe("jobs", () => {
    it("are read as the escrow tells them", async () => {
      const m = await marketFixture();
      const jobId = await create(m);
      expect(await readJob(m.escrow, jobId)).to.deep.equal({
        id: 1n,
        client: m.client.address,
        provider: m.provider.address,
        evaluator: m.evaluator.address,
        description: "text",
        budget: 0n,
        expiredAt: BigInt(await time.latest()) + 9_999n,
        status: "Open",
        hook: ZeroAddress,
        paymentToken: ZeroAddress,
        providerAgentId: 2n,
        submittedAt: 0n,
        clientAgentId: 0n,
        clientEpoch: 0n,
        providerEpoch: 0n,
        evaluationPeriod: 0n,
        evaluatorFeeBps: 0n,
        referrer: ZeroAddress,
        referrerFeeBps: 0n,
        silencePaysProvider: false,
        providerSigned: false,
        recordPending: false,
      });
    });

    it("tell what can be done while Open", async () => {
      const m = await marketFixture();
      const jobId = await create(m, ZeroAddress);
      const bare = await readJob(m.escrow, jobId);
      expect(summary(bare, 0n)).to.deep.equal(["setProvider by client", "setBudget by client", "reject by client"]);
      await m.escrow.connect(m.client).setProvider(jobId, m.provider, 2);
      const unpaid = await readJob(m.escrow, jobId);
      expect(summary(unpaid, 0n)).to.deep.equal([
        "setBudget by client",
        "setBudget by provider",
        "submit by provider",
        "reject by client",
      ]);
      await m.escrow.connect(m.client).setBudget(jobId, m.stable, PRICE, "0x");
      const priced = await readJob(m.escrow, jobId);
      expect(summary(priced, priced.expiredAt - 1n))
        .to.include("fund by client")
        .and.not.include("submit by provider");
      expect(summary(priced, priced.expiredAt)).to.include("claimRefund by anyone").and.not.include("fund by client");
    });

    it("tell who can do what until when, up to the last second", async () => {
      const m = await marketFixture();
      const jobId = await create(m);
      await fund(m, jobId);
      const funded = await readJob(m.escrow, jobId);
      const until = funded.expiredAt - 1n;
      expect(escrowActions(funded, until)).to.deep.equal([
        { name: "submit", by: "provider", account: m.provider.address, until },
        { name: "decline", by: "provider", account: m.provider.address, until },
        { name: "reject", by: "evaluator", account: m.evaluator.address, until },
      ]);
      expect(escrowActions(funded, until + 1n)).to.deep.equal([{ name: "claimRefund", by: "anyone" }]);
      // The escrow agrees on both sides of that second.
      await time.setNextBlockTimestamp(until);
      await m.escrow.connect(m.provider).submit(jobId, id("work"), "0x");
      const submitted = await readJob(m.escrow, jobId);
      expect(summary(submitted, submitted.expiredAt - 1n)).to.deep.equal(
        ["complete", "completePartially", "reject", "extendEvaluation"].map((name) => `${name} by evaluator`),
      );
      expect(summary(submitted, submitted.expiredAt)).to.deep.equal(["claimRefund by anyone"]);
      expect(summary({ ...submitted, silencePaysProvider: true }, submitted.expiredAt)).to.deep.equal([
        "claimPayment by anyone",
      ]);
      await time.setNextBlockTimestamp(submitted.expiredAt - 1n);
      await m.escrow.connect(m.evaluator).complete(jobId, ZeroHash, "0x");
      expect((await readJob(m.escrow, jobId)).status).to.equal("Completed");
    });

    it("leave feedback to who has somebody to rate, and a waiting record to anyone", async () => {
      const m = await marketFixture();
      const jobId = await create(m);
      await fund(m, jobId);
      await m.escrow.connect(m.provider).submit(jobId, id("work"), "0x");
      await m.escrow.connect(m.evaluator).complete(jobId, ZeroHash, "0x");
      const ended = await readJob(m.escrow, jobId);
      expect(summary(ended, 0n)).to.deep.equal(["giveJobFeedback by client"]);
      expect(summary({ ...ended, clientAgentId: 1n, recordPending: true }, 0n)).to.deep.equal([
        "recordSettlement by anyone",
        "giveJobFeedback by client",
        "giveJobFeedback by provider",
      ]);
      expect(summary({ ...ended, submittedAt: 0n }, 0n)).to.deep.equal([]);
      expect(isTerminal(ended.status)).to.equal(true);
      expect(isTerminal("Submitted")).to.equal(false);

      const addresses = {
        forwarder: await m.forwarder.getAddress(),
        registry: await m.registry.getAddress(),
        ledger: await m.ledger.getAddress(),
        escrow: await m.escrow.getAddress(),
        walletFactory: await m.walletFactory.getAddress(),
      };
      const market = connectMarket(m.stranger, addresses);
      const token = await m.stable.getAddress();
      const facts = await readRecord(market, { agentId: 2n, token, role: "Provider" });
      expect(facts).to.include({ completed: 1n, volumePaid: PRICE, counterparties: 1n, rejected: 0n });
      expect(jobCount(facts)).to.equal(1n);
      const asClient = await readRecord(market, { agentId: 2n, token, role: "Client" });
      expect(jobCount(asClient)).to.equal(0n);
      const elsewhere = await readRecord(market, { agentId: 2n, token, role: "Provider", epoch: 1n });
      expect(jobCount(elsewhere)).to.equal(0n);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { recordId } from "../../../market/chain/applyLedger";
import { toRecord } from "../../../market/store/agents";
import { openStore } from "../../../market/store/open";
import { Role } from "../../../sdk/enums";
import type { FairMarket } from "../../fixtures/fairMarket";
import { fairMarketFixture, hireFairly } from "../../fixtures/fairMarket";
import { DAY, DELIVERABLE, DISPUTE, PRICE, REASON, createJob, hireJob, jobIn, submittedJob } from "../../fixtures/jobs";
import { indexOf, overBothDatabases } from "./support";

/** Everything that a record can count, between agents, accounts without one, two tokens and two epochs. */
async function busyMarket(m: FairMarket): Promise<void> {
  const { escrow, ledger, registry, judge, stable, plain, client, client2, provider, provider2, evaluator, stranger } =
    m;
  const submit = (jobId: bigint, by = provider) => escrow.connect(by).submit(jobId, DELIVERABLE, "0x");
  const work = async (salt: bigint, offer: object = {}, acceptance: object = {}) => {
    const { jobId } = await hireJob(m, { offer: { salt, ...offer }, acceptance });
    await submit(jobId);
    return jobId;
  };
  // The same pair twice, then another client: counterparties are told apart.
  for (const salt of [1n, 2n]) await escrow.connect(evaluator).complete(await work(salt), REASON, "0x");
  const other = { client: client2.address, clientAgentId: m.agents.client2 };
  const { jobId: third } = await hireJob(m, { offer: { salt: 3n }, acceptance: other, sender: client2 });
  await submit(third);
  await escrow.connect(evaluator).completePartially(third, PRICE / 4n, REASON, DISPUTE.ClientWon, "0x");
  // Fees to others, another token, a client without an agent.
  const fees = { evaluatorFeeBps: 500, referrer: m.referrer.address, referrerFeeBps: 250 };
  await escrow.connect(evaluator).complete(await work(4n, fees), REASON, "0x");
  const otherToken = { token: await plain.getAddress(), amount: 7n };
  await escrow.connect(evaluator).complete(await work(5n, otherToken, { clientAgentId: 0n }), REASON, "0x");
  await escrow.connect(evaluator).reject(await work(6n), REASON, "0x");
  const { jobId: declined } = await hireJob(m, { offer: { salt: 7n } });
  await escrow.connect(provider).decline(declined, REASON);
  // The kernel's path, with a provider that names its agent and one that does not.
  await escrow.connect(evaluator).complete(await submittedJob(m, { providerAgentId: m.agents.provider }), REASON, "0x");
  for (const state of ["Open", "Funded", "Completed", "Rejected", "Expired"] as const) await jobIn(m, state);
  const open = await createJob(m, { provider: ZeroAddress, description: "caf\u00e9 \u2713" });
  await escrow.connect(client).setProvider(open, provider2, m.agents.provider2);
  // A dispute before the followed evaluator, which the provider concedes; one that goes by unanswered is lost too.
  const disputed = await hireFairly(m, 8n);
  await submit(disputed);
  for (const account of [client, provider]) {
    await stable.mint(account, 1_000_000_000n);
    await stable.connect(account).approve(judge, ethers.MaxUint256);
  }
  await judge.connect(client).dispute(disputed);
  await judge.connect(provider).concede(disputed);
  const accepted = await hireFairly(m, 9n);
  await submit(accepted);
  await judge.connect(client).accept(accepted);
  const silent = await hireFairly(m, 10n);
  await submit(silent);
  await time.increase(m.disputeTerms.reviewPeriod);
  await judge.finalise(silent);
  // Undelivered, unjudged, silence that pays.
  const { jobId: undelivered } = await hireJob(m, { offer: { salt: 11n } });
  const unjudged = await work(12n);
  const paidBySilence = await work(13n, { silencePaysProvider: true });
  await time.increase(4 * DAY);
  await escrow.claimRefund(undelivered);
  await escrow.claimRefund(unjudged);
  await escrow.claimPayment(paidBySilence);
  // A sold identity begins anew; a job that was funded before counts for its earlier epoch.
  const { jobId: across } = await hireJob(m, { offer: { salt: 14n } });
  await registry.connect(provider).transferFrom(provider, stranger, m.agents.provider);
  await submit(across);
  await escrow.connect(evaluator).complete(across, REASON, "0x");
  await registry.connect(stranger).transferFrom(stranger, provider, m.agents.provider);
  await escrow.connect(evaluator).complete(await work(15n), REASON, "0x");
  // Feedback: free talk, and one entry that cites its job.
  await ledger.connect(stranger).giveFeedback(m.agents.client, 955, 1, "speed", "", "", "", ethers.ZeroHash);
  await ledger.connect(client).giveFeedback(m.agents.provider2, 60, 0, "free", "", "", "", ethers.ZeroHash);
  await ledger.connect(client).revokeFeedback(m.agents.provider2, 1);
  await ledger.connect(client).giveJobFeedback(escrow, across, 90, "good", "", "", "", ethers.ZeroHash);
}

async function factsOnChain(m: FairMarket, agentId: bigint, epoch: number, role: "provider" | "client", token: string) {
  const facts = await m.ledger.settlementsOf(
    m.escrow,
    token,
    agentId,
    epoch,
    role === "provider" ? Role.Provider : Role.Client,
  );
  return {
    completed: Number(facts.completed),
    partial: Number(facts.partiallyCompleted),
    rejected: Number(facts.rejected),
    undelivered: Number(facts.undelivered),
    unjudged: Number(facts.unjudged),
    declined: Number(facts.declined),
    disputesWon: Number(facts.disputesWon),
    disputesLost: Number(facts.disputesLost),
    counterparties: Number(facts.counterparties),
    volumePaid: facts.volumePaid.toString(),
    volumeRefunded: facts.volumeRefunded.toString(),
    firstAt: Number(facts.firstAt),
    lastAt: Number(facts.lastAt),
  };
}

/** Compares all records, of earlier owners too, with the ledger's own. Answers how many there are. */
async function compareRecords(m: FairMarket, database: string): Promise<number> {
  const store = await openStore(database, { readOnly: true });
  try {
    let expected = 0;
    for (const agentId of Object.values(m.agents)) {
      const epochs = Number(await m.registry.ownershipEpoch(agentId));
      for (const token of [await m.stable.getAddress(), await m.plain.getAddress()]) {
        for (let epoch = 0; epoch <= epochs; ++epoch) {
          for (const role of ["provider", "client"] as const) {
            const facts = await factsOnChain(m, agentId, epoch, role, token);
            const id = recordId({ agentId: Number(agentId), epoch, role, token });
            const row = await store.reader.selectFrom("records").selectAll().where("id", "=", id).executeTakeFirst();
            if (facts.firstAt === 0) {
              expect(row, id).to.equal(undefined);
              continue;
            }
            expect(row && toRecord(row), id).to.deep.equal({
              source: await m.escrow.getAddress(),
              token,
              epoch,
              role,
              ...facts,
            });
            ++expected;
          }
        }
      }
    }
    const rows = await store.reader.selectFrom("records").select("id").execute();
    expect(rows.length).to.equal(expected);
    return expected;
  } finally {
    await store.close();
  }
}

describe("market index: records, jobs and feedback", () => {
  overBothDatabases((database) => {
    it("counts a dispute whose objection and end are written at once, in blocks of their own", async () => {
      const m = await fairMarketFixture();
      const jobId = await hireFairly(m, 1n);
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await m.stable.connect(m.client).approve(m.judge, ethers.MaxUint256);
      await m.stable.mint(m.client, 1_000_000_000n);
      await m.judge.connect(m.client).dispute(jobId);
      await m.judge.connect(m.provider).concede(jobId);
      const url = await database();
      const index = await indexOf(m, url, { window: 10_000, evaluators: [await m.judge.getAddress()] });
      try {
        await index.catchUp();
        await compareRecords(m, url);
        const provider = await index.reader.agent(m.agents.provider.toString());
        expect(provider?.records.map(({ disputesLost }) => disputesLost)).to.deep.equal([1]);
      } finally {
        await index.stop();
      }
    });

    for (const [name, options] of [
      ["in ranges", { window: 5 }],
      ["block by block", { window: 10_000 }],
    ] as const) {
      it(`tells what the chain tells, read ${name}`, async () => {
        const m = await fairMarketFixture();
        await busyMarket(m);
        const evaluators = [await m.judge.getAddress()];
        const url = await database();
        const index = await indexOf(m, url, { ...options, evaluators, courts: [await m.court.getAddress()] });
        try {
          await index.catchUp();
          expect(await compareRecords(m, url)).to.equal(5);
          const provider = (await index.reader.agent(m.agents.provider.toString()))!;
          expect(provider.epoch).to.equal(2);
          expect(provider.records.map(({ epoch, completed }) => [epoch, completed])).to.deep.equal([[2, 1]]);

          const all = await index.reader.jobs({ limit: 100 });
          const { jobs } = await index.reader.overview();
          expect(all.items.length).to.equal(Object.values(jobs).reduce((sum, n) => sum + n, 0));
          expect(all.items.length).to.be.greaterThan(20);
          const names = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"];
          for (const job of all.items) {
            const onChain = await m.escrow.getJob(job.jobId);
            expect({
              client: job.client,
              clientAgentId: job.clientAgentId,
              provider: job.provider,
              providerAgentId: job.providerAgentId,
              evaluator: job.evaluator,
              token: job.token,
              budget: job.budget,
              status: job.status,
              description: job.description ?? "",
              expiredAt: job.expiredAt,
              submittedAt: job.submittedAt ?? 0,
            }).to.deep.equal({
              client: onChain.client,
              clientAgentId: onChain.clientAgentId.toString(),
              provider: onChain.provider,
              providerAgentId: onChain.providerAgentId.toString(),
              evaluator: onChain.evaluator,
              token: onChain.paymentToken,
              budget: onChain.budget.toString(),
              status: names[Number(onChain.status)],
              description: onChain.description,
              expiredAt: Number(onChain.expiredAt),
              submittedAt: Number(onChain.submittedAt),
            });
          }
          const disputed = await index.reader.jobs({ disputed: true });
          expect(disputed.items.map(({ status, outcome }) => [status, outcome])).to.deep.equal([
            ["Rejected", "rejected"],
          ]);
          const { timeline } = (await index.reader.job(disputed.items[0]!.jobId))!;
          expect(timeline.map(({ event }) => event)).to.include.members(["JobHired", "Disputed", "SettlementRecorded"]);

          const status = await index.reader.status();
          expect(status.block.number).to.equal(await ethers.provider.getBlockNumber());
          expect(status.counts).to.deep.include({ agents: 4, feedback: 3, disputes: 1, jobs: all.items.length });
          const { tokens } = await index.reader.overview();
          const stable = tokens.find(({ symbol }) => symbol === "USDX")!;
          expect(stable.decimals).to.equal(6);
          const live = all.items.filter((j) => j.token === stable.token && ["Funded", "Submitted"].includes(j.status));
          expect(stable.escrowed).to.equal(live.reduce((sum, { budget }) => sum + BigInt(budget), 0n).toString());

          const said = (await index.reader.feedback({ agentId: m.agents.provider.toString() })).items;
          expect(said.map(({ value, job }) => [value, job?.amount])).to.deep.equal([[90, PRICE.toString()]]);
          expect((await index.reader.agent(m.agents.client.toString()))!.feedback).to.deep.equal({
            count: 1,
            average: 95.5,
            paidFor: 0,
          });
          expect((await index.reader.agent(m.agents.provider2.toString()))!.feedback).to.deep.equal({
            count: 0,
            paidFor: 0,
          });
        } finally {
          await index.stop();
        }
      });
    }
  });
});

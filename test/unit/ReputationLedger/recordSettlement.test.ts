import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { DISPUTE, OUTCOME, PRICE, RECORD_GAS, ROLE, atFixedTime } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import type { Facts, SettlementReport } from "../../fixtures/settlements";
import { knownFacts, settlementOf } from "../../fixtures/settlements";

const UNIT = 1_000_000n;

async function deployed() {
  const market = await marketFixture();
  const { ledger, stranger: source, agents } = market;
  const report = async (overrides: Partial<SettlementReport> = {}, by = source) =>
    ledger.connect(by).recordSettlement(await settlementOf(market, overrides));
  const provider = (of: { epoch?: bigint; agentId?: bigint } = {}) =>
    knownFacts(market, { source, agentId: agents.provider, role: ROLE.Provider, ...of });
  const client = (of: { epoch?: bigint; agentId?: bigint } = {}) =>
    knownFacts(market, { source, agentId: agents.client, role: ROLE.Client, ...of });
  return { ...market, market, source, report, providerFacts: provider, clientFacts: client };
}

describe("ReputationLedger", () => {
  describe("recordSettlement", () => {
    it("is announced under its sender", async () => {
      const { ledger, source, report, agents } = await deployed();
      await expect(report({ jobId: 42n, outcome: OUTCOME.Partial }))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(source.address, agents.provider, agents.client, 42n, OUTCOME.Partial);
    });

    const half = PRICE / 2n;
    const met = { counterparties: 1n };
    /** What each outcome leaves on both sides, first met. */
    const OUTCOMES: Record<keyof typeof OUTCOME, { paid: bigint; refunded: bigint; facts: Facts }> = {
      Completed: { paid: PRICE, refunded: 0n, facts: { volumePaid: PRICE, weight: UNIT, completed: 1n } },
      Partial: {
        paid: half,
        refunded: half,
        facts: { volumePaid: half, weight: UNIT, volumeRefunded: half, partiallyCompleted: 1n },
      },
      Rejected: { paid: 0n, refunded: PRICE, facts: { rejected: 1n, volumeRefunded: PRICE } },
      Undelivered: { paid: 0n, refunded: PRICE, facts: { undelivered: 1n, volumeRefunded: PRICE } },
      Unjudged: { paid: 0n, refunded: PRICE, facts: { unjudged: 1n, volumeRefunded: PRICE } },
      Declined: { paid: 0n, refunded: PRICE, facts: { declined: 1n, volumeRefunded: PRICE } },
    };
    for (const [name, { paid, refunded, facts }] of Object.entries(OUTCOMES)) {
      it(`counts ${name} on both sides, and nothing else`, async () => {
        const { market, source, report, providerFacts, clientFacts, agents } = await deployed();
        const outcome = OUTCOME[name as keyof typeof OUTCOME];
        await report({ outcome, paid, refunded });
        // Only work that was paid makes a counterparty.
        const expected = paid === 0n ? facts : { ...facts, ...met };
        expect(await providerFacts()).to.deep.equal(expected);
        expect(await clientFacts()).to.deep.equal(expected);
        // Neither has taken part in the other role.
        for (const [agentId, role] of [
          [agents.provider, ROLE.Client],
          [agents.client, ROLE.Provider],
        ] as const) {
          expect(await knownFacts(market, { source, agentId, role })).to.deep.equal({});
        }
      });
    }

    for (const [name, won, lost] of [
      ["ProviderWon", "provider", "client"],
      ["ClientWon", "client", "provider"],
    ] as const) {
      it(`counts a dispute that the ${won} won, and the ${lost} lost`, async () => {
        const { report, providerFacts, clientFacts } = await deployed();
        await report({ dispute: DISPUTE[name] });
        const facts = { provider: await providerFacts(), client: await clientFacts() };
        expect([facts[won].disputesWon, facts[won].disputesLost]).to.deep.equal([1n, undefined]);
        expect([facts[lost].disputesWon, facts[lost].disputesLost]).to.deep.equal([undefined, 1n]);
      });
    }

    it("counts a split dispute for nobody", async () => {
      const { report, providerFacts } = await deployed();
      await report({ dispute: DISPUTE.Split, refunded: 1n });
      const facts = await providerFacts();
      expect([facts.disputesWon, facts.disputesLost]).to.deep.equal([undefined, undefined]);
    });

    it("adds up volumes and fees, and keeps the first and the latest time", async () => {
      const { market, ledger, source, agents, report } = await deployed();
      const first = await atFixedTime();
      await report({ paid: 10n, fees: 3n });
      await time.increase(100);
      const last = await atFixedTime();
      await report({ paid: 20n, refunded: 5n, outcome: OUTCOME.Partial, fees: 4n });
      const facts = await ledger.settlementsOf(source, market.stable, agents.provider, 0n, ROLE.Provider);
      expect([facts.volumePaid, facts.volumeRefunded, facts.fees, facts.firstAt, facts.lastAt]).to.deep.equal([
        30n,
        5n,
        7n,
        BigInt(first),
        BigInt(last),
      ]);
    });

    describe("weighs", () => {
      it("the k-th job of a pair as 1/k, rounded down", async () => {
        const { report, providerFacts, clientFacts } = await deployed();
        let weight = 0n;
        for (let k = 1n; k <= 7n; ++k) {
          await report();
          weight += UNIT / k;
          expect((await providerFacts()).weight).to.equal(weight);
          expect((await clientFacts()).weight).to.equal(weight);
        }
      });

      it("unpaid jobs nothing, nor do they wear down the pair's next paid one", async () => {
        const { report, providerFacts } = await deployed();
        await report({ paid: 0n, refunded: PRICE, outcome: OUTCOME.Rejected });
        await report();
        expect((await providerFacts()).weight).to.equal(UNIT);
      });

      it("jobs in the other direction as jobs of the same pair, so that taking turns gains nothing", async () => {
        const { market, source, report, client, provider, agents, providerFacts } = await deployed();
        const turned = {
          client: provider.address,
          clientAgentId: agents.provider,
          provider: client.address,
          providerAgentId: agents.client,
        };
        await report();
        await report(turned);
        await report();
        expect((await providerFacts()).weight).to.equal(UNIT + UNIT / 3n);
        const asProvider = await knownFacts(market, { source, agentId: agents.client, role: ROLE.Provider });
        expect(asProvider.weight).to.equal(UNIT / 2n);
      });

      it("jobs with another party anew", async () => {
        const { report, client2, agents, providerFacts } = await deployed();
        await report();
        await report({ client: client2.address, clientAgentId: agents.client2 });
        expect(await providerFacts()).to.include({ weight: 2n * UNIT, counterparties: 2n });
      });
    });

    describe("counts counterparties", () => {
      it("once, in each direction", async () => {
        const { market, source, report, client, provider, agents, providerFacts } = await deployed();
        const turned = {
          client: provider.address,
          clientAgentId: agents.provider,
          provider: client.address,
          providerAgentId: agents.client,
        };
        for (let i = 0; i < 2; ++i) {
          await report();
          await report(turned);
        }
        expect((await providerFacts()).counterparties).to.equal(1n);
        for (const [agentId, role] of [
          [agents.provider, ROLE.Client],
          [agents.client, ROLE.Client],
          [agents.client, ROLE.Provider],
        ] as const) {
          expect((await knownFacts(market, { source, agentId, role })).counterparties).to.equal(1n);
        }
      });

      it("by address where there is no agent", async () => {
        const { report, client2, evaluator, providerFacts, clientFacts } = await deployed();
        const anonymous = { clientAgentId: 0n };
        await report(anonymous);
        await report(anonymous);
        await report({ ...anonymous, client: client2.address });
        expect(await providerFacts()).to.include({ counterparties: 2n, completed: 3n });
        expect(await clientFacts()).to.deep.equal({});
        expect(await clientFacts({ agentId: 0n })).to.deep.equal({});
        await report({ providerAgentId: 0n });
        await report({ providerAgentId: 0n, provider: evaluator.address });
        expect(await clientFacts()).to.include({ counterparties: 2n, completed: 2n });
      });

      it("by agent, whichever address it works from", async () => {
        const { report, client2, evaluator, providerFacts } = await deployed();
        await report();
        await report({ client: client2.address });
        await report({ provider: evaluator.address });
        expect(await providerFacts()).to.include({ counterparties: 1n, weight: UNIT + UNIT / 2n + UNIT / 3n });
      });

      it("by ownership epoch", async () => {
        const { report, providerFacts } = await deployed();
        await report();
        await report({ clientEpoch: 1n });
        expect((await providerFacts()).counterparties).to.equal(2n);
      });

      it("nothing for a party without an identity", async () => {
        const { report, providerFacts, clientFacts } = await deployed();
        await report({ clientAgentId: 0n });
        await report({ providerAgentId: 0n });
        for (const facts of [providerFacts, clientFacts]) expect(await facts({ agentId: 0n })).to.deep.equal({});
      });

      it("not where the provider never agreed, nor weighs anything there", async () => {
        const { report, providerFacts, clientFacts } = await deployed();
        const unnamed = { provider: ethers.ZeroAddress, providerAgentId: 0n };
        await report({ ...unnamed, paid: 0n, refunded: PRICE, outcome: OUTCOME.Undelivered });
        expect(await clientFacts()).to.deep.equal({ undelivered: 1n, volumeRefunded: PRICE });
        expect(await providerFacts()).to.deep.equal({});
        await report();
        expect(await clientFacts()).to.include({ counterparties: 1n, weight: UNIT });
      });
    });

    describe("keeps apart", () => {
      it("ownership epochs", async () => {
        const { report, providerFacts, clientFacts } = await deployed();
        await report({ providerEpoch: 1n, clientEpoch: 2n });
        expect(await providerFacts()).to.deep.equal({});
        expect(await clientFacts()).to.deep.equal({});
        expect((await providerFacts({ epoch: 1n })).completed).to.equal(1n);
        expect((await clientFacts({ epoch: 2n })).completed).to.equal(1n);
      });

      it("sources, whose pairs are their own too", async () => {
        const { market, report, source, referrer, agents, providerFacts } = await deployed();
        await report({}, referrer);
        expect(await providerFacts()).to.deep.equal({});
        await report();
        for (const by of [source, referrer]) {
          const facts = await knownFacts(market, { source: by, agentId: agents.provider, role: ROLE.Provider });
          expect(facts).to.include({ weight: UNIT, counterparties: 1n, completed: 1n });
        }
      });

      it("tokens, whose pairs are their own too", async () => {
        const { market, report, source, plain, agents, providerFacts } = await deployed();
        await report();
        await report({ token: await plain.getAddress() });
        const inPlain = { source, token: plain, agentId: agents.provider, role: ROLE.Provider };
        for (const facts of [await providerFacts(), await knownFacts(market, inPlain)]) {
          expect(facts).to.include({ weight: UNIT, counterparties: 1n, completed: 1n });
        }
      });

      it("an agent with epoch from another whose numbers are swapped", async () => {
        const { report, providerFacts } = await deployed();
        await report({ providerAgentId: 2n, providerEpoch: 7n });
        expect(await providerFacts({ agentId: 7n, epoch: 2n })).to.deep.equal({});
      });
    });

    it("writes no slot that an ordinary paid job does not need", async () => {
      const { report } = await deployed();
      const { hash } = await report();
      const { structLogs } = (await ethers.provider.send("debug_traceTransaction", [
        hash,
        { disableMemory: true, disableStorage: true },
      ])) as { structLogs: { op: string; stack: string[] }[] };
      const slots = structLogs.filter(({ op }) => op === "SSTORE").map(({ stack }) => stack.at(-1));
      // Two for each side, one for the pair.
      expect(new Set(slots).size).to.equal(5);
    });

    it("fits well into the gas that the escrow sets aside for it, at its dearest", async function () {
      if (process.env.COVERAGE_COPY !== undefined) this.skip(); // instrumented code costs more
      const { market, ledger } = await deployed();
      const caller = await ethers.deployContract("GasCappedCaller");
      const dearest = await settlementOf(market, {
        jobId: ethers.MaxUint256,
        clientEpoch: 2n ** 32n - 1n,
        providerEpoch: 2n ** 32n - 1n,
        outcome: OUTCOME.Partial,
        dispute: DISPUTE.ProviderWon,
        paid: 2n ** 95n,
        refunded: 2n ** 95n,
        fees: 2n ** 94n,
      });
      const data = ledger.interface.encodeFunctionData("recordSettlement", [dearest]);
      await caller.callWithGas(ledger, RECORD_GAS, data);
      expect(await caller.lastSuccess()).to.equal(true);
      expect(await caller.lastGasUsed()).to.be.lessThan((RECORD_GAS * 3n) / 4n);
    });

    it("tells its forwarder and the unit of its weights", async () => {
      const { ledger, forwarder } = await deployed();
      expect(await ledger.trustedForwarder()).to.equal(await forwarder.getAddress());
      expect(await ledger.WEIGHT_UNIT()).to.equal(UNIT);
    });
  });
});

import { expect } from "chai";

import { DISPUTE, OUTCOME, ROLE } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import type { SettlementReport } from "../../fixtures/settlements";
import { knownFacts, settlementOf } from "../../fixtures/settlements";

const MAX = (bits: bigint) => 2n ** bits - 1n;

/** The library through the ledger, which adds nothing to what it stores. */
async function deployed() {
  const market = await marketFixture();
  const { ledger, stranger: source, agents } = market;
  const report = async (overrides: Partial<SettlementReport>) =>
    ledger.connect(source).recordSettlement(await settlementOf(market, overrides));
  const facts = () => knownFacts(market, { source, agentId: agents.provider, role: ROLE.Provider });
  return { report, facts };
}

describe("Facts", () => {
  for (const [name, member, bits, outcome] of [
    ["volumePaid", "paid", 128n, OUTCOME.Completed],
    ["volumeRefunded", "refunded", 96n, OUTCOME.Rejected],
    ["fees", "fees", 96n, OUTCOME.Completed],
  ] as const) {
    it(`lets ${name} saturate at 2^${bits} - 1, and nothing spill into its neighbours`, async () => {
      const { report, facts } = await deployed();
      const amounts = { paid: 0n, refunded: 0n, fees: 0n };
      await report({ ...amounts, outcome, [member]: MAX(bits) - 1n });
      const before = await facts();
      expect(before[name]).to.equal(MAX(bits) - 1n);
      await report({ ...amounts, outcome, [member]: 1n });
      expect((await facts())[name]).to.equal(MAX(bits));
      for (const amount of [1n, MAX(bits), MAX(bits) + 1n, MAX(256n)]) {
        await report({ ...amounts, outcome, [member]: amount });
        expect((await facts())[name]).to.equal(MAX(bits));
      }
      const after = await facts();
      const own = ["completed", "weight", "rejected"];
      for (const other of Object.keys(after).filter((key) => key !== name && !own.includes(key))) {
        expect(after[other as keyof typeof after], other).to.equal(before[other as keyof typeof before]);
      }
    });

    it(`lets ${name} saturate at once when one settlement is too large for it`, async () => {
      const { report, facts } = await deployed();
      await report({ paid: 0n, refunded: 0n, fees: 0n, outcome, [member]: MAX(256n) });
      expect((await facts())[name]).to.equal(MAX(bits));
    });
  }

  it("counts each number of the three slots in a place of its own", async () => {
    const { report, facts } = await deployed();
    let jobs = 0n;
    const times = async (n: number, overrides: Partial<SettlementReport>) => {
      for (let i = 0; i < n; ++i) {
        jobs += 1n;
        await report(overrides);
      }
    };
    const unpaid = { paid: 0n, refunded: 1n };
    await times(1, { paid: 5n, fees: 2n });
    await times(2, { ...unpaid, outcome: OUTCOME.Rejected });
    await times(3, { ...unpaid, outcome: OUTCOME.Undelivered });
    await times(4, { ...unpaid, outcome: OUTCOME.Unjudged });
    await times(5, { ...unpaid, outcome: OUTCOME.Declined });
    await times(1, { ...unpaid, paid: 1n, outcome: OUTCOME.Partial, dispute: DISPUTE.ProviderWon });
    await times(2, { ...unpaid, outcome: OUTCOME.Rejected, dispute: DISPUTE.ClientWon });
    expect(await facts()).to.deep.equal({
      volumePaid: 6n,
      weight: 1_000_000n + 1_000_000n / 2n,
      completed: 1n,
      counterparties: 1n,
      fees: 2n,
      rejected: 4n,
      undelivered: 3n,
      volumeRefunded: 17n,
      partiallyCompleted: 1n,
      unjudged: 4n,
      declined: 5n,
      disputesWon: 1n,
      disputesLost: 2n,
    });
    expect(jobs).to.equal(18n);
  });
});

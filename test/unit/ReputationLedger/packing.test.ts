import { setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { toBeHex } from "ethers";
import { ethers } from "hardhat";

import { DISPUTE, OUTCOME, ROLE } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import type { SettlementReport } from "../../fixtures/settlements";
import { settlementOf } from "../../fixtures/settlements";

/** Where each number lies: which of an agent's three slots, from which bit, how many bits. */
const LAYOUT = {
  volumePaid: [0n, 0n, 128n],
  weight: [0n, 128n, 64n],
  completed: [0n, 192n, 32n],
  counterparties: [0n, 224n, 32n],
  fees: [1n, 0n, 96n],
  firstAt: [1n, 96n, 40n],
  lastAt: [1n, 136n, 40n],
  rejected: [1n, 176n, 32n],
  undelivered: [1n, 208n, 32n],
  volumeRefunded: [2n, 0n, 96n],
  partiallyCompleted: [2n, 96n, 32n],
  unjudged: [2n, 128n, 32n],
  declined: [2n, 160n, 32n],
  disputesWon: [2n, 192n, 32n],
  disputesLost: [2n, 224n, 32n],
} as const;
type Name = keyof typeof LAYOUT;
const NAMES = Object.keys(LAYOUT) as Name[];

/** The reports that add 1 to a number of the provider's, for those that stop at their width's end. */
const ADDING_ONE: Partial<Record<Name, Partial<SettlementReport>>> = {
  volumePaid: { paid: 1n, outcome: OUTCOME.Partial },
  fees: { fees: 1n, outcome: OUTCOME.Partial },
  rejected: { outcome: OUTCOME.Rejected },
  undelivered: { outcome: OUTCOME.Undelivered },
  volumeRefunded: { refunded: 1n, outcome: OUTCOME.Completed },
  partiallyCompleted: { refunded: 1n, outcome: OUTCOME.Partial },
  unjudged: { refunded: 1n, outcome: OUTCOME.Unjudged },
  declined: { refunded: 1n, outcome: OUTCOME.Declined },
  disputesWon: { dispute: DISPUTE.ProviderWon, outcome: OUTCOME.Completed },
  disputesLost: { dispute: DISPUTE.ClientWon, outcome: OUTCOME.Completed },
};
/** What such a report changes besides. */
const BESIDES: Partial<Record<Name, Partial<Record<Name, bigint>>>> = {
  volumePaid: { weight: 1_000_000n, counterparties: 1n },
  partiallyCompleted: { volumeRefunded: 1n },
  unjudged: { volumeRefunded: 1n },
  declined: { volumeRefunded: 1n },
};

/** A ledger, the storage slots of an agent in it, and what it tells of that agent. */
async function openBook() {
  const market = await marketFixture();
  const { ledger, stranger: source, stable, agents } = market;
  const unpaid = { paid: 0n, refunded: 0n, fees: 0n };
  const report = async (overrides: Partial<SettlementReport>) =>
    ledger.connect(source).recordSettlement(await settlementOf(market, { clientAgentId: 0n, ...unpaid, ...overrides }));

  const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
  const { hash } = await report({ paid: 1n, refunded: 1n, fees: 1n, dispute: DISPUTE.Split });
  const { structLogs } = (await ethers.provider.send("debug_traceTransaction", [
    hash,
    { disableMemory: true, disableStorage: true },
  ])) as { structLogs: { op: string; stack: string[] }[] };
  await ethers.provider.send("evm_revert", [snapshot]);
  const written = new Set(
    structLogs.filter(({ op }) => op === "SSTORE").map(({ stack }) => BigInt(`0x${stack.at(-1)!}`)),
  );
  const base = [...written].find((slot) => written.has(slot + 1n) && written.has(slot + 2n))!;

  const set = async (name: Name, value: bigint) => {
    const [slot, offset] = LAYOUT[name];
    await setStorageAt(await ledger.getAddress(), toBeHex(base + slot, 32), toBeHex(value << offset, 32));
  };
  const read = async () => {
    const facts = await ledger.settlementsOf(source, stable, agents.provider, 0n, ROLE.Provider);
    return Object.fromEntries(NAMES.map((name, i) => [name, facts[i]!]).filter(([, value]) => value !== 0n)) as Partial<
      Record<Name, bigint>
    >;
  };
  return { report, set, read };
}

describe("ReputationLedger", () => {
  describe("packs an agent's facts", () => {
    for (const name of NAMES) {
      it(`${name}, read from its own bits alone`, async () => {
        const { set, read } = await openBook();
        const largest = 2n ** LAYOUT[name][2] - 1n;
        await set(name, largest);
        expect(await read()).to.deep.equal({ [name]: largest });
      });
    }

    for (const [name, adding] of Object.entries(ADDING_ONE) as [Name, Partial<SettlementReport>][]) {
      it(`${name}, which grows within its bits and stops at their end`, async () => {
        const [, , width] = LAYOUT[name];
        const largest = 2n ** width - 1n;
        for (const [before, after] of [
          [2n ** (width - 1n) - 1n, 2n ** (width - 1n)],
          [largest - 1n, largest],
          [largest, largest],
        ] as const) {
          const { report, set, read } = await openBook();
          await set(name, before);
          await report(adding);
          const { firstAt, lastAt, ...facts } = await read();
          expect(facts).to.deep.equal({ ...BESIDES[name], [name]: after });
          expect([firstAt !== undefined, firstAt]).to.deep.equal([true, lastAt]);
        }
      });
    }
  });
});

import type { Blocking } from "./blocking";
import { blocking } from "./blocking";
import { APPELLANTS } from "./agreement";
import { majority } from "./binomial";
import { captureChance } from "./capture";
import { PLAIN_VOTES, farmingPaysFrom, farmingProfit } from "./farming";
import { attackProfit, safeShare, safeValue } from "./price";
import type { Rules } from "./rules";
import { ONE_AND_A_HALF_IN_ALL, ONE_FEE_IN_ALL, THREE_FEES, TIERS, TWO_FEES, rulesOf } from "./rules";

/** Everything the page and the charts say, in fees where it is not said otherwise. */
export interface Results {
  readonly capture: readonly { readonly share: number; readonly panels: number[]; readonly appeals: number[] }[];
  readonly price: readonly {
    readonly share: number;
    readonly tiers: { readonly safe: number; readonly profit: number }[];
  }[];
  readonly circumstances: readonly { readonly name: string; readonly shares: number[] }[];
  readonly farming: readonly { readonly share: number; readonly profits: number[]; readonly plain: number[] }[];
  readonly paysFrom: readonly { readonly name: string; readonly shares: (number | undefined)[] }[];
  readonly coin: readonly { readonly worth: number; readonly shares: (number | undefined)[] }[];
  readonly blocking: readonly Blocking[];
}

export const SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.49];

/** Days an escalation waits for a full court before the evaluator ends the job without it. */
export const WINDOW_HOURS = 72;

export const FARMING_RULES = [
  { name: "one fee in all", rules: ONE_FEE_IN_ALL },
  { name: "one and a half in all", rules: ONE_AND_A_HALF_IN_ALL },
  { name: "two and repayment", rules: TWO_FEES },
  { name: "three and repayment", rules: THREE_FEES },
] as const;

export const COIN_ABSENCES = [0, 0.1, 0.3];

export const ABSENCES = [0, 0.05, 0.1, 0.2, 0.3];

/** The court with the cheapest seats: where a penalty matters least. */
const [SMALL] = TIERS;

export function compute(): Results {
  const courts = TIERS.map((tier) => ({ rules: rulesOf(tier), value: tier.maxValue / tier.fee }));
  // Tiers whose seats and largest jobs cost as many fees are the same court.
  const perTier = <T>(figure: (rules: Rules, value: number) => T) => {
    const known = new Map<string, T>();
    return courts.map(({ rules, value }) => {
      const key = `${rules.seat} ${value}`;
      if (!known.has(key)) known.set(key, figure(rules, value));
      return known.get(key) as T;
    });
  };
  const plain = { absence: 0, honestActs: true };
  const circumstances: readonly [string, (rules: Rules, value: number) => number][] = [
    ["Every honest juror votes, and the other party appeals", (rules, value) => safeShare({ ...plain, rules }, value)],
    [
      "The same, and a wrong or absent vote cost the whole seat",
      (rules, value) => safeShare({ ...plain, rules: { ...rules, wrong: 1, absent: 1 } }, value),
    ],
    [
      "The attacker's seats have nothing left to lose",
      (rules, value) => safeShare({ ...plain, rules, seatsLost: true }, value),
    ],
    ["10% of the honest jurors are absent", (rules, value) => safeShare({ ...plain, rules, absence: 0.1 }, value)],
    ["20% of the honest jurors are absent", (rules, value) => safeShare({ ...plain, rules, absence: 0.2 }, value)],
    ["The other party never acts", (rules, value) => safeShare({ ...plain, rules, honestActs: false }, value)],
    ["Nobody but the attacker proves seeds", (rules, value) => safeShare({ ...plain, rules, aloneSeeds: true }, value)],
  ];
  const farmed = FARMING_RULES.map(({ name, rules }) => ({ name, rules: rulesOf(SMALL, rules) }));
  return {
    capture: SHARES.map((share) => ({
      share,
      panels: ONE_FEE_IN_ALL.panels.map((size) => majority(size, share)),
      appeals: APPELLANTS.slice(1).map(({ appellants }) => captureChance(rulesOf(SMALL), share, appellants)),
    })),
    price: SHARES.map((share) => ({
      share,
      tiers: perTier((rules, value) => ({
        safe: safeValue({ ...plain, rules, share }),
        profit: attackProfit({ ...plain, rules, share }, value),
      })),
    })),
    circumstances: circumstances.map(([name, figure]) => ({ name, shares: perTier(figure) })),
    farming: SHARES.map((share) => ({
      share,
      profits: farmed.map(({ rules }) => farmingProfit({ rules, absence: 0 }, share)),
      plain: farmed.map(({ rules }) => farmingProfit({ rules, absence: 0 }, share, PLAIN_VOTES)),
    })),
    paysFrom: farmed.slice(0, 3).map(({ name, rules }) => ({
      name,
      shares: [
        ...ABSENCES.map((absence) => farmingPaysFrom({ rules, absence })),
        farmingPaysFrom({ rules, absence: 0, seatsLost: true }),
        farmingPaysFrom({ rules, absence: 0, aloneSeeds: true }),
      ],
    })),
    coin: [1, 0.5, 0.25, 0.1, 0.05].map((worth) => ({
      worth,
      shares: COIN_ABSENCES.map((absence) =>
        farmingPaysFrom({ rules: { ...rulesOf(SMALL), coinFee: worth }, absence }),
      ),
    })),
    blocking: TIERS.map((tier) => blocking(tier, WINDOW_HOURS)),
  };
}

/** What the court promises and the figures do not keep, a sentence each. */
export function findFaults({ farming, paysFrom, blocking: blockings }: Results): string[] {
  const faults: string[] = [];
  for (const { share, profits } of farming) {
    const [profit = 0] = profits;
    if (profit >= 0) faults.push(`A dispute over nothing pays an attacker with ${percent(share)} of the seats.`);
  }
  for (const share of paysFrom[0]?.shares ?? []) {
    if (share !== undefined)
      faults.push(`With absences, seats lost or seeds withheld it pays from ${percent(share)} on.`);
  }
  for (const [index, { cost, gain }] of blockings.entries()) {
    if (cost <= gain) faults.push(`Blocking the ${TIERS[index]?.name ?? ""} court costs $${cost} and wins $${gain}.`);
  }
  return faults;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

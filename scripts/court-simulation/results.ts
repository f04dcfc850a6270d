import { APPELLANTS } from "./agreement";
import { majority } from "./binomial";
import type { Blocking } from "./blocking";
import { blocking } from "./blocking";
import { captureChance } from "./capture";
import { farmingPaysFrom, farmingProfit } from "./farming";
import type { Circumstances } from "./price";
import { attackProfit, safeShare, safeValue } from "./price";
import type { Rules } from "./rules";
import { FULL_QUORUM, IMPLEMENTED, THREE_FEES, TIERS, TWO_FEES, rulesOf, tierOf } from "./rules";

/** Everything the page and the charts say, in fees where it is not said otherwise. */
export interface Results {
  readonly safe: readonly {
    readonly name: string;
    readonly rows: readonly { readonly share: number; readonly values: readonly number[] }[];
  }[];
  readonly limits: readonly { readonly name: string; readonly shares: readonly number[] }[];
  readonly capture: readonly { readonly share: number; readonly panels: number[]; readonly appeals: number[] }[];
  readonly price: readonly {
    readonly share: number;
    readonly tiers: readonly { readonly safe: number; readonly profit: number }[];
  }[];
  readonly farming: readonly { readonly share: number; readonly profits: readonly number[] }[];
  readonly paysFrom: readonly { readonly name: string; readonly shares: readonly (number | undefined)[] }[];
  readonly blocking: readonly Blocking[];
}

export const SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.49];

/** Shares of the table that is to be read first. */
const FEW_SHARES = [0.1, 0.2, 0.3];

export const FARMING_RULES = [
  { name: "as implemented", rules: IMPLEMENTED },
  { name: "bonus of two fees", rules: TWO_FEES },
  { name: "bonus of three fees", rules: THREE_FEES },
] as const;

export const ABSENCES = [0, 0.2];

type Situation = Omit<Circumstances, "rules" | "share">;

const ACTING: Situation = { absence: 0, honestActs: true };

const SITUATIONS: readonly (readonly [string, Situation])[] = [
  ["Every honest juror votes, and the other party appeals", ACTING],
  ["The same, but the attacker's seats have nothing left to lose", { ...ACTING, seatsLost: true }],
  ["10% of the honest jurors are absent", { ...ACTING, absence: 0.1 }],
  ["20% of the honest jurors are absent", { ...ACTING, absence: 0.2 }],
  ["The other party never appeals and never has a failed panel drawn again", { ...ACTING, honestActs: false }],
  ["Nobody but the attacker proves seeds", { ...ACTING, aloneSeeds: true }],
];

export function compute(): Results {
  const farmed = FARMING_RULES.map(({ name, rules }) => ({ name, rules: rulesOf(tierOf("small"), rules) }));
  return {
    safe: SITUATIONS.map(([name, situation]) => ({
      name,
      rows: FEW_SHARES.map((share) => ({
        share,
        values: perTier((rules, value) => safeValue({ ...situation, rules, share }, value / 10, value, 0.02)),
      })),
    })),
    limits: [
      ...SITUATIONS.map(([name, situation]) => ({
        name,
        shares: perTier((rules, value) => safeShare({ ...situation, rules }, value)),
      })),
      {
        name: "10% are absent, and a panel drawn again needed more than half of its votes",
        shares: perTier(({ seat }, value) =>
          safeShare({ ...ACTING, absence: 0.1, rules: { ...FULL_QUORUM, seat } }, value),
        ),
      },
    ],
    capture: SHARES.map((share) => ({
      share,
      panels: IMPLEMENTED.panels.map((size) => majority(size, share)),
      appeals: APPELLANTS.slice(1).map(({ appellants }) => captureChance(IMPLEMENTED, share, appellants)),
    })),
    price: SHARES.map((share) => ({
      share,
      tiers: perTier((rules, value) => ({
        safe: safeValue({ ...ACTING, rules, share }),
        profit: attackProfit({ ...ACTING, rules, share }, value),
      })),
    })),
    farming: SHARES.map((share) => ({
      share,
      profits: farmed.map(({ rules }) => farmingProfit({ rules, absence: 0 }, share)),
    })),
    paysFrom: farmed.map(({ name, rules }) => ({
      name,
      shares: [
        ...ABSENCES.map((absence) => farmingPaysFrom({ rules, absence })),
        farmingPaysFrom({ rules, absence: 0, seatsLost: true }),
        farmingPaysFrom({ rules, absence: 0, aloneSeeds: true }),
      ],
    })),
    blocking: TIERS.map((tier) => blocking(tier, -farmingProfit({ rules: rulesOf(tier), absence: 0 }, 1 / 3))),
  };
}

/** Tiers whose seats and largest jobs cost as many fees are the same court. */
function perTier<T>(figure: (rules: Rules, value: number) => T): T[] {
  const known = new Map<string, T>();
  return TIERS.map((tier) => {
    const [rules, value] = [rulesOf(tier), tier.maxValue / tier.fee];
    const key = `${rules.seat} ${value}`;
    const result = known.get(key) ?? figure(rules, value);
    known.set(key, result);
    return result;
  });
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
  for (const [index, { costAtThird, gain }] of blockings.entries()) {
    if (costAtThird <= gain) {
      faults.push(
        `Blocking the ${TIERS[index]?.name ?? ""} court costs who has a third of it $${costAtThird} and wins $${gain}.`,
      );
    }
  }
  return faults;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

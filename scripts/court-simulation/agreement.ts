import type { Attack } from "./attack";
import { Optimum } from "./attack";
import type { Appellants } from "./capture";
import { captureChance, captureFrequency } from "./capture";
import { FARMING_VOTES } from "./farming";
import { average } from "./play";
import type { Random } from "./random";
import { seeded } from "./random";
import type { Rules } from "./rules";
import { FULL_QUORUM, TWO_FEES, rulesOf, tierOf } from "./rules";

/** A figure that was computed exactly and played by dice. */
export interface Agreement {
  readonly what: string;
  readonly exact: number;
  readonly played: number;
  /** How many standard errors of the played figure they are apart. */
  readonly deviation: number;
}

/**
 * Standard errors allowed. Of a hundred figures one is beyond four in a run of 160 seeds, so that a failure means a
 * fault and not bad luck.
 */
export const ALLOWED = 4;

export const APPELLANTS: readonly { readonly who: string; readonly appellants: Appellants }[] = [
  { who: "nobody appeals", appellants: { attacker: false, honest: false } },
  { who: "only the attacker appeals", appellants: { attacker: true, honest: false } },
  { who: "only its opponent appeals", appellants: { attacker: false, honest: true } },
  { who: "both appeal", appellants: { attacker: true, honest: true } },
];

export function compare(plays: number, seed: number): Agreement[] {
  const random = seeded(seed);
  const [small, medium] = [rulesOf(tierOf("small")), rulesOf(tierOf("medium"))];
  const twoFees = { ...small, ...TWO_FEES };
  const agreements: Agreement[] = [];

  for (const share of [0.05, 0.2, 0.33, 0.49]) {
    for (const size of small.panels) {
      const panels = { ...small, panels: [size, size, size] as const };
      agreements.push(captured(`a panel of ${size}`, panels, share, { attacker: false, honest: false }, plays, random));
    }
    for (const { who, appellants } of APPELLANTS.slice(1)) {
      agreements.push(captured(who, small, share, appellants, plays, random));
    }
  }
  const farm = { absence: 0, votes: FARMING_VOTES, honestActs: false };
  const party = { absence: 0, votes: [1, 2, 4], honestActs: true };
  const attacks: readonly [string, Attack][] = [
    ["both parties, 30%", { ...farm, rules: small, share: 0.3 }],
    ["both parties, 49%", { ...farm, rules: small, share: 0.49 }],
    ["both parties, 49%, 20% absent", { ...farm, rules: small, share: 0.49, absence: 0.2 }],
    ["both parties, 49%, jurors appeal", { ...farm, rules: small, share: 0.49, honestActs: true }],
    ["both parties, 45%, two fees", { ...farm, rules: twoFees, share: 0.45 }],
    ["both parties, 40%, two fees, 10% absent", { ...farm, rules: twoFees, share: 0.4, absence: 0.1 }],
    ["one party, 30% of a small court", { ...party, rules: small, share: 0.3, jobValue: 250 }],
    ["one party, 40% of a medium court", { ...party, rules: medium, share: 0.4, jobValue: 500 }],
    [
      "one party, 20% of a medium court, 20% absent",
      { ...party, rules: medium, share: 0.2, absence: 0.2, jobValue: 500 },
    ],
    [
      "one party, 25% of a medium court, full quorum when redrawn",
      { ...party, rules: { ...medium, ...FULL_QUORUM }, share: 0.25, jobValue: 500 },
    ],
  ];
  for (const [what, attack] of attacks) {
    const optimum = new Optimum(attack);
    const { mean, error } = average(attack, optimum, plays, random);
    agreements.push(agreement(`profit: ${what}`, optimum.profit, mean, error));
  }
  return agreements;
}

function captured(
  what: string,
  rules: Rules,
  share: number,
  appellants: Appellants,
  plays: number,
  random: Random,
): Agreement {
  const exact = captureChance(rules, share, appellants);
  const played = captureFrequency(rules, share, appellants, plays, random);
  // The second part is for chances so small that one hit or none is all that can be seen.
  return agreement(
    `capture: ${what}, ${Math.round(share * 100)}%`,
    exact,
    played,
    Math.sqrt((exact * (1 - exact)) / plays) + 1 / plays,
  );
}

function agreement(what: string, exact: number, played: number, error: number): Agreement {
  const difference = Math.abs(played - exact);
  return { what, exact, played, deviation: difference < 1e-12 ? 0 : difference / error };
}

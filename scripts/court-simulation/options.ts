import type { Rules } from "./rules";
import type { Tally } from "./settlement";
import { NONE, RULINGS, rulingOf, settle, settleFailed } from "./settlement";

/** One way for the attacker to vote with its slots of a panel, and what it gives for each final. */
export interface PanelOption {
  readonly tally: Tally;
  /** Undefined if the panel is not valid. */
  readonly ruling: number | undefined;
  /** Income if nobody appeals, or of a panel that is not valid. */
  readonly final: readonly number[];
  readonly appealedByAttacker: readonly number[];
  readonly appealedByHonest: readonly number[];
}

/** The attacker's ways to vote with `own` slots of a panel in which `absent` honest jurors are absent. */
export type Options = (round: number, redrawn: boolean, own: number, absent: number) => readonly PanelOption[];

const built = new Map<string, Options>();

/**
 * Every way to vote that no other way beats whatever the final: a dominated vote is never part of an optimum, because
 * all that follows depends on the ruling and on the income for each final alone.
 */
export function optionsOf(
  rules: Rules,
  votes: readonly number[],
  { seatsLost = false, aloneSeeds = false }: { readonly seatsLost?: boolean; readonly aloneSeeds?: boolean },
): Options {
  const key = JSON.stringify([rules, votes, seatsLost, aloneSeeds]);
  let options = built.get(key);
  if (options === undefined) {
    options = build(rules, votes, seatsLost, aloneSeeds);
    built.set(key, options);
  }
  return options;
}

function build(rules: Rules, votes: readonly number[], seatsLost: boolean, aloneSeeds: boolean): Options {
  const known = new Map<number, readonly PanelOption[]>();
  const reachable = [...RULINGS, NONE].map((end) => end === 0 || end === NONE || votes.includes(end));
  const reach = (income: readonly number[]) =>
    income.map((value, end) => (reachable[end] === true ? value : -Infinity));
  // Own penalties are what a seat that is gone no longer pays.
  const refund = (tally: Tally, wrong: number) =>
    seatsLost ? rules.seat * (rules.wrong * wrong + rules.absent * tally.withheld) : 0;

  function optionOf(round: number, redrawn: boolean, tally: Tally): PanelOption {
    const ruling = rulingOf(rules, tally, redrawn);
    if (ruling === undefined) {
      const final = reach([...RULINGS, NONE].map((end) => settleFailed(rules, tally, end) + refund(tally, 0)));
      return { tally, ruling, final, appealedByAttacker: final, appealedByHonest: final };
    }
    const next = rules.panels[round + 1] ?? 0;
    const income = (appealed: number, isOwn: boolean) => [
      ...RULINGS.map((end) => {
        const { jurors, repaid } = settle(rules, tally, ruling, end, appealed);
        const wrong = tally.votes.reduce((sum, count, vote) => sum + (Math.abs(vote - end) < 2 ? 0 : count), 0);
        return jurors + (isOwn ? repaid : 0) + refund(tally, wrong);
      }),
      -Infinity, // once there is a ruling, the end without one is out of reach
    ];
    return {
      tally,
      ruling,
      final: reach(income(0, false)),
      appealedByAttacker: reach(income(next, true)),
      appealedByHonest: reach(income(next, false)),
    };
  }

  return (round, redrawn, own, absent) => {
    const key = ((round * 2 + Number(redrawn)) * 16 + own) * 16 + absent;
    let options = known.get(key);
    if (options === undefined) {
      const size = rules.panels[round] ?? 0;
      const honest = size - own - absent;
      const all = [...divisions(own, votes.length + 1)].map(([withheld = 0, ...counts]) => {
        const spread = RULINGS.map((vote) => counts[votes.indexOf(vote)] ?? 0);
        return optionOf(round, redrawn, { votes: spread, withheld, honest, honestAbsent: absent });
      });
      if (aloneSeeds) all.push(lapsed(size));
      options = undominated(all, round === rules.panels.length - 1);
      known.set(key, options);
    }
    return options;
  };
}

/** A draw whose seed nobody proves: there is no panel, and nobody owes anything. */
function lapsed(size: number): PanelOption {
  const nothing = [0, 0, 0, 0, 0, 0];
  return {
    tally: { votes: [0, 0, 0, 0, 0], withheld: 0, honest: 0, honestAbsent: size },
    ruling: undefined,
    final: nothing,
    appealedByAttacker: nothing,
    appealedByHonest: nothing,
  };
}

/** Every way to divide a number into so many parts. */
function* divisions(total: number, parts: number): Generator<number[]> {
  if (parts === 1) {
    yield [total];
    return;
  }
  for (let first = 0; first <= total; first++) {
    for (const rest of divisions(total - first, parts - 1)) yield [first, ...rest];
  }
}

function undominated(options: readonly PanelOption[], isLast: boolean): PanelOption[] {
  const kept: PanelOption[] = [];
  for (const option of options) {
    if (kept.some((other) => dominates(other, option, isLast))) continue;
    for (let index = kept.length - 1; index >= 0; index--) {
      const other = kept[index];
      if (other !== undefined && dominates(option, other, isLast)) kept.splice(index, 1);
    }
    kept.push(option);
  }
  return kept;
}

function dominates(left: PanelOption, right: PanelOption, isLast: boolean): boolean {
  const { ruling } = left;
  if (ruling !== right.ruling) return false;
  if (ruling === undefined) return covers(left.final, right.final);
  if ((left.final[ruling] ?? 0) < (right.final[ruling] ?? 0) - ROUNDING) return false;
  return (
    isLast ||
    (covers(left.appealedByAttacker, right.appealedByAttacker) && covers(left.appealedByHonest, right.appealedByHonest))
  );
}

const ROUNDING = 1e-9;

function covers(left: readonly number[], right: readonly number[]): boolean {
  return left.every((value, index) => value >= (right[index] ?? 0) - ROUNDING);
}

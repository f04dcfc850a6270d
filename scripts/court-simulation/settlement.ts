import type { Rules } from "./rules";

/** How a panel voted. Honest jurors who are present vote 0. */
export interface Tally {
  /** The attacker's revealed votes at 0, 1, 2, 3, 4 quarters. */
  readonly votes: readonly number[];
  /** The attacker's slots that did not reveal. */
  readonly withheld: number;
  readonly honest: number;
  readonly honestAbsent: number;
}

/** What the attacker's slots of a panel come to when the panel is executed. */
export interface Income {
  /** What they earn less penalties. */
  readonly jurors: number;
  /** What the appellant against this panel's ruling gets back. */
  readonly repaid: number;
}

/** Finals: the five rulings, and the end without any. */
export const RULINGS = [0, 1, 2, 3, 4] as const;
export const NONE = 5;

export function sizeOf({ votes, withheld, honest, honestAbsent }: Tally): number {
  return sum(votes) + withheld + honest + honestAbsent;
}

/** The lower median of what was revealed, or undefined if the panel is not valid. */
export function rulingOf(rules: Rules, tally: Tally, redrawn: boolean): number | undefined {
  const revealed = sum(tally.votes) + tally.honest;
  const suffices = redrawn && rules.oneVoteSuffices && revealed > 0;
  if (revealed * 2 <= sizeOf(tally) && !suffices) return undefined;
  const median = Math.floor((revealed - 1) / 2);
  let seen = tally.honest;
  for (const [vote, count] of tally.votes.entries()) {
    seen += count;
    if (seen > median) return vote;
  }
  throw new Error("The median lies among the votes.");
}

/**
 * Executes a valid panel. `appealed` is what the appeal against its ruling cost, 0 if there was none: then its ruling is
 * the final one.
 */
export function settle(rules: Rules, tally: Tally, ruling: number, final: number, appealed: number): Income {
  const own = sum(tally.votes.filter((_, vote) => isCoherent(vote, final)));
  const ownWrong = sum(tally.votes) - own;
  const others = isCoherent(0, final) ? tally.honest : 0;
  const wrong = ownWrong + tally.honest - others;
  const absent = tally.withheld + tally.honestAbsent;
  const isOverturned = appealed > 0 && ruling !== final;

  const pool =
    wrong + absent + (rules.bonus === undefined ? 0 : rules.seat * (wrong * rules.wrong + absent * rules.absent));
  const repaid = isOverturned ? Math.min(pool, rules.bonus === undefined ? pool : appealed) : 0;
  const shared = Math.min(pool - repaid, rules.bonus === undefined ? pool : rules.bonus * (wrong + absent));
  const share = own === 0 ? 0 : (shared * own) / (own + others);
  return { jurors: own + share - penalty(rules, ownWrong, tally.withheld), repaid };
}

/** Executes a panel that is not valid: its fees go on to the panel drawn again, and only the older rules pay anything. */
export function settleFailed(rules: Rules, tally: Tally, final: number): number {
  const agrees = (vote: number) => final === NONE || isCoherent(vote, final);
  const own = sum(tally.votes.filter((_, vote) => agrees(vote)));
  const others = agrees(0) ? tally.honest : 0;
  const absent = tally.withheld + tally.honestAbsent;
  const bonus = Math.min((rules.bonus ?? 0) * absent, rules.seat * rules.absent * absent);
  return (own === 0 ? 0 : (bonus * own) / (own + others)) - penalty(rules, 0, tally.withheld);
}

function isCoherent(vote: number, final: number): boolean {
  return Math.abs(vote - final) < 2;
}

function penalty(rules: Rules, wrong: number, absent: number): number {
  return rules.seat * (wrong * rules.wrong + absent * rules.absent);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

import type { Rules } from "./rules";

/*
 * The court's execution slot by slot, as the contract does it. The search for the optimum counts votes instead
 * (settlement.ts): two programmes that agree are better than one that is right by assumption.
 */

export interface Slot {
  readonly own: boolean;
  /** In quarters; undefined if it was not revealed. */
  readonly vote: number | undefined;
}

export interface Panel {
  readonly slots: readonly Slot[];
  /** Whether it was drawn because the one before it in its round failed. */
  readonly redrawn: boolean;
  /** Price of the appeal against its ruling, and whether the attacker paid it. */
  appeal?: { readonly price: number; readonly own: boolean };
}

/** The lower median of the revealed votes, or undefined if they are too few. */
export function medianOf(rules: Rules, { slots, redrawn }: Panel): number | undefined {
  const votes = slots.flatMap(({ vote }) => (vote === undefined ? [] : [vote])).sort((left, right) => left - right);
  const least = redrawn && rules.oneVoteSuffices ? 1 : Math.floor(slots.length / 2) + 1;
  return votes.length >= least ? votes[(votes.length - 1) >> 1] : undefined;
}

/** What executing a panel pays the attacker, as juror and as appellant; `final` is undefined if there is none. */
export function execute(rules: Rules, panel: Panel, final: number | undefined): number {
  const ruling = medianOf(rules, panel);
  const isValid = ruling !== undefined;
  let balance = 0;
  let penalties = 0;
  let penalised = 0;
  const coherent: Slot[] = [];
  for (const slot of panel.slots) {
    const isAbsent = slot.vote === undefined;
    const isWrong = slot.vote !== undefined && final !== undefined && Math.abs(slot.vote - final) >= 2;
    if (isAbsent || (isWrong && isValid)) {
      const penalty = rules.seat * (isAbsent ? rules.absent : rules.wrong);
      if (slot.own) balance -= penalty;
      penalties += penalty;
      penalised++;
    } else if (!isWrong) {
      coherent.push(slot);
      if (slot.own && isValid) balance += 1;
    }
  }
  const overturning = panel.appeal !== undefined && isValid && final !== ruling ? panel.appeal : undefined;
  const unearned = isValid ? penalised : 0;
  let shared: number;
  if (rules.bonus === undefined) {
    if (overturning?.own === true) balance += unearned;
    shared = overturning === undefined ? unearned : 0;
  } else {
    const repaid = Math.min(overturning?.price ?? 0, penalties + unearned);
    if (overturning?.own === true) balance += repaid;
    shared = Math.min(penalties + unearned - repaid, rules.bonus * penalised);
  }
  for (const { own } of coherent) if (own) balance += shared / coherent.length;
  return balance;
}

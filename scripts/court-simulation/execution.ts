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
  readonly round: number;
  readonly slots: readonly Slot[];
  /** Price of the appeal against its ruling, and whether the attacker paid it. */
  appeal?: { readonly price: number; readonly own: boolean };
}

/** The lower median of the revealed votes, or undefined if no more than half were revealed. */
export function medianOf({ slots }: Panel): number | undefined {
  const votes = slots.flatMap(({ vote }) => (vote === undefined ? [] : [vote])).sort((left, right) => left - right);
  return votes.length * 2 > slots.length ? votes[(votes.length - 1) >> 1] : undefined;
}

/** What executing a panel pays the attacker, as juror and as appellant; `final` is undefined if there is none. */
export function execute(rules: Rules, panel: Panel, final: number | undefined): number {
  const ruling = medianOf(panel);
  const coin = panel.round === 0 ? rules.coinFee : undefined;
  let balance = 0;
  let pool = 0;
  let penalised = 0;
  const coherent: Slot[] = [];
  for (const slot of panel.slots) {
    const isAbsent = slot.vote === undefined;
    const isWrong = slot.vote !== undefined && final !== undefined && Math.abs(slot.vote - final) >= 2;
    if (isAbsent || (isWrong && ruling !== undefined)) {
      const penalty = rules.seat * (isAbsent ? rules.absent : rules.wrong);
      if (slot.own) balance -= penalty;
      pool += penalty;
      penalised++;
      if (ruling !== undefined && coin === undefined) pool += 1;
    } else if (!isWrong) {
      coherent.push(slot);
      if (ruling !== undefined && slot.own) balance += coin ?? 1;
    }
  }
  let room = penalised * (ruling === undefined ? rules.failedCap : rules.bonusCap);
  if (panel.appeal !== undefined && final !== ruling) {
    const repaid = Math.min(panel.appeal.price, pool, rules.repaymentWithinCap ? room : pool);
    pool -= repaid;
    if (rules.repaymentWithinCap) room -= repaid;
    if (panel.appeal.own) balance += repaid;
  }
  const bonus = Math.min(pool, room);
  for (const { own } of coherent) if (own) balance += bonus / coherent.length;
  return balance;
}

import { COURT_TIERS } from "../../sdk/courtTiers";

/*
 * Money is counted in fees: 1 is what one vote costs. A share that the court can rule is counted in quarters, 0 to 4;
 * in every case here the right answer is 0, because that leaves an attacker the most room.
 */

/** What the simulation needs to know of a court. */
export interface Rules {
  /** Votes in the first panel and in those of the two appeals. */
  readonly panels: readonly [number, number, number];
  /** Price of a seat. */
  readonly seat: number;
  /** Part of a seat that a vote two quarters or more from the final ruling costs. */
  readonly wrong: number;
  /** Part of a seat that an absent vote costs. */
  readonly absent: number;
  /** Whether a single vote makes a panel valid that was drawn again, or only more than half as in every other. */
  readonly oneVoteSuffices: boolean;
  /**
   * Undefined: penalties are burned, and a panel pays out the fees that were paid for it. Else the older rule: penalties
   * and unearned fees first repay the appellant in full, then give jurors up to so many fees per penalised slot.
   */
  readonly bonus?: number;
}

const COMMON = { panels: [3, 7, 15], wrong: 0.5, absent: 0.6 } as const;

/** What SeatCourt does. */
export const IMPLEMENTED: Omit<Rules, "seat"> = { ...COMMON, oneVoteSuffices: true };

/** The same, if a panel drawn again needed as many votes as any other. */
export const FULL_QUORUM: Omit<Rules, "seat"> = { ...IMPLEMENTED, oneVoteSuffices: false };

/** Older designs, which paid penalties out. */
export const TWO_FEES: Omit<Rules, "seat"> = { ...FULL_QUORUM, bonus: 2 };
export const THREE_FEES: Omit<Rules, "seat"> = { ...FULL_QUORUM, bonus: 3 };

export interface Tier {
  readonly name: string;
  /** Smallest and largest job, in dollars. */
  readonly minValue: number;
  readonly maxValue: number;
  readonly seatPrice: number;
  readonly fee: number;
  readonly minSeats: number;
}

export const TIERS: readonly Tier[] = COURT_TIERS.map(({ name, minJob, maxJob, seatPrice, fee, minSeats }) => ({
  name,
  minValue: Number(minJob),
  maxValue: Number(maxJob),
  seatPrice: Number(seatPrice),
  fee: Number(fee),
  minSeats: Number(minSeats),
}));

export function tierOf(name: "small" | "medium" | "large"): Tier {
  const tier = TIERS.find((candidate) => candidate.name === name);
  if (tier === undefined) throw new Error(`There is no ${name} court.`);
  return tier;
}

export function rulesOf(tier: Tier, rules: Omit<Rules, "seat"> = IMPLEMENTED): Rules {
  return { ...rules, seat: tier.seatPrice / tier.fee };
}

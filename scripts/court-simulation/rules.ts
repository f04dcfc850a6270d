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
  /** Most that coherent jurors share, per penalised slot of their panel. */
  readonly bonusCap: number;
  /** Most that the revealers of a panel without quorum share, per absent slot. */
  readonly failedCap: number;
  /** Whether what an appellant gets back counts against the bonus cap, so that both together stay below it. */
  readonly repaymentWithinCap: boolean;
  /** What a vote of the first panel is paid in: the court's token, or a coin worth this many fees. */
  readonly coinFee?: number;
}

const PERIODS = { panels: [3, 7, 15], wrong: 0.5, absent: 0.6 } as const;

/** A court whose panels never pay out more than was paid for them. */
export const ONE_FEE_IN_ALL = {
  ...PERIODS,
  bonusCap: 1,
  failedCap: 0,
  repaymentWithinCap: true,
} as const satisfies Omit<Rules, "seat">;

/** As above, with room for one and a half fees. */
export const ONE_AND_A_HALF_IN_ALL = { ...ONE_FEE_IN_ALL, bonusCap: 1.5 } as const;

/** The appellant is repaid in full and jurors share up to two fees per penalised slot on top. */
export const TWO_FEES = { ...PERIODS, bonusCap: 2, failedCap: 2, repaymentWithinCap: false } as const;

/** The same with three fees. */
export const THREE_FEES = { ...TWO_FEES, bonusCap: 3, failedCap: 3 } as const;

export interface Tier {
  readonly name: string;
  /** Largest job, in dollars. */
  readonly maxValue: number;
  readonly seatPrice: number;
  readonly fee: number;
  readonly minSeats: number;
}

export const TIERS: readonly [Tier, Tier, Tier] = [
  { name: "small", maxValue: 250, seatPrice: 25, fee: 1, minSeats: 90 },
  { name: "middle", maxValue: 2_500, seatPrice: 250, fee: 5, minSeats: 180 },
  { name: "large", maxValue: 10_000, seatPrice: 1_000, fee: 20, minSeats: 180 },
];

export function rulesOf(tier: Tier, rules: Omit<Rules, "seat"> = ONE_FEE_IN_ALL): Rules {
  return { ...rules, seat: tier.seatPrice / tier.fee };
}

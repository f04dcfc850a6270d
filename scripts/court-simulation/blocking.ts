import type { Tier } from "./rules";

/** A dispute holds its first panel's slots at least so long: evidence, commit, gap and reveal. */
export const SHORTEST_HOURS = 6 + 12 + 10 / 60 + 6;
/** And at most so long, if the seed is proved at the end of its window. */
export const LONGEST_HOURS = SHORTEST_HOURS + 2;

const PANEL = 3;

export interface Blocking {
  readonly disputes: number;
  readonly batches: number;
  /** Dollars. */
  readonly cost: number;
  readonly gain: number;
  /** Share of the seats from which the fees that come back to them make it pay, if the court has its minimum. */
  readonly paysFromShare: number;
  /** Seats from which blocking costs more than it gains even an attacker with 33% of them. */
  readonly seatsFor33: number;
}

/** Price of keeping a court of this many seats full, from an escalation window's first to its last hour. */
export function blockingCost(tier: Tier, seats: number, windowHours: number, hours: number): number {
  return disputesToFill(seats) * Math.ceil(windowHours / hours) * PANEL * tier.fee;
}

export function blocking(tier: Tier, windowHours: number): Blocking {
  const cost = blockingCost(tier, tier.minSeats, windowHours, SHORTEST_HOURS);
  const gain = tier.maxValue / 2;
  let seatsFor33 = tier.minSeats;
  while ((1 - 0.33) * blockingCost(tier, seatsFor33, windowHours, SHORTEST_HOURS) <= gain) seatsFor33++;
  return {
    disputes: disputesToFill(tier.minSeats),
    batches: Math.ceil(windowHours / SHORTEST_HOURS),
    cost,
    gain,
    paysFromShare: 1 - gain / cost,
    seatsFor33,
  };
}

/** One more dispute is refused when its slots and the open ones exceed half the seats. */
function disputesToFill(seats: number): number {
  return Math.floor(seats / 2 / PANEL);
}

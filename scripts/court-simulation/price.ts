import type { Attack } from "./attack";
import { Optimum } from "./attack";
import { firstAtLeastZero } from "./search";

/** Circumstances of an attacker who is one party of a job. */
export type Circumstances = Omit<Attack, "jobValue" | "votes">;

/** A vote that is safe whatever comes, one that wins half, one that wins all; the tests compare with all five. */
const PARTY_VOTES = [1, 2, 4] as const;

/** Profit, in fees, of the best attack on a job of this value. */
export function attackProfit(circumstances: Circumstances, jobValue: number): number {
  return new Optimum({ ...circumstances, votes: PARTY_VOTES, jobValue }).profit;
}

/** Job values looked at, in fees: less is not worth a dispute, and more is a thousand times the largest job. */
const LEAST = 10;
const MOST = 250_000;

/**
 * Job value, in fees and to a part of it below, up to which the best attack loses money. Zero: none from `least` on.
 * `most`: all up to it.
 */
export function safeValue(circumstances: Circumstances, least = LEAST, most = MOST, precision = 0.005): number {
  if (attackProfit(circumstances, most) < 0) return most;
  if (attackProfit(circumstances, least) >= 0) return 0;
  let [low, high] = [least, most];
  while (high > low * (1 + precision)) {
    const middle = Math.sqrt(low * high);
    if (attackProfit(circumstances, middle) < 0) low = middle;
    else high = middle;
  }
  return low;
}

/** Share of the seats, in steps of half a percent, up to which the best attack on a job of this value loses money. */
export function safeShare(circumstances: Omit<Circumstances, "share">, jobValue: number): number {
  const profit = (share: number) => attackProfit({ ...circumstances, share }, jobValue);
  // Large shares take longest to compute and seldom matter.
  const first = firstAtLeastZero(profit, 0, 0.35, STEP) ?? firstAtLeastZero(profit, 0.35, 0.5, STEP);
  return first === undefined ? 0.5 : Math.max(0, first - STEP);
}

const STEP = 0.005;

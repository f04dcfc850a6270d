import type { Attack } from "./attack";
import { Optimum } from "./attack";
import { firstAtLeastZero } from "./search";

/** Circumstances of an attacker who is both parties of a dispute over nothing. */
export type Farming = Omit<Attack, "jobValue" | "votes" | "honestActs" | "share">;

/**
 * A vote a quarter off is right whether the final is 0 or a half; one at a half wins. The tests compare with all five,
 * and with somebody penalised who appeals: that only helps the court.
 */
export const FARMING_VOTES = [1, 2] as const;

/** Profit, in fees, of the best dispute over nothing. */
export function farmingProfit(farming: Farming, share: number, votes: readonly number[] = FARMING_VOTES): number {
  return new Optimum({ ...farming, share, votes, honestActs: false }).profit;
}

/** Share, in whole percents below a half, from which a dispute over nothing pays. */
export function farmingPaysFrom(farming: Farming, votes?: readonly number[]): number | undefined {
  return firstAtLeastZero((share) => farmingProfit(farming, share, votes), 0.05, 0.49, 0.01);
}

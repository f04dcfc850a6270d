import { COURT_PERIODS, DISPUTE_PERIODS } from "../../sdk/courtTiers";
import type { Tier } from "./rules";

/** A dispute holds its first panel's slots at least so long: evidence, commit, gap and reveal. */
const SHORTEST =
  COURT_PERIODS.evidencePeriod + COURT_PERIODS.commitPeriod + COURT_PERIODS.revealGap + COURT_PERIODS.revealPeriod;
/** How often a court must be filled so that nobody can escalate. */
export const FILLINGS = Math.ceil(Number(DISPUTE_PERIODS.escalationPeriod) / Number(SHORTEST));

const PANEL = 3;
/** Jobs at once that `seatsForMany` is about. */
export const MANY = 10;

export interface Blocking {
  readonly disputes: number;
  /** Dollars: of all fillings, for an attacker without seats. */
  readonly cost: number;
  /** The same less what comes back to an attacker with a third of the seats. */
  readonly costAtThird: number;
  /** Half of the tier's largest job, which is what the evaluator gives the attacker. */
  readonly gain: number;
  /** How many largest jobs, contested at once, make it pay: without seats, and with a third of them. */
  readonly jobs: number;
  readonly jobsAtThird: number;
  /** Seats from which it does not pay for so many largest jobs at once, even with a third of them. */
  readonly seatsForMany: number;
}

/** Blocking a court of the minimum size. `lossAtThird`: fees that a dispute over nothing costs who has a third. */
export function blocking(tier: Tier, lossAtThird: number): Blocking {
  const costOf = (seats: number, loss: number) => disputesToFill(seats) * FILLINGS * loss * tier.fee;
  const [cost, costAtThird] = [costOf(tier.minSeats, PANEL), costOf(tier.minSeats, lossAtThird)];
  const gain = tier.maxValue / 2;
  let seatsForMany = tier.minSeats;
  while (costOf(seatsForMany, lossAtThird) <= MANY * gain) seatsForMany++;
  return {
    disputes: disputesToFill(tier.minSeats),
    cost,
    costAtThird,
    gain,
    jobs: Math.ceil(cost / gain),
    jobsAtThird: Math.ceil(costAtThird / gain),
    seatsForMany,
  };
}

/** One more dispute is refused when its slots and the open ones exceed half the seats. */
function disputesToFill(seats: number): number {
  return Math.floor(Math.floor(seats / 2) / PANEL);
}

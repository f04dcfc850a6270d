import { InvalidInputError } from "./InvalidInputError";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

/** One size of court, in whole units of a stablecoin. */
export interface CourtTier {
  readonly name: "small" | "medium" | "large";
  /** The largest job it is meant for. See docs/court-economics.md for what that rests on. */
  readonly maxJob: bigint;
  readonly seatPrice: bigint;
  /** For each coherent vote. */
  readonly fee: bigint;
  /** Fewer seats take no case. To keep the court full, half as many slots must be paid for anew each day. */
  readonly minSeats: bigint;
  /** Each side's bond before the evaluator. */
  readonly bond: bigint;
  /** The least deposit that can be disputed. */
  readonly minJob: bigint;
}

export const COURT_TIERS: readonly CourtTier[] = [
  { name: "small", maxJob: 250n, seatPrice: 25n, fee: 1n, minSeats: 90n, bond: 10n, minJob: 30n },
  { name: "medium", maxJob: 2_500n, seatPrice: 250n, fee: 5n, minSeats: 180n, bond: 50n, minJob: 250n },
  { name: "large", maxJob: 10_000n, seatPrice: 1_000n, fee: 20n, minSeats: 180n, bond: 200n, minJob: 2_500n },
];

/** The periods of every tier's court, in seconds. */
export const COURT_PERIODS = {
  evidencePeriod: 6n * HOUR,
  // Shorter than 8,191 blocks of one second, which is as far back as EIP-2935 reaches.
  seedWindow: 2n * HOUR,
  commitPeriod: 12n * HOUR,
  revealGap: 600n,
  revealPeriod: 6n * HOUR,
  appealPeriod: 24n * HOUR,
  // Longer than a dispute is public before it reaches the court: response and escalation, ten days.
  seatMaturity: 14n * DAY,
  unbonding: 35n * DAY,
} as const;

/** A tier's court terms for a token. @param decimals The token's. @param coinFee Wei per vote, 0 to refuse the coin. */
export function courtTerms(tier: CourtTier, token: string, decimals: number, coinFee = 0n) {
  const unit = 10n ** BigInt(decimals);
  return {
    token,
    seatPrice: tier.seatPrice * unit,
    fee: tier.fee * unit,
    coinFee,
    minSeats: tier.minSeats,
    ...COURT_PERIODS,
  };
}

/** The periods of every tier's evaluator, in seconds. */
export const DISPUTE_PERIODS = {
  reviewPeriod: 3n * DAY,
  responsePeriod: 3n * DAY,
  // Who wants the court calls it at once; the rest is for a court that somebody keeps busy, which costs by the day.
  escalationPeriod: 7n * DAY,
  // Such a court publishes 13 days and 13 hours as its bound.
  arbitrationPeriod: 14n * DAY,
} as const;

/** Half of what the court's fee leaves of a bond goes from the side that lost all to the other. */
const PENALTY_BPS = 5_000n;

/** A tier's evaluator terms for a token. @param decimals The token's. */
export function disputeTerms(tier: CourtTier, token: string, decimals: number) {
  const unit = 10n ** BigInt(decimals);
  return {
    ...DISPUTE_PERIODS,
    bondToken: token,
    bond: tier.bond * unit,
    penaltyBps: PENALTY_BPS,
    jobToken: token,
    minAmount: tier.minJob * unit,
    // Below the least job that can be disputed silence pays and objecting is refused: nobody can take half for nothing.
    smallJobShare: 100n,
  };
}

/** The tier of a name. @throws InvalidInputError if there is none. */
export function tierByName(name: string): CourtTier {
  const tier = COURT_TIERS.find((candidate) => candidate.name === name);
  if (tier === undefined) {
    throw new InvalidInputError(`"${name}" is no tier: use ${COURT_TIERS.map((known) => known.name).join(", ")}.`);
  }
  return tier;
}

/** The smallest tier that is meant for a job of this size. @param amount Whole units, rounded up. */
export function tierFor(amount: bigint): CourtTier {
  const tier = COURT_TIERS.find(({ maxJob }) => amount <= maxJob);
  if (tier === undefined) {
    throw new InvalidInputError(
      `no tier is meant for jobs of ${String(amount)}: divide the job, or name an evaluator whom both sides trust.`,
    );
  }
  return tier;
}

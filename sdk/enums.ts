/*
 * The contracts' enums, in their order: the value is what the chain stores.
 */

/** The six states of an ERC-8183 job. */
export const JobStatus = { Open: 0, Funded: 1, Submitted: 2, Completed: 3, Rejected: 4, Expired: 5 } as const;
export type JobStatus = keyof typeof JobStatus;

/** How a funded job ended. */
export const Outcome = { Completed: 0, Partial: 1, Rejected: 2, Undelivered: 3, Unjudged: 4, Declined: 5 } as const;
export type Outcome = keyof typeof Outcome;

/** What a verdict says about a dispute that preceded it. */
export const DisputeOutcome = { None: 0, ProviderWon: 1, ClientWon: 2, Split: 3 } as const;
export type DisputeOutcome = keyof typeof DisputeOutcome;

/** In which role an agent took part in a job. */
export const Role = { Provider: 0, Client: 1 } as const;
export type Role = keyof typeof Role;

/** How the client's money reaches the escrow in `hire`. */
export const FundingMethod = { Allowance: 0, Permit: 1, Authorization: 2, Permit2: 3 } as const;
export type FundingMethod = keyof typeof FundingMethod;

/** How far the review of a job has come, before an OptimisticEvaluator. */
export const DisputePhase = { Review: 0, Disputed: 1, Contested: 2, Escalated: 3, Ruled: 4, Closed: 5 } as const;
export type DisputePhase = keyof typeof DisputePhase;

/** Where a dispute stands before a SeatCourt. */
export const CourtPhase = {
  None: 0,
  Evidence: 1,
  Seeding: 2,
  Commit: 3,
  Gap: 4,
  Reveal: 5,
  Appeal: 6,
  Redraw: 7,
  Decided: 8,
  Concluded: 9,
  Ruled: 10,
} as const;
export type CourtPhase = keyof typeof CourtPhase;

/** How the juror of a slot behaved. */
export const Conduct = { Coherent: 0, Incoherent: 1, Absent: 2, Leaked: 3 } as const;
export type Conduct = keyof typeof Conduct;

/** The name of a value that the chain answered, for example `nameOf(JobStatus, 2n)` is "Submitted". */
export function nameOf<E extends Readonly<Record<string, number>>>(members: E, value: bigint | number): keyof E {
  const entry = Object.entries(members).find(([, member]) => member === Number(value));
  if (entry === undefined) {
    throw new RangeError(`${value} is none of ${Object.keys(members).join(", ")}`);
  }
  return entry[0];
}

import type { ContractRunner } from "ethers";

import type { OptimisticEvaluator } from "../typechain-types";
import { OptimisticEvaluator__factory } from "./bindings";
import { DisputePhase, nameOf } from "./enums";
import { isFromElsewhere } from "./errors";
import type { Action, Job } from "./jobs";
import { isTerminal } from "./jobs";

/** How often each side can put evidence forward, as OptimisticEvaluator has it. */
const MAX_EVIDENCE = 16;
const ALL = 100n;

/** A division that one side would take. */
export interface SplitOffer {
  /** Percent of the deposit to the provider's side. */
  readonly share: number;
  /** The last Unix second in which it can be taken, if its phase lasts so long. */
  readonly validUntil: bigint;
}

/** A job's review or dispute before an OptimisticEvaluator. Amounts in base units of `bondToken`, times Unix seconds. */
export interface JobDispute {
  readonly job: Job;
  readonly phase: DisputePhase;
  /** From then on the phase is over; undefined if it does not end by itself, or the work is not submitted. */
  readonly deadline: bigint | undefined;
  /** What a client that objects has to expect: a bond and a dispute, the end at once (a small job), or a refusal. */
  readonly objection: "bond" | "immediate" | "refused";
  /** Percent of a small job's deposit that the provider gets if the client objects. */
  readonly smallJobShare: number;
  /** What is locked in by each side that has to. */
  readonly bond: bigint;
  /** Zero for the chain's coin. */
  readonly bondToken: string;
  readonly clientBond: bigint;
  readonly providerBond: bigint;
  readonly clientEvidence: number;
  readonly providerEvidence: number;
  /** What each side offers in the current phase, in time or not; undefined if nothing. */
  readonly clientOffer: SplitOffer | undefined;
  readonly providerOffer: SplitOffer | undefined;
  /** Who decides. */
  readonly arbitrator: string;
  /** What it was paid out of the bonds. */
  readonly fee: bigint;
  /** Its number of the case; undefined before the escalation. */
  readonly disputeId: bigint | undefined;
  /** Percent to the provider's side; undefined before a ruling. */
  readonly share: number | undefined;
}

/** The OptimisticEvaluator at an address; undefined if something else is there, or it is another escrow's. */
export async function findEvaluator(
  runner: ContractRunner,
  escrow: string,
  evaluator: string,
): Promise<OptimisticEvaluator | undefined> {
  const contract = OptimisticEvaluator__factory.connect(evaluator, runner);
  try {
    const [itsEscrow] = await Promise.all([contract.ESCROW(), contract.ARBITRATOR(), contract.REVIEW_PERIOD()]);
    return itsEscrow === escrow ? contract : undefined;
  } catch (error) {
    // An account, or a contract without these functions. An endpoint that does not answer is another matter.
    if (isFromElsewhere(error)) return undefined;
    throw error;
  }
}

/** The job that a court's dispute is about; undefined if who asked is no OptimisticEvaluator. */
export async function findArbitrableJob(
  runner: ContractRunner,
  arbitrable: string,
  disputeId: bigint,
): Promise<bigint | undefined> {
  try {
    const jobId = await OptimisticEvaluator__factory.connect(arbitrable, runner).jobOf(disputeId);
    return jobId === 0n ? undefined : jobId;
  } catch (error) {
    if (isFromElsewhere(error)) return undefined;
    throw error;
  }
}

/** Reads how a job stands before the evaluator that it names. */
export async function readDispute(evaluator: OptimisticEvaluator, job: Job): Promise<JobDispute> {
  const [state, clientOffer, providerOffer, arbitrator, reviewPeriod, bondToken, bond] = await Promise.all([
    evaluator.disputeOf(job.id),
    evaluator.splitOfferOf(job.id, job.client),
    evaluator.splitOfferOf(job.id, job.provider),
    evaluator.ARBITRATOR(),
    evaluator.REVIEW_PERIOD(),
    evaluator.BOND_TOKEN(),
    evaluator.BOND(),
  ]);
  const [jobToken, minAmount, smallJobShare, jobOfCase] = await Promise.all([
    evaluator.JOB_TOKEN(),
    evaluator.MIN_AMOUNT(),
    evaluator.SMALL_JOB_SHARE(),
    evaluator.jobOf(state.disputeID),
  ]);
  const phase = nameOf(DisputePhase, state.phase);
  const standing = (offer: typeof clientOffer): SplitOffer | undefined =>
    offer.validUntil !== 0n && offer.phase === state.phase
      ? { share: Number(offer.share), validUntil: offer.validUntil }
      : undefined;
  const small = job.budget < minAmount;
  const refused = job.paymentToken !== jobToken || (small && smallJobShare === ALL);
  const providerBonded = phase === "Contested" || phase === "Escalated" || phase === "Ruled";
  return {
    job,
    phase,
    deadline: deadlineOf(job, phase, state.deadline, reviewPeriod),
    objection: refused ? "refused" : small ? "immediate" : "bond",
    smallJobShare: Number(smallJobShare),
    bond,
    bondToken,
    clientBond: providerBonded || phase === "Disputed" ? bond : 0n,
    providerBond: providerBonded ? bond : 0n,
    clientEvidence: Number(state.clientEvidence),
    providerEvidence: Number(state.providerEvidence),
    clientOffer: standing(clientOffer),
    providerOffer: standing(providerOffer),
    arbitrator,
    fee: state.fee,
    // An arbitrator may count from 0, which is also what stands there before.
    disputeId: jobOfCase === job.id ? state.disputeID : undefined,
    share: phase === "Ruled" ? Number(state.share) : undefined,
  };
}

function deadlineOf(job: Job, phase: DisputePhase, deadline: bigint, reviewPeriod: bigint): bigint | undefined {
  switch (phase) {
    case "Review":
      return job.submittedAt === 0n ? undefined : job.submittedAt + reviewPeriod;
    case "Disputed":
    case "Contested":
    case "Escalated":
      return deadline;
    case "Ruled":
    case "Closed":
      return undefined;
  }
}

/**
 * What each side can do at `now` (the chain's time) before the evaluator, and until when. What the escrow itself lets
 * anyone do once the job's own time is over, `escrowActions` tells. A hook or a token may still refuse.
 */
export function availableDisputeActions(dispute: JobDispute, now: bigint): Action[] {
  const { job, phase, deadline } = dispute;
  if (isTerminal(job.status)) {
    const settled = phase === "Review" || phase === "Closed";
    return settled ? [] : [{ name: "releaseBonds", by: "anyone" }];
  }
  if (job.status !== "Submitted" || now >= job.expiredAt) return [];

  const client: Pick<Action, "by" | "account"> = { by: "client", account: job.client };
  const provider: Pick<Action, "by" | "account"> = { by: "provider", account: job.provider };
  const beforeExpiry = { until: job.expiredAt - 1n };
  const actions: Action[] = [];
  if (phase === "Review") actions.push({ name: "accept", ...client, ...beforeExpiry });
  if (deadline === undefined || now >= deadline) {
    return [...actions, { name: "finalise", by: "anyone", ...beforeExpiry }];
  }

  const until = deadline - 1n;
  if (phase === "Review" && dispute.objection !== "refused") actions.push({ name: "dispute", ...client, until });
  if (phase === "Disputed") actions.push({ name: "contest", ...provider, until });
  for (const party of [client, provider]) {
    if (phase === "Contested") actions.push({ name: "escalate", ...party, until });
    if (phase === "Review") continue;
    actions.push({ name: "concede", ...party, until });
    const submitted = party === client ? dispute.clientEvidence : dispute.providerEvidence;
    if (submitted < MAX_EVIDENCE) actions.push({ name: "submitEvidence", ...party, until });
  }
  for (const party of [client, provider]) {
    actions.push({ name: "offerSplit", ...party, until });
    const offer = party === client ? dispute.providerOffer : dispute.clientOffer;
    if (offer === undefined || offer.validUntil < now) continue;
    actions.push({ name: "acceptSplit", ...party, until: offer.validUntil < until ? offer.validUntil : until });
  }
  return actions;
}

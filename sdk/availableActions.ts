import type { ContractRunner } from "ethers";
import { getAddress } from "ethers";

import { SeatCourt__factory } from "./bindings";
import type { CourtDispute } from "./courtDisputes";
import { availableCourtActions, readCourtDispute } from "./courtDisputes";
import type { JobDispute } from "./disputes";
import { availableDisputeActions, findEvaluator, readDispute } from "./disputes";
import { isFromElsewhere } from "./errors";
import { InvalidInputError } from "./InvalidInputError";
import type { Job } from "./jobs";
import { escrowActions, readJob } from "./jobs";
import type { Market } from "./market";

/** A job with all that decides what can be done about it. */
export interface JobStanding {
  readonly job: Job;
  /** Its review, if its evaluator is an OptimisticEvaluator. */
  readonly dispute?: JobDispute;
  /** Its dispute, if it is before a SeatCourt. */
  readonly courtCase?: CourtDispute;
}

/** Something that can be done about a job now. */
export interface AvailableAction {
  /** The contract's function. */
  readonly name: string;
  readonly contract: "JobEscrow" | "ReputationLedger" | "OptimisticEvaluator" | "SeatCourt";
  readonly by: "client" | "provider" | "evaluator" | "juror" | "anyone";
  /** The account that must send it; undefined for anyone. */
  readonly account?: string;
  /** The last Unix second in which it is possible; undefined if it stays possible. */
  readonly until?: bigint;
  /** The slots that it is about, for jurors. */
  readonly slots?: readonly bigint[];
}

/**
 * What `who` can do about a job at `now` (the chain's time in Unix seconds), and until when, what anyone can do
 * included. Undefined for `who` tells it of all parties. Says what states, clock and bonds' rules allow; a hook, a
 * token, or an agent that was sold may still refuse. Pure: `readStanding` reads what it needs.
 */
export function availableActions(standing: JobStanding, who: string | undefined, now: bigint): AvailableAction[] {
  const { job, dispute, courtCase } = standing;
  const ofEscrow = escrowActions(job, now).map((action): AvailableAction => {
    return { ...action, contract: action.name === "giveJobFeedback" ? "ReputationLedger" : "JobEscrow" };
  });
  // A contract has no verdicts of its own: what it lets others do stands in their place.
  const all = ofEscrow.filter(({ by }) => dispute === undefined || by !== "evaluator");
  if (dispute !== undefined) {
    for (const action of availableDisputeActions(dispute, now))
      all.push({ ...action, contract: "OptimisticEvaluator" });
  }
  if (courtCase !== undefined) {
    for (const { name, by, account, until, slots } of availableCourtActions(courtCase, now)) {
      all.push({
        name,
        contract: "SeatCourt",
        by,
        ...(account === undefined ? {} : { account }),
        ...(until === undefined ? {} : { until }),
        ...(slots === undefined ? {} : { slots }),
      });
    }
  }
  if (who === undefined) return all;
  const party = getAddress(who);
  return all.filter(({ account }) => account === undefined || account === party);
}

/** Reads a job with its review and its dispute before a court, as far as it has them. */
export async function readStanding(runner: ContractRunner, market: Market, jobId: bigint): Promise<JobStanding> {
  const job = await readJob(market.escrow, jobId);
  const evaluator = await findEvaluator(runner, market.addresses.escrow, job.evaluator);
  if (evaluator === undefined) return { job };
  const dispute = await readDispute(evaluator, job);
  if (dispute.disputeId === undefined) return { job, dispute };
  try {
    const court = SeatCourt__factory.connect(dispute.arbitrator, runner);
    const courtCase = await readCourtDispute(court, dispute.disputeId);
    return courtCase === undefined ? { job, dispute } : { job, dispute, courtCase };
  } catch (error) {
    if (isFromElsewhere(error)) return { job, dispute }; // another arbitrator, with rules of its own
    throw error;
  }
}

/**
 * Refuses, in one sentence, what is not among the actions, or is another account's.
 * @param where How things stand, to begin the sentence with.
 */
export function requireAction(
  actions: readonly { readonly name: string; readonly by: string; readonly account?: string }[],
  name: string,
  account: string,
  where: string,
): void {
  const possible = actions.filter((action) => action.name === name);
  if (possible.length === 0) {
    const others = [...new Set(actions.map((action) => action.name))].join(", ") || "nothing";
    throw new InvalidInputError(`${where}, which does not allow ${name}: possible now is ${others}.`);
  }
  if (!possible.some((action) => action.account === undefined || action.account === account)) {
    throw new InvalidInputError(
      `${name} is for ${possible.map((action) => `the ${action.by} ${action.account ?? ""}`).join(" or ")}, not for ${account}: use that account's key.`,
    );
  }
}

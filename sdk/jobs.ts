import { ZeroAddress } from "ethers";

import type { JobEscrow } from "../typechain-types";
import { JobStatus, nameOf } from "./enums";

/** A job as the escrow tells it. Amounts in base units of `paymentToken`, times in Unix seconds. */
export interface Job {
  readonly id: bigint;
  readonly client: string;
  /** Zero while an Open job has none. */
  readonly provider: string;
  readonly evaluator: string;
  readonly description: string;
  readonly budget: bigint;
  /** Before it: delivery while Funded, judgement while Submitted. From it on: claims. */
  readonly expiredAt: bigint;
  readonly status: JobStatus;
  readonly hook: string;
  readonly paymentToken: string;
  readonly providerAgentId: bigint;
  /** 0 before the submission. */
  readonly submittedAt: bigint;
  readonly clientAgentId: bigint;
  readonly clientEpoch: bigint;
  readonly providerEpoch: bigint;
  readonly evaluationPeriod: bigint;
  readonly evaluatorFeeBps: bigint;
  readonly referrer: string;
  readonly referrerFeeBps: bigint;
  readonly silencePaysProvider: boolean;
  readonly providerSigned: boolean;
  readonly recordPending: boolean;
}

/** Reads a job. Reverts with `JobEscrow_JobNotFound` if there is none. */
export async function readJob(escrow: JobEscrow, jobId: bigint): Promise<Job> {
  const job = await escrow.getJob(jobId);
  const { id, client, provider, evaluator, description, budget, expiredAt, status, hook, paymentToken } = job;
  const { providerAgentId, submittedAt, clientAgentId, clientEpoch, providerEpoch, evaluationPeriod } = job;
  const { evaluatorFeeBps, referrer, referrerFeeBps, silencePaysProvider, providerSigned, recordPending } = job;
  return {
    id,
    client,
    provider,
    evaluator,
    description,
    budget,
    expiredAt,
    status: nameOf(JobStatus, status),
    hook,
    paymentToken,
    providerAgentId,
    submittedAt,
    clientAgentId,
    clientEpoch,
    providerEpoch,
    evaluationPeriod,
    evaluatorFeeBps,
    referrer,
    referrerFeeBps,
    silencePaysProvider,
    providerSigned,
    recordPending,
  };
}

/** True once a job has ended. */
export function isTerminal(status: JobStatus): boolean {
  return status === "Completed" || status === "Rejected" || status === "Expired";
}

/** Who an action belongs to. */
export type Actor = "client" | "provider" | "evaluator" | "anyone";

/** Something that can be done with a job now. */
export interface Action {
  /** The escrow's function. */
  readonly name: string;
  readonly by: Actor;
  /** The account that must send it; undefined for anyone. */
  readonly account?: string;
  /** The last Unix second in which it is possible; undefined if it stays possible. */
  readonly until?: bigint;
}

/**
 * What the escrow and the ledger let each party do with a job at `now` (the chain's time), and until when. Says what
 * the states and the clock allow; a hook, a token or an agent that was sold may still refuse. `availableActions` adds
 * what the evaluator's and the court's own rules allow.
 */
export function escrowActions(job: Job, now: bigint): Action[] {
  const client: Pick<Action, "by" | "account"> = { by: "client", account: job.client };
  const provider: Pick<Action, "by" | "account"> = { by: "provider", account: job.provider };
  const evaluator: Pick<Action, "by" | "account"> = { by: "evaluator", account: job.evaluator };
  const expired = now >= job.expiredAt;
  const until = job.expiredAt - 1n;
  const actions: Action[] = [];
  const hasProvider = job.provider !== ZeroAddress;

  switch (job.status) {
    case "Open":
      if (!hasProvider) actions.push({ name: "setProvider", ...client });
      actions.push({ name: "setBudget", ...client });
      if (hasProvider) actions.push({ name: "setBudget", ...provider });
      if (!expired && hasProvider && job.budget > 0n) actions.push({ name: "fund", ...client, until });
      if (!expired && hasProvider && job.budget === 0n) actions.push({ name: "submit", ...provider, until });
      actions.push({ name: "reject", ...client });
      if (expired) actions.push({ name: "claimRefund", by: "anyone" });
      break;
    case "Funded":
      if (expired) actions.push({ name: "claimRefund", by: "anyone" });
      else {
        actions.push({ name: "submit", ...provider, until }, { name: "decline", ...provider, until });
        actions.push({ name: "reject", ...evaluator, until });
      }
      break;
    case "Submitted":
      if (expired) actions.push({ name: job.silencePaysProvider ? "claimPayment" : "claimRefund", by: "anyone" });
      else {
        for (const name of ["complete", "completePartially", "reject", "extendEvaluation"]) {
          actions.push({ name, ...evaluator, until });
        }
      }
      break;
    case "Completed":
    case "Rejected":
    case "Expired":
      if (job.recordPending) actions.push({ name: "recordSettlement", by: "anyone" });
      // Feedback that cites the job: a deposit was made and work was submitted (see the ledger's `giveJobFeedback`).
      if (job.submittedAt !== 0n && job.budget !== 0n) {
        if (job.providerAgentId !== 0n) actions.push({ name: "giveJobFeedback", ...client });
        if (job.clientAgentId !== 0n) actions.push({ name: "giveJobFeedback", ...provider });
      }
  }
  return actions;
}

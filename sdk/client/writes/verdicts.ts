import type { DisputeOutcome } from "../../enums";
import { DisputeOutcome as OUTCOMES } from "../../enums";
import type { Job } from "../../jobs";
import { isTerminal, readJob } from "../../jobs";
import type { Context } from "../context";
import { accountOf } from "../context";
import { transactionOf } from "../earlier";
import type { Already, Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";
import type { JobRef, JobResult } from "./jobs";
import { endedOtherwise, readEnding } from "./verdict";
import type { Ending } from "./verdict";
import { ZeroAddress, ZeroHash } from "ethers";

/** A verdict: the hash of the evidence behind it, and what the hook is given. */
export interface VerdictInput extends JobRef {
  readonly reason?: string;
  readonly optParams?: string;
}

const SAFE = { safeGas: true } as const;

/** If the job has ended: as it was to end, which is done already, or otherwise, which is a conflict. */
async function endedAlready(
  ctx: Context,
  job: Job,
  matches: (ending: Ending) => boolean,
): Promise<Already<JobResult> | undefined> {
  if (!isTerminal(job.status)) return undefined;
  const ending = await readEnding(ctx, job);
  if (matches(ending)) return alreadyDone({ jobId: job.id }, ending.transaction);
  throw endedOtherwise(job, ending);
}

/** Accepts submitted work as its evaluator: the provider's side is paid in full. */
export async function complete(ctx: Context, input: VerdictInput): Promise<Prepared<JobResult>> {
  const { jobId, reason = ZeroHash, optParams = "0x" } = input;
  const { escrow } = ctx.market;
  const [job, account] = await Promise.all([readJob(escrow, jobId), accountOf(ctx)]);
  const done = await endedAlready(ctx, job, ({ how, by, reason: given, paid }) => {
    return how === "completed" && by === account && given === reason.toLowerCase() && paid === job.budget;
  });
  if (done !== undefined) return done;
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.complete, [jobId, reason, optParams], result, SAFE);
}

/**
 * Divides the deposit as the evaluator: `providerAmount` base units to the provider's side, the rest back.
 * @param input `dispute` says how a dispute before it ended; it goes into the record.
 */
export async function completePartially(
  ctx: Context,
  input: VerdictInput & { readonly providerAmount: bigint; readonly dispute?: DisputeOutcome },
): Promise<Prepared<JobResult>> {
  const { jobId, providerAmount, reason = ZeroHash, dispute = "None", optParams = "0x" } = input;
  const { escrow } = ctx.market;
  const [job, account] = await Promise.all([readJob(escrow, jobId), accountOf(ctx)]);
  const done = await endedAlready(ctx, job, ({ by, reason: given, paid }) => {
    return by === account && given === reason.toLowerCase() && paid === providerAmount;
  });
  if (done !== undefined) return done;
  const args: [bigint, bigint, string, number, string] = [jobId, providerAmount, reason, OUTCOMES[dispute], optParams];
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.completePartially, args, result, SAFE);
}

/** Refuses the work as the evaluator, or, as the client, takes an Open job back. The deposit is refunded. */
export async function reject(ctx: Context, input: VerdictInput): Promise<Prepared<JobResult>> {
  const { jobId, reason = ZeroHash, optParams = "0x" } = input;
  const { escrow } = ctx.market;
  const [job, account] = await Promise.all([readJob(escrow, jobId), accountOf(ctx)]);
  const done = await endedAlready(ctx, job, ({ how, by, reason: given }) => {
    return how === "rejected" && by === account && given === reason.toLowerCase();
  });
  if (done !== undefined) return done;
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.reject, [jobId, reason, optParams], result, SAFE);
}

/** Gives a funded job back as its provider, which is no stain on the record. The client is refunded. */
export async function decline(
  ctx: Context,
  input: JobRef & { readonly reason?: string },
): Promise<Prepared<JobResult>> {
  const { jobId, reason = ZeroHash } = input;
  const { escrow } = ctx.market;
  const [job, account] = await Promise.all([readJob(escrow, jobId), accountOf(ctx)]);
  const done = await endedAlready(ctx, job, ({ how, by, reason: given }) => {
    return how === "rejected" && by === account && given === reason.toLowerCase();
  });
  if (done !== undefined) return done;
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.decline, [jobId, reason], result, SAFE);
}

/** Gives the evaluator, who alone can ask for it, until `expiredAt` (Unix seconds) to judge submitted work. */
export async function extendEvaluation(
  ctx: Context,
  { jobId, expiredAt }: JobRef & { readonly expiredAt: bigint },
): Promise<Prepared<JobResult>> {
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  if (job.expiredAt === expiredAt) {
    const transaction = await transactionOf(ctx, escrow, jobId, ({ name, args }) => {
      return name === "EvaluationExtended" && args.expiredAt === expiredAt;
    });
    return alreadyDone({ jobId }, transaction);
  }
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.extendEvaluation, [jobId, expiredAt], result);
}

/** Ends a job whose time ran out before it was delivered or judged, and refunds the client. Anyone may. */
export async function claimRefund(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  const done = await endedAlready(ctx, job, ({ how }) => how === "expired");
  if (done !== undefined) return done;
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.claimRefund, [jobId], result, SAFE);
}

/** Has submitted work paid that nobody judged in time, where the offer says that silence pays. Anyone may. */
export async function claimPayment(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult>> {
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  const done = await endedAlready(ctx, job, ({ how, by }) => how === "completed" && by === ZeroAddress);
  if (done !== undefined) return done;
  const result = { value: { jobId } };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.claimPayment, [jobId], result, SAFE);
}

export const verdictWrites = {
  complete,
  completePartially,
  reject,
  decline,
  extendEvaluation,
  claimRefund,
  claimPayment,
};

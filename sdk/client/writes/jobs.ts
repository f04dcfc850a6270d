import { ZeroAddress, getAddress, zeroPadValue } from "ethers";

import { formatJobId } from "../../jobId";
import { readJob } from "../../jobs";
import type { Context } from "../context";
import { accountOf } from "../context";
import { earlierEvents, eventsAbout, requireEarlier, transactionOf } from "../earlier";
import { requireBalance } from "../funding";
import { MarketError } from "../MarketError";
import type { Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";

/** A job by its id. */
export interface JobRef {
  readonly jobId: bigint;
}

/** What every write about a job results in. */
export type JobResult = JobRef;

/** A job of the standard's own path (ERC-8183): its parties, and what it is about. */
export interface CreateJobInput {
  /** Who may deliver; none yet if left out. */
  readonly provider?: string;
  readonly evaluator: string;
  /** Unix seconds. */
  readonly expiredAt: bigint;
  readonly description?: string;
  readonly hook?: string;
  readonly providerAgentId?: bigint;
  /** Create another one even if there is one exactly like it. */
  readonly again?: boolean;
}

/**
 * Creates an Open job. Done already if the account has created one with the very same parties, expiry, hook and
 * description; two jobs that are meant to be two must differ in one of these, or say `again: true`.
 */
export async function createJob(ctx: Context, input: CreateJobInput): Promise<Prepared<JobResult>> {
  const { expiredAt, description = "", providerAgentId = 0n } = input;
  const provider = getAddress(input.provider ?? ZeroAddress);
  const evaluator = getAddress(input.evaluator);
  const hook = getAddress(input.hook ?? ZeroAddress);
  const { escrow } = ctx.market;
  const client = await accountOf(ctx);
  if (input.again !== true) {
    const topics = [escrow.getEvent("JobCreated").fragment.topicHash, null, zeroPadValue(client, 32)];
    for (const { args, transaction } of (await earlierEvents(ctx, escrow, topics)).reverse()) {
      // An evaluator can extend the expiry, and a client set the provider: the event tells what it was created with.
      const same = args.provider === provider && args.evaluator === evaluator && args.hook === hook;
      if (!same || args.expiredAt !== expiredAt) continue;
      const jobId = args.jobId as bigint;
      const job = await readJob(escrow, jobId);
      if (job.description === description && (provider === ZeroAddress || job.providerAgentId === providerAgentId)) {
        return alreadyDone({ jobId }, transaction);
      }
    }
  }
  const args: [string, string, bigint, string, string, bigint] = [
    provider,
    evaluator,
    expiredAt,
    description,
    hook,
    providerAgentId,
  ];
  return planCall({ name: "JobEscrow", at: escrow }, escrow.createJob, args, {
    returned: ([jobId]) => ({ jobId }),
    event: "JobCreated",
    logged: (found) => ({ jobId: found.jobId as bigint }),
  });
}

/** Names the provider of an Open job that has none yet. */
export async function setProvider(
  ctx: Context,
  input: JobRef & { readonly provider: string; readonly agentId?: bigint },
): Promise<Prepared<JobResult>> {
  const { jobId, agentId = 0n } = input;
  const provider = getAddress(input.provider);
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  if (job.provider === provider && job.providerAgentId === agentId) {
    const transaction = await transactionOf(
      ctx,
      escrow,
      jobId,
      ({ name }) => name === "ProviderSet" || name === "JobCreated",
    );
    return alreadyDone({ jobId }, transaction);
  }
  if (job.provider !== ZeroAddress) {
    throw new MarketError(
      "CONFLICT",
      `job ${formatJobId(jobId)} has the provider ${job.provider} (agent ${job.providerAgentId}): create another job for another one.`,
    );
  }
  const value = { jobId };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.setProvider, [jobId, provider, agentId], { value });
}

/** Sets an Open job's price: `amount` in base units of `token`. */
export async function setBudget(
  ctx: Context,
  input: JobRef & { readonly token: string; readonly amount: bigint; readonly optParams?: string },
): Promise<Prepared<JobResult>> {
  const { jobId, amount, optParams = "0x" } = input;
  const token = getAddress(input.token);
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  if (job.paymentToken === token && job.budget === amount) {
    const transaction = await transactionOf(ctx, escrow, jobId, ({ name, args }) => {
      return name === "BudgetSet" && args.token === token && args.amount === amount;
    });
    return alreadyDone({ jobId }, transaction);
  }
  const value = { jobId };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.setBudget, [jobId, token, amount, optParams], { value });
}

/**
 * Pays an Open job's price into the escrow. Approves the escrow for exactly as much first, if it has to.
 * @param input `token` and `amount` are the price as the client knows it: nothing else is paid.
 */
export async function fund(
  ctx: Context,
  input: JobRef & { readonly token: string; readonly amount: bigint; readonly optParams?: string },
): Promise<Prepared<JobResult>> {
  const { jobId, amount, optParams = "0x" } = input;
  const token = getAddress(input.token);
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  if (job.paymentToken !== token || job.budget !== amount) {
    throw new MarketError(
      "CONFLICT",
      `the price of job ${formatJobId(jobId)} is ${job.budget} base units of ${job.paymentToken}, not ${amount} of ${token}: agree on one first.`,
    );
  }
  if (job.status !== "Open") {
    const transaction = await transactionOf(ctx, escrow, jobId, ({ name }) => name === "JobFunded");
    if (transaction !== undefined || job.status === "Funded") return alreadyDone({ jobId }, transaction);
  } else {
    await requireBalance(ctx, token, amount, "the price");
  }
  const spender = await escrow.getAddress();
  return planCall(
    { name: "JobEscrow", at: escrow },
    escrow.fund,
    [jobId, amount, optParams],
    { value: { jobId } },
    {
      approval: { token, spender, amount },
      viaWallet: (wallet, policy) =>
        wallet.interface.encodeFunctionData("fund", [policy, spender, jobId, token, amount, optParams]),
    },
  );
}

/**
 * Hands in the work: the hash of the deliverable (see `canonicalHash` and `contentHash`). Refused as a conflict if
 * another deliverable was handed in before.
 */
export async function submit(
  ctx: Context,
  input: JobRef & { readonly deliverable: string; readonly optParams?: string },
): Promise<Prepared<JobResult>> {
  const { jobId, deliverable, optParams = "0x" } = input;
  const { escrow } = ctx.market;
  const job = await readJob(escrow, jobId);
  if (job.submittedAt !== 0n) {
    const found = (await eventsAbout(ctx, escrow, jobId)).findLast(({ name }) => name === "JobSubmitted");
    const { args, transaction } = requireEarlier(found, `the submission of job ${formatJobId(jobId)}`);
    if (args.deliverable === deliverable.toLowerCase()) return alreadyDone({ jobId }, transaction);
    throw new MarketError(
      "CONFLICT",
      `the deliverable ${String(args.deliverable)} was submitted for job ${formatJobId(jobId)}, not ${deliverable}: what is submitted cannot be replaced.`,
    );
  }
  const value = { jobId };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.submit, [jobId, deliverable, optParams], { value });
}

export const jobWrites = { createJob, setProvider, setBudget, fund, submit };

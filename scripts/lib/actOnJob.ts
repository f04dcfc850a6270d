import type { TransactionReceipt, Wallet } from "ethers";

import { requireAction as requirePossible } from "../../sdk/availableActions";
import { formatJobId, parseJobId } from "../../sdk/jobId";
import type { Job } from "../../sdk/jobs";
import { escrowActions, readJob } from "../../sdk/jobs";
import { formatTime } from "../../sdk/units";
import type { Options } from "./command";
import { Report } from "./report";
import type { Session } from "./session";
import { SIGNER_OPTIONS, openSession, walletFrom } from "./session";

/** Options of every command that acts on one job. */
export const JOB_OPTIONS = {
  job: { value: "ID", required: true, help: "The job." },
  ...SIGNER_OPTIONS,
} as const satisfies Options;

/** A job, the account that acts on it, and the chain, ready for one call. */
export interface JobSession extends Session {
  readonly job: Job;
  readonly wallet: Wallet;
}

/** Checks key, chain and job, in this order. */
export async function openJob(values: {
  job: string;
  network: string;
  escrow: string | undefined;
  "key-env": string;
}): Promise<JobSession> {
  const jobId = parseJobId(values.job);
  const wallet = walletFrom(values["key-env"]);
  const session = await openSession(values);
  const job = await readJob(session.market.escrow, jobId);
  return { ...session, job, wallet: wallet.connect(session.chain) };
}

/** Refuses, before anything is sent, what the job's state, the clock or the acting account do not allow. */
export function requireAction({ job, wallet, now }: JobSession, name: string): void {
  const where = `job ${formatJobId(job.id)} is ${job.status} (expires ${formatTime(job.expiredAt)})`;
  requirePossible(escrowActions(job, now), name, wallet.address, where);
}

/** What became of the job. */
export async function reportOutcome({ market, job }: JobSession, receipt: TransactionReceipt): Promise<Report> {
  const { status } = await readJob(market.escrow, job.id);
  return new Report()
    .add("jobId", "Job", job.id, formatJobId(job.id))
    .add("status", "Status", status)
    .add("transaction", "Transaction", receipt.hash)
    .add("gasUsed", "Gas used", receipt.gasUsed);
}

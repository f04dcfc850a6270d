import { ZeroAddress } from "ethers";

import { formatJobId } from "../../sdk/jobId";
import type { Job } from "../../sdk/jobs";
import { availableActions, readJob } from "../../sdk/jobs";
import { formatDuration, formatTime } from "../../sdk/units";
import { Report } from "./report";
import type { Session } from "./session";
import { readToken } from "./session";

/** A job as it stands on the chain, and what can be done with it. */
export async function reportJob(session: Session, jobId: bigint): Promise<Report> {
  const job = await readJob(session.market.escrow, jobId);
  const price =
    job.paymentToken === ZeroAddress ? "not set" : (await readToken(session, job.paymentToken)).format(job.budget);
  const actions = availableActions(job, session.now);
  const report = new Report()
    .add("jobId", "Job", job.id, formatJobId(job.id))
    .add("status", "Status", job.status)
    .add("client", "Client", job.client, withAgent(job.client, job.clientAgentId))
    .add("provider", "Provider", job.provider, withAgent(job.provider, job.providerAgentId))
    .add("evaluator", "Evaluator", job.evaluator, `${job.evaluator}${feeOf(job.evaluatorFeeBps)}`)
    .add("clientAgentId", "Client's agent", job.clientAgentId)
    .add("providerAgentId", "Provider's agent", job.providerAgentId)
    .add("paymentToken", "Token", job.paymentToken)
    .add("budget", "Price", job.budget, price)
    .add("expiredAt", "Expires", job.expiredAt, `${formatTime(job.expiredAt)} (${distance(job, session.now)})`)
    .add("submittedAt", "Submitted", job.submittedAt, job.submittedAt === 0n ? "no" : formatTime(job.submittedAt))
    .add(
      "evaluationPeriod",
      "Judgement",
      job.evaluationPeriod,
      `${formatDuration(job.evaluationPeriod)} from submission`,
    )
    .add("silencePaysProvider", "Silence", job.silencePaysProvider, job.silencePaysProvider ? "pays" : "refunds");
  if (job.referrer !== ZeroAddress) {
    report.add("referrer", "Referrer", job.referrer, `${job.referrer}${feeOf(job.referrerFeeBps)}`);
  }
  if (job.hook !== ZeroAddress) report.add("hook", "Hook", job.hook);
  if (job.description !== "") report.add("description", "Description", job.description);
  return report
    .add("recordPending", "Record waiting", job.recordPending)
    .add(
      "actions",
      "Possible now",
      actions,
      actions
        .map(({ name, by, until }) => `${name} by ${by}${until === undefined ? "" : ` until ${formatTime(until)}`}`)
        .join("\n") || "nothing",
    );
}

function withAgent(account: string, agentId: bigint): string {
  if (account === ZeroAddress) return "not set";
  return agentId === 0n ? account : `${account} as agent ${agentId}`;
}

function feeOf(bps: bigint): string {
  return bps === 0n ? "" : ` for ${Number(bps) / 100}%`;
}

function distance({ expiredAt }: Job, now: bigint): string {
  return expiredAt > now ? `in ${formatDuration(expiredAt - now)}` : `${formatDuration(now - expiredAt)} ago`;
}

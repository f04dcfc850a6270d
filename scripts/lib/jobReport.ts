import { ZeroAddress } from "ethers";

import { availableActions } from "../../sdk/availableActions";
import type { JobDispute } from "../../sdk/disputes";
import { findEvaluator, readDispute } from "../../sdk/disputes";
import { formatJobId } from "../../sdk/jobId";
import type { Job } from "../../sdk/jobs";
import { readJob } from "../../sdk/jobs";
import { formatDuration, formatTime } from "../../sdk/units";
import { readMoney } from "./payment";
import { Report, countdown } from "./report";
import type { Session } from "./session";
import { readToken } from "./session";

/** A job as it stands on the chain, and what can be done with it. */
export async function reportJob(session: Session, jobId: bigint): Promise<Report> {
  const job = await readJob(session.market.escrow, jobId);
  const price =
    job.paymentToken === ZeroAddress ? "not set" : (await readToken(session, job.paymentToken)).format(job.budget);
  const evaluator = await findEvaluator(session.chain, session.market.addresses.escrow, job.evaluator);
  const dispute = evaluator === undefined ? undefined : await readDispute(evaluator, job);
  const actions = availableActions(dispute === undefined ? { job } : { job, dispute }, undefined, session.now);
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
    .add("expiredAt", "Expires", job.expiredAt, countdown(job.expiredAt, session.now))
    .add("submittedAt", "Submitted", job.submittedAt, job.submittedAt === 0n ? "no" : formatTime(job.submittedAt))
    .add(
      "evaluationPeriod",
      "Judgement",
      job.evaluationPeriod,
      `${formatDuration(job.evaluationPeriod)} from submission`,
    )
    .add("silencePaysProvider", "Silence", job.silencePaysProvider, silenceWords(job, dispute));
  if (job.referrer !== ZeroAddress) {
    report.add("referrer", "Referrer", job.referrer, `${job.referrer}${feeOf(job.referrerFeeBps)}`);
  }
  if (job.hook !== ZeroAddress) report.add("hook", "Hook", job.hook);
  if (job.description !== "") report.add("description", "Description", job.description);
  if (dispute !== undefined) {
    addDispute(report, dispute, (await readMoney(session, dispute.bondToken)).format, session.now);
  }
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

/** How a job stands before its OptimisticEvaluator. */
/** Before an OptimisticEvaluator the client's silence pays; the escrow's own rule is for when nobody does anything. */
function silenceWords({ silencePaysProvider }: Job, dispute: JobDispute | undefined): string {
  const atExpiry = silencePaysProvider ? "pays" : "refunds";
  return dispute === undefined
    ? atExpiry
    : `the client's pays, by finalise; if nobody finalises in time, it ${atExpiry}`;
}

function addDispute(report: Report, dispute: JobDispute, format: (amount: bigint) => string, now: bigint): void {
  const { phase, deadline, objection, bond, clientBond, providerBond, clientOffer, providerOffer } = dispute;
  report.add("phase", "Review", phase);
  if (deadline !== undefined) report.add("deadline", "Until", deadline, countdown(deadline, now));
  if (phase === "Review") {
    const texts = {
      bond: `takes a bond of ${format(bond)}`,
      immediate: `ends the job at once, with ${dispute.smallJobShare} percent for the provider`,
      refused: "is not possible: the job is too small, or in another token",
    };
    report.add("objection", "An objection", objection, texts[objection]);
  } else {
    const locked = `client ${format(clientBond)}, provider ${format(providerBond)}`;
    report.add("bonds", "Bonds", { bond, clientBond, providerBond }, locked);
  }
  for (const [party, offer] of Object.entries({ client: clientOffer, provider: providerOffer })) {
    if (offer === undefined) continue;
    const text = `${offer.share} percent to the provider, until ${countdown(offer.validUntil, now)}`;
    report.add(`${party}Offer`, `The ${party} offers`, offer, text);
  }
  report.add("court", "Court", dispute.arbitrator);
  if (dispute.disputeId !== undefined) report.add("disputeId", "Its dispute", dispute.disputeId);
  if (dispute.share !== undefined) report.add("share", "Ruling", dispute.share, `${dispute.share} percent`);
}

function withAgent(account: string, agentId: bigint): string {
  if (account === ZeroAddress) return "not set";
  return agentId === 0n ? account : `${account} as agent ${agentId}`;
}

function feeOf(bps: bigint): string {
  return bps === 0n ? "" : ` for ${Number(bps) / 100}%`;
}

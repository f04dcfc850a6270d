import type { TransactionReceipt } from "ethers";
import { ZeroAddress } from "ethers";

import type { OptimisticEvaluator } from "../../typechain-types";
import { requireAction as requirePossible } from "../../sdk/availableActions";
import type { JobDispute } from "../../sdk/disputes";
import { availableDisputeActions, findEvaluator, readDispute } from "../../sdk/disputes";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { formatJobId } from "../../sdk/jobId";
import { readJob } from "../../sdk/jobs";
import { formatTime } from "../../sdk/units";
import type { JobSession } from "./actOnJob";
import { openJob } from "./actOnJob";
import { parseNumber } from "./input";
import { readMoney, requireFunds } from "./payment";
import { Report, countdown } from "./report";
import type { Token } from "./session";
import { simulateAndPay, timeOf } from "./session";

/** A job before its OptimisticEvaluator, the account that acts on it, and the chain, ready for one call. */
export interface DisputeSession extends JobSession {
  /** Sends as the acting account. */
  readonly evaluator: OptimisticEvaluator;
  readonly dispute: JobDispute;
  /** What bonds are in. */
  readonly bondToken: Token;
}

/** Checks key, chain, job and who judges it, in this order. */
export async function openDispute(values: Parameters<typeof openJob>[0]): Promise<DisputeSession> {
  const session = await openJob(values);
  const { chain, market, job, wallet } = session;
  const found = await findEvaluator(chain, market.addresses.escrow, job.evaluator);
  if (found === undefined) {
    throw new InvalidInputError(
      `job ${formatJobId(job.id)} is judged by ${job.evaluator}, which is no OptimisticEvaluator of this escrow: what it decides is its own matter.`,
    );
  }
  const dispute = await readDispute(found, job);
  return {
    ...session,
    evaluator: found.connect(wallet),
    dispute,
    bondToken: await readMoney(session, dispute.bondToken),
  };
}

/** Refuses, before anything is sent, what the phase, the clock or the acting account do not allow. */
export function requireDisputeAction({ dispute, wallet, now }: DisputeSession, name: string): void {
  requirePossible(availableDisputeActions(dispute, now), name, wallet.address, describe(dispute, now));
}

function describe({ job, phase, deadline }: JobDispute, now: bigint): string {
  const name = `job ${formatJobId(job.id)}`;
  if (job.status !== "Submitted") return `${name} is ${job.status} and its review ${phase}`;
  if (now >= job.expiredAt) return `${name} has expired at ${formatTime(job.expiredAt)}, so that anyone can claim it`;
  return `the review of ${name} is ${phase}${deadline === undefined ? "" : ` until ${countdown(deadline, now)}`}`;
}

/** A share in percent. */
export function parseShare(text: string): bigint {
  return parseNumber(text, "--share", 0n, 100n);
}

/** Locks the acting account's bond by `dispute` or `contest`. */
export async function lockBond(
  session: DisputeSession,
  action: "dispute" | "contest",
  approve: boolean,
): Promise<TransactionReceipt> {
  const { evaluator, dispute, bondToken, wallet, job } = session;
  const free = action === "dispute" && dispute.objection === "immediate";
  const amount = free ? 0n : dispute.bond;
  const payment = { wallet, token: bondToken, spender: job.evaluator, amount, purpose: "the bond" };
  await requireFunds(payment, approve);
  return simulateAndPay(evaluator[action], bondToken.address === ZeroAddress ? amount : 0n, job.id);
}

/** What became of the dispute. */
export async function reportDispute(session: DisputeSession, receipt: TransactionReceipt): Promise<Report> {
  const { market, evaluator, bondToken, wallet, chain } = session;
  const job = await readJob(market.escrow, session.job.id);
  const [dispute, credit, now] = await Promise.all([
    readDispute(evaluator, job),
    evaluator.withdrawable(wallet.address),
    timeOf(chain),
  ]);
  const report = new Report()
    .add("jobId", "Job", job.id, formatJobId(job.id))
    .add("status", "Status", job.status)
    .add("phase", "Review", dispute.phase);
  if (dispute.deadline !== undefined && job.status === "Submitted") {
    report.add("deadline", "Until", dispute.deadline, countdown(dispute.deadline, now));
  }
  if (dispute.disputeId !== undefined) {
    report.add("court", "Court", dispute.arbitrator).add("disputeId", "Its dispute", dispute.disputeId);
  }
  return report
    .add("credit", "Your credit", credit, bondToken.format(credit))
    .add("transaction", "Transaction", receipt.hash)
    .add("gasUsed", "Gas used", receipt.gasUsed);
}

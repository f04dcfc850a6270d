import type { Log } from "ethers";
import { ZeroHash } from "ethers";

import type { FundingMethod, JobStatus, Outcome } from "../../sdk/enums";
import { Outcome as Outcomes, Role, nameOf } from "../../sdk/enums";
import { readJob } from "../../sdk/jobs";
import type { SettlementFacts } from "../../sdk/records";
import { jobCount, readRecord } from "../../sdk/records";
import type { PlayedJob } from "./life";
import type { PartyName, World } from "./world";
import { AGENTS, nameOfAddress } from "./world";

/** Money that left the escrow for somebody, in base units. */
export interface Payout {
  to: string;
  amount: bigint;
  /** Credited: it could not be delivered, and waits in the escrow until it is withdrawn. */
  how: "transferred" | "credited" | "withdrawn";
}

/** A job as the chain tells it. */
export interface JobAccount {
  name: string;
  story: string;
  jobId: bigint;
  client: string;
  provider: string;
  evaluator: string;
  amount: bigint;
  funding: FundingMethod;
  sentBy: PartyName;
  status: JobStatus;
  /** What the ledger has of it. */
  outcome: Outcome;
  finding?: string;
  payouts: Payout[];
  /** What the chain has of the files: their hashes. */
  hashes: { terms: string; input?: string; deliverable?: string; verdict?: string; feedback: string[] };
  steps: { name: string; by: PartyName; gasUsed: bigint; transaction: string }[];
  /** From the first preparation to the last payment, without feedback and without what a court's people did. */
  gasToSettle: bigint;
}

/** An agent's record in one role, and what others say of it. */
export interface AgentRecord {
  name: PartyName;
  agentId: bigint;
  role: Role;
  facts: SettlementFacts;
  feedback: { by: string; value: bigint; jobId: bigint }[];
}

export async function accountFor(world: World, { plan, jobId, steps, finding }: PlayedJob): Promise<JobAccount> {
  const { market } = world;
  const job = await readJob(market.escrow, jobId);
  const settlements = await market.ledger.queryFilter(
    market.ledger.filters.SettlementRecorded(market.addresses.escrow),
  );
  const settlement = settlements.find(({ args }) => args.jobId === jobId);
  if (settlement === undefined) throw new Error(`The ledger has no settlement of "${plan.name}".`);
  return {
    name: plan.name,
    story: plan.story,
    jobId,
    client: nameOfAddress(world, job.client),
    provider: nameOfAddress(world, job.provider),
    evaluator: nameOfAddress(world, job.evaluator),
    amount: job.budget,
    funding: plan.funding,
    sentBy: plan.sentBy ?? plan.client,
    status: job.status,
    outcome: nameOf(Outcomes, settlement.args.outcome),
    ...(finding === undefined ? {} : { finding }),
    payouts: steps.flatMap(({ name, receipt }) =>
      receipt.logs.flatMap((log) => payoutIn(world, log, name === "withdraw" ? "withdrawn" : "transferred")),
    ),
    hashes: await hashesOf(world, jobId),
    steps: steps.map(({ name, by, gasUsed, receipt }) => ({ name, by, gasUsed, transaction: receipt.hash })),
    gasToSettle: steps.reduce((sum, { name, gasUsed }) => sum + (name.startsWith("feedback") ? 0n : gasUsed), 0n),
  };
}

/** The hashes of a job's files, from the events of escrow and ledger. */
async function hashesOf({ market: { escrow, ledger } }: World, jobId: bigint): Promise<JobAccount["hashes"]> {
  const [hired] = await escrow.queryFilter(escrow.filters.JobHired(jobId));
  if (hired === undefined) throw new Error(`Job ${jobId} was not hired by an offer.`);
  const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
  const [completed] = await escrow.queryFilter(escrow.filters.JobCompleted(jobId));
  const [rejected] = await escrow.queryFilter(escrow.filters.JobRejected(jobId));
  const given = (await ledger.queryFilter(ledger.filters.JobFeedbackGiven())).filter(
    ({ args }) => args.jobId === jobId,
  );
  const feedback = await Promise.all(
    given.map(async ({ args: { agentId, clientAddress, feedbackIndex } }) => {
      const entries = await ledger.queryFilter(ledger.filters.NewFeedback(agentId, clientAddress));
      return entries.find(({ args }) => args.feedbackIndex === feedbackIndex)?.args.feedbackHash ?? ZeroHash;
    }),
  );
  const { termsHash, inputHash } = hired.args;
  const verdict = (completed ?? rejected)?.args.reason;
  return {
    terms: termsHash,
    ...(inputHash === ZeroHash ? {} : { input: inputHash }),
    ...(submitted === undefined ? {} : { deliverable: submitted.args.deliverable }),
    // The optimistic evaluator gives no reasons: the dispute has them.
    ...(verdict === undefined || verdict === ZeroHash ? {} : { verdict }),
    feedback,
  };
}

/** The payout that a log is about, if it is about one. */
function payoutIn(world: World, log: Log, how: "transferred" | "withdrawn"): Payout[] {
  const { token, tokenAddress, market } = world;
  const { escrow } = market.addresses;
  if (log.address === tokenAddress) {
    const event = token.interface.parseLog(log);
    if (event?.name !== "Transfer" || event.args.from !== escrow) return [];
    return [{ to: nameOfAddress(world, event.args.to as string), amount: event.args.value as bigint, how }];
  }
  const event = log.address === escrow ? market.escrow.interface.parseLog(log) : null;
  if (event?.name !== "Credited") return [];
  const { account, amount } = event.args;
  return [{ to: nameOfAddress(world, account as string), amount: amount as bigint, how: "credited" }];
}

/** What the ledger has of every agent that took part in a settled job, and what others say of it. */
export async function readRecords(world: World): Promise<AgentRecord[]> {
  const { market, parties, tokenAddress } = world;
  const records: AgentRecord[] = [];
  for (const name of AGENTS) {
    const { agentId } = parties[name];
    for (const role of ["Provider", "Client"] as const) {
      const facts = await readRecord(market, { agentId, token: tokenAddress, role });
      if (jobCount(facts) === 0n) continue;
      records.push({ name, agentId, role, facts, feedback: await readFeedback(world, agentId, role) });
    }
  }
  return records;
}

/** Feedback on an agent that cites a job in which it had that role. */
async function readFeedback(world: World, agentId: bigint, role: Role): Promise<AgentRecord["feedback"]> {
  const { ledger } = world.market;
  const given = await ledger.queryFilter(ledger.filters.JobFeedbackGiven(agentId));
  // The author stood on the other side.
  const authorRole = role === "Provider" ? Role.Client : Role.Provider;
  return Promise.all(
    given
      .filter(({ args }) => Number(args.authorRole) === authorRole)
      .map(async ({ args: { clientAddress, feedbackIndex, jobId } }) => {
        const { value } = await ledger.readFeedback(agentId, clientAddress, feedbackIndex);
        return { by: nameOfAddress(world, clientAddress), value, jobId };
      }),
  );
}

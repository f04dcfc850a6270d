import { createHash } from "node:crypto";

import { FEEDBACK_SCALE, padAmount } from "../store/schema";
import type { Row } from "../store/schema";
import type { Batch, Job } from "./batch";
import { amount, hash, missing, number, position, text } from "./batch";
import type { ChainEvent } from "./events";
import type { RecordName } from "./reads";
import { boundText } from "./text";

/** Outcomes in the contract's order, as the index names them. */
export const OUTCOMES = ["completed", "partial", "rejected", "undelivered", "unjudged", "declined"] as const;

/** The key of a record; its source is always the followed escrow. */
export function recordId({ agentId, epoch, role, token }: RecordName): string {
  return `${agentId}|${epoch}|${role}|${token}`;
}

/** The records that a settlement of this job adds to. */
export function recordsOf(
  event: ChainEvent,
  job: Pick<Job, "client_epoch" | "provider_epoch" | "token">,
): RecordName[] {
  const [provider, client] = [number(event, "providerAgentId"), number(event, "clientAgentId")];
  const token = job.token ?? "";
  const names: RecordName[] = [];
  if (provider !== 0) names.push({ agentId: provider, epoch: job.provider_epoch, role: "provider", token });
  if (client !== 0) names.push({ agentId: client, epoch: job.client_epoch, role: "client", token });
  return names;
}

/** The key of a pair of parties: as the ledger has it, an agent in one epoch is a party, else the address is. */
export function pairId(
  event: ChainEvent,
  job: Pick<Job, "token" | "provider" | "provider_epoch" | "client" | "client_epoch">,
): string {
  const partyOf = (agentId: number, epoch: number, account: string | null): string =>
    agentId === 0 ? (account ?? "") : `${agentId}.${epoch}`;
  const provider = partyOf(number(event, "providerAgentId"), job.provider_epoch, job.provider);
  const client = partyOf(number(event, "clientAgentId"), job.client_epoch, job.client);
  return createHash("sha256")
    .update(`${job.token ?? ""}|${provider}|${client}`)
    .digest("base64url")
    .slice(0, 24);
}

/** The key of a feedback entry, as GraphQL shows it. */
export function feedbackId(agentId: number, client: string, index: number): string {
  return `${agentId}:${client.toLowerCase()}:${index}`;
}

/** The key of a response to feedback. */
export function responseId(event: ChainEvent): string {
  return `${entryOf(event).id}:${event.transaction}:${event.logIndex}`;
}

/** Events of ReputationLedger. Settlements of other escrows are not counted: nothing vouches for them. */
export function applyLedgerEvent(batch: Batch, event: ChainEvent): void {
  switch (event.name) {
    case "SettlementRecorded":
      if (text(event, "source") === batch.contracts.escrow) recordSettlement(batch, event);
      break;
    case "NewFeedback":
      newFeedback(batch, event);
      break;
    case "FeedbackRevoked":
      revoke(batch, event);
      break;
    case "ResponseAppended":
      respond(batch, event);
      break;
    case "JobFeedbackGiven":
      citeJob(batch, event);
      break;
  }
}

/** The arithmetic of `Facts.add`: the test compares with the ledger's own answer. */
function recordSettlement(batch: Batch, event: ChainEvent): void {
  const { unit, agents } = batch;
  const jobId = text(event, "jobId");
  const job = unit.get("jobs", jobId);
  const outcome = OUTCOMES[number(event, "outcome")];
  if (job === undefined || outcome === undefined) throw missing(event, `the creation of job ${jobId}`);
  const [paid, refunded] = [BigInt(job.paid ?? 0), BigInt(job.refunded ?? 0)];
  if (paid + refunded !== BigInt(job.budget ?? 0)) throw missing(event, `the payments of job ${jobId}`);
  unit.change("jobs", jobId, { outcome });
  unit.count("outcome", outcome, 1n);

  let firstMeeting = 0;
  if (paid !== 0n) {
    const id = pairId(event, job);
    if (unit.get("pairs", id) === undefined) {
      unit.put("pairs", { id });
      firstMeeting = 1;
    }
  }
  for (const name of recordsOf(event, job)) {
    const id = recordId(name);
    const before = unit.get("records", id) ?? emptyRecord(batch, name, event.time);
    const disputes = batch.disputes.get(id);
    unit.put("records", {
      ...before,
      [outcome]: before[outcome] + 1,
      counterparties: before.counterparties + firstMeeting,
      volume_paid: padAmount(BigInt(before.volume_paid ?? 0) + paid),
      volume_refunded: padAmount(BigInt(before.volume_refunded ?? 0) + refunded),
      disputes_won: disputes?.won ?? before.disputes_won,
      disputes_lost: disputes?.lost ?? before.disputes_lost,
      last_at: event.time,
    });
    agents.add(name.agentId);
  }
}

function emptyRecord({ contracts }: Batch, { agentId, epoch, role, token }: RecordName, time: number): Row<"records"> {
  return {
    id: recordId({ agentId, epoch, role, token }),
    agent_id: agentId,
    epoch,
    role,
    source: contracts.escrow,
    token,
    completed: 0,
    partial: 0,
    rejected: 0,
    undelivered: 0,
    unjudged: 0,
    declined: 0,
    disputes_won: 0,
    disputes_lost: 0,
    counterparties: 0,
    volume_paid: padAmount(0n),
    volume_refunded: padAmount(0n),
    first_at: time,
    last_at: time,
  };
}

function entryOf(event: ChainEvent): { id: string; agentId: number; client: string; index: number } {
  const agentId = number(event, "agentId");
  const client = text(event, "clientAddress");
  const index = number(event, "feedbackIndex");
  return { id: feedbackId(agentId, client, index), agentId, client, index };
}

function newFeedback({ unit }: Batch, event: ChainEvent): void {
  const { id, agentId, client, index } = entryOf(event);
  const agent = unit.get("agents", agentId);
  if (agent === undefined) throw missing(event, `the registration of agent ${agentId}`);
  if (index > 1 && unit.get("feedback", feedbackId(agentId, client, index - 1)) === undefined) {
    throw missing(event, `entry ${index - 1} of ${client} on agent ${agentId}`);
  }
  const value = Number(amount(event, "value")) / 10 ** number(event, "valueDecimals");
  unit.put("feedback", {
    id,
    agent_id: agentId,
    client,
    feedback_index: index,
    value,
    tag1: text(event, "tag1"),
    tag2: text(event, "tag2"),
    endpoint: text(event, "endpoint"),
    uri: text(event, "feedbackURI"),
    hash: hash(event, "feedbackHash") ?? "",
    given_at: event.time,
    revoked: 0,
    revoked_at: 0,
    job_source: null,
    job_id: null,
    job_token: null,
    job_amount: null,
    position: position(event),
  });
  unit.change("agents", agentId, {
    feedback_count: agent.feedback_count + 1,
    feedback_sum: addScaled(agent.feedback_sum, value),
    updated_at: event.time,
  });
  unit.count("count", "feedback", 1n);
}

function revoke({ unit }: Batch, event: ChainEvent): void {
  const { id, agentId } = entryOf(event);
  const entry = unit.get("feedback", id);
  const agent = unit.get("agents", agentId);
  if (entry === undefined || agent === undefined) throw missing(event, "the feedback that it takes back");
  if (entry.revoked === 1) return;
  unit.change("feedback", id, { revoked: 1, revoked_at: event.time });
  unit.change("agents", agentId, {
    feedback_count: agent.feedback_count - 1,
    feedback_sum: addScaled(agent.feedback_sum, -entry.value),
    feedback_paid: agent.feedback_paid - (isPaidFor(entry.job_amount) ? 1 : 0),
    updated_at: event.time,
  });
}

/** The values as rows have them, so that what is added once and taken back leaves nothing behind. */
function addScaled(sum: string | null, value: number): string {
  return (BigInt(sum ?? 0) + BigInt(Math.round(value * FEEDBACK_SCALE))).toString();
}

function isPaidFor(amount: string | null): boolean {
  return amount !== null && amount !== "0";
}

/** Anybody may respond; who it was is for the reader to judge. */
function respond({ unit }: Batch, event: ChainEvent): void {
  const { id } = entryOf(event);
  if (unit.get("feedback", id) === undefined) throw missing(event, "the feedback that it answers");
  unit.put("responses", {
    id: responseId(event),
    feedback_id: id,
    responder: text(event, "responder"),
    uri: boundText(text(event, "responseURI")),
    hash: text(event, "responseHash"),
    created_at: event.time,
  });
}

/**
 * Any contract can pass for an escrow and vouch for jobs of its own: only the followed escrow's count. A job whose whole
 * price went back to the client is cited too, but nobody paid for it.
 */
function citeJob({ unit, contracts }: Batch, event: ChainEvent): void {
  if (text(event, "source") !== contracts.escrow) return;
  const { id, agentId } = entryOf(event);
  const jobId = text(event, "jobId");
  const [agent, job] = [unit.get("agents", agentId), unit.get("jobs", jobId)];
  if (unit.get("feedback", id) === undefined || agent === undefined || job === undefined) {
    throw missing(event, "the feedback or the job that it tells of");
  }
  unit.change("feedback", id, {
    job_source: contracts.escrow,
    job_id: jobId,
    job_token: job.token,
    job_amount: job.paid,
  });
  unit.change("agents", agentId, { feedback_paid: agent.feedback_paid + (isPaidFor(job.paid) ? 1 : 0) });
}

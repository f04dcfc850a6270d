import { OUTCOMES, applyLedgerEvent, feedbackId, pairId, recordId, recordsOf, responseId } from "./applyLedger";
import { applyEscrowEvent } from "./applyEscrow";
import { applyRegistryEvent, metadataId } from "./applyRegistry";
import type { Batch } from "./batch";
import { dayOf, number, text, timelineRow } from "./batch";
import type { ChainEvent } from "./events";
import { counterId } from "../store/unitOfWork";

const STATUSES = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"];

/** The job that an event is about; for a court's events the dispute must be known. */
function jobOf({ unit, contracts }: Batch, event: ChainEvent): string | null {
  switch (event.kind) {
    case "registry":
      return null;
    case "escrow":
      return event.args.jobId === undefined ? null : text(event, "jobId");
    case "ledger":
      if (event.args.jobId === undefined) return null;
      return text(event, "source") === contracts.escrow ? text(event, "jobId") : null;
    case "evaluator": {
      const id = event.args.jobId ?? event.args.evidenceGroupID;
      return id === undefined ? null : String(id);
    }
    case "court":
      return event.args.disputeID === undefined ? null : (unit.get("disputes", disputeKey(event))?.job_id ?? null);
  }
}

function disputeKey(event: ChainEvent): string {
  const court = event.kind === "court" ? event.contract : text(event, "arbitrator");
  return `${court}|${text(event, "disputeID")}`;
}

/**
 * Applies events, in the chain's order, to the rows of `batch.unit`, which reads here what it needs. Throws an
 * `InconsistentAnswerError` where an event cannot follow on those before it.
 */
export async function applyEvents(batch: Batch, events: readonly ChainEvent[]): Promise<void> {
  const { unit } = batch;
  await loadRows(batch, events);
  // A court opens a dispute before the evaluator tells which job it is about.
  for (const event of events) {
    if (event.kind === "evaluator" && event.name === "Dispute") {
      unit.put("disputes", { id: disputeKey(event), job_id: text(event, "evidenceGroupID") });
    }
  }
  events.forEach((event, i) => {
    const before = events[i - 1];
    switch (event.kind) {
      case "registry":
        applyRegistryEvent(batch, event, before?.transaction === event.transaction ? before : undefined);
        break;
      case "escrow":
        applyEscrowEvent(batch, event);
        break;
      case "ledger":
        applyLedgerEvent(batch, event);
        break;
      case "evaluator":
        if (event.name === "Disputed") markDisputed(batch, event);
        break;
      case "court":
        break;
    }
    batch.timeline.push(timelineRow(event, jobOf(batch, event)));
  });
}

function markDisputed({ unit }: Batch, event: ChainEvent): void {
  const job = unit.get("jobs", text(event, "jobId"));
  if (job?.evaluator !== event.contract || job.disputed === 1) return;
  unit.change("jobs", text(event, "jobId"), { disputed: 1 });
  unit.count("count", "disputes", 1n);
  unit.count("day disputed", dayOf(event), 1n);
}

async function loadRows(batch: Batch, events: readonly ChainEvent[]): Promise<void> {
  const { unit } = batch;
  const disputes = events.filter(
    ({ kind, name, args }) => args.disputeID !== undefined && (kind === "court" || name === "Dispute"),
  );
  await unit.load("disputes", disputes.map(disputeKey));
  const jobIds = new Set<string>();
  for (const event of events) {
    const id = event.kind === "court" ? null : jobOf(batch, event);
    if (id !== null) jobIds.add(id);
  }
  await unit.load("jobs", jobIds);
  await unit.load("agents", agentIds(batch, events, jobIds));
  await unit.load("feedback", feedbackKeys(events));
  await unit.load("responses", events.filter(({ name }) => name === "ResponseAppended").map(responseId));
  const metadata = events.filter(({ name }) => name === "MetadataSet").flatMap((event) => metadataId(event) ?? []);
  await unit.load("metadata", metadata);
  const counters = new Set<string>([
    ...["agents", "jobs", "kernel jobs", "feedback", "disputes"].map((key) => counterId("count", key)),
    ...STATUSES.map((key) => counterId("status", key)),
    ...OUTCOMES.map((key) => counterId("outcome", key)),
  ]);
  const settlements = events.filter((event) => event.name === "SettlementRecorded" && jobOf(batch, event) !== null);
  const tokens = tokensOf(batch, events, jobIds);
  for (const token of tokens) {
    for (const grp of ["escrowed", "paid", "refunded", "jobs of token"]) counters.add(counterId(grp, token));
  }
  for (const day of new Set(events.map(dayOf))) {
    for (const grp of ["hired", "completed", "refunded", "disputed"]) counters.add(counterId(`day ${grp}`, day));
    for (const token of tokens) counters.add(counterId("day paid", `${day}|${token}`));
  }
  await unit.load("counters", counters);
  await loadRecords(batch, settlements);
}

/** Records and pairs are named by what a job will be when its settlement comes, which its details already tell. */
async function loadRecords({ unit, details }: Batch, settlements: readonly ChainEvent[]): Promise<void> {
  const records: string[] = [];
  const pairs: string[] = [];
  for (const event of settlements) {
    const known = details.get(text(event, "jobId"));
    if (known === undefined) continue;
    const job = { token: known.token, client_epoch: known.clientEpoch, provider_epoch: known.providerEpoch };
    records.push(...recordsOf(event, job).map(recordId));
    const parties = { client: known.client, provider: known.provider };
    pairs.push(pairId(event, { ...job, ...parties }));
  }
  await unit.load("records", records);
  await unit.load("pairs", pairs);
}

function agentIds({ unit, details }: Batch, events: readonly ChainEvent[], jobIds: ReadonlySet<string>): Set<number> {
  const ids = new Set<number>();
  for (const event of events) {
    if (event.args.agentId !== undefined) ids.add(number(event, "agentId"));
    if (event.kind === "registry" && event.args.tokenId !== undefined) ids.add(number(event, "tokenId"));
  }
  for (const jobId of jobIds) {
    const [job, known] = [unit.get("jobs", jobId), details.get(jobId)];
    for (const id of [job?.client_agent, job?.provider_agent, known?.clientAgentId, known?.providerAgentId]) {
      if (id !== undefined && id !== 0) ids.add(id);
    }
  }
  return ids;
}

function feedbackKeys(events: readonly ChainEvent[]): Set<string> {
  const keys = new Set<string>();
  for (const event of events) {
    if (event.kind !== "ledger" || event.args.feedbackIndex === undefined) continue;
    const [agentId, client] = [number(event, "agentId"), text(event, "clientAddress")];
    const index = number(event, "feedbackIndex");
    keys.add(feedbackId(agentId, client, index)).add(feedbackId(agentId, client, index - 1));
  }
  return keys;
}

function tokensOf({ unit }: Batch, events: readonly ChainEvent[], jobIds: ReadonlySet<string>): Set<string> {
  const tokens = new Set<string>();
  for (const jobId of jobIds) {
    const token = unit.get("jobs", jobId)?.token;
    if (token !== undefined && token !== null) tokens.add(token);
  }
  for (const event of events) {
    if (event.name === "BudgetSet") tokens.add(text(event, "token"));
  }
  return tokens;
}

import { selectRows } from "../store/bulk";
import type { Store } from "../store/open";
import { recordId, recordsOf } from "./applyLedger";
import { number, text } from "./batch";
import type { TokenRow } from "./commit";
import type { ChainEvent, Contracts } from "./events";
import type { BlockTag, JobDetails, RecordName, StateReader } from "./reads";
import type { Header } from "./source";
import type { Segment } from "./commit";

/** Events after which a job's state says something that they do not. */
const NEEDS_DETAILS = new Set(["JobCreated", "ProviderSet", "JobFunded", "JobSubmitted", "SettlementRecorded"]);
/** Outcomes that a verdict can have, with which an evaluator may report a dispute: completed, partial, rejected. */
const VERDICTS = 3;

/**
 * Reads what a stretch of blocks needs beside its events.
 * @param disputed Jobs that were disputed in stretches before this one that are not written yet; this one's are added.
 */
export async function prepareSegment(
  store: Store,
  reader: StateReader,
  contracts: Contracts,
  { events, last, undoable, at }: { events: ChainEvent[]; last: Header; undoable: boolean; at: BlockTag },
  disputed: Set<string>,
): Promise<Segment> {
  const ours = events.filter(
    ({ kind, name, args }) =>
      NEEDS_DETAILS.has(name) && (kind === "escrow" || (kind === "ledger" && String(args.source) === contracts.escrow)),
  );
  const jobIds = [...new Set(ours.map((event) => text(event, "jobId")))];
  const details = jobIds.length === 0 ? new Map<string, JobDetails>() : await reader.jobs(jobIds, at);
  const settlements = ours.filter(({ name }) => name === "SettlementRecorded");
  for (const event of events) {
    if (event.kind === "evaluator" && event.name === "Disputed") disputed.add(text(event, "jobId"));
  }
  const names = await disputedRecords(store, contracts, disputed, settlements, details);
  const counts = names.length === 0 ? [] : await reader.disputes(names, at);
  const disputes = new Map(names.map((name, i) => [recordId(name), counts[i] ?? { won: 0, lost: 0 }]));
  return { events, last, undoable, details, disputes };
}

/**
 * The records whose count of disputes may have changed. An evaluator that is followed reports a dispute only where it
 * told of one; any other may report one with every verdict.
 */
async function disputedRecords(
  { writer, dialect }: Store,
  contracts: Contracts,
  disputed: ReadonlySet<string>,
  settlements: readonly ChainEvent[],
  details: ReadonlyMap<string, JobDetails>,
): Promise<RecordName[]> {
  const judged = settlements.filter((event) => number(event, "outcome") < VERDICTS);
  const jobIds = judged.map((event) => text(event, "jobId"));
  const stored = await selectRows<{ job_id: string; disputed: number }>(
    writer,
    dialect,
    "jobs",
    "job_id",
    "text",
    jobIds,
  );
  const earlier = new Set(stored.filter((job) => job.disputed === 1).map((job) => job.job_id));
  const names = new Map<string, RecordName>();
  for (const event of judged) {
    const jobId = text(event, "jobId");
    const known = details.get(jobId);
    if (known === undefined) continue;
    if (contracts.evaluators.includes(known.evaluator) && !disputed.has(jobId) && !earlier.has(jobId)) continue;
    const job = { token: known.token, client_epoch: known.clientEpoch, provider_epoch: known.providerEpoch };
    for (const name of recordsOf(event, job)) names.set(recordId(name), name);
  }
  return [...names.values()];
}

/** Asks the tokens that are new in these segments how they are called. Only what is paid in: naming a token is free. */
export async function newTokens(
  { writer, dialect }: Store,
  reader: StateReader,
  segments: readonly Segment[],
): Promise<TokenRow[]> {
  const tokens = new Set<string>();
  for (const { events, details } of segments) {
    for (const event of events) {
      if (event.kind !== "escrow" || event.name !== "JobFunded") continue;
      const token = details.get(text(event, "jobId"))?.token;
      if (token !== undefined) tokens.add(token);
    }
  }
  if (tokens.size === 0) return [];
  const known = await selectRows<{ token: string }>(writer, dialect, "tokens", "token", "text", [...tokens]);
  for (const { token } of known) tokens.delete(token);
  const rows: TokenRow[] = [];
  for (const token of tokens) rows.push({ token, ...(await reader.token(token)) });
  return rows;
}

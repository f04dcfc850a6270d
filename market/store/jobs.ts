import { ZeroAddress, getAddress, isAddress } from "ethers";
import { sql } from "kysely";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Job, JobDetail, JobFilter, JobStatusName, TimelineEntry } from "../../sdk/discovery/model";
import { parseAgentId } from "./agents";
import type { Db } from "./bulk";
import { decodeCursor, encodeCursor, pageLimit } from "./cursors";
import type { Row, Tables } from "./schema";
import { placeOf } from "./schema";

const STATUSES = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"];
/** Longest timeline: a job has some twenty events of its own, and evidence and courts add a bounded number. */
const MAX_TIMELINE = 1_000;

/** Jobs that a filter lets pass, newest first. */
export async function listJobs(db: Db, filter: JobFilter): Promise<{ items: Job[]; next?: string }> {
  const limit = pageLimit(filter.limit);
  const before = filter.cursor === undefined ? undefined : decodeCursor("jobs", filter.cursor)[0];
  const { status, disputed } = filter;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw new InvalidInputError(`the status "${status}" is none of ${STATUSES.join(", ")}.`);
  }
  const select = (
    column?: "client_agent" | "provider_agent" | "client" | "provider" | "evaluator",
    value?: string | number,
  ) => {
    let query = db
      .selectFrom("jobs")
      .selectAll()
      .orderBy("position", "desc")
      .limit(limit + 1);
    if (column !== undefined) query = query.where(column, "=", value ?? "");
    // The partial indexes of agents leave out jobs without one.
    if (column === "client_agent" || column === "provider_agent") query = query.where(column, "<>", 0);
    if (before !== undefined) query = query.where("position", "<", before);
    if (status !== undefined) query = query.where("status", "=", status);
    if (disputed === true) query = query.where("disputed", "=", sql.lit(1));
    if (disputed === false) query = query.where("disputed", "=", 0);
    return query;
  };
  const parties = partiesOf(filter);
  // Each place that a party can have has an index of its own: the merged first pages of each are the first page of all.
  const queries = parties === undefined ? [select()] : parties.map(({ column, value }) => select(column, value));
  const found = new Map<number, Row<"jobs">>();
  for (const query of queries) {
    for (const row of await query.execute()) found.set(row.position, row);
  }
  const rows = [...found.values()].sort((a, b) => b.position - a.position);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(toJob), ...(more ? { next: encodeCursor("jobs", [last.position]) } : {}) };
}

interface Place {
  column: "client_agent" | "provider_agent" | "client" | "provider" | "evaluator";
  value: string | number;
}

function partiesOf({ agentId, account }: JobFilter): Place[] | undefined {
  if (agentId !== undefined && account !== undefined) {
    throw new InvalidInputError("jobs are listed of an agent or of an account: give one of the two.");
  }
  if (agentId !== undefined) {
    const id = parseAgentId(agentId) ?? 0;
    return [
      { column: "client_agent", value: id },
      { column: "provider_agent", value: id },
    ];
  }
  if (account === undefined) return undefined;
  const valid: boolean = isAddress(account);
  if (!valid) throw new InvalidInputError(`"${account.slice(0, 80)}" is not an address.`);
  const value = getAddress(account);
  return (["client", "provider", "evaluator"] as const).map((column) => ({ column, value }));
}

/** A job with everything that happened to it, oldest first. */
export async function readJobDetail(db: Db, jobId: string): Promise<JobDetail | undefined> {
  const row = await db.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirst();
  if (row === undefined) return undefined;
  const events = await db
    .selectFrom("events")
    .selectAll()
    .where("job_id", "=", jobId)
    .orderBy("position")
    .limit(MAX_TIMELINE)
    .execute();
  return { ...toJob(row), timeline: events.map(toTimelineEntry) };
}

export function toTimelineEntry(row: Tables["events"]): TimelineEntry {
  return {
    event: row.event,
    contract: row.contract,
    ...placeOf(row.position),
    time: row.time,
    transaction: row.transaction_hash,
    args: JSON.parse(row.args) as TimelineEntry["args"],
  };
}

function toJob(row: Row<"jobs">): Job {
  const optional = <K extends string>(key: K, value: string | null): Partial<Record<K, string>> =>
    value === null || value === "" ? {} : ({ [key]: value } as Record<K, string>);
  return {
    jobId: row.job_id ?? "",
    client: row.client ?? ZeroAddress,
    clientAgentId: String(row.client_agent),
    provider: row.provider ?? ZeroAddress,
    providerAgentId: String(row.provider_agent),
    evaluator: row.evaluator ?? ZeroAddress,
    ...optional("hook", row.hook),
    token: row.token ?? ZeroAddress,
    budget: row.budget ?? "0",
    status: row.status as JobStatusName,
    ...(row.outcome === null ? {} : { outcome: row.outcome as NonNullable<Job["outcome"]> }),
    ...optional("termsHash", row.terms_hash),
    ...optional("inputHash", row.input_hash),
    ...optional("offerHash", row.offer_hash),
    ...optional("deliverable", row.deliverable),
    ...optional("description", row.description),
    createdAt: row.created_at,
    expiredAt: row.expired_at,
    ...(row.submitted_at === 0 ? {} : { submittedAt: row.submitted_at }),
    ...(row.ended_at === 0 ? {} : { endedAt: row.ended_at }),
    paid: row.paid ?? "0",
    refunded: row.refunded ?? "0",
    fees: row.fees ?? "0",
    disputed: row.disputed === 1,
  };
}

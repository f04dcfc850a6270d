import type { Feedback } from "../../sdk/discovery/model";
import { parseAgentId } from "./agents";
import type { Db } from "./bulk";
import { decodeCursor, encodeCursor, pageLimit } from "./cursors";
import type { Row } from "./schema";

/** What was said of an agent, newest first, revoked entries included. */
export async function listFeedback(
  db: Db,
  filter: { agentId: string; limit?: number; cursor?: string },
): Promise<{ items: Feedback[]; next?: string }> {
  const limit = pageLimit(filter.limit);
  let query = db
    .selectFrom("feedback")
    .selectAll()
    .where("agent_id", "=", parseAgentId(filter.agentId) ?? 0)
    .orderBy("position", "desc")
    .limit(limit + 1);
  if (filter.cursor !== undefined) {
    query = query.where("position", "<", decodeCursor("feedback", filter.cursor)[0] ?? 0);
  }
  const rows = await query.execute();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(toFeedback), ...(more ? { next: encodeCursor("feedback", [last.position]) } : {}) };
}

function toFeedback(row: Row<"feedback">): Feedback {
  const { job_source, job_id, job_token, job_amount } = row;
  return {
    agentId: String(row.agent_id),
    client: row.client ?? "",
    index: row.feedback_index,
    value: row.value,
    tag1: row.tag1 ?? "",
    tag2: row.tag2 ?? "",
    endpoint: row.endpoint ?? "",
    uri: row.uri ?? "",
    hash: row.hash ?? "",
    time: row.given_at,
    revoked: row.revoked === 1,
    ...(job_source === null || job_id === null
      ? {}
      : { job: { source: job_source, jobId: job_id, token: job_token ?? "", amount: job_amount ?? "0" } }),
  };
}

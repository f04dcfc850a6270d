import type { Kysely } from "kysely";
import { sql } from "kysely";

import type { GraphRows } from "../../../market/graph/reader";
import type { SqlDialect, SqlField, SqlSources } from "../../../market/graph/SqlGraphReader";
import { fileFields } from "../../../market/graph/SqlGraphReader";

const field = (column: string, type: SqlField["type"] = "text"): SqlField => ({ sql: sql.ref(column), type });

/** Tables with one column for each field of a row, and JSON where a row has a list or a file. */
export function testSources(dialect: SqlDialect): SqlSources {
  return {
    Agent: {
      from: sql`g_agents`,
      key: "agentId",
      filePresence: sql`file`,
      fields: {
        agentId: field("agent_id", "int"),
        agentURI: field("uri"),
        owner: field("owner"),
        agentWallet: field("wallet"),
        operators: field("operators", "list"),
        createdAt: field("created_at", "int"),
        updatedAt: field("updated_at", "int"),
        totalFeedback: field("total_feedback", "int"),
        lastActivity: field("last_activity", "int"),
        ...fileFields(sql`file`, dialect),
        "registrationFile.createdAt": field("file_created_at", "int"),
      },
    },
    Feedback: {
      from: sql`g_feedback`,
      key: "key",
      fields: {
        key: field("key"),
        agentId: field("agent_id", "int"),
        clientAddress: field("client"),
        feedbackIndex: field("feedback_index", "int"),
        value: field("value", "real"),
        tag1: field("tag1"),
        tag2: field("tag2"),
        endpoint: field("endpoint"),
        feedbackURI: field("uri"),
        feedbackHash: field("hash"),
        isRevoked: field("revoked", "boolean"),
        createdAt: field("created_at", "int"),
        revokedAt: field("revoked_at", "int"),
      },
    },
    FeedbackResponse: {
      from: sql`g_responses`,
      key: "key",
      fields: {
        key: field("key"),
        feedback: field("feedback"),
        responder: field("responder"),
        responseUri: field("uri"),
        responseHash: field("hash"),
        createdAt: field("created_at", "int"),
      },
    },
    AgentMetadata: {
      from: sql`g_metadata`,
      key: "key",
      fields: {
        key: field("key"),
        agentId: field("agent_id", "int"),
        metadataKey: field("metadata_key"),
        value: field("value"),
        updatedAt: field("updated_at", "int"),
      },
    },
  };
}

/** Makes the tables and fills them. */
export async function fillTables(db: Kysely<never>, rows: { [E in keyof GraphRows]: GraphRows[E][] }): Promise<void> {
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);
  await run(sql`create table g_agents (agent_id bigint primary key, uri text, owner text, wallet text, operators text,
    created_at bigint, updated_at bigint, total_feedback bigint, last_activity bigint, file text, file_created_at bigint)`);
  await run(sql`create table g_feedback (key text primary key, agent_id bigint, client text, feedback_index bigint,
    value double precision, tag1 text, tag2 text, endpoint text, uri text, hash text, revoked bigint, created_at bigint,
    revoked_at bigint)`);
  await run(sql`create table g_responses (key text primary key, feedback text, responder text, uri text, hash text,
    created_at bigint)`);
  await run(sql`create table g_metadata (key text primary key, agent_id bigint, metadata_key text, value text,
    updated_at bigint)`);
  for (const { registrationFile: file, ...row } of rows.Agent) {
    await run(sql`insert into g_agents values (${Number(row.agentId)}, ${row.agentURI}, ${row.owner},
      ${row.agentWallet ?? null}, ${JSON.stringify(row.operators)}, ${row.createdAt}, ${row.updatedAt},
      ${row.totalFeedback}, ${row.lastActivity}, ${file === undefined ? null : JSON.stringify(file)},
      ${file?.createdAt ?? null})`);
  }
  for (const row of rows.Feedback) {
    await run(sql`insert into g_feedback values (${row.key}, ${Number(row.agentId)}, ${row.clientAddress},
      ${row.feedbackIndex}, ${Number(row.value)}, ${row.tag1}, ${row.tag2}, ${row.endpoint}, ${row.feedbackURI},
      ${row.feedbackHash}, ${row.isRevoked ? 1 : 0}, ${row.createdAt}, ${row.revokedAt ?? null})`);
  }
  for (const row of rows.FeedbackResponse) {
    await run(sql`insert into g_responses values (${row.key}, ${row.feedback}, ${row.responder}, ${row.responseUri},
      ${row.responseHash}, ${row.createdAt})`);
  }
  for (const row of rows.AgentMetadata) {
    await run(sql`insert into g_metadata values (${row.key}, ${Number(row.agentId)}, ${row.metadataKey}, ${row.value},
      ${row.updatedAt})`);
  }
}

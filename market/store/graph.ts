import { sql } from "kysely";

import type { GraphReader } from "../graph/reader";
import type { SqlField, SqlSources } from "../graph/SqlGraphReader";
import { SqlGraphReader, fileFields } from "../graph/SqlGraphReader";
import type { Store } from "./open";
import type { Dialect } from "./schema";

const field = (column: string, type: SqlField["type"] = "text"): SqlField => ({ sql: sql.ref(column), type });

const NO_HASH = `0x${"0".repeat(64)}`;

/** The store, as GraphQL reads it. */
export function graphReader(store: Store): GraphReader {
  return new SqlGraphReader(store.reader, store.dialect, storeSources(store.dialect));
}

function storeSources(dialect: Dialect): SqlSources {
  const later = sql.raw(dialect === "sqlite" ? "max" : "greatest");
  return {
    Agent: {
      from: sql`agents a left join files f on f.id = a.file_id`,
      key: "agentId",
      filePresence: sql`f.fields`,
      fields: {
        agentId: field("a.agent_id", "int"),
        agentURI: { sql: sql`coalesce(f.uri, '')`, type: "text" },
        owner: field("a.owner"),
        agentWallet: field("a.wallet"),
        // Approvals are not followed.
        operators: { sql: sql`'[]'`, type: "list" },
        createdAt: field("a.registered_at", "int"),
        updatedAt: field("a.updated_at", "int"),
        totalFeedback: field("a.feedback_count", "int"),
        lastActivity: { sql: sql`${later}(a.last_active_at, a.updated_at)`, type: "int" },
        ...fileFields(sql`f.fields`, dialect),
        "registrationFile.createdAt": field("f.resolved_at", "int"),
      },
    },
    Feedback: {
      from: sql`feedback`,
      key: "key",
      fields: {
        key: field("id"),
        agentId: field("agent_id", "int"),
        clientAddress: field("client"),
        feedbackIndex: field("feedback_index", "int"),
        value: field("value", "real"),
        tag1: field("tag1"),
        tag2: field("tag2"),
        endpoint: field("endpoint"),
        feedbackURI: field("uri"),
        feedbackHash: { sql: sql`coalesce(nullif(hash, ''), ${sql.lit(NO_HASH)})`, type: "text" },
        isRevoked: field("revoked", "boolean"),
        createdAt: field("given_at", "int"),
        revokedAt: { sql: sql`nullif(revoked_at, 0)`, type: "int" },
      },
    },
    FeedbackResponse: {
      from: sql`responses`,
      key: "key",
      fields: {
        key: field("id"),
        feedback: field("feedback_id"),
        responder: field("responder"),
        responseUri: field("uri"),
        responseHash: field("hash"),
        createdAt: field("created_at", "int"),
      },
    },
    AgentMetadata: {
      from: sql`(select * from metadata where value is not null) metadata`,
      key: "key",
      fields: {
        key: field("id"),
        agentId: field("agent_id", "int"),
        metadataKey: field("metadata_key"),
        value: field("value"),
        updatedAt: field("updated_at", "int"),
      },
    },
  };
}

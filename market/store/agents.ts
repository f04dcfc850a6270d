import { sql } from "kysely";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Agent, AgentRecord, Endpoint, FileState, Service } from "../../sdk/discovery/model";
import type { Db } from "./bulk";
import { selectRows, valueList } from "./bulk";
import type { Dialect, Row, Tables } from "./schema";
import { FEEDBACK_SCALE, unpadAmount } from "./schema";

/** Most records that an agent shows; the latest ones, since anybody can make tokens and be paid in them. */
const MAX_RECORDS = 50;

/** An agent's id as a number of the index; undefined if no agent can have it. */
export function parseAgentId(text: string): number | undefined {
  if (!/^\d{1,78}$/.test(text))
    throw new InvalidInputError(`"${text.slice(0, 80)}" is not an agent's id: write a number.`);
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Agents by id, whole, in no order. */
export async function readAgents(db: Db, dialect: Dialect, ids: readonly number[]): Promise<Map<number, Agent>> {
  if (ids.length === 0) return new Map();
  const agents = await selectRows<Row<"agents">>(db, dialect, "agents", "agent_id", "int", ids);
  const docs = await selectRows<Tables["docs"]>(db, dialect, "docs", "agent_id", "int", ids);
  const fileIds = agents.flatMap(({ file_id }) => file_id ?? []);
  // Not their content, which can be long.
  const { rows: files } = await sql<FileHead>`select id, uri, state, hash, problem, resolved_at from files
    where id in ${valueList(dialect, fileIds, "text")}`.execute(db);
  const records = await selectRows<Row<"records">>(db, dialect, "records", "agent_id", "int", ids);
  const docOf = new Map(docs.map((doc) => [doc.agent_id, doc]));
  const fileOf = new Map(files.map((file) => [file.id, file]));
  const recordsOf = new Map<number, Row<"records">[]>();
  for (const record of records) recordsOf.set(record.agent_id, [...(recordsOf.get(record.agent_id) ?? []), record]);
  return new Map(
    agents.map((agent) => {
      const doc = docOf.get(agent.agent_id);
      const mine = recordsOf.get(agent.agent_id) ?? [];
      const present = mine
        .filter(({ epoch }) => epoch === agent.epoch)
        .sort((a, b) => b.last_at - a.last_at || ((a.id ?? "") < (b.id ?? "") ? -1 : 1));
      return [
        agent.agent_id,
        {
          agentId: String(agent.agent_id),
          owner: agent.owner ?? "",
          ...(agent.wallet === null ? {} : { wallet: agent.wallet }),
          walletVerified: agent.wallet_verified === 1,
          epoch: agent.epoch,
          registeredAt: agent.registered_at,
          name: doc?.name ?? "",
          description: doc?.description ?? "",
          ...(doc?.image === undefined || doc.image === null ? {} : { image: doc.image }),
          active: doc?.active === 1,
          endpoints: JSON.parse(doc?.endpoints ?? "[]") as Endpoint[],
          services: JSON.parse(doc?.services ?? "[]") as Service[],
          skills: JSON.parse(doc?.skills ?? "[]") as string[],
          file: fileState(agent.file_id === null ? undefined : fileOf.get(agent.file_id)),
          records: present.slice(0, MAX_RECORDS).map(toRecord),
          feedback: {
            count: agent.feedback_count,
            ...(agent.feedback_count === 0
              ? {}
              : { average: Number(agent.feedback_sum) / FEEDBACK_SCALE / agent.feedback_count }),
            paidFor: agent.feedback_paid,
          },
          lastActiveAt: agent.last_active_at,
        },
      ];
    }),
  );
}

type FileHead = Pick<Tables["files"], "id" | "uri" | "state" | "hash" | "problem" | "resolved_at">;

function fileState(file: FileHead | undefined): FileState {
  if (file === undefined) return { state: "none", uri: "" };
  return {
    state: file.state,
    uri: file.uri,
    ...(file.hash === null ? {} : { hash: file.hash }),
    ...(file.resolved_at === null ? {} : { resolvedAt: file.resolved_at }),
    ...(file.problem === null ? {} : { problem: file.problem }),
  };
}

export function toRecord(row: Row<"records">): AgentRecord {
  return {
    source: row.source ?? "",
    token: row.token ?? "",
    epoch: row.epoch,
    role: row.role as AgentRecord["role"],
    completed: row.completed,
    partial: row.partial,
    rejected: row.rejected,
    undelivered: row.undelivered,
    unjudged: row.unjudged,
    declined: row.declined,
    disputesWon: row.disputes_won,
    disputesLost: row.disputes_lost,
    counterparties: row.counterparties,
    volumePaid: unpadAmount(row.volume_paid ?? "0"),
    volumeRefunded: unpadAmount(row.volume_refunded ?? "0"),
    firstAt: row.first_at,
    lastAt: row.last_at,
  };
}

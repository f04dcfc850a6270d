import { sql } from "kysely";

import type { Cell, Db } from "./bulk";
import { deleteRows, insertRows, selectRows, valueList } from "./bulk";
import type { LowestPrices } from "./documents";
import type { Dialect, Row } from "./schema";
import { unpadAmount } from "./schema";

const STANDING_COLUMNS = {
  token: "text",
  agent_id: "int",
  listed: "int",
  verified: "int",
  completed: "int",
  good: "real",
  judged: "int",
  counterparties: "int",
  volume: "text",
  price: "text",
  unit_price: "text",
  last_active_at: "int",
} as const;

interface Doc {
  agent_id: number;
  active: number;
  prices: string;
}

/**
 * Brings what ranking reads of these agents up to date: their records as provider in the present epoch, and their
 * prices. Readers keep a copy, so that whatever a standing is made of must be followed by this, in one transaction.
 */
export async function refreshStandings(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  if (agentIds.length === 0) return;
  const agents = await selectRows<Row<"agents">>(db, dialect, "agents", "agent_id", "int", agentIds);
  const records = await selectRows<Row<"records">>(db, dialect, "records", "agent_id", "int", agentIds);
  // Not the whole documents, which can be long.
  const { rows: docs } = await sql<Doc>`select agent_id, active, prices from docs
    where agent_id in ${valueList(dialect, agentIds, "int")}`.execute(db);
  const docOf = new Map(docs.map((doc) => [doc.agent_id, doc]));
  const recordsOf = new Map<number, Row<"records">[]>();
  for (const record of records) {
    const mine = recordsOf.get(record.agent_id);
    if (mine === undefined) recordsOf.set(record.agent_id, [record]);
    else mine.push(record);
  }
  const rows = agents.flatMap((agent) =>
    standingsOf(agent, recordsOf.get(agent.agent_id) ?? [], docOf.get(agent.agent_id)),
  );
  await deleteRows(db, dialect, "standings", "agent_id", "int", agentIds);
  await insertRows(db, dialect, "standings", STANDING_COLUMNS, rows, "token,agent_id");
  await noteChanges(db, dialect, agentIds);
}

function standingsOf(agent: Row<"agents">, records: readonly Row<"records">[], doc: Doc | undefined): Cell[][] {
  const present = records.filter(({ epoch, role }) => epoch === agent.epoch && role === "provider");
  const listed = JSON.parse(doc?.prices ?? "[]") as LowestPrices[];
  const prices = new Map(listed.map(([token, ...lowest]) => [token, lowest]));
  const row = (token: string, mine: readonly Row<"records">[], volume: string): Cell[] => [
    ...[token, agent.agent_id, doc?.active ?? 0, agent.wallet_verified, ...figures(mine)],
    ...[volume, ...(prices.get(token) ?? [null, null]), agent.last_active_at],
  ];
  const tokens = new Set([...present.map(({ token }) => token ?? ""), ...prices.keys()]);
  const rows = [...tokens].map((token) => {
    const mine = present.filter((record) => record.token === token);
    return row(token, mine, unpadAmount(mine[0]?.volume_paid ?? "0"));
  });
  // Amounts of different tokens have no sum.
  return [...rows, row("", present, "0")];
}

/** completed, good, judged, counterparties: see market/store/ranking.ts for what is made of them. */
function figures(records: readonly Row<"records">[]): number[] {
  const sum = (of: (record: Row<"records">) => number): number => records.reduce((total, r) => total + of(r), 0);
  return [
    sum((r) => r.completed),
    sum((r) => r.completed + r.partial / 2),
    sum((r) => r.completed + r.partial + r.rejected + r.undelivered + r.disputes_lost),
    sum((r) => r.counterparties),
  ];
}

/**
 * Says that these agents' standings changed, or are gone. The row of the revision stays locked until the transaction
 * ends: whoever reads a revision has all changes up to it, even if two processes write.
 */
async function noteChanges(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  const { rows } = await sql<{ value: string }>`
    update meta set value = cast(cast(value as bigint) + 1 as text) where key = 'revision' returning value`.execute(db);
  const revision = Number(rows[0]?.value);
  if (!Number.isSafeInteger(revision)) throw new Error("the index has no revision: a defect of the index.");
  const changes = agentIds.map((agentId) => [agentId, revision]);
  await insertRows(db, dialect, "changes", { agent_id: "int", revision: "int" }, changes, "agent_id");
}

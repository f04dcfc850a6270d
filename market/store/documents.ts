import { sql } from "kysely";

import type { RegistrationFile } from "../../sdk/registration";
import { cutText } from "../chain/text";
import { documentOf } from "../files/document";
import type { Document } from "../files/document";
import type { Cell, Db } from "./bulk";
import { deleteRows, insertRows, selectRows, valueList } from "./bulk";
import { foldSkill, indexText } from "./normalise";
import type { Dialect, Row, Tables } from "./schema";
import { padAmount } from "./schema";

const DOC_COLUMNS = {
  agent_id: "int",
  name: "text",
  description: "text",
  image: "text",
  active: "int",
  endpoints: "text",
  services: "text",
  skills: "text",
} as const;
const WORD_COLUMNS = { rowid: "int", name: "text", skills: "text", services: "text", description: "text" } as const;
const PRICE_COLUMNS = { token: "text", amount: "text", agent_id: "int", amount_real: "real" } as const;
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
  last_active_at: "int",
} as const;
/** Words of a long description beyond this are not searched. */
const MAX_INDEXED = 4_000;
/** Agents whose files are read at once: bounds the memory. */
const AGENTS_AT_ONCE = 200;

/** Brings what search reads of these agents' files up to date, whichever file they point to now. */
export async function refreshDocuments(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  for (let i = 0; i < agentIds.length; i += AGENTS_AT_ONCE) {
    await refreshPart(db, dialect, agentIds.slice(i, i + AGENTS_AT_ONCE));
  }
}

async function refreshPart(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  for (const table of ["docs", "skills", "prices"]) {
    await deleteRows(db, dialect, table, "agent_id", "int", agentIds);
  }
  await deleteRows(db, dialect, "words", dialect === "sqlite" ? "rowid" : "agent_id", "int", agentIds);
  const { rows } = await sql<{ agent_id: number; content: string }>`
    select a.agent_id, f.content from agents a join files f on f.id = a.file_id
    where f.state = 'resolved' and a.agent_id in ${valueList(dialect, agentIds, "int")}`.execute(db);
  const chain = await db.selectFrom("meta").select("value").where("key", "=", "chainId").executeTakeFirst();
  const chainId = BigInt(chain?.value ?? 0);
  const parsed = new Map<string, Document>();
  const docs: Cell[][] = [];
  const words: Cell[][] = [];
  const skills: Cell[][] = [];
  const prices: Cell[][] = [];
  for (const { agent_id, content } of rows) {
    const doc = parsed.get(content) ?? documentOf(JSON.parse(content) as RegistrationFile, chainId);
    parsed.set(content, doc);
    const { name, description, image, active, endpoints, services } = doc;
    const lists = [endpoints, services, doc.skills].map((list) => JSON.stringify(list));
    docs.push([agent_id, name, description, image ?? null, active ? 1 : 0, ...lists]);
    words.push([
      agent_id,
      ...[name, doc.skills.join(" "), services.map((s) => `${s.name} ${s.description}`).join(" "), description].map(
        (text) => cutText(indexText(text), MAX_INDEXED),
      ),
    ]);
    for (const skill of doc.skills) skills.push([foldSkill(skill), agent_id]);
    for (const { price } of services) {
      if (price === undefined) continue;
      prices.push([price.token, padAmount(BigInt(price.amount)), agent_id, Number(price.amount)]);
    }
  }
  await insertRows(db, dialect, "docs", DOC_COLUMNS, docs, "agent_id");
  await insertRows(db, dialect, "skills", { skill: "text", agent_id: "int" }, skills, "skill,agent_id", true);
  await insertRows(db, dialect, "prices", PRICE_COLUMNS, prices, "token,amount,agent_id", true);
  await insertWords(db, dialect, words);
}

async function insertWords(db: Db, dialect: Dialect, rows: Cell[][]): Promise<void> {
  if (rows.length === 0) return;
  const json = JSON.stringify(rows);
  if (dialect === "sqlite") {
    const cells = Object.keys(WORD_COLUMNS).map((_, i) => `json_extract(v.value, '$[${i}]')`);
    await sql`insert into words (${sql.raw(Object.keys(WORD_COLUMNS).join(", "))})
      select ${sql.raw(cells.join(", "))} from json_each(${json}) v`.execute(db);
    return;
  }
  const weighed = ["A", "B", "C", "D"].map(
    (weight, i) => `setweight(to_tsvector('simple', v.value->>${i + 1}), '${weight}')`,
  );
  await sql`insert into words (agent_id, tsv) select (v.value->>0)::bigint, ${sql.raw(weighed.join(" || "))}
    from json_array_elements(cast(${json} as json)) v(value)`.execute(db);
}

/** Brings what ranking reads of these agents up to date: their records as provider in the present epoch. */
export async function refreshStandings(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  if (agentIds.length === 0) return;
  const agents = await selectRows<Row<"agents">>(db, dialect, "agents", "agent_id", "int", agentIds);
  const docs = await selectRows<Tables["docs"]>(db, dialect, "docs", "agent_id", "int", agentIds);
  const records = await selectRows<Row<"records">>(db, dialect, "records", "agent_id", "int", agentIds);
  const listed = new Map(docs.map((doc) => [doc.agent_id, doc.active]));
  const byAgent = new Map<number, Row<"records">[]>();
  for (const record of records) byAgent.set(record.agent_id, [...(byAgent.get(record.agent_id) ?? []), record]);
  const rows: Cell[][] = [];
  for (const agent of agents) {
    const head = [agent.agent_id, listed.get(agent.agent_id) ?? 0, agent.wallet_verified];
    const present = (byAgent.get(agent.agent_id) ?? []).filter(
      ({ epoch, role }) => epoch === agent.epoch && role === "provider",
    );
    for (const record of present) {
      rows.push([record.token, ...head, ...figures([record]), record.volume_paid, agent.last_active_at]);
    }
    // Amounts of different tokens have no sum.
    rows.push(["", ...head, ...figures(present), padAmount(0n), agent.last_active_at]);
  }
  await deleteRows(db, dialect, "standings", "agent_id", "int", agentIds);
  await insertRows(db, dialect, "standings", STANDING_COLUMNS, rows, "token,agent_id");
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

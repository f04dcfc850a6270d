import { sql } from "kysely";

import type { RegistrationFile } from "../../sdk/registration";
import { documentOf } from "../files/document";
import type { Document } from "../files/document";
import type { Cell, Db } from "./bulk";
import { deleteRows, insertRows, valueList } from "./bulk";
import { foldSkill } from "./normalise";
import type { Dialect } from "./schema";
import { termsOf } from "./terms";

const DOC_COLUMNS = {
  agent_id: "int",
  name: "text",
  description: "text",
  image: "text",
  active: "int",
  endpoints: "text",
  services: "text",
  skills: "text",
  prices: "text",
} as const;
/** As `docs.prices` holds them: see market/store/schema.ts. */
export type LowestPrices = [token: string, price: string | null, unitPrice: string | null];

const TERM_COLUMNS = { word: "text", agent_id: "int", rank: "int" } as const;
/** Agents whose files are read at once: bounds the memory. */
const AGENTS_AT_ONCE = 200;

/** Brings what search reads of these agents' files up to date, whichever file they point to now. */
export async function refreshDocuments(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  for (let i = 0; i < agentIds.length; i += AGENTS_AT_ONCE) {
    await refreshPart(db, dialect, agentIds.slice(i, i + AGENTS_AT_ONCE));
  }
}

async function refreshPart(db: Db, dialect: Dialect, agentIds: readonly number[]): Promise<void> {
  for (const table of ["docs", "skills", "terms"]) {
    await deleteRows(db, dialect, table, "agent_id", "int", agentIds);
  }
  const { rows } = await sql<{ agent_id: number; content: string }>`
    select a.agent_id, f.content from agents a join files f on f.id = a.file_id
    where f.state = 'resolved' and a.agent_id in ${valueList(dialect, agentIds, "int")}`.execute(db);
  const chain = await db.selectFrom("meta").select("value").where("key", "=", "chainId").executeTakeFirst();
  const chainId = BigInt(chain?.value ?? 0);
  const parsed = new Map<string, Document>();
  const docs: Cell[][] = [];
  const terms: Cell[][] = [];
  const skills: Cell[][] = [];
  for (const { agent_id, content } of rows) {
    const doc = parsed.get(content) ?? documentOf(JSON.parse(content) as RegistrationFile, chainId);
    parsed.set(content, doc);
    const { name, description, image, active, endpoints, services } = doc;
    const lists = [endpoints, services, doc.skills, lowestPrices(services)].map((list) => JSON.stringify(list));
    docs.push([agent_id, name, description, image ?? null, active ? 1 : 0, ...lists]);
    for (const [word, rank] of termsOf(doc)) terms.push([word, agent_id, rank]);
    for (const skill of doc.skills) skills.push([foldSkill(skill), agent_id]);
  }
  await insertRows(db, dialect, "docs", DOC_COLUMNS, docs, "agent_id");
  await insertRows(db, dialect, "skills", { skill: "text", agent_id: "int" }, skills, "skill,agent_id", true);
  await insertRows(db, dialect, "terms", TERM_COLUMNS, terms, "word,agent_id,rank", true);
}

/** The least that a job costs in each token, and the lowest price of a unit where a job's has no minimum. */
function lowestPrices(services: Document["services"]): LowestPrices[] {
  const lowest = new Map<string, { price?: bigint; unitPrice?: bigint }>();
  for (const { price } of services) {
    if (price === undefined) continue;
    const { token, amount, unit, minimum } = price;
    const [which, least] =
      unit !== undefined && minimum === undefined
        ? (["unitPrice", BigInt(amount)] as const)
        : (["price", BigInt(minimum ?? amount)] as const);
    const found = lowest.get(token) ?? {};
    const before = found[which];
    if (before === undefined || least < before) lowest.set(token, { ...found, [which]: least });
  }
  return [...lowest].map(([token, found]) => [
    token,
    found.price?.toString() ?? null,
    found.unitPrice?.toString() ?? null,
  ]);
}

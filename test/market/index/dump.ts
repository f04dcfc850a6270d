import { sql } from "kysely";

import { openStore } from "../../../market/store/open";
import type { Market } from "../../fixtures/market";
import { indexOf } from "./support";

/** Everything that the chain determines of an index; not when it was asked, nor by which ranges. */
const TABLES = [
  "agents",
  "jobs",
  "records",
  "pairs",
  "feedback",
  "responses",
  "metadata",
  "disputes",
  "counters",
  "events",
  "docs",
  "skills",
  "terms",
  "standings",
];

/** The content of an index, to be compared with that of another one. */
export async function dump(database: string): Promise<Record<string, unknown[]>> {
  const store = await openStore(database, { readOnly: true });
  try {
    const tables: Record<string, unknown[]> = {};
    for (const table of TABLES) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.raw(table)}`.execute(store.reader);
      // A counter that went up and down again is as if it had never been.
      const kept = rows.filter((row) => table !== "counters" || row.value !== "0");
      tables[table] = kept.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    const cursor = await store.reader.selectFrom("cursor").select(["number", "hash", "time"]).execute();
    return { ...tables, cursor };
  } finally {
    await store.close();
  }
}

/** What an index has that reads the chain as it is now, for the first time. */
export async function freshDump(
  market: Market,
  database: string,
  options: { evaluators?: string[]; courts?: string[] } = {},
): Promise<Record<string, unknown[]>> {
  const index = await indexOf(market, database, options);
  await index.catchUp();
  await index.stop();
  return await dump(database);
}

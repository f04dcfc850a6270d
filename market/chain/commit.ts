import { sql } from "kysely";

import { insertRows, selectRows } from "../store/bulk";
import type { Cell, Db } from "../store/bulk";
import { refreshDocuments } from "../store/documents";
import type { Store } from "../store/open";
import type { Dialect, Tables } from "../store/schema";
import { ALL_TABLES, firstMeta, positionOf } from "../store/schema";
import { refreshStandings } from "../store/standings";
import { UnitOfWork, undoBlocks } from "../store/unitOfWork";
import { applyEvents } from "./apply";
import type { Batch, FileReference } from "./batch";
import { TIMELINE_COLUMNS } from "./batch";
import type { ChainEvent, Contracts } from "./events";
import type { JobDetails } from "./reads";
import type { Header } from "./source";
import { InconsistentAnswerError } from "./source";
import { boundText } from "./text";

export type Cursor = Tables["cursor"];

/** Blocks that are written together, and what had to be read for their events. */
export interface Segment {
  events: ChainEvent[];
  last: Header;
  /** Whether a reorganisation may still reach it, so that it must be possible to undo. Then it is one block. */
  undoable: boolean;
  details: ReadonlyMap<string, JobDetails>;
  disputes: ReadonlyMap<string, { won: number; lost: number }>;
}

export interface TokenRow {
  token: string;
  symbol: string | null;
  decimals: number | null;
}

/** One block in so many keeps its hash, to recognise a chain by. */
const CHECKPOINT = 1_000;
/** A longer URI is not kept: it could only be a data: URI above what a file may have. */
export const MAX_URI = 700_000;

const FILE_COLUMNS = {
  id: "text",
  uri: "text",
  state: "text",
  hash: "text",
  content: "text",
  fields: "text",
  problem: "text",
  attempts: "int",
  resolved_at: "int",
  next_at: "int",
} as const;

export async function readCursor(db: Db): Promise<Cursor | undefined> {
  return db.selectFrom("cursor").selectAll().where("id", "=", 1).executeTakeFirst();
}

export async function readMeta(db: Db): Promise<Map<string, string>> {
  const rows = await db.selectFrom("meta").selectAll().execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}

export async function writeMeta(db: Db, entries: Record<string, string>): Promise<void> {
  const rows = Object.entries(entries).map(([key, value]) => ({ key, value }));
  await db
    .insertInto("meta")
    .values(rows)
    .onConflict((conflict) => conflict.column("key").doUpdateSet((eb) => ({ value: eb.ref("excluded.value") })))
    .execute();
}

/**
 * Writes segments and moves the cursor in one transaction, so that a process that is killed has written all of it or
 * nothing. Fails if somebody else moved the cursor meanwhile.
 */
export async function commitSegments(
  { writer, dialect, exclusive }: Store,
  contracts: Contracts,
  before: Cursor | undefined,
  segments: readonly Segment[],
  head: { number: number; askedAt: number },
  tokens: readonly TokenRow[],
  window: number,
): Promise<Cursor | undefined> {
  const last = segments.at(-1)?.last;
  if (last === undefined) return before;
  const after: Cursor = {
    id: 1,
    number: last.number,
    hash: last.hash,
    time: last.time,
    head_number: head.number,
    head_at: head.askedAt,
  };
  const write = async (db: Db): Promise<void> => {
    await moveCursor(db, before, after);
    const unit = new UnitOfWork(db, dialect);
    const timeline: Cell[][] = [];
    const agents = new Set<number>();
    const repointed = new Set<number>();
    const files: FileReference[] = [];
    for (const { events, last: block, undoable, details, disputes } of segments) {
      if (events.length !== 0) {
        const batch: Batch = {
          unit,
          contracts,
          details,
          disputes,
          timeline,
          agents,
          repointed,
          files,
          tokens: new Set(),
        };
        await applyEvents(batch, events);
        await unit.flush(undoable ? block.number : undefined);
      }
    }
    await insertRows(db, dialect, "events", TIMELINE_COLUMNS, timeline, "position");
    await insertRows(
      db,
      dialect,
      "blocks",
      { number: "int", hash: "text", undoable: "int" },
      segments.map(({ last: block, undoable }) => [block.number, block.hash, undoable ? 1 : 0]),
      "number",
    );
    await insertRows(
      db,
      dialect,
      "tokens",
      { token: "text", symbol: "text", decimals: "int" },
      tokens.map(({ token, symbol, decimals }) => [token, symbol, decimals]),
      "token",
      true,
    );
    await keepFiles(db, dialect, files);
    // The file may be known, or none; until a new one is resolved, nothing is shown of the old one.
    await refreshDocuments(db, dialect, [...repointed]);
    await refreshStandings(db, dialect, [...agents]);
    if (segments.some(({ undoable }) => undoable)) await prune(db, last.number - window);
  };
  await exclusive(() => writer.transaction().execute(write));
  return after;
}

async function moveCursor(db: Db, before: Cursor | undefined, after: Cursor): Promise<void> {
  const moved =
    before === undefined
      ? (
          await db
            .insertInto("cursor")
            .values(after)
            .onConflict((conflict) => conflict.column("id").doNothing())
            .executeTakeFirst()
        ).numInsertedOrUpdatedRows
      : (
          await db
            .updateTable("cursor")
            .set(after)
            .where("id", "=", 1)
            .where("number", "=", before.number)
            .where("hash", "=", before.hash)
            .executeTakeFirst()
        ).numUpdatedRows;
  if (moved !== 1n) {
    throw new InconsistentAnswerError("another process has moved this index on: let one process write to it.");
  }
}

/** Notes files to be resolved. */
async function keepFiles(db: Db, dialect: Dialect, files: readonly FileReference[]): Promise<void> {
  const uris = new Map(files.map(({ id, uri }) => [id, uri]));
  if (uris.size === 0) return;
  const known = await selectRows<Tables["files"]>(db, dialect, "files", "id", "text", [...uris.keys()]);
  // Whoever announces the same URI again says that what it leads to has changed.
  const again = known.filter(({ uri }) => !uri.startsWith("data:")).map(({ id }) => id);
  for (const id of again) await db.updateTable("files").set({ next_at: 0, attempts: 0 }).where("id", "=", id).execute();
  for (const { id } of known) uris.delete(id);
  const rows = [...uris].map(([id, uri]): Cell[] => {
    if (uri.length <= MAX_URI) return [id, uri, "pending", null, null, null, null, 0, null, 0];
    const problem = `its URI is longer than ${MAX_URI} characters.`;
    return [id, boundText(uri), "failed", null, null, null, problem, 1, null, null];
  });
  await insertRows(db, dialect, "files", FILE_COLUMNS, rows, "id", true);
}

/** Forgets how to undo blocks that no reorganisation reaches, and all but a few of their hashes. */
async function prune(db: Db, floor: number): Promise<void> {
  await db.deleteFrom("undo").where("block", "<=", floor).execute();
  await db.updateTable("blocks").set({ undoable: 0 }).where("undoable", "=", 1).where("number", "<=", floor).execute();
  await db
    .deleteFrom("blocks")
    .where("number", "<", floor)
    .where("number", ">", floor - CHECKPOINT)
    .where(sql<number>`number % ${sql.lit(CHECKPOINT)}`, "<>", 0)
    .execute();
}

/** Takes back everything after `ancestor`, whose header must be one that is stored. */
export async function rollBack(
  { writer, dialect, exclusive }: Store,
  before: Cursor,
  ancestor: Header,
): Promise<Cursor> {
  const after: Cursor = { ...before, number: ancestor.number, hash: ancestor.hash, time: ancestor.time };
  const write = async (db: Db): Promise<void> => {
    await moveCursor(db, before, after);
    const agents = await undoBlocks(db, dialect, ancestor.number);
    await db
      .deleteFrom("events")
      .where("position", ">=", positionOf(ancestor.number + 1, 0))
      .execute();
    await db.deleteFrom("blocks").where("number", ">", ancestor.number).execute();
    await refreshDocuments(db, dialect, agents);
    await refreshStandings(db, dialect, agents);
  };
  await exclusive(() => writer.transaction().execute(write));
  return after;
}

/** Empties the index. */
export async function startOver({ writer, exclusive }: Store, meta: Record<string, string>): Promise<void> {
  const empty = async (db: Db): Promise<void> => {
    for (const table of ALL_TABLES) await sql`delete from ${sql.raw(table)}`.execute(db);
    await db.insertInto("meta").values(firstMeta()).execute();
    if (Object.keys(meta).length !== 0) await writeMeta(db, meta);
  };
  await exclusive(() => writer.transaction().execute(empty));
}

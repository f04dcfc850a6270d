import type { SqliteDatabase, SqliteStatement } from "kysely";
import { Kysely, PostgresDialect, SqliteDialect, sql } from "kysely";
import Database from "libsql";
import { Pool, types as pgTypes } from "pg";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Db } from "./bulk";
import type { Dialect, Tables } from "./schema";
import { SCHEMA_VERSION, firstMeta, schemaStatements } from "./schema";

/** An open database. The writer's and the readers' connections differ where the database allows it. */
export interface Store {
  readonly dialect: Dialect;
  readonly writer: Db;
  readonly reader: Db;
  /** Runs what writes, one after the other: the follower and the resolver of files touch the same rows. */
  exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  close(): Promise<void>;
}

/** PostgreSQL's 64-bit integers; ours stay below 2^53. */
const INT8 = 20;

/**
 * Opens the index's database, and makes its tables if they are not there.
 * @param database A path, ":memory:", or a connection string `postgres://…`.
 * @param readOnly For processes that only answer: they make no tables.
 */
export async function openStore(database: string, { readOnly = false } = {}): Promise<Store> {
  if (database === "") throw new InvalidInputError('the database is empty: name a file, ":memory:" or postgres://….');
  const store = /^postgres(ql)?:\/\//.test(database) ? openPostgres(database) : openSqlite(database);
  try {
    if (!readOnly) {
      for (const statement of schemaStatements(store.dialect)) await sql.raw(statement).execute(store.writer);
    }
    await checkVersion(store, readOnly);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function checkVersion({ writer, reader }: Store, readOnly: boolean): Promise<void> {
  const db = readOnly ? reader : writer;
  const found = await db.selectFrom("meta").select("value").where("key", "=", "schema").executeTakeFirst();
  if (found === undefined && !readOnly) {
    await db.insertInto("meta").values(firstMeta()).execute();
  } else if (found !== undefined && found.value !== SCHEMA_VERSION) {
    throw new InvalidInputError(
      `the database is an index of version ${found.value}, this is ${SCHEMA_VERSION}: give an empty one, it is filled from the chain.`,
    );
  }
}

function openSqlite(path: string): Store {
  const connect = (): Db => {
    const database = new Database(path);
    // Readers go on while the writer writes; a crash of the machine may lose the last batches, never half of one.
    database.exec("pragma journal_mode = wal");
    database.exec("pragma synchronous = normal");
    database.exec("pragma busy_timeout = 5000");
    database.exec("pragma cache_size = -65536");
    return new Kysely<Tables>({ dialect: new SqliteDialect({ database: preparingOnce(database) }) });
  };
  const writer = connect();
  const reader = path === ":memory:" ? writer : connect();
  return {
    dialect: "sqlite",
    writer,
    reader,
    exclusive: queue(),
    async close() {
      if (reader !== writer) await reader.destroy();
      await writer.destroy();
    },
  };
}

/** Statements that are kept for each connection: more than this code has, as it binds what callers choose. */
const KEPT_STATEMENTS = 500;

/**
 * Prepares each text of SQL once. Kysely prepares every query anew, and libsql holds a statement, with a page cache's
 * worth of memory, until JavaScript happens to collect it. Whoever asks waits for the answer, so that no statement is
 * used twice at once.
 */
export function preparingOnce(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    prepare(text) {
      const known = kept.get(text);
      kept.delete(text);
      const statement = known ?? database.prepare(text);
      kept.set(text, statement);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
    close() {
      kept.clear();
      database.close();
    },
  };
}

function openPostgres(connectionString: string): Store {
  const pool = new Pool({
    connectionString,
    max: 8,
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : defaultParser(oid, format)) as never,
    },
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { dialect: "postgres", writer: db, reader: db, exclusive: queue(), close: () => db.destroy() };
}

/** pg's own parsers; its types name the known type numbers only. */
function defaultParser(oid: number, format: "text" | "binary" | undefined): unknown {
  return (pgTypes.getTypeParser as (oid: number, format?: string) => unknown)(oid, format);
}

function queue(): Store["exclusive"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

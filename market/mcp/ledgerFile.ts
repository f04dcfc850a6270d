import { closeSync, openSync } from "node:fs";

import Database from "libsql";

import { InvalidInputError } from "../../sdk/InvalidInputError";

/*
 * The ledger is an SQLite file, for its lock above all: the operating system holds it, for as long as the process that
 * took it lives. There is no lock file that a killed server could leave behind, and so no rule, which could be wrong,
 * about when to break one. What a killed server had not finished is undone by the next one that opens the file.
 */

/** Raised where an old server could misread a new ledger. */
const VERSION = 1;

const TABLES = `
  create table if not exists writes (
    key text primary key,
    tool text not null,
    request text not null,
    token text not null,
    amount text not null,
    at integer not null,
    tries integer not null,
    result text
  );
  create index if not exists writes_spent on writes (token, at);
  pragma user_version = ${VERSION};`;

/** Opens a ledger, or begins it. @param patience Milliseconds to wait for another process that is writing. */
export function openLedger(path: string, patience: number): Database.Database {
  try {
    // Nobody else needs to read it. SQLite gives its journal the same rights.
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new InvalidInputError(`the ledger ${path} cannot be written: ${(error as Error).message}.`);
  }
  const database = new Database(path, { timeout: patience });
  try {
    explained(() => {
      // On the disk, and its folder too, when a write of it returns.
      database.exec("pragma synchronous = extra");
    });
    inTurn(database, () => {
      const [found] = database.prepare("pragma user_version").all() as { user_version: number }[];
      const version = found?.user_version ?? 0;
      if (version > VERSION) {
        throw new InvalidInputError(
          `the ledger ${path} is of a later version: use that, or begin a new one elsewhere.`,
        );
      }
      if (version < VERSION) database.exec(TABLES);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Looks and writes while no other process does either; all of it happens, or nothing. */
export function inTurn<T>(database: Database.Database, work: () => T): T {
  return explained(() => {
    database.exec("begin immediate");
    try {
      const result = work();
      database.exec("commit");
      return result;
    } catch (error) {
      if (database.inTransaction) database.exec("rollback");
      throw error;
    }
  });
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "SQLITE_BUSY") {
      throw new InvalidInputError("another server is writing the same ledger and does not end: try again.");
    }
    if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
      throw new InvalidInputError("the ledger of earlier writes is damaged: restore it, or begin a new one elsewhere.");
    }
    throw error;
  }
}

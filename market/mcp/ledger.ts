import { id } from "ethers";
import type Database from "libsql";

import { canonicalJson } from "../../sdk/canonicalJson";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { inTurn, openLedger } from "./ledgerFile";

/** What a server's writes may cost, per token and time. */
export interface SpendCap {
  /** Base units per token (lower case address). What is not named cannot be spent. */
  readonly tokens: ReadonlyMap<string, bigint>;
  /** Seconds over which spending adds up; it rolls. */
  readonly window: number;
}

/** For how long a write whose end is not known counts at least: a transaction that is stuck may land days later. */
const UNKNOWN_SECONDS = 7 * 86_400;

/** What a write came to. */
export type WriteResult = Record<string, unknown>;

/** How a write stands when it is to be made. */
export interface Begun {
  /** Whether nobody has tried it before. */
  readonly isFirst: boolean;
  /** What it came to, if it was made already: there is nothing left to do. */
  readonly result?: WriteResult;
}

/** One write that a model asked for. Amounts in base units as text, times in Unix seconds. */
interface Row {
  readonly tool: string;
  /** Hash of its arguments: the same key for something else is a mistake. */
  readonly request: string;
  readonly amount: string;
  readonly at: number;
  readonly tries: number;
  /** JSON. Null while it is not known whether it happened. */
  readonly result: string | null;
}

/**
 * What servers were asked to write, by idempotency key, and what they have spent. It is on the disk before anything is
 * sent, so that a restart neither forgets a cap nor does anything twice. A write whose end is not known still counts.
 * Any number of servers may keep one ledger: each looks and writes while no other does.
 */
export class SpendLedger {
  readonly #database: Database.Database;

  /** @param patience Milliseconds to wait for another server that is writing. */
  constructor(
    path: string,
    private readonly cap: SpendCap,
    private readonly now: () => number = () => Math.floor(Date.now() / 1_000),
    patience = 5_000,
  ) {
    this.#database = openLedger(path, patience);
  }

  /** Base units of a token that may still be spent now. */
  left(token: string): bigint {
    return inTurn(this.#database, () => this.#leftBeside(token.toLowerCase(), ""));
  }

  #leftBeside(token: string, key: string): bigint {
    const spendings = this.#database.prepare(
      "select amount from writes where token = ? and (at > ? or (result is null and at > ?)) and key <> ?",
    );
    const now = this.now();
    const rows = spendings.all(token, now - this.cap.window, now - UNKNOWN_SECONDS, key) as { amount: string }[];
    const spent = rows.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const cap = this.cap.tokens.get(token) ?? 0n;
    return cap > spent ? cap - spent : 0n;
  }

  /**
   * What came of a write, if that is known.
   * @throws InvalidInputError if the key stands for something else.
   */
  find(key: string, tool: string, request: unknown): WriteResult | undefined {
    return resultOf(inTurn(this.#database, () => this.#find(key, tool, request)));
  }

  #find(key: string, tool: string, request: unknown): Row | undefined {
    const columns = "tool, request, amount, at, tries, result";
    const [row] = this.#database.prepare(`select ${columns} from writes where key = ?`).all(key) as Row[];
    if (row !== undefined && (row.tool !== tool || row.request !== hashOf(request))) {
      throw new InvalidInputError(`the idempotency key "${key}" was used for something else: take a new one.`);
    }
    return row;
  }

  /**
   * Before a write: counts what it costs. One whose end is not known is made again, which every write of the sdk allows,
   * and counts from now on: it is now that it may be spent.
   * @throws InvalidInputError if the key stands for something else, or the cap is passed.
   */
  begin(key: string, tool: string, request: unknown, spending?: { token: string; amount: bigint }): Begun {
    return inTurn(this.#database, () => {
      const row = this.#find(key, tool, request);
      const result = resultOf(row);
      if (row !== undefined && result !== undefined) return { isFirst: false, result };
      const token = (spending?.token ?? "").toLowerCase();
      const asked = spending?.amount ?? 0n;
      const left = this.#leftBeside(token, key);
      if (asked > left) {
        throw new InvalidInputError(
          `this costs ${asked} base units of ${token}, and this server may spend ${left} now: ask its operator for a higher cap.`,
        );
      }
      if (row === undefined) {
        const insert = "insert into writes (key, tool, request, token, amount, at, tries) values (?, ?, ?, ?, ?, ?, 1)";
        this.#run(insert, key, tool, hashOf(request), token, asked.toString(), this.now());
        return { isFirst: true };
      }
      // An earlier try may still land: it never counts less, nor as earlier, because of a later one.
      if (spending === undefined) this.#run("update writes set tries = tries + 1 where key = ?", key);
      else {
        const amount = asked > BigInt(row.amount) ? asked : BigInt(row.amount);
        const update = "update writes set token = ?, amount = ?, at = ?, tries = tries + 1 where key = ?";
        this.#run(update, token, amount.toString(), Math.max(row.at, this.now()), key);
      }
      return { isFirst: false };
    });
  }

  /** The write happened. */
  finish(key: string, result: WriteResult): void {
    inTurn(this.#database, () => {
      const changed = this.#run("update writes set result = ? where key = ?", JSON.stringify(result), key);
      if (changed === 0) throw new Error(`nothing was begun under ${key}`);
    });
  }

  /**
   * The write surely did not happen: it costs nothing, and its key is free again. Not if another server has tried it
   * too meanwhile: that try may have failed this one, and may land.
   */
  abandon(key: string): void {
    inTurn(this.#database, () => this.#run("delete from writes where key = ? and tries = 1 and result is null", key));
  }

  close(): void {
    this.#database.close();
  }

  #run(statement: string, ...values: (string | number)[]): number {
    return this.#database.prepare(statement).run(...values).changes;
  }
}

function resultOf(row: Row | undefined): WriteResult | undefined {
  return row?.result == null ? undefined : (JSON.parse(row.result) as WriteResult);
}

function hashOf(request: unknown): string {
  return id(canonicalJson(request));
}

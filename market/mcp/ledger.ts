import { id } from "ethers";

import { canonicalJson } from "../../sdk/canonicalJson";
import { InvalidInputError } from "../../sdk/InvalidInputError";

/** Where a ledger is kept: a file on the disk, which must hold what was written when `write` returns. */
export interface LedgerStore {
  read: () => string | undefined;
  write: (text: string) => void;
}

/** One write that a model asked for. Amounts in base units, times in Unix seconds. */
interface Entry {
  readonly key: string;
  readonly tool: string;
  /** Hash of its arguments: the same key for something else is a mistake. */
  readonly request: string;
  readonly token: string;
  readonly amount: string;
  readonly at: number;
  /** What it came to. Absent while it is not known whether it happened. */
  readonly result?: Record<string, unknown>;
}

/** What a server's writes may cost, per token and time. */
export interface SpendCap {
  /** Base units per token (lower case address). What is not named cannot be spent. */
  readonly tokens: ReadonlyMap<string, bigint>;
  /** Seconds over which spending adds up; it rolls. */
  readonly window: number;
}

/**
 * What a server was asked to write, by idempotency key, and what it has spent. It is on the disk before anything is
 * sent, so that a restart neither forgets a cap nor does anything twice. A write whose end is not known still counts.
 */
export class SpendLedger {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly store: LedgerStore,
    private readonly cap: SpendCap,
    private readonly now: () => number = () => Math.floor(Date.now() / 1_000),
  ) {
    this.#load();
  }

  /** What is on the disk now: another server may keep the same ledger. */
  #load(): void {
    const text = this.store.read();
    if (text === undefined) return;
    try {
      const entries = JSON.parse(text) as Entry[];
      this.#entries.clear();
      for (const entry of entries) this.#entries.set(entry.key, entry);
    } catch {
      throw new InvalidInputError("the ledger of earlier writes is damaged: restore it, or begin a new one elsewhere.");
    }
  }

  /** Base units of a token that may still be spent now. */
  left(token: string): bigint {
    this.#load();
    return this.#leftBeside(token);
  }

  #leftBeside(token: string, key?: string): bigint {
    const since = this.now() - this.cap.window;
    let spent = 0n;
    for (const entry of this.#entries.values()) {
      if (entry.key !== key && entry.at > since && entry.token === token.toLowerCase()) spent += BigInt(entry.amount);
    }
    const cap = this.cap.tokens.get(token.toLowerCase()) ?? 0n;
    return cap > spent ? cap - spent : 0n;
  }

  /**
   * What came of a write, if that is known.
   * @throws InvalidInputError if the key stands for something else.
   */
  find(key: string, tool: string, request: unknown): Record<string, unknown> | undefined {
    this.#load();
    const known = this.#entries.get(key);
    if (known !== undefined && (known.tool !== tool || known.request !== hashOf(request))) {
      throw new InvalidInputError(`the idempotency key "${key}" was used for something else: take a new one.`);
    }
    return known?.result;
  }

  /**
   * Before a write: counts what it costs. One whose end is not known is made again, which every write of the sdk allows,
   * and counts from now on: it is now that it may be spent.
   * @returns Whether it is the first try.
   * @throws InvalidInputError if the key stands for something else, or the cap is passed.
   */
  begin(key: string, tool: string, request: unknown, spending?: { token: string; amount: bigint }): boolean {
    this.find(key, tool, request);
    const isFirst = !this.#entries.has(key);
    if (!isFirst && spending === undefined) return false;
    const token = (spending?.token ?? "").toLowerCase();
    const amount = spending?.amount ?? 0n;
    const left = this.#leftBeside(token, key);
    if (amount > left) {
      throw new InvalidInputError(
        `this costs ${amount} base units of ${token}, and this server may spend ${left} now: ask its operator for a higher cap.`,
      );
    }
    this.#keep({ key, tool, request: hashOf(request), token, amount: amount.toString(), at: this.now() });
    return isFirst;
  }

  /** The write happened. */
  finish(key: string, result: Record<string, unknown>): void {
    this.#load();
    this.#keep({ ...this.#find(key), result });
  }

  /** The write surely did not happen: it costs nothing, and its key is free again. */
  abandon(key: string): void {
    this.#load();
    this.#entries.delete(key);
    this.#save();
  }

  #find(key: string): Entry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new Error(`nothing was begun under ${key}`);
    return entry;
  }

  #keep(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#save();
  }

  #save(): void {
    this.store.write(JSON.stringify([...this.#entries.values()]));
  }
}

function hashOf(request: unknown): string {
  return id(canonicalJson(request));
}

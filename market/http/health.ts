import type { MarketReader, Status } from "../../sdk/discovery/model";
import { within } from "./within";

export interface StaleAfter {
  /** Blocks between the index and the chain's head. */
  readonly blocks: number;
  /** Seconds since the index last learned of the chain's head. */
  readonly seconds: number;
}

export interface Health {
  ok: boolean;
  /** One sentence; absent if all is well. */
  problem?: string;
  block?: number;
  head?: number;
  blocksBehind?: number;
  /** Seconds since the chain was last asked for its head. */
  headAge?: number;
}

/** One look at the index serves every probe of a second: a flood of probes must not become a flood of queries. */
const KEPT_MS = 1000;

/** Whether the index answers and keeps up. */
export class HealthCheck {
  #kept: { at: number; status: Promise<Status | undefined> } | undefined;

  constructor(
    private readonly reader: Pick<MarketReader, "status">,
    private readonly staleAfter: StaleAfter,
    private readonly timeoutMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** The index's state, a second old at most; undefined if it does not answer. */
  async status(): Promise<Status | undefined> {
    if (this.#kept === undefined || this.now() - this.#kept.at >= KEPT_MS) {
      const status = within(this.timeoutMs, this.reader.status()).catch(() => undefined);
      this.#kept = { at: this.now(), status };
    }
    return this.#kept.status;
  }

  async check(): Promise<Health> {
    const status = await this.status();
    if (status === undefined) {
      return { ok: false, problem: "The index does not answer." };
    }
    const blocksBehind = Math.max(0, status.head.number - status.block.number);
    const headAge = Math.max(0, Math.floor(this.now() / 1000) - status.head.askedAt);
    const figures = { block: status.block.number, head: status.head.number, blocksBehind, headAge };
    if (blocksBehind > this.staleAfter.blocks) {
      return { ok: false, problem: `The index is ${blocksBehind} blocks behind the chain.`, ...figures };
    }
    if (headAge > this.staleAfter.seconds) {
      return { ok: false, problem: `The chain's head was last seen ${headAge} seconds ago.`, ...figures };
    }
    return { ok: true, ...figures };
  }
}

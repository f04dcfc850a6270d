import type { Context } from "./context";
import type { EventFilter, MarketEvent, Position } from "./events";
import { EventDecoder, parseCursor } from "./events";
import { MarketError, toMarketError } from "./MarketError";

/** What to watch, from where, and how sure to be. */
export interface WatchOptions extends EventFilter {
  /** The first block to tell of; by default the next one. */
  readonly fromBlock?: number;
  /** The cursor of the last event that was dealt with, instead of `fromBlock`. */
  readonly cursor?: string;
  /** How many blocks an event has to be in before it is told; by default the client's. */
  readonly confirmations?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** How often an endpoint may fail in a row before the watch does; by default 5. */
  readonly retries?: number;
}

/**
 * Tells the market's events in their order, past ones first, then as they happen, until `signal` aborts.
 * An event is told once it is `confirmations` blocks deep. If the chain replaces blocks deeper than that, the watch
 * throws a MarketError with the code REORG: what was told from there on may not have happened.
 */
export async function* watch(ctx: Context, options: WatchOptions): AsyncGenerator<MarketEvent, void, undefined> {
  const { signal, confirmations = ctx.confirmations, retries = 5 } = options;
  const decoder = new EventDecoder(ctx, options);
  // The last block that all was told of, and its hash: the next answer has to build upon it.
  let last: Position | undefined = options.cursor === undefined ? undefined : parseCursor(options.cursor);
  let next = last?.block ?? options.fromBlock;
  let failures = 0;
  const isAborted = () => signal?.aborted === true;
  while (!isAborted()) {
    let events: MarketEvent[] = [];
    let behind = false;
    try {
      const head = (await ctx.chain.getBlockNumber()) - Math.max(confirmations, 1) + 1;
      next ??= head + 1;
      if (last !== undefined) await requireBlock(ctx, last);
      const end = Math.min(head, next + ctx.logRange - 1);
      if (end >= next) {
        ({ events, last, next } = await readRange(ctx, decoder, next, end, last));
        behind = end < head;
      }
      failures = 0;
    } catch (error) {
      const failure = toMarketError(error);
      if (failure.code === "REORG" || ++failures > retries) throw failure;
    }
    for (const event of events) {
      yield event;
      if (isAborted()) return;
    }
    if (!behind) await pause(ctx.pollMs * 2 ** Math.min(failures, 5), signal);
  }
}

async function readRange(ctx: Context, decoder: EventDecoder, from: number, to: number, last: Position | undefined) {
  const before = await ctx.chain.getBlock(to);
  const logs = await ctx.chain.getLogs({ address: decoder.addresses, fromBlock: from, toBlock: to });
  const after = await ctx.chain.getBlock(to);
  // An endpoint behind a balancer may know less than the one before it; a reorganisation may come in between.
  if (after?.hash == null || before?.hash !== after.hash) {
    throw new MarketError("NETWORK", `the endpoint does not yet know block ${to}: try again.`);
  }
  const told = (block: number, logIndex: number) =>
    last !== undefined && (block < last.block || (block === last.block && logIndex <= last.logIndex));
  const events = logs
    .filter(({ blockNumber, index }) => !told(blockNumber, index))
    .flatMap((log) => decoder.decode(log) ?? []);
  return { events, last: { block: to, logIndex: Number.MAX_SAFE_INTEGER, blockHash: after.hash }, next: to + 1 };
}

async function requireBlock({ chain }: Context, { block, blockHash }: Position): Promise<void> {
  const found = await chain.getBlock(block);
  if (found === null) throw new MarketError("NETWORK", `the endpoint does not know block ${block}: try again.`);
  if (found.hash !== blockHash) {
    throw new MarketError(
      "REORG",
      `the chain replaced block ${block}, of which events were told: watch again from an earlier block, with more confirmations.`,
    );
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

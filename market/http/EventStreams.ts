import type { ServerResponse } from "node:http";

import type { MarketReader, TimelineEntry } from "../../sdk/discovery/model";
import { Problem } from "./Problem";
import { END_OF_BLOCK, ReorgWatch } from "./ReorgWatch";
import { logError } from "./log";
import { bucketOf } from "./rateLimit";
import { within } from "./within";

export interface StreamSettings {
  /** Streams open at once, of all callers. */
  readonly max: number;
  /** Of these, by one caller. */
  readonly maxPerCaller: number;
  /** How often the index is asked for news. */
  readonly pollMs: number;
  /** How often a comment keeps a silent stream open through proxies. */
  readonly heartbeatMs: number;
  /** A reader that has not taken what was sent for so long is cut off. */
  readonly slowReaderMs: number;
}

/** A place on the chain; what comes after it is news. */
export interface Position {
  block: number;
  logIndex: number;
}

interface Stream {
  readonly response: ServerResponse;
  readonly caller: string;
  position: Position;
  stalledSince?: number;
  spokeAt: number;
}

const PAGE = 200;
/** An index may keep block and log index in one number below 2^53. */
const MAX_BLOCK = 2 ** 33 - 1;

/** Server-sent events (WHATWG HTML, section 9.2) of what happens on the market, from one poll for all who listen. */
export class EventStreams {
  readonly #streams = new Set<Stream>();
  #opening = 0;
  readonly #watch: ReorgWatch;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly reader: Pick<MarketReader, "status" | "events">,
    private readonly settings: StreamSettings,
    private readonly timeoutMs: number,
    private readonly onDropped: () => void,
  ) {
    // The limit stands inside: an answer that comes too late must not pass for one that was looked at.
    this.#watch = new ReorgWatch({ events: (after, limit) => within(timeoutMs, reader.events(after, limit)) });
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * Answers with a stream.
   * @param after Where to begin; without it, at the index's latest block.
   */
  async open(response: ServerResponse, address: string, after: Position | undefined): Promise<void> {
    const caller = bucketOf(address);
    this.#refuseTooMany(caller);
    // Counted while it waits for the index, or a flood would pass the bound before any of it counts.
    this.#opening += 1;
    let position: Position;
    try {
      position = after ?? (await this.#now());
    } finally {
      this.#opening -= 1;
    }
    if (this.#closed || response.destroyed) {
      response.destroy();
      return;
    }
    this.#refuseTooMany(caller);
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
    // Proxies hold an answer back until its first bytes; the line also names where a listener without news stands.
    response.write(`retry: 3000\nid: ${position.block}-${position.logIndex}\nevent: ready\ndata: {}\n\n`);
    const stream: Stream = { response, caller, position, spokeAt: performance.now() };
    this.#streams.add(stream);
    response.on("close", () => this.#streams.delete(stream));
    this.#schedule(0);
  }

  /** Ends all streams; browsers come back by themselves, to another process if there is one. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { response } of this.#streams) {
      response.end();
    }
    this.#streams.clear();
  }

  #refuseTooMany(caller: string): void {
    const own = [...this.#streams].filter((stream) => stream.caller === caller).length;
    const retry = { "retry-after": "30" };
    if (own >= this.settings.maxPerCaller) {
      const most = `${this.settings.maxPerCaller} event streams at once`;
      throw new Problem(429, `One caller may have ${most}: close one, then open another.`, undefined, retry);
    }
    if (this.#streams.size + this.#opening >= this.settings.max) {
      throw new Problem(503, "All event streams are taken: try again later, or poll.", undefined, retry);
    }
  }

  async #now(): Promise<Position> {
    const { block } = await within(this.timeoutMs, this.reader.status());
    return { block: block.number, logIndex: END_OF_BLOCK };
  }

  #schedule(milliseconds: number): void {
    if (this.#closed || this.#streams.size === 0) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#poll()
        .catch((error: unknown) => {
          logError("/api/v1/events", error);
        })
        .finally(() => {
          this.#schedule(this.settings.pollMs);
        });
    }, milliseconds);
  }

  async #poll(): Promise<void> {
    this.#dropSlowReaders();
    this.#keepAlive();
    const { block } = await within(this.timeoutMs, this.reader.status());
    const rewritten = await this.#watch.observe(block);
    if (rewritten !== undefined) {
      this.#goBackTo(rewritten);
    }
    // Those who stand at the same place share one query.
    const pages = new Map<string, Promise<TimelineEntry[]>>();
    await Promise.all([...this.#streams].map((stream) => this.#advance(stream, pages)));
  }

  async #advance(stream: Stream, pages: Map<string, Promise<TimelineEntry[]>>): Promise<void> {
    for (;;) {
      if (this.#closed || !this.#streams.has(stream) || stream.response.writableNeedDrain) {
        return;
      }
      const key = idOf(stream.position);
      const page = pages.get(key) ?? within(this.timeoutMs, this.reader.events(stream.position, PAGE));
      pages.set(key, page);
      const entries = await page;
      for (const entry of entries) {
        this.#write(stream, `id: ${idOf(entry)}\ndata: ${JSON.stringify(entry)}\n\n`);
        stream.position = { block: entry.block, logIndex: entry.logIndex };
      }
      if (entries.length < PAGE) {
        return;
      }
    }
  }

  /** The chain took blocks back: who listens goes back with it, and is told to read again what it had shown. */
  #goBackTo(block: number): void {
    for (const stream of this.#streams) {
      if (stream.position.block >= block) {
        stream.position = { block: block - 1, logIndex: END_OF_BLOCK };
        this.#write(
          stream,
          `id: ${idOf(stream.position)}
event: reorg
data: {"block":${block}}

`,
        );
      }
    }
  }

  #write(stream: Stream, text: string): void {
    stream.spokeAt = performance.now();
    stream.response.write(text);
  }

  #keepAlive(): void {
    for (const stream of this.#streams) {
      if (performance.now() - stream.spokeAt >= this.settings.heartbeatMs && !stream.response.writableNeedDrain) {
        this.#write(stream, ":\n\n");
      }
    }
  }

  #dropSlowReaders(): void {
    for (const stream of this.#streams) {
      if (!stream.response.writableNeedDrain) {
        delete stream.stalledSince;
        continue;
      }
      stream.stalledSince ??= performance.now();
      if (performance.now() - stream.stalledSince >= this.settings.slowReaderMs) {
        this.#streams.delete(stream);
        stream.response.destroy();
        this.onDropped();
      }
    }
  }
}

function idOf({ block, logIndex }: Position): string {
  return `${block}-${logIndex}`;
}

/** Reads `<block>-<logIndex>`; undefined if it is not that. */
export function parsePosition(text: string): Position | undefined {
  const [, block, logIndex] = /^(\d{1,15})-(\d{1,10})$/.exec(text) ?? [];
  return block === undefined || Number(block) > MAX_BLOCK || Number(logIndex) > END_OF_BLOCK
    ? undefined
    : { block: Number(block), logIndex: Number(logIndex) };
}

import type { MarketReader, Status, TimelineEntry } from "../../sdk/discovery/model";

/** How far back the last blocks are compared. A chain that takes more back is noticed only as far as this. */
const WINDOW_BLOCKS = 12;
const WINDOW_ENTRIES = 1000;
/** After every log of a block: none has a million. An index may keep block and log index in one number, 20 bits for this. */
export const END_OF_BLOCK = 2 ** 20 - 1;

/**
 * Notices that the chain was rewritten. The index has replaced the blocks by then, and usually is further than before,
 * so what tells is that its last blocks hold other events than they did.
 */
export class ReorgWatch {
  #seen: { block: Status["block"]; entries: TimelineEntry[] } | undefined;

  constructor(private readonly reader: Pick<MarketReader, "events">) {}

  /** @returns The first block that is no longer as it was; undefined if nothing was rewritten. */
  async observe(block: Status["block"]): Promise<number | undefined> {
    const before = this.#seen;
    if (before?.block.number === block.number && before.block.hash === block.hash) {
      return undefined;
    }
    const from = block.number - WINDOW_BLOCKS;
    const entries = await this.reader.events({ block: from, logIndex: END_OF_BLOCK }, WINDOW_ENTRIES);
    this.#seen = { block, entries };
    if (before === undefined) {
      return undefined;
    }
    const cut = before.entries.length < WINDOW_ENTRIES ? undefined : before.entries.at(-1);
    const wasKnown = (entry: TimelineEntry): boolean =>
      entry.block <= before.block.number && (cut === undefined || isUpTo(entry, cut));
    const then = before.entries.filter((entry) => entry.block > from);
    const now = entries.filter(wasKnown);
    for (let i = 0; i < Math.max(then.length, now.length); i += 1) {
      const [was, is] = [then[i], now[i]];
      if (was === undefined || is === undefined || !isSame(was, is)) {
        return Math.min(was?.block ?? Infinity, is?.block ?? Infinity);
      }
    }
    return block.number < before.block.number ? block.number + 1 : undefined;
  }
}

function isSame(a: TimelineEntry, b: TimelineEntry): boolean {
  return a.block === b.block && a.logIndex === b.logIndex && a.transaction === b.transaction && a.event === b.event;
}

function isUpTo(entry: TimelineEntry, last: TimelineEntry): boolean {
  return entry.block < last.block || (entry.block === last.block && entry.logIndex <= last.logIndex);
}

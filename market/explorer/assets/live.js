// @ts-check
/**
 * @import { TimelineEntry } from "../../model.ts"
 * @typedef {"connecting" | "open" | "lost"} Connection
 */

const REMEMBERED = 500;

/**
 * The index's event stream. The browser reconnects by itself, and the stream then goes on after the last id that it
 * gave, so an entry can come twice: each is told once.
 * @param {{ onEntries: (entries: TimelineEntry[]) => void, onConnection: (state: Connection) => void }} listener
 *   Entries come in batches, at most two a second: a backfill must not keep the page from being read.
 */
export function follow({ onEntries, onConnection }) {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {TimelineEntry[]} */
  let waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const source = new EventSource("/api/v1/events");
  onConnection("connecting");
  source.addEventListener("open", () => {
    onConnection("open");
  });
  source.addEventListener("error", () => {
    onConnection("lost");
    // A server that refuses the stream ends it for good; one that went away is asked again by the browser.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => follow({ onEntries, onConnection }), 10_000);
    }
  });
  source.addEventListener("message", (event) => {
    /** @type {TimelineEntry} */
    let entry;
    try {
      entry = JSON.parse(event.data);
    } catch {
      return;
    }
    const id = event.lastEventId === "" ? `${entry.block}-${entry.logIndex}` : event.lastEventId;
    if (seen.has(id)) return;
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete(/** @type {string} */ (seen.values().next().value));
    waiting.push(entry);
    timer ??= setTimeout(() => {
      const entries = waiting;
      waiting = [];
      timer = undefined;
      onEntries(entries);
    }, 500);
  });
}

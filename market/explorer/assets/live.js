// @ts-check
/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @typedef {"connecting" | "open" | "lost"} Connection
 */

const REMEMBERED = 500;
const BATCH_EVERY = 500;
const ASK_AGAIN_AFTER = 10_000;

/**
 * The index's event stream, while the page is looked at: a browser keeps only about six connections to one server, and
 * tabs in the background must not use them up.
 * @param {object} listener
 * @param {(entries: TimelineEntry[]) => void} listener.onEntries In batches, at most two a second: a backfill must not
 *   keep the page from being read. Each entry is told once, though a stream that reconnects can repeat some.
 * @param {(state: Connection) => void} listener.onConnection
 * @param {() => void} listener.onGap The stream goes on, and something may have been missed or taken back.
 */
export function follow({ onEntries, onConnection, onGap }) {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {TimelineEntry[]} */
  let waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {EventSource | undefined} */
  let source;
  let wasOpen = false;

  function connect() {
    const mine = new EventSource("/api/v1/events");
    source = mine;
    onConnection("connecting");
    mine.addEventListener("open", () => {
      onConnection("open");
      if (wasOpen) onGap();
      wasOpen = true;
    });
    mine.addEventListener("error", () => {
      onConnection("lost");
      // A server that went away is asked again by the browser; one that refuses the stream ends it for good.
      if (mine.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (source === mine) connect();
      }, ASK_AGAIN_AFTER);
    });
    mine.addEventListener("message", receive);
    // Blocks were replaced: what they brought may never have happened.
    mine.addEventListener("reorg", onGap);
  }

  /** @param {MessageEvent<string>} message */
  function receive({ data }) {
    /** @type {TimelineEntry} */
    let entry;
    try {
      entry = JSON.parse(data);
    } catch {
      return;
    }
    // After a reorganisation of the chain, another transaction can stand at the same place.
    const id = `${entry.block}-${entry.logIndex}-${entry.transaction}`;
    if (seen.has(id)) return;
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete(/** @type {string} */ (seen.values().next().value));
    waiting.push(entry);
    timer ??= setTimeout(() => {
      const entries = waiting;
      waiting = [];
      timer = undefined;
      onEntries(entries);
    }, BATCH_EVERY);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      if (source === undefined) connect();
    } else {
      source?.close();
      source = undefined;
    }
  });
  connect();
}

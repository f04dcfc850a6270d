// @ts-check
/**
 * What a page gets, and what it answers. A page loads what it shows, then says what to show.
 *
 * @import { TimelineEntry } from "../../../../sdk/discovery/model.ts"
 * @import { Reader } from "../api.js"
 * @import { Tokens } from "../eventText.js"
 *
 * @typedef {object} Context
 * @property {string} id From the path, for the page of one thing; else empty.
 * @property {string} path
 * @property {URLSearchParams} query
 * @property {Reader} read Stops when the reader leaves the page.
 * @property {Tokens} tokens What is known of the tokens in use.
 * @property {(url: string, focus?: string) => void} navigate
 * @property {(text: string) => void} announce Tells screen readers, politely.
 *
 * @typedef {object} View
 * @property {string} title Of the window, and of the history entry.
 * @property {Node[]} content With one h1.
 * @property {(entries: TimelineEntry[]) => void | Promise<void>} [onEvents] What has just happened on the chain.
 * @property {() => Promise<void>} [refresh] Something may have happened that was not told.
 *
 * @typedef {(context: Context) => Promise<View>} PageLoader
 */

/**
 * Runs an update at most once in a while, and once more at the end if it was asked for meanwhile.
 * @param {() => Promise<void>} update
 * @param {number} pause Milliseconds
 */
export function throttle(update, pause) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        // What is shown stays when a refresh fails; the footer tells that the index does not answer.
        await update().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, pause));
      } while (again);
    } finally {
      running = false;
    }
  };
}

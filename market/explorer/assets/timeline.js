// @ts-check
import { when } from "./components.js";
import { h } from "./dom.js";
import { describe } from "./eventText.js";
import { clip, shortHex } from "./format.js";
import { byTransaction, headline } from "./grouping.js";

/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @import { Telling } from "./eventText.js"
 */

/**
 * What happened, oldest first, one item for each transaction.
 * @param {TimelineEntry[]} entries
 * @param {Telling} of
 */
export function timeline(entries, of) {
  if (entries.length === 0) return h("p", { class: "state" }, "Nothing has happened yet.");
  return h(
    "ol",
    { class: "timeline" },
    byTransaction(entries).map((group) => {
      const first = headline(group);
      const rest = group.filter((entry) => entry !== first);
      return h(
        "li",
        { "data-key": first.transaction },
        h("p", { class: "timeline-says" }, describe(first, of)),
        rest.length > 0 &&
          h(
            "ul",
            { class: "timeline-also" },
            rest.map((entry) => h("li", null, describe(entry, of))),
          ),
        h("p", { class: "meta" }, when(first.time, { exact: true })),
        h(
          "details",
          null,
          h("summary", null, `Block ${first.block}, transaction ${shortHex(first.transaction)}`),
          h("p", { class: "hash" }, h("code", null, first.transaction)),
          group.map((entry) => raw(entry)),
        ),
      );
    }),
  );
}

/** The event as the contract emitted it. @param {TimelineEntry} entry */
function raw({ event, contract, logIndex, args }) {
  return h(
    "div",
    { class: "raw" },
    h(
      "p",
      null,
      h("strong", null, event),
      h("span", { class: "muted" }, ` log ${logIndex} of `),
      h("code", null, contract),
    ),
    h(
      "dl",
      { class: "facts" },
      Object.entries(args).map(([name, value]) =>
        h("div", null, h("dt", null, clip(name, 40)), h("dd", null, h("code", null, clip(String(value), 600)))),
      ),
    ),
  );
}

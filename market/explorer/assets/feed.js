// @ts-check
import { jobLink, when, agentLink } from "./components.js";
import { h } from "./dom.js";
import { agentsOf, describe, jobOf } from "./eventText.js";
import { byTransaction, headline } from "./grouping.js";

/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @import { Tokens } from "./eventText.js"
 */

const SHOWN = 20;
/** Milliseconds. Who listens to the page must be able to listen to something else on it. */
const ANNOUNCE_EVERY = 10_000;

/**
 * What happens, as it happens. It can be paused, because moving text keeps some people from reading at all.
 * @param {{ announce: (text: string) => void, tokens: Tokens }} options
 */
export function feed({ announce, tokens }) {
  const list = h("ol", { class: "feed" });
  const empty = h(
    "p",
    { class: "state" },
    "Nothing since this page was opened. What happens on the chain appears here.",
  );
  /** @type {TimelineEntry[]} */
  let held = [];
  let paused = false;
  let announcedAt = 0;
  const button = h(
    "button",
    { type: "button", class: "quiet small", "aria-pressed": "false", onclick: toggle },
    "Pause",
  );
  const element = h(
    "section",
    { class: "section", "aria-labelledby": "live" },
    h("div", { class: "heading-row" }, h("h2", { id: "live", tabindex: -1 }, "Live"), button),
    empty,
    list,
  );

  function toggle() {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    const entries = held;
    held = [];
    if (!paused) show(entries);
    label();
  }

  function label() {
    button.textContent = !paused ? "Pause" : held.length === 0 ? "Resume" : `Resume (${held.length} new)`;
  }

  /** @param {TimelineEntry[]} entries */
  function show(entries) {
    if (entries.length === 0) return;
    empty.remove();
    const groups = byTransaction(entries);
    for (const group of groups) list.prepend(item(group));
    while (list.children.length > SHOWN) list.lastElementChild?.remove();
    const newest = groups.at(-1);
    if (newest !== undefined && Date.now() - announcedAt > ANNOUNCE_EVERY) {
      announcedAt = Date.now();
      const more = groups.length === 1 ? "" : `, and ${groups.length - 1} more`;
      announce(`New: ${describe(headline(newest), { tokens })}${more}.`);
    }
  }

  /** @param {TimelineEntry[]} group */
  function item(group) {
    const entry = headline(group);
    const job = group.map(jobOf).find((id) => id !== undefined);
    const agent = agentsOf(entry)[0];
    return h(
      "li",
      null,
      h("span", { class: "feed-says" }, describe(entry, { tokens })),
      h(
        "span",
        { class: "feed-where" },
        job !== undefined && ["job ", jobLink(job), " · "],
        job === undefined && agent !== undefined && [agentLink(agent), " · "],
        when(entry.time),
      ),
    );
  }

  return {
    element,
    /** @param {TimelineEntry[]} entries Oldest first. */
    add(entries) {
      if (!paused) {
        show(entries);
        return;
      }
      held = [...held, ...entries].slice(-200);
      label();
    },
  };
}

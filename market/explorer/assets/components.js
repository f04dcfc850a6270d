// @ts-check
import { countdown, now } from "./clock.js";
import { h, svg } from "./dom.js";
import { clip, formatRelative, formatTime, isoTime, jobHex, jobName, shortHex } from "./format.js";
import { keccak256 } from "./keccak.js";

/**
 * @import { Child } from "./dom.js"
 * @import { Job, JobStatusName } from "../../../sdk/discovery/model.ts"
 */

/**
 * A column of a table; `wide` ones are left out on narrow screens.
 * @template T
 * @typedef {{ label: string, numeric?: boolean, wide?: boolean, cell: (row: T) => Child }} Column
 */

const LONGEST_URI = 300;

/**
 * @param {string} id
 * @param {string} [text]
 */
export function jobLink(id, text = jobName(id)) {
  return h("a", { href: `/jobs/${encodeURIComponent(id)}`, class: "id", title: `Job ${jobHex(id)}` }, text);
}

/**
 * @param {string} id
 * @param {string} [name]
 */
export function agentLink(id, name) {
  const text = clip(name ?? "", 60) || `Agent ${id}`;
  return h("a", { href: `/agents/${encodeURIComponent(id)}` }, text);
}

/** @param {string} account */
export function accountLink(account) {
  return h(
    "a",
    { href: `/jobs?account=${encodeURIComponent(account)}`, class: "id", title: account },
    shortHex(account),
  );
}

/**
 * A party as it appears in a job: by its agent if it has one.
 * @param {string} agentId
 * @param {string} account
 */
export function party(agentId, account) {
  if (agentId !== "0") return agentLink(agentId);
  return isZero(account) ? "nobody yet" : accountLink(account);
}

/** @param {string | undefined} hex */
export function isZero(hex) {
  return hex === undefined || /^0x0*$/.test(hex);
}

/**
 * A time, exact on hover; `exact` shows it in full with the distance behind it.
 * @param {number} time Unix seconds
 * @param {{ exact?: boolean }} [options]
 * @returns {Child}
 */
export function when(time, { exact = false } = {}) {
  const datetime = isoTime(time);
  if (datetime === undefined) return "at no valid time";
  const full = formatTime(time, { seconds: true });
  if (!exact) return h("time", { datetime, title: full, "data-ago": time }, formatRelative(time, now()));
  return [
    h("time", { datetime }, full),
    " · ",
    h("span", { class: "muted", "data-ago": time }, formatRelative(time, now())),
  ];
}

/**
 * @param {number} deadline Unix seconds
 * @returns {Child}
 */
export function until(deadline) {
  const datetime = isoTime(deadline);
  if (datetime === undefined) return "at no valid time";
  return [
    h("time", { datetime }, formatTime(deadline)),
    " · ",
    h("span", { class: "countdown", "data-deadline": deadline }, countdown(deadline)),
  ];
}

/** @type {Record<NonNullable<Job["outcome"]>, string>} */
export const OUTCOME_NAMES = {
  completed: "Completed",
  partial: "Partly paid",
  rejected: "Rejected",
  undelivered: "Undelivered",
  unjudged: "Unjudged",
  declined: "Declined",
};

/** @type {JobStatusName[]} */
export const STATUSES = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"];

/** @param {Job} job */
export function jobState(job) {
  const text = job.outcome === undefined ? job.status : (OUTCOME_NAMES[job.outcome] ?? job.status);
  return h(
    "span",
    { class: "states" },
    h("span", { class: `badge is-${job.outcome ?? job.status.toLowerCase()}` }, text),
    job.disputed && h("span", { class: "badge is-disputed" }, "Disputed"),
  );
}

/** @param {string[]} skills */
export function tags(skills) {
  return h(
    "ul",
    { class: "tags", "aria-label": "Skills" },
    skills.map((skill) => h("li", null, clip(skill, 60))),
  );
}

/**
 * A table with a caption, in a box that scrolls by itself when the page is narrow.
 * @template T
 * @param {object} options
 * @param {string} options.caption
 * @param {boolean} [options.hideCaption] When the heading above says the same.
 * @param {Column<T>[]} options.columns The first is the row's header.
 * @param {readonly T[]} options.rows
 * @param {string} options.empty
 * @param {(row: T) => string} [options.key]
 */
export function table({ caption, hideCaption = false, columns, rows, empty, key }) {
  if (rows.length === 0) return h("div", { class: "scroll" }, h("p", { class: "state" }, empty));
  const classes = columns.map(({ numeric, wide }) =>
    [numeric === true && "num", wide === true && "wide"].filter((name) => name !== false).join(" "),
  );
  const classOf = (/** @type {number} */ index) => (classes[index] === "" ? undefined : classes[index]);
  return h(
    "div",
    { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 },
    h(
      "table",
      null,
      h("caption", { class: hideCaption ? "hidden" : undefined }, caption),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map(({ label }, i) => h("th", { scope: "col", class: classOf(i) }, label)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            { "data-key": key?.(row) },
            columns.map(({ cell }, i) =>
              i === 0
                ? h("th", { scope: "row", class: classOf(i) }, cell(row))
                : h("td", { class: classOf(i) }, cell(row)),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {string} id
 * @param {string} heading
 * @param {...Child} children
 */
export function section(id, heading, ...children) {
  return h("section", { class: "section", "aria-labelledby": id }, h("h2", { id, tabindex: -1 }, heading), children);
}

/** @param {[string, Child][]} entries Entries without a value are left out. */
export function facts(entries) {
  return h(
    "dl",
    { class: "facts" },
    entries
      .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== "")
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );
}

/**
 * A hash or address in full, with a button that copies it.
 * @param {string} text
 * @param {string} what
 */
export function copyable(text, what) {
  return h(
    "span",
    { class: "copyable" },
    h("code", null, text),
    h("button", { type: "button", class: "quiet small", "data-copy": text, "aria-label": `Copy ${what}` }, "Copy"),
  );
}

/**
 * An address that a stranger wrote: a link only if it is https, and never one that tells the stranger where from.
 * @param {string} uri
 * @param {number} [longest] Characters that are shown; a link leads to the whole of it.
 */
export function strangerUri(uri, longest = LONGEST_URI) {
  if (!isHttps(uri)) return h("span", { class: "uri" }, clip(uri, longest));
  // As the browser reads it, so that letters of other scripts and backslashes do not pass for another host.
  const href = new URL(uri).href;
  const shown = clip(href, longest);
  return h(
    "a",
    { class: "uri", href, rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer", target: "_blank" },
    shown,
    h("span", { class: "hidden" }, " (opens another site in a new tab)"),
  );
}

/** @param {string} uri */
function isHttps(uri) {
  try {
    const { protocol, username, password } = new URL(uri);
    return protocol === "https:" && uri.startsWith("https://") && username === "" && password === "";
  } catch {
    return false;
  }
}

/**
 * Links to more of a list. Cursors only lead forward; back is the browser's own.
 * @param {{ next?: string }} page
 * @param {string} path
 * @param {URLSearchParams} query
 * @param {{ name?: string, focus?: string }} [options] What the cursor is called in the address, and the heading to go to.
 */
export function pager({ next }, path, query, { name = "cursor", focus = "results" } = {}) {
  const first = new URLSearchParams(query);
  first.delete(name);
  const following = new URLSearchParams(query);
  if (next !== undefined) following.set(name, next);
  if (next === undefined && !query.has(name)) return null;
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    query.has(name) && h("a", { class: "button", href: `${path}?${first}`, "data-focus": focus }, "First page"),
    next !== undefined && h("a", { class: "button", href: `${path}?${following}`, "data-focus": focus }, "Next page"),
  );
}

/**
 * An agent's mark, drawn from its id: pictures of strangers are not loaded.
 * @param {string} agentId
 */
export function identicon(agentId) {
  const digest = keccak256(new TextEncoder().encode(`agent ${agentId}`)).slice(2);
  const nibble = (/** @type {number} */ index) => parseInt(digest[index] ?? "0", 16);
  const squares = [];
  for (let y = 0; y < 5; y++) {
    for (let x = 0; x < 3; x++) {
      if (nibble(y * 3 + x) % 2 === 0) continue;
      squares.push(svg("rect", { x, y, width: 1, height: 1 }));
      if (x < 2) squares.push(svg("rect", { x: 4 - x, y, width: 1, height: 1 }));
    }
  }
  return svg(
    "svg",
    { class: `identicon tone-${nibble(20) % 4}`, viewBox: "-1 -1 7 7", "aria-hidden": "true", focusable: "false" },
    squares,
  );
}

/**
 * A share between 0 and 1, beside words that say it.
 * @param {number} value
 */
export function meter(value) {
  const width = Math.max(0, Math.min(1, value)) * 100;
  return svg(
    "svg",
    { class: "meter", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "meter-back", width: 100, height: 6, rx: 1 }),
    width > 0 && svg("rect", { class: "meter-fill", width, height: 6, rx: 1 }),
  );
}

/**
 * @param {unknown} error
 * @param {{ retry?: boolean }} [options]
 */
export function failure(error, { retry = false } = {}) {
  const message = error instanceof Error ? error.message : String(error);
  return h(
    "div",
    { class: "state is-error", role: "alert" },
    h("p", null, message),
    retry && h("button", { type: "button", "data-retry": true }, "Try again"),
  );
}

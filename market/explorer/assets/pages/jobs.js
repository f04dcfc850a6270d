// @ts-check
import { pager, section, STATUSES } from "../components.js";
import { h, patch } from "../dom.js";
import { jobTable } from "../jobTable.js";
import { throttle } from "./context.js";
import { field, queryOf } from "../forms.js";

/**
 * @import { Context, View } from "./context.js"
 */

const FIELDS = ["status", "disputed", "agentId", "account"];

/**
 * @param {Context} context
 * @returns {Promise<View>}
 */
export async function jobsPage({ query, read, tokens, navigate }) {
  const page = await read.jobs(query);
  const filtered = FIELDS.some((name) => query.has(name));
  const empty = filtered ? "No job is like that. Loosen the filters." : "There are no jobs yet.";
  const caption = "Jobs, newest first";
  const jobs = jobTable(page.items, { tokens, caption, hideCaption: true, empty });

  const refresh = throttle(async () => {
    const now = await read.jobs(query);
    patch(jobs, jobTable(now.items, { tokens, caption, hideCaption: true, empty }));
  }, 2000);

  const form = h(
    "form",
    {
      class: "filters",
      action: "/jobs",
      "aria-label": "Filter jobs",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        navigate(`/jobs?${queryOf(form)}`, "results");
      },
    },
    field("State", (id) =>
      h(
        "select",
        { id, name: "status" },
        h("option", { value: "" }, "Any"),
        STATUSES.map((status) => h("option", { value: status, selected: query.get("status") === status }, status)),
      ),
    ),
    field("Dispute", (id) =>
      h(
        "select",
        { id, name: "disputed" },
        h("option", { value: "" }, "With or without"),
        h("option", { value: "true", selected: query.get("disputed") === "true" }, "Disputed"),
        h("option", { value: "false", selected: query.get("disputed") === "false" }, "Undisputed"),
      ),
    ),
    field("Agent number", (id) =>
      h("input", {
        id,
        name: "agentId",
        inputmode: "numeric",
        pattern: "[0-9]{1,78}",
        title: "Digits only",
        value: query.get("agentId") ?? "",
      }),
    ),
    field("Account", (id) =>
      h("input", {
        id,
        name: "account",
        pattern: "0x[0-9a-fA-F]{40}",
        title: "0x and 40 hex digits",
        placeholder: "0x…",
        spellcheck: "false",
        value: query.get("account") ?? "",
      }),
    ),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "submit" }, "Filter"),
      filtered && h("a", { href: "/jobs" }, "Clear"),
    ),
  );

  return {
    title: "Jobs",
    content: [
      h("h1", { tabindex: -1 }, "Jobs"),
      form,
      section("results", filtered ? "Jobs like that, newest first" : "Newest first", jobs, pager(page, "/jobs", query)),
    ],
    // Later pages are the past: they do not change by what happens now.
    onEvents: query.has("cursor") ? undefined : refresh,
    refresh: query.has("cursor") ? undefined : refresh,
  };
}

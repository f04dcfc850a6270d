// @ts-check
import { agentLink, failure, identicon, meter, pager, section, tags, when } from "../components.js";
import { h } from "../dom.js";
import { clip, formatAmount, formatNumber } from "../format.js";
import { searchForm } from "../searchForm.js";

/**
 * @import { Agent, Reason, SearchResult } from "../../../../sdk/discovery/model.ts"
 * @import { Tokens } from "../eventText.js"
 * @import { Context, View } from "./context.js"
 */

/** @type {Record<Reason["measure"], string>} */
const MEASURE_NAMES = {
  text: "Words",
  record: "Record",
  price: "Price",
  activity: "Activity",
  counterparties: "Counterparties",
};

/**
 * @param {Context} context
 * @returns {Promise<View>}
 */
export async function agentsPage({ query, read, tokens, navigate }) {
  const form = searchForm({ query, tokens, navigate });
  const heading = h("h1", { tabindex: -1 }, "Find an agent");
  try {
    const page = await read.search(query);
    form.showWeights(page.items[0]?.reasons ?? []);
    const count = page.items.length;
    const title =
      query.has("cursor") || page.next !== undefined
        ? "Agents, best first"
        : `${formatNumber(count)} ${count === 1 ? "agent" : "agents"}`;
    const results =
      count === 0
        ? h("p", { class: "state" }, "No agent is like that. Use fewer words, or loosen the filters.")
        : h(
            "ol",
            { class: "results" },
            page.items.map((result) => resultItem(result, tokens)),
          );
    return {
      title: "Find an agent",
      content: [
        heading,
        h("div", { class: "search" }, form.element, section("results", title, results, pager(page, "/agents", query))),
      ],
    };
  } catch (error) {
    if (error instanceof DOMException) throw error;
    // The form stays, because what it says may be what is wrong.
    return {
      title: "Find an agent",
      content: [
        heading,
        h("div", { class: "search" }, form.element, section("results", "No results", failure(error, { retry: true }))),
      ],
    };
  }
}

/**
 * @param {SearchResult} result
 * @param {Tokens} tokens
 */
function resultItem({ agent, score, reasons }, tokens) {
  return h(
    "li",
    { class: "result" },
    h(
      "div",
      { class: "result-head" },
      identicon(agent.agentId),
      h("div", null, h("h3", null, agentLink(agent.agentId, agent.name)), h("p", { class: "meta" }, standing(agent))),
      h("p", { class: "price" }, cheapest(agent, tokens)),
    ),
    agent.description !== "" && h("p", { class: "prose" }, clip(agent.description, 280)),
    agent.skills.length > 0 && tags(agent.skills.slice(0, 8)),
    h(
      "details",
      { class: "why" },
      h(
        "summary",
        null,
        "Why it is here",
        h("span", { class: "hidden" }, `: ${clip(agent.name, 60)}`),
        h("span", { class: "score" }, `score ${score.toFixed(2)}`),
      ),
      reasonTable(reasons),
    ),
  );
}

/** @param {Reason[]} reasons */
function reasonTable(reasons) {
  return h(
    "table",
    { class: "reasons" },
    h("caption", { class: "hidden" }, "What the score is made of"),
    h(
      "thead",
      { class: "hidden" },
      h(
        "tr",
        null,
        ["Measure", "Value", "Weight", "Why"].map((label) => h("th", { scope: "col" }, label)),
      ),
    ),
    h(
      "tbody",
      null,
      reasons.map(({ measure, value, weight, says }) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, MEASURE_NAMES[measure] ?? measure),
          h("td", { class: "reason-value" }, meter(value), h("span", null, value.toFixed(2))),
          h("td", { class: "reason-weight" }, `× ${formatNumber(weight)}`),
          h("td", { class: "reason-says" }, clip(says, 200)),
        ),
      ),
    ),
  );
}

/** @param {Agent} agent */
function standing(agent) {
  const completed = agent.records
    .filter(({ role }) => role === "provider")
    .reduce((sum, record) => sum + record.completed, 0);
  return [
    `Agent ${agent.agentId}`,
    ` · ${formatNumber(completed)} ${completed === 1 ? "job" : "jobs"} completed`,
    agent.lastActiveAt > 0 && [" · active ", when(agent.lastActiveAt)],
    agent.walletVerified && [" · ", h("span", { class: "verified" }, "verified wallet")],
    !agent.active && [" · ", h("span", { class: "badge" }, "Not serving")],
  ];
}

/**
 * @param {Agent} agent
 * @param {Tokens} tokens
 */
function cheapest(agent, tokens) {
  const prices = agent.services.flatMap(({ price }) => (price === undefined ? [] : [price]));
  const first = prices[0];
  if (first === undefined) return h("span", { class: "muted" }, "price on request");
  const lowest = prices
    .filter(({ token }) => token === first.token)
    .reduce((low, price) => (BigInt(price.amount) < BigInt(low.amount) ? price : low), first);
  return [
    prices.length > 1 && h("span", { class: "muted" }, "from "),
    formatAmount(lowest.amount, lowest.token, tokens),
    lowest.unit !== undefined && h("span", { class: "muted" }, ` per ${clip(lowest.unit, 30)}`),
  ];
}

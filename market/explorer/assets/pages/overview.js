// @ts-check
import { barChart, divided } from "../chart.js";
import { fillDays, toNumber } from "../chartGeometry.js";
import { now } from "../clock.js";
import { OUTCOME_NAMES, section } from "../components.js";
import { h, patch } from "../dom.js";
import { formatNumber, formatUnits, tokenName } from "../format.js";
import { jobTable } from "../jobTable.js";
import { feed } from "../feed.js";
import { throttle } from "./context.js";

/**
 * @import { Overview } from "../../../../sdk/discovery/model.ts"
 * @import { Context, View } from "./context.js"
 * @typedef {Overview["days"][number]} Day
 */

const DAYS = 30;
const LATEST = 8;

/** @type {Record<keyof Overview["outcomes"], string>} */
const TONES = {
  completed: "tone-good",
  partial: "tone-good-soft",
  rejected: "tone-bad",
  undelivered: "tone-plain",
  unjudged: "tone-plain-soft",
  declined: "tone-plain-faint",
};

/**
 * @param {Context} context
 * @returns {Promise<View>}
 */
export async function overviewPage({ read, announce }) {
  const query = new URLSearchParams({ limit: String(LATEST) });
  const [overview, latest] = await Promise.all([read.overview(), read.jobs(query)]);

  const totals = totalsOf(overview);
  const jobs = jobTable(latest.items, {
    tokens: overview.tokens,
    caption: "Latest jobs",
    hideCaption: true,
    narrow: true,
  });
  const outcomes = outcomesOf(overview);
  let charts = chartsOf(overview);
  const drawings = h("div", { class: "charts" }, charts.elements);
  const live = feed({ announce, tokens: overview.tokens });

  const refresh = throttle(async () => {
    const [overviewNow, latestNow] = await Promise.all([read.overview(), read.jobs(query)]);
    patch(totals, totalsOf(overviewNow));
    patch(outcomes, outcomesOf(overviewNow));
    patch(
      jobs,
      jobTable(latestNow.items, {
        tokens: overviewNow.tokens,
        caption: "Latest jobs",
        hideCaption: true,
        narrow: true,
      }),
    );
    // The first payment in a token brings a chart of its own.
    if (overviewNow.tokens.length === charts.tokens) charts.update(overviewNow);
    else {
      charts = chartsOf(overviewNow);
      drawings.replaceChildren(...charts.elements);
    }
  }, 2000);

  return {
    title: "Market overview",
    content: [
      h("h1", { tabindex: -1 }, "Market overview"),
      totals,
      section("over-time", `Last ${DAYS} days`, drawings),
      section("outcomes", "How jobs ended", outcomes),
      h(
        "div",
        { class: "columns" },
        section("latest", "Latest jobs", jobs, h("p", null, h("a", { href: "/jobs" }, "All jobs"))),
        live.element,
      ),
    ],
    onEvents: (entries) => {
      live.add(entries);
      return refresh();
    },
    refresh,
  };
}

/** @param {Overview} overview */
function totalsOf(overview) {
  const jobs = Object.values(overview.jobs).reduce((sum, count) => sum + count, 0);
  const running = overview.jobs.Open + overview.jobs.Funded + overview.jobs.Submitted;
  const disputed = overview.days.reduce((sum, day) => sum + day.disputed, 0);
  /**
   * @param {"paid" | "refunded" | "escrowed"} field
   * @returns {string[]}
   */
  const money = (field) =>
    overview.tokens.map((token) =>
      token.decimals === undefined
        ? `${formatNumber(Number(token[field]))} units of ${tokenName(token.token, overview.tokens)}`
        : `${formatUnits(token[field], token.decimals)} ${tokenName(token.token, overview.tokens)}`,
    );
  return h(
    "dl",
    { class: "totals" },
    total("Agents", [formatNumber(overview.agents)]),
    total("Jobs", [formatNumber(jobs)], `${formatNumber(running)} under way`),
    total("Paid to providers", money("paid")),
    total("In escrow now", money("escrowed")),
    total("Refunded to clients", money("refunded")),
    total(
      "Disputes",
      [formatNumber(disputed)],
      jobs === 0 ? undefined : `${formatNumber((disputed / jobs) * 100)}% of jobs`,
    ),
  );
}

/**
 * @param {string} name
 * @param {string[]} values
 * @param {string} [note]
 */
function total(name, values, note) {
  return h(
    "div",
    null,
    h("dt", null, name),
    h(
      "dd",
      null,
      (values.length === 0 ? ["0"] : values).map((value) => amountParts(value)),
      note !== undefined && h("span", { class: "note" }, note),
    ),
  );
}

/** The number large, its unit small. @param {string} value */
function amountParts(value) {
  const space = value.indexOf(" ");
  return h(
    "span",
    { class: "figure" },
    space < 0 ? value : value.slice(0, space),
    space >= 0 && h("span", { class: "unit" }, value.slice(space)),
  );
}

/** @param {Overview} overview */
function outcomesOf(overview) {
  const names = /** @type {(keyof Overview["outcomes"])[]} */ (Object.keys(OUTCOME_NAMES));
  return divided(
    "Outcomes",
    names.map((name) => ({ name: OUTCOME_NAMES[name], value: overview.outcomes[name], tone: TONES[name] })),
  );
}

/** @param {Overview} overview */
function chartsOf(overview) {
  // The token with the most days of payment comes first: what most people will want to see.
  const used = (/** @type {string} */ token) =>
    overview.days.filter(({ paid }) => paid.some((entry) => entry.token === token && entry.amount !== "0")).length;
  const tokens = [...overview.tokens].sort((a, b) => used(b.token) - used(a.token)).slice(0, 2);
  const volumes = tokens.map(({ token }) => ({
    token,
    chart: barChart({
      title: `Paid per day, in ${tokenName(token, overview.tokens)}`,
      series: [{ name: "Paid", tone: "tone-accent" }],
      whole: false,
      empty: "Nothing has been paid yet.",
    }),
  }));
  const ended = barChart({
    title: "Jobs that ended per day",
    series: [
      { name: "Completed", tone: "tone-good" },
      { name: "Refunded", tone: "tone-plain" },
    ],
    whole: true,
    empty: "No job has ended yet.",
  });
  const disputes = barChart({
    title: "Disputes per day",
    series: [{ name: "Disputed", tone: "tone-bad" }],
    whole: true,
    empty: "Nothing has happened yet.",
  });

  /** @param {Overview} overviewNow */
  function update(overviewNow) {
    const days = fillDays(overviewNow.days, DAYS, now(), emptyDay);
    for (const { token, chart } of volumes) {
      const decimals = overviewNow.tokens.find((entry) => entry.token === token)?.decimals ?? 0;
      const amounts = days.map(({ paid }) => paid.find((entry) => entry.token === token)?.amount ?? "0");
      const sum = amounts.reduce((total, amount) => total + BigInt(amount), 0n);
      chart.update(
        days.map(({ day }, i) => ({
          day,
          values: [toNumber(amounts[i] ?? "0", decimals)],
          says: [formatUnits(amounts[i] ?? "0", decimals)],
        })),
        `${formatUnits(sum, decimals)} ${tokenName(token, overviewNow.tokens)} in all.`,
      );
    }
    const sumOf = (/** @type {"completed" | "refunded" | "disputed"} */ field) =>
      days.reduce((sum, day) => sum + day[field], 0);
    ended.update(
      days.map(({ day, completed, refunded }) => ({
        day,
        values: [completed, refunded],
        says: [formatNumber(completed), formatNumber(refunded)],
      })),
      `${formatNumber(sumOf("completed"))} completed, ${formatNumber(sumOf("refunded"))} refunded.`,
    );
    disputes.update(
      days.map(({ day, disputed }) => ({ day, values: [disputed], says: [formatNumber(disputed)] })),
      `${formatNumber(sumOf("disputed"))} in all.`,
    );
  }
  update(overview);
  return {
    elements: [...volumes.map(({ chart }) => chart.element), ended.element, disputes.element],
    update,
    tokens: overview.tokens.length,
  };
}

/**
 * @param {number} day
 * @returns {Day}
 */
function emptyDay(day) {
  return { day, hired: 0, completed: 0, refunded: 0, disputed: 0, paid: [] };
}

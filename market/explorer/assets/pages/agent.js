// @ts-check
import {
  accountLink,
  copyable,
  facts,
  failure,
  identicon,
  isZero,
  jobLink,
  pager,
  section,
  strangerUri,
  table,
  tags,
  when,
} from "../components.js";
import { h, patch } from "../dom.js";
import { agentsOf, jobOf } from "../eventText.js";
import { clip, formatAmount, formatDuration, formatNumber, formatTime, shortHex, tokenName } from "../format.js";
import { jobTable } from "../jobTable.js";
import { throttle } from "./context.js";

/**
 * @import { Agent, AgentRecord, Feedback, Page } from "../../../../sdk/discovery/model.ts"
 * @import { Column } from "../components.js"
 * @import { Tokens } from "../eventText.js"
 * @import { Context, View } from "./context.js"
 */

const FEEDBACK_SHOWN = 20;
const JOBS_SHOWN = 10;
const LONGEST_FILE = 50_000;

/**
 * @param {Context} context
 * @returns {Promise<View>}
 */
export async function agentPage({ id, path, query, read, tokens }) {
  const agent = await read.agent(id);
  const name = clip(agent.name, 100) || `Agent ${agent.agentId}`;

  const feedbackQuery = new URLSearchParams({ limit: String(FEEDBACK_SHOWN) });
  const cursor = query.get("feedback");
  if (cursor !== null) feedbackQuery.set("cursor", cursor);
  const loadFeedback = () =>
    read.feedback(id, feedbackQuery).then(
      (page) =>
        h("div", null, feedbackTable(page, tokens), pager(page, path, query, { name: "feedback", focus: "feedback" })),
      (error) => h("div", null, failure(error)),
    );
  const loadJobs = () =>
    read.jobs(new URLSearchParams({ agentId: id, limit: String(JOBS_SHOWN) })).then(
      ({ items }) =>
        jobTable(items, { tokens, caption: "Latest jobs", hideCaption: true, empty: "No jobs name this agent." }),
      (error) => h("div", { class: "scroll" }, failure(error)),
    );
  const [feedback, jobs] = await Promise.all([loadFeedback(), loadJobs()]);
  const record = recordTable(agent.records, tokens);
  const head = headOf(agent, name);

  const refresh = throttle(async () => {
    const [agentNow, feedbackNow, jobsNow] = await Promise.all([read.agent(id), loadFeedback(), loadJobs()]);
    patch(head, headOf(agentNow, name));
    patch(record, recordTable(agentNow.records, tokens));
    patch(feedback, feedbackNow);
    patch(jobs, jobsNow);
  }, 2000);

  return {
    title: name,
    content: [
      head,
      section("services", "Services", servicesOf(agent, tokens)),
      section(
        "record",
        "Record",
        h(
          "p",
          { class: "hint" },
          "Settled jobs of the present owner, as the escrow named below each role reported them. A sold identity does not bring its past along.",
        ),
        record,
      ),
      section(
        "feedback",
        "Feedback",
        h(
          "p",
          { class: "hint" },
          "“Paid for” cites a settled job with this agent, and what was paid for it. Other words cost nothing to write.",
        ),
        feedback,
      ),
      section(
        "jobs",
        "Jobs",
        jobs,
        h("p", null, h("a", { href: `/jobs?agentId=${encodeURIComponent(id)}` }, "All jobs of this agent")),
      ),
      section("endpoints", "Endpoints", endpointsOf(agent)),
      section(
        "file",
        "Registration file",
        fileOf(agent, () => read.agentFile(id)),
      ),
    ],
    onEvents: (entries) => {
      const known = new Set([...jobs.querySelectorAll("tr[data-key]")].map((row) => row.getAttribute("data-key")));
      if (entries.some((entry) => agentsOf(entry).includes(agent.agentId) || known.has(jobOf(entry) ?? null))) {
        return refresh();
      }
      return undefined;
    },
    refresh,
  };
}

/**
 * @param {Agent} agent
 * @param {string} name
 */
function headOf(agent, name) {
  const { count, average, paidFor } = agent.feedback;
  return h(
    "div",
    { class: "agent-head" },
    identicon(agent.agentId),
    h(
      "div",
      null,
      h("h1", { tabindex: -1 }, name),
      h(
        "p",
        { class: "meta" },
        `Agent ${agent.agentId}`,
        h("span", { class: `badge ${agent.active ? "is-completed" : ""}` }, agent.active ? "Serving" : "Not serving"),
        agent.wallet !== undefined &&
          h("span", { class: "badge" }, agent.walletVerified ? "Verified wallet" : "Unverified wallet"),
      ),
    ),
    agent.description !== "" && h("p", { class: "prose lead" }, clip(agent.description, 2000)),
    agent.skills.length > 0 && tags(agent.skills.slice(0, 40)),
    facts([
      ["Owner", accountLink(agent.owner)],
      ["Wallet", agent.wallet !== undefined && accountLink(agent.wallet)],
      ["Registered", when(agent.registeredAt)],
      ["Last active", agent.lastActiveAt > 0 && when(agent.lastActiveAt)],
      ["Owners before", agent.epoch > 0 && formatNumber(agent.epoch)],
      [
        "Feedback",
        count === 0
          ? "none yet"
          : `${formatNumber(count)} ${count === 1 ? "entry" : "entries"}, ${formatNumber(paidFor)} paid for` +
            (average === undefined ? "" : `, average ${formatNumber(average)}`),
      ],
    ]),
  );
}

/**
 * @param {Agent} agent
 * @param {Tokens} tokens
 */
function servicesOf(agent, tokens) {
  if (agent.services.length === 0) return h("p", { class: "state" }, "This agent has published no catalogue.");
  return h(
    "ul",
    { class: "services" },
    agent.services.map((service) =>
      h(
        "li",
        null,
        h(
          "div",
          { class: "heading-row" },
          h("h3", null, clip(service.name, 100) || clip(service.id, 100)),
          h(
            "p",
            { class: "price" },
            service.price === undefined
              ? h("span", { class: "muted" }, "price on request")
              : [
                  formatAmount(service.price.amount, service.price.token, tokens),
                  service.price.unit !== undefined &&
                    h("span", { class: "muted" }, ` per ${clip(service.price.unit, 30)}`),
                ],
          ),
        ),
        service.description !== "" && h("p", { class: "prose" }, clip(service.description, 600)),
        service.deliveryPeriod !== undefined &&
          h("p", { class: "meta" }, `Delivered within ${formatDuration(service.deliveryPeriod)}`),
        service.skills.length > 0 && tags(service.skills.slice(0, 12)),
      ),
    ),
  );
}

/**
 * @param {AgentRecord[]} records
 * @param {Tokens} tokens
 */
function recordTable(records, tokens) {
  /**
   * @param {keyof AgentRecord} field
   * @param {string} label
   * @returns {Column<AgentRecord>}
   */
  const number = (field, label) => ({
    label,
    numeric: true,
    cell: (record) => {
      const value = Number(record[field]);
      return value === 0 ? h("span", { class: "zero" }, "0") : formatNumber(value);
    },
  });
  return table({
    caption: "Settled jobs, by role, token and the escrow that reported them",
    hideCaption: true,
    rows: records,
    empty: "No job with this agent has been settled yet.",
    key: ({ source, token, epoch, role }) => `${source} ${token} ${epoch} ${role}`,
    columns: [
      {
        label: "As",
        cell: ({ role, token, source }) => [
          `${role === "provider" ? "Provider" : "Client"} in ${tokenName(token, tokens)}`,
          h("span", { class: "sub", title: source }, `by ${shortHex(source)}`),
        ],
      },
      number("completed", "Completed"),
      number("partial", "Partly paid"),
      number("rejected", "Rejected"),
      number("undelivered", "Undelivered"),
      number("unjudged", "Unjudged"),
      number("declined", "Declined"),
      {
        label: "Disputes won",
        numeric: true,
        cell: ({ disputesWon, disputesLost }) =>
          disputesWon + disputesLost === 0
            ? h("span", { class: "zero" }, "0")
            : `${formatNumber(disputesWon)} of ${formatNumber(disputesWon + disputesLost)}`,
      },
      number("counterparties", "Parties"),
      { label: "Paid", numeric: true, cell: ({ volumePaid, token }) => formatAmount(volumePaid, token, tokens) },
      {
        label: "Refunded",
        numeric: true,
        cell: ({ volumeRefunded, token }) => formatAmount(volumeRefunded, token, tokens),
      },
      { label: "Last", numeric: true, cell: ({ lastAt }) => (lastAt > 0 ? when(lastAt) : "–") },
    ],
  });
}

/**
 * @param {Page<Feedback>} page
 * @param {Tokens} tokens
 */
function feedbackTable(page, tokens) {
  return table({
    caption: "Feedback",
    hideCaption: true,
    rows: page.items,
    empty: "Nobody has rated this agent yet.",
    key: ({ client, index }) => `${client} ${index}`,
    columns: [
      { label: "From", cell: ({ client }) => accountLink(client) },
      {
        label: "Value",
        numeric: true,
        cell: ({ value, revoked }) => (revoked ? h("del", null, formatNumber(value)) : formatNumber(value)),
      },
      {
        label: "Standing",
        cell: ({ job, revoked }) => [
          revoked && [h("span", { class: "badge" }, "Revoked"), " "],
          job === undefined
            ? h("span", { class: "muted" }, "free word")
            : [
                job.amount === "0"
                  ? h("span", { class: "badge" }, "Refunded job")
                  : [
                      h("span", { class: "badge is-completed" }, "Paid for"),
                      " ",
                      formatAmount(job.amount, job.token, tokens),
                    ],
                " ",
                jobLink(job.jobId),
              ],
        ],
      },
      {
        label: "Tags",
        wide: true,
        cell: ({ tag1, tag2 }) =>
          [tag1, tag2]
            .filter((tag) => tag !== "")
            .map((tag) => clip(tag, 40))
            .join(", "),
      },
      { label: "Words", wide: true, cell: ({ uri }) => (uri === "" ? "" : strangerUri(uri, 80)) },
      { label: "Given", numeric: true, cell: ({ time }) => when(time) },
    ],
  });
}

/** @param {Agent} agent */
function endpointsOf(agent) {
  return table({
    caption: "Where this agent says that it can be reached",
    hideCaption: true,
    rows: agent.endpoints,
    empty: "The registration file names no endpoint.",
    columns: [
      { label: "Protocol", cell: ({ name }) => clip(name, 40) },
      { label: "Address", cell: ({ endpoint }) => strangerUri(endpoint) },
      { label: "Version", cell: ({ version }) => clip(version ?? "", 20) },
    ],
  });
}

/** @type {Record<Agent["file"]["state"], string>} */
const FILE_STATES = {
  none: "This agent has named no registration file.",
  pending: "The file has not been fetched yet.",
  resolved: "The file was fetched and read.",
  failed: "The file could not be used.",
};

/**
 * @param {Agent} agent
 * @param {() => Promise<unknown>} load
 */
function fileOf({ file, image }, load) {
  const shown = h("pre", { class: "file", tabindex: 0, "aria-label": "Registration file", hidden: true });
  const button = h(
    "button",
    {
      type: "button",
      "aria-expanded": "false",
      onclick: async () => {
        const open = !shown.hidden;
        button.setAttribute("aria-expanded", String(!open));
        button.textContent = open ? "Show the file" : "Hide the file";
        shown.hidden = open;
        if (open || shown.textContent !== "") return;
        try {
          shown.textContent = clip(JSON.stringify(await load(), null, 2), LONGEST_FILE);
        } catch (error) {
          shown.replaceChildren(failure(error));
        }
      },
    },
    "Show the file",
  );
  return [
    h("p", null, FILE_STATES[file.state], file.problem !== undefined && ` ${clip(file.problem, 400)}`),
    facts([
      ["Address", file.uri !== "" && strangerUri(file.uri)],
      ["keccak256", !isZero(file.hash) && copyable(file.hash ?? "", "the file's hash")],
      // By the index's own clock, from which a chain's may be far away.
      ["Fetched", file.resolvedAt !== undefined && formatTime(file.resolvedAt, { seconds: true })],
      [
        "Picture",
        image !== undefined &&
          image !== "" && [
            strangerUri(image),
            h("span", { class: "muted" }, " not loaded: it would tell its host who reads this page"),
          ],
      ],
    ]),
    file.state === "resolved" && [button, shown],
  ];
}

// @ts-check
import { divided } from "../chart.js";
import {
  accountLink,
  agentLink,
  copyable,
  facts,
  isZero,
  jobState,
  section,
  strangerUri,
  table,
  until,
  when,
} from "../components.js";
import { disputeSteps, evidenceOf } from "../dispute.js";
import { h, patch } from "../dom.js";
import { jobOf } from "../eventText.js";
import { clip, formatAmount, jobHex, jobName, shortHex } from "../format.js";
import { proofPanel } from "../proofPanel.js";
import { timeline } from "../timeline.js";
import { throttle } from "./context.js";

/**
 * @import { JobDetail, TimelineEntry } from "../../../../sdk/discovery/model.ts"
 * @import { Child } from "../dom.js"
 * @import { Tokens } from "../eventText.js"
 * @import { Claim } from "../hashCheck.js"
 * @import { Step } from "../dispute.js"
 * @import { Context, View } from "./context.js"
 */

/**
 * @param {Context} context
 * @returns {Promise<View>}
 */
export async function jobPage({ id, read, tokens, announce }) {
  let job = await read.job(id);
  const story = storyOf(job, tokens);
  const steps = timelineOf(job, tokens);
  const proof = proofPanel(() => claimsOf(job).map(({ name, hash }) => ({ name, hash })));

  const refresh = throttle(async () => {
    const before = job;
    job = await read.job(id);
    patch(story, storyOf(job, tokens));
    patch(steps, timelineOf(job, tokens));
    if (job.status !== before.status) announce(`The job is now ${job.outcome ?? job.status}.`);
  }, 1000);

  return {
    title: `Job ${jobName(job.jobId)}`,
    content: [
      story,
      h(
        "div",
        { class: "columns even" },
        section("timeline", "Timeline", steps),
        section("check", "Check a file", proof),
      ),
    ],
    onEvents: (entries) => (entries.some((entry) => concerns(entry, job)) ? refresh() : undefined),
    refresh,
  };
}

/**
 * A court knows only its own number of the case.
 * @param {TimelineEntry} entry
 * @param {JobDetail} job
 */
function concerns(entry, job) {
  if (jobOf(entry) === job.jobId) return true;
  const dispute = entry.args.disputeID;
  return dispute !== undefined && job.timeline.some(({ args }) => args.disputeID === dispute);
}

/**
 * Everything that changes as the job goes on.
 * @param {JobDetail} job
 * @param {Tokens} tokens
 */
function storyOf(job, tokens) {
  const steps = disputeSteps(job);
  const evidence = evidenceOf(job);
  return h(
    "div",
    { class: "story" },
    h(
      "div",
      { class: "job-head" },
      h("h1", { tabindex: -1 }, "Job ", h("span", { class: "id" }, jobName(job.jobId))),
      jobState(job),
    ),
    job.description !== undefined &&
      job.description !== "" &&
      h("p", { class: "prose lead" }, clip(job.description, 2000)),
    h(
      "div",
      { class: "columns even" },
      section("parties", "Parties and time", partiesOf(job)),
      section("money", "Money", moneyOf(job, tokens)),
    ),
    steps.length > 0 && section("dispute", "Dispute", disputeOf(steps)),
    evidence.length > 0 &&
      section(
        "evidence",
        "Evidence",
        table({
          caption: "What the parties put forward",
          hideCaption: true,
          rows: evidence,
          empty: "",
          columns: [
            { label: "Item", cell: (item) => `Evidence ${evidence.indexOf(item) + 1}` },
            { label: "By", cell: ({ party }) => [sideOf(party, job), accountLink(party)] },
            { label: "Where", cell: ({ uri }) => (uri === undefined || uri === "" ? "not said" : strangerUri(uri)) },
            {
              label: "keccak256",
              cell: ({ hash }) =>
                hash === undefined || isZero(hash)
                  ? "not given"
                  : h("span", { class: "id", title: hash }, shortHex(hash)),
            },
            { label: "When", numeric: true, cell: ({ time }) => when(time) },
          ],
        }),
      ),
    section("proofs", "What was agreed and handed over", proofsOf(job)),
  );
}

/**
 * @param {JobDetail} job
 * @param {Tokens} tokens
 */
function timelineOf(job, tokens) {
  const names = new Map([
    [job.evaluator, "the evaluator"],
    [job.provider, "the provider"],
    [job.client, "the client"],
  ]);
  return h("div", null, timeline(job.timeline, { tokens, token: job.token, names }));
}

/** @param {JobDetail} job */
function partiesOf(job) {
  const ended = job.endedAt !== undefined;
  return facts([
    ["Client", partyOf(job.clientAgentId, job.client)],
    ["Provider", isZero(job.provider) ? "nobody yet" : partyOf(job.providerAgentId, job.provider)],
    ["Evaluator", accountLink(job.evaluator)],
    ["Hook", !isZero(job.hook) && accountLink(job.hook ?? "")],
    ["Created", when(job.createdAt, { exact: true })],
    ["Submitted", job.submittedAt !== undefined && when(job.submittedAt, { exact: true })],
    ["Ended", job.endedAt !== undefined && when(job.endedAt, { exact: true })],
    [job.status === "Submitted" ? "To be judged by" : "To be submitted by", !ended && until(job.expiredAt)],
    ["Job id", copyable(jobHex(job.jobId), "the job's id")],
  ]);
}

/**
 * @param {string} agentId
 * @param {string} account
 * @returns {Child}
 */
function partyOf(agentId, account) {
  return agentId === "0"
    ? accountLink(account)
    : [agentLink(agentId), h("span", { class: "muted" }, " by "), accountLink(account)];
}

/**
 * @param {JobDetail} job
 * @param {Tokens} tokens
 */
function moneyOf(job, tokens) {
  const amount = (/** @type {string | bigint} */ value) => formatAmount(String(value), job.token, tokens);
  const held = job.status === "Funded" || job.status === "Submitted" ? BigInt(job.budget) : 0n;
  const parts = /** @type {const} */ ([
    ["In escrow", held, "tone-hold"],
    ["Paid to the provider", BigInt(job.paid), "tone-good"],
    ["Refunded to the client", BigInt(job.refunded), "tone-plain"],
    ["Fees", BigInt(job.fees), "tone-bad-soft"],
  ]);
  return [
    h(
      "p",
      { class: "figure large" },
      amount(job.budget),
      h("span", { class: "unit" }, job.status === "Open" ? " asked" : " price"),
    ),
    parts.every(([, value]) => value === 0n)
      ? h("p", { class: "muted" }, "Nothing is in escrow, and nothing was paid.")
      : divided(
          "Where the money is",
          parts
            .filter(([, value]) => value > 0n)
            .map(([name, value, tone]) => ({ name, value: Number(value), tone, says: amount(value) })),
        ),
  ];
}

/** @param {Step[]} steps */
function disputeOf(steps) {
  return h(
    "ol",
    { class: "steps" },
    steps.map(({ name, says, state, time, deadline }) =>
      h(
        "li",
        { class: `step is-${state}`, "aria-current": state === "present" ? "step" : undefined },
        h("h3", null, name, h("span", { class: "hidden" }, `, ${STEP_STATES[state]}`)),
        h("p", { class: "meta" }, time === undefined ? STEP_STATES[state] : when(time)),
        h("p", null, says),
        deadline !== undefined && h("p", null, "Until ", until(deadline)),
      ),
    ),
  );
}

/** @type {Record<Step["state"], string>} */
const STEP_STATES = { past: "done", present: "now", ahead: "not yet", skipped: "not needed" };

/**
 * @param {JobDetail} job
 * @returns {(Claim & { says: string })[]}
 */
function claimsOf(job) {
  const claims = [
    { name: "Terms", hash: job.termsHash, says: "the job contract that both signed" },
    { name: "Input", hash: job.inputHash, says: "what the work is done on" },
    { name: "Deliverable", hash: job.deliverable, says: "what the provider handed over" },
    ...evidenceOf(job).map(({ hash }, index) => ({
      name: `Evidence ${index + 1}`,
      hash,
      says: "put forward in the dispute",
    })),
  ];
  return claims.flatMap(({ name, hash, says }) => (hash === undefined || isZero(hash) ? [] : [{ name, hash, says }]));
}

/** @param {JobDetail} job */
function proofsOf(job) {
  const claims = claimsOf(job);
  if (claims.length === 0) return h("p", { class: "state" }, "This job has no file's hash on the chain.");
  return facts([
    ...claims.map(
      ({ name, hash, says }) =>
        /** @type {[string, Child]} */ ([
          name,
          [copyable(hash, `the hash: ${name}`), h("span", { class: "muted" }, ` ${says}`)],
        ]),
    ),
    [
      "Offer",
      !isZero(job.offerHash) && [
        copyable(job.offerHash ?? "", "the offer's hash"),
        h("span", { class: "muted" }, " EIP-712 digest of the signed offer"),
      ],
    ],
  ]);
}

/**
 * @param {string} account
 * @param {JobDetail} job
 */
function sideOf(account, job) {
  if (account === job.client) return "Client ";
  return account === job.provider ? "Provider " : "";
}

// @ts-check
import { formatAmount, jobName, shortHex } from "./format.js";

/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @typedef {{ token: string, symbol?: string, decimals?: number }[]} Tokens
 *
 * What is known of the job that events are about: its token, for amounts, and who its parties are ("the client").
 * @typedef {{ tokens?: Tokens, token?: string, names?: Map<string, string> }} Telling
 */

const OUTCOMES = ["completed", "partly paid", "rejected", "undelivered", "unjudged", "declined"];
const NOBODY = /^0x0+$/;
const PERCENT_PER_VOTE = 25;

/**
 * What an event says, in one sentence. An event that is not known here is named as the contract names it.
 * @param {TimelineEntry} entry
 * @param {Telling} [of]
 * @returns {string}
 */
export function describe(entry, of = {}) {
  const sentence = say(entry, of);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/**
 * @param {TimelineEntry} entry
 * @param {Telling} of
 * @returns {string}
 */
function say(entry, { tokens = [], token, names }) {
  const { args } = entry;
  /** @param {string} name */
  const text = (name) => String(args[name] ?? "?");
  /** @param {string} name */
  const who = (name) => names?.get(text(name)) ?? shortHex(text(name));
  /** @param {string} name */
  const amount = (name) => {
    const paidIn = typeof args.token === "string" ? args.token : token;
    return paidIn === undefined || !/^\d+$/.test(text(name)) ? "something" : formatAmount(text(name), paidIn, tokens);
  };
  const agent = (/** @type {string} */ name) => (args[name] === "0" ? "an unregistered party" : `agent ${text(name)}`);

  switch (entry.event) {
    case "Registered":
      return `Agent ${text("agentId")} registered by ${who("owner")}`;
    case "URIUpdated":
      return `Agent ${text("agentId")} named a new registration file`;
    case "MetadataSet":
      return `Agent ${text("agentId")} set its metadata`;
    case "JobCreated":
      return `${who("client")} opened a job`;
    case "JobHired":
      return "A signed offer was accepted";
    case "ProviderSet":
      return `${who("provider")} named as provider`;
    case "BudgetSet":
      return `Price set to ${amount("amount")}`;
    case "JobFunded":
      return token === undefined
        ? `${who("client")} paid into escrow`
        : `${who("client")} put ${amount("amount")} into escrow`;
    case "JobSubmitted":
      return `${who("provider")} submitted the work`;
    case "JobCompleted":
      return NOBODY.test(text("evaluator")) ? "Paid, because nobody judged in time" : `Accepted by ${who("evaluator")}`;
    case "JobRejected":
      return `Refused by ${who("rejector")}`;
    case "JobExpired":
      return "Time ran out";
    case "PaymentReleased":
      return token === undefined ? `${who("provider")} was paid` : `${who("provider")} was paid ${amount("amount")}`;
    case "Refunded":
      return token === undefined
        ? `${who("client")} was refunded`
        : `${who("client")} was refunded ${amount("amount")}`;
    case "EvaluatorFeePaid":
      return token === undefined ? "The evaluator's fee was paid" : `Evaluator's fee of ${amount("amount")} paid`;
    case "ReferrerFeePaid":
      return token === undefined ? "The referrer's fee was paid" : `Referrer's fee of ${amount("amount")} paid`;
    case "EvaluationExtended":
      return "The evaluator took more time";
    case "SettlementRecorded":
      return `Recorded for ${agent("providerAgentId")} and ${agent("clientAgentId")}: ${OUTCOMES[Number(text("outcome"))] ?? "settled"}`;
    case "HookFailed":
      return "The job's hook failed, without effect on the money";
    case "RecordPostponed":
      return "The record could not be written yet; anyone can write it later";
    case "NewFeedback":
      return `Agent ${text("agentId")} received feedback from ${who("clientAddress")}`;
    case "JobFeedbackGiven":
      return `Feedback for agent ${text("agentId")} that cites job ${jobName(text("jobId"))}`;
    case "FeedbackRevoked":
      return `Feedback for agent ${text("agentId")} was revoked`;
    case "ResponseAppended":
      return `A response to feedback for agent ${text("agentId")}`;
    case "Disputed":
      return `${who("client")} objected to the work`;
    case "Contested":
      return `${who("provider")} stands by the work`;
    case "Escalated":
      return `The case ${text("disputeID")} went before the arbitrator`;
    case "Ruled":
      return `Ruled: ${text("share")}% to the provider`;
    case "Finalised":
      return `Carried out: ${text("share")}% to the provider`;
    case "SplitOffered":
      return args.validUntil === "0"
        ? `${who("party")} withdrew its offer to settle`
        : `${who("party")} offered to settle at ${text("share")}% to the provider`;
    case "BondsReturned":
      return "The bonds were divided";
    case "Evidence":
      return `${who("party")} put evidence forward`;
    case "EvidenceSubmitted":
      return `${who("party")} vouched for the hash of its evidence`;
    case "PanelOpened":
      return `A panel of ${text("size")} jurors is to be drawn`;
    case "PanelDrawn":
      return "The jurors are drawn";
    case "VoteCommitted":
      return `Juror ${who("juror")} voted in secret`;
    case "VoteRevealed":
      return `Juror ${who("juror")} showed its vote: ${Number(text("vote")) * PERCENT_PER_VOTE}% to the provider`;
    case "VoteLeaked":
      return `The vote of juror ${who("juror")} was known too early and is void`;
    case "DisputeConcluded":
      return "The court's ruling is final";
    case "RulingDelivered":
      return "The court's ruling was delivered";
    case "Transfer":
      return NOBODY.test(text("from"))
        ? `Agent ${text("tokenId")} was created`
        : `Agent ${text("tokenId")} changed hands to ${who("to")}`;
    default:
      return entry.event.replace(/([a-z])([A-Z])/g, "$1 $2");
  }
}

/**
 * The job that an event is about, if it names one.
 * @param {TimelineEntry} entry
 * @returns {string | undefined}
 */
export function jobOf({ args }) {
  const id = args.jobId ?? args.evidenceGroupID;
  return typeof id === "string" ? id : undefined;
}

/**
 * The agents that an event is about.
 * @param {TimelineEntry} entry
 * @returns {string[]}
 */
export function agentsOf({ args }) {
  return [args.agentId, args.providerAgentId, args.clientAgentId]
    .filter((id) => typeof id === "string" && id !== "0")
    .map(String);
}

// @ts-check
/**
 * @import { JobDetail, TimelineEntry } from "../../../sdk/discovery/model.ts"
 * @typedef {"past" | "present" | "ahead" | "skipped"} StepState
 * @typedef {{ name: string, says: string, state: StepState, time?: number, deadline?: number }} Step
 * @typedef {{ party: string, time: number, uri?: string, hash?: string }} EvidenceItem
 */

const PHASES = /** @type {const} */ ([
  [
    "Disputed",
    "Objection",
    "The client locked a bond and refuses the work. Without an answer in time, it is refunded.",
  ],
  ["Contested", "Answer", "The provider locked a bond and stands by the work. Without an arbitrator, it is half each."],
  ["Escalated", "Arbitration", "The arbitrator has the case. Without a ruling in time, it is half each."],
  ["Ruled", "Ruling", "The arbitrator divided the deposit."],
]);

/**
 * How far a dispute before an OptimisticEvaluator has come.
 * @param {JobDetail} job
 * @returns {Step[]} Empty while nobody objected.
 */
export function disputeSteps({ timeline }) {
  if (last(timeline, "Disputed") === undefined) return [];
  const end = last(timeline, "BondsReturned") ?? last(timeline, "Finalised");
  const reached = PHASES.findLastIndex(([event]) => last(timeline, event) !== undefined);
  /** @type {Step[]} */
  const steps = PHASES.map(([event, name, says], index) => {
    const entry = last(timeline, event);
    /** @type {StepState} */
    let state = "ahead";
    if (entry !== undefined) state = index === reached && end === undefined ? "present" : "past";
    else if (end !== undefined) state = "skipped";
    const deadline = state === "present" ? Number(entry?.args.deadline ?? NaN) : NaN;
    const share = entry?.args.share;
    return {
      name,
      says: share === undefined ? says : `${says.slice(0, -1)}: ${String(share)}% to the provider.`,
      state,
      time: entry?.time,
      deadline: Number.isFinite(deadline) ? deadline : undefined,
    };
  });
  steps.push({
    name: "Closed",
    says: "Money and bonds are divided.",
    state: end === undefined ? "ahead" : "past",
    time: end?.time,
    deadline: undefined,
  });
  return steps;
}

/**
 * What the parties put forward. The file's address and its hash stand in two events of one transaction.
 * @param {JobDetail} job
 * @returns {EvidenceItem[]}
 */
export function evidenceOf({ timeline }) {
  /** @type {EvidenceItem[]} */
  const items = [];
  /** @type {Map<string, EvidenceItem>} */
  const open = new Map();
  for (const { event, args, transaction, time } of timeline) {
    if (event !== "Evidence" && event !== "EvidenceSubmitted") continue;
    const key = `${transaction} ${String(args.party)}`;
    const before = open.get(key);
    const field = event === "Evidence" ? "uri" : "hash";
    const value = String(event === "Evidence" ? args.evidence : args.hash);
    if (before !== undefined && before[field] === undefined) {
      before[field] = value;
      continue;
    }
    const item = { party: String(args.party), time, [field]: value };
    open.set(key, item);
    items.push(item);
  }
  return items;
}

/**
 * @param {TimelineEntry[]} timeline
 * @param {string} event
 */
function last(timeline, event) {
  return timeline.findLast((entry) => entry.event === event);
}

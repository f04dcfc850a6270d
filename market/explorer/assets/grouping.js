// @ts-check
/**
 * @import { TimelineEntry } from "../../../sdk/discovery/model.ts"
 */

/** What a transaction is called by, if it holds several of these: the first one found. */
const HEADLINES = [
  "Registered",
  "Ruled",
  "Disputed",
  "Contested",
  "Escalated",
  "Finalised",
  "JobCompleted",
  "JobRejected",
  "JobExpired",
  "JobSubmitted",
  "JobFunded",
  "Evidence",
  "JobFeedbackGiven",
  "JobHired",
  "JobCreated",
];

/**
 * Events of one transaction belong together: one step of one party.
 * @param {readonly TimelineEntry[]} entries In the order of the chain, either way.
 * @returns {TimelineEntry[][]}
 */
export function byTransaction(entries) {
  /** @type {TimelineEntry[][]} */
  const groups = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    if (group?.[0]?.transaction === entry.transaction) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/**
 * The event that a group is called by.
 * @param {TimelineEntry[]} group Not empty.
 * @returns {TimelineEntry}
 */
export function headline(group) {
  for (const name of HEADLINES) {
    const entry = group.find(({ event }) => event === name);
    if (entry !== undefined) return entry;
  }
  return /** @type {TimelineEntry} */ (group[0]);
}

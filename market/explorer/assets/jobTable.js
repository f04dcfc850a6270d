// @ts-check
import { jobLink, jobState, party, table, when } from "./components.js";
import { formatAmount } from "./format.js";

/**
 * @import { Job } from "../../../sdk/discovery/model.ts"
 * @import { Column } from "./components.js"
 * @import { Tokens } from "./eventText.js"
 */

/**
 * @param {Job[]} jobs
 * @param {{ tokens: Tokens, caption: string, hideCaption?: boolean, empty?: string, narrow?: boolean }} options
 *   `narrow`: without the client, where the table stands beside something else.
 */
export function jobTable(jobs, { tokens, caption, hideCaption, empty = "There are no jobs yet.", narrow = false }) {
  /** @type {Column<Job>[]} */
  const columns = [
    { label: "Job", cell: ({ jobId }) => jobLink(jobId) },
    { label: "State", cell: jobState },
    { label: "Price", numeric: true, cell: ({ budget, token }) => formatAmount(budget, token, tokens) },
    { label: "Client", wide: true, cell: ({ client, clientAgentId }) => party(clientAgentId, client) },
    { label: "Provider", wide: true, cell: ({ provider, providerAgentId }) => party(providerAgentId, provider) },
    { label: "Created", numeric: true, wide: true, cell: ({ createdAt }) => when(createdAt) },
  ];
  return table({
    caption,
    hideCaption,
    rows: jobs,
    empty,
    key: ({ jobId }) => jobId,
    columns: columns.filter(({ label }) => !narrow || label !== "Client"),
  });
}

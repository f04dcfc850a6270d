// @ts-check
/**
 * @import { Agent, Feedback, Job, JobDetail, Overview, Page, SearchResult, Status } from "../../../sdk/discovery/model.ts"
 */

const ROOT = "/api/v1";

/** What the index answered instead of what was asked for. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0 if the index could not be reached.
   * @param {string} title
   * @param {string} detail
   */
  constructor(status, title, detail) {
    super(detail === "" ? title : detail);
    this.name = "ApiError";
    this.status = status;
    this.title = title;
  }
}

/**
 * @param {string} path
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
async function get(path, query, signal) {
  const search = query.toString();
  let response;
  try {
    response = await fetch(`${ROOT}${path}${search === "" ? "" : `?${search}`}`, {
      headers: { accept: "application/json" },
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "No answer", "The index cannot be reached. Check that it is running, then try again.");
  }
  /** @type {unknown} */
  const body = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  const { title, detail } = /** @type {{ title?: unknown, detail?: unknown }} */ (body ?? {});
  throw new ApiError(
    response.ok ? 502 : response.status,
    typeof title === "string" ? title : "The index answered with an error",
    typeof detail === "string" ? detail : `The answer to ${path} has status ${response.status} and is not understood.`,
  );
}

const nothing = new URLSearchParams();

/**
 * @param {AbortSignal} signal
 */
export function reader(signal) {
  /**
   * @template T
   * @param {string} path
   * @param {URLSearchParams} [query]
   */
  const ask = (path, query = nothing) => /** @type {Promise<T>} */ (get(path, query, signal));
  return {
    status: () => /** @type {Promise<Status>} */ (ask("/status")),
    overview: () => /** @type {Promise<Overview>} */ (ask("/overview")),
    /** @param {URLSearchParams} query */
    search: (query) => /** @type {Promise<Page<SearchResult>>} */ (ask("/agents", query)),
    /** @param {string} id */
    agent: (id) => /** @type {Promise<Agent>} */ (ask(`/agents/${encodeURIComponent(id)}`)),
    /** @param {string} id */
    agentFile: (id) => /** @type {Promise<unknown>} */ (ask(`/agents/${encodeURIComponent(id)}/file`)),
    /**
     * @param {string} id
     * @param {URLSearchParams} query
     */
    feedback: (id, query) =>
      /** @type {Promise<Page<Feedback>>} */ (ask(`/agents/${encodeURIComponent(id)}/feedback`, query)),
    /** @param {URLSearchParams} query */
    jobs: (query) => /** @type {Promise<Page<Job>>} */ (ask("/jobs", query)),
    /** @param {string} id */
    job: (id) => /** @type {Promise<JobDetail>} */ (ask(`/jobs/${encodeURIComponent(id)}`)),
  };
}

/** @typedef {ReturnType<typeof reader>} Reader */

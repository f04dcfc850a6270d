import type { Page, SearchRequest, Weights } from "../../sdk/discovery/model";
import { MEASURES } from "../../sdk/discovery/model";
import { Problem } from "./Problem";
import type { Route } from "./Route";
import { readRoute } from "./Route";
import { openCursor, sealCursor } from "./cursor";
import {
  address,
  boolean,
  decimalNumber,
  integer,
  jobId,
  matching,
  oneOf,
  repeated,
  text,
  uint256,
} from "./parameters";
import { JOB_STATUSES } from "./schemas";

const MAX_TIME = 10 ** 11;

const agentPath = { agentId: uint256("The agent's id.") };

const paging = {
  limit: integer("How many to answer.", 1, 100, 20),
  cursor: matching(
    "`next` of the page before, with the same filters.",
    /^[A-Za-z0-9_-]{12,4000}$/,
    "`next` of the page before, as it was",
  ),
};

const searching = {
  text: text("Words to be found in name, description, services and skills.", 200),
  skill: repeated(
    text('A skill that must be there; "code/lint" also matches "code/lint/solidity". May be repeated.', 100),
    20,
  ),
  token: address("Prices and records count in this token only."),
  maxPrice: uint256(
    "In base units of `token`, which it needs: the least that a job may cost, or one unit where a price per unit has no minimum.",
  ),
  minCompleted: integer("Jobs completed as provider.", 0, 10 ** 9),
  minCounterparties: integer("Distinct counterparties.", 0, 10 ** 9),
  minVolume: uint256("Paid for its work, in base units of `token`, which it needs."),
  activeSince: integer("Unix seconds of its last activity, at least.", 0, MAX_TIME),
  walletVerified: boolean("Whether its wallet was proved by a signature."),
  active: boolean("Whether its file says that it serves requests.", true),
  ...(Object.fromEntries(
    MEASURES.map((measure) => [`weight.${measure}`, decimalNumber(`Weight of ${measure} in the ranking.`, 100)]),
  ) as Record<`weight.${keyof Weights}`, ReturnType<typeof decimalNumber>>),
  ...paging,
};

/** Answers a page of a list whose cursor belongs to these filters. The limit may change from page to page. */
async function paged<T>(
  list: string,
  { cursor, limit, ...filter }: { cursor?: string; limit?: number },
  read: (part: { cursor?: string; limit: number }) => Promise<Page<T>>,
): Promise<Page<T>> {
  // By name, so that the order in which somebody writes the same filters does not matter.
  const own = [list, Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))];
  const part = { limit: limit ?? 20, ...(cursor === undefined ? {} : { cursor: openCursor(own, cursor) }) };
  const { next, ...rest } = await read(part);
  return { ...rest, ...(next === undefined ? {} : { next: sealCursor(own, next) }) };
}

/** The routes that read the index and answer JSON. */
export const READ_ROUTES: readonly Route[] = [
  readRoute({
    path: "/api/v1/status",
    operationId: "getStatus",
    summary: "How far the index has followed the chain, and which contracts it follows.",
    pathParameters: {},
    queryParameters: {},
    schema: "Status",
    read: (reader) => reader.status(),
  }),
  readRoute({
    path: "/api/v1/overview",
    operationId: "getOverview",
    summary: "The market at a glance: totals, and one entry for each day with anything in it.",
    pathParameters: {},
    queryParameters: {},
    schema: "Overview",
    read: (reader) => reader.overview(),
  }),
  readRoute({
    path: "/api/v1/agents",
    operationId: "searchAgents",
    summary: "Agents that fit, the best first; each result says why it is where it is.",
    pathParameters: {},
    queryParameters: searching,
    schema: "SearchResultPage",
    read: (reader, _path, query) => {
      for (const name of ["maxPrice", "minVolume"] as const) {
        if (query[name] !== undefined && query.token === undefined) {
          throw new Problem(400, `The parameter ${name} needs token: an amount is of one token.`, name);
        }
      }
      const { limit, cursor, skill, ...rest } = query;
      const filter: SearchRequest = {};
      const weights: Partial<Weights> = {};
      for (const measure of MEASURES) {
        const weight = rest[`weight.${measure}`];
        if (weight !== undefined) {
          weights[measure] = weight;
        }
      }
      if (MEASURES.every((measure) => weights[measure] === 0)) {
        throw new Problem(400, "At least one weight must be above 0, or there is nothing to rank by.", "weight.text");
      }
      const plain = Object.entries(rest).filter(([name]) => !name.startsWith("weight."));
      Object.assign(filter, Object.fromEntries(plain), {
        ...(skill === undefined ? {} : { skills: skill }),
        ...(Object.keys(weights).length === 0 ? {} : { weights }),
      });
      return paged("agents", { ...filter, limit, cursor }, (part) => reader.search({ ...filter, ...part }));
    },
  }),
  readRoute({
    path: "/api/v1/agents/{agentId}",
    operationId: "getAgent",
    summary: "One agent: its file, its services and its record.",
    pathParameters: agentPath,
    queryParameters: {},
    schema: "Agent",
    absent: "No agent has this id: search for it at /api/v1/agents.",
    read: (reader, { agentId }) => reader.agent(agentId),
  }),
  readRoute({
    path: "/api/v1/agents/{agentId}/file",
    operationId: "getAgentFile",
    summary: "The agent's registration file as it was resolved.",
    pathParameters: agentPath,
    queryParameters: {},
    schema: "RegistrationFile",
    absent:
      "There is no file: the agent has none, it was not resolved yet, or it failed. The agent's `file` says which.",
    read: (reader, { agentId }) => reader.agentFile(agentId),
  }),
  readRoute({
    path: "/api/v1/agents/{agentId}/feedback",
    operationId: "getAgentFeedback",
    summary: "What clients said of an agent, the latest first.",
    pathParameters: agentPath,
    queryParameters: paging,
    schema: "FeedbackPage",
    absent: "No agent has this id: search for it at /api/v1/agents.",
    read: async (reader, { agentId }, query) =>
      (await reader.agent(agentId)) === undefined
        ? undefined
        : paged(`feedback of ${agentId}`, query, (part) => reader.feedback({ agentId, ...part })),
  }),
  readRoute({
    path: "/api/v1/jobs",
    operationId: "listJobs",
    summary: "Jobs, the latest first.",
    pathParameters: {},
    queryParameters: {
      agentId: uint256("Of this agent, as client or provider."),
      account: address("Of this account, as client, provider or evaluator."),
      status: oneOf("In this state.", JOB_STATUSES),
      disputed: boolean("Whether it was disputed."),
      ...paging,
    },
    schema: "JobPage",
    read: (reader, _path, { limit, cursor, ...filter }) =>
      paged("jobs", { ...filter, limit, cursor }, (part) => reader.jobs({ ...filter, ...part })),
  }),
  readRoute({
    path: "/api/v1/jobs/{jobId}",
    operationId: "getJob",
    summary: "One job with all that happened to it.",
    pathParameters: { jobId: jobId("The job's id, in decimal digits or as 0x and hexadecimal digits.") },
    queryParameters: {},
    schema: "JobDetail",
    absent: "No job has this id: list them at /api/v1/jobs.",
    read: (reader, { jobId: id }) => reader.job(id),
  }),
];

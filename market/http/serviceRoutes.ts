import { parsePosition } from "./EventStreams";
import { Problem } from "./Problem";
import type { Route } from "./Route";
import { JSON_TYPE } from "./Route";
import { matching, readQuery } from "./parameters";
import { readJsonBody } from "./requestBody";
import { ref } from "./schemas";

const none = { pathParameters: {}, queryParameters: {} };

/** The last listened event's place: what a browser sends by itself when it comes back. */
const POSITION = matching(
  "Send what came after this place: the id of an event, `<block>-<logIndex>`.",
  /^\d{1,15}-\d{1,10}$/,
  "the id of an event, such as 120-3",
);

const eventParameters = { after: POSITION };

/** The routes that are not one read of the index: streams, GraphQL, and what the operator asks. */
export const SERVICE_ROUTES: readonly Route[] = [
  {
    ...none,
    method: "GET",
    path: "/api/v1/events",
    operationId: "streamEvents",
    summary:
      "What happens on the market, as server-sent events: each message is a TimelineEntry; an event `reorg` tells " +
      "from which block on the chain was rewritten.",
    queryParameters: eventParameters,
    headerParameters: { "Last-Event-ID": POSITION },
    answer: { contentType: "text/event-stream; charset=utf-8", schema: { type: "string" } },
    problems: [],
    cost: 5,
    reply: async ({ streams }, { query, request, response, caller }) => {
      const { after } = readQuery(eventParameters, query);
      const header = request.headers["last-event-id"];
      const name = header === undefined ? "after" : "Last-Event-ID";
      const from = header === undefined ? after : String(header);
      const position = from === undefined ? undefined : parsePosition(from);
      if (from !== undefined && position === undefined) {
        throw new Problem(400, `The parameter ${name} must be ${POSITION.expected}.`, name);
      }
      await streams.open(response, caller, position);
      return undefined;
    },
  },
  {
    ...none,
    method: "GET",
    path: "/api/v1/openapi.json",
    operationId: "getOpenApi",
    summary: "This document.",
    answer: { contentType: JSON_TYPE, schema: { type: "object" } },
    problems: [],
    cost: 1,
    reply: ({ document }, { query }) => {
      readQuery({}, query);
      return Promise.resolve({ status: 200, contentType: JSON_TYPE, body: document });
    },
  },
  {
    ...none,
    method: "POST",
    path: "/graphql",
    operationId: "graphql",
    summary: "GraphQL over the public ERC-8004 subgraph's schema, as the client library agent0-sdk asks it.",
    requestSchema: ref("GraphQLRequest"),
    answer: { contentType: JSON_TYPE, schema: ref("GraphQLAnswer") },
    problems: [404, 413, 415],
    cost: 2,
    reply: async ({ graphql }, { request, query }) => {
      readQuery({}, query);
      if (graphql === undefined) {
        throw new Problem(404, "This index answers no GraphQL: use /api/v1.");
      }
      const answer = await graphql(await readJsonBody(request));
      return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(answer) };
    },
  },
  {
    ...none,
    method: "GET",
    path: "/healthz",
    operationId: "getHealth",
    summary: "Whether the service lives and its index keeps up; 503 if not.",
    answer: { contentType: JSON_TYPE, schema: ref("Health") },
    problems: [],
    cost: 0,
    reply: async ({ health }) => {
      const answer = await health.check();
      return { status: answer.ok ? 200 : 503, contentType: JSON_TYPE, body: JSON.stringify(answer) };
    },
  },
  {
    ...none,
    method: "GET",
    path: "/metrics",
    operationId: "getMetrics",
    summary: "What the service counts of itself, as Prometheus reads it.",
    answer: { contentType: "text/plain; version=0.0.4; charset=utf-8", schema: { type: "string" } },
    problems: [],
    cost: 0,
    reply: async ({ metrics, health, streams }) => ({
      status: 200,
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: metrics.text(await health.status(), streams.size),
    }),
  },
];

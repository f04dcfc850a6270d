import type { IncomingMessage, ServerResponse } from "node:http";

import type { MarketReader } from "../../sdk/discovery/model";
import type { EventStreams } from "./EventStreams";
import { Problem } from "./Problem";
import type { HealthCheck } from "./health";
import type { Metrics } from "./metrics";
import type { Parameters, PathValues, Values } from "./parameters";
import { readPath, readQuery } from "./parameters";
import { ref } from "./schemas";
import { within } from "./within";

/** What the routes answer from. */
export interface Services {
  readonly reader: MarketReader;
  readonly streams: EventStreams;
  readonly health: HealthCheck;
  readonly metrics: Metrics;
  /** How long the index may take for one answer. */
  readonly timeoutMs: number;
  /** The OpenAPI document, as text. */
  readonly document: string;
  /** Executes a GraphQL request; absent if the index has no such reader. */
  readonly graphql?: (body: unknown) => Promise<unknown>;
}

export interface Call {
  readonly pathTexts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: string;
}

/** An answer whose body is ready; undefined if the route answers by itself, as a stream does. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One route: how it is read, what it answers, and how the document tells of both. */
export interface Route {
  readonly method: "GET" | "POST";
  /** With its parameters in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly pathParameters: Parameters;
  readonly queryParameters: Parameters;
  readonly headerParameters?: Parameters;
  readonly requestSchema?: Readonly<Record<string, unknown>>;
  readonly answer: { readonly contentType: string; readonly schema?: Readonly<Record<string, unknown>> };
  /** Statuses of problems that it can answer, beside those of every route. */
  readonly problems: readonly number[];
  /** Of the caller's rate limit; probes of the operator cost nothing. */
  readonly cost: number;
  readonly reply: (services: Services, call: Call) => Promise<Reply | undefined>;
}

export const JSON_TYPE = "application/json; charset=utf-8";

interface ReadRoute<P extends Parameters, Q extends Parameters> {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly pathParameters: P;
  readonly queryParameters: Q;
  /** The name of the answer's schema. */
  readonly schema: string;
  /** One sentence for the caller, where `read` may answer undefined. */
  readonly absent?: string;
  readonly read: (reader: MarketReader, path: PathValues<P>, query: Values<Q>) => Promise<unknown>;
}

/** A route that reads the index and answers JSON. */
export function readRoute<P extends Parameters, Q extends Parameters>(route: ReadRoute<P, Q>): Route {
  const { path, operationId, summary, pathParameters, queryParameters, schema, absent, read } = route;
  return {
    method: "GET",
    path,
    operationId,
    summary,
    pathParameters,
    queryParameters,
    answer: { contentType: JSON_TYPE, schema: ref(schema) },
    problems: absent === undefined ? [] : [404],
    cost: 1,
    reply: async ({ reader, timeoutMs }, { pathTexts, query }) => {
      const pathValues = readPath(pathParameters, pathTexts);
      const queryValues = readQuery(queryParameters, query);
      const value = await within(timeoutMs, read(reader, pathValues, queryValues));
      if (value === undefined) {
        throw new Problem(404, absent ?? "There is nothing here.");
      }
      return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(value) };
    },
  };
}

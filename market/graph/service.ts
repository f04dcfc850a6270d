import type { DocumentNode, ExecutionResult } from "graphql";
import { GraphQLError, OperationTypeNode, execute, getOperationAST, parse, validate } from "graphql";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { Problem } from "../http/Problem";
import { logError } from "../http/log";
import { within } from "../http/within";
import type { MarketReader } from "../../sdk/discovery/model";
import { MAX_TOKENS, refuseCostlyDocument, refuseLargeDocument } from "./bounds";
import type { GraphReader } from "./reader";
import { isLongerThan } from "./answerLength";
import { graphSchema, withStringIds } from "./schema";
import { queryRoot } from "./queryRoot";

/** Of an answer's texts. Fields are counted before, but how long a stranger's texts are shows only afterwards. */
const MAX_CHARACTERS = 10_000_000;

interface Request {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | undefined;
}

/** Executes GraphQL requests. Answers are of GraphQL's shape, errors included: clients read those with status 200. */
export function graphqlService(
  graph: GraphReader,
  reader: Pick<MarketReader, "status">,
  timeoutMs: number,
): (body: unknown) => Promise<unknown> {
  const schema = graphSchema();
  return async (body) => {
    const { query, variables, operationName } = readRequest(body);
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: MAX_TOKENS, noLocation: true });
      refuseLargeDocument(document);
      document = withStringIds(document);
      const errors = validate(schema, document, undefined, { maxErrors: 10 });
      if (errors.length > 0) {
        return { errors: errors.map(shown) };
      }
      refuseCostlyDocument(schema, document, variables);
    } catch (error) {
      return { errors: [shown(error)] };
    }
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) {
      return { errors: [{ message: "Name one query of the document in operationName." }] };
    }
    const status = await within(timeoutMs, reader.status());
    const rootValue = queryRoot(graph, status);
    const args = { schema, document, rootValue, variableValues: variables, operationName };
    const answer: ExecutionResult = await within(timeoutMs, Promise.resolve(execute(args)));
    if (isLongerThan(answer.data, MAX_CHARACTERS)) {
      const message = `The answer would have more than ${MAX_CHARACTERS} characters: ask for fewer fields or rows.`;
      return { errors: [{ message }] };
    }
    return answer.errors === undefined ? answer : { ...answer, errors: answer.errors.map(shown) };
  };
}

function readRequest(body: unknown): Request {
  const fields: Record<string, unknown> =
    typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  const { query, variables = null, operationName = null } = fields;
  if (typeof query !== "string") {
    throw new Problem(400, "The body must be an object with the GraphQL document in `query`.", "query");
  }
  if (typeof variables !== "object" || Array.isArray(variables)) {
    throw new Problem(400, "The variables must be an object.", "variables");
  }
  if (operationName !== null && typeof operationName !== "string") {
    throw new Problem(400, "The operation's name must be a text.", "operationName");
  }
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: operationName ?? undefined,
  };
}

/** An error as the caller may see it: GraphQL's own and our sentences; of others nothing but that there was one. */
function shown(error: unknown): { message: string; path?: readonly (string | number)[] } {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const own = cause instanceof GraphQLError || cause instanceof InvalidInputError || cause instanceof Problem;
  if (!own) {
    logError("/graphql", cause);
  }
  const path = error instanceof GraphQLError ? error.path : undefined;
  return {
    message: own ? cause.message : "The service failed to answer: it was logged. Try again later.",
    ...(path === undefined ? {} : { path }),
  };
}

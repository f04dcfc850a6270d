import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Status } from "../../sdk/discovery/model";
import { Answers } from "./answers";
import type { Entity } from "./entities";
import { ENTITIES, FILE_FIELDS } from "./entities";
import type { Condition, GraphAgent, GraphQuery, GraphReader, GraphRows } from "./reader";
import { MAX_FIRST, MAX_SKIP } from "./schema";
import { WhereReader } from "./where";

interface ListArguments {
  where?: unknown;
  first: number;
  skip: number;
  orderBy: string;
  orderDirection: "asc" | "desc";
}

/** The fields of the type Query for one request, over the index as it stands. */
export function queryRoot(reader: GraphReader, { chainId, block }: Status): Record<string, unknown> {
  const answers = new Answers(chainId, reader);
  const select: Record<keyof GraphRows, (query: GraphQuery) => Promise<unknown[]>> = {
    Agent: async (query) => (await reader.select("Agent", query)).map((row) => answers.agent(row)),
    Feedback: async (query) => (await reader.select("Feedback", query)).map((row) => answers.feedback(row)),
    FeedbackResponse: async (query) =>
      (await reader.select("FeedbackResponse", query)).map((row) => answers.response(row)),
    AgentMetadata: async (query) => (await reader.select("AgentMetadata", query)).map((row) => answers.metadata(row)),
  };

  async function one(entity: Entity, id: string): Promise<unknown> {
    const where = new WhereReader(chainId).read(entity.fields, { id });
    const query = { where, orderBy: keyField(entity), descending: false, skip: 0, first: 1 };
    const [found = null] = await select[entity.name](query);
    return found;
  }

  async function files(where: Condition, args: Omit<ListArguments, "where">): Promise<unknown[]> {
    const orders: Record<string, string> = { name: "registrationFile.name", createdAt: "registrationFile.createdAt" };
    const present: Condition = { not: { field: "registrationFile", is: "missing", value: true } };
    const query = page({ ...args, orderBy: orders[args.orderBy] ?? "agentId" }, { all: [present, where] });
    const found: GraphAgent[] = await reader.select("Agent", query);
    return found.map((row) => answers.file(row));
  }

  const root: Record<string, unknown> = {
    _meta: {
      block: { number: block.number, hash: block.hash, timestamp: block.time },
      deployment: "agent-market",
      hasIndexingErrors: false,
    },
    agentRegistrationFile: async ({ id }: { id: string }) => {
      const where = new WhereReader(chainId).read({ id: { kind: "agent", row: "agentId" } }, { id });
      const [found = null] = await files(where, { first: 1, skip: 0, orderBy: "id", orderDirection: "asc" });
      return found;
    },
    agentRegistrationFiles: (args: ListArguments) =>
      files(new WhereReader(chainId).read(FILE_FIELDS, args.where, "registrationFile."), args),
  };
  for (const entity of ENTITIES) {
    root[entity.one] = ({ id }: { id: string }) => one(entity, id);
    root[entity.many] = (args: ListArguments) => {
      const where = new WhereReader(chainId).read(entity.fields, args.where);
      return select[entity.name](page({ ...args, orderBy: orderField(entity, args.orderBy) }, where));
    };
  }
  return root;
}

function page({ first, skip, orderBy, orderDirection }: ListArguments, where: Condition): GraphQuery {
  if (first < 1 || first > MAX_FIRST) {
    throw new InvalidInputError(`The argument first must be from 1 to ${MAX_FIRST}.`);
  }
  if (skip < 0 || skip > MAX_SKIP) {
    throw new InvalidInputError(`The argument skip must be from 0 to ${MAX_SKIP}.`);
  }
  return { where, orderBy, descending: orderDirection === "desc", skip, first };
}

function keyField(entity: Entity): string {
  return entity.fields.id?.row ?? "key";
}

function orderField(entity: Entity, orderBy: string): string {
  if (orderBy === "name" || orderBy === "registrationFile__name") {
    return "registrationFile.name";
  }
  // The chain is the same for all, so it orders nothing.
  return orderBy === "chainId" ? keyField(entity) : (entity.fields[orderBy]?.row ?? orderBy);
}

import type { DocumentNode, GraphQLScalarType, GraphQLSchema } from "graphql";
import { GraphQLError, Kind as AstKind, buildSchema, visit } from "graphql";

import type { Entity, Field, Kind } from "./entities";
import { ENTITIES, FILE_FIELDS, OPERATORS } from "./entities";

/** Rows that one list may answer, as The Graph bounds them. */
export const MAX_FIRST = 1000;
/** Pages are asked by `skip` up to here. The Graph stops at 5,000, where a client that reads on finds an error. */
export const MAX_SKIP = 100_000;

const SCALARS: Readonly<Record<Kind, string>> = {
  key: "ID",
  chain: "BigInt",
  uint256: "BigInt",
  integer: "BigInt",
  decimal: "BigDecimal",
  string: "String",
  boolean: "Boolean",
  address: "Bytes",
  bytes: "Bytes",
  strings: "[String!]",
  addresses: "[Bytes!]",
  agent: "Agent",
  feedback: "Feedback",
};

function answerFields(fields: Readonly<Record<string, Field>>): string {
  return Object.entries(fields)
    .map(([name, { kind, required }]) => `${name}: ${SCALARS[kind]}${required === true ? "!" : ""}`)
    .join("\n  ");
}

function filterFields(fields: Readonly<Record<string, Field>>): string {
  return Object.entries(fields)
    .filter(([, { answerOnly }]) => answerOnly !== true)
    .flatMap(([name, { kind }]) => {
      // Ids go in as strings, also those of relations, which are filtered by the other's id.
      const scalar = kind === "key" || kind === "agent" || kind === "feedback" ? "String" : SCALARS[kind];
      return OPERATORS[kind].map((operator) => {
        const list = operator === "in" || operator === "not_in";
        return `${operator === "" ? name : `${name}_${operator}`}: ${list ? `[${scalar}!]` : scalar}`;
      });
    })
    .join("\n  ");
}

function orderFields(entity: Entity): string {
  const names = Object.entries(entity.fields)
    .filter(([, { kind, answerOnly }]) => answerOnly !== true && kind !== "strings" && kind !== "addresses")
    .map(([name]) => name);
  // The library also sends `name`, which the public subgraph does not know.
  return [...names, ...(entity.name === "Agent" ? ["name", "registrationFile__name"] : [])].join("\n  ");
}

function entityText(entity: Entity): string {
  const { name, fields } = entity;
  const agent = name === "Agent";
  const feedback = name === "Feedback";
  return `
type ${name} {
  ${answerFields(fields)}
  ${agent ? "registrationFile: AgentRegistrationFile" : ""}
  ${feedback ? `feedbackFile: FeedbackFile\n  responses(first: Int = 100): [FeedbackResponse!]!` : ""}
}
input ${name}_filter {
  ${filterFields(fields)}
  ${agent ? "registrationFile: String\n  registrationFile_not: String\n  registrationFile_: AgentRegistrationFile_filter" : ""}
  and: [${name}_filter]
  or: [${name}_filter]
}
enum ${name}_orderBy {
  ${orderFields(entity)}
}`;
}

const list = (name: string, entity: string): string =>
  `${name}(where: ${entity}_filter, first: Int = 100, skip: Int = 0, orderBy: ${entity}_orderBy = id, ` +
  `orderDirection: OrderDirection = asc): [${entity}!]!`;

/** The schema as text. */
export function schemaText(): string {
  return `
scalar BigInt
scalar BigDecimal
scalar Bytes
enum OrderDirection { asc desc }
${ENTITIES.map(entityText).join("\n")}
type AgentRegistrationFile {
  id: ID!
  agentId: String!
  ${answerFields(FILE_FIELDS)}
}
input AgentRegistrationFile_filter {
  ${filterFields(FILE_FIELDS)}
  and: [AgentRegistrationFile_filter]
  or: [AgentRegistrationFile_filter]
}
enum AgentRegistrationFile_orderBy { id name createdAt }
"What a feedback's URI leads to. This index does not fetch it, so a feedback has none."
type FeedbackFile {
  id: ID!
  feedbackId: String!
  text: String
  mcpTool: String
  mcpPrompt: String
  mcpResource: String
  a2aSkills: [String!]!
  a2aContextId: String
  a2aTaskId: String
  oasfSkills: [String!]!
  oasfDomains: [String!]!
  proofOfPaymentFromAddress: String
  proofOfPaymentToAddress: String
  proofOfPaymentChainId: String
  proofOfPaymentTxHash: String
  tag1: String
  tag2: String
  createdAt: BigInt!
}
type _Block_ { number: Int!  hash: Bytes  timestamp: Int }
type _Meta_ { block: _Block_!  deployment: String!  hasIndexingErrors: Boolean! }
type Query {
  ${ENTITIES.map(({ name, one, many }) => `${one}(id: String!): ${name}\n  ${list(many, name)}`).join("\n  ")}
  agentRegistrationFile(id: String!): AgentRegistrationFile
  ${list("agentRegistrationFiles", "AgentRegistrationFile")}
  _meta: _Meta_
}`;
}

/**
 * The document with every variable of type ID declared as String. The Graph lets one stand for the other, and its
 * clients rely on it: some declare `$agentId: String!`, some `ID!`. GraphQL itself lets neither pass for the other.
 */
export function withStringIds(document: DocumentNode): DocumentNode {
  return visit(document, {
    VariableDefinition: (definition) =>
      visit(definition, {
        NamedType: (type) =>
          type.name.value === "ID" ? { ...type, name: { kind: AstKind.NAME, value: "String" } } : undefined,
      }),
  });
}

/** The schema with its own scalars, which The Graph writes as strings. */
export function graphSchema(): GraphQLSchema {
  const schema = buildSchema(schemaText());
  const parsers: Readonly<Record<string, [pattern: RegExp, expected: string]>> = {
    BigInt: [/^-?\d{1,78}$/, "a whole number, as digits or in quotes"],
    BigDecimal: [/^-?\d{1,60}(\.\d{1,40})?$/, "a decimal number, as digits or in quotes"],
    Bytes: [/^0x([0-9a-fA-F]{2})*$/, "bytes: 0x and pairs of hexadecimal digits, in quotes"],
  };
  for (const [name, [pattern, expected]] of Object.entries(parsers)) {
    const scalar = schema.getType(name) as GraphQLScalarType;
    scalar.parseValue = (value) => {
      const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
      if (!pattern.test(text)) {
        throw new GraphQLError(`A ${name} must be ${expected}.`);
      }
      return text.toLowerCase();
    };
    scalar.parseLiteral = (node) => {
      const number = node.kind === AstKind.INT || node.kind === AstKind.FLOAT;
      return scalar.parseValue(number || node.kind === AstKind.STRING ? node.value : undefined);
    };
    scalar.serialize = String;
  }
  return schema;
}

import type { GraphRows } from "./reader";

/** How a field is written in GraphQL, and by which operators it can be filtered. */
export type Kind =
  | "key" // the entity's id: "<chainId>:<key>"
  | "chain" // the chain's id, the same for all
  | "uint256" // BigInt, kept as text
  | "integer" // BigInt, kept as a number
  | "decimal" // BigDecimal
  | "string"
  | "boolean"
  | "address" // Bytes, kept with its checksum
  | "bytes" // Bytes, kept in lower case
  | "strings"
  | "addresses"
  | "agent" // an Agent, by its id
  | "feedback"; // a Feedback, by its id

export interface Field {
  readonly kind: Kind;
  /** The row's field, if it has another name. */
  readonly row?: string;
  readonly required?: boolean;
  /** The entity answers it, and no filter knows it. */
  readonly answerOnly?: boolean;
}

export interface Entity {
  readonly name: keyof GraphRows;
  /** The query's fields for one and for several. */
  readonly one: string;
  readonly many: string;
  readonly fields: Readonly<Record<string, Field>>;
}

const optional = (kind: Kind): Field => ({ kind });
const required = (kind: Kind, row?: string): Field => ({ kind, required: true, ...(row === undefined ? {} : { row }) });

/** Of the agent's row, under `registrationFile`. */
export const FILE_FIELDS: Readonly<Record<string, Field>> = {
  name: optional("string"),
  description: optional("string"),
  image: optional("string"),
  active: optional("boolean"),
  x402Support: optional("boolean"),
  supportedTrusts: required("strings"),
  mcpEndpoint: optional("string"),
  mcpVersion: optional("string"),
  a2aEndpoint: optional("string"),
  a2aVersion: optional("string"),
  webEndpoint: optional("string"),
  emailEndpoint: optional("string"),
  oasfEndpoint: optional("string"),
  oasfVersion: optional("string"),
  oasfSkills: required("strings"),
  oasfDomains: required("strings"),
  hasOASF: required("boolean"),
  ens: optional("string"),
  did: optional("string"),
  mcpTools: required("strings"),
  mcpPrompts: required("strings"),
  mcpResources: required("strings"),
  a2aSkills: required("strings"),
  createdAt: required("integer"),
};

/** The entities of the public subgraph's schema that its client library asks for, field by field. */
export const ENTITIES: readonly Entity[] = [
  {
    name: "Agent",
    one: "agent",
    many: "agents",
    fields: {
      id: required("key", "agentId"),
      chainId: required("chain"),
      agentId: required("uint256"),
      agentURI: optional("string"),
      agentURIType: { kind: "string", answerOnly: true },
      owner: required("address"),
      agentWallet: optional("address"),
      operators: required("addresses"),
      createdAt: required("integer"),
      updatedAt: required("integer"),
      totalFeedback: required("integer"),
      lastActivity: required("integer"),
    },
  },
  {
    name: "Feedback",
    one: "feedback",
    many: "feedbacks",
    fields: {
      id: required("key", "key"),
      agent: required("agent", "agentId"),
      clientAddress: required("address"),
      feedbackIndex: required("integer"),
      value: required("decimal"),
      tag1: optional("string"),
      tag2: optional("string"),
      endpoint: optional("string"),
      feedbackURI: optional("string"),
      feedbackURIType: { kind: "string", answerOnly: true },
      feedbackHash: optional("bytes"),
      isRevoked: required("boolean"),
      createdAt: required("integer"),
      revokedAt: optional("integer"),
    },
  },
  {
    name: "FeedbackResponse",
    one: "feedbackResponse",
    many: "feedbackResponses",
    fields: {
      id: required("key", "key"),
      feedback: required("feedback"),
      responder: required("address"),
      responseUri: optional("string"),
      responseHash: optional("bytes"),
      createdAt: required("integer"),
    },
  },
  {
    name: "AgentMetadata",
    one: "agentMetadata",
    many: "agentMetadatas",
    fields: {
      id: required("key", "key"),
      agent: required("agent", "agentId"),
      key: required("string", "metadataKey"),
      value: required("bytes"),
      updatedAt: required("integer"),
    },
  },
];

/** By the field's kind: what may follow its name in a filter; "" is equality. */
export const OPERATORS: Readonly<Record<Kind, readonly string[]>> = {
  key: ["", "not", "in", "not_in"],
  chain: ["", "not", "in", "not_in"],
  uint256: ["", "not", "in", "not_in"],
  integer: ["", "not", "gt", "gte", "lt", "lte", "in", "not_in"],
  decimal: ["", "not", "gt", "gte", "lt", "lte", "in", "not_in"],
  string: ["", "not", "in", "not_in", "contains", "contains_nocase", "not_contains", "not_contains_nocase"],
  boolean: ["", "not"],
  address: ["", "not", "in", "not_in"],
  bytes: ["", "not", "in", "not_in"],
  strings: ["contains", "not_contains"],
  addresses: ["contains", "not_contains"],
  agent: ["", "not", "in", "not_in"],
  feedback: ["", "not", "in", "not_in"],
};

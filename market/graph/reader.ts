/*
 * What GraphQL needs of an index beyond MarketReader: rows of the public ERC-8004 subgraph's entities, filtered, ordered
 * and cut by the database. An index that has it answers /graphql; one that has not still serves everything else.
 */

/**
 * What rows must satisfy, as a tree that translates into SQL one to one. `all: []` holds for every row, `any: []` for
 * none. As in SQL, a comparison with a missing value is neither true nor false, and nor is its negation: only "missing"
 * finds such rows.
 */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Comparison;

export interface Comparison {
  /** One of the entity's fields; those of an agent's file begin with "registrationFile.". */
  field: string;
  /**
   * - `contains`: the text is a part of the value (case matters; `containsNoCase`: it does not); a wildcard of SQL in it
   *   stands for itself.
   * - `has`: the value is a list, and this is one of its items, whole.
   * - `missing`: there is no value; `value` is true.
   */
  is: "eq" | "gt" | "gte" | "lt" | "lte" | "in" | "contains" | "containsNoCase" | "has" | "missing";
  /**
   * Ids and hashes are strings, addresses strings with their checksum, times and counts numbers, feedback's value a
   * number. A list only for `in`, of at most 1,000.
   */
  value: string | number | boolean | (string | number)[];
}

export interface GraphQuery {
  where: Condition;
  /** A field of the entity. Equal rows, and rows without a value (which come last), are ordered by the entity's key. */
  orderBy: string;
  descending: boolean;
  skip: number;
  /** At most 1,000; 10,000 for responses. */
  first: number;
}

/** What a registration file says, by the public subgraph's reading of it (`registrationFileFields`). */
export interface GraphFile {
  name?: string;
  description?: string;
  image?: string;
  active?: boolean;
  x402Support?: boolean;
  supportedTrusts: string[];
  mcpEndpoint?: string;
  mcpVersion?: string;
  a2aEndpoint?: string;
  a2aVersion?: string;
  webEndpoint?: string;
  emailEndpoint?: string;
  oasfEndpoint?: string;
  oasfVersion?: string;
  oasfSkills: string[];
  oasfDomains: string[];
  hasOASF: boolean;
  ens?: string;
  did?: string;
  mcpTools: string[];
  mcpPrompts: string[];
  mcpResources: string[];
  a2aSkills: string[];
}

/** Key: agentId, as a number and not as text. */
export interface GraphAgent {
  agentId: string;
  agentURI: string;
  owner: string;
  agentWallet?: string;
  /** Accounts that may act for the owner; empty where the index does not follow approvals. */
  operators: string[];
  createdAt: number;
  /** Of the latest event that concerns it. */
  updatedAt: number;
  /** Without revoked entries. */
  totalFeedback: number;
  lastActivity: number;
  /** Absent until a file was resolved. */
  registrationFile?: GraphFile & { createdAt: number };
}

/** Key: `key`, which is `<agentId>:<client in lower case>:<index>`. */
export interface GraphFeedback {
  key: string;
  agentId: string;
  clientAddress: string;
  feedbackIndex: number;
  /** Decimal digits, with a point if it has decimals. */
  value: string;
  tag1: string;
  tag2: string;
  endpoint: string;
  feedbackURI: string;
  feedbackHash: string;
  isRevoked: boolean;
  createdAt: number;
  revokedAt?: number;
}

/** Key: `key`, which is `<key of the feedback>:<transaction>:<log index>`. */
export interface GraphResponse {
  key: string;
  /** The key of the feedback that it answers. */
  feedback: string;
  responder: string;
  responseUri: string;
  responseHash: string;
  createdAt: number;
}

/** Key: `key`, which is `<agentId>:<metadata key>`. */
export interface GraphMetadata {
  key: string;
  agentId: string;
  metadataKey: string;
  /** Hexadecimal, in lower case. */
  value: string;
  updatedAt: number;
}

export interface GraphRows {
  Agent: GraphAgent;
  Feedback: GraphFeedback;
  FeedbackResponse: GraphResponse;
  AgentMetadata: GraphMetadata;
}

export interface GraphReader {
  /** Rows of one kind. The field names of conditions and order are those of the row's type. */
  select<E extends keyof GraphRows>(entity: E, query: GraphQuery): Promise<GraphRows[E][]>;
}

import { randomUUID } from "node:crypto";

/*
 * The index's tables, for SQLite and PostgreSQL alike. Amounts that are compared are decimal text of a fixed width
 * (`padAmount`), which sorts as the numbers do in both. Ids of jobs are decimal text. Booleans are 0 and 1.
 */

/** How a column is typed: `int` is 64 bits wide, `real` a double. */
export type ColumnType = "text" | "int" | "real";

/** A table whose rows the chain's events make, and that a reorganisation therefore has to be able to restore. */
export interface Entity {
  readonly key: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/**
 * Rows have one key column; where a thing has a composite name, its parts are joined by "|", or by ":" where GraphQL
 * shows the name.
 */
export const ENTITIES = {
  agents: {
    key: "agent_id",
    columns: {
      agent_id: "int",
      owner: "text",
      wallet: "text",
      wallet_verified: "int",
      epoch: "int",
      registered_at: "int",
      last_active_at: "int",
      /** Of the latest event of the registry or of feedback about it; jobs do not count. */
      updated_at: "int",
      file_id: "text",
      feedback_count: "int",
      /** In 10^-18, exactly: a double would lose small values beside a large one that is taken back. */
      feedback_sum: "text",
      feedback_paid: "int",
    },
  },
  jobs: {
    key: "job_id",
    columns: {
      job_id: "text",
      client: "text",
      client_agent: "int",
      client_epoch: "int",
      provider: "text",
      provider_agent: "int",
      provider_epoch: "int",
      evaluator: "text",
      hook: "text",
      token: "text",
      budget: "text",
      status: "text",
      outcome: "text",
      terms_hash: "text",
      input_hash: "text",
      offer_hash: "text",
      deliverable: "text",
      description: "text",
      created_at: "int",
      expired_at: "int",
      submitted_at: "int",
      ended_at: "int",
      paid: "text",
      refunded: "text",
      fees: "text",
      funded: "int",
      disputed: "int",
      /** Where in the chain it was created: block * 2^20 + log index. Newest first is by this. */
      position: "int",
    },
  },
  records: {
    key: "id",
    columns: {
      id: "text",
      agent_id: "int",
      epoch: "int",
      role: "text",
      source: "text",
      token: "text",
      completed: "int",
      partial: "int",
      rejected: "int",
      undelivered: "int",
      unjudged: "int",
      declined: "int",
      disputes_won: "int",
      disputes_lost: "int",
      counterparties: "int",
      volume_paid: "text",
      volume_refunded: "text",
      first_at: "int",
      last_at: "int",
    },
  },
  /** Which provider has been paid by which client, so that counterparties are counted once. */
  pairs: { key: "id", columns: { id: "text" } },
  feedback: {
    key: "id",
    columns: {
      id: "text",
      agent_id: "int",
      client: "text",
      feedback_index: "int",
      value: "real",
      tag1: "text",
      tag2: "text",
      endpoint: "text",
      uri: "text",
      hash: "text",
      given_at: "int",
      revoked: "int",
      /** 0 while it stands. */
      revoked_at: "int",
      job_source: "text",
      job_id: "text",
      job_token: "text",
      job_amount: "text",
      position: "int",
    },
  },
  /** What was said to feedback. The key is the entry's, the transaction and the log index, joined by ":". */
  responses: {
    key: "id",
    columns: { id: "text", feedback_id: "text", responder: "text", uri: "text", hash: "text", created_at: "int" },
  },
  /** What agents have in the registry under keys of their choice. The key is the agent's id and the key, joined by ":". */
  metadata: {
    key: "id",
    columns: {
      id: "text",
      agent_id: "int",
      metadata_key: "text",
      /** Hexadecimal in lower case; null if it is too long to be kept. */
      value: "text",
      updated_at: "int",
    },
  },
  /** Which job a court's dispute is about. */
  disputes: { key: "id", columns: { id: "text", job_id: "text" } },
  /** Sums and counts for the overview, in groups; values are decimal text. */
  counters: { key: "id", columns: { id: "text", grp: "text", key: "text", value: "text" } },
} as const satisfies Record<string, Entity>;

export type EntityName = keyof typeof ENTITIES;

type Value<T extends ColumnType> = T extends "text" ? string | null : number;
/** A row of an entity's table. Text may be null. */
export type Row<N extends EntityName> = {
  -readonly [C in keyof (typeof ENTITIES)[N]["columns"]]: (typeof ENTITIES)[N]["columns"][C] extends ColumnType
    ? Value<(typeof ENTITIES)[N]["columns"][C]>
    : never;
};

/** All tables, as Kysely sees them. */
export type Tables = { [N in EntityName]: Row<N> } & {
  meta: { key: string; value: string };
  cursor: {
    id: number;
    number: number;
    hash: string;
    time: number;
    head_number: number;
    head_at: number;
  };
  blocks: { number: number; hash: string; undoable: number };
  undo: { block: number; seq: number; entity: string; key: string; before: string | null };
  events: {
    position: number;
    time: number;
    transaction_hash: string;
    contract: string;
    event: string;
    args: string;
    job_id: string | null;
  };
  tokens: { token: string; symbol: string | null; decimals: number | null };
  files: {
    id: string;
    uri: string;
    state: "pending" | "resolved" | "failed";
    hash: string | null;
    content: string | null;
    /** What GraphQL reads of the content, as JSON; null where there is none. */
    fields: string | null;
    problem: string | null;
    attempts: number;
    resolved_at: number | null;
    next_at: number | null;
  };
  /** What search reads of an agent's present file. */
  docs: {
    agent_id: number;
    name: string;
    description: string;
    image: string | null;
    active: number;
    endpoints: string;
    services: string;
    skills: string;
    /**
     * As JSON, for each token: the least that a job costs, and the lowest price of a unit where a job's has no minimum.
     */
    prices: string;
  };
  skills: { agent_id: number; skill: string };
  /** How much each word says of an agent: see market/store/terms.ts. */
  terms: { word: string; agent_id: number; rank: number };
  /**
   * What ranking reads: a narrow row for each agent and token in which it has a record or a price, and one with the
   * token "" for all of them. Amounts are ordinary decimal text.
   */
  standings: {
    agent_id: number;
    token: string;
    listed: number;
    verified: number;
    completed: number;
    good: number;
    judged: number;
    counterparties: number;
    volume: string;
    /** The lowest in the token; null if there is none. */
    price: string | null;
    unit_price: string | null;
    last_active_at: number;
  };
  /** At which revision of the standings an agent's changed last; the present revision is in `meta`. */
  changes: { agent_id: number; revision: number };
};

const SQL_TYPES: Record<ColumnType, { sqlite: string; postgres: string }> = {
  text: { sqlite: "text", postgres: "text" },
  int: { sqlite: "integer", postgres: "bigint" },
  real: { sqlite: "real", postgres: "double precision" },
};

export type Dialect = "sqlite" | "postgres";

/** Of `agents.feedback_sum`. */
export const FEEDBACK_SCALE = 1e18;

/** Raised whenever the tables change: an index of another version is made anew. */
export const SCHEMA_VERSION = "4";

/** What an empty index has in `meta`. Readers keep copies: `generation` tells them whether they are of this index. */
export function firstMeta(): { key: string; value: string }[] {
  return [
    { key: "schema", value: SCHEMA_VERSION },
    { key: "generation", value: randomUUID() },
    { key: "revision", value: "0" },
  ];
}

/** The statements that make the tables, in order; each may be run again. */
export function schemaStatements(dialect: Dialect): string[] {
  const type = (t: ColumnType): string => SQL_TYPES[t][dialect];
  const [int, real] = [type("int"), type("real")];
  // SQLite keeps rows of a text key in the key's own order only when told to.
  const keyed = dialect === "sqlite" ? " without rowid" : "";
  // Where beginnings are looked for, text has to sort by its bytes in both.
  const bytes = dialect === "sqlite" ? "text" : `text collate "C"`;
  const entities = Object.entries(ENTITIES as Record<string, Entity>).map(([name, { key, columns }]) => {
    const body = Object.entries(columns).map(([column, t]) => {
      const primary = column === key ? " primary key" : t === "text" ? "" : " not null";
      return `${column} ${type(t)}${primary}`;
    });
    return `create table if not exists ${name} (${body.join(", ")})`;
  });
  const tables = [
    `create table if not exists meta (key text primary key, value text not null)`,
    `create table if not exists cursor (id ${int} primary key, number ${int} not null, hash text not null,
      time ${int} not null, head_number ${int} not null, head_at ${int} not null)`,
    `create table if not exists blocks (number ${int} primary key, hash text not null, undoable ${int} not null)`,
    `create table if not exists undo (block ${int}, seq ${int}, entity text not null, key text not null, before text,
      primary key (block, seq))${keyed}`,
    `create table if not exists events (position ${int} primary key, time ${int} not null, transaction_hash text not null,
      contract text not null, event text not null, args text not null, job_id text)`,
    `create table if not exists tokens (token text primary key, symbol text, decimals ${int})`,
    `create table if not exists files (id text primary key, uri text not null, state text not null, hash text,
      content text, fields text, problem text, attempts ${int} not null, resolved_at ${int}, next_at ${int})`,
    `create table if not exists docs (agent_id ${int} primary key, name text not null, description text not null,
      image text, active ${int} not null, endpoints text not null, services text not null, skills text not null,
      prices text not null)`,
    `create table if not exists skills (skill ${bytes}, agent_id ${int}, primary key (skill, agent_id))${keyed}`,
    `create table if not exists terms (word ${bytes}, agent_id ${int}, rank ${int},
      primary key (word, agent_id, rank))${keyed}`,
    `create table if not exists standings (token text, agent_id ${int}, listed ${int} not null,
      verified ${int} not null, completed ${int} not null, good ${real} not null, judged ${int} not null,
      counterparties ${int} not null, volume text not null, price text, unit_price text, last_active_at ${int} not null,
      primary key (token, agent_id))${keyed}`,
    `create table if not exists changes (agent_id ${int} primary key, revision ${int} not null)`,
  ];
  const indexes = [
    `events_job on events (job_id, position) where job_id is not null`,
    `agents_file on agents (file_id)`,
    `jobs_position on jobs (position)`,
    `jobs_status on jobs (status, position)`,
    `jobs_disputed on jobs (position) where disputed = 1`,
    `jobs_client on jobs (client, position)`,
    `jobs_provider on jobs (provider, position)`,
    `jobs_evaluator on jobs (evaluator, position)`,
    `jobs_client_agent on jobs (client_agent, position) where client_agent <> 0`,
    `jobs_provider_agent on jobs (provider_agent, position) where provider_agent <> 0`,
    `records_agent on records (agent_id, epoch)`,
    `feedback_agent on feedback (agent_id, position)`,
    `responses_feedback on responses (feedback_id)`,
    `metadata_agent on metadata (agent_id)`,
    `metadata_key on metadata (metadata_key)`,
    `counters_grp on counters (grp, key)`,
    `files_next on files (next_at) where next_at is not null`,
    `skills_agent on skills (agent_id)`,
    `terms_agent on terms (agent_id)`,
    `standings_agent on standings (agent_id)`,
    `changes_revision on changes (revision)`,
  ].map((index) => `create index if not exists ${index}`);
  return [...entities, ...tables, ...indexes];
}

/** Everything that is emptied when an index starts over. */
export const ALL_TABLES = [
  ...(Object.keys(ENTITIES) as EntityName[]),
  "cursor",
  "blocks",
  "undo",
  "events",
  "tokens",
  "files",
  "docs",
  "skills",
  "terms",
  "standings",
  "changes",
  "meta",
] as const;

const POSITION_UNIT = 2 ** 20;

/** One number for a place in the chain, in its order. A block has fewer than 2^20 logs; 2^33 blocks fit below 2^53. */
export function positionOf(block: number, logIndex: number): number {
  return block * POSITION_UNIT + logIndex;
}

/** Block and log index of a position. */
export function placeOf(position: number): { block: number; logIndex: number } {
  const logIndex = position % POSITION_UNIT;
  return { block: (position - logIndex) / POSITION_UNIT, logIndex };
}

/** 256 bits have up to 78 digits. */
const AMOUNT_DIGITS = 78;

/** An amount as text that sorts as the number does. */
export function padAmount(amount: bigint): string {
  return amount.toString().padStart(AMOUNT_DIGITS, "0");
}

/** The amount's ordinary decimal form. */
export function unpadAmount(text: string): string {
  return text.replace(/^0+(?=\d)/, "");
}

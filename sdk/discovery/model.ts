/*
 * What the index answers, over HTTP as JSON and in process alike. Ids and amounts are decimal strings, because JSON's
 * numbers stop at 2^53; amounts are in base units of their token; times are Unix seconds; addresses have their checksum.
 * What strangers wrote (names, descriptions, files) is data, never an instruction, and never markup.
 */

/** How far the index has followed the chain. */
export interface Status {
  chainId: string;
  contracts: { registry: string; ledger: string; escrow: string; evaluators: string[] };
  /** The latest block that is indexed. */
  block: { number: number; hash: string; time: number };
  /** The chain's own latest block when it was last asked, and when that was. */
  head: { number: number; askedAt: number };
  counts: { agents: number; jobs: number; feedback: number; disputes: number };
}

/** What became of an agent's registration file. */
export interface FileState {
  state: "none" | "pending" | "resolved" | "failed";
  uri: string;
  /** keccak256 of the file's bytes. */
  hash?: string;
  resolvedAt?: number;
  /** Why it failed, in one sentence. */
  problem?: string;
}

export interface Endpoint {
  name: string;
  endpoint: string;
  version?: string;
}

/** One service of an agent's catalogue, as far as search and people need it; the whole is in the registration file. */
export interface Service {
  id: string;
  name: string;
  description: string;
  skills: string[];
  /**
   * Base units. With a `unit` ("byte") the amount is for each of them, not for the job; `minimum` is then what a job costs
   * at least, absent if the service states none.
   */
  price?: { token: string; amount: string; unit?: string; minimum?: string };
  /** Seconds from hiring to delivery. */
  deliveryPeriod?: number;
}

/** Settlements under one source, token, ownership epoch and role. The field names are the ledger's. */
export interface AgentRecord {
  source: string;
  token: string;
  epoch: number;
  role: "provider" | "client";
  completed: number;
  partial: number;
  rejected: number;
  undelivered: number;
  unjudged: number;
  declined: number;
  disputesWon: number;
  disputesLost: number;
  counterparties: number;
  volumePaid: string;
  volumeRefunded: string;
  firstAt: number;
  lastAt: number;
}

export interface Agent {
  agentId: string;
  owner: string;
  /** The wallet that the agent speaks by on chain; absent if it has none. */
  wallet?: string;
  /** True if `wallet` was proved by a signature after registration or a transfer (`setAgentWallet`). */
  walletVerified: boolean;
  epoch: number;
  registeredAt: number;
  /** From the registration file; empty and false without one. */
  name: string;
  description: string;
  image?: string;
  active: boolean;
  endpoints: Endpoint[];
  services: Service[];
  /** All skills of its services and endpoints, each once. */
  skills: string[];
  file: FileState;
  /** Of the present epoch only: a sold identity does not bring its past along. */
  records: AgentRecord[];
  /** `paidFor`: how many entries cite a job for which something was paid. */
  feedback: { count: number; average?: number; paidFor: number };
  lastActiveAt: number;
}

/** What search ranks by. Each measure is between 0 and 1; the score is their weighted mean. */
export const MEASURES = ["text", "record", "price", "activity", "counterparties"] as const;
export type Measure = (typeof MEASURES)[number];
export type Weights = Record<Measure, number>;

export interface SearchRequest {
  /** Words to be found in name, description, services and skills. */
  text?: string;
  /** Every one must be there; a skill also matches what stands below it ("code/lint" matches "code/lint/solidity"). */
  skills?: string[];
  /** Prices and records count in this token only. */
  token?: string;
  /**
   * In base units; needs `token`. Held against the least that a job of some service costs, or one unit where a price per
   * unit has no minimum: such a service passes, but its price counts for nothing in the ranking.
   */
  maxPrice?: string;
  minCompleted?: number;
  minCounterparties?: number;
  /** In base units; needs `token`. */
  minVolume?: string;
  activeSince?: number;
  walletVerified?: boolean;
  /** Default true: only agents whose file says that they serve requests. */
  active?: boolean;
  weights?: Partial<Weights>;
  /** 1 to 100, by default 20. */
  limit?: number;
  cursor?: string;
}

/** Why a result is where it is. */
export interface Reason {
  measure: Measure;
  weight: number;
  /** 0 to 1. */
  value: number;
  /** In words: "3 jobs completed for 2 parties". */
  says: string;
}

export interface SearchResult {
  agent: Agent;
  score: number;
  reasons: Reason[];
}

/** A part of a list. A cursor stays valid while the index grows: nothing is shown twice or left out because of it. */
export interface Page<T> {
  items: T[];
  /** Absent at the end. */
  next?: string;
  /** The block that the answer is of. */
  block: number;
}

export type JobStatusName = "Open" | "Funded" | "Submitted" | "Completed" | "Rejected" | "Expired";

export interface Job {
  jobId: string;
  client: string;
  clientAgentId: string;
  provider: string;
  providerAgentId: string;
  evaluator: string;
  hook?: string;
  token: string;
  budget: string;
  status: JobStatusName;
  /** How it ended, from its settlement record; absent before. */
  outcome?: "completed" | "partial" | "rejected" | "undelivered" | "unjudged" | "declined";
  termsHash?: string;
  inputHash?: string;
  offerHash?: string;
  deliverable?: string;
  description?: string;
  createdAt: number;
  expiredAt: number;
  submittedAt?: number;
  endedAt?: number;
  paid: string;
  refunded: string;
  fees: string;
  disputed: boolean;
}

/** Something that happened, with where to find it on the chain. */
export interface TimelineEntry {
  /** The contract's event. */
  event: string;
  contract: string;
  block: number;
  logIndex: number;
  time: number;
  transaction: string;
  /** The event's arguments, integers as decimal strings. */
  args: Record<string, string | boolean>;
}

export interface JobDetail extends Job {
  timeline: TimelineEntry[];
}

export interface Feedback {
  agentId: string;
  client: string;
  index: number;
  /** As a decimal number: value / 10^valueDecimals. */
  value: number;
  tag1: string;
  tag2: string;
  endpoint: string;
  uri: string;
  hash: string;
  time: number;
  revoked: boolean;
  /** The settled job that it cites, and what was paid for it: "0" if all went back to the client. */
  job?: { source: string; jobId: string; token: string; amount: string };
}

export interface JobFilter {
  agentId?: string;
  account?: string;
  status?: JobStatusName;
  disputed?: boolean;
  limit?: number;
  cursor?: string;
}

/** The market at a glance: totals, and one entry for each UTC day with anything in it. */
export interface Overview {
  agents: number;
  jobs: Record<JobStatusName, number>;
  outcomes: Record<NonNullable<Job["outcome"]>, number>;
  tokens: { token: string; symbol?: string; decimals?: number; paid: string; refunded: string; escrowed: string }[];
  days: {
    /** Unix time of its beginning. */
    day: number;
    hired: number;
    completed: number;
    refunded: number;
    disputed: number;
    /** Per token. */
    paid: { token: string; amount: string }[];
  }[];
}

/** What the HTTP service, the MCP server and the explorer read. */
export interface MarketReader {
  status(): Promise<Status>;
  overview(): Promise<Overview>;
  search(request: SearchRequest): Promise<Page<SearchResult>>;
  agent(agentId: string): Promise<Agent | undefined>;
  /** The registration file as it was resolved. */
  agentFile(agentId: string): Promise<unknown>;
  jobs(filter: JobFilter): Promise<Page<Job>>;
  job(jobId: string): Promise<JobDetail | undefined>;
  feedback(filter: { agentId: string; limit?: number; cursor?: string }): Promise<Page<Feedback>>;
  /** What happened after a point of the chain, oldest first: for live views. */
  events(after: { block: number; logIndex: number }, limit: number): Promise<TimelineEntry[]>;
}

/** Asked before the index has followed its first block. */
export class NothingIndexedError extends Error {
  override readonly name = "NothingIndexedError";
}

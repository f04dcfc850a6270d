/*
 * JSON Schemas (draft 2020-12, which OpenAPI 3.1 uses) of the answers whose types stand in sdk/discovery/model.ts, written
 * beside them by hand: a type that changes there changes here, and a test holds real answers against them.
 */
import { MEASURES } from "../../sdk/discovery/model";

type Schema = Readonly<Record<string, unknown>>;

const string = { type: "string" };
const boolean = { type: "boolean" };
const number = { type: "number" };
const count = { type: "integer", minimum: 0 };
const time = { type: "integer", minimum: 0, description: "Unix seconds." };
const id = { type: "string", pattern: "^\\d{1,78}$" };
const amount = { type: "string", pattern: "^\\d{1,78}$", description: "In base units of its token." };
const address = { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" };
const bytes32 = { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" };
const share = { type: "number", minimum: 0, maximum: 1 };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema): Schema => ({ type: "array", items });

/** An object; a name that ends in "?" may be absent, and no other name may be there. */
function object(properties: Record<string, Schema>, description?: string): Schema {
  const entries = Object.entries(properties);
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace("?", ""), schema])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

const page = (item: string): Schema =>
  object({
    items: list(ref(item)),
    "next?": { type: "string", description: "The cursor of the next page; absent at the end." },
    block: { ...count, description: "The block that the answer is of." },
  });

export const JOB_STATUSES = ["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"] as const;
export const OUTCOMES = ["completed", "partial", "rejected", "undelivered", "unjudged", "declined"] as const;

const job = {
  jobId: id,
  client: address,
  clientAgentId: id,
  provider: address,
  providerAgentId: id,
  evaluator: address,
  "hook?": address,
  token: address,
  budget: amount,
  status: { type: "string", enum: JOB_STATUSES },
  "outcome?": { type: "string", enum: OUTCOMES },
  "termsHash?": bytes32,
  "inputHash?": bytes32,
  "offerHash?": bytes32,
  "deliverable?": string,
  "description?": string,
  createdAt: time,
  expiredAt: time,
  "submittedAt?": time,
  "endedAt?": time,
  paid: amount,
  refunded: amount,
  fees: amount,
  disputed: boolean,
};

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Status: object({
    chainId: id,
    contracts: object({ registry: address, ledger: address, escrow: address, evaluators: list(address) }),
    block: object({ number: count, hash: bytes32, time }, "The latest block that is indexed."),
    head: object({ number: count, askedAt: time }, "The chain's own latest block when it was last asked."),
    counts: object({ agents: count, jobs: count, feedback: count, disputes: count }),
  }),
  Overview: object({
    agents: count,
    jobs: object(Object.fromEntries(JOB_STATUSES.map((name) => [name, count]))),
    outcomes: object(Object.fromEntries(OUTCOMES.map((name) => [name, count]))),
    tokens: list(
      object({
        token: address,
        "symbol?": string,
        "decimals?": { type: "integer", minimum: 0, maximum: 255 },
        paid: amount,
        refunded: amount,
        escrowed: amount,
      }),
    ),
    days: list(
      object({
        day: time,
        hired: count,
        completed: count,
        refunded: count,
        disputed: count,
        paid: list(object({ token: address, amount })),
      }),
    ),
  }),
  Endpoint: object({ name: string, endpoint: string, "version?": string }),
  Service: object({
    id: string,
    name: string,
    description: string,
    skills: list(string),
    "price?": object({
      token: address,
      amount: { ...amount, description: "Base units: for the job, or with `unit` for each unit." },
      "unit?": { ...string, description: "What the amount is for one of, such as `byte`. Absent: it is for the job." },
      "minimum?": { ...amount, description: "What a job costs at least, if the price per unit has a minimum." },
    }),
    "deliveryPeriod?": count,
  }),
  AgentRecord: object({
    source: address,
    token: address,
    epoch: count,
    role: { type: "string", enum: ["provider", "client"] },
    completed: count,
    partial: count,
    rejected: count,
    undelivered: count,
    unjudged: count,
    declined: count,
    disputesWon: count,
    disputesLost: count,
    counterparties: count,
    volumePaid: amount,
    volumeRefunded: amount,
    firstAt: time,
    lastAt: time,
  }),
  Agent: object({
    agentId: id,
    owner: address,
    "wallet?": address,
    walletVerified: boolean,
    epoch: count,
    registeredAt: time,
    name: string,
    description: string,
    "image?": string,
    active: boolean,
    endpoints: list(ref("Endpoint")),
    services: list(ref("Service")),
    skills: list(string),
    file: object({
      state: { type: "string", enum: ["none", "pending", "resolved", "failed"] },
      uri: string,
      "hash?": bytes32,
      "resolvedAt?": time,
      "problem?": string,
    }),
    records: list(ref("AgentRecord")),
    feedback: object({ count, "average?": number, paidFor: count }),
    lastActiveAt: time,
  }),
  SearchResult: object({
    agent: ref("Agent"),
    score: share,
    reasons: list(
      object({
        measure: { type: "string", enum: MEASURES },
        weight: { type: "number", minimum: 0 },
        value: share,
        says: string,
      }),
    ),
  }),
  SearchResultPage: page("SearchResult"),
  Job: object(job),
  JobPage: page("Job"),
  TimelineEntry: object({
    event: string,
    contract: address,
    block: count,
    logIndex: count,
    time,
    transaction: bytes32,
    args: { type: "object", additionalProperties: { type: ["string", "boolean"] } },
  }),
  JobDetail: object({ ...job, timeline: list(ref("TimelineEntry")) }),
  Feedback: object({
    agentId: id,
    client: address,
    index: count,
    value: number,
    tag1: string,
    tag2: string,
    endpoint: string,
    uri: string,
    hash: bytes32,
    time,
    revoked: boolean,
    "job?": object({ source: address, jobId: id, token: address, amount }),
  }),
  FeedbackPage: page("Feedback"),
  RegistrationFile: { description: "The agent's registration file as it was resolved: a stranger's data." },
  Health: object({
    ok: boolean,
    "problem?": string,
    "block?": count,
    "head?": count,
    "blocksBehind?": count,
    "headAge?": { ...count, description: "Seconds since the chain was last asked for its head." },
  }),
  GraphQLRequest: object({
    query: string,
    "variables?": { type: ["object", "null"] },
    "operationName?": { type: ["string", "null"] },
    "extensions?": { type: ["object", "null"] },
  }),
  GraphQLAnswer: object({
    "data?": { type: ["object", "null"] },
    "errors?": list({ type: "object", properties: { message: string }, required: ["message"] }),
  }),
  Problem: {
    ...object({
      title: string,
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: string,
      "parameter?": string,
    }),
    description: "RFC 9457. `parameter` names the parameter or header at fault.",
  },
};

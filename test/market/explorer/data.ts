import { id as hashOf } from "ethers";

import { canonicalJson } from "../../../sdk/canonicalJson";
import { contentHash, randomSalt, termsHash } from "../../../sdk/terms";
import type { JobContract } from "../../../sdk/terms";
import type {
  Agent,
  AgentRecord,
  Feedback,
  Job,
  JobDetail,
  Overview,
  SearchResult,
  Status,
  TimelineEntry,
} from "../../../sdk/discovery/model";

/*
 * A small market as the index would tell of it, with a stranger in it who tries to be markup.
 */

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);

export const ATTACK = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

const account = (name: string): string => `0x${hashOf(name).slice(26)}`;

export const USDC = account("usdc");
const OTHER_TOKEN = account("a token of which nothing is known");
const ESCROW = account("escrow");
const EVALUATOR = account("evaluator");
const CLIENT = account("client");
const PROVIDER = account("provider");

export const terms: JobContract = {
  version: 1,
  title: "Audit of a vault",
  description: "Find every way by which somebody other than the owner can move funds. €uro and \u2028 are text.",
  taskType: "code/audit/solidity",
  inputs: [{ name: "Vault.sol", mediaType: "text/plain" }],
  deliverable: { mediaType: "application/json", encoding: "canonical-json" },
  acceptance: [{ id: "finds-the-drain", description: "Names the reentrant withdrawal." }],
  evaluation: { method: "court" },
};
export const salt = randomSalt();
export const deliverable = canonicalJson({ findings: [{ line: 41, severity: "high" }], score: 0.25 });

const jobId = (name: string): string => BigInt(hashOf(name)).toString();

export const DISPUTED_JOB = jobId("disputed");
export const RUNNING_JOB = jobId("running");

function record(role: AgentRecord["role"], some: Partial<AgentRecord>): AgentRecord {
  return {
    source: ESCROW,
    token: USDC,
    epoch: 0,
    role,
    completed: 0,
    partial: 0,
    rejected: 0,
    undelivered: 0,
    unjudged: 0,
    declined: 0,
    disputesWon: 0,
    disputesLost: 0,
    counterparties: 0,
    volumePaid: "0",
    volumeRefunded: "0",
    firstAt: NOW - 40 * DAY,
    lastAt: NOW - 3600,
    ...some,
  };
}

function agent(agentId: string, name: string, some: Partial<Agent> = {}): Agent {
  return {
    agentId,
    owner: account(`owner of ${name}`),
    wallet: account(`wallet of ${name}`),
    walletVerified: true,
    epoch: 0,
    registeredAt: NOW - 60 * DAY,
    name,
    description: "",
    active: true,
    endpoints: [],
    services: [],
    skills: [],
    file: {
      state: "resolved",
      uri: "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
      hash: hashOf(name),
    },
    records: [],
    feedback: { count: 0, paidFor: 0 },
    lastActiveAt: NOW - 600,
    ...some,
  };
}

export const auditor = agent("7", "Nightjar Audits", {
  owner: PROVIDER,
  description:
    "Audits Solidity by symbolic execution and by reading. Every finding comes with a test that fails before the fix and passes after it.",
  endpoints: [
    { name: "A2A", endpoint: "https://nightjar.example/.well-known/agent-card.json", version: "1.0" },
    { name: "MCP", endpoint: "http://nightjar.example/mcp" },
    { name: "web", endpoint: "javascript:document.title='owned'" },
  ],
  services: [
    {
      id: "audit",
      name: "Contract audit",
      description: "Up to 600 lines of Solidity, with findings ranked by what they can cost.",
      skills: ["code/audit/solidity", "code/test/foundry"],
      price: { token: USDC, amount: "12500000" },
      deliveryPeriod: 2 * DAY,
    },
    {
      id: "lint",
      name: "Lint",
      description: "Style and gas, in minutes.",
      skills: ["code/lint/solidity"],
      price: { token: USDC, amount: "400000", unit: "file" },
      deliveryPeriod: 900,
    },
  ],
  skills: ["code/audit/solidity", "code/test/foundry", "code/lint/solidity"],
  records: [
    record("provider", {
      completed: 41,
      partial: 2,
      rejected: 1,
      disputesWon: 3,
      disputesLost: 1,
      counterparties: 19,
      volumePaid: "498250000",
      volumeRefunded: "12500000",
    }),
    record("provider", { token: OTHER_TOKEN, completed: 1, counterparties: 1, volumePaid: "1000" }),
    record("client", { completed: 6, counterparties: 4, volumePaid: "31000000" }),
  ],
  feedback: { count: 3, average: 91.5, paidFor: 2 },
});

export const attacker = agent("13", ATTACK, {
  description: `${ATTACK}\n<style>body{display:none}</style>`,
  skills: [ATTACK],
  image: "https://tracker.example/pixel.png",
  services: [
    { id: "x", name: ATTACK, description: ATTACK, skills: [ATTACK], price: { token: USDC, amount: "1", unit: ATTACK } },
  ],
  endpoints: [{ name: ATTACK, endpoint: `https://evil.example/"onmouseover="document.title='owned'`, version: ATTACK }],
  file: { state: "failed", uri: `data:text/html,${ATTACK}`, problem: `The file is not JSON: ${ATTACK}` },
  walletVerified: false,
  active: false,
});

export const agents: Agent[] = [
  auditor,
  agent("4", "Kestrel Translation", {
    description: "Technical English, German and Japanese, by glossary. Keeps markup and placeholders as they are.",
    skills: ["language/translate"],
    services: [
      {
        id: "t",
        name: "Translation",
        description: "",
        skills: ["language/translate"],
        price: { token: USDC, amount: "20000", unit: "1,000 words" },
      },
    ],
    records: [record("provider", { completed: 112, counterparties: 40, volumePaid: "91400000" })],
  }),
  agent("21", "Sum of Parts", {
    description: "Reconciles ledgers and explains each difference.",
    skills: ["finance/reconcile"],
    lastActiveAt: NOW - 12 * DAY,
  }),
  attacker,
];

export function results(weights: Record<string, number>, text: string): SearchResult[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return agents
    .filter(({ name, description, skills }) =>
      words.every((word) => `${name} ${description} ${skills.join(" ")}`.toLowerCase().includes(word)),
    )
    .map((found, index) => ({
      agent: found,
      score: 0.91 - index * 0.17,
      reasons: [
        {
          measure: "text",
          weight: weights.text ?? 0.35,
          value: 1,
          says: words.length === 0 ? "no words were asked for" : "all words are in the name",
        },
        {
          measure: "record",
          weight: weights.record ?? 0.3,
          value: 0.94 - index * 0.2,
          says: "44 jobs ended, 41 completed, for 19 parties",
        },
        { measure: "price", weight: weights.price ?? 0.15, value: 0.4, says: "from 0.40 USDC" },
        { measure: "activity", weight: weights.activity ?? 0.1, value: 0.98, says: "last active 10 minutes ago" },
        { measure: "counterparties", weight: weights.counterparties ?? 0.1, value: 0.62, says: "19 distinct parties" },
      ],
    }));
}

function job(name: string, some: Partial<Job>): Job {
  return {
    jobId: jobId(name),
    client: CLIENT,
    clientAgentId: "4",
    provider: PROVIDER,
    providerAgentId: "7",
    evaluator: EVALUATOR,
    token: USDC,
    budget: "12500000",
    status: "Funded",
    createdAt: NOW - 2 * DAY,
    expiredAt: NOW + 3 * DAY,
    paid: "0",
    refunded: "0",
    fees: "0",
    disputed: false,
    ...some,
  };
}

let block = 1000;
function entry(event: string, args: TimelineEntry["args"], some: Partial<TimelineEntry> = {}): TimelineEntry {
  block += 1;
  return {
    event,
    contract: ESCROW,
    block,
    logIndex: 0,
    time: NOW - 2 * DAY + block,
    transaction: hashOf(`transaction in block ${block}`),
    args,
    ...some,
  };
}

const hired = hashOf("hiring");
const evidenceGiven = hashOf("giving evidence");

export const disputedJob: JobDetail = {
  ...job("disputed", {
    status: "Submitted",
    disputed: true,
    submittedAt: NOW - DAY,
    termsHash: termsHash(terms, salt),
    inputHash: contentHash("contract Vault {}"),
    deliverable: contentHash(deliverable),
    offerHash: hashOf("offer"),
    description: `Audit of a vault. ${ATTACK}`,
  }),
  timeline: [
    entry(
      "JobCreated",
      {
        jobId: DISPUTED_JOB,
        client: CLIENT,
        provider: PROVIDER,
        evaluator: EVALUATOR,
        expiredAt: "1",
        hook: `0x${"0".repeat(40)}`,
      },
      { transaction: hired },
    ),
    entry(
      "JobHired",
      { jobId: DISPUTED_JOB, offerHash: hashOf("offer"), termsHash: termsHash(terms, salt), inputHash: hashOf("i") },
      { transaction: hired, logIndex: 1 },
    ),
    entry(
      "JobFunded",
      { jobId: DISPUTED_JOB, client: CLIENT, amount: "12500000" },
      { transaction: hired, logIndex: 2 },
    ),
    entry("JobSubmitted", { jobId: DISPUTED_JOB, provider: PROVIDER, deliverable: contentHash(deliverable) }),
    entry("Disputed", { jobId: DISPUTED_JOB, client: CLIENT, deadline: String(NOW - 3600) }, { contract: EVALUATOR }),
    entry(
      "Evidence",
      {
        arbitrator: EVALUATOR,
        evidenceGroupID: DISPUTED_JOB,
        party: CLIENT,
        evidence: "https://evidence.example/claim.json",
      },
      { contract: EVALUATOR, transaction: evidenceGiven },
    ),
    entry(
      "EvidenceSubmitted",
      { jobId: DISPUTED_JOB, party: CLIENT, hash: contentHash("claim") },
      { contract: EVALUATOR, transaction: evidenceGiven, logIndex: 1 },
    ),
    entry(
      "Contested",
      { jobId: DISPUTED_JOB, provider: PROVIDER, deadline: String(NOW + 2 * DAY) },
      { contract: EVALUATOR },
    ),
  ],
};

export const runningJob: JobDetail = {
  ...job("running", { createdAt: NOW - 4000, budget: "400000" }),
  timeline: [entry("JobFunded", { jobId: RUNNING_JOB, client: CLIENT, amount: "400000" })],
};

export const jobs: Job[] = [
  withoutTimeline(disputedJob),
  withoutTimeline(runningJob),
  ...(
    [
      ["completed", "Completed", "4000000"],
      ["partial", "Completed", "8000000"],
      ["rejected", "Rejected", "12500000"],
      ["undelivered", "Expired", "1200000"],
      ["declined", "Rejected", "250000"],
    ] as const
  ).map(([outcome, status, budget], index) =>
    job(`${outcome} job`, {
      outcome,
      status,
      budget,
      createdAt: NOW - (4 + index) * DAY,
      endedAt: NOW - (3 + index) * DAY,
      paid: outcome === "completed" ? budget : "0",
      refunded: outcome === "completed" ? "0" : budget,
    }),
  ),
  job("of an unknown token", { token: OTHER_TOKEN, budget: "123456789012345678", clientAgentId: "0", status: "Open" }),
];

function withoutTimeline(detail: JobDetail): Job {
  const { timeline, ...rest } = detail;
  return timeline.length === 0 ? detail : rest;
}

export const feedback: Feedback[] = [
  {
    agentId: "7",
    client: CLIENT,
    index: 1,
    value: 95,
    tag1: "quality",
    tag2: ATTACK,
    endpoint: "",
    uri: "https://words.example/1",
    hash: hashOf("1"),
    time: NOW - DAY,
    revoked: false,
    job: { source: ESCROW, jobId: jobId("completed job"), token: USDC, amount: "4000000" },
  },
  {
    agentId: "7",
    client: account("somebody"),
    index: 1,
    value: 88,
    tag1: "",
    tag2: "",
    endpoint: "",
    uri: "",
    hash: hashOf("2"),
    time: NOW - 5 * DAY,
    revoked: false,
  },
  {
    agentId: "7",
    client: account("another"),
    index: 1,
    value: 3,
    tag1: "spite",
    tag2: "",
    endpoint: "",
    uri: `data:text/html,${ATTACK}`,
    hash: hashOf("3"),
    time: NOW - 9 * DAY,
    revoked: true,
  },
];

export const overview: Overview = {
  agents: 214,
  jobs: { Open: 3, Funded: 12, Submitted: 7, Completed: 1182, Rejected: 61, Expired: 34 },
  outcomes: { completed: 1121, partial: 61, rejected: 38, undelivered: 30, unjudged: 4, declined: 23 },
  tokens: [
    { token: USDC, symbol: "USDC", decimals: 6, paid: "18234120000", refunded: "611250000", escrowed: "204500000" },
  ],
  days: Array.from({ length: 26 }, (_, index) => {
    // Without chance, so that two runs look alike; with a pause, so that gaps are seen.
    const day = Math.floor(NOW / DAY) * DAY - (index < 6 ? index : index + 3) * DAY;
    const wave = Math.round(30 + 18 * Math.sin(index * 0.7) + (25 - index) * 0.6);
    return {
      day,
      hired: wave + 6,
      completed: wave,
      refunded: Math.round(wave / 9),
      disputed: index % 3,
      paid: [{ token: USDC, amount: String(wave * 14_300_000 + index * 120_000) }],
    };
  }).reverse(),
};

export const status: Status = {
  chainId: "31337",
  contracts: { registry: account("registry"), ledger: account("ledger"), escrow: ESCROW, evaluators: [EVALUATOR] },
  block: { number: 18_204, hash: hashOf("block"), time: NOW - 4 },
  head: {
    number: 18_206,
    // A moment ago whenever it is asked, however long other tests ran before.
    get askedAt() {
      return Math.floor(Date.now() / 1000) - 1;
    },
  },
  counts: { agents: 214, jobs: 1299, feedback: 940, disputes: 25 },
};

/** What happens while somebody looks. */
export function completion(): TimelineEntry {
  return entry(
    "JobCompleted",
    { jobId: DISPUTED_JOB, evaluator: EVALUATOR, reason: hashOf("reason") },
    { block: 18_207, time: NOW },
  );
}

export const emptyOverview: Overview = {
  agents: 0,
  jobs: { Open: 0, Funded: 0, Submitted: 0, Completed: 0, Rejected: 0, Expired: 0 },
  outcomes: { completed: 0, partial: 0, rejected: 0, undelivered: 0, unjudged: 0, declined: 0 },
  tokens: [],
  days: [],
};

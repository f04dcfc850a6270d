import { getAddress, id as keccak } from "ethers";

import { registrationFileFields } from "../../../market/graph/registrationFile";
import type { GraphAgent, GraphFeedback, GraphResponse } from "../../../market/graph/reader";
import type { Agent, Feedback, JobDetail, Status, TimelineEntry } from "../../../sdk/discovery/model";

/** An address that is the same in every run. */
export const account = (name: string): string => getAddress(keccak(name).slice(0, 42));

export const TOKEN = account("token");
const ESCROW = account("escrow");

export const STATUS: Status = {
  chainId: "31337",
  contracts: {
    registry: account("registry"),
    ledger: account("ledger"),
    escrow: ESCROW,
    evaluators: [account("judge")],
  },
  block: { number: 120, hash: keccak("block 120"), time: 1_700_000_120 },
  head: {
    number: 120,
    // When it is copied, however long other tests ran before.
    get askedAt() {
      return Math.floor(Date.now() / 1000);
    },
  },
  counts: { agents: 3, jobs: 1, feedback: 2, disputes: 0 },
};

export function sampleAgent(agentId: string, changes: Partial<Agent> = {}): Agent {
  return {
    agentId,
    owner: account(`owner ${agentId}`),
    wallet: account(`wallet ${agentId}`),
    walletVerified: true,
    epoch: 0,
    registeredAt: 1_700_000_000 + Number(agentId),
    name: `Agent ${agentId}`,
    description: "Lints Solidity.",
    active: true,
    endpoints: [{ name: "A2A", endpoint: "https://agent.example/card.json", version: "1.0" }],
    services: [
      {
        id: "lint",
        name: "Lint",
        description: "Lints one file.",
        skills: ["code/lint/solidity"],
        price: { token: TOKEN, amount: "5000000" },
        deliveryPeriod: 3600,
      },
    ],
    skills: ["code/lint/solidity"],
    file: {
      state: "resolved",
      uri: "https://agent.example/file.json",
      hash: keccak("file"),
      resolvedAt: 1_700_000_050,
    },
    records: [
      {
        source: ESCROW,
        token: TOKEN,
        epoch: 0,
        role: "provider",
        completed: 3,
        partial: 0,
        rejected: 0,
        undelivered: 0,
        unjudged: 0,
        declined: 1,
        disputesWon: 0,
        disputesLost: 0,
        counterparties: 2,
        volumePaid: "15000000",
        volumeRefunded: "0",
        firstAt: 1_700_000_060,
        lastAt: 1_700_000_100,
      },
    ],
    feedback: { count: 2, average: 87.5, paidFor: 1 },
    lastActiveAt: 1_700_000_100,
    ...changes,
  };
}

/** A job that was hired, so that its id is a hash. */
export function sampleJob(jobId: string, changes: Partial<JobDetail> = {}): JobDetail {
  return {
    jobId,
    client: account("client"),
    clientAgentId: "2",
    provider: account("provider"),
    providerAgentId: "1",
    evaluator: account("judge"),
    token: TOKEN,
    budget: "5000000",
    status: "Completed",
    outcome: "completed",
    termsHash: keccak("terms"),
    inputHash: keccak("input"),
    offerHash: keccak("offer"),
    deliverable: keccak("deliverable"),
    createdAt: 1_700_000_060,
    expiredAt: 1_700_003_660,
    submittedAt: 1_700_000_090,
    endedAt: 1_700_000_100,
    paid: "5000000",
    refunded: "0",
    fees: "0",
    disputed: false,
    timeline: [sampleEvent(110, 3)],
    ...changes,
  };
}

export function sampleEvent(block: number, logIndex: number, args: TimelineEntry["args"] = {}): TimelineEntry {
  return {
    event: "JobFunded",
    contract: ESCROW,
    block,
    logIndex,
    time: 1_700_000_000 + block,
    transaction: keccak(`transaction ${block}`),
    args: { jobId: "7", amount: "5000000", ...args },
  };
}

export function sampleFeedback(agentId: string, index: number, changes: Partial<Feedback> = {}): Feedback {
  return {
    agentId,
    client: account("client"),
    index,
    value: 87.5,
    tag1: "quality",
    tag2: "",
    endpoint: "",
    uri: "",
    hash: `0x${"0".repeat(64)}`,
    time: 1_700_000_110 + index,
    revoked: false,
    job: { source: ESCROW, jobId: "7", token: TOKEN, amount: "5000000" },
    ...changes,
  };
}

/** The registration file of agent `agentId`, as agent0-sdk writes it. */
export function sampleFile(agentId: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
    name: `Agent ${agentId}`,
    description: "Lints Solidity.",
    image: "https://agent.example/image.png",
    active: true,
    x402Support: agentId === "1",
    supportedTrusts: ["reputation"],
    services: [
      { name: "MCP", endpoint: `https://agent${agentId}.example/mcp`, version: "2025-06-18", mcpTools: ["lint"] },
      { name: "OASF", endpoint: "https://oasf.example", version: "0.8", skills: ["code/lint"], domains: ["software"] },
      { name: "ENS", endpoint: `agent${agentId}.eth`, version: "v1" },
    ],
    ...changes,
  };
}

export function graphAgent(agentId: string, changes: Partial<GraphAgent> = {}): GraphAgent {
  const createdAt = 1_700_000_000 + Number(agentId);
  return {
    agentId,
    agentURI: `ipfs://file-${agentId}`,
    owner: account(`owner ${agentId}`),
    agentWallet: account(`wallet ${agentId}`),
    operators: [account(`operator ${agentId}`)],
    createdAt,
    updatedAt: createdAt + 50,
    totalFeedback: 0,
    lastActivity: createdAt + 50,
    registrationFile: { ...registrationFileFields(sampleFile(agentId)), createdAt },
    ...changes,
  };
}

export function graphFeedback(agentId: string, index: number, changes: Partial<GraphFeedback> = {}): GraphFeedback {
  const clientAddress = changes.clientAddress ?? account("client");
  return {
    key: `${agentId}:${clientAddress.toLowerCase()}:${index}`,
    agentId,
    clientAddress,
    feedbackIndex: index,
    value: "87.5",
    tag1: "quality",
    tag2: "",
    endpoint: "",
    feedbackURI: "",
    feedbackHash: `0x${"0".repeat(64)}`,
    isRevoked: false,
    createdAt: 1_700_000_110 + index,
    ...changes,
  };
}

export function graphResponse(feedback: GraphFeedback, n: number): GraphResponse {
  return {
    key: `${feedback.key}:${keccak(`response ${n}`)}:${n}`,
    feedback: feedback.key,
    responder: account("provider"),
    responseUri: "ipfs://answer",
    responseHash: keccak("answer"),
    createdAt: 1_700_000_200 + n,
  };
}

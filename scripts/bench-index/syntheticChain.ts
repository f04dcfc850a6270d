import { createHash } from "node:crypto";

import { getAddress, id } from "ethers";
import type { Interface } from "ethers";

import type { RawLog } from "../../market/chain/events";
import { formatTokenId } from "../../sdk/caip";
import { AgentRegistry__factory, JobEscrow__factory, ReputationLedger__factory } from "../../sdk/bindings";

/*
 * A chain that is a function of its seed: any block can be made at any time, and nothing is kept. First come the
 * blocks that register agents, with their files as data: URIs, then those with jobs, each from hiring to its end.
 */

export interface ChainSize {
  agents: number;
  jobs: number;
}

const AGENTS_PER_BLOCK = 50;
const JOBS_PER_BLOCK = 12;
const START_TIME = 1_700_000_000;
const BLOCK_TIME = 2;
/** Ids of hired jobs are hashes; these only have to be as large. */
const JOB_BASE = 2n ** 200n;

const addressOf = (name: string): string => getAddress(`0x${id(name).slice(-40)}`);

export const SYNTHETIC = {
  registry: addressOf("registry"),
  ledger: addressOf("ledger"),
  escrow: addressOf("escrow"),
  evaluator: addressOf("evaluator"),
  token: addressOf("token"),
};

export const SKILLS = [
  "code/lint/solidity",
  "code/lint/python",
  "code/review",
  "text/translation/de-en",
  "text/translation/fr-en",
  "text/summary",
  "data/cleaning",
  "data/charts",
  "image/caption",
  "research/web",
];
export const WORDS =
  "fast careful solidity audit python translation summary market chart clean verify report agent legal medical finance travel music image caption".split(
    " ",
  );

const registry = AgentRegistry__factory.createInterface();
const escrow = JobEscrow__factory.createInterface();
const ledger = ReputationLedger__factory.createInterface();
const topic = (abi: Interface, name: string): string => abi.getEvent(name)?.topicHash ?? "";
const TOPICS = {
  transfer: topic(registry, "Transfer"),
  registered: topic(registry, "Registered"),
  metadataSet: topic(registry, "MetadataSet"),
  created: topic(escrow, "JobCreated"),
  budget: topic(escrow, "BudgetSet"),
  funded: topic(escrow, "JobFunded"),
  hired: topic(escrow, "JobHired"),
  submitted: topic(escrow, "JobSubmitted"),
  completed: topic(escrow, "JobCompleted"),
  rejected: topic(escrow, "JobRejected"),
  released: topic(escrow, "PaymentReleased"),
  refunded: topic(escrow, "Refunded"),
  settled: topic(ledger, "SettlementRecorded"),
};

export const word = (value: bigint | number | string): string => {
  const hex = typeof value === "string" ? value.slice(2) : value.toString(16);
  return hex.toLowerCase().padStart(64, "0");
};
export const bytes = (hex: string): string => word(hex.length / 2) + hex.padEnd(Math.ceil(hex.length / 64) * 64, "0");
const utf8 = (text: string): string => bytes(Buffer.from(text).toString("hex"));
const topicOf = (value: bigint | number | string): string => `0x${word(value)}`;

/** A number from 0 to 2^32 that `n` and `seed` decide (the finaliser of MurmurHash3). */
function random(seed: number, n: number): number {
  let h = Math.imul(seed ^ n, 0x85ebca6b) ^ (n >>> 7);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x27d4eb2d);
  return (h ^ (h >>> 15)) >>> 0;
}

export class SyntheticChain {
  readonly head: number;
  private readonly registrations: number;

  constructor(
    readonly size: ChainSize,
    private readonly seed: number,
  ) {
    this.registrations = Math.ceil(size.agents / AGENTS_PER_BLOCK);
    this.head = this.registrations + Math.ceil(size.jobs / JOBS_PER_BLOCK);
  }

  hash(block: number): string {
    return `0x${createHash("sha256").update(`${this.seed}/${block}`).digest("hex")}`;
  }

  header(block: number): object | null {
    if (block > this.head || block < 0) return null;
    return {
      number: `0x${block.toString(16)}`,
      hash: this.hash(block),
      parentHash: block === 0 ? topicOf(0) : this.hash(block - 1),
      timestamp: `0x${(START_TIME + block * BLOCK_TIME).toString(16)}`,
      transactions: block === 0 ? [] : [topicOf(block)],
    };
  }

  logs(block: number): RawLog[] {
    if (block < 1 || block > this.head) return [];
    const logs: RawLog[] = [];
    const frame = { blockNumber: `0x${block.toString(16)}`, blockHash: this.hash(block) };
    const emit = (address: string, transaction: number | bigint, topics: string[], data: string): void => {
      const logIndex = `0x${logs.length.toString(16)}`;
      logs.push({ ...frame, address, topics, data: `0x${data}`, logIndex, transactionHash: topicOf(transaction) });
    };
    if (block <= this.registrations) {
      const first = (block - 1) * AGENTS_PER_BLOCK + 1;
      for (let n = first; n < first + AGENTS_PER_BLOCK && n <= this.size.agents; ++n) this.register(n, emit);
    } else {
      const first = (block - this.registrations - 1) * JOBS_PER_BLOCK;
      for (let n = first; n < first + JOBS_PER_BLOCK && n < this.size.jobs; ++n) this.trade(n, emit);
    }
    return logs;
  }

  private register(n: number, emit: (address: string, tx: number, topics: string[], data: string) => void): void {
    const owner = this.account(n);
    const uri = `data:application/json,${encodeURIComponent(JSON.stringify(this.file(n)))}`;
    emit(SYNTHETIC.registry, n, [TOPICS.transfer, topicOf(0), topicOf(owner), topicOf(n)], "");
    emit(SYNTHETIC.registry, n, [TOPICS.registered, topicOf(n), topicOf(owner)], word(32) + utf8(uri));
    const key = utf8("agentWallet");
    const data = word(64) + word(64 + key.length / 2) + key + bytes(owner.slice(2).toLowerCase());
    emit(SYNTHETIC.registry, n, [TOPICS.metadataSet, topicOf(n), id("agentWallet")], data);
  }

  private trade(n: number, emit: (address: string, tx: bigint, topics: string[], data: string) => void): void {
    const { clientId, providerId, price, rejected } = this.job(n);
    const [client, provider] = [this.account(clientId), this.account(providerId)];
    const jobId = topicOf(JOB_BASE + BigInt(n));
    const tx = (step: number): bigint => (BigInt(n) << 8n) + BigInt(step);
    const evaluator = SYNTHETIC.evaluator;
    const e = SYNTHETIC.escrow;
    const created = word(evaluator) + word(2 ** 32) + word(0);
    emit(e, tx(1), [TOPICS.created, jobId, topicOf(client), topicOf(provider)], created);
    emit(e, tx(1), [TOPICS.budget, jobId, topicOf(SYNTHETIC.token)], word(price));
    emit(e, tx(1), [TOPICS.funded, jobId, topicOf(client)], word(price));
    emit(e, tx(1), [TOPICS.hired, jobId, topicOf(n + 1)], word(n + 2) + word(0));
    emit(e, tx(2), [TOPICS.submitted, jobId, topicOf(provider)], word(n + 3));
    emit(e, tx(3), [rejected ? TOPICS.rejected : TOPICS.completed, jobId, topicOf(evaluator)], word(0));
    if (rejected) emit(e, tx(3), [TOPICS.refunded, jobId, topicOf(client)], word(price));
    else emit(e, tx(3), [TOPICS.released, jobId, topicOf(provider)], word(price));
    const parties = [topicOf(e), topicOf(providerId), topicOf(clientId)];
    emit(SYNTHETIC.ledger, tx(3), [TOPICS.settled, ...parties], jobId.slice(2) + word(rejected ? 2 : 0));
  }

  /** What `getJob` returns of a job, encoded. */
  jobAnswer(jobId: bigint): string {
    const { clientId, providerId, price } = this.job(Number(jobId - JOB_BASE));
    const parties = [jobId, this.account(clientId), this.account(providerId), SYNTHETIC.evaluator];
    const agreed = [price, 2 ** 32, 3, 0, SYNTHETIC.token, providerId, 1, clientId, 0, 0, 3_600, 0, 0, 0, 0, 1, 0];
    const members = parties.length + 1 + agreed.length;
    // The struct, and in it the description, stand behind offsets.
    return [32, ...parties, members * 32, ...agreed, 0].map(word).join("");
  }

  /** Few agents have most of the work, as everywhere: the square of an even draw. */
  private job(n: number): { clientId: number; providerId: number; price: number; rejected: boolean } {
    const { agents } = this.size;
    const draw = (salt: number): number => random(this.seed + salt, n) / 2 ** 32;
    const providerId = 1 + Math.floor(draw(1) ** 2 * (agents - 1));
    const clientId = 1 + ((providerId + Math.floor(draw(2) * (agents - 2))) % agents);
    return { clientId, providerId, price: 1_000 + Math.floor(draw(3) * 1e7), rejected: draw(4) < 0.08 };
  }

  private account(agentId: number): string {
    return `0x${(0xa9e47n * 2n ** 128n + BigInt(agentId)).toString(16).padStart(40, "0")}`;
  }

  private file(n: number): object {
    const pick = <T>(list: readonly T[], salt: number): T => list[random(this.seed + salt, n) % list.length] as T;
    const skills = [...new Set([pick(SKILLS, 11), pick(SKILLS, 12)])];
    const words = [13, 14, 15, 16, 17, 18].map((salt) => pick(WORDS, salt));
    const amount = String(1_000 + (random(this.seed + 19, n) % 1e7));
    const price = { token: formatTokenId({ chainId: 31337n, address: SYNTHETIC.token }), amount };
    return {
      type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
      name: `${pick(WORDS, 20)} ${pick(WORDS, 21)} ${n}`,
      description: `An agent for ${words.join(", ")}.`,
      image: "https://example.org/agent.png",
      services: [{ name: "A2A", endpoint: `https://agents.example.org/${n}`, version: "0.3.0" }],
      active: random(this.seed + 22, n) % 10 !== 0,
      catalogue: {
        version: 1,
        services: [
          { id: "main", name: words.slice(0, 2).join(" "), description: "", skills, price, deliveryPeriod: 60 },
        ],
      },
    };
  }
}

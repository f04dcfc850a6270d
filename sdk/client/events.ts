import type { BaseContract, Log } from "ethers";
import { getAddress } from "ethers";

import { OptimisticEvaluator__factory } from "../bindings";
import { plainValue } from "../wallets";
import type { Context } from "./context";
import { MarketError } from "./MarketError";

/** Contracts whose events are followed. */
export type EventSource = "AgentRegistry" | "ReputationLedger" | "JobEscrow" | "OptimisticEvaluator";

/** Something that happened in the market. */
export interface MarketEvent {
  readonly contract: EventSource;
  readonly address: string;
  /** The event's name: "JobHired", "Registered" and so on. */
  readonly name: string;
  /** The event's arguments by name: integers are bigint, structs are objects. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly block: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly transaction: string;
  /** Where to go on after it: hand it to `watch` as `cursor`. */
  readonly cursor: string;
}

/** Which events; each part narrows them further. */
export interface EventFilter {
  /** Events that name this agent: of the registry, feedback and settlements. */
  readonly agentId?: bigint;
  /** Events about this job. */
  readonly jobId?: bigint;
  /** Events that name this account, in any role. */
  readonly account?: string;
  /** Only these, such as "JobHired". */
  readonly names?: readonly string[];
  /** OptimisticEvaluators to follow as well. */
  readonly evaluators?: readonly string[];
}

/** Decodes the logs of the market's contracts. */
export class EventDecoder {
  readonly addresses: string[];
  readonly #sources: ReadonlyMap<string, { contract: EventSource; at: BaseContract }>;
  readonly #filter: EventFilter;

  constructor(ctx: Context, filter: EventFilter) {
    const { registry, ledger, escrow, addresses } = ctx.market;
    const sources = new Map<string, { contract: EventSource; at: BaseContract }>([
      [getAddress(addresses.registry), { contract: "AgentRegistry", at: registry }],
      [getAddress(addresses.ledger), { contract: "ReputationLedger", at: ledger }],
      [getAddress(addresses.escrow), { contract: "JobEscrow", at: escrow }],
    ]);
    for (const address of filter.evaluators ?? []) {
      const at = OptimisticEvaluator__factory.connect(getAddress(address), ctx.chain);
      sources.set(getAddress(address), { contract: "OptimisticEvaluator", at });
    }
    this.#sources = sources;
    this.addresses = [...sources.keys()];
    this.#filter = { ...filter, ...(filter.account === undefined ? {} : { account: getAddress(filter.account) }) };
  }

  /** The event that a log tells, undefined if it is none that the filter asks for. */
  decode(log: Log): MarketEvent | undefined {
    const source = this.#sources.get(getAddress(log.address));
    const event = source?.at.interface.parseLog({ topics: [...log.topics], data: log.data });
    if (source === undefined || event == null) return undefined;
    const args = Object.fromEntries(
      event.fragment.inputs.map((input, index) => [input.name, readable(input, (event.args as unknown[])[index])]),
    );
    if (!this.#matches(event.name, args)) return undefined;
    const { blockNumber: block, blockHash, index: logIndex, transactionHash: transaction, address } = log;
    const cursor = formatCursor({ block, logIndex, blockHash });
    return {
      contract: source.contract,
      address,
      name: event.name,
      args,
      block,
      blockHash,
      logIndex,
      transaction,
      cursor,
    };
  }

  #matches(name: string, args: Readonly<Record<string, unknown>>): boolean {
    const { agentId, jobId, account, names } = this.#filter;
    const jobs = [args.jobId, args.evidenceGroupID];
    const agents = [args.agentId, args.providerAgentId, args.clientAgentId, args.tokenId];
    return (
      (names === undefined || names.includes(name)) &&
      (jobId === undefined || jobs.includes(jobId)) &&
      (agentId === undefined || agents.includes(agentId)) &&
      (account === undefined || Object.values(args).includes(account))
    );
  }
}

/** Indexed text is told by its hash only. */
function readable(input: Parameters<typeof plainValue>[0], value: unknown): unknown {
  if (typeof value === "object" && value !== null && "hash" in value) return (value as { hash: string }).hash;
  return plainValue(input, value);
}

/** Where a watch stands. */
export interface Position {
  readonly block: number;
  readonly logIndex: number;
  readonly blockHash: string;
}

function formatCursor({ block, logIndex, blockHash }: Position): string {
  return `${block}:${logIndex}:${blockHash}`;
}

/** Reads a cursor. */
export function parseCursor(cursor: string): Position {
  const [, block, logIndex, blockHash] = /^(\d{1,15}):(\d{1,9}):(0x[0-9a-f]{64})$/.exec(cursor) ?? [];
  if (block === undefined || logIndex === undefined || blockHash === undefined) {
    throw new MarketError("INVALID_INPUT", `"${cursor}" is no cursor of watch: give one that an event carries.`);
  }
  return { block: Number(block), logIndex: Number(logIndex), blockHash };
}

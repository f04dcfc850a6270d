import type { Interface, ParamType } from "ethers";

import {
  AgentRegistry__factory,
  JobEscrow__factory,
  OptimisticEvaluator__factory,
  ReputationLedger__factory,
  SeatCourt__factory,
} from "../../sdk/bindings";
import { checksumAddress, decodeAbi } from "./abi";
import { cleanText } from "./text";

/** What the index follows. Addresses with checksum. */
export interface Contracts {
  registry: string;
  ledger: string;
  escrow: string;
  /** OptimisticEvaluators, whose word on disputes counts. */
  evaluators: readonly string[];
  /** SeatCourts; their events show up in the timelines of the jobs that they decide. */
  courts: readonly string[];
}

export type ContractKind = "registry" | "ledger" | "escrow" | "evaluator" | "court";

/** An argument: integers as bigint, texts cleaned and bounded, bytes and addresses as hex. */
export type Argument = bigint | string | boolean;

/** A log of a followed contract, decoded. */
export interface ChainEvent {
  kind: ContractKind;
  contract: string;
  name: string;
  args: Record<string, Argument>;
  block: number;
  logIndex: number;
  transaction: string;
  time: number;
}

/** A log as JSON-RPC gives it. */
export interface RawLog {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  logIndex: string;
  transactionHash: string;
  removed?: boolean;
}

interface EventShape {
  name: string;
  indexed: ParamType[];
  plain: ParamType[];
  plainTypes: string[];
  indexedTypes: string[];
}

function shapesOf(abi: Interface, only?: readonly string[]): Map<string, EventShape> {
  const shapes = new Map<string, EventShape>();
  abi.forEachEvent((fragment) => {
    if (only !== undefined && !only.includes(fragment.name)) return;
    const indexed = fragment.inputs.filter((input) => input.indexed === true);
    const plain = fragment.inputs.filter((input) => input.indexed !== true);
    shapes.set(fragment.topicHash, {
      name: fragment.name,
      indexed,
      plain,
      // What is indexed and of any length stands in its topic as a hash.
      indexedTypes: indexed.map(({ type }) => (type === "string" || type === "bytes" ? "bytes32" : type)),
      // A stranger may write a string that is not UTF-8; as bytes it decodes all the same.
      plainTypes: plain.map(({ type }) => (type === "string" ? "bytes" : type)),
    });
  });
  return shapes;
}

const SHAPES: Record<ContractKind, Map<string, EventShape>> = {
  registry: shapesOf(AgentRegistry__factory.createInterface(), ["Registered", "URIUpdated", "MetadataSet", "Transfer"]),
  ledger: shapesOf(ReputationLedger__factory.createInterface()),
  escrow: shapesOf(JobEscrow__factory.createInterface()),
  evaluator: shapesOf(OptimisticEvaluator__factory.createInterface()),
  court: shapesOf(SeatCourt__factory.createInterface()),
};

/** Which kind of contract stands at an address, in lower case. */
export function contractKinds(contracts: Contracts): Map<string, ContractKind> {
  const kinds = new Map<string, ContractKind>();
  for (const court of contracts.courts) kinds.set(court.toLowerCase(), "court");
  for (const evaluator of contracts.evaluators) kinds.set(evaluator.toLowerCase(), "evaluator");
  kinds.set(contracts.escrow.toLowerCase(), "escrow");
  kinds.set(contracts.ledger.toLowerCase(), "ledger");
  kinds.set(contracts.registry.toLowerCase(), "registry");
  return kinds;
}

/** The topics that are asked for; others of the same contracts (approvals, deployment) are none of ours. */
export const FOLLOWED_TOPICS: readonly string[] = [
  ...new Set(Object.values(SHAPES).flatMap((shapes) => [...shapes.keys()])),
];

/** Decodes a log; undefined if its event is not followed or its content does not fit the event. */
export function decodeLog(log: RawLog, kind: ContractKind, time: number): ChainEvent | undefined {
  const shape = SHAPES[kind].get(log.topics[0] ?? "");
  if (shape?.indexed.length !== log.topics.length - 1) return undefined;
  const args: Record<string, Argument> = {};
  const indexed = decodeAbi(shape.indexedTypes, log.topics.slice(1).map(withoutPrefix).join(""));
  const plain = decodeAbi(shape.plainTypes, withoutPrefix(log.data));
  shape.indexed.forEach(({ name }, i) => (args[name] = indexed[i] as Argument));
  shape.plain.forEach(({ name, type }, i) => {
    const value = plain[i] as Argument;
    args[name] = type === "string" ? cleanText(Buffer.from(withoutPrefix(value as string), "hex")) : value;
  });
  return {
    kind,
    contract: checksumAddress(log.address.toLowerCase()),
    name: shape.name,
    args,
    block: Number(log.blockNumber),
    logIndex: Number(log.logIndex),
    transaction: log.transactionHash,
    time,
  };
}

function withoutPrefix(hex: string): string {
  return hex.slice(2);
}

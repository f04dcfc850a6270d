import { ZeroAddress } from "ethers";

import type { Cell } from "../store/bulk";
import type { Row } from "../store/schema";
import { positionOf } from "../store/schema";
import type { UnitOfWork } from "../store/unitOfWork";
import type { Argument, ChainEvent, Contracts } from "./events";
import type { JobDetails } from "./reads";
import { InconsistentAnswerError } from "./source";
import { boundText } from "./text";

/** A registration file that an event points to. */
export interface FileReference {
  id: string;
  uri: string;
}

/** What applying a batch of events needs and yields, beside the rows in `unit`. */
export interface Batch {
  readonly unit: UnitOfWork;
  readonly contracts: Contracts;
  /** What the escrow says of the batch's jobs. */
  readonly details: ReadonlyMap<string, JobDetails>;
  /** What the ledger says of disputes, by `recordId`. */
  readonly disputes: ReadonlyMap<string, { won: number; lost: number }>;
  /** Rows of the timeline. */
  readonly timeline: Cell[][];
  /** Agents whose standing changed. */
  readonly agents: Set<number>;
  /** Agents that point to another file than before. */
  readonly repointed: Set<number>;
  readonly files: FileReference[];
  readonly tokens: Set<string>;
}

export type Job = Readonly<Row<"jobs">>;

/** An argument of an event as what it must be. */
export function text(event: ChainEvent, name: string): string {
  return String(event.args[name]);
}

export function amount(event: ChainEvent, name: string): bigint {
  return event.args[name] as bigint;
}

export function number(event: ChainEvent, name: string): number {
  return Number(event.args[name]);
}

/** An address, or null for the zero address, by which the contracts say "none". */
export function party(event: ChainEvent, name: string): string | null {
  const address = text(event, name);
  return address === ZeroAddress ? null : address;
}

/** The hash, or null for all zeros. */
export function hash(event: ChainEvent, name: string): string | null {
  const value = text(event, name);
  return /^0x0+$/.test(value) ? null : value;
}

export function position(event: ChainEvent): number {
  return positionOf(event.block, event.logIndex);
}

/** The event speaks of something that no earlier event made: the endpoint left logs out. */
export function missing(event: ChainEvent, what: string): InconsistentAnswerError {
  return new InconsistentAnswerError(
    `block ${event.block} has ${event.name} without ${what}: the endpoint left out logs.`,
  );
}

/** Beginning of the event's UTC day. */
export function dayOf(event: ChainEvent): string {
  return String(event.time - (event.time % 86_400));
}

/** The event as a row of the timeline. */
export function timelineRow(event: ChainEvent, jobId: string | null): Cell[] {
  const args = Object.fromEntries(Object.entries(event.args).map(([name, value]) => [name, plain(value)]));
  return [position(event), event.time, event.transaction, event.contract, event.name, JSON.stringify(args), jobId];
}

export const TIMELINE_COLUMNS = {
  position: "int",
  time: "int",
  transaction_hash: "text",
  contract: "text",
  event: "text",
  args: "text",
  job_id: "text",
} as const;

function plain(value: Argument): string | boolean {
  if (typeof value === "boolean") return value;
  return typeof value === "bigint" ? value.toString() : boundText(value);
}

/** Notes that an agent acted, if there is one. */
export function noteActivity({ unit, agents }: Batch, agentId: number, time: number): void {
  const agent = agentId === 0 ? undefined : unit.get("agents", agentId);
  if (agent === undefined) return;
  agents.add(agentId);
  if (agent.last_active_at < time) unit.change("agents", agentId, { last_active_at: time });
}

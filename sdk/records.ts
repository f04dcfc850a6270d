import type { Market } from "./market";
import { Role } from "./enums";

/** All that happened to one agent in one role, under one source, token and ownership epoch. */
export interface SettlementFacts {
  /** Base units paid to the provider's side, fees included. */
  readonly volumePaid: bigint;
  /** Sum over paid jobs of WEIGHT_UNIT / k, where the job was the k-th paid one between the same two parties. */
  readonly weight: bigint;
  readonly completed: bigint;
  /** How many different parties stood on the other side of paid jobs. */
  readonly counterparties: bigint;
  /** Part of `volumePaid` that went to third parties, in base units. */
  readonly fees: bigint;
  /** Unix seconds of the first and the latest settlement. */
  readonly firstAt: bigint;
  readonly lastAt: bigint;
  readonly rejected: bigint;
  readonly undelivered: bigint;
  /** Base units refunded to the client. */
  readonly volumeRefunded: bigint;
  readonly partiallyCompleted: bigint;
  readonly unjudged: bigint;
  readonly declined: bigint;
  readonly disputesWon: bigint;
  readonly disputesLost: bigint;
}

/** Whose facts, as whom, in which token. */
export interface RecordQuery {
  readonly agentId: bigint;
  readonly token: string;
  readonly role: Role;
  /** The escrow that reported them; by default this market's. */
  readonly source?: string;
  /** By default the agent's current ownership epoch. */
  readonly epoch?: bigint;
}

/** An agent's record in one role: one read, however long its history. */
export async function readRecord(market: Market, query: RecordQuery): Promise<SettlementFacts> {
  const { agentId, token, role, source = market.addresses.escrow } = query;
  const epoch = query.epoch ?? (await market.registry.ownershipEpoch(agentId));
  const facts = await market.ledger.settlementsOf(source, token, agentId, epoch, Role[role]);
  return {
    volumePaid: facts.volumePaid,
    weight: facts.weight,
    completed: facts.completed,
    counterparties: facts.counterparties,
    fees: facts.fees,
    firstAt: facts.firstAt,
    lastAt: facts.lastAt,
    rejected: facts.rejected,
    undelivered: facts.undelivered,
    volumeRefunded: facts.volumeRefunded,
    partiallyCompleted: facts.partiallyCompleted,
    unjudged: facts.unjudged,
    declined: facts.declined,
    disputesWon: facts.disputesWon,
    disputesLost: facts.disputesLost,
  };
}

/** How many jobs a record counts. */
export function jobCount(facts: SettlementFacts): bigint {
  const { completed, partiallyCompleted, rejected, undelivered, unjudged, declined } = facts;
  return completed + partiallyCompleted + rejected + undelivered + unjudged + declined;
}

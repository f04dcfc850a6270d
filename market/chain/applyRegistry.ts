import { createHash } from "node:crypto";

import { getAddress, ZeroAddress } from "ethers";

import type { Batch } from "./batch";
import { missing, noteActivity, number, text } from "./batch";
import type { ChainEvent } from "./events";

const WALLET_KEY = "agentWallet";
/** Metadata of a longer key is not kept: it is part of the row's key, which PostgreSQL bounds. In UTF-16 units. */
export const MAX_METADATA_KEY = 256;
/** A longer value is not kept, in bytes: strangers would fill answers with it. The registry has it. */
export const MAX_METADATA_VALUE = 8_192;

/** The key under which a registration file is kept: agents with the same URI share it. */
export function fileId(uri: string): string {
  return createHash("sha256").update(uri).digest("hex").slice(0, 32);
}

/** Events of AgentRegistry. @param before The event before this one, if it is of the same transaction. */
export function applyRegistryEvent(batch: Batch, event: ChainEvent, before: ChainEvent | undefined): void {
  const { unit, agents } = batch;
  const agentId = number(event, event.name === "Transfer" ? "tokenId" : "agentId");
  if (event.name === "Registered") {
    // Ids have no gaps, so that a missing registration shows.
    const count = Number(unit.get("counters", "count|agents")?.value ?? 0);
    if (agentId !== count + 1) throw missing(event, `agent ${count + 1}`);
    const owner = text(event, "owner");
    unit.put("agents", {
      agent_id: agentId,
      owner,
      wallet: owner,
      wallet_verified: 0,
      epoch: 0,
      registered_at: event.time,
      last_active_at: event.time,
      updated_at: event.time,
      file_id: null,
      feedback_count: 0,
      feedback_sum: "0",
      feedback_paid: 0,
    });
    unit.count("count", "agents", 1n);
    agents.add(agentId);
    pointTo(batch, agentId, text(event, "agentURI"));
    return;
  }
  // Minting is told by Registered, which follows.
  if (event.name === "Transfer" && text(event, "from") === ZeroAddress) return;

  const agent = unit.get("agents", agentId);
  if (agent === undefined) throw missing(event, `the registration of agent ${agentId}`);
  switch (event.name) {
    case "Transfer":
      unit.change("agents", agentId, { owner: text(event, "to"), epoch: agent.epoch + 1 });
      break;
    case "URIUpdated":
      pointTo(batch, agentId, text(event, "newURI"));
      break;
    case "MetadataSet": {
      setMetadata(batch, event);
      if (text(event, "metadataKey") !== WALLET_KEY) break;
      const value = text(event, "metadataValue");
      const wallet = value === "0x" ? null : getAddress(value);
      // The first wallet is announced by the log right after Registered, and nobody proved it by a signature.
      const first = before?.name === "Registered" && number(before, "agentId") === agentId;
      unit.change("agents", agentId, { wallet, wallet_verified: wallet !== null && !first ? 1 : 0 });
      break;
    }
  }
  unit.change("agents", agentId, { updated_at: event.time });
  noteActivity(batch, agentId, event.time);
}

/** The key of an agent's metadata, as GraphQL shows it; undefined if it is not kept. */
export function metadataId(event: ChainEvent): string | undefined {
  const key = text(event, "metadataKey");
  return key.length > MAX_METADATA_KEY ? undefined : `${number(event, "agentId")}:${key}`;
}

function setMetadata({ unit }: Batch, event: ChainEvent): void {
  const id = metadataId(event);
  if (id === undefined) return;
  const value = text(event, "metadataValue").toLowerCase();
  unit.put("metadata", {
    id,
    agent_id: number(event, "agentId"),
    metadata_key: text(event, "metadataKey"),
    value: value.length > 2 + 2 * MAX_METADATA_VALUE ? null : value,
    updated_at: event.time,
  });
}

function pointTo({ unit, files, repointed }: Batch, agentId: number, uri: string): void {
  const id = uri === "" ? null : fileId(uri);
  if (id !== null) files.push({ id, uri });
  repointed.add(agentId);
  unit.change("agents", agentId, { file_id: id });
}

import { AbiCoder, encodeRlp, keccak256 } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** What of a provider is needed: raw JSON-RPC, since ethers leaves out header fields. */
export interface RawRpc {
  send(method: string, params: unknown[]): Promise<unknown>;
}

/** A block as JSON-RPC tells it. */
type RawBlock = Record<string, string | undefined> & { hash: string; number: string; timestamp: string };

// In the order of the header's RLP list (execution-specs, Header). Each fork only added fields at the end.
const HASHES_AND_BYTES = new Set([
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "extraData",
  "mixHash",
  "nonce",
  "withdrawalsRoot",
  "parentBeaconBlockRoot",
  "requestsHash",
  "blockAccessListHash",
]);
const HEADER_FIELDS = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
  "blockAccessListHash",
] as const;

/**
 * The RLP encoding of a block's header, as it is hashed.
 * @throws InvalidInputError if it does not hash to the block's hash: the chain has header fields unknown here.
 */
export function encodeHeader(block: RawBlock): string {
  const fields: string[] = [];
  for (const name of HEADER_FIELDS) {
    const value = block[name];
    if (value === undefined) break;
    fields.push(HASHES_AND_BYTES.has(name) ? value : minimalBytes(BigInt(value)));
  }
  const header = encodeRlp(fields);
  if (keccak256(header) !== block.hash) {
    throw new InvalidInputError(
      `the header of block ${String(Number(block.number))} does not hash to ${block.hash}: this chain's headers have ` +
        "another shape, so its courts need another source of randomness.",
    );
  }
  return header;
}

/**
 * The proof that HeaderRandomness wants for a moment: the headers of the first block at or after it, and its parent's.
 * @param time Unix time in seconds, a panel's `seedTime`.
 * @throws InvalidInputError while there is no such block.
 */
export async function seedProof(rpc: RawRpc, time: bigint): Promise<string> {
  const latest = await blockAt(rpc, "latest");
  if (BigInt(latest.timestamp) < time) {
    throw new InvalidInputError(`no block has come since ${String(time)}: wait for the next one.`);
  }
  // Timestamps never fall, so the first block in time is found by halving.
  let [below, above] = [0n, BigInt(latest.number)];
  while (below < above) {
    const middle = (below + above) / 2n;
    if (BigInt((await blockAt(rpc, middle)).timestamp) < time) below = middle + 1n;
    else above = middle;
  }
  if (above === 0n) throw new InvalidInputError(`the chain began after ${String(time)}.`);
  const headers = [encodeHeader(await blockAt(rpc, above)), encodeHeader(await blockAt(rpc, above - 1n))];
  return AbiCoder.defaultAbiCoder().encode(["bytes", "bytes"], headers);
}

async function blockAt(rpc: RawRpc, block: bigint | "latest"): Promise<RawBlock> {
  const tag = typeof block === "bigint" ? `0x${block.toString(16)}` : block;
  const found = (await rpc.send("eth_getBlockByNumber", [tag, false])) as RawBlock | null;
  if (found === null) throw new InvalidInputError(`the node does not know block ${tag}: ask another node.`);
  return found;
}

/** RLP has no zeros in front. */
function minimalBytes(value: bigint): string {
  if (value === 0n) return "0x";
  const hex = value.toString(16);
  return `0x${hex.length % 2 === 0 ? hex : `0${hex}`}`;
}

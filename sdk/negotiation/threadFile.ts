import { getAddress } from "ethers";

import { parseBoundedJson } from "../boundedJson";
import { InvalidInputError } from "../InvalidInputError";
import { envelopeFromJson, envelopeToJson } from "./envelope";
import type { Thread, ThreadOptions } from "./thread";
import { extendThread, openThread } from "./thread";

/** A thread as text. Terms that came encrypted stay encrypted. */
export function formatThread({ place, provider, entries }: Thread): string {
  return JSON.stringify({
    version: 1,
    chainId: place.chainId.toString(),
    escrow: place.escrow,
    ...(provider === undefined ? {} : { provider }),
    entries: entries.map(({ envelope, at }) => ({ at: at.toString(), message: envelopeToJson(envelope) })),
  });
}

/** Thread files longer than this are not read. */
const BOUNDS = { maxBytes: 8_388_608, maxDepth: 40 };

/**
 * Reads a thread back, checking every message again as of when it came: a file that was changed is refused. Throws a
 * `NegotiationError` or an `InvalidInputError`.
 */
export async function parseThread(text: string, options: ThreadOptions = {}, source = "the thread"): Promise<Thread> {
  const file = parseBoundedJson(text, source, BOUNDS) as unknown as {
    version?: unknown;
    chainId?: unknown;
    escrow?: unknown;
    provider?: unknown;
    entries?: unknown;
  };
  const { version, chainId, escrow, provider, entries } = file;
  const entryForm = (entry: unknown): entry is { at: string; message: unknown } =>
    typeof entry === "object" && entry !== null && /^\d{1,20}$/.test(String(Reflect.get(entry, "at")));
  if (
    version !== 1 ||
    typeof chainId !== "string" ||
    !/^\d{1,20}$/.test(chainId) ||
    typeof escrow !== "string" ||
    (provider !== undefined && typeof provider !== "string") ||
    !Array.isArray(entries) ||
    !entries.every(entryForm)
  ) {
    throw new InvalidInputError(`${source} is not a file that formatThread wrote.`);
  }
  const place = { chainId: BigInt(chainId), escrow: getAddress(escrow) };
  let thread = openThread(place, provider === undefined ? undefined : getAddress(provider));
  for (const [index, { at, message }] of entries.entries()) {
    const envelope = envelopeFromJson(message, `${source}: message ${index + 1}`);
    ({ thread } = await extendThread(thread, envelope, BigInt(at), options));
  }
  return thread;
}

import type { Signer } from "ethers";
import { keccak256 } from "ethers";

import type { JsonValue } from "../canonicalJson";
import { parseBoundedJson } from "../boundedJson";
import { InvalidInputError } from "../InvalidInputError";
import { formatJobId } from "../jobId";
import type { RegistrationFile } from "../registration";
import { contentHash } from "../terms";
import type { Envelope } from "./envelope";
import { MESSAGE_BOUNDS, envelopeFromJson, formatEnvelope } from "./envelope";
import type { HttpOptions } from "./callStranger";
import { endpointUrl, callStranger } from "./callStranger";
import { signFileRequest } from "./fileRequests";
import { NEGOTIATION_SERVICE } from "./http";
import type { Place } from "./messages";

export type { HttpOptions } from "./callStranger";

/** The other side has refused, in its own words: data of a stranger. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  constructor(
    readonly status: number,
    /** A `NegotiationFault`, or another word. */
    readonly fault: string,
    readonly detail: string,
  ) {
    super(`the other side refused (${status}, ${fault}): ${detail}`);
  }
}

/** Where an agent negotiates by plain HTTP; undefined if its file names no such endpoint. */
export function negotiationEndpoint({ services }: RegistrationFile): string | undefined {
  const { name, version } = NEGOTIATION_SERVICE;
  return services.find((service) => service.name === name && (service.version ?? version) === version)?.endpoint;
}

/**
 * Sends a message to a provider and answers its reply; undefined if it says nothing. The same message may be sent again
 * after a time-out: it gets the same reply. Check the reply with `extendThread`.
 */
export async function negotiateOverHttp(
  endpoint: string,
  envelope: Envelope,
  options: HttpOptions = {},
): Promise<Envelope | undefined> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: formatEnvelope(envelope) };
  // Room for what is around the message.
  const maxBytes = MESSAGE_BOUNDS.maxBytes + 1_024;
  const { bytes } = await call(endpoint, "/negotiate", init, maxBytes, options);
  const reply = parseBoundedJson(bytes, "the reply", { maxBytes, maxDepth: MESSAGE_BOUNDS.maxDepth + 1 });
  const message = isObject(reply) ? reply.message : undefined;
  if (message === undefined) throw new InvalidInputError("the reply has no message: this is no such endpoint.");
  return message === null ? undefined : envelopeFromJson(message, "the reply");
}

/** Hands over the client's input of a job. May be repeated. */
export async function sendInput(
  endpoint: string,
  signer: Signer,
  file: { place: Place; client: string; provider: string; jobId: bigint; bytes: Uint8Array; now: bigint },
  options: HttpOptions = {},
): Promise<void> {
  const { place, client, provider, jobId, bytes, now } = file;
  const message = { client, provider, jobId, inputHash: contentHash(bytes), validUntil: now + FRESH };
  const authorization = await signFileRequest(signer, place, "WriteInput", message);
  const headers = { authorization, "content-type": "application/octet-stream" };
  const init = { method: "PUT", headers, body: bytes };
  await call(endpoint, `/jobs/${formatJobId(jobId)}/input`, init, 4_096, options);
}

/** Seconds that a signed request for a file stays valid. */
const FRESH = 120n;

/**
 * Fetches a job's deliverable, and checks that it is the one that was submitted.
 * @param file `deliverable` is the hash on the chain: keccak256 of the bytes, or of salt and bytes where `hash` says so.
 */
export async function fetchDeliverable(
  endpoint: string,
  signer: Signer,
  file: {
    place: Place;
    reader: string;
    provider: string;
    jobId: bigint;
    deliverable: string;
    now: bigint;
    maxSize: number;
    /** By default `contentHash`. */
    hash?: (bytes: Uint8Array) => string;
  },
  options: HttpOptions = {},
): Promise<{ bytes: Uint8Array; mediaType: string }> {
  const { place, reader, provider, jobId, deliverable, now, maxSize, hash = keccak256 } = file;
  const message = { reader, provider, jobId, validUntil: now + FRESH };
  const authorization = await signFileRequest(signer, place, "ReadDeliverable", message);
  const path = `/jobs/${formatJobId(jobId)}/deliverable`;
  const answer = await call(endpoint, path, { headers: { authorization } }, maxSize, options);
  const found = hash(answer.bytes);
  if (found !== deliverable) {
    throw new InvalidInputError(
      `the file hashes to ${found}, but ${deliverable} was submitted: it is not the deliverable.`,
    );
  }
  return answer;
}

async function call(
  endpoint: string,
  path: string,
  init: RequestInit,
  maxBytes: number,
  options: HttpOptions,
): Promise<{ bytes: Uint8Array; mediaType: string }> {
  const { response, bytes } = await callStranger(endpointUrl(endpoint, options, path), init, maxBytes, options);
  if (!response.ok) throw refusalOf(response.status, bytes);
  return { bytes, mediaType: response.headers.get("content-type") ?? "application/octet-stream" };
}

function refusalOf(status: number, bytes: Uint8Array): RefusedError {
  let error: JsonValue | undefined;
  try {
    const value = parseBoundedJson(bytes, "the refusal", { maxBytes: 4_096, maxDepth: 3 });
    error = isObject(value) ? value.error : undefined;
  } catch {
    // A proxy's page, perhaps.
  }
  const { fault, message } = isObject(error) ? error : {};
  return new RefusedError(
    status,
    typeof fault === "string" ? fault.slice(0, 50) : "unknown",
    typeof message === "string" ? message.slice(0, 1_000) : "it gave no reason.",
  );
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

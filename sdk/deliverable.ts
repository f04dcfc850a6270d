import { concat, getBytes, isHexString, keccak256 } from "ethers";

import { parseBoundedJson } from "./boundedJson";
import type { JsonValue } from "./canonicalJson";
import { canonicalBytes } from "./canonicalJson";
import { isJsonMediaType } from "./catalogue";
import { InvalidInputError } from "./InvalidInputError";
import { schemaProblems } from "./safeSchema";
import { valueProblems } from "./safeSchemaCheck";
import type { JobContract } from "./terms";

/** Bytes of a deliverable that are looked at where its contract sets no limit. */
export const MAX_DELIVERABLE_SIZE = 16_777_216;
const MAX_DELIVERABLE_DEPTH = 64;

/**
 * What keeps deliverables from being checked against a contract, in words; empty if nothing does. Look before hiring:
 * a schema that cannot be read safely protects nobody.
 */
export function deliverableTermsProblems({ deliverable }: JobContract): string[] {
  const { mediaType, encoding, schema } = deliverable;
  const problems = schema === undefined ? [] : schemaProblems(schema, "/deliverable/schema");
  if (schema !== undefined && !isJsonMediaType(mediaType)) {
    problems.push("/deliverable/schema is for JSON, but the media type is not");
  }
  if (encoding === "canonical-json" && !isJsonMediaType(mediaType)) {
    problems.push("/deliverable/encoding is for JSON, but the media type is not");
  }
  return problems;
}

/**
 * What is wrong with a deliverable by the form that its contract demands: size, text or JSON, RFC 8785 encoding,
 * schema. Empty if nothing is; whether the work is right is for whoever judges it. The bytes are a stranger's: nothing
 * in them is run, and the work that they can cause is bounded.
 * @param mediaType What the sender called it, if it came with a name.
 */
export function checkDeliverable(contract: JobContract, bytes: Uint8Array, mediaType?: string): string[] {
  const { deliverable } = contract;
  const unusable = deliverableTermsProblems(contract);
  if (unusable.length > 0) return unusable;
  const maxSize = Math.min(deliverable.maxSize ?? MAX_DELIVERABLE_SIZE, MAX_DELIVERABLE_SIZE);
  if (bytes.length > maxSize) return [`the deliverable has ${bytes.length} bytes: at most ${maxSize} are agreed on`];
  const problems: string[] = [];
  if (mediaType !== undefined && essence(mediaType) !== essence(deliverable.mediaType)) {
    problems.push(`the deliverable came as ${mediaType.slice(0, 100)}, not as ${deliverable.mediaType}`);
  }
  if (!isJsonMediaType(deliverable.mediaType)) {
    if (deliverable.mediaType.startsWith("text/") && !isText(bytes)) problems.push("the deliverable is not UTF-8 text");
    return problems;
  }
  try {
    problems.push(...jsonProblems(deliverable, bytes, maxSize));
  } catch (error) {
    // Whatever went wrong, these bytes caused it: who throws here would not object, and its silence may pay for them.
    const { message } = error as Error;
    const says = error instanceof InvalidInputError ? message : `the deliverable cannot be checked: ${message}`;
    problems.push(says.replace(/\.$/, ""));
  }
  return problems;
}

function jsonProblems(deliverable: JobContract["deliverable"], bytes: Uint8Array, maxBytes: number): string[] {
  const value: JsonValue = parseBoundedJson(bytes, "the deliverable", { maxBytes, maxDepth: MAX_DELIVERABLE_DEPTH });
  const problems = deliverable.schema === undefined ? [] : valueProblems(deliverable.schema, value);
  if (deliverable.encoding === "canonical-json" && !equal(canonicalBytes(value), bytes)) {
    problems.push("the deliverable is not in RFC 8785 form, as agreed: an equal result has another hash");
  }
  return problems;
}

/** A media type without its parameters. */
function essence(mediaType: string): string {
  return (mediaType.split(";")[0] ?? "").trim().toLowerCase();
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * The hash under which a confidential file stands on the chain: keccak256(salt, bytes). Unlike `contentHash` it tells
 * nothing to somebody who can guess the file, until the salt is shown. Both parties keep the salt: without it nobody
 * can prove what was handed over.
 * @param salt 32 bytes as hex, as `randomSalt` makes them.
 */
export function saltedContentHash(content: Uint8Array, salt: string): string {
  if (!isHexString(salt, 32)) {
    throw new InvalidInputError("the salt of a file must be 32 bytes, as 0x and 64 hex digits.");
  }
  return keccak256(concat([salt, getBytes(content)]));
}

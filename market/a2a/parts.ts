import type { Part } from "@a2a-js/sdk";

import { NegotiationError } from "../../sdk/negotiation/NegotiationError";

/** The value of a message's only part, which must be data. Throws a `NegotiationError` ("malformed"). */
export function onlyData(parts: readonly Part[]): object {
  const [part] = parts;
  if (parts.length !== 1 || part?.content?.$case !== "data") {
    throw new NegotiationError("malformed", "a negotiation's message is exactly one part, a data part.");
  }
  const value: unknown = part.content.value;
  if (typeof value !== "object" || value === null) {
    throw new NegotiationError("malformed", "the data part of a negotiation's message is a JSON object.");
  }
  return value;
}

export function dataPart(value: object): Part {
  return { content: { $case: "data", value }, mediaType: "application/json", filename: "", metadata: undefined };
}

export function textPart(value: string): Part {
  return { content: { $case: "text", value }, mediaType: "text/plain", filename: "", metadata: undefined };
}

/** Characters of an error's text. It may quote a stranger's own words: not at any length. */
export const MAX_ERROR = 1_000;

import type { JsonValue } from "./canonicalJson";
import { parseJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";

/** What a stranger's JSON may cost its reader. */
export interface JsonBounds {
  /** Bytes of UTF-8. */
  readonly maxBytes: number;
  /** How deep objects and arrays may be nested; 1 is a flat object. */
  readonly maxDepth: number;
}

/** For messages, registration files and deliverables, unless their reader says otherwise. */
export const JSON_BOUNDS: JsonBounds = { maxBytes: 1_000_000, maxDepth: 32 };

/**
 * `parseJson` for a stranger's bytes. Checks the size before it reads, and the depth before anything that recurses
 * sees the value: a thousand brackets in a row would exhaust the stack otherwise. Refuses the key `__proto__`, which
 * no honest file has and which a careless merge would make an object's prototype.
 */
export function parseBoundedJson(
  content: Uint8Array | string,
  source = "the JSON text",
  { maxBytes, maxDepth }: JsonBounds = JSON_BOUNDS,
): JsonValue {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (bytes.length > maxBytes) {
    throw new InvalidInputError(`${source} has ${bytes.length} bytes: at most ${maxBytes} are read.`);
  }
  const depth = jsonDepth(bytes);
  if (depth > maxDepth) {
    throw new InvalidInputError(`${source} is nested deeper than ${maxDepth} levels: flatten it.`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidInputError(`${source} is not UTF-8 text.`);
  }
  const value = parseJson(text, source);
  refuseProto(value, source);
  return value;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** The deepest nesting of brackets outside strings. UTF-8 has no ASCII byte inside a longer character. */
export function jsonDepth(bytes: Uint8Array): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let index = 0; index < bytes.length; ++index) {
    const byte = bytes[index] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) ++index;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(byte)) --depth;
  }
  return deepest;
}

function refuseProto(value: JsonValue, source: string): void {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && Object.hasOwn(value, "__proto__")) {
    throw new InvalidInputError(`${source} has the key "__proto__": rename it.`);
  }
  for (const member of Object.values(value) as JsonValue[]) refuseProto(member, source);
}

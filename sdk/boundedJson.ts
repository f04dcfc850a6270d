import type { JsonValue } from "./canonicalJson";
import { parseJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";

/** What a stranger's JSON may cost its reader. */
export interface JsonBounds {
  /** Bytes of UTF-8. */
  readonly maxBytes: number;
  /** How deep objects and arrays may be nested; 1 is a flat object. */
  readonly maxDepth: number;
  /** How many brackets, commas and colons: parsed, each takes up to a hundred bytes. By default, as fit in the bytes. */
  readonly maxNodes?: number;
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
  { maxBytes, maxDepth, maxNodes = Infinity }: JsonBounds = JSON_BOUNDS,
): JsonValue {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (bytes.length > maxBytes) {
    throw new InvalidInputError(`${source} has ${bytes.length} bytes: at most ${maxBytes} are read.`);
  }
  const { depth, nodes } = jsonShape(bytes);
  if (depth > maxDepth) {
    throw new InvalidInputError(`${source} is nested deeper than ${maxDepth} levels: flatten it.`);
  }
  if (nodes > maxNodes) {
    throw new InvalidInputError(`${source} has ${nodes} brackets, commas and colons: at most ${maxNodes} are read.`);
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
const SEPARATORS = new Set([0x2c, 0x3a]);

/** What JSON will take to hold, found without parsing it. */
export interface JsonShape {
  /** The deepest nesting of brackets. */
  readonly depth: number;
  /** Opening brackets, commas and colons: no fewer than there are values, but for the outermost. */
  readonly nodes: number;
}

/** Looks outside strings only. UTF-8 has no ASCII byte inside a longer character. */
export function jsonShape(bytes: Uint8Array): JsonShape {
  let [open, depth, nodes, inString] = [0, 0, 0, false];
  for (let index = 0; index < bytes.length; ++index) {
    const byte = bytes[index] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) ++index;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENING.has(byte)) {
      depth = Math.max(depth, ++open);
      ++nodes;
    } else if (CLOSING.has(byte)) --open;
    else if (SEPARATORS.has(byte)) ++nodes;
  }
  return { depth, nodes };
}

/** The deepest nesting of brackets outside strings. */
export function jsonDepth(bytes: Uint8Array): number {
  return jsonShape(bytes).depth;
}

function refuseProto(value: JsonValue, source: string): void {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && Object.hasOwn(value, "__proto__")) {
    throw new InvalidInputError(`${source} has the key "__proto__": rename it.`);
  }
  for (const member of Object.values(value) as JsonValue[]) refuseProto(member, source);
}

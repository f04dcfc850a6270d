import canonicalizeJson from "canonicalize";
import { toUtf8Bytes } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** A value that JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

// One token of a text that JSON.parse has accepted: a string, a bracket, a separator, or a number or literal.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INTEGER = /^-?\d+$/;
const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

/**
 * Parses JSON that two readers cannot understand differently (I-JSON, RFC 7493, which RFC 8785 builds on): beyond
 * `JSON.parse`, refuses duplicate keys, unpaired surrogates, and numbers that a double cannot hold.
 * @param source What the text is called in error messages, for example its file name.
 */
export function parseJson(text: string, source = "the JSON text"): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new InvalidInputError(`${source} is not valid JSON: ${(error as Error).message}.`);
  }
  checkTokens(text, source);
  checkValue(value, "", new Set(), source);
  return value;
}

/** The RFC 8785 (JSON Canonicalization Scheme) form of a value. Throws where the value is not exactly JSON. */
export function canonicalJson(value: unknown): string {
  checkValue(value, "", new Set(), "the value");
  const text = canonicalizeJson(value);
  if (text === undefined) {
    throw new InvalidInputError("the value has no JSON form.");
  }
  return text;
}

/** The bytes that are hashed or signed: `canonicalJson` in UTF-8. */
export function canonicalBytes(value: unknown): Uint8Array {
  return toUtf8Bytes(canonicalJson(value));
}

/** Finds what `JSON.parse` hides: a repeated key (the last one wins) and an integer that it rounds. */
function checkTokens(text: string, source: string): void {
  const tokens = text.match(TOKEN) ?? [];
  // Keys seen so far in each open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  tokens.forEach((token, index) => {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"')) {
      const keys = open.at(-1);
      if (tokens[index + 1] !== ":" || keys === null || keys === undefined) return;
      const key = JSON.parse(token) as string;
      if (keys.has(key)) throw new InvalidInputError(`${source} has the key ${token} twice in one object: keep one.`);
      keys.add(key);
    } else if (INTEGER.test(token) && BigInt(token) !== toBigInt(Number(token))) {
      throw new InvalidInputError(`${source} has the number ${token}, which JSON readers round: write it as a string.`);
    }
  });
}

function toBigInt(value: number): bigint | undefined {
  return Number.isFinite(value) ? BigInt(value) : undefined;
}

/** `canonicalize` would drop, replace or escape what is refused here, and so give two values one form. */
function checkValue(value: unknown, path: string, ancestors: Set<object>, source: string): void {
  const refuse = (what: string): never => {
    throw new InvalidInputError(`${source} has ${what} at ${path === "" ? "/" : path}, which JSON cannot say.`);
  };
  switch (typeof value) {
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(`the number ${value}`);
      return;
    case "string":
      if (UNPAIRED_SURROGATE.test(value)) refuse("an unpaired surrogate");
      return;
    case "object":
      break;
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      refuse(`a value of type ${typeof value}`);
  }
  if (value === null) return;
  const container = value as object;
  if (ancestors.has(container)) refuse("a reference to itself");
  ancestors.add(container);
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) {
      checkValue(container[index], `${path}/${index}`, ancestors, source);
    }
  } else {
    const prototype: unknown = Object.getPrototypeOf(container);
    if (prototype !== Object.prototype && prototype !== null) refuse("an object of a class");
    for (const [key, member] of Object.entries(container)) {
      if (UNPAIRED_SURROGATE.test(key)) refuse("an unpaired surrogate in a key");
      checkValue(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, ancestors, source);
    }
  }
  ancestors.delete(container);
}

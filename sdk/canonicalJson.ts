import canonicalizeJson from "canonicalize";
import { toUtf8Bytes } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** A value that JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** No finite double has more digits. */
const MAX_DIGITS = 309;
const INTEGER = /^-?\d{1,309}$/;
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

/**
 * Finds what `JSON.parse` hides in a text that it accepted: a repeated key (the last one wins) and an integer that it
 * rounds. Goes by characters: a regular expression runs out of stack over a string of some megabytes.
 */
function checkTokens(text: string, source: string): void {
  // Keys seen so far in each open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text.charAt(at);
    let end = at + 1;
    if (first === "{") open.push(new Set());
    else if (first === "[") open.push(null);
    else if (first === "}" || first === "]") open.pop();
    else if (first === '"') {
      end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys !== null && keys !== undefined && isKey(text, end)) {
        const token = text.slice(at, end);
        const key = JSON.parse(token) as string;
        if (keys.has(key)) {
          throw new InvalidInputError(`${source} has the key ${brief(token)} twice in one object: keep one.`);
        }
        keys.add(key);
      }
    } else if (isNumberPart(first)) {
      while (isNumberPart(text.charAt(end))) ++end;
      const token = text.slice(at, end);
      if (isRounded(token)) {
        throw new InvalidInputError(
          `${source} has the number ${brief(token)}, which JSON readers round: write it as a string.`,
        );
      }
    }
    at = end;
  }
}

/** The place after a string's closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
}

/** Whether a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (" \t\r\n".includes(text.charAt(at))) ++at;
  return text.charAt(at) === ":";
}

/** "e" and "E" stand in numbers and in true and false, which are no integers. */
function isNumberPart(character: string): boolean {
  return character !== "" && "0123456789+-.eE".includes(character);
}

function isRounded(token: string): boolean {
  if (!INTEGER.test(token)) return token.length > MAX_DIGITS && !/[.eE]/.test(token);
  const read = Number(token);
  return !Number.isFinite(read) || BigInt(token) !== BigInt(read);
}

function brief(token: string): string {
  return token.length > 400 ? `${token.slice(0, 400)}...` : token;
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

// @ts-check
/*
 * RFC 8785 (JSON Canonicalization Scheme) of a text, refusing what two readers could understand differently, as the
 * SDK does (sdk/canonicalJson.ts): what it refuses has no hash that anyone could have agreed to.
 */

// One token of a text that JSON.parse has accepted: a string, a bracket, a separator, or a number or literal.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INTEGER = /^-?\d+$/;
const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

/**
 * The canonical form of a JSON text. Throws an Error with one sentence where there is none.
 * @param {string} text
 * @returns {string}
 */
export function canonicalJson(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The text is not valid JSON: ${/** @type {Error} */ (error).message}.`, { cause: error });
  }
  checkTokens(text);
  return serialize(value);
}

/**
 * Finds what `JSON.parse` hides: a repeated key (the last one wins) and an integer that it rounds.
 * @param {string} text
 */
function checkTokens(text) {
  const tokens = text.match(TOKEN) ?? [];
  /** Keys seen so far in each open object; null for an open array. @type {(Set<string> | null)[]} */
  const open = [];
  tokens.forEach((token, index) => {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"')) {
      const keys = open.at(-1);
      if (tokens[index + 1] !== ":" || keys === null || keys === undefined) return;
      const key = /** @type {string} */ (JSON.parse(token));
      if (keys.has(key)) throw new Error(`The text has the key ${token} twice in one object: keep one.`);
      keys.add(key);
    } else if (INTEGER.test(token) && !holds(token)) {
      throw new Error(`The text has the number ${token}, which JSON readers round: write it as a string.`);
    }
  });
}

/** @param {string} integer */
function holds(integer) {
  const value = Number(integer);
  return Number.isFinite(value) && BigInt(integer) === BigInt(value);
}

/**
 * @param {unknown} value What JSON.parse answered.
 * @returns {string}
 */
function serialize(value) {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Error("The text has a number that is too large for JSON readers: write it as a string.");
  }
  if (typeof value === "string" && UNPAIRED_SURROGATE.test(value)) {
    throw new Error("The text has an unpaired surrogate, which UTF-8 cannot say.");
  }
  if (Array.isArray(value)) return `[${value.map(serialize).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    // The default order compares UTF-16 code units, which is what the RFC asks for (section 3.2.3).
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${serialize(key)}:${serialize(member)}`).join(",")}}`;
  }
  // ECMAScript's own form of numbers, strings and literals is the RFC's (sections 3.2.2.2 and 3.2.2.3).
  return JSON.stringify(value);
}

// @ts-check
import { canonicalJson } from "./canonicalJson.js";
import { fromHex, keccak256 } from "./keccak.js";

/**
 * A hash that stands on the chain.
 * @typedef {{ name: string, hash: string }} Claim
 *
 * How a file was hashed: by its bytes, by its RFC 8785 form, or by either under a salt.
 * @typedef {"bytes" | "canonical" | "salted"} Form
 *
 * @typedef {{ form: Form, hash: string }} Candidate
 *
 * @typedef {Claim & { matches?: Form }} Finding
 */

/**
 * Every hash that a file can have on the chain.
 * @param {Uint8Array} bytes
 * @param {string} [salt] 32 bytes as hex: the terms of an offer can be salted, keccak256(salt, keccak256(RFC 8785 bytes)).
 * @returns {{ candidates: Candidate[], problem?: string }} `problem`: why the file has no canonical form.
 */
export function hashesOf(bytes, salt) {
  if (salt !== undefined && !/^0x[0-9a-f]{64}$/i.test(salt)) {
    throw new RangeError("The salt must be 32 bytes: 0x and 64 hex digits.");
  }
  /** @type {Candidate[]} */
  const candidates = [{ form: "bytes", hash: keccak256(bytes) }];
  try {
    // A byte order mark is not JSON, and the decoder would hide it.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const hash = keccak256(new TextEncoder().encode(canonicalJson(text)));
    candidates.push({ form: "canonical", hash });
    if (salt !== undefined) {
      candidates.push({ form: "salted", hash: keccak256(new Uint8Array([...fromHex(salt), ...fromHex(hash)])) });
    }
    return { candidates };
  } catch (error) {
    const problem = error instanceof TypeError ? "The file is not UTF-8 text." : /** @type {Error} */ (error).message;
    return { candidates, problem };
  }
}

/**
 * @param {Candidate[]} candidates
 * @param {Claim[]} claims
 * @returns {Finding[]}
 */
export function compare(candidates, claims) {
  return claims.map((claim) => {
    const match = candidates.find(({ hash }) => hash === claim.hash.toLowerCase());
    return match === undefined ? claim : { ...claim, matches: match.form };
  });
}

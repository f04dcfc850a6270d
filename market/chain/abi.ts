import { getAddress } from "ethers";

/*
 * ABI decoding of what the followed contracts emit and return. ethers' coder took two thirds of the time of following:
 * it wraps each value in objects with names. Only the types that occur are known here, and every offset is checked.
 */

export type AbiValue = bigint | string | boolean | string[];

const WORD = 64;
/** Addresses whose checksum is remembered; hashing them takes longer than all other decoding. */
const MAX_REMEMBERED = 50_000;
const checksums = new Map<string, string>();

/** The address with its checksum. */
export function checksumAddress(address: string): string {
  const known = checksums.get(address);
  if (known !== undefined) return known;
  const checked = getAddress(address);
  if (checksums.size >= MAX_REMEMBERED) checksums.clear();
  checksums.set(address, checked);
  return checked;
}

/**
 * Decodes values of the given types: `uintN`, `intN`, `address`, `bool`, `bytesN`, `bytes` (as hex) and `bytes[]`.
 * @param hex Without "0x".
 */
export function decodeAbi(types: readonly string[], hex: string): AbiValue[] {
  return types.map((type, i) => {
    const head = wordAt(hex, i * WORD);
    if (type === "bytes") return bytesAt(hex, offsetOf(head));
    if (type === "bytes[]") return listAt(hex, offsetOf(head));
    return staticValue(type, head);
  });
}

function staticValue(type: string, word: string): AbiValue {
  if (type === "address") return checksumAddress(`0x${word.slice(24)}`);
  if (type === "bool") return !/^0+$/.test(word);
  if (type.startsWith("bytes")) return `0x${word.slice(0, Number(type.slice(5)) * 2)}`;
  if (type.startsWith("uint")) return BigInt(`0x${word}`);
  if (type.startsWith("int")) return BigInt.asIntN(256, BigInt(`0x${word}`));
  throw new RangeError(`the ABI type ${type} is not known here`);
}

function wordAt(hex: string, at: number): string {
  const word = hex.slice(at, at + WORD);
  if (word.length !== WORD) throw new RangeError("ABI data ends before its values");
  return word;
}

/** Where a value begins or how long it is, in hex digits. */
function offsetOf(word: string): number {
  const bytes = Number(BigInt(`0x${word}`));
  if (!Number.isSafeInteger(bytes * 2)) throw new RangeError("ABI data points beyond its end");
  return bytes * 2;
}

function bytesAt(hex: string, at: number): string {
  const length = offsetOf(wordAt(hex, at));
  const value = hex.slice(at + WORD, at + WORD + length);
  if (value.length !== length) throw new RangeError("ABI data ends before its values");
  return `0x${value}`;
}

function listAt(hex: string, at: number): string[] {
  const length = offsetOf(wordAt(hex, at)) / 2;
  const items: string[] = [];
  const start = at + WORD;
  for (let i = 0; i < length; ++i) items.push(bytesAt(hex, start + offsetOf(wordAt(hex, start + i * WORD))));
  return items;
}

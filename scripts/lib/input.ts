import { readFileSync, writeFileSync } from "node:fs";

import { getAddress, isHexString } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { contentHash } from "../../sdk/terms";

/** An address, checksum verified. All lower or all upper case has no checksum and is refused: one typo would pass. */
export function parseAddress(text: string, option: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new InvalidInputError(`${option} must be an address, as 0x and 40 hex digits, not "${text}".`);
  }
  let address: string;
  try {
    address = getAddress(text.toLowerCase());
  } catch {
    throw new InvalidInputError(`${option} must be an address, not "${text}".`);
  }
  if (address !== text && /[a-fA-F]/.test(text.slice(2))) {
    throw new InvalidInputError(
      `${option} has no valid checksum: check "${text}" against its source; in its checksummed form it is ${address}.`,
    );
  }
  return address;
}

/** 32 bytes of hex. */
export function parseBytes32(text: string, option: string): string {
  if (!isHexString(text, 32)) {
    throw new InvalidInputError(`${option} must be 32 bytes, as 0x and 64 hex digits, not "${text}".`);
  }
  return text.toLowerCase();
}

/** Bytes of hex, any number. */
export function parseBytes(text: string, option: string): string {
  if (!isHexString(text) || text.length % 2 !== 0) {
    throw new InvalidInputError(`${option} must be bytes, as 0x and an even number of hex digits, not "${text}".`);
  }
  return text.toLowerCase();
}

/** A whole number from `minimum` to `maximum`. */
export function parseNumber(text: string, option: string, minimum: bigint, maximum: bigint): bigint {
  const value = /^\d{1,78}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value < minimum || value > maximum) {
    throw new InvalidInputError(`${option} must be a whole number from ${minimum} to ${maximum}, not "${text}".`);
  }
  return value;
}

/** An agent's id as an escrow can store it; 0 for none. */
export function parseAgentId(text: string, option: string, minimum = 0n): bigint {
  return parseNumber(text, option, minimum, (1n << 40n) - 1n);
}

/** One of a few words. */
export function parseChoice<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined)
    throw new InvalidInputError(`${option} must be one of ${choices.join(", ")}, not "${text}".`);
  return choice;
}

/** A file's bytes. */
export function readBytes(path: string, option: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InvalidInputError(
      `${option}: cannot read "${path}" (${(error as NodeJS.ErrnoException).code ?? "error"}).`,
    );
  }
}

/** A file's text, which must be UTF-8. */
export function readText(path: string, option: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readBytes(path, option));
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`${option}: "${path}" is not UTF-8 text.`);
  }
}

/** Writes a file that does not exist yet: an offer or a signature is not overwritten by accident. */
export function writeNewFile(path: string, option: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(
      `${option}: cannot write "${path}" (${code === "EEXIST" ? "it exists already: name a new file" : code}).`,
    );
  }
}

/** A hash that is given as one, or taken of a file; undefined if neither is given. */
export function hashOption(
  given: { file: string | undefined; hash: string | undefined },
  option: string,
): string | undefined {
  const { file, hash } = given;
  if (file !== undefined && hash !== undefined) {
    throw new InvalidInputError(`--${option} and --${option}-hash say the same thing: give one of them.`);
  }
  if (file !== undefined) return contentHash(readBytes(file, `--${option}`));
  return hash === undefined ? undefined : parseBytes32(hash, `--${option}-hash`);
}

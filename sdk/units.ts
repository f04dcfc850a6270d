import { formatUnits } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** A token amount for people: "12.5" with the token's symbol, if given. `amount` is in base units. */
export function formatAmount(amount: bigint, decimals: number, symbol?: string): string {
  const text = formatUnits(amount, decimals).replace(/\.0$/, "");
  return symbol === undefined ? text : `${text} ${symbol}`;
}

/** Base units from an amount as people write it ("12.5"). Refuses more decimals than the token has. */
export function parseAmount(text: string, decimals: number): bigint {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) {
    throw new InvalidInputError(`"${text}" is not an amount: write digits with at most one point, such as 12.5.`);
  }
  if (fraction.length > decimals) {
    throw new InvalidInputError(`"${text}" has ${fraction.length} decimals, but the token has ${decimals}.`);
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, "0"));
  if (amount >> 96n !== 0n) {
    throw new InvalidInputError(`"${text}" is more than the escrow can hold (2^96 - 1 base units).`);
  }
  return amount;
}

/** Basis points from a share in percent ("2.5" is 250). */
export function parsePercent(text: string): bigint {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{1,2}))?%?$/.exec(text) ?? [];
  if (whole === undefined) {
    throw new InvalidInputError(`"${text}" is not a percentage: write it with at most two decimals, such as 2.5.`);
  }
  return BigInt(whole + fraction.padEnd(2, "0"));
}

const SECONDS = { d: 86_400n, h: 3_600n, m: 60n, s: 1n } as const;
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Seconds from a duration such as "2d", "1h30m" or "45s". */
export function parseDuration(text: string): bigint {
  const match = text === "" ? null : DURATION.exec(text);
  if (match === null) {
    throw new InvalidInputError(`"${text}" is not a duration: write days, hours, minutes, seconds, such as 1d12h.`);
  }
  return Object.values(SECONDS).reduce((sum, unit, index) => sum + unit * BigInt(match[index + 1] ?? 0), 0n);
}

/** A duration for people: "1d 12h". */
export function formatDuration(seconds: bigint): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [name, unit] of Object.entries(SECONDS)) {
    if (rest >= unit) parts.push(`${rest / unit}${name}`);
    rest %= unit;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/**
 * A Unix time in seconds from Unix seconds ("1790000000"), an RFC 3339 time in UTC ("2026-12-31T12:00:00Z"), or a
 * duration from now ("+2d"). Refuses what has passed.
 * @param now Unix seconds: the chain's time, since it is the chain that will judge.
 */
export function parseDeadline(text: string, now: bigint): bigint {
  let deadline: bigint;
  if (text.startsWith("+")) deadline = now + parseDuration(text.slice(1));
  else if (/^\d{1,12}$/.test(text)) deadline = BigInt(text);
  else if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && isTime(text)) deadline = BigInt(Date.parse(text)) / 1_000n;
  else {
    throw new InvalidInputError(
      `"${text}" is not a time: write Unix seconds, a UTC time such as 2026-12-31T12:00:00Z, or a delay such as +2d.`,
    );
  }
  if (deadline <= now) {
    throw new InvalidInputError(`"${text}" has passed: on this chain it is ${formatTime(now)}.`);
  }
  return deadline;
}

/** `Date.parse` carries 31 February over into March. */
function isTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text.replace("Z", ".000Z");
}

/** A Unix time in seconds as RFC 3339 in UTC. */
export function formatTime(seconds: bigint): string {
  // Beyond the year 9999 a Date has no plain form; such times occur only as "never".
  return seconds > 253_402_300_799n ? "never" : new Date(Number(seconds) * 1_000).toISOString().replace(".000Z", "Z");
}

// @ts-check
/*
 * Numbers, amounts, times and ids for people. Pure functions; `locale` is for tests, readers get their browser's.
 */

const UNITS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
]);

/**
 * @param {number} value
 * @param {string} [locale]
 */
export function formatNumber(value, locale) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value);
}

/**
 * Base units as a decimal, exactly: no digit is rounded away.
 * @param {string | bigint} amount
 * @param {number} decimals
 * @param {string} [locale]
 */
export function formatUnits(amount, decimals, locale) {
  const value = BigInt(amount);
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = BigInt(digits.slice(0, digits.length - decimals));
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const separator =
    new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";
  const sign = value < 0n ? "-" : "";
  // Two decimals, as prices are read, unless the token has fewer or the amount more.
  const shown = value === 0n ? "" : fraction.padEnd(Math.min(2, decimals), "0");
  return `${sign}${new Intl.NumberFormat(locale).format(whole)}${shown === "" ? "" : separator + shown}`;
}

/**
 * An amount with its token, in base units where nothing is known of the token.
 * @param {string} amount
 * @param {string} token
 * @param {{ token: string, symbol?: string, decimals?: number }[]} tokens
 * @param {string} [locale]
 */
export function formatAmount(amount, token, tokens, locale) {
  if (BigInt(token) === 0n && amount === "0") return "0";
  const known = tokens.find((entry) => entry.token.toLowerCase() === token.toLowerCase());
  const name = tokenName(token, tokens);
  return known?.decimals === undefined
    ? `${new Intl.NumberFormat(locale).format(BigInt(amount))} base units of ${name}`
    : `${formatUnits(amount, known.decimals, locale)}\u00a0${name}`;
}

/**
 * @param {string} token
 * @param {{ token: string, symbol?: string }[]} tokens
 */
export function tokenName(token, tokens) {
  const symbol = tokens.find((entry) => entry.token.toLowerCase() === token.toLowerCase())?.symbol;
  // The token's own contract chose its symbol: bounded, so that it cannot push the number out of sight.
  const name = clip(symbol ?? "", 12);
  if (name === "") return shortHex(token);
  // A symbol that another token has too, or that may only look like another's, does not tell which token it is.
  const namesakes = tokens.filter((entry) => clip(entry.symbol ?? "", 12).toLowerCase() === name.toLowerCase());
  return namesakes.length > 1 || !/^[\x21-\x7e]+$/.test(name) ? `${name} (${shortHex(token)})` : name;
}

/**
 * Base units from what a person typed ("12.5"); undefined if it is no amount of the token.
 * @param {string} text
 * @param {number} decimals
 * @returns {string | undefined}
 */
export function parseUnits(text, decimals) {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > decimals) return undefined;
  return BigInt(whole + fraction.padEnd(decimals, "0")).toString();
}

// What is not seen but changes what is: direction marks, and other formatting but the joiners that scripts need.
const UNSEEN = /(?![\u200c\u200d])\p{Cf}|(?![\n\t])\p{Cc}|[\u115f\u1160\u2800\u3164\uffa0]/gu;
// No script piles up more marks on one letter; more of them are drawn across the lines above and below.
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * A stranger's text as it can be shown beside others: everything in it is seen, in its own place. "" if nothing is.
 * @param {string} text
 */
export function legible(text) {
  const seen = text.replace(UNSEEN, "").replace(PILED_MARKS, "$1");
  return /[^\s\u200c\u200d\p{M}]/u.test(seen) ? seen : "";
}

/**
 * A stranger's text, legible and no longer than `length` characters.
 * @param {string} text
 * @param {number} length
 */
export function clip(text, length) {
  const characters = Array.from(legible(text));
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}

/**
 * A hash or address, recognisable at both ends.
 * @param {string} hex
 */
export function shortHex(hex) {
  return hex.length <= 13 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

/**
 * A job's id as 32 bytes of hex, which is how signatures and shells write it; small ids stay numbers.
 * @param {string} id
 */
export function jobHex(id) {
  return id.length < 20 ? id : `0x${BigInt(id).toString(16).padStart(64, "0")}`;
}

/** @param {string} id */
export function jobName(id) {
  return id.length < 20 ? `#${id}` : shortHex(jobHex(id));
}

/**
 * Seconds in words, in its two largest units: "3 days 4 hours".
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  let rest = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
    else if (parts.length > 0) break;
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 seconds" : parts.join(" ");
}

/**
 * "5 minutes ago", "in 2 days".
 * @param {number} time Unix seconds
 * @param {number} now Unix seconds
 * @param {string} [locale]
 */
export function formatRelative(time, now, locale) {
  const distance = time - now;
  const [unit, size] = UNITS.find(([, unitSize]) => Math.abs(distance) >= unitSize) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(distance / size), unit);
}

/**
 * @param {number} time Unix seconds
 * @param {{ locale?: string, timeZone?: string, seconds?: boolean }} [options]
 */
export function formatTime(time, { locale, timeZone, seconds = false } = {}) {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: seconds ? "medium" : "short",
    timeZone,
  }).format(time * 1000);
}

/**
 * A UTC day: the index counts by them, so the reader's own zone must not shift it.
 * @param {number} time Unix seconds
 * @param {{ locale?: string, long?: boolean }} [options]
 */
export function formatDay(time, { locale, long = false } = {}) {
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: long ? "numeric" : undefined,
    timeZone: "UTC",
  }).format(time * 1000);
}

/**
 * For a <time datetime>; undefined where the number is no time that a date can hold.
 * @param {number} time Unix seconds
 */
export function isoTime(time) {
  const date = new Date(time * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

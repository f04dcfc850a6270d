/** Longest text kept of an event in a timeline, in UTF-16 units; longer ones end in "…". Files are kept whole. */
export const MAX_EVENT_TEXT = 2_000;

/**
 * A stranger's bytes as text that every database and JSON reader takes: what is not UTF-8 becomes U+FFFD, and the NUL
 * character, which PostgreSQL cannot hold, too.
 */
export function cleanText(bytes: Uint8Array): string {
  return withoutNul(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
}

export function withoutNul(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD");
}

/** Cuts a text, never within a character. */
export function boundText(text: string, length = MAX_EVENT_TEXT): string {
  if (text.length <= length) return text;
  return `${cutText(text, length - 1)}…`;
}

/** The beginning of a text, never with half a character at its end: PostgreSQL refuses a whole batch for one. */
export function cutText(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

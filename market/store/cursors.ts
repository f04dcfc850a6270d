import { InvalidInputError } from "../../sdk/InvalidInputError";

/** Writes where a list goes on as text that only the index reads. */
export function encodeCursor(kind: string, numbers: readonly number[]): string {
  return Buffer.from(`${kind}:${numbers.map((n) => n.toString(36)).join(".")}`).toString("base64url");
}

/** Reads a cursor of that kind back. */
export function decodeCursor(kind: string, cursor: string): number[] {
  const [, found, list] = /^([a-z]+):([0-9a-z.]*)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  const numbers = (list ?? "").split(".").map((n) => parseInt(n, 36));
  if (found !== kind || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new InvalidInputError("the cursor is not one that this list gave: begin without a cursor.");
  }
  return numbers;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** How long a page is. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidInputError(`the limit is ${limit}: give a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

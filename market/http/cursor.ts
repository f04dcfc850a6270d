import { createHash } from "node:crypto";

import { Problem } from "./Problem";

const CHECK_BYTES = 9;

/**
 * A cursor as the caller gets it: the index's own cursor, with a check over it and over the list that it continues. One
 * that was cut, mistyped or carried to another list is refused, rather than answered with a page of the wrong list. It
 * is no signature: it guards from mistakes, and the index takes any position as harmless.
 */
export function sealCursor(list: unknown, cursor: string): string {
  return Buffer.concat([check(list, cursor), Buffer.from(cursor, "utf8")]).toString("base64url");
}

/** The index's own cursor. */
export function openCursor(list: unknown, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const cursor = bytes.subarray(CHECK_BYTES).toString("utf8");
  if (bytes.toString("base64url") !== sealed || !check(list, cursor).equals(bytes.subarray(0, CHECK_BYTES))) {
    const detail = "The cursor is not one of this list: pass `next` of the page before, and the same filters with it.";
    throw new Problem(400, detail, "cursor");
  }
  return cursor;
}

function check(list: unknown, cursor: string): Buffer {
  const text = JSON.stringify([list, cursor]);
  return createHash("sha256").update(text).digest().subarray(0, CHECK_BYTES);
}

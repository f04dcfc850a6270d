import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";

import { InvalidInputError } from "../../sdk/InvalidInputError";

export interface StaticFile {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

const MAX_BYTES = 32 * 2 ** 20;

/** Nothing but what stands in the folder may run, and nobody may frame the page or have it send forms elsewhere. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The files of a folder, read once. A request then only names an entry of a table: no path that a stranger wrote ever
 * reaches the file system. Hidden files, links and files of other kinds are left out.
 */
export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();

  constructor(folder: string) {
    let total = 0;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(join(folder, "/").length).replaceAll("\\", "/");
      const contentType = CONTENT_TYPES[extname(entry.name).toLowerCase()];
      if (!entry.isFile() || contentType === undefined || path.split("/").some((part) => part.startsWith("."))) {
        continue;
      }
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      total += bytes.length;
      if (total > MAX_BYTES) {
        throw new InvalidInputError(
          `The explorer's folder holds more than ${MAX_BYTES} bytes: is ${folder} the right one?`,
        );
      }
      const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
      this.#files.set(`/${path}`, { bytes, contentType, etag });
    }
    if (!this.#files.has("/index.html")) {
      throw new InvalidInputError(`The explorer's folder ${folder} has no index.html.`);
    }
  }

  /** The file of a path; a path without extension is a place inside the page, such as /agents/3. */
  find(path: string): StaticFile | undefined {
    return this.#files.get(extname(path) === "" ? "/index.html" : path);
  }
}

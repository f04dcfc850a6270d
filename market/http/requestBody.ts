import type { IncomingMessage } from "node:http";

import { jsonDepth } from "../../sdk/boundedJson";
import { Problem } from "./Problem";

/** The largest query of the library that we serve has 3 kB; a filter over 500 ids adds 12. */
const MAX_BYTES = 64 * 1024;
/** What reads a query's variables recurses. */
const MAX_DEPTH = 50;

/** Reads a request's body as JSON. It stops reading where the body becomes too long, whatever its header says. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new Problem(415, "The body must be JSON: send the header Content-Type: application/json.", "Content-Type");
  }
  if (request.headers["content-encoding"] !== undefined) {
    throw new Problem(415, "The body must not be compressed.", "Content-Encoding");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not close the connection: the answer has yet to go through it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) {
      throw new Problem(413, `The body may have ${MAX_BYTES} bytes.`, undefined, { connection: "close" });
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (jsonDepth(bytes) > MAX_DEPTH) {
    throw new Problem(400, `The body may be nested ${MAX_DEPTH} deep.`, "body");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Problem(400, "The body is not JSON in UTF-8.", "body");
  }
}

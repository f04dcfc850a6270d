/*
 * Reading what strangers send over HTTP: never more than was allowed for, whatever they announce.
 */

/** More came than is read. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** The bytes of a request or a response. Throws a `TooLargeError` as soon as there are more than `maxBytes`. */
export async function readBody(message: Request | Response, maxBytes: number): Promise<Uint8Array> {
  if (Number(message.headers.get("content-length") ?? 0) > maxBytes) throw new TooLargeError();
  if (message.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream: what is too much is not even received.
  for await (const chunk of message.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLargeError();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** An answer that no browser runs or guesses about. */
export function reply(
  status: number,
  body: Uint8Array | string,
  mediaType: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": mediaType,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

export function replyJson(status: number, value: object, headers: Record<string, string> = {}): Response {
  return reply(status, JSON.stringify(value), "application/json", headers);
}

/** Errors may quote the stranger's own text: not at any length. */
const MAX_MESSAGE = 1_000;

/** One sentence, and one word for programs. */
export function replyError(
  status: number,
  fault: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return replyJson(status, { error: { fault, message: message.slice(0, MAX_MESSAGE) } }, headers);
}

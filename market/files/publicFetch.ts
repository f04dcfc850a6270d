import { Readable } from "node:stream";

import type { FetchBounds } from "./fetchBounded";
import { open } from "./fetchBounded";

/**
 * A `fetch` for addresses that strangers wrote: it connects to public addresses only, as `fetchBounded` does, and
 * follows no redirect. Takes what the sdk's calls use of fetch: method, headers, a body of text or bytes, a signal.
 */
export function publicFetch(bounds: Pick<FetchBounds, "resolve"> = {}): typeof fetch {
  return async (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { method = "GET", body, signal } = init;
    const bytes = body == null ? undefined : new Uint8Array(await new Response(body).arrayBuffer());
    const headers = Object.fromEntries(new Headers(init.headers));
    const answer = await open(url, { ...bounds, allowLocal: false }, signal ?? AbortSignal.timeout(15_000), {
      method,
      headers: bytes === undefined ? headers : { ...headers, "content-length": String(bytes.length) },
      body: bytes,
    });
    const status = answer.statusCode ?? 500;
    if (status >= 300 && status < 400) {
      answer.destroy();
      throw new TypeError("its server redirects, which is not followed");
    }
    const withoutBody = status === 204 || status === 304;
    return new Response(withoutBody ? null : (Readable.toWeb(answer) as ReadableStream), {
      status,
      headers: { "content-type": answer.headers["content-type"] ?? "application/octet-stream" },
    });
  };
}

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Who asks. Behind `trustedProxies` reverse proxies that each append the address they were called from to
 * X-Forwarded-For, it is that many entries from the header's end; what stands before is the caller's own invention.
 * With 0, the header says nothing at all.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? "unknown";
  const header = request.headers["x-forwarded-for"];
  if (trustedProxies === 0 || header === undefined) {
    return peer;
  }
  const entries = (Array.isArray(header) ? header.join(",") : header).split(",").map((entry) => entry.trim());
  const claimed = entries.at(-trustedProxies);
  return claimed !== undefined && isIP(claimed) !== 0 ? claimed : peer;
}

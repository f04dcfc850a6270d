import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

import type { NegotiationHandler } from "./http";
import { replyError } from "./httpBodies";
import { networkOf } from "./rateLimit";

/** A handler as a listener of Node's `http` or `https` server. */
export function nodeListener(handler: NegotiationHandler): RequestListener {
  return (incoming, outgoing) => {
    const send = async () => {
      let request: Request | undefined;
      try {
        request = requestOf(incoming);
      } catch {
        // A path or a header that no URL can have.
      }
      const address = incoming.socket.remoteAddress ?? "";
      const response =
        request === undefined ? replyError(400, "malformed", "this is no request.") : await handler(request, address);
      // What was not read of the body will not be: the connection cannot be used again.
      if (!incoming.complete) outgoing.setHeader("connection", "close");
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    };
    // The sender has gone away.
    send().catch(() => outgoing.destroy());
  };
}

function requestOf(incoming: IncomingMessage): Request {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  const method = incoming.method ?? "GET";
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body, duplex: "half" });
}

export interface ServerOptions {
  /** Open connections of one network address, by default 50. A proxy is one address for all whom it lets through. */
  readonly connectionsPerAddress?: number;
}

/**
 * A server with bounds on slow and many senders, and on slow readers. Put TLS before it, or give the listener to an
 * https server.
 */
export function createNegotiationServer(
  handler: NegotiationHandler,
  { connectionsPerAddress = 50 }: ServerOptions = {},
): Server {
  const server = createServer(
    // Node looks only that often who has used up its time.
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 5_000 },
    nodeListener(handler),
  );
  server.maxConnections = 500;
  // Without a sign of life, reading or writing.
  server.setTimeout(30_000);
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const network = networkOf(socket.remoteAddress ?? "");
    const others = open.get(network) ?? 0;
    if (others >= connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(network, others + 1);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
  return server;
}

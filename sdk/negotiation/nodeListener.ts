import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

import type { NegotiationHandler } from "./http";
import { replyError } from "./httpBodies";

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

/** A server with bounds on slow and many senders. Put TLS before it, or give the listener to an https server. */
export function createNegotiationServer(handler: NegotiationHandler): Server {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
    nodeListener(handler),
  );
  server.maxConnections = 500;
  return server;
}

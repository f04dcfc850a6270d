import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { graphqlService } from "../graph/service";
import type { GraphReader } from "../graph/reader";
import type { MarketReader } from "../../sdk/discovery/model";
import type { StreamSettings } from "./EventStreams";
import { EventStreams } from "./EventStreams";
import { RequestHandler } from "./RequestHandler";
import { StaticFiles } from "./StaticFiles";
import { UnsentAnswers } from "./UnsentAnswers";
import type { StaleAfter } from "./health";
import { HealthCheck } from "./health";
import { Metrics } from "./metrics";
import { openApiDocument } from "./openApi";
import type { RateLimitSettings } from "./rateLimit";
import { RateLimiter } from "./rateLimit";
import { refuseConnection } from "./refuseConnection";
import { ROUTES } from "./routeTable";

export interface MarketServerSettings {
  readonly reader: MarketReader;
  /** Answers GraphQL; without it, /graphql is not there. */
  readonly graph?: GraphReader;
  /** A folder of static files to serve at `/`. */
  readonly explorer?: string;
  /** For each caller's address; null for none. */
  readonly rateLimit?: RateLimitSettings | null;
  /** Reverse proxies in front that append to X-Forwarded-For; by default none, and the header is not believed. */
  readonly trustedProxies?: number;
  /** Whether pages of other origins may read the answers: everything here is public. */
  readonly cors?: boolean;
  readonly staleAfter?: StaleAfter;
  readonly streams?: Partial<StreamSettings>;
  /** Milliseconds that the index may take for one answer. */
  readonly readTimeoutMs?: number;
  /** Milliseconds for a request's headers, and for the whole of it. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Bytes of answers that one caller may leave unread, and milliseconds that an answer waits for its reader. */
  readonly maxUnsentBytes?: number;
  readonly sendTimeoutMs?: number;
}

export interface MarketServer {
  /** @returns The address to call it by. */
  listen(port: number, host?: string): Promise<string>;
  /** Takes no more, ends streams, lets answers under way finish, and cuts what is still open after `graceMs`. */
  close(graceMs?: number): Promise<void>;
  readonly http: Server;
}

const STREAMS: StreamSettings = {
  max: 200,
  maxPerCaller: 8,
  pollMs: 500,
  heartbeatMs: 15_000,
  slowReaderMs: 10_000,
};

/** The market's HTTP service over an index. It holds no state of its own, so several may answer from one index. */
export function createMarketServer(settings: MarketServerSettings): MarketServer {
  const { reader, graph, rateLimit = { perMinute: 600, burst: 120 }, readTimeoutMs = 10_000 } = settings;
  const metrics = new Metrics();
  const streams = new EventStreams(reader, { ...STREAMS, ...settings.streams }, readTimeoutMs, () => {
    metrics.droppedStream();
  });
  const health = new HealthCheck(reader, settings.staleAfter ?? { blocks: 50, seconds: 120 }, readTimeoutMs);
  const handler = new RequestHandler({
    services: {
      reader,
      streams,
      health,
      metrics,
      timeoutMs: readTimeoutMs,
      document: JSON.stringify(openApiDocument(ROUTES)),
      ...(graph === undefined ? {} : { graphql: graphqlService(graph, reader, readTimeoutMs) }),
    },
    ...(settings.explorer === undefined ? {} : { files: new StaticFiles(settings.explorer) }),
    ...(rateLimit === null ? {} : { limiter: new RateLimiter(rateLimit) }),
    unsent: new UnsentAnswers(settings.maxUnsentBytes ?? 32 * 2 ** 20, settings.sendTimeoutMs ?? 30_000),
    trustedProxies: settings.trustedProxies ?? 0,
    cors: settings.cors ?? true,
  });
  const http = createServer(
    {
      maxHeaderSize: 16 * 1024,
      // Node closes a connection that sends its request too slowly; it looks every so often, not at once.
      headersTimeout: settings.headersTimeoutMs ?? 10_000,
      requestTimeout: settings.requestTimeoutMs ?? 20_000,
      connectionsCheckingInterval: Math.min(5000, settings.headersTimeoutMs ?? 10_000),
      keepAliveTimeout: 5000,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      void handler.handle(request, response);
    },
  );
  http.maxConnections = 2000;
  http.maxRequestsPerSocket = 1000;
  http.on("clientError", refuseConnection);
  return { http, listen: listenOn(http), close: closer(http, streams) };
}

function listenOn(http: Server): MarketServer["listen"] {
  return (port, host = "127.0.0.1") =>
    new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === "EADDRINUSE";
        reject(isTaken ? new InvalidInputError(`port ${port} of ${host} is taken: choose another one.`) : error);
      };
      http.once("error", refuse);
      http.listen(port, host, () => {
        http.removeListener("error", refuse);
        const { address, family, port: bound } = http.address() as AddressInfo;
        resolve(`http://${family === "IPv6" ? `[${address}]` : address}:${bound}`);
      });
    });
}

function closer(http: Server, streams: EventStreams): MarketServer["close"] {
  return async (graceMs = 5000) => {
    const closed = new Promise<void>((resolve) => {
      http.close(() => {
        resolve();
      });
    });
    streams.close();
    http.closeIdleConnections();
    const cut = setTimeout(() => {
      http.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(cut);
  };
}

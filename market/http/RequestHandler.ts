import type { IncomingMessage, ServerResponse } from "node:http";

import { NothingIndexedError } from "../../sdk/discovery/model";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { Problem } from "./Problem";
import type { Reply, Services } from "./Route";
import { PAGE_SECURITY_POLICY } from "./StaticFiles";
import type { StaticFile, StaticFiles } from "./StaticFiles";
import { clientAddress } from "./clientAddress";
import { logError } from "./log";
import type { UnsentAnswers } from "./UnsentAnswers";
import type { RateLimiter } from "./rateLimit";
import { matchRoutes } from "./routeTable";

interface HandlerSettings {
  readonly services: Services;
  readonly files?: StaticFiles;
  readonly limiter?: RateLimiter;
  readonly unsent: UnsentAnswers;
  readonly trustedProxies: number;
  readonly cors: boolean;
}

/** The longest cursor of a search has about 3,500 characters. */
const MAX_URL = 8192;

/** Data is never a page: whatever a stranger wrote into it, no browser runs it. */
const DATA_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Takes a request through the bounds, to its route, and back as an answer or a problem. */
export class RequestHandler {
  constructor(private readonly settings: HandlerSettings) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const seen = { route: "other" };
    response.once("close", () => {
      // A stream lasts as long as somebody listens, which says nothing about how fast the service is.
      if (seen.route !== "/api/v1/events" || response.statusCode !== 200) {
        this.settings.services.metrics.request(seen.route, response.statusCode, (performance.now() - started) / 1000);
      }
    });
    this.#setCommonHeaders(response);
    try {
      await this.#answer(request, response, seen);
    } catch (error) {
      this.#fail(request, response, seen.route, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, seen: { route: string }): Promise<void> {
    const { services, files } = this.settings;
    const { url = "/", method = "GET" } = request;
    if (url.length > MAX_URL) {
      throw new Problem(414, `The address may have ${MAX_URL} characters.`);
    }
    const { path, query } = splitUrl(url);
    const matches = matchRoutes(path);
    const file = matches.length === 0 && !isReserved(path) ? files?.find(path) : undefined;
    const methods = file === undefined ? matches.map(({ route }) => route.method) : ["GET" as const];
    seen.route = matches[0]?.route.path ?? (file === undefined ? "other" : "explorer");
    const caller = clientAddress(request, this.settings.trustedProxies);
    const wanted = method === "HEAD" ? "GET" : method;
    const match = matches.find(({ route }) => route.method === wanted);
    // A page is some thirty files, which stand in memory: what is limited is what asks the index.
    this.#limit(caller, file === undefined ? (match?.route.cost ?? 1) : 0);
    if (methods.length === 0) {
      throw new Problem(404, "There is nothing at this address: /api/v1/openapi.json lists what is there.");
    }
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    if (method === "OPTIONS") {
      response.writeHead(204, { allow, ...this.#preflight(allow) }).end();
    } else if (file !== undefined && wanted === "GET") {
      // A file stands in memory once for everybody.
      this.settings.unsent.hold(caller, response, 0);
      sendFile(request, response, file);
    } else if (match === undefined) {
      throw new Problem(405, `This address takes ${allow}.`, undefined, { allow });
    } else if (match.route.path === "/api/v1/events" && method === "HEAD") {
      response.writeHead(200, { "content-type": match.route.answer.contentType }).end();
    } else {
      const call = { pathTexts: match.pathTexts, query, request, response, caller };
      const reply = await match.route.reply(services, call);
      if (reply !== undefined && !response.destroyed) {
        const bytes = Buffer.from(reply.body, "utf8");
        this.settings.unsent.hold(caller, response, bytes.length);
        send(request, response, reply, bytes);
      }
    }
  }

  #limit(caller: string, cost: number): void {
    const seconds = cost === 0 ? 0 : (this.settings.limiter?.take(caller, cost) ?? 0);
    if (seconds > 0) {
      this.settings.services.metrics.rateLimited();
      const detail = `Too many requests: wait ${seconds} seconds.`;
      throw new Problem(429, detail, undefined, { "retry-after": String(seconds) });
    }
  }

  #setCommonHeaders(response: ServerResponse): void {
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    response.setHeader("content-security-policy", DATA_SECURITY_POLICY);
    response.setHeader("cache-control", "no-cache");
    if (this.settings.cors) {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-expose-headers", "Retry-After");
    }
  }

  #preflight(allow: string): Record<string, string> {
    return this.settings.cors
      ? {
          "access-control-allow-methods": allow,
          "access-control-allow-headers": "Content-Type, Last-Event-ID",
          "access-control-max-age": "86400",
        }
      : {};
  }

  #fail(request: IncomingMessage, response: ServerResponse, route: string, error: unknown): void {
    const problem = asProblem(error);
    // Who hangs up in the middle of a request is no fault of ours.
    if (problem.status === 500 && !response.destroyed) {
      logError(route, error);
    }
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.headers)) {
      response.setHeader(name, value);
    }
    const body = JSON.stringify(problem.body());
    const reply = { status: problem.status, contentType: "application/problem+json; charset=utf-8" };
    send(request, response, reply, Buffer.from(body, "utf8"));
  }
}

/** What went wrong, for the caller: our own sentences as they are, and of everything else nothing. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  if (error instanceof NothingIndexedError) return new Problem(503, error.message, undefined, { "Retry-After": "2" });
  return error instanceof InvalidInputError
    ? new Problem(400, error.message)
    : new Problem(500, "The service failed to answer: it was logged. Try again later.");
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf("?");
  const raw = mark === -1 ? url : url.slice(0, mark);
  // An encoded slash or dot stays one: it is part of a name, and no route has such a name.
  if (!/^\/[\x21-\x7e]*$/.test(raw)) {
    throw new Problem(400, "The address is not a path.");
  }
  return { path: raw, query: new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1)) };
}

/** What is never a place inside the explorer: a mistyped address of the API must not answer a page. */
function isReserved(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

function send(request: IncomingMessage, response: ServerResponse, reply: Omit<Reply, "body">, bytes: Buffer): void {
  response.writeHead(reply.status, { "content-type": reply.contentType, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: StaticFile): void {
  response.setHeader("content-security-policy", PAGE_SECURITY_POLICY);
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("etag", file.etag);
  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(file.etag) === true) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { "content-type": file.contentType, "content-length": file.bytes.length });
  response.end(request.method === "HEAD" ? undefined : file.bytes);
}

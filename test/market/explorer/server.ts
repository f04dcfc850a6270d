import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

import type { Page, TimelineEntry } from "../../../sdk/discovery/model";
import * as data from "./data";

/*
 * Serves the explorer as the index does: the same files under the same headers, and the API's answers from test data.
 */

const EXPLORER = join(__dirname, "../../../market/explorer");
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export class ExplorerServer {
  /** Every API request so far, path and query. */
  readonly requests: string[] = [];
  /** What a test wants answered otherwise, by path. */
  readonly answers = new Map<string, unknown>();
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const answered = url.pathname.startsWith("/api/") ? this.#api(url, response) : this.#file(url.pathname, response);
      answered.catch(() => response.destroy());
    });
  }

  static async start(): Promise<ExplorerServer> {
    const self = new ExplorerServer();
    await new Promise<void>((resolve) => self.#server.listen(0, "127.0.0.1", resolve));
    return self;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  send(entry: TimelineEntry): void {
    for (const stream of this.#streams) {
      stream.write(`id: ${entry.block}-${entry.logIndex}\ndata: ${JSON.stringify(entry)}\n\n`);
    }
  }

  /** Tells that the chain was reorganised from a block on. */
  reorganise(block: number): void {
    for (const stream of this.#streams) stream.write(`event: reorg\ndata: {"block":${block}}\n\n`);
  }

  /** Ends all event streams, as a server that restarts does. */
  interrupt(): void {
    for (const stream of this.#streams) stream.end();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = path.startsWith("/assets/") ? path : "/index.html";
    if (file.includes("..")) throw new Error("a path outside the explorer");
    const content = await readFile(join(EXPLORER, file)).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy": CSP,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    response.end(content);
  }

  async #api(url: URL, response: ServerResponse): Promise<void> {
    await Promise.resolve();
    const path = url.pathname.slice("/api/v1".length);
    this.requests.push(path + url.search);
    if (path === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write("retry: 100\n\n");
      this.#streams.add(response);
      response.on("close", () => this.#streams.delete(response));
      return;
    }
    const answer = this.answers.has(path) ? this.answers.get(path) : answerTo(path, url.searchParams);
    if (answer instanceof Error || answer === undefined) {
      const status = answer === undefined ? 404 : 500;
      response.writeHead(status, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ status, title: "Not so", detail: answer?.message ?? "There is no such thing." }));
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  }
}

function answerTo(path: string, query: URLSearchParams): unknown {
  const [, collection = "", id, part] = path.split("/");
  if (path === "/status") return data.status;
  if (path === "/overview") return data.overview;
  if (path === "/agents") {
    const weights = Object.fromEntries(
      [...query].flatMap(([name, value]) => (name.startsWith("weight.") ? [[name.slice(7), Number(value)]] : [])),
    ) as Record<string, number>;
    return paged(data.results(weights, query.get("text") ?? ""), query);
  }
  if (path === "/jobs") {
    const status = query.get("status");
    const agentId = query.get("agentId");
    const found = data.jobs
      .filter((job) => status === null || job.status === status)
      .filter((job) => agentId === null || job.providerAgentId === agentId || job.clientAgentId === agentId);
    return paged(found, query);
  }
  if (collection === "jobs") return [data.disputedJob, data.runningJob].find(({ jobId }) => jobId === id);
  const agent = data.agents.find(({ agentId }) => agentId === id);
  if (collection !== "agents" || agent === undefined) return undefined;
  if (part === "file") return { name: agent.name, description: agent.description };
  if (part === "feedback")
    return paged(
      data.feedback.filter(({ agentId }) => agentId === id),
      query,
    );
  return agent;
}

function paged<T>(all: T[], query: URLSearchParams): Page<T> {
  const from = Number(query.get("cursor") ?? "0");
  const limit = Number(query.get("limit") ?? "20");
  const next = from + limit < all.length ? { next: String(from + limit) } : {};
  return { items: all.slice(from, from + limit), ...next, block: data.status.block.number };
}

import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

import type { MarketServer, MarketServerSettings } from "../../../market/http/server";
import { createMarketServer } from "../../../market/http/server";
import { MemoryReader } from "./MemoryReader";
import {
  graphAgent,
  graphFeedback,
  graphResponse,
  sampleAgent,
  sampleEvent,
  sampleFeedback,
  sampleFile,
  sampleJob,
} from "./samples";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: () => Record<string, unknown>;
}

/** A market of three agents and one job, in memory. */
export function filledReader(): MemoryReader {
  const reader = new MemoryReader();
  reader.agents = ["1", "2", "3"].map((agentId) => sampleAgent(agentId));
  reader.files.set("1", sampleFile("1"));
  reader.jobDetails = [sampleJob("7")];
  reader.feedbackRows = [sampleFeedback("1", 1), sampleFeedback("1", 2, { revoked: true })];
  reader.timeline = [sampleEvent(110, 3)];
  const first = graphFeedback("1", 1);
  reader.rows = {
    Agent: ["1", "2", "3"].map((agentId) => graphAgent(agentId, agentId === "1" ? { totalFeedback: 2 } : {})),
    Feedback: [first, graphFeedback("1", 2, { tag1: "", tag2: "speed", value: "20" })],
    FeedbackResponse: [graphResponse(first, 1)],
    AgentMetadata: [
      { key: "1:colour", agentId: "1", metadataKey: "colour", value: "0x626c7565", updatedAt: 1_700_000_050 },
    ],
  };
  return reader;
}

export interface Service {
  reader: MemoryReader;
  server: MarketServer;
  url: string;
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  send: (method: string, path: string, headers?: Record<string, string>, body?: string) => Promise<Answer>;
  graphql: (query: string, variables?: Record<string, unknown>) => Promise<Record<string, unknown>>;
  close: () => Promise<void>;
}

/** The service on a free port of this machine. */
export async function startService(settings: Partial<MarketServerSettings> = {}): Promise<Service> {
  const reader = filledReader();
  const server = createMarketServer({ reader, graph: reader, rateLimit: null, ...settings });
  const url = await server.listen(0);
  const send: Service["send"] = (method, path, headers = {}, body) => {
    return new Promise((resolve, reject) => {
      // Not fetch, which tidies paths before it sends them.
      const { hostname, port } = new URL(url);
      const call = request({ hostname, port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const json = () => JSON.parse(text) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      });
      call.on("error", reject);
      call.end(body);
    });
  };
  return {
    reader,
    server,
    url,
    send,
    get: (path, headers) => send("GET", path, headers),
    graphql: async (query, variables) => {
      const body = JSON.stringify({ query, variables });
      return (await send("POST", "/graphql", { "content-type": "application/json" }, body)).json();
    },
    close: () => server.close(0),
  };
}

/** Sends bytes as they are, and answers all that came back until the other side hung up. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (chunk) => (received += chunk.toString("utf8")));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(received);
    });
  });
}

/** Waits until something is so, or says what it waited for. Patient, because other tests compete for the cores. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  milliseconds = 60_000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await isSo())) {
    if (performance.now() > end) {
      throw new Error(`Waited ${milliseconds} ms in vain: ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

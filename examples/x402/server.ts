import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import type { FacilitatorClient, HTTPAdapter } from "@x402/core/server";
import { x402HTTPResourceServer, x402ResourceServer } from "@x402/core/server";
import type { Network } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/server";

import { canonicalJson } from "../../sdk/canonicalJson";
import { parseJobContract } from "../../sdk/terms";
import { doWork } from "../workers/work";

/** What the server sells: profiles of these public data sets, see ../jobs. */
export const DATASETS = ["seattle-weather", "birdstrikes", "airports"] as const;

/** What a profile costs, in base units of an ERC-3009 token whose EIP-712 domain has this name and version. */
export interface Price {
  readonly network: Network;
  readonly asset: string;
  readonly amount: bigint;
  readonly name: string;
  readonly version: string;
  readonly payTo: string;
}

/** Starts a server that answers `GET /profiles/NAME` to whoever has paid for it. */
export async function startServer(
  facilitator: FacilitatorClient,
  price: Price,
): Promise<{ url: string; server: Server }> {
  const { network, asset, amount, name, version, payTo } = price;
  const paid = new x402HTTPResourceServer(
    new x402ResourceServer(facilitator).register(network, new ExactEvmScheme()),
    Object.fromEntries(
      DATASETS.map((dataset) => [
        `GET /profiles/${dataset}`,
        {
          accepts: {
            scheme: "exact",
            network,
            payTo,
            price: { asset, amount: amount.toString(), extra: { name, version } },
            maxTimeoutSeconds: 120,
          },
          description: `A profile of every column of ${dataset}`,
          mimeType: "application/json",
        },
      ]),
    ),
  );
  await paid.initialize();
  const server = createServer((request, response) => {
    answer(paid, request, response).catch((error: unknown) => {
      console.error(error);
      send(response, 500, {}, { error: "the server failed" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function answer(paid: x402HTTPResourceServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const context = { adapter: adapterOf(request, url), path: url.pathname, method: request.method ?? "GET" };
  const result = await paid.processHTTPRequest(context);
  if (result.type === "no-payment-required") {
    send(response, 404, {}, { error: "there is nothing here" });
    return;
  }
  if (result.type === "payment-error") {
    send(response, result.response.status, result.response.headers, result.response.body);
    return;
  }
  // The payment is good and the work comes first: who pays and gets nothing would be worse off than who works unpaid.
  const report = canonicalJson(profileOf(url.pathname.split("/").at(-1) ?? ""));
  const settled = await paid.processSettlement(
    result.paymentPayload,
    result.paymentRequirements,
    result.declaredExtensions,
    { request: context, responseBody: Buffer.from(report) },
  );
  if (settled.success) send(response, 200, settled.headers, report);
  else send(response, settled.response.status, settled.response.headers, settled.response.body);
}

function profileOf(dataset: string): object {
  const path = join(__dirname, "..", "jobs", `profile-${dataset}.json`);
  return doWork(parseJobContract(readFileSync(path, "utf8"), path));
}

/** What the package has to know of a request of Node's own HTTP server. */
function adapterOf(request: IncomingMessage, url: URL): HTTPAdapter {
  const header = (name: string) => {
    const value = request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  return {
    getHeader: header,
    getMethod: () => request.method ?? "GET",
    getPath: () => url.pathname,
    getUrl: () => url.href,
    getAcceptHeader: () => header("accept") ?? "",
    getUserAgent: () => header("user-agent") ?? "",
  };
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

import { lookup } from "node:dns/promises";
import type { LookupAddress } from "node:dns";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { isPublicAddress } from "./addresses";

/** Bounds for fetching what a stranger's URL leads to. */
export interface FetchBounds {
  maxBytes: number;
  /** Milliseconds for everything, redirects included. */
  timeout: number;
  maxRedirects: number;
  /** For local development: `http:` and addresses that are not public. */
  allowLocal: boolean;
  /** Finds a host's addresses; the system's resolver by default. */
  resolve?: (host: string) => Promise<LookupAddress[]>;
}

/** The file could not be had now; it may be there later. */
export class FetchFailedError extends Error {
  override readonly name = "FetchFailedError";
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches a file by GET, without cookies or credentials. Each host is resolved once, all its addresses are checked, and
 * the connection goes to one of those: a name that resolves differently the second time gains nothing. Redirects are
 * checked in the same way.
 */
export async function fetchBounded(url: string, bounds: FetchBounds): Promise<Buffer> {
  const signal = AbortSignal.timeout(bounds.timeout);
  try {
    let current = url;
    for (let hop = 0; hop <= bounds.maxRedirects; ++hop) {
      const response = await open(checkedUrl(current, bounds), bounds, signal);
      const { statusCode = 0, headers } = response;
      if (!REDIRECTS.has(statusCode)) {
        if (statusCode === 200) return await readBounded(response, bounds.maxBytes);
        response.destroy();
        throw new FetchFailedError(`its server answered with HTTP status ${statusCode}.`);
      }
      response.destroy();
      if (headers.location === undefined || !URL.canParse(headers.location, current)) {
        throw new FetchFailedError("its server redirects to nowhere.");
      }
      current = new URL(headers.location, current).href;
    }
    throw new FetchFailedError(`its server redirects more than ${bounds.maxRedirects} times.`);
  } catch (error) {
    if (error instanceof FetchFailedError || error instanceof InvalidInputError) throw error;
    if (signal.aborted) throw new FetchFailedError(`its server did not deliver it in ${bounds.timeout} ms.`);
    throw new FetchFailedError("its server cannot be reached, or broke off.");
  }
}

function checkedUrl(text: string, { allowLocal }: FetchBounds): URL {
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowLocal && url.protocol === "http:")) {
    throw new InvalidInputError(`it is at ${url.protocol}, which is not fetched: only https: is.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new InvalidInputError("its URL carries a user name or password: publish it without.");
  }
  return url;
}

/** What is sent, where it is more than a GET. */
export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** Connects to one of the host's addresses, once all of them are known to be public. */
export async function open(
  url: URL,
  bounds: Pick<FetchBounds, "allowLocal" | "resolve">,
  signal: AbortSignal,
  { method, headers, body }: Sent = { method: "GET", headers: { accept: "application/json" } },
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, bounds, signal);
  const refused = bounds.allowLocal ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused !== undefined) {
    throw new InvalidInputError("its server has an address that is not public, which is not asked.");
  }
  const [pinned] = addresses;
  if (pinned === undefined) throw new FetchFailedError("its server's name has no address.");
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const sent = request(url, {
      signal,
      agent: false,
      method,
      headers: { ...headers, "accept-encoding": "identity", "user-agent": "agent-market-index" },
      lookup: (_host, options, callback) => {
        if (options.all === true) callback(null, [pinned]);
        else callback(null, pinned.address, pinned.family);
      },
    });
    sent.once("response", resolve);
    // Not once: what comes after the first error would end the process.
    sent.on("error", reject);
    // A server that switches protocols (status 101) ends the request without an answer and without an error.
    sent.once("close", () => {
      reject(new Error("closed"));
    });
    sent.end(body);
  });
}

async function addressesOf(
  host: string,
  { resolve }: Pick<FetchBounds, "resolve">,
  signal: AbortSignal,
): Promise<LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const asked = (resolve ?? ((name) => lookup(name, { all: true })))(host);
  asked.catch(() => undefined);
  return await Promise.race([
    asked,
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        reject(new Error("too late"));
      });
    }),
  ]);
}

async function readBounded(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new InvalidInputError(`it is longer than ${maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import { join } from "node:path";

import { openIndex, openReader } from "../market/openIndex";
import type { ServedIndex } from "../market/serveMarket";
import { serveMarket } from "../market/serveMarket";
import { marketAddresses } from "../sdk/addresses";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { Network } from "../sdk/networks";
import { networkByName } from "../sdk/networks";
import type { Values } from "./lib/command";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { NETWORK_OPTION, env } from "./lib/session";

const EXPLORER = join(__dirname, "..", "market", "explorer");

const OPTIONS = {
  ...NETWORK_OPTION,
  database: { value: "FILE", help: "The index: a file. A PostgreSQL's address comes from MARKET_DATABASE instead." },
  "read-only": { help: "Answer from an index that another process fills." },
  evaluators: { value: "LIST", default: "", help: "OptimisticEvaluators to follow, by commas." },
  courts: { value: "LIST", default: "", help: "Courts to follow, by commas." },
  "start-block": { value: "NUMBER", default: "0", help: "The first block to read, not after the deployment." },
  "ipfs-gateway": { value: "URL", help: "Resolves ipfs: files; without it they stay unresolved." },
  port: { value: "NUMBER", default: "8645", help: "The port to answer at." },
  host: { value: "ADDRESS", default: "127.0.0.1", help: "The address to answer at; by default this machine only." },
  "trusted-proxies": { value: "NUMBER", default: "0", help: "Reverse proxies in front." },
  "rate-limit": { value: "NUMBER", default: "600", help: "Requests a minute for each caller; 0 for no limit." },
} as const;

void runCommand({
  name: "serve",
  summary: "Follow the market's contracts, and serve the index, its API and the explorer page over HTTP.",
  options: OPTIONS,
  example: "--network localhost --evaluators $OPTIMISTIC_EVALUATOR --courts $COURT",
  run: async (values) => {
    const rateLimit = whole(values["rate-limit"], "--rate-limit", 1_000_000);
    const settings = {
      port: whole(values.port, "--port", 65_535),
      host: values.host,
      trustedProxies: whole(values["trusted-proxies"], "--trusted-proxies", 10),
      rateLimit: rateLimit === 0 ? null : rateLimit,
      explorer: EXPLORER,
    };
    const market = await serveMarket(settings, await open(values));
    console.error(`The market is at ${market.url} (its API at ${market.url}/api/v1/openapi.json). Ctrl-C stops it.`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void market.stop());
    await market.following;
    return undefined;
  },
});

async function open(values: Values<typeof OPTIONS>): Promise<ServedIndex> {
  const network = networkByName(values.network);
  const database = values.database ?? env("MARKET_DATABASE") ?? "market.db";
  if (values["read-only"]) {
    const { reader, graph, close } = await openReader(database);
    return { reader, graph, stop: close };
  }
  const { registry, ledger, escrow } = marketAddresses(network.chainId);
  return openIndex({
    database,
    rpc: endpointOf(network),
    contracts: {
      registry,
      ledger,
      escrow,
      evaluators: addresses(values.evaluators, "--evaluators"),
      courts: addresses(values.courts, "--courts"),
    },
    startBlock: whole(values["start-block"], "--start-block", Number.MAX_SAFE_INTEGER),
    files: {
      ...(values["ipfs-gateway"] === undefined ? {} : { ipfsGateway: values["ipfs-gateway"] }),
      // Agents of a local chain serve their files from this machine.
      allowLocal: network.name === "localhost",
    },
    onNotice: (notice) => {
      console.error(`index: ${notice}`);
    },
    onProblem: (problem) => {
      console.error(`index: ${problem}`);
    },
  });
}

function endpointOf(network: Network): string {
  const url = env(network.rpcUrlVariable) ?? network.rpcUrl;
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new InvalidInputError(`${network.title} needs an endpoint: set ${network.rpcUrlVariable} to an http(s) URL.`);
  }
  return url;
}

function whole(text: string, option: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value <= most)) throw new InvalidInputError(`${option} must be a whole number up to ${most}.`);
  return value;
}

function addresses(text: string, option: string): string[] {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "").map((entry) => parseAddress(entry, option));
}

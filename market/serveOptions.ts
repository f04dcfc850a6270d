import { parseArgs } from "node:util";

import { marketAddresses } from "../sdk/addresses";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { networkByName } from "../sdk/networks";
import { checkedAddress } from "../sdk/checksum";

/** What `market/serve.ts` is told, by flags first and by the environment where a flag is absent. */
export interface ServeOptions {
  database: string;
  /** Answers from an index that another process fills. */
  readOnly: boolean;
  rpcUrl: string;
  contracts: { registry: string; ledger: string; escrow: string; evaluators: string[]; courts: string[] };
  startBlock?: number;
  ipfsGateway?: string;
  port: number;
  host: string;
  trustedProxies: number;
  /** Requests a minute for each caller; null for no limit. */
  rateLimit: number | null;
  explorer?: string;
}

interface Flag {
  readonly value: string;
  readonly variable?: string;
  readonly help: string;
}

/** `--flag VALUE`, the variable that stands for it, and what it says in `--help`. */
const FLAGS = {
  network: {
    value: "NAME",
    variable: "MARKET_NETWORK",
    help: "Network whose contracts to follow; localhost if absent.",
  },
  database: { value: "FILE|URL", variable: "MARKET_DATABASE", help: "A file, or postgres://…; market.db if absent." },
  rpc: { value: "URL", variable: "MARKET_RPC_URL", help: "JSON-RPC endpoint; the network's own if absent." },
  evaluators: { value: "LIST", variable: "MARKET_EVALUATORS", help: "Addresses of evaluators to follow, by commas." },
  courts: { value: "LIST", variable: "MARKET_COURTS", help: "Addresses of courts to follow, by commas." },
  "start-block": {
    value: "NUMBER",
    variable: "MARKET_START_BLOCK",
    help: "First block to read, not after the deployment.",
  },
  "ipfs-gateway": {
    value: "URL",
    variable: "MARKET_IPFS_GATEWAY",
    help: "Resolves ipfs: files; without it they stay unresolved.",
  },
  port: { value: "NUMBER", variable: "MARKET_PORT", help: "Port to answer at; 8645 if absent." },
  host: {
    value: "ADDRESS",
    variable: "MARKET_HOST",
    help: "Address to answer at; 127.0.0.1 if absent: this machine only.",
  },
  "trusted-proxies": {
    value: "NUMBER",
    variable: "MARKET_TRUSTED_PROXIES",
    help: "Reverse proxies in front; 0 if absent.",
  },
  "rate-limit": {
    value: "NUMBER",
    variable: "MARKET_RATE_LIMIT",
    help: "Requests a minute for a caller; 600 if absent, 0 for none.",
  },
  explorer: { value: "FOLDER", variable: "MARKET_EXPLORER", help: "Static files to serve at /." },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof FLAGS;

/** What the command prints for `--help`. */
export function serveHelp(): string {
  const lines = Object.entries(FLAGS).map(
    ([name, { value, variable, help }]) => `  --${`${name} ${value}`.padEnd(24)} ${help} (${variable})`,
  );
  return [
    "Follows the market's contracts and answers over HTTP.",
    "",
    ...lines,
    `  --${"read-only".padEnd(24)} Answer from an index that another process fills. (MARKET_READ_ONLY=true)`,
  ].join("\n");
}

/** Reads the command line and the environment; undefined if help was asked for. */
export function readServeOptions(args: readonly string[], env: NodeJS.ProcessEnv): ServeOptions | undefined {
  const flags = parseFlags(args);
  if (flags.help === true) {
    return undefined;
  }
  const given = (name: FlagName): string | undefined => {
    const value = (flags[name] as string | undefined) ?? env[FLAGS[name].variable]?.trim();
    return value === "" ? undefined : value;
  };
  const network = networkByName(given("network") ?? "localhost");
  const rpcUrl = given("rpc") ?? env[network.rpcUrlVariable]?.trim() ?? network.rpcUrl;
  if (rpcUrl === undefined || rpcUrl === "") {
    throw new InvalidInputError(`${network.title} has no public endpoint: give --rpc or ${network.rpcUrlVariable}.`);
  }
  const { registry, ledger, escrow } = marketAddresses(network.chainId);
  const startBlock = whole(given("start-block"), "start-block", Number.MAX_SAFE_INTEGER);
  const ipfsGateway = given("ipfs-gateway");
  const explorer = given("explorer");
  const rateLimit = whole(given("rate-limit"), "rate-limit", 1_000_000) ?? 600;
  return {
    database: given("database") ?? "market.db",
    readOnly: flags["read-only"] === true || env.MARKET_READ_ONLY === "true",
    rpcUrl: checkedUrl(rpcUrl, "rpc"),
    contracts: {
      registry,
      ledger,
      escrow,
      evaluators: addresses(given("evaluators"), "evaluators"),
      courts: addresses(given("courts"), "courts"),
    },
    ...(startBlock === undefined ? {} : { startBlock }),
    ...(ipfsGateway === undefined ? {} : { ipfsGateway: checkedUrl(ipfsGateway, "ipfs-gateway") }),
    port: whole(given("port"), "port", 65_535) ?? 8645,
    host: given("host") ?? "127.0.0.1",
    trustedProxies: whole(given("trusted-proxies"), "trusted-proxies", 10) ?? 0,
    rateLimit: rateLimit === 0 ? null : rateLimit,
    ...(explorer === undefined ? {} : { explorer }),
  };
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: "string" as const }]));
  const switches = { "read-only": { type: "boolean" as const }, help: { type: "boolean" as const } };
  try {
    return parseArgs({ args: [...args], options: { ...options, ...switches } }).values;
  } catch (error) {
    throw new InvalidInputError(`${(error as Error).message.split(".")[0] ?? ""}: --help lists the flags.`);
  }
}

function whole(text: string | undefined, flag: string, most: number): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value <= most)) {
    throw new InvalidInputError(`--${flag} must be a whole number up to ${most}.`);
  }
  return value;
}

function addresses(text: string | undefined, flag: string): string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map((one) => checkedAddress(one, `--${flag}`));
}

function checkedUrl(text: string, flag: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidInputError(`--${flag} must be an address that begins with http:// or https://.`);
  }
  return text;
}

import { resolve } from "node:path";

import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

import { publicFetch } from "../market/files/publicFetch";
import { SpendLedger } from "../market/mcp/ledger";
import { createMcpServer } from "../market/mcp/server";
import { connectAgentMarket } from "../sdk/client";
import { connectIndex } from "../sdk/discovery/client";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseAmount, parseDuration } from "../sdk/units";
import { parsePolicy } from "../sdk/walletPolicy";
import { runCommand } from "./lib/command";
import { parseAddress, readText } from "./lib/input";
import type { Session } from "./lib/session";
import { CHAIN_OPTIONS, openSession, readToken, walletFrom } from "./lib/session";

void runCommand({
  name: "mcp",
  summary:
    "Serve the market to an AI agent over MCP, on stdin and stdout. Reads only, unless given a key, a cap and a ledger.",
  options: {
    index: { value: "URL", default: "http://127.0.0.1:8645", help: "The index to search." },
    "key-env": { value: "NAME", help: "The variable that holds the account's private key. Without it, only reading." },
    spend: { value: "AMOUNT", help: "With a key: the most that may be spent in the window, such as 25." },
    token: { value: "ADDRESS", help: "With a key: the token that it is an amount of. No other can be spent." },
    window: { value: "DURATION", default: "1d", help: "The time over which spending adds up; it rolls." },
    ledger: {
      value: "FILE",
      help: "With a key: where writes and spending are remembered. Keep it; servers may share it.",
    },
    wallet: { value: "ADDRESS", help: "Act from this AgentWallet, inside the policy of the key." },
    policy: { value: "FILE", help: "The policy, if it is not to be found from the wallet's events." },
    ...CHAIN_OPTIONS,
  },
  example: "--index http://127.0.0.1:8645 --key-env AGENT_KEY --spend 25 --token 0x… --ledger ./mcp-ledger.json",
  run: async (values) => {
    const index = connectIndex(values.index);
    const { spend, token, ledger: path, wallet, "key-env": keyVariable } = values;
    if (keyVariable === undefined) {
      if (spend !== undefined || token !== undefined || path !== undefined || wallet !== undefined) {
        throw new InvalidInputError("--spend, --token, --ledger and --wallet belong to a key: add --key-env.");
      }
      const { chain, market } = await openSession(values);
      return serve(
        createMcpServer({ index, client: connectAgentMarket({ runner: chain, addresses: market.addresses }) }),
      );
    }
    const key = walletFrom(keyVariable);
    if (spend === undefined || token === undefined || path === undefined) {
      throw new InvalidInputError("a server with a key needs --spend, --token and --ledger, so that it has a bound.");
    }
    const session = await openSession(values);
    const { addresses } = session.market;
    const address = wallet === undefined ? undefined : parseAddress(wallet, "--wallet");
    const policy =
      values.policy === undefined ? undefined : parsePolicy(readText(values.policy, "--policy"), values.policy).policy;
    const client = connectAgentMarket({
      runner: key.connect(session.chain),
      addresses,
      ...(address === undefined ? {} : { wallet: { address, ...(policy === undefined ? {} : { policy }) } }),
    });
    const window = Number(parseDuration(values.window));
    if (window === 0) throw new InvalidInputError("--window must be more than 0: nothing would add up.");
    const ledger = new SpendLedger(resolve(path), { tokens: await capOf(session, spend, token), window });
    // On a local chain agents serve from this machine; anywhere else their endpoints may lead to no private address.
    const http = session.network.name === "localhost" ? { allowHttp: true } : { fetch: publicFetch() };
    const account = address ?? key.address;
    return serve(createMcpServer({ index, client, account, ledger, http }));
  },
});

async function capOf(session: Session, spend: string, token: string): Promise<Map<string, bigint>> {
  const { address, decimals } = await readToken(session, parseAddress(token, "--token"));
  return new Map([[address.toLowerCase(), parseAmount(spend, decimals)]]);
}

/** Until the other side closes its end. */
async function serve(server: ReturnType<typeof createMcpServer>): Promise<undefined> {
  await server.connect(new StdioServerTransport());
  return undefined;
}

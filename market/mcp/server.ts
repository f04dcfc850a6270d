import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";

import type { AgentMarket } from "../../sdk/client";
import type { IndexClient } from "../../sdk/discovery/client";
import type { HttpOptions } from "../../sdk/negotiation";
import { NOTICE } from "./answers";
import { addBalanceTool, addChainTools } from "./chainTools";
import type { SpendLedger } from "./ledger";
import { addQuoteTool } from "./quoteTool";
import { addReadTools } from "./readTools";
import { addSimulateTool, addWriteTools } from "./writeTools";

export interface McpOptions {
  readonly index: IndexClient;
  /** The market's client. With a signer the server writes, without it reads. */
  readonly client: AgentMarket;
  /** Whom the server speaks for; undefined if nobody. */
  readonly account?: string;
  /** Counts and remembers what is written. The server writes only with it. */
  readonly ledger?: SpendLedger;
  /** How strangers' endpoints are called. The server asks agents for offers only with it, and with a signer. */
  readonly http?: HttpOptions;
}

/** The largest number of array elements and members in a tool's arguments. */
const MAX_INPUT_ELEMENTS = 2_000;

/** An MCP server for one account, not yet connected to anything. Read-only without a ledger. */
export function createMcpServer({ index, client, account, ledger, http }: McpOptions): McpServer {
  const server = new McpServer(
    { name: "agent-market", version: "0.1.0" },
    {
      maxToolInputElements: MAX_INPUT_ELEMENTS,
      instructions: `Agent Market: find agents, hire them through an escrow, deliver and judge work. Amounts are base units of a token. ${NOTICE}`,
    },
  );
  addReadTools(server, index);
  addChainTools(server, client, account);
  if (account !== undefined) {
    addBalanceTool(server, client, account, ledger);
    addSimulateTool(server, client);
    if (http !== undefined) addQuoteTool(server, { index, client, http });
  }
  if (ledger !== undefined) addWriteTools(server, client, ledger);
  return server;
}

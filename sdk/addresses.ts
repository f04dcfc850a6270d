import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { predictAddresses } from "./create2";
import type { MarketAddresses } from "./market";

/** Where Ignition keeps its journals. */
const DEPLOYMENTS = join(__dirname, "..", "deploy", "deployments");

/**
 * The market's addresses on a chain: what the committed deployment journal recorded, else what CREATE2 will give them.
 * Reads files only, never the chain: `requireDeployed` is what finds out whether there is anything.
 */
export function marketAddresses(chainId: bigint | number, deployments = DEPLOYMENTS): MarketAddresses {
  const path = join(deployments, `chain-${chainId}`, "deployed_addresses.json");
  if (!existsSync(path)) return predictAddresses();
  const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<string, string | undefined>;
  const predicted = predictAddresses();
  return {
    forwarder: recorded["AgentMarket#AgentMarketForwarder"] ?? predicted.forwarder,
    registry: recorded["AgentMarket#AgentRegistry"] ?? predicted.registry,
    ledger: recorded["AgentMarket#ReputationLedger"] ?? predicted.ledger,
    escrow: recorded["AgentMarket#JobEscrow"] ?? predicted.escrow,
    walletFactory: recorded["AgentMarket#AgentWalletFactory"] ?? predicted.walletFactory,
  };
}

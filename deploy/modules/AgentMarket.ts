import { buildModule } from "@nomicfoundation/ignition-core";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  JobEscrow__factory,
  ReputationLedger__factory,
} from "../../typechain-types";
import { artifactOf } from "./artifact";

export { PERMIT2_ADDRESS };

/**
 * The market: a forwarder, the identity registry, the ledger over it, and the escrow over the ledger. Nothing has an
 * owner and nothing is set up afterwards, so that the four deployments are all there is.
 * Built from the committed bindings, so that deploying needs no compiler.
 */
export const AgentMarketModule = buildModule("AgentMarket", (m) => {
  const permit2 = m.getParameter("permit2", PERMIT2_ADDRESS);
  const forwarder = m.contract(
    "AgentMarketForwarder",
    artifactOf("AgentMarketForwarder", AgentMarketForwarder__factory),
  );
  const registry = m.contract("AgentRegistry", artifactOf("AgentRegistry", AgentRegistry__factory), [forwarder]);
  const ledger = m.contract("ReputationLedger", artifactOf("ReputationLedger", ReputationLedger__factory), [
    forwarder,
    registry,
  ]);
  const escrow = m.contract("JobEscrow", artifactOf("JobEscrow", JobEscrow__factory), [forwarder, ledger, permit2]);
  return { forwarder, registry, ledger, escrow };
});

export default AgentMarketModule;

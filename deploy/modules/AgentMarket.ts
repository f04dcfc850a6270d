import type { ArgumentType } from "@nomicfoundation/ignition-core";
import { buildModule } from "@nomicfoundation/ignition-core";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import type { MarketAddresses } from "../../sdk/market";
import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  JobEscrow__factory,
  ReputationLedger__factory,
} from "../../typechain-types";
import type { ContractFactoryClass } from "./artifact";
import { artifactOf } from "./artifact";

/**
 * The market: a forwarder, the identity registry, the ledger over it, and the escrow over the ledger. Nothing has an
 * owner and nothing is set up afterwards, so that the four deployments are all there is.
 * Built from the committed bindings, so that deploying needs no compiler.
 * @param existing What stands at its CREATE2 address already: anybody may have put it there, since the address only
 * allows this very code. CreateX refuses to deploy it again, so it is taken as it is.
 */
export function agentMarketModule(existing: Partial<MarketAddresses> = {}) {
  return buildModule("AgentMarket", (m) => {
    const permit2 = m.getParameter("permit2", PERMIT2_ADDRESS);
    const place = (
      address: string | undefined,
      name: string,
      factory: ContractFactoryClass,
      constructorArguments: ArgumentType[] = [],
    ) =>
      address === undefined
        ? m.contract(name, artifactOf(name, factory), constructorArguments)
        : m.contractAt(name, artifactOf(name, factory), address, { id: `Existing${name}` });

    const forwarder = place(existing.forwarder, "AgentMarketForwarder", AgentMarketForwarder__factory);
    const registry = place(existing.registry, "AgentRegistry", AgentRegistry__factory, [forwarder]);
    const ledger = place(existing.ledger, "ReputationLedger", ReputationLedger__factory, [forwarder, registry]);
    const escrow = place(existing.escrow, "JobEscrow", JobEscrow__factory, [forwarder, ledger, permit2]);
    return { forwarder, registry, ledger, escrow };
  });
}

/** The whole market, on a chain where none of it is. */
export const AgentMarketModule = agentMarketModule();

export default AgentMarketModule;

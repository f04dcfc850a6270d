import type { ArgumentType, ContractOptions } from "@nomicfoundation/ignition-core";
import { buildModule } from "@nomicfoundation/ignition-core";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import type { MarketAddresses } from "../../sdk/market";
import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  AgentWalletFactory__factory,
  JobEscrow__factory,
  ReputationLedger__factory,
} from "../../sdk/bindings";
import type { ContractFactoryClass } from "./artifact";
import { artifactOf } from "./artifact";

/**
 * The market: a forwarder, the identity registry, the ledger over it, the escrow over the ledger, and the factory of
 * agents' wallets. Nothing has an owner and nothing is set up afterwards, so that the five deployments are all there is.
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
      options: ContractOptions = {},
    ) =>
      address === undefined
        ? m.contract(name, artifactOf(name, factory), constructorArguments, options)
        : m.contractAt(name, artifactOf(name, factory), address, { id: `Existing${name}` });

    const forwarder = place(existing.forwarder, "AgentMarketForwarder", AgentMarketForwarder__factory);
    const registry = place(existing.registry, "AgentRegistry", AgentRegistry__factory, [forwarder]);
    const ledger = place(existing.ledger, "ReputationLedger", ReputationLedger__factory, [forwarder, registry]);
    const escrow = place(existing.escrow, "JobEscrow", JobEscrow__factory, [forwarder, ledger, permit2]);
    // One after the other, since gas is told by the order in which they are sent.
    const walletFactory = place(
      existing.walletFactory,
      "AgentWalletFactory",
      AgentWalletFactory__factory,
      [registry, ledger, forwarder, permit2],
      { after: [escrow] },
    );
    return { forwarder, registry, ledger, escrow, walletFactory };
  });
}

/** The whole market, on a chain where none of it is. */
export const AgentMarketModule = agentMarketModule();

export default AgentMarketModule;

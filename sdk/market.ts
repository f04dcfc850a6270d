import type { ContractRunner } from "ethers";

import type {
  AgentMarketForwarder,
  AgentRegistry,
  AgentWalletFactory,
  JobEscrow,
  ReputationLedger,
} from "../typechain-types";
import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  AgentWalletFactory__factory,
  JobEscrow__factory,
  ReputationLedger__factory,
} from "./bindings";
import { predictWalletFactory } from "./create2";
import { InvalidInputError } from "./InvalidInputError";

/** Where the market's contracts are on a chain. */
export interface MarketAddresses {
  readonly forwarder: string;
  readonly registry: string;
  readonly ledger: string;
  readonly escrow: string;
  readonly walletFactory: string;
}

/** The market's contracts, typed, through one runner: a provider reads, a signer also writes. */
export interface Market {
  readonly forwarder: AgentMarketForwarder;
  readonly registry: AgentRegistry;
  readonly ledger: ReputationLedger;
  readonly escrow: JobEscrow;
  readonly walletFactory: AgentWalletFactory;
  readonly addresses: MarketAddresses;
}

/** Typed handles on the market's contracts. Asks the chain nothing. */
export function connectMarket(runner: ContractRunner, addresses: MarketAddresses): Market {
  return {
    forwarder: AgentMarketForwarder__factory.connect(addresses.forwarder, runner),
    registry: AgentRegistry__factory.connect(addresses.registry, runner),
    ledger: ReputationLedger__factory.connect(addresses.ledger, runner),
    escrow: JobEscrow__factory.connect(addresses.escrow, runner),
    walletFactory: AgentWalletFactory__factory.connect(addresses.walletFactory, runner),
    addresses,
  };
}

/**
 * The market around an escrow, asked from the chain: for who knows nothing but the escrow's address. No contract knows
 * the wallet factory, so that one is where CREATE2 puts this version's factory for these contracts.
 */
export async function discoverMarket(runner: ContractRunner, escrow: string): Promise<Market> {
  const contract = JobEscrow__factory.connect(escrow, runner);
  const [ledger, registry, forwarder, permit2] = await Promise.all([
    contract.REPUTATION_LEDGER(),
    contract.AGENT_REGISTRY(),
    contract.trustedForwarder(),
    contract.PERMIT2(),
  ]);
  const walletFactory = predictWalletFactory({ registry, ledger, forwarder }, permit2);
  return connectMarket(runner, { forwarder, registry, ledger, escrow, walletFactory });
}

/**
 * Throws, in one sentence, if one of the addresses has no code on the runner's chain. What a caller does not need, such
 * as the wallet factory of an escrow's market, it leaves out.
 */
export async function requireDeployed(runner: ContractRunner, addresses: Partial<MarketAddresses>): Promise<void> {
  const chain = runner.provider;
  if (chain == null) throw new InvalidInputError("the runner has no connection to a chain.");
  for (const [name, address] of Object.entries(addresses) as [keyof MarketAddresses, string][]) {
    if ((await chain.getCode(address)) === "0x") {
      throw new InvalidInputError(
        `this chain has no ${name} at ${address}: deploy the market first, or name another escrow.`,
      );
    }
  }
}

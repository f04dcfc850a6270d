import type { MarketAddresses } from "./market";

/** The EIP-712 domain names of the market's contracts, all of version "1". The ledger signs nothing. */
export const EIP712_NAMES: Readonly<Record<Exclude<keyof MarketAddresses, "ledger">, string>> = {
  forwarder: "AgentMarketForwarder",
  registry: "ERC8004IdentityRegistry",
  escrow: "AgentMarketJobEscrow",
};

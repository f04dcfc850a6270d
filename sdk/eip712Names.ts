/** The EIP-712 domain names of the market's contracts, all of version "1". Ledger and wallet factory sign nothing. */
export const EIP712_NAMES = {
  forwarder: "AgentMarketForwarder",
  registry: "ERC8004IdentityRegistry",
  escrow: "AgentMarketJobEscrow",
  /** Of each wallet, in a domain of its own. */
  wallet: "AgentMarketWallet",
  /** Not a contract's: what is signed in a negotiation, beside offers, over the escrow that it is about. */
  negotiation: "AgentMarketNegotiation",
} as const;

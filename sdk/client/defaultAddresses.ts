import type { MarketAddresses } from "../market";

/**
 * Where this version of the market is on every chain that has it (CREATE2). Written out, because computing them takes
 * the contracts' bytecode, which no client should have to carry. A test holds them against `predictAddresses`;
 * scripts/refresh-docs.ts rewrites them.
 */
export const DEFAULT_ADDRESSES: MarketAddresses = {
  forwarder: "0x70744bad8F7926C27c78b9779c180732648eB52f",
  registry: "0x8668f36b99b1568281A7934579fC55f581fA9188",
  ledger: "0x5979827342cB9063F5fAe0C1e32fcE6dfd3fb34A",
  escrow: "0x6C5f6EeACd1d2F48b0aD26aBb6442f6B2922B532",
  walletFactory: "0xa84Fa1C3ab86a822D6A8D9675AF5912724E1E0cb",
};

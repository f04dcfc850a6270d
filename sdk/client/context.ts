import type { Provider, Signer } from "ethers";

import type { AgentWallet } from "../../typechain-types";
import type { Market } from "../market";
import { findGrant } from "../walletView";
import { MarketError } from "./MarketError";

/** What every verb works with. Built by `connectAgentMarket`. */
export interface Context {
  /** Reads through `chain`. */
  readonly market: Market;
  readonly chain: Provider;
  readonly signer: Signer | undefined;
  /** For simulations without a signer. */
  readonly readOnlyAccount: string | undefined;
  /** The AgentWallet that is acted from, if any; its policy, encoded, if it was given. */
  readonly wallet: { readonly contract: AgentWallet; readonly address: string; readonly policy?: string } | undefined;
  /** How many blocks a transaction has to be in before a write is done; 1 is its own. */
  readonly confirmations: number;
  readonly timeoutMs: number;
  readonly pollMs: number;
  /** The first block in which anything of this market can be. */
  readonly fromBlock: number;
  /** How many blocks to ask for at once, and how many times, where an endpoint refuses the whole way back. */
  readonly logRange: number;
  readonly logRanges: number;
  /** Hashes of what was sent and not yet seen on the chain, by the call. */
  readonly pending: Map<string, string>;
}

/** The account whose transactions are sent: the signer's. In a wallet's name, that is the wallet's key. */
export async function senderOf(ctx: Context): Promise<string> {
  if (ctx.signer !== undefined) return ctx.signer.getAddress();
  if (ctx.readOnlyAccount !== undefined) return ctx.readOnlyAccount;
  throw new MarketError(
    "NO_SIGNER",
    "this client only reads: connect it with a signer, or name the account to simulate for.",
  );
}

/** The party that acts: the wallet if there is one, else the signer's account. */
export async function accountOf(ctx: Context): Promise<string> {
  return ctx.wallet?.address ?? senderOf(ctx);
}

/** The signer, which some ways of paying and consenting need even to simulate. */
export function signerOf(ctx: Context): Signer {
  if (ctx.signer !== undefined) return ctx.signer;
  throw new MarketError("NO_SIGNER", "this needs a signature: connect the client with a signer.");
}

/** The policy that the key brings, encoded: the one that was given, or the one that the wallet's events tell. */
export async function policyOf(ctx: Context): Promise<string> {
  const { wallet } = ctx;
  if (wallet === undefined) {
    throw new MarketError("INVALID_INPUT", "this acts from an AgentWallet: connect the client with `wallet`.");
  }
  if (wallet.policy !== undefined) return wallet.policy;
  const key = await senderOf(ctx);
  const grant = await findGrant(wallet.contract, key, ctx.fromBlock);
  if (grant !== undefined) return grant.encoded;
  throw new MarketError("NOT_FOUND", `${key} has no policy in the wallet ${wallet.address}: let its owner grant one.`);
}

/** The chain's time in Unix seconds: its latest block's. */
export async function chainTime({ chain }: Pick<Context, "chain">): Promise<bigint> {
  const block = await chain.getBlock("latest");
  if (block === null) throw new MarketError("NETWORK", "the endpoint does not tell its latest block: try again.");
  return BigInt(block.timestamp);
}

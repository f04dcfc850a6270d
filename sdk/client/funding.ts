import { Contract, ZeroHash, isError } from "ethers";

import { ERC20Permit__factory, IERC20__factory } from "../bindings";
import type { FundingMethod } from "../enums";
import { isFromElsewhere } from "../errors";
import type { Offer } from "../offers";
import { InvalidInputError } from "../InvalidInputError";
import { readTokenDomain } from "../tokenDomain";
import type { Context } from "./context";
import { accountOf } from "./context";
import { MarketError } from "./MarketError";

const ERC3009_ABI = ["function authorizationState(address authorizer, bytes32 nonce) view returns (bool)"];

/** The party has the money, in the token or (zero) in the chain's coin. */
export async function requireBalance(ctx: Context, token: string, amount: bigint, purpose: string): Promise<void> {
  const account = await accountOf(ctx);
  const coin = /^0x0+$/.test(token);
  const balance = coin
    ? await ctx.chain.getBalance(account)
    : await IERC20__factory.connect(token, ctx.chain).balanceOf(account);
  if (balance >= amount) return;
  const unit = coin ? "wei" : `base units of the token ${token}`;
  throw new MarketError(
    "INSUFFICIENT_FUNDS",
    `${account} has ${balance} ${unit}, less than ${purpose} of ${amount}: send it the rest.`,
  );
}

/**
 * How "auto" pays, the first that is possible: from an allowance that is there; by ERC-3009 (one signature that binds
 * the job); by ERC-2612; through Permit2 if the client has allowed that; else by approving exactly the price. Without a
 * signer, and from an AgentWallet, only allowances are possible.
 */
export async function chooseFunding(
  ctx: Context,
  { token, amount }: Pick<Offer, "token" | "amount">,
): Promise<FundingMethod> {
  if (ctx.wallet !== undefined || ctx.signer === undefined) return "Allowance";
  const client = await accountOf(ctx);
  const erc20 = IERC20__factory.connect(token, ctx.chain);
  const { escrow } = ctx.market;
  if ((await erc20.allowance(client, escrow)) >= amount) return "Allowance";
  const signable = await answers(() => readTokenDomain(token, ctx.chain));
  if (signable) {
    const erc3009 = new Contract(token, ERC3009_ABI, ctx.chain);
    if (await answers(() => erc3009.getFunction("authorizationState").staticCall(client, ZeroHash)))
      return "Authorization";
    if (await answers(() => ERC20Permit__factory.connect(token, ctx.chain).nonces(client))) return "Permit";
  }
  return (await erc20.allowance(client, await escrow.PERMIT2())) >= amount ? "Permit2" : "Allowance";
}

/** Whether a token has what is asked. An endpoint that does not answer is another matter. */
async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError || isFromElsewhere(error) || isError(error, "BAD_DATA")) return false;
    throw error;
  }
}

import type { Signer } from "ethers";
import { Wallet, ZeroHash } from "ethers";

import { FundingMethod, nameOf } from "../../enums";
import { fundBy, requireAcceptable, requireTerms, requireUsableOffer } from "../../hiring";
import type { Acceptance, AcceptanceTerms, Offer } from "../../offers";
import { jobIdOf, makeAcceptanceTerms, offerDomain, offerHash } from "../../offers";
import type { SignedOffer } from "../../signedOffer";
import type { JobContract } from "../../terms";
import { randomSalt } from "../../terms";
import type { Context } from "../context";
import { accountOf, chainTime, signerOf } from "../context";
import { earlierEvents, transactionOf } from "../earlier";
import { chooseFunding, requireBalance } from "../funding";
import { MarketError, toMarketError } from "../MarketError";
import type { PlanOptions, Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";

/** How long a signature that pays is valid. */
const SIGNATURE_SECONDS = 3_600n;

/** Whom to hire, and how. */
export interface HireInput {
  /** What the provider signed. */
  readonly signedOffer: SignedOffer;
  /** The job contract that the offer must be for, and the salt of its hash if it has one. */
  readonly terms?: JobContract;
  readonly termsSalt?: string;
  /** The agent to hire as; by default the one that the offer names, or none. */
  readonly clientAgentId?: bigint;
  /** keccak256 of the client's own input to the work. */
  readonly inputHash?: string;
  /** 32 bytes of hex, to accept an open offer again with the same input. */
  readonly salt?: string;
  /** What the hook is given. */
  readonly budgetParams?: string;
  readonly fundParams?: string;
  /**
   * How to pay; by default "auto": from an allowance if there is one, else by ERC-3009, ERC-2612 or Permit2, whichever
   * the token and the client allow first, else by approving exactly the price.
   */
  readonly funding?: FundingMethod | "auto";
}

/** A client's signed acceptance, sent by somebody else. The client pays the price. */
export interface RelayedHireInput {
  readonly signedOffer: SignedOffer;
  readonly acceptance: Acceptance;
}

/** The job, and how it is paid for: undefined if it was hired before. */
export interface HireResult {
  readonly jobId: bigint;
  readonly funding: FundingMethod | undefined;
}

/**
 * Hires by a signed offer: creates and funds the job in one transaction. The job's id is the hash of what was agreed,
 * so that the same input always means the same job. Simulating neither sends nor signs: a signature that pays is
 * anybody's to use.
 */
export async function hire(ctx: Context, input: HireInput | RelayedHireInput): Promise<Prepared<HireResult>> {
  const { signedOffer } = input;
  const { offer, signature, escrow } = signedOffer;
  const { market } = ctx;
  const hash = offerHash(offerDomain(signedOffer.chainId, escrow), offer);
  const terms = "acceptance" in input ? input.acceptance : await termsOf(ctx, input);
  const jobId = jobIdOf(hash, terms);
  if (await exists(ctx, jobId)) {
    const transaction = await transactionOf(ctx, market.escrow, jobId, ({ name }) => name === "JobHired");
    return alreadyDone({ jobId, funding: undefined }, transaction);
  }

  const { chainId } = await ctx.chain.getNetwork();
  await requireUsableOffer({ market, chain: ctx.chain, chainId, now: await chainTime(ctx) }, signedOffer);
  if ("terms" in input && input.terms !== undefined) requireTerms(offer, input.terms, input.termsSalt);
  const { token, amount } = offer;
  const planFor = (acceptance: Acceptance, options: PlanOptions) =>
    planCall(
      { name: "JobEscrow", at: market.escrow },
      market.escrow.hire,
      [offer, signature, acceptance],
      { value: { jobId, funding: nameOf(FundingMethod, acceptance.funding) } },
      options,
    );
  if ("acceptance" in input) return planFor(input.acceptance, {});

  await requireAcceptable(market, offer, terms);
  await requireBalance(ctx, token, amount, "the price");
  const method = await fundingOf(ctx, input);
  const acceptedBy = async (signer: Signer | undefined): Promise<Acceptance> => ({
    ...terms,
    ...(await payFor(ctx, method, offer, { jobId, chainId, signer })),
  });
  if (method !== "Allowance") {
    signerOf(ctx); // without one it cannot be sent
    return planFor(await acceptedBy(new Wallet(randomSalt())), {
      cost: { token, amount },
      signed: async () =>
        market.escrow.interface.encodeFunctionData("hire", [offer, signature, await acceptedBy(ctx.signer)]),
    });
  }
  const acceptance = await acceptedBy(undefined);
  return planFor(acceptance, {
    approval: { token, spender: escrow, amount },
    viaWallet: (wallet, policy) =>
      wallet.interface.encodeFunctionData("hire", [policy, escrow, offer, signature, acceptance]),
  });
}

async function termsOf(ctx: Context, input: HireInput): Promise<AcceptanceTerms> {
  const { inputHash = ZeroHash, salt = ZeroHash, budgetParams = "0x", fundParams = "0x" } = input;
  const clientAgentId = input.clientAgentId ?? input.signedOffer.offer.clientAgentId;
  const client = await accountOf(ctx);
  return makeAcceptanceTerms({ client, clientAgentId, inputHash, salt, budgetParams, fundParams });
}

async function fundingOf(ctx: Context, { signedOffer, funding = "auto" }: HireInput): Promise<FundingMethod> {
  const method = funding === "auto" ? await chooseFunding(ctx, signedOffer.offer) : funding;
  if (ctx.wallet !== undefined && method !== "Allowance") {
    throw new MarketError(
      "INVALID_INPUT",
      `an AgentWallet pays from an allowance, not by ${method}: leave \`funding\` out.`,
    );
  }
  return method;
}

async function payFor(
  ctx: Context,
  method: FundingMethod,
  offer: Offer,
  by: { readonly jobId: bigint; readonly chainId: bigint; readonly signer: Signer | undefined },
) {
  return fundBy(method, {
    market: ctx.market,
    chain: ctx.chain,
    client: await accountOf(ctx),
    offer,
    ...by,
    deadline: (await chainTime(ctx)) + SIGNATURE_SECONDS,
  });
}

async function exists({ market }: Context, jobId: bigint): Promise<boolean> {
  try {
    await market.escrow.getJob(jobId);
    return true;
  } catch (error) {
    if (toMarketError(error).code === "JobEscrow_JobNotFound") return false;
    throw error;
  }
}

/** Withdraws an offer of the account's own, so that nobody can accept it any more. */
export async function cancelOffer(
  ctx: Context,
  { signedOffer }: { readonly signedOffer: SignedOffer },
): Promise<Prepared<{ offerHash: string }>> {
  const { escrow } = ctx.market;
  const { offer, chainId } = signedOffer;
  const hash = offerHash(offerDomain(chainId, signedOffer.escrow), offer);
  if ((await escrow.offerState(hash)).cancelled) {
    const topics = [escrow.getEvent("OfferCancelled").fragment.topicHash, hash];
    const events = await earlierEvents(ctx, escrow, topics).catch(() => []);
    return alreadyDone({ offerHash: hash }, events[0]?.transaction);
  }
  const value = { offerHash: hash };
  return planCall({ name: "JobEscrow", at: escrow }, escrow.cancelOffer, [offer], { value });
}

export const hiringWrites = { hire, cancelOffer };

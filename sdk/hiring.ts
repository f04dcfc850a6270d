import type { Provider, Signer } from "ethers";
import { ZeroAddress, ZeroHash } from "ethers";

import { ERC20Permit__factory } from "./bindings";
import type { FundingMethod } from "./enums";
import type { Funding } from "./funding";
import { allowanceFunding, authorizationFunding, permit2Funding, permitFunding } from "./funding";
import { InvalidInputError } from "./InvalidInputError";
import type { JobContract } from "./terms";
import { termsHash } from "./terms";
import type { Market } from "./market";
import type { AcceptanceTerms, Offer } from "./offers";
import { offerDomain, offerHash, verifyOfferSignature } from "./offers";
import type { SignedOffer } from "./signedOffer";
import { readTokenDomain } from "./tokenDomain";
import { formatTime } from "./units";

/*
 * What a client checks of an offer before it accepts, and the four ways in which it can pay.
 */

/** Refuses an offer for another job contract than the client has. @param salt Of the terms' hash, if it is salted. */
export function requireTerms(offer: Offer, contract: JobContract, salt?: string): void {
  const hash = termsHash(contract, salt);
  if (hash !== offer.termsHash) {
    throw new InvalidInputError(
      `the offer is for other terms (${offer.termsHash}) than yours (${hash}): ask for an offer on these terms.`,
    );
  }
}

/**
 * Refuses an offer that is for another chain or escrow, not signed by its provider, over, or withdrawn.
 * @param chainId Of the chain that `chain` is connected to.
 * @param now The chain's time in Unix seconds.
 */
export async function requireUsableOffer(
  { market, chain, chainId, now }: { market: Market; chain: Provider; chainId: bigint; now: bigint },
  signedOffer: SignedOffer,
): Promise<void> {
  const { escrow, offer, signature } = signedOffer;
  if (signedOffer.chainId !== chainId) {
    throw new InvalidInputError(
      `the offer is for chain ${signedOffer.chainId}, but this is chain ${chainId}: connect to that one.`,
    );
  }
  if (escrow !== market.addresses.escrow) {
    throw new InvalidInputError(
      `the offer is for the escrow ${escrow}, not for ${market.addresses.escrow}: choose that one if you trust it.`,
    );
  }
  const domain = offerDomain(chainId, escrow);
  if (!(await verifyOfferSignature(domain, offer, signature, chain))) {
    throw new InvalidInputError(`the offer is not signed by its provider ${offer.provider}: get it from there again.`);
  }
  if (now > offer.validUntil) {
    throw new InvalidInputError(
      `the offer was valid until ${formatTime(offer.validUntil)}: ask the provider for a new one.`,
    );
  }
  const { cancelled } = await market.escrow.offerState(offerHash(domain, offer));
  if (cancelled) throw new InvalidInputError("the offer was withdrawn by its provider: ask for a new one.");
}

/** Refuses an acceptance that the offer does not let this client make. */
export async function requireAcceptable(market: Market, offer: Offer, terms: AcceptanceTerms): Promise<void> {
  const { client, clientAgentId, salt } = terms;
  if (offer.client !== ZeroAddress && offer.client !== client) {
    throw new InvalidInputError(`the offer is for ${offer.client}, not for ${client}: hire with that account's key.`);
  }
  if (offer.client !== ZeroAddress && offer.clientAgentId !== clientAgentId) {
    throw new InvalidInputError(
      `the offer is for you as agent ${offer.clientAgentId}, not as ${clientAgentId}: name that agent, or none.`,
    );
  }
  if (offer.client !== ZeroAddress && salt !== ZeroHash) {
    throw new InvalidInputError("a salt is for open offers only: this one names you, and can be accepted once.");
  }
  if (clientAgentId !== 0n && !(await market.registry.verifyAgent(clientAgentId, client)).authorised) {
    throw new InvalidInputError(
      `${client} is neither owner, approved account, operator nor verified wallet of agent ${clientAgentId}: name your own agent, or none.`,
    );
  }
}

/** What a way to pay for a job needs to know. */
export interface PaymentOrder {
  readonly market: Market;
  readonly chain: Provider;
  readonly chainId: bigint;
  /** Who pays. */
  readonly client: string;
  /** Signs for the client; undefined is enough for an allowance. */
  readonly signer: Signer | undefined;
  readonly offer: Pick<Offer, "token" | "amount">;
  readonly jobId: bigint;
  /** The last Unix second in which a signature pays. */
  readonly deadline: bigint;
}

/** Pays for a job in one of the four ways: signs what there is to sign, sends nothing. */
export async function fundBy(method: FundingMethod, order: PaymentOrder): Promise<Funding> {
  if (method === "Allowance") return allowanceFunding();
  const { market, chain, chainId, client, signer, offer, jobId, deadline } = order;
  const { token, amount } = offer;
  const { escrow } = market.addresses;
  if (signer === undefined) {
    throw new InvalidInputError(`${method} needs the client's signature: give a signer, or pay from an allowance.`);
  }
  switch (method) {
    case "Permit": {
      const nonce = await ERC20Permit__factory.connect(token, chain).nonces(client);
      const permit = { owner: client, escrow, value: amount, nonce, deadline };
      return permitFunding(signer, await readTokenDomain(token, chain), permit);
    }
    case "Authorization": {
      const authorization = { client, escrow, amount, jobId, validBefore: deadline };
      return authorizationFunding(signer, await readTokenDomain(token, chain), authorization);
    }
    case "Permit2": {
      const permit2 = await market.escrow.PERMIT2();
      return permit2Funding(signer, { chainId, permit2, escrow, token, amount, jobId, deadline });
    }
  }
}

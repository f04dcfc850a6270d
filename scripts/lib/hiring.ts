import { ZeroAddress, ZeroHash } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { AcceptanceTerms, Offer } from "../../sdk/offers";
import { offerDomain, offerHash, verifyOfferSignature } from "../../sdk/offers";
import type { SignedOffer } from "../../sdk/signedOffer";
import { parseJobContract, termsHash } from "../../sdk/terms";
import { formatTime } from "../../sdk/units";
import { parseBytes32, readText } from "./input";
import type { Session } from "./session";

/** The offer is for the job contract that the client has, if it gives one. */
export function requireTerms(
  values: { terms: string | undefined; "terms-salt": string | undefined },
  offer: Offer,
): void {
  if (values.terms !== undefined) {
    const salt = values["terms-salt"] === undefined ? undefined : parseBytes32(values["terms-salt"], "--terms-salt");
    const hash = termsHash(parseJobContract(readText(values.terms, "--terms"), values.terms), salt);
    if (hash !== offer.termsHash) {
      throw new InvalidInputError(`the offer is for other terms (${offer.termsHash}) than ${values.terms} (${hash}).`);
    }
  } else if (values["terms-salt"] !== undefined) {
    throw new InvalidInputError("--terms-salt needs --terms: without the contract there is no hash to check.");
  }
}

/** The offer is for this chain and escrow, signed, and neither over nor withdrawn. */
export async function requireUsable({ chain, network, market, now }: Session, signedOffer: SignedOffer): Promise<void> {
  const { chainId, escrow, offer, signature } = signedOffer;
  if (chainId !== network.chainId) {
    throw new InvalidInputError(
      `the offer is for chain ${chainId}, but ${network.name} is chain ${network.chainId}: choose its --network.`,
    );
  }
  if (escrow !== market.addresses.escrow) {
    throw new InvalidInputError(`the offer is for the escrow ${escrow}: add --escrow ${escrow} if you trust that one.`);
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

/** The offer lets this client accept in this way. */
export async function requireAcceptable(
  { market }: Session,
  { offer }: SignedOffer,
  terms: AcceptanceTerms,
): Promise<void> {
  const { client, clientAgentId, salt } = terms;
  if (offer.client !== ZeroAddress && offer.client !== client) {
    throw new InvalidInputError(`the offer is for ${offer.client}, not for ${client}: hire with that account's key.`);
  }
  if (offer.client !== ZeroAddress && offer.clientAgentId !== clientAgentId) {
    throw new InvalidInputError(
      `the offer is for you as agent ${offer.clientAgentId}: leave --agent out or give that one.`,
    );
  }
  if (offer.client !== ZeroAddress && salt !== ZeroHash) {
    throw new InvalidInputError("--salt is for open offers only: this one names you, and can be accepted once.");
  }
  if (clientAgentId !== 0n && !(await market.registry.verifyAgent(clientAgentId, client)).authorised) {
    throw new InvalidInputError(
      `--agent: ${client} is neither owner, approved account, operator nor verified wallet of agent ${clientAgentId}.`,
    );
  }
}

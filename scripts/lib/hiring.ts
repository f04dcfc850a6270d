import type { Offer } from "../../sdk/offers";
import * as hiring from "../../sdk/hiring";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { SignedOffer } from "../../sdk/signedOffer";
import { parseJobContract } from "../../sdk/terms";
import { parseBytes32, readText } from "./input";
import type { Session } from "./session";

/** The offer is for the job contract that the client has, if it gives one. */
export function requireTerms(
  values: { terms: string | undefined; "terms-salt": string | undefined },
  offer: Offer,
): void {
  if (values.terms !== undefined) {
    const salt = values["terms-salt"] === undefined ? undefined : parseBytes32(values["terms-salt"], "--terms-salt");
    hiring.requireTerms(offer, parseJobContract(readText(values.terms, "--terms"), values.terms), salt);
  } else if (values["terms-salt"] !== undefined) {
    throw new InvalidInputError("--terms-salt needs --terms: without the contract there is no hash to check.");
  }
}

/** The offer is for this chain and escrow, signed, and neither over nor withdrawn. */
export function requireUsable({ chain, network, market, now }: Session, signedOffer: SignedOffer): Promise<void> {
  return hiring.requireUsableOffer({ market, chain, chainId: network.chainId, now }, signedOffer);
}

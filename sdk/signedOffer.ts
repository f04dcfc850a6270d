import { getAddress } from "ethers";

import { parseJson } from "./canonicalJson";
import { checkedAddress } from "./checksum";
import { InvalidInputError } from "./InvalidInputError";
import type { Offer } from "./offers";
import { OFFER_TYPES, offerDomain, offerHash } from "./offers";
import { schemaValidator } from "./schemaValidator";
import signedOfferSchema from "./schemas/signed-offer.schema.json";

/** An offer with its provider's signature, and where it is valid. */
export interface SignedOffer {
  readonly chainId: bigint;
  readonly escrow: string;
  readonly offer: Offer;
  readonly signature: string;
}

/** How a `SignedOffer` is written to a file. See sdk/schemas/signed-offer.schema.json. */
interface SignedOfferFile {
  version: 1;
  chainId: string;
  escrow: string;
  offerHash: string;
  signature: string;
  offer: Record<keyof Offer, string | boolean>;
}

const validate = /* @__PURE__ */ schemaValidator<SignedOfferFile>(signedOfferSchema, "signed offer");

/** The file that a provider hands to clients. */
export function formatSignedOffer({ chainId, escrow, offer, signature }: SignedOffer): string {
  const file: SignedOfferFile = {
    version: 1,
    chainId: chainId.toString(),
    escrow: getAddress(escrow),
    offerHash: offerHash(offerDomain(chainId, escrow), offer),
    signature,
    offer: Object.fromEntries(
      Object.entries(offer).map(([key, value]: [string, bigint | string | boolean]) => [
        key,
        typeof value === "bigint" ? value.toString() : value,
      ]),
    ) as SignedOfferFile["offer"],
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads such a file. Checks its form and its hash; `verifyOfferSignature` checks the signature. */
export function parseSignedOffer(text: string, source = "the signed offer"): SignedOffer {
  const file = validate(parseJson(text, source), source);
  const offer = Object.fromEntries(
    OFFER_TYPES.Offer.map(({ name, type }) => {
      const value = file.offer[name as keyof Offer];
      if (type.startsWith("uint")) return [name, unsigned(String(value), type, `${source}: /offer/${name}`)];
      if (type === "address") return [name, checkedAddress(String(value), `${source}: /offer/${name}`)];
      return [name, value];
    }),
  ) as unknown as Offer;
  const chainId = BigInt(file.chainId);
  const escrow = checkedAddress(file.escrow, `${source}: /escrow`);
  const hash = offerHash(offerDomain(chainId, escrow), offer);
  if (hash !== file.offerHash) {
    throw new InvalidInputError(`${source} was changed: its offer hashes to ${hash}, but it says ${file.offerHash}.`);
  }
  return { chainId, escrow, offer, signature: file.signature };
}

function unsigned(value: string, type: string, where: string): bigint {
  const result = BigInt(value);
  if (result >> BigInt(type.slice("uint".length)) !== 0n) {
    throw new InvalidInputError(`${where} is too large for its type ${type}.`);
  }
  return result;
}

import type { Provider, Signer, TypedDataDomain, TypedDataField } from "ethers";
import { AbiCoder, TypedDataEncoder, ZeroAddress, ZeroHash, hexlify, keccak256, randomBytes } from "ethers";

import { verifyAccountSignature } from "./accountSignature";
import { EIP712_NAMES } from "./eip712Names";
import type { FundingMethod } from "./enums";

/** What a provider signs so that a client can hire it in one transaction. The contract's `Offer`, field by field. */
export interface Offer {
  readonly provider: string;
  /** ERC-8004 identity that the provider works as, 0 for none. */
  readonly providerAgentId: bigint;
  /** Who may accept; the zero address lets anyone. */
  readonly client: string;
  /** With a named client: the identity it must hire as (0 for none). Must be 0 in an open offer. */
  readonly clientAgentId: bigint;
  readonly evaluator: string;
  /** Seconds from submission in which the evaluator can still judge. */
  readonly evaluationPeriod: bigint;
  /** Basis points of what the provider is paid, paid out of it to the evaluator for a verdict. */
  readonly evaluatorFeeBps: bigint;
  readonly token: string;
  /** Price in base units of `token`. */
  readonly amount: bigint;
  /** Seconds from hiring to the latest submission. */
  readonly deliveryPeriod: bigint;
  /** Unix time in seconds; the last second in which the offer can be accepted. */
  readonly validUntil: bigint;
  /** ERC-8183 hook, zero for none. */
  readonly hook: string;
  /** Paid `referrerFeeBps` of what the provider is paid, out of it; zero for none. */
  readonly referrer: string;
  readonly referrerFeeBps: bigint;
  /** True if submitted work that nobody judged in time is to be paid. */
  readonly silencePaysProvider: boolean;
  /** How many jobs may be hired by this offer; 1 if the client is named. */
  readonly capacity: bigint;
  /** `termsHash` of the job contract. */
  readonly termsHash: string;
  /** Hash of the offer or request that this one answers, 0 for none. */
  readonly inReplyTo: string;
  /** Makes otherwise equal offers different. */
  readonly salt: bigint;
}

/** A client's side of `hire`. The contract's `Acceptance`, field by field. */
export interface Acceptance {
  /** Who hires, pays and is refunded. */
  readonly client: string;
  /** ERC-8004 identity that the client hires as, 0 for none. */
  readonly clientAgentId: bigint;
  /** Hash of this client's input to the work, 0 if the terms already contain it. */
  readonly inputHash: string;
  /** Lets one client accept an open offer more than once. Must be 0 for a named client. */
  readonly salt: string;
  /** Forwarded to the hook's callbacks of `setBudget` and `fund`. */
  readonly budgetParams: string;
  readonly fundParams: string;
  /** A value of `FundingMethod`, and the data that the functions of funding.ts build. */
  readonly funding: (typeof FundingMethod)[FundingMethod];
  readonly fundingData: string;
}

/** What decides a job's id: all of an acceptance but how it pays, which is signed over the id. */
export type AcceptanceTerms = Omit<Acceptance, "funding" | "fundingData">;

/** The EIP-712 types of an offer, in the order that Offers.sol hashes. */
export const OFFER_TYPES: Record<"Offer", TypedDataField[]> = {
  Offer: [
    { name: "provider", type: "address" },
    { name: "providerAgentId", type: "uint256" },
    { name: "client", type: "address" },
    { name: "clientAgentId", type: "uint256" },
    { name: "evaluator", type: "address" },
    { name: "evaluationPeriod", type: "uint32" },
    { name: "evaluatorFeeBps", type: "uint16" },
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
    { name: "deliveryPeriod", type: "uint32" },
    { name: "validUntil", type: "uint64" },
    { name: "hook", type: "address" },
    { name: "referrer", type: "address" },
    { name: "referrerFeeBps", type: "uint16" },
    { name: "silencePaysProvider", type: "bool" },
    { name: "capacity", type: "uint32" },
    { name: "termsHash", type: "bytes32" },
    { name: "inReplyTo", type: "bytes32" },
    { name: "salt", type: "uint256" },
  ],
};

const HOUR = 3_600n;
const DAY = 24n * HOUR;

/** What most offers have in common: open to one client, no fees, no hook, two days to deliver, one to judge. */
export const OFFER_DEFAULTS = {
  providerAgentId: 0n,
  client: ZeroAddress,
  clientAgentId: 0n,
  evaluationPeriod: DAY,
  evaluatorFeeBps: 0n,
  deliveryPeriod: 2n * DAY,
  hook: ZeroAddress,
  referrer: ZeroAddress,
  referrerFeeBps: 0n,
  silencePaysProvider: false,
  capacity: 1n,
  inReplyTo: ZeroHash,
} as const satisfies Partial<Offer>;

type Required_ = "provider" | "evaluator" | "token" | "amount" | "validUntil" | "termsHash";

/** An offer from what it must say, the defaults for the rest, and a random salt so that it is unlike any other. */
export function makeOffer(fields: Pick<Offer, Required_> & Partial<Offer>): Offer {
  return { ...OFFER_DEFAULTS, salt: BigInt(hexlify(randomBytes(32))), ...fields };
}

/** The terms of an acceptance: by default as no agent, without input, salt or hook parameters. */
export function makeAcceptanceTerms(
  fields: Pick<AcceptanceTerms, "client"> & Partial<AcceptanceTerms>,
): AcceptanceTerms {
  return { clientAgentId: 0n, inputHash: ZeroHash, salt: ZeroHash, budgetParams: "0x", fundParams: "0x", ...fields };
}

/** The EIP-712 domain of an escrow. */
export function offerDomain(chainId: bigint | number, escrow: string): TypedDataDomain {
  return { name: EIP712_NAMES.escrow, version: "1", chainId, verifyingContract: escrow };
}

/** The digest that the provider signs, which also identifies the offer. Equals the escrow's `offerHash`. */
export function offerHash(domain: TypedDataDomain, offer: Offer): string {
  return TypedDataEncoder.hash(domain, OFFER_TYPES, offer);
}

/** The provider's signature of an offer. */
export function signOffer(signer: Signer, domain: TypedDataDomain, offer: Offer): Promise<string> {
  return signer.signTypedData(domain, OFFER_TYPES, offer);
}

/**
 * Whether the offer carries its provider's signature, judged as the escrow does: by the provider's key, else by its
 * code (ERC-1271). An account with delegated code (EIP-7702) can sign in both ways.
 * @param chain Needed to ask a provider's code; without it only a key's signature counts.
 */
export async function verifyOfferSignature(
  domain: TypedDataDomain,
  offer: Offer,
  signature: string,
  chain?: Provider,
): Promise<boolean> {
  return verifyAccountSignature(offer.provider, offerHash(domain, offer), signature, chain, domain.verifyingContract);
}

/** The id that `hire` gives the job. Equals the escrow's `jobIdOf`. */
export function jobIdOf(hash: string, acceptance: AcceptanceTerms): bigint {
  return BigInt(
    keccak256(
      AbiCoder.defaultAbiCoder().encode(
        ["bytes32", "address", "uint256", "bytes32", "bytes32", "bytes32", "bytes32"],
        [
          hash,
          acceptance.client,
          acceptance.clientAgentId,
          acceptance.inputHash,
          acceptance.salt,
          keccak256(acceptance.budgetParams),
          keccak256(acceptance.fundParams),
        ],
      ),
    ),
  );
}

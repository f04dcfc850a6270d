import type { Provider, Signer, TypedDataDomain, TypedDataField } from "ethers";
import { TypedDataEncoder, ZeroAddress, ZeroHash, hexlify, randomBytes } from "ethers";

import { signingKey, verifyAccountSignature } from "../accountSignature";
import { EIP712_NAMES } from "../eip712Names";
import type { Offer } from "../offers";
import { OFFER_TYPES, offerDomain, verifyOfferSignature } from "../offers";

/** The escrow that a negotiation is about. It is part of every signature. */
export interface Place {
  readonly chainId: bigint;
  readonly escrow: string;
}

/** What a client asks providers for. It binds nobody: a provider's offer does. */
export interface QuoteRequest {
  /** Who would hire and pay. */
  readonly client: string;
  /** ERC-8004 identity that the client would hire as, 0 for none. */
  readonly clientAgentId: bigint;
  /** Who is asked; zero for anyone. */
  readonly provider: string;
  /** Id of the service in the provider's catalogue; empty for none in particular. */
  readonly service: string;
  /** `termsHash` of the job contract. */
  readonly termsHash: string;
  /** Hash of this client's input, 0 if the terms already contain all inputs. */
  readonly inputHash: string;
  readonly token: string;
  /** The most that the client pays, in base units; 0 if it does not say. */
  readonly maxAmount: bigint;
  /** Unix time in seconds after which the work is of no use; 0 if it does not say. */
  readonly deliverBy: bigint;
  /** Evaluators that the client accepts; empty for any. */
  readonly evaluators: readonly string[];
  /** Unix time in seconds; the last second in which an answer counts. */
  readonly validUntil: bigint;
  /** What this request follows from, 0 for nothing. */
  readonly inReplyTo: string;
  readonly salt: bigint;
}

/** The offer that a client would accept, field by field. The provider makes it binding by signing the same as `Offer`. */
export type CounterOffer = Offer;

/** The client has accepted an offer: hired by it, or handed over what hires by it. */
export interface AcceptanceNotice {
  readonly client: string;
  /** What `jobIdOf` answers for the offer and the acceptance, so that it binds all of both. */
  readonly jobId: bigint;
  /** Hash of the offer. */
  readonly inReplyTo: string;
}

/** Why a negotiation ends without a job. */
export const DECLINE_REASONS = [
  "price",
  "terms",
  "time",
  "evaluator",
  "token",
  "capacity",
  "skill",
  "chose-another",
  "withdrawn",
  "other",
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** Either side ends the negotiation. It does not take back a signed offer: `cancelOffer` on the escrow does. */
export interface Decline {
  /** Who declines: the client or the provider. */
  readonly party: string;
  readonly reason: DeclineReason;
  /** One sentence for people. */
  readonly detail: string;
  readonly inReplyTo: string;
  readonly salt: bigint;
}

/** The fields of each type of message. */
export interface Messages {
  QuoteRequest: QuoteRequest;
  Offer: Offer;
  CounterOffer: CounterOffer;
  Acceptance: AcceptanceNotice;
  Decline: Decline;
}
export type MessageType = keyof Messages;

/** A message of any type. */
export type Message = { [T in MessageType]: { readonly type: T; readonly message: Messages[T] } }[MessageType];

/** The EIP-712 types of all messages. `Offer` is the escrow's own and signed in the escrow's domain. */
export const MESSAGE_TYPES: Record<MessageType, TypedDataField[]> = /* @__PURE__ */ messageTypes();

function messageTypes(): Record<MessageType, TypedDataField[]> {
  return {
    QuoteRequest: [
      { name: "client", type: "address" },
      { name: "clientAgentId", type: "uint256" },
      { name: "provider", type: "address" },
      { name: "service", type: "string" },
      { name: "termsHash", type: "bytes32" },
      { name: "inputHash", type: "bytes32" },
      { name: "token", type: "address" },
      { name: "maxAmount", type: "uint256" },
      { name: "deliverBy", type: "uint64" },
      { name: "evaluators", type: "address[]" },
      { name: "validUntil", type: "uint64" },
      { name: "inReplyTo", type: "bytes32" },
      { name: "salt", type: "uint256" },
    ],
    Offer: OFFER_TYPES.Offer,
    CounterOffer: OFFER_TYPES.Offer,
    Acceptance: [
      { name: "client", type: "address" },
      { name: "jobId", type: "uint256" },
      { name: "inReplyTo", type: "bytes32" },
    ],
    Decline: [
      { name: "party", type: "address" },
      { name: "reason", type: "string" },
      { name: "detail", type: "string" },
      { name: "inReplyTo", type: "bytes32" },
      { name: "salt", type: "uint256" },
    ],
  };
}

/**
 * Where messages are signed: another name than the escrow's, so that no message can pass for an offer. EIP-712 hashes
 * the type's name too, so that none can pass for one of another type.
 */
export function negotiationDomain({ chainId, escrow }: Place): TypedDataDomain {
  return { name: EIP712_NAMES.negotiation, version: "1", chainId, verifyingContract: escrow };
}

function domainOf(place: Place, type: MessageType): TypedDataDomain {
  return type === "Offer" ? offerDomain(place.chainId, place.escrow) : negotiationDomain(place);
}

/** The digest that is signed, which also identifies the message: what the next one's `inReplyTo` is. */
export function messageHash(place: Place, { type, message }: Message): string {
  return TypedDataEncoder.hash(domainOf(place, type), { [type]: MESSAGE_TYPES[type] }, message);
}

export function signMessage(signer: Signer, place: Place, { type, message }: Message): Promise<string> {
  return signer.signTypedData(domainOf(place, type), { [type]: MESSAGE_TYPES[type] }, message);
}

/** The account that has to sign a message. */
export function signerOf({ type, message }: Message): string {
  switch (type) {
    case "QuoteRequest":
    case "CounterOffer":
    case "Acceptance":
      return message.client;
    case "Offer":
      return message.provider;
    case "Decline":
      return message.party;
  }
}

/** How signatures are judged. */
export interface Signatures {
  /** To ask accounts with code (ERC-1271); without it only keys' signatures count. */
  readonly chain?: Provider;
  /**
   * Whether a key may negotiate for an account that cannot sign messages itself, such as an AgentWallet, whose
   * ERC-1271 answers for offers only. Not asked for offers, since the escrow would not either.
   */
  readonly speaksFor?: (account: string, key: string) => Promise<boolean>;
}

/** Whether a message carries the signature of the account that has to sign it. */
export async function verifyMessage(
  place: Place,
  body: Message,
  signature: string,
  { chain, speaksFor }: Signatures = {},
): Promise<boolean> {
  if (body.type === "Offer") return verifyOfferSignature(domainOf(place, "Offer"), body.message, signature, chain);
  const [account, hash] = [signerOf(body), messageHash(place, body)];
  if (await verifyAccountSignature(account, hash, signature, chain, place.escrow)) return true;
  const key = signingKey(hash, signature);
  return key !== undefined && (await speaksFor?.(account, key)) === true;
}

/** A random salt, so that a message is unlike any other. */
export function messageSalt(): bigint {
  return BigInt(hexlify(randomBytes(32)));
}

/** A request from what it must say: by default to anyone, without limits, and with a random salt. */
export function makeQuoteRequest(
  fields: Pick<QuoteRequest, "client" | "termsHash" | "token" | "validUntil"> & Partial<QuoteRequest>,
): QuoteRequest {
  return {
    clientAgentId: 0n,
    provider: ZeroAddress,
    service: "",
    inputHash: ZeroHash,
    maxAmount: 0n,
    deliverBy: 0n,
    evaluators: [],
    inReplyTo: ZeroHash,
    salt: messageSalt(),
    ...fields,
  };
}

/** The counter-offer to an offer: the same with changes, as the client would accept it. */
export function counterOf(place: Place, offer: Offer, changes: Partial<Offer>): CounterOffer {
  return {
    ...offer,
    salt: messageSalt(),
    ...changes,
    inReplyTo: messageHash(place, { type: "Offer", message: offer }),
  };
}

import type { Signer } from "ethers";
import { getAddress } from "ethers";

import type { JsonBounds } from "../boundedJson";
import { parseBoundedJson } from "../boundedJson";
import { FundingMethod, nameOf } from "../enums";
import { InvalidInputError } from "../InvalidInputError";
import type { Acceptance, AcceptanceTerms } from "../offers";
import { schemaValidator } from "../schemaValidator";
import messageSchema from "../schemas/negotiation-message.schema.json";
import type { JobContract } from "../terms";
import type { Message, MessageType, Place } from "./messages";
import { MESSAGE_TYPES, signMessage } from "./messages";
import { NegotiationError } from "./NegotiationError";
import { typedFromJson, typedToJson } from "./typedValues";

/** The job contract that a message's `termsHash` is of, open or encrypted. */
export type CarriedTerms = OpenTerms | { readonly jwe: string };

/** A job contract and the salt of its hash, if it has one. */
export interface OpenTerms {
  readonly contract: JobContract;
  readonly salt?: string;
}

/** What an acceptance notice carries: the terms of the job's id, and the funding if the provider is to send it. */
export type CarriedAcceptance = AcceptanceTerms & Partial<Pick<Acceptance, "funding" | "fundingData">>;

/** A signed message with what travels beside it. Nothing beside it counts unless a signed hash confirms it. */
export interface Envelope extends Place {
  readonly body: Message;
  readonly signature: string;
  readonly terms?: CarriedTerms;
  readonly acceptance?: CarriedAcceptance;
}

/** What one message may cost its reader. */
export const MESSAGE_BOUNDS = { maxBytes: 131_072, maxDepth: 32, maxNodes: 20_000 } satisfies JsonBounds;

interface EnvelopeFile {
  version: 1;
  chainId: string;
  escrow: string;
  type: MessageType;
  message: object;
  signature: string;
  terms?: CarriedTerms;
  acceptance?: Record<keyof AcceptanceTerms, string> & { funding?: "Authorization" | "Permit2"; fundingData?: string };
}

const validate = /* @__PURE__ */ schemaValidator<EnvelopeFile>(messageSchema, "negotiation message");

/** Signs a message and puts it into its envelope. */
export async function sealMessage(
  signer: Signer,
  place: Place,
  body: Message,
  extras: Pick<Envelope, "terms" | "acceptance"> = {},
): Promise<Envelope> {
  return { ...place, body, signature: await signMessage(signer, place, body), ...extras };
}

/** An envelope as plain JSON data. */
export function envelopeToJson({ chainId, escrow, body, signature, terms, acceptance }: Envelope): object {
  return {
    version: 1,
    chainId: chainId.toString(),
    escrow: getAddress(escrow),
    type: body.type,
    message: typedToJson(MESSAGE_TYPES[body.type], body.message),
    signature,
    ...(terms === undefined ? {} : { terms }),
    ...(acceptance === undefined ? {} : { acceptance: acceptanceToJson(acceptance) }),
  };
}

function acceptanceToJson({ funding, fundingData, ...terms }: CarriedAcceptance): object {
  const carried = funding === FundingMethod.Authorization || funding === FundingMethod.Permit2;
  return {
    client: terms.client,
    clientAgentId: terms.clientAgentId.toString(),
    inputHash: terms.inputHash,
    salt: terms.salt,
    budgetParams: terms.budgetParams,
    fundParams: terms.fundParams,
    // The other two ways of paying are the client's own to send.
    ...(carried ? { funding: nameOf(FundingMethod, funding), fundingData } : {}),
  };
}

/** The text that travels. */
export function formatEnvelope(envelope: Envelope): string {
  return JSON.stringify(envelopeToJson(envelope));
}

/**
 * Reads a stranger's message. Checks size, depth, form and numbers; `extendThread` checks signature and sense. Throws
 * a `NegotiationError` ("malformed").
 */
export function parseEnvelope(content: Uint8Array | string, source = "the message"): Envelope {
  try {
    return envelopeFromJson(parseBoundedJson(content, source, MESSAGE_BOUNDS), source);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new NegotiationError("malformed", error.message);
  }
}

/** The same from JSON that is parsed already, within its bounds. */
export function envelopeFromJson(value: unknown, source = "the message"): Envelope {
  const file = validate(value, source);
  const { type, signature, terms, acceptance } = file;
  const message = typedFromJson(MESSAGE_TYPES[type], file.message, `${source}: /message`);
  const place = typedFromJson(PLACE, file, `${source}: `) as Place;
  return {
    ...place,
    body: { type, message } as Message,
    signature,
    ...(terms === undefined ? {} : { terms }),
    ...(acceptance === undefined ? {} : { acceptance: acceptanceFromJson(acceptance, `${source}: /acceptance`) }),
  };
}

const PLACE = [
  { name: "chainId", type: "uint256" },
  { name: "escrow", type: "address" },
];

function acceptanceFromJson(file: NonNullable<EnvelopeFile["acceptance"]>, source: string): CarriedAcceptance {
  const { funding, fundingData, ...rest } = file;
  const numbers = [
    { name: "client", type: "address" },
    { name: "clientAgentId", type: "uint256" },
  ];
  const terms = { ...rest, ...typedFromJson(numbers, file, source) } as unknown as AcceptanceTerms;
  if (funding === undefined || fundingData === undefined) return terms;
  return { ...terms, funding: FundingMethod[funding], fundingData };
}

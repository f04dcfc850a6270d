import type { AgentCard } from "@a2a-js/sdk";
import { getAddress, isAddress } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import { MESSAGE_BOUNDS } from "../../sdk/negotiation/envelope";
import type { MessageType, Place } from "../../sdk/negotiation/messages";

/** The extension's identifier; its version is in it. Described in docs/a2a.md. */
export const EXTENSION_URI = "urn:agent-market:a2a-negotiation:1";

/** What a provider takes. Offers are made by it, not sent to it. */
const RECEIVED: readonly MessageType[] = ["QuoteRequest", "CounterOffer", "Acceptance", "Decline"];
const SENT: readonly MessageType[] = ["Offer", "Decline"];

/** The extension's `params` in an agent card: where the negotiation's messages are signed, and what is read here. */
export interface ExtensionParams {
  /** Decimal. */
  readonly chainId: string;
  readonly escrow: string;
  /** The account that offers are signed by. */
  readonly provider: string;
  readonly receives: readonly string[];
  readonly sends: readonly string[];
  /** Of one message: bytes of JSON, and how deep it may be nested. */
  readonly maxBytes: number;
  readonly maxDepth: number;
}

type Extension = NonNullable<AgentCard["capabilities"]>["extensions"][number];

/** The extension as an agent card declares it. Not required: whoever does not know it gets a text that explains it. */
export function declareExtension({ chainId, escrow }: Place, provider: string): Extension {
  const params: ExtensionParams = {
    chainId: chainId.toString(),
    escrow: getAddress(escrow),
    provider: getAddress(provider),
    receives: RECEIVED,
    sends: SENT,
    maxBytes: MESSAGE_BOUNDS.maxBytes,
    maxDepth: MESSAGE_BOUNDS.maxDepth,
  };
  const description =
    "Signed negotiation of a job that an escrow enforces: quote request, offer, counter-offer, acceptance. " +
    "Each message is one data part.";
  return { uri: EXTENSION_URI, description, required: false, params: { ...params } };
}

/**
 * What a stranger's card says about the extension. Throws an `InvalidInputError` if it does not declare it, or not as
 * docs/a2a.md describes it.
 */
export function readExtension(card: AgentCard): ExtensionParams {
  const declared = card.capabilities?.extensions.find(({ uri }) => uri === EXTENSION_URI);
  if (declared === undefined) {
    throw new InvalidInputError(
      `the agent card does not declare ${EXTENSION_URI}: this agent does not negotiate over A2A.`,
    );
  }
  const params = (declared.params ?? {}) as Record<string, unknown>;
  const { chainId, escrow, provider, receives, sends, maxBytes, maxDepth } = params;
  const wrong = [
    ...(isDecimal(chainId) ? [] : ["chainId"]),
    ...(isAddress(escrow) ? [] : ["escrow"]),
    ...(isAddress(provider) ? [] : ["provider"]),
    ...(isStrings(receives) ? [] : ["receives"]),
    ...(isStrings(sends) ? [] : ["sends"]),
    ...(Number.isSafeInteger(maxBytes) ? [] : ["maxBytes"]),
    ...(Number.isSafeInteger(maxDepth) ? [] : ["maxDepth"]),
  ];
  if (wrong.length > 0) {
    throw new InvalidInputError(`the agent card's parameters of ${EXTENSION_URI} are wrong: ${wrong.join(", ")}.`);
  }
  return params as unknown as ExtensionParams;
}

function isDecimal(value: unknown): boolean {
  return typeof value === "string" && /^[1-9]\d{0,19}$/.test(value);
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 20 && value.every((entry) => typeof entry === "string");
}

import type { Signer } from "ethers";
import { ZeroHash } from "ethers";

import type { Catalogue, CatalogueService } from "../catalogue";
import type { JobContract } from "../terms";
import type { DeskOptions } from "./desk";
import { sealMessage } from "./envelope";
import type { Decline, Message, QuoteRequest } from "./messages";
import { messageSalt } from "./messages";
import type { Quote, QuotePolicy } from "./quote";
import { offerForCounter, offerFromCatalogue } from "./quote";
import type { Thread } from "./thread";
import { contractOf, lastOf, requestOf, threadState } from "./thread";

/**
 * A provider's `decide`, for `NegotiationDesk` and the carriers around it: answers requests and counter-offers by what
 * the agent's catalogue offers and its policy allows, and signs that. It sees no file: prices and limits by size are by
 * the sizes that the client states, so compare every input with its own before you work (`requireStatedSize`).
 * @param policy Asked for each answer, as the number of open jobs changes.
 */
export function decideByCatalogue(
  signer: Signer,
  catalogue: Catalogue,
  policy: () => QuotePolicy | Promise<QuotePolicy>,
): DeskOptions["decide"] {
  return async (thread, now) => {
    const ours = await policy();
    const answer = answerByCatalogue(thread, catalogue, ours, now);
    return answer === undefined ? undefined : sealMessage(signer, ours.place, answer);
  };
}

/**
 * What `decideByCatalogue` signs, for an agent that has a look at it before: an offer, or why there is none. Undefined
 * if the negotiation has ended: who was hired stands on the chain, whatever a message says.
 * @param now Unix seconds, the chain's time.
 */
export function answerByCatalogue(
  thread: Thread,
  { services }: Catalogue,
  policy: QuotePolicy,
  now: bigint,
): Message | undefined {
  const state = threadState(thread);
  if (state !== "requested" && state !== "countered") return undefined;
  const request = requestOf(thread);
  const counter = state === "countered" ? lastOf(thread, "CounterOffer") : undefined;
  const contract = contractOf(thread, (counter ?? request).termsHash);
  const service = serviceFor(services, request, contract);
  let quote: Quote;
  if (service === undefined) {
    const ids = services.map(({ id }) => id).join(", ");
    quote = {
      decline: { reason: "skill", detail: `name one of the services in the catalogue: ${ids}.`.slice(0, 500) },
    };
  } else if (counter === undefined) quote = offerFromCatalogue(service, { request, contract }, policy, now);
  else quote = offerForCounter(service, { request, contract }, counter, policy, now);
  if ("offer" in quote) return { type: "Offer", message: quote.offer };
  return { type: "Decline", message: declineOf(thread, policy.provider, quote.decline) };
}

/** The end of a thread by one of its parties, in answer to its last message. */
export function declineOf(thread: Thread, party: string, why: Pick<Decline, "reason" | "detail">): Decline {
  return { ...why, party, inReplyTo: thread.entries.at(-1)?.hash ?? ZeroHash, salt: messageSalt() };
}

/** The service that was asked for; where none was named, the first that does this kind of work. */
function serviceFor(
  services: readonly CatalogueService[],
  { service }: QuoteRequest,
  { taskType }: JobContract,
): CatalogueService | undefined {
  if (service !== "") return services.find(({ id }) => id === service);
  return services.find(({ skills }) => skills.some((skill) => taskType === skill || taskType.startsWith(`${skill}/`)));
}

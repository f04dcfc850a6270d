import { ZeroHash } from "ethers";

import type { Catalogue } from "../catalogue";
import type { Decline, Message } from "./messages";
import { messageSalt } from "./messages";
import type { Quote, QuotePolicy } from "./quote";
import { offerForCounter, offerFromCatalogue } from "./quote";
import type { Thread } from "./thread";
import { contractOf, lastOf, requestOf, threadState } from "./thread";

/**
 * What a provider says to a thread's last message by its catalogue and its policy: an offer, or why there is none; not
 * yet signed. Undefined if the negotiation has ended: who was hired stands on the chain, whatever a message says.
 * @param now Unix seconds, the chain's time.
 */
export function answerByCatalogue(
  thread: Thread,
  { services }: Catalogue,
  policy: QuotePolicy,
  now: bigint,
): Message | undefined {
  const state = threadState(thread);
  if (state === "accepted" || state === "declined") return undefined;
  const request = requestOf(thread);
  const service = services.find(({ id }) => id === request.service);
  const counter = state === "countered" ? lastOf(thread, "CounterOffer") : undefined;
  const contract = contractOf(thread, (counter ?? request).termsHash);
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

/** The end of a thread by one of its parties. */
export function declineOf(thread: Thread, party: string, why: Pick<Decline, "reason" | "detail">): Decline {
  return { ...why, party, inReplyTo: thread.entries.at(-1)?.hash ?? ZeroHash, salt: messageSalt() };
}

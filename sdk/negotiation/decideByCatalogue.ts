import type { Signer } from "ethers";

import type { Catalogue, CatalogueService } from "../catalogue";
import type { JobContract } from "../terms";
import type { DeskOptions } from "./desk";
import { sealMessage } from "./envelope";
import type { Message, QuoteRequest } from "./messages";
import { messageSalt } from "./messages";
import type { Quote, QuotePolicy } from "./quote";
import { offerForCounter, offerFromCatalogue } from "./quote";
import type { Thread } from "./thread";
import { contractOf, lastOf, requestOf, threadState } from "./thread";

/**
 * A provider's `decide`, for `NegotiationDesk` and the carriers around it: answers requests and counter-offers by what
 * the agent's catalogue offers and its policy allows, and acceptances with nothing.
 * @param policy Asked for each answer, as the number of open jobs changes.
 */
export function decideByCatalogue(
  signer: Signer,
  catalogue: Catalogue,
  policy: () => QuotePolicy | Promise<QuotePolicy>,
): DeskOptions["decide"] {
  return async (thread, now) => {
    if (!/^(requested|countered)$/.test(threadState(thread))) return undefined;
    const ours = await policy();
    const quote = quoteFor(thread, catalogue, ours, now);
    const inReplyTo = thread.entries.at(-1)?.hash ?? thread.id;
    const body: Message =
      "offer" in quote
        ? { type: "Offer", message: quote.offer }
        : { type: "Decline", message: { ...quote.decline, party: ours.provider, inReplyTo, salt: messageSalt() } };
    return sealMessage(signer, ours.place, body);
  };
}

function quoteFor(thread: Thread, { services }: Catalogue, policy: QuotePolicy, now: bigint): Quote {
  const request = requestOf(thread);
  const counter = threadState(thread) === "countered" ? lastOf(thread, "CounterOffer") : undefined;
  const contract = contractOf(thread, counter?.termsHash ?? request.termsHash);
  const service = serviceFor(services, request, contract);
  if (service === undefined) return { decline: { reason: "skill", detail: "there is no such service here." } };
  return counter === undefined
    ? offerFromCatalogue(service, { request, contract }, policy, now)
    : offerForCounter(service, { request, contract }, counter, policy, now);
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

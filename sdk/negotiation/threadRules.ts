import { ZeroAddress, ZeroHash } from "ethers";

import type { Envelope } from "./envelope";
import type { Thread } from "./thread";

/*
 * What a message must have in common with the thread that it joins. Each answers a sentence, or undefined if all is
 * well. These are rules of the protocol: whether a price is good is for the parties' own limits.
 */

/** Each message answers the last one; the first answers nothing, or something outside the thread. */
export function linkProblem(lastHash: string | undefined, { body }: Envelope): string | undefined {
  if (lastHash === undefined || body.message.inReplyTo === lastHash) return undefined;
  return `the ${body.type} answers ${body.message.inReplyTo}, but the thread's last message is ${lastHash}.`;
}

/** A message is made out to the thread's other side. */
export function counterpartyProblem(thread: Thread, { body }: Envelope): string | undefined {
  const { client, provider } = thread;
  switch (body.type) {
    case "QuoteRequest":
      if (body.message.provider === ZeroAddress || provider === undefined) return undefined;
      return body.message.provider === provider
        ? undefined
        : `the request is to ${body.message.provider}, not ${provider}.`;
    case "Offer":
    case "CounterOffer": {
      const { client: named, provider: offering } = body.message;
      if (offering !== provider) return `the ${body.type} is of the provider ${offering}, not ${String(provider)}.`;
      return named === client ? undefined : `the ${body.type} names the client ${named}, not ${String(client)}.`;
    }
    case "Acceptance":
    case "Decline":
      return undefined;
  }
}

/** What `hire` would refuse, or what would make an offer another job than the one asked for. */
export function offerProblem(thread: Thread, { body }: Envelope): string | undefined {
  if (body.type === "QuoteRequest") {
    const { client, evaluators, termsHash } = body.message;
    if (evaluators.includes(client)) return "the client cannot be the evaluator of its own job.";
    return termsHash === ZeroHash ? "the request names no terms." : undefined;
  }
  if (body.type !== "Offer" && body.type !== "CounterOffer") return undefined;
  const { message } = body;
  const request = thread.entries[0]?.envelope.body;
  if (request?.type === "QuoteRequest" && message.clientAgentId !== request.message.clientAgentId) {
    return `the ${body.type} is for the client's agent ${message.clientAgentId}, not ${request.message.clientAgentId}.`;
  }
  if (message.capacity !== 1n) return `the ${body.type} names its client, so its capacity must be 1.`;
  if (message.evaluator === message.client || message.evaluator === message.provider) {
    return `the ${body.type} makes a party the evaluator of its own job.`;
  }
  return undefined;
}

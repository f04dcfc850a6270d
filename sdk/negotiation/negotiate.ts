import type { Provider, Signer } from "ethers";
import { getAddress } from "ethers";

import { InvalidInputError } from "../InvalidInputError";
import type { AcceptanceTerms, Offer } from "../offers";
import type { RegistrationFile } from "../registration";
import { validateRegistration } from "../registration";
import type { SignedOffer } from "../signedOffer";
import type { JobContract } from "../terms";
import { termsHash } from "../terms";
import type { HttpOptions } from "./callStranger";
import type { OfferLimits } from "./checkOffer";
import { declineOf } from "./answer";
import { checkOffer } from "./checkOffer";
import type { Envelope } from "./envelope";
import { sealMessage } from "./envelope";
import { RefusedError, negotiateOverHttp, negotiationEndpoint } from "./httpClient";
import type { Decline, DeclineReason, Message, Place, QuoteRequest } from "./messages";
import { counterOf, makeQuoteRequest, messageHash } from "./messages";
import type { Thread, ThreadOptions } from "./thread";
import { extendThread, openThread, requestOf } from "./thread";
import { carry } from "./threadTerms";

/** Brings a message to an agent, and answers its reply; undefined for none. */
export type Send = (envelope: Envelope, options: HttpOptions) => Promise<Envelope | undefined>;

/** A way to reach agents: undefined where a registration file names no endpoint of its kind. */
export type Carrier = (file: RegistrationFile) => Send | undefined;

/** Plain HTTP. `market/a2a/client.ts` has the other one, which needs a library of its own. */
export const httpCarrier: Carrier = (file) => {
  const endpoint = negotiationEndpoint(file);
  return endpoint === undefined ? undefined : (envelope, options) => negotiateOverHttp(endpoint, envelope, options);
};

/** Who asks: the account that would hire, and what speaks for it. */
export interface Asker {
  readonly place: Place;
  readonly account: string;
  /** The account's own key, or one of its keys where it is an AgentWallet. */
  readonly signer: Signer;
  readonly chain: Provider;
  /** The chain's time in Unix seconds. */
  readonly now: () => Promise<bigint>;
}

/** Who is asked, as the chain and its registration file say. */
export interface AskedAgent {
  readonly agentId: bigint;
  /** The account that signs the agent's offers. */
  readonly provider: string;
  /** What its registration file says, read but not checked. */
  readonly file: unknown;
}

/** What a client wants to have done, and what it agrees to. */
export interface NegotiateInput
  extends
    Pick<QuoteRequest, "token" | "maxAmount">,
    Partial<Pick<QuoteRequest, "service" | "inputHash" | "deliverBy" | "clientAgentId">> {
  /** The job contract: what is to be done, and what counts as done. */
  readonly terms: JobContract;
  /** Whom the client trusts to judge the work. */
  readonly evaluators: readonly string[];
  /** What else the client agrees to; see `OfferLimits` for what it does without. */
  readonly limits?: Omit<OfferLimits, "maxAmount" | "tokens" | "evaluators">;
  /** Seconds that the agent has to answer, by default 600. */
  readonly answerWithin?: bigint;
  /** How agents are reached, the preferred one first; by default plain HTTP. */
  readonly carriers?: readonly Carrier[];
  /** How their servers are called. They are strangers'. */
  readonly http?: HttpOptions;
}

/** What a counter-offer can ask to be different. */
export type CounterChanges = Partial<
  Omit<Offer, "provider" | "providerAgentId" | "client" | "termsHash" | "inReplyTo">
>;

/** Where a negotiation stands after the agent's answer. */
export interface Negotiation {
  /** All messages: `formatThread` keeps them. */
  readonly thread: Thread;
  /** The agent's offer, as `hire` takes it; undefined if it has declined. */
  readonly signedOffer: SignedOffer | undefined;
  /** Everything that speaks against hiring by the offer, in words. Empty: nothing does. */
  readonly objections: readonly string[];
  /** Why there is no offer, in the agent's words: data of a stranger. */
  readonly declined: { readonly reason: DeclineReason; readonly detail: string } | undefined;
  /** Asks for the same offer with changes, once. It commits to nothing, and the earlier offer stays valid. */
  counter(changes: CounterChanges): Promise<Negotiation>;
  /** Tells the agent which job its offer was hired for, so that it need not find out. The chain says so anyway. */
  tellHired(jobId: bigint, acceptance: AcceptanceTerms): Promise<void>;
  /** Tells the agent that nothing comes of it. Its offer stays valid, for the client too. */
  decline(why?: Pick<Decline, "reason" | "detail">): Promise<void>;
}

/** The agent did not answer, or with nothing that counts as an answer. The message may quote it: data of a stranger. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/**
 * Asks an agent for an offer, and checks what it answers. Commits to nothing. Throws a `RefusedError` if the agent
 * refuses the message, a `NoAnswerError` if it does not answer, and an `InvalidInputError` for what the caller gave.
 */
export async function negotiate(asker: Asker, asked: AskedAgent, input: NegotiateInput): Promise<Negotiation> {
  const { place, account } = asker;
  const { terms, answerWithin = 600n, carriers = [httpCarrier], http = {} } = input;
  const { service = "", inputHash, deliverBy = 0n, clientAgentId = 0n } = input;
  const { agentId, provider } = asked;
  const file = await fromStranger(agentId, () => validateRegistration(asked.file, "its registration file"));
  const [send] = carriers.flatMap((carrier) => carrier(file) ?? []);
  if (send === undefined) {
    throw new InvalidInputError(`agent ${agentId} names no place to negotiate that can be reached from here.`);
  }
  const message = makeQuoteRequest({
    ...{ client: account, clientAgentId, provider, service, deliverBy, maxAmount: input.maxAmount },
    termsHash: termsHash(terms),
    ...(inputHash === undefined ? {} : { inputHash }),
    token: getAddress(input.token),
    evaluators: input.evaluators.map((evaluator) => getAddress(evaluator)),
    validUntil: (await asker.now()) + answerWithin,
  });
  const limits: OfferLimits = {
    ...input.limits,
    ...{ maxAmount: message.maxAmount, tokens: [message.token], evaluators: message.evaluators },
  };
  const checks = checksOf(asker);
  const tell = async (thread: Thread, body: Message, carried: Pick<Envelope, "terms" | "acceptance"> = {}) => {
    const envelope = await sealMessage(asker.signer, place, body, carried);
    const extended = await extendThread(thread, envelope, await asker.now(), checks);
    return { thread: extended.thread, reply: await fromStranger(agentId, () => send(envelope, http)) };
  };
  const say = async (before: Thread, body: Message): Promise<Negotiation> => {
    const { thread, reply } = await tell(before, body, body.type === "QuoteRequest" ? { terms: carry(terms) } : {});
    if (reply === undefined) throw new NoAnswerError(`agent ${agentId} says nothing: ask another one.`);
    const now = await asker.now();
    const answered = await fromStranger(agentId, () => extendThread(thread, reply, now, checks));
    return standing(answered.thread, reply, now);
  };
  const standing = (thread: Thread, { body, signature }: Envelope, now: bigint): Negotiation => {
    if (body.type !== "Offer" && body.type !== "Decline") {
      throw new NoAnswerError(`agent ${agentId} answers with something else than an offer: ask another one.`);
    }
    const offer = body.type === "Offer" ? body.message : undefined;
    return {
      thread,
      signedOffer: offer === undefined ? undefined : { ...place, offer, signature },
      objections: offer === undefined ? [] : objectionsTo(thread, offer, agentId, limits, now),
      declined: body.type === "Decline" ? { reason: body.message.reason, detail: body.message.detail } : undefined,
      counter: (changes) => {
        if (offer === undefined) throw new InvalidInputError("the agent has declined: there is no offer to counter.");
        return say(thread, { type: "CounterOffer", message: counterOf(place, offer, changes) });
      },
      tellHired: async (jobId, acceptance) => {
        if (offer === undefined) throw new InvalidInputError("the agent has declined: there is no offer to hire by.");
        const inReplyTo = messageHash(place, { type: "Offer", message: offer });
        await tell(thread, { type: "Acceptance", message: { client: account, jobId, inReplyTo } }, { acceptance });
      },
      decline: async (why = { reason: "chose-another", detail: "another offer suits better." }) => {
        if (offer === undefined) return; // it has ended
        await tell(thread, { type: "Decline", message: declineOf(thread, account, why) });
      },
    };
  };
  return say(openThread(place, provider), { type: "QuoteRequest", message });
}

function objectionsTo(thread: Thread, offer: Offer, agentId: bigint, limits: OfferLimits, now: bigint): string[] {
  // What speaks against a stranger's own terms quotes them.
  if (offer.termsHash !== requestOf(thread).termsHash) return ["it is for other terms than yours"];
  const other = `it is by agent ${offer.providerAgentId}, not ${agentId}: its work goes into another record`;
  return [...(offer.providerAgentId === agentId ? [] : [other]), ...checkOffer(thread, offer, limits, now)];
}

/** The client's own signatures count by its key, also where the account is an AgentWallet, which signs no messages. */
function checksOf({ chain, account, signer }: Asker): ThreadOptions {
  return { chain, speaksFor: async (party, key) => party === account && key === (await signer.getAddress()) };
}

/** What goes wrong with what a stranger says is said in the stranger's words, whatever threw it. */
async function fromStranger<T>(agentId: bigint, listen: () => T | Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    const [said = ""] = (error as Error).message.split("\n", 1);
    const sentence = `agent ${agentId} gives no answer that counts: ${said.replace(/[.\s]+$/, "")}.`;
    throw new NoAnswerError(sentence, { cause: error });
  }
}

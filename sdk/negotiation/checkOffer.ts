import { ZeroAddress, ZeroHash } from "ethers";

import { deliverableTermsProblems } from "../deliverable";
import { InvalidInputError } from "../InvalidInputError";
import type { Offer } from "../offers";
import { formatTime } from "../units";
import type { Place } from "./messages";
import { messageHash } from "./messages";
import { latestDelivery } from "./quote";
import type { Thread } from "./thread";
import { contractOf, lastOf, requestOf } from "./thread";

/** What a client agrees to, whatever its request said. */
export interface OfferLimits {
  /** Base units. */
  readonly maxAmount: bigint;
  /** Tokens that it pays in. */
  readonly tokens: readonly string[];
  /** Evaluators that it trusts. Empty: those of its request; with neither, none. */
  readonly evaluators: readonly string[];
  /** Basis points of the price; by default none. Fees come out of the price, but buy influence. */
  readonly maxEvaluatorFeeBps?: bigint;
  readonly maxReferrerFeeBps?: bigint;
  /** By default none: a hook is called at every step and can stop a job's steps. */
  readonly hooks?: readonly string[];
  /** Seconds that it needs at least to look at the work and to dispute it; by default a day where silence pays. */
  readonly minEvaluationPeriod?: bigint;
  /** Whether unjudged work may be paid; by default yes if it has the evaluation period to object. */
  readonly allowSilencePays?: boolean;
  /** Seconds that the delivery may take where neither request nor terms name a time; by default thirty days. */
  readonly maxDeliveryPeriod?: bigint;
}

const DAY = 86_400n;

/**
 * Everything that speaks against hiring by an offer, in words; empty if nothing does. The last look before money moves:
 * by the thread (is it the offer that was negotiated?), by the request, and by the client's own limits.
 * @param now Unix seconds, the chain's time.
 */
export function checkOffer(thread: Thread, offer: Offer, limits: OfferLimits, now: bigint): string[] {
  return [
    ...againstThread(thread, offer),
    ...againstRequest(thread, offer),
    ...againstCounter(thread, offer),
    ...limitProblems(offer, limits.evaluators.length > 0 ? limits : { ...limits, evaluators: requested(thread) }),
    ...againstDelay(thread, offer, limits),
    ...(now > offer.validUntil ? [`it expired at ${formatTime(offer.validUntil)}`] : []),
  ];
}

function againstThread(thread: Thread, offer: Offer): string[] {
  const last = thread.entries.at(-1)?.envelope.body;
  const problems: string[] = [];
  if (last?.type !== "Offer" || hashOf(thread.place, last.message) !== hashOf(thread.place, offer)) {
    problems.push("it is not the offer that stands at the end of this negotiation");
  }
  if (offer.client !== thread.client)
    problems.push(`it names the client ${offer.client}, not ${String(thread.client)}`);
  if (offer.provider !== thread.provider) problems.push(`it is by ${offer.provider}, not ${String(thread.provider)}`);
  return problems;
}

function hashOf(place: Place, message: Offer): string {
  return messageHash(place, { type: "Offer", message });
}

function againstRequest(thread: Thread, offer: Offer): string[] {
  const request = requestOf(thread);
  const problems: string[] = [];
  if (offer.clientAgentId !== request.clientAgentId) {
    problems.push(`it is for your agent ${offer.clientAgentId}, not ${request.clientAgentId}`);
  }
  if (offer.token !== request.token) problems.push(`it is in the token ${offer.token}, you asked for ${request.token}`);
  const wanted = lastOf(thread, "CounterOffer")?.termsHash ?? request.termsHash;
  if (offer.termsHash !== wanted) problems.push(`its terms are ${offer.termsHash}, yours are ${wanted}`);
  if (request.maxAmount !== 0n && offer.amount > request.maxAmount) {
    problems.push(`it costs ${offer.amount} base units, you asked for at most ${request.maxAmount}`);
  }
  problems.push(...againstTerms(thread, offer));
  return problems;
}

function againstTerms(thread: Thread, offer: Offer): string[] {
  const request = requestOf(thread);
  let contract;
  try {
    contract = contractOf(thread, offer.termsHash);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return ["its job contract is unknown: nobody could say what is to be delivered"];
  }
  const problems = deliverableTermsProblems(contract).map(
    (problem) => `its deliverable could not be checked: ${problem}`,
  );
  const latest = latestDelivery(request, contract);
  if (latest !== undefined && offer.validUntil + offer.deliveryPeriod > latest) {
    problems.push(`hired in its last second it may be delivered after ${formatTime(latest)}, which is too late`);
  }
  if (contract.inputs.some(({ hash }) => hash === undefined) && request.inputHash === ZeroHash) {
    problems.push("its job contract needs a file of yours, but your request names no input hash");
  }
  const isPrivate = (contract.confidentiality ?? "public") !== "public";
  if (isPrivate && thread.terms[offer.termsHash]?.salt === undefined) {
    problems.push("its terms are confidential, but their hash has no salt: who guesses them can recognise them");
  }
  return problems;
}

/** Only what became worse than what the client had asked for. */
function againstCounter(thread: Thread, offer: Offer): string[] {
  const counter = lastOf(thread, "CounterOffer");
  if (counter === undefined) return [];
  const problems: string[] = [];
  if (offer.amount > counter.amount)
    problems.push(`it costs ${offer.amount} base units, you offered ${counter.amount}`);
  if (offer.deliveryPeriod > counter.deliveryPeriod) {
    problems.push(`it takes ${offer.deliveryPeriod} seconds, you asked for ${counter.deliveryPeriod}`);
  }
  if (offer.evaluator !== counter.evaluator) {
    problems.push(`its evaluator is ${offer.evaluator}, you asked for ${counter.evaluator}`);
  }
  if (offer.evaluationPeriod < counter.evaluationPeriod) {
    problems.push(`its evaluation takes ${offer.evaluationPeriod} seconds, you asked for ${counter.evaluationPeriod}`);
  }
  if (offer.silencePaysProvider && !counter.silencePaysProvider)
    problems.push("it pays by silence, you asked that it does not");
  return problems;
}

/** The money is bound for as long as the delivery may take. */
function againstDelay(thread: Thread, offer: Offer, { maxDeliveryPeriod = 30n * DAY }: OfferLimits): string[] {
  const contract = thread.terms[offer.termsHash]?.contract;
  const latest = contract === undefined ? undefined : latestDelivery(requestOf(thread), contract);
  if (latest !== undefined || offer.deliveryPeriod <= maxDeliveryPeriod) return [];
  return [`it may take ${offer.deliveryPeriod} seconds to deliver, your limit is ${maxDeliveryPeriod}`];
}

function requested(thread: Thread): readonly string[] {
  return requestOf(thread).evaluators;
}

/**
 * What speaks against hiring by an offer whose negotiation is not at hand: all that the client's own limits bound, in
 * words. Evaluators are those named, and nobody else.
 */
export function limitProblems(offer: Offer, limits: OfferLimits): string[] {
  const { maxEvaluatorFeeBps = 0n, maxReferrerFeeBps = 0n, hooks = [] } = limits;
  const { minEvaluationPeriod = offer.silencePaysProvider ? DAY : 0n } = limits;
  const problems: string[] = [];
  if (offer.amount === 0n) problems.push("it costs nothing, and the escrow takes no job without a deposit");
  if (offer.amount > limits.maxAmount) {
    problems.push(`it costs ${offer.amount} base units, your limit is ${limits.maxAmount}`);
  }
  if (!limits.tokens.includes(offer.token)) problems.push(`its token ${offer.token} is not one that you pay in`);
  if (!limits.evaluators.includes(offer.evaluator))
    problems.push(`its evaluator ${offer.evaluator} is not one that you trust`);
  if (offer.evaluatorFeeBps > maxEvaluatorFeeBps) {
    problems.push(`its evaluator gets ${offer.evaluatorFeeBps} basis points, your limit is ${maxEvaluatorFeeBps}`);
  }
  if (offer.referrerFeeBps > maxReferrerFeeBps) {
    problems.push(`its referrer gets ${offer.referrerFeeBps} basis points, your limit is ${maxReferrerFeeBps}`);
  }
  if (offer.hook !== ZeroAddress && !hooks.includes(offer.hook))
    problems.push(`its hook ${offer.hook} is not one that you allow`);
  if (offer.evaluationPeriod < minEvaluationPeriod) {
    problems.push(`its evaluation takes ${offer.evaluationPeriod} seconds, you need ${minEvaluationPeriod}`);
  }
  if (offer.silencePaysProvider && limits.allowSilencePays === false) {
    problems.push("unjudged work would be paid, which you do not allow");
  }
  return problems;
}

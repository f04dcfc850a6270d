import { ZeroAddress } from "ethers";

import { parseAccountId, parseTokenId } from "../caip";
import { canonicalJson } from "../canonicalJson";
import type { CatalogueFile, CatalogueService } from "../catalogue";
import { isJsonMediaType, priceOf } from "../catalogue";
import { deliverableTermsProblems } from "../deliverable";
import { InvalidInputError } from "../InvalidInputError";
import type { Offer } from "../offers";
import { makeOffer } from "../offers";
import { valueProblems } from "../safeSchemaCheck";
import type { JobContract } from "../terms";
import type { CounterOffer, DeclineReason, Place, QuoteRequest } from "./messages";
import { messageHash } from "./messages";
import { statedTermsProblems } from "./statedTerms";

/** How a provider quotes, beyond what its catalogue says. */
export interface QuotePolicy {
  readonly place: Place;
  readonly provider: string;
  /** ERC-8004 identity, 0 for none. */
  readonly providerAgentId: bigint;
  /** Seconds that an offer stays open. */
  readonly validity: bigint;
  /** Basis points of the list price below which it does not go, whatever is asked; 10,000 for fixed prices. */
  readonly lowestBps: bigint;
  /** Jobs that it has taken on and not yet handed over, offers that are still open included. */
  readonly openJobs: number;
  readonly maxOpenJobs: number;
  /** Evaluators that it works under where the catalogue names none; empty for any. */
  readonly evaluators?: readonly string[];
  /**
   * Whether it also takes a job contract that says more than the catalogue's `terms`; by default it does not. Look at
   * all of it: whoever judges will.
   */
  readonly acceptTerms?: (contract: JobContract, service: CatalogueService) => boolean;
}

/** What a provider would work on: a request with the job contract that it names. */
export interface Asked {
  readonly request: QuoteRequest;
  readonly contract: JobContract;
}

/** An offer to sign, or why there is none. */
export type Quote = { readonly offer: Offer } | { readonly decline: { reason: DeclineReason; detail: string } };

const no = (reason: DeclineReason, detail: string): Quote => ({ decline: { reason, detail: detail.slice(0, 500) } });

/**
 * What a provider answers to a request by its catalogue and policy: the list price, or the client's limit where the
 * policy goes as low as that; the catalogue's periods, or shorter ones to be in time.
 * @param now Unix seconds, the chain's time.
 */
export function offerFromCatalogue(
  service: CatalogueService,
  { request, contract }: Asked,
  policy: QuotePolicy,
  now: bigint,
): Quote {
  const refusal = refusalOf(service, { request, contract }, policy);
  if (refusal !== undefined) return refusal;
  const price = listPrice(service, contract);
  if (typeof price === "string") return no("terms", price);
  const lowest = ceilShare(price, policy.lowestBps);
  const amount = request.maxAmount === 0n || request.maxAmount >= price ? price : request.maxAmount;
  if (amount < lowest) return no("price", `the price is ${price} base units, and never less than ${lowest}.`);
  const evaluator = chooseEvaluator(service, request, policy);
  if (evaluator === undefined) return no("evaluator", "no evaluator suits both sides.");
  const validUntil = earlier(now + policy.validity, request.validUntil);
  const period = BigInt(service.deliveryPeriod);
  const latest = latestDelivery(request, contract);
  if (latest !== undefined && validUntil + period > latest) {
    return no("time", `the work takes up to ${period} seconds: the time until ${latest} is too short.`);
  }
  const offer = makeOffer({
    provider: policy.provider,
    providerAgentId: policy.providerAgentId,
    client: request.client,
    clientAgentId: request.clientAgentId,
    evaluator,
    evaluationPeriod: BigInt(service.evaluation.evaluationPeriod),
    evaluatorFeeBps: BigInt(service.evaluation.evaluatorFeeBps ?? 0),
    silencePaysProvider: service.evaluation.silencePaysProvider,
    token: request.token,
    amount,
    deliveryPeriod: period,
    validUntil,
    termsHash: request.termsHash,
    inReplyTo: messageHash(policy.place, { type: "QuoteRequest", message: request }),
  });
  return { offer };
}

/**
 * What a provider answers to a counter-offer: the same as an offer if its policy allows every change, else why not. It
 * gives in on the price down to its lowest, and on shorter offers; on nothing that makes it wait longer for its money,
 * or that keeps its work from being judged.
 */
export function offerForCounter(
  service: CatalogueService,
  { request, contract }: Asked,
  counter: CounterOffer,
  policy: QuotePolicy,
  now: bigint,
): Quote {
  const asked = { request: { ...request, token: counter.token, termsHash: counter.termsHash }, contract };
  const own = offerFromCatalogue(service, { ...asked, request: { ...asked.request, maxAmount: 0n } }, policy, now);
  if ("decline" in own) return own;
  const { offer } = own;
  const lowest = ceilShare(offer.amount, policy.lowestBps);
  if (counter.amount < lowest) {
    return no("price", `the price is ${offer.amount} base units, and never less than ${lowest}.`);
  }
  if (counter.deliveryPeriod < offer.deliveryPeriod)
    return no("time", `the work takes ${offer.deliveryPeriod} seconds.`);
  if (counter.evaluator !== offer.evaluator && !isAccepted(service, counter.evaluator, policy)) {
    return no("evaluator", "that evaluator is not one it works under.");
  }
  if (
    counter.evaluationPeriod > offer.evaluationPeriod ||
    counter.evaluatorFeeBps > offer.evaluatorFeeBps ||
    counter.hook !== ZeroAddress ||
    counter.referrerFeeBps !== 0n ||
    (offer.silencePaysProvider && !counter.silencePaysProvider)
  ) {
    return no("terms", "it changes the periods, fees, hook or what silence means to the provider's disadvantage.");
  }
  // Where silence refunds, whoever judges must have the time and the fee to: else the client keeps work and money.
  const judged = counter.evaluationPeriod >= offer.evaluationPeriod && counter.evaluatorFeeBps >= offer.evaluatorFeeBps;
  if (!counter.silencePaysProvider && !judged) {
    return no(
      "terms",
      `silence does not pay: it takes ${offer.evaluationPeriod} seconds and a fee of ${offer.evaluatorFeeBps} to judge.`,
    );
  }
  const validUntil = earlier(now + policy.validity, counter.validUntil);
  const latest = latestDelivery(request, contract);
  if (latest !== undefined && validUntil + counter.deliveryPeriod > latest) {
    return no("time", `${counter.deliveryPeriod} seconds of work would end after ${latest}, which is too late.`);
  }
  return {
    offer: {
      ...counter,
      provider: policy.provider,
      providerAgentId: policy.providerAgentId,
      validUntil,
      salt: offer.salt,
      inReplyTo: messageHash(policy.place, { type: "CounterOffer", message: counter }),
    },
  };
}

function refusalOf(service: CatalogueService, { request, contract }: Asked, policy: QuotePolicy): Quote | undefined {
  const token = parseTokenId(service.price.token);
  if (token.chainId !== policy.place.chainId || token.address !== request.token) {
    return no("token", `the price is in ${service.price.token}.`);
  }
  if (policy.openJobs >= policy.maxOpenJobs)
    return no("capacity", `all ${policy.maxOpenJobs} places are taken: ask later.`);
  const skilled = service.skills.some(
    (skill) => contract.taskType === skill || contract.taskType.startsWith(`${skill}/`),
  );
  if (!skilled) return no("skill", `the service does ${service.skills.join(", ")}.`);
  const problems = contractProblems(service, contract);
  if (policy.acceptTerms?.(contract, service) !== true) problems.push(...statedTermsProblems(service, contract));
  return problems.length === 0 ? undefined : no("terms", `${problems.join("; ")}.`);
}

/** What a job contract asks for that the service does not do, in words; empty if it fits. */
export function contractProblems(service: CatalogueService, contract: JobContract): string[] {
  const problems = deliverableTermsProblems(contract);
  try {
    if (service.parameters !== undefined) {
      problems.push(...valueProblems(service.parameters, contract.parameters ?? {}, "/parameters"));
    }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    problems.push(error.message.replace(/\.$/, ""));
  }
  contract.inputs.forEach((input, index) => {
    const { input: taken } = service;
    if (taken === undefined) problems.push(`/inputs/${index} is more than the service takes`);
    else if (essence(input.mediaType) !== essence(taken.mediaType)) {
      problems.push(`/inputs/${index}/mediaType must be ${taken.mediaType}`);
    } else if (taken.maxSize !== undefined && (input.size ?? 0) > taken.maxSize) {
      problems.push(`/inputs/${index}/size is more than ${taken.maxSize}`);
    } else if (taken.maxSize !== undefined && input.hash !== undefined && input.size === undefined) {
      // Nobody hands it over, so that nobody could refuse it for its size; the one that the client brings can be.
      problems.push(`/inputs/${index}/size must be stated, since the service takes at most ${taken.maxSize}`);
    }
  });
  problems.push(...deliverableDifferences(service.deliverable, contract.deliverable));
  if ((contract.revisions ?? 0) > (service.revisions ?? 0)) {
    problems.push(`/revisions is more than ${service.revisions ?? 0}`);
  }
  return problems;
}

/** A provider promises no other form of deliverable than its own, since it will be judged by it. */
function deliverableDifferences(own: CatalogueFile, wanted: JobContract["deliverable"]): string[] {
  const problems: string[] = [];
  if (essence(own.mediaType) !== essence(wanted.mediaType)) {
    problems.push(`/deliverable/mediaType must be ${own.mediaType}`);
  }
  if (wanted.encoding === "canonical-json" && own.encoding !== "canonical-json") {
    problems.push("/deliverable/encoding is not the service's");
  }
  // A limit below the service's own would have it refused for what it always delivers, and lost by a client that takes
  // the service's form. A service that states none may deliver any size.
  if (wanted.maxSize !== undefined && wanted.maxSize < (own.maxSize ?? Infinity)) {
    problems.push(`/deliverable/maxSize is less than the service's ${own.maxSize ?? "own, which is not stated"}`);
  }
  const isOwn = canonicalJson(wanted.schema ?? null) === canonicalJson(own.schema ?? null);
  if (isJsonMediaType(own.mediaType) && wanted.schema !== undefined && !isOwn) {
    problems.push("/deliverable/schema is not the service's");
  }
  return problems;
}

function essence(mediaType: string): string {
  return (mediaType.split(";")[0] ?? "").trim();
}

/** A string says why there is none. */
function listPrice(service: CatalogueService, contract: JobContract): bigint | string {
  try {
    return priceOf(service, contract);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.message;
  }
}

function ceilShare(amount: bigint, bps: bigint): bigint {
  return (amount * bps + 9_999n) / 10_000n;
}

function isAccepted(service: CatalogueService, evaluator: string, { evaluators = [] }: QuotePolicy): boolean {
  const named = service.evaluation.evaluators.map((account) => parseAccountId(account).address);
  const accepted = named.length > 0 ? named : evaluators;
  return accepted.length === 0 || accepted.includes(evaluator);
}

/** The first of the provider's that the client accepts, else the first of the client's that the provider does. */
function chooseEvaluator(service: CatalogueService, request: QuoteRequest, policy: QuotePolicy): string | undefined {
  const own = service.evaluation.evaluators.map((account) => parseAccountId(account).address);
  const preferred = own.length > 0 ? own : (policy.evaluators ?? []);
  const parties = [request.client, policy.provider];
  const suits = (address: string) =>
    !parties.includes(address) && (request.evaluators.length === 0 || request.evaluators.includes(address));
  return (
    preferred.find(suits) ??
    request.evaluators.find((address) => !parties.includes(address) && isAccepted(service, address, policy))
  );
}

/** Unix seconds; undefined if neither request nor contract says. */
export function latestDelivery(request: Pick<QuoteRequest, "deliverBy">, contract: JobContract): bigint | undefined {
  const times = [
    ...(request.deliverBy === 0n ? [] : [request.deliverBy]),
    ...(contract.deadline === undefined ? [] : [BigInt(Math.floor(Date.parse(contract.deadline) / 1_000))]),
  ];
  return times.length === 0 ? undefined : times.reduce(earlier);
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash, id } from "ethers";

import { InvalidInputError } from "../../../../sdk/InvalidInputError";
import { checkOffer } from "../../../../sdk/negotiation/checkOffer";
import type { OfferLimits } from "../../../../sdk/negotiation/checkOffer";
import { compareOffers } from "../../../../sdk/negotiation/compareOffers";
import { sealMessage } from "../../../../sdk/negotiation/envelope";
import type { QuoteRequest } from "../../../../sdk/negotiation/messages";
import { counterOf, messageHash } from "../../../../sdk/negotiation/messages";
import type { Quote, QuotePolicy } from "../../../../sdk/negotiation/quote";
import { offerForCounter, offerFromCatalogue } from "../../../../sdk/negotiation/quote";
import { carry } from "../../../../sdk/negotiation/threadTerms";
import type { Offer } from "../../../../sdk/offers";
import type { SettlementFacts } from "../../../../sdk/records";
import type { JobContract } from "../../../../sdk/terms";
import { termsHash } from "../../../../sdk/terms";
import {
  CLIENT,
  CONTRACT,
  EVALUATOR,
  LIST_PRICE,
  NOW,
  PLACE,
  PROVIDER,
  SERVICE,
  STRANGER,
  TOKEN,
  offeredThread,
  policyOf,
  quoteOf,
  requestOf,
  sealCounter,
  sealOffer,
  sealRequest,
  threadOf,
} from "../../../fixtures/negotiation";

function quote(
  fields: Partial<QuoteRequest> = {},
  contract: JobContract = CONTRACT,
  policy: Partial<QuotePolicy> = {},
): Quote {
  const request = requestOf({ termsHash: termsHash(contract), ...fields });
  return offerFromCatalogue(SERVICE, { request, contract }, policyOf(policy), NOW);
}

const reasonOf = (answer: Quote) => ("decline" in answer ? answer.decline.reason : "an offer");

describe("sdk", () => {
  describe("offerFromCatalogue", () => {
    it("offers what the catalogue says to the client that asks", () => {
      const request = requestOf();
      expect(quoteOf(request)).to.deep.include({
        provider: PROVIDER.address,
        providerAgentId: 2n,
        client: CLIENT.address,
        clientAgentId: 1n,
        evaluator: EVALUATOR,
        evaluationPeriod: 86_400n,
        evaluatorFeeBps: 200n,
        token: TOKEN,
        amount: LIST_PRICE,
        deliveryPeriod: 3_600n,
        validUntil: NOW + 600n,
        termsHash: request.termsHash,
        inReplyTo: messageHash(PLACE, { type: "QuoteRequest", message: request }),
        capacity: 1n,
      });
    });

    it("goes down to the client's limit, as far as the policy does", () => {
      for (const [maxAmount, amount] of [
        [0n, 100n],
        [500n, 100n],
        [99n, 99n],
        [80n, 80n],
      ] as const) {
        expect(quote({ maxAmount })).to.have.nested.property("offer.amount", amount);
      }
      expect(quote({ maxAmount: 79n })).to.deep.equal({
        decline: { reason: "price", detail: "the price is 100 base units, and never less than 80." },
      });
      expect(reasonOf(quote({ maxAmount: 99n }, CONTRACT, { lowestBps: 10_000n }))).to.equal("price");
    });

    it("ends with the request", () => {
      expect(quote({ validUntil: NOW + 30n })).to.have.nested.property("offer.validUntil", NOW + 30n);
    });

    it("keeps the deadline even if it is hired in the last second", () => {
      expect(reasonOf(quote({ deliverBy: NOW + 600n + 3_600n }))).to.equal("an offer");
      expect(reasonOf(quote({ deliverBy: NOW + 600n + 3_599n }))).to.equal("time");
      const deadline = new Date(Number(NOW + 4_199n) * 1_000).toISOString();
      expect(reasonOf(quote({}, { ...CONTRACT, deadline }))).to.equal("time");
    });

    const declined: [string, string, Partial<QuoteRequest>, Partial<JobContract>, Partial<QuotePolicy>][] = [
      ["another token", "token", { token: STRANGER.address }, {}, {}],
      ["another chain", "token", {}, {}, { place: { ...PLACE, chainId: 1n } }],
      ["no place free", "capacity", {}, {}, { openJobs: 3 }],
      ["another skill", "skill", {}, { taskType: "code/linter" }, {}],
      ["an evaluator of its own", "evaluator", { evaluators: [STRANGER.address] }, {}, {}],
      ["another input", "terms", {}, { inputs: [{ name: "a", mediaType: "image/png" }] }, {}],
      ["too large an input", "terms", {}, { inputs: [{ name: "a", mediaType: "text/plain", size: 100_001 }] }, {}],
      [
        "a file by its hash, of no size",
        "terms",
        {},
        { inputs: [{ name: "a", mediaType: "text/plain", hash: id("a") }] },
        {},
      ],
      ["another deliverable", "terms", {}, { deliverable: { mediaType: "text/plain" } }, {}],
      ["another schema", "terms", {}, { deliverable: { ...CONTRACT.deliverable, schema: { maximum: 5 } } }, {}],
      ["revisions", "terms", {}, { revisions: 1 }, {}],
      ...(
        [
          { description: "Lint the client's file, and list its cats." },
          { inputs: [{ ...CONTRACT.inputs[0]!, description: "Two files." }] },
          { deliverable: { ...CONTRACT.deliverable, description: "With the client's cats." } },
          { acceptance: [...CONTRACT.acceptance, { id: "cats", description: "The report lists the client's cats." }] },
          { acceptance: [{ id: "right", description: "The report lists the client's cats." }] },
          { evaluation: { method: "review" } },
          { evaluation: { ...CONTRACT.evaluation, description: "A cat decides." } },
          { licence: "CC0-1.0" },
          { confidentiality: "parties-and-evaluator" },
          { extensions: { "example.com": { cats: true } } },
        ] satisfies Partial<JobContract>[]
      ).map((terms): [string, string, object, Partial<JobContract>, object] => [
        `terms that the service does not state: ${JSON.stringify(terms).slice(0, 90)}`,
        "terms",
        {},
        terms,
        {},
      ]),
    ];
    for (const [what, reason, fields, contract, policy] of declined) {
      it(`declines ${what}`, () => {
        expect(reasonOf(quote(fields, { ...CONTRACT, ...contract }, policy))).to.equal(reason);
      });
    }

    it("takes other terms where its operator does, and none without", () => {
      const contract = {
        ...CONTRACT,
        acceptance: [{ id: "cats", description: "The report lists the client's cats." }],
      };
      const seen: unknown[] = [];
      const acceptTerms = (...given: unknown[]) => seen.push(given) > 0;
      expect(reasonOf(quote({}, contract, { acceptTerms }))).to.equal("an offer");
      expect(seen).to.deep.equal([[contract, SERVICE]]);
      expect(quote({}, contract, { acceptTerms: () => false })).to.have.nested.property(
        "decline.detail",
        "/acceptance/0 is not among what the service works by.",
      );
      expect(reasonOf(quote({}, { ...CONTRACT, title: "Any name", confidentiality: "public" }))).to.equal("an offer");
      const { terms, ...silent } = SERVICE;
      expect(terms).to.be.an("object");
      const asked = { request: requestOf(), contract: CONTRACT };
      expect(reasonOf(offerFromCatalogue(silent, asked, policyOf(), NOW))).to.equal("terms");
    });

    it("works under the client's evaluator if it is bound to none", () => {
      const free = { ...SERVICE, evaluation: { ...SERVICE.evaluation, evaluators: [] } };
      const asked = { request: requestOf({ evaluators: [STRANGER.address] }), contract: CONTRACT };
      const offered = offerFromCatalogue(free, asked, policyOf(), NOW);
      expect(offered).to.have.nested.property("offer.evaluator", STRANGER.address);
      const named = offerFromCatalogue(free, asked, policyOf({ evaluators: [EVALUATOR] }), NOW);
      expect(reasonOf(named)).to.equal("evaluator");
      const nobody = { ...asked, request: requestOf({ evaluators: [] }) };
      expect(reasonOf(offerFromCatalogue(free, nobody, policyOf(), NOW))).to.equal("evaluator");
    });
  });

  describe("offerForCounter", () => {
    function answer(changes: Partial<Offer>): Quote {
      const request = requestOf();
      const counter = counterOf(PLACE, quoteOf(request), changes);
      return offerForCounter(SERVICE, { request, contract: CONTRACT }, counter, policyOf(), NOW);
    }

    it("signs what the policy allows, as an answer to the counter-offer", () => {
      const request = requestOf();
      const counter = counterOf(PLACE, quoteOf(request), { amount: 85n, deliveryPeriod: 7_200n });
      const answered = offerForCounter(SERVICE, { request, contract: CONTRACT }, counter, policyOf(), NOW);
      expect(answered)
        .to.have.property("offer")
        .that.deep.includes({
          amount: 85n,
          deliveryPeriod: 7_200n,
          inReplyTo: messageHash(PLACE, { type: "CounterOffer", message: counter }),
        });
    });

    const declined: [string, string, Partial<Offer>][] = [
      ["too low a price", "price", { amount: 79n }],
      ["too short a time", "time", { deliveryPeriod: 3_599n }],
      ["an evaluator of the client's", "evaluator", { evaluator: STRANGER.address }],
      ["a longer evaluation", "terms", { evaluationPeriod: 86_401n }],
      ["a higher fee", "terms", { evaluatorFeeBps: 201n }],
      ["too short an evaluation where silence does not pay", "terms", { evaluationPeriod: 86_399n }],
      ["too low a fee where silence does not pay", "terms", { evaluatorFeeBps: 199n }],
      ["a hook", "terms", { hook: STRANGER.address }],
      ["a referrer", "terms", { referrerFeeBps: 1n }],
      ["another token", "token", { token: STRANGER.address }],
    ];
    for (const [what, reason, changes] of declined) {
      it(`declines ${what}`, () => {
        expect(reasonOf(answer(changes))).to.equal(reason);
      });
    }
  });

  describe("offerForCounter, on time", () => {
    it("gives in on the evaluation where silence pays", () => {
      const service = { ...SERVICE, evaluation: { ...SERVICE.evaluation, silencePaysProvider: true } };
      const request = requestOf();
      const first = offerFromCatalogue(service, { request, contract: CONTRACT }, policyOf(), NOW);
      if ("decline" in first) throw new Error(first.decline.detail);
      const counter = counterOf(PLACE, first.offer, { evaluationPeriod: 3_600n, evaluatorFeeBps: 0n });
      const answered = offerForCounter(service, { request, contract: CONTRACT }, counter, policyOf(), NOW);
      expect(answered).to.have.nested.property("offer.evaluationPeriod", 3_600n);
    });

    it("promises no delivery after the time at which the work is of no use", () => {
      const latest = NOW + 600n + 7_200n;
      const deadline = new Date(Number(latest) * 1_000).toISOString();
      const dated = { ...CONTRACT, deadline };
      for (const [request, contract] of [
        [requestOf({ deliverBy: latest }), CONTRACT],
        [requestOf({ termsHash: termsHash(dated) }), dated],
      ] as const) {
        const own = quoteOf(request, policyOf(), contract);
        const countered = (deliveryPeriod: bigint) => {
          const counter = counterOf(PLACE, own, { deliveryPeriod });
          return offerForCounter(SERVICE, { request, contract }, counter, policyOf(), NOW);
        };
        expect(reasonOf(countered(7_200n))).to.equal("an offer");
        expect(reasonOf(countered(7_201n))).to.equal("time");
      }
    });
  });

  describe("checkOffer", () => {
    const LIMITS: OfferLimits = { maxAmount: 100n, tokens: [TOKEN], evaluators: [], maxEvaluatorFeeBps: 200n };

    /** An offer that was taken into a thread, however bad, looked at by its client. */
    async function against(
      changes: Partial<Offer>,
      limits: Partial<OfferLimits> = {},
      asked: Partial<QuoteRequest> = {},
    ) {
      const request = requestOf(asked);
      const offer = {
        ...quoteOf(requestOf()),
        inReplyTo: messageHash(PLACE, { type: "QuoteRequest", message: request }),
        ...changes,
      };
      const thread = await threadOf(await sealRequest(request), await sealOffer(offer));
      return checkOffer(thread, offer, { ...LIMITS, ...limits }, NOW);
    }

    it("has nothing against what was asked for", async () => {
      expect(await against({})).to.deep.equal([]);
    });

    const faults: [string, Partial<Offer>, Partial<OfferLimits>, Partial<QuoteRequest>, string][] = [
      ["a price over the limit", {}, { maxAmount: 99n }, {}, "it costs 100 base units, your limit is 99"],
      ["a price over what was asked", {}, {}, { maxAmount: 99n }, "you asked for at most 99"],
      ["another token", { token: STRANGER.address }, {}, {}, `you asked for ${TOKEN}`],
      ["a token of no use", {}, { tokens: [] }, {}, "is not one that you pay in"],
      ["an unknown evaluator", { evaluator: STRANGER.address }, {}, {}, "is not one that you trust"],
      ["no trusted evaluator", {}, {}, { evaluators: [] }, "is not one that you trust"],
      ["a dear evaluator", {}, { maxEvaluatorFeeBps: 199n }, {}, "gets 200 basis points, your limit is 199"],
      ["a referrer", { referrer: STRANGER.address, referrerFeeBps: 1n }, {}, {}, "referrer gets 1 basis points"],
      ["a hook", { hook: STRANGER.address }, {}, {}, "is not one that you allow"],
      ["a short evaluation", { evaluationPeriod: 3_600n }, { minEvaluationPeriod: 3_601n }, {}, "you need 3601"],
      [
        "silence that pays",
        { silencePaysProvider: true },
        { allowSilencePays: false },
        {},
        "unjudged work would be paid",
      ],
      ["late delivery", { deliveryPeriod: 9_000n }, {}, { deliverBy: NOW + 9_599n }, "which is too late"],
      ["a missing input", {}, {}, { inputHash: ZeroHash }, "your request names no input hash"],
    ];
    for (const [what, changes, limits, asked, reason] of faults) {
      it(`names ${what}`, async () => {
        expect((await against(changes, limits, asked)).join("; ")).to.contain(reason);
      });
    }

    it("names an offer that is not the negotiated one, or has expired", async () => {
      const { thread, offer } = await offeredThread();
      const changed = checkOffer(thread, { ...offer, amount: 99n }, LIMITS, NOW);
      expect(changed).to.deep.equal(["it is not the offer that stands at the end of this negotiation"]);
      expect(checkOffer(thread, offer, LIMITS, offer.validUntil)).to.deep.equal([]);
      expect(checkOffer(thread, offer, LIMITS, offer.validUntil + 1n).join()).to.match(/^it expired at 2027-/);
    });

    it("names what became worse than the counter-offer", async () => {
      const { offer, envelopes } = await offeredThread();
      const counter = await sealCounter(offer, { amount: 90n, deliveryPeriod: 1_800n });
      const countered = await threadOf(...envelopes, counter);
      const second = { ...offer, amount: 91n, inReplyTo: countered.entries.at(-1)!.hash };
      const thread = await threadOf(...envelopes, counter, await sealOffer(second));
      expect(checkOffer(thread, second, LIMITS, NOW)).to.deep.equal([
        "it costs 91 base units, you offered 90",
        "it takes 3600 seconds, you asked for 1800",
      ]);
    });

    it("names terms that cannot be checked or that should have been salted", async () => {
      const contract: JobContract = {
        ...CONTRACT,
        confidentiality: "parties",
        deliverable: { mediaType: "application/json", schema: { pattern: "(?=a)" } },
      };
      const request = requestOf({ termsHash: termsHash(contract) });
      const inReplyTo = messageHash(PLACE, { type: "QuoteRequest", message: request });
      const offer = { ...quoteOf(requestOf()), termsHash: request.termsHash, inReplyTo };
      const asked = await sealMessage(
        CLIENT,
        PLACE,
        { type: "QuoteRequest", message: request },
        { terms: carry(contract) },
      );
      const thread = await threadOf(asked, await sealOffer(offer));
      expect(checkOffer(thread, offer, LIMITS, NOW).join("; "))
        .to.contain("its deliverable could not be checked: /deliverable/schema/pattern")
        .and.to.contain("their hash has no salt");
    });
  });

  describe("compareOffers", () => {
    const NOTHING: SettlementFacts = {
      volumePaid: 0n,
      weight: 0n,
      completed: 0n,
      counterparties: 0n,
      fees: 0n,
      firstAt: 0n,
      lastAt: 0n,
      rejected: 0n,
      undelivered: 0n,
      volumeRefunded: 0n,
      partiallyCompleted: 0n,
      unjudged: 0n,
      declined: 0n,
      disputesWon: 0n,
      disputesLost: 0n,
    };
    const by = (name: string, fields: Partial<Offer> = {}) => ({
      ...quoteOf(requestOf()),
      provider: new Wallet(id(name)).address,
      ...fields,
    });
    const [good, bad, unknown] = [by("good", { amount: 120n }), by("bad", { amount: 60n }), by("unknown")];
    const records = new Map([
      [good.provider, { ...NOTHING, completed: 8n, weight: 8_000_000n, counterparties: 8n }],
      [bad.provider, { ...NOTHING, completed: 1n, weight: 1_000_000n, rejected: 6n, disputesLost: 2n }],
    ]);

    it("weighs price, time and record as the client likes, and says why", () => {
      const order = (preferences?: object) =>
        compareOffers([bad, good, unknown], records, preferences).map(({ offer }) => offer);
      expect(order({ record: 1 })).to.deep.equal([good, unknown, bad]);
      expect(order({ price: 1 })).to.deep.equal([bad, unknown, good]);
      const [first] = compareOffers([bad, good, unknown], records, { price: 1, record: 3 });
      expect(first!.offer).to.equal(good);
      expect(first!.score).to.be.closeTo(0.25 * 0.5 + 0.75 * 0.9, 1e-6);
      expect(first!.reasons.map(({ says }) => says)).to.deep.equal([
        "costs 120 base units; the cheapest offer 60",
        "delivers within 3600 seconds; the fastest offer within 3600",
        "jobs: 8 completed, 0 in part, 0 rejected, 0 not delivered, 0 disputes lost; parties: 8",
      ]);
    });

    it("does not take one party's many jobs for a good record", () => {
      // 50 jobs with one friend weigh as much as four and a half with strangers.
      const friends = { ...NOTHING, completed: 50n, weight: 4_499_205n, counterparties: 1n };
      const both = new Map([...records, [unknown.provider, friends]]);
      const ranked = compareOffers([unknown, { ...good, amount: 100n }], both);
      expect(ranked[0]!.offer.provider).to.equal(good.provider);
    });

    it("refuses what cannot be compared", () => {
      expect(() => compareOffers([bad], records, {})).to.throw(InvalidInputError, "preferences must be numbers");
      expect(() => compareOffers([bad, by("x", { token: ZeroAddress })], records)).to.throw("in different tokens");
    });
  });
});

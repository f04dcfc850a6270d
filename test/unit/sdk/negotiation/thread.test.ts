import { expect } from "chai";
import { Wallet, ZeroAddress, id } from "ethers";

import type { NegotiationFault } from "../../../../sdk/negotiation/NegotiationError";
import { NegotiationError } from "../../../../sdk/negotiation/NegotiationError";
import { envelopeToJson, formatEnvelope, parseEnvelope, sealMessage } from "../../../../sdk/negotiation/envelope";
import { counterOf } from "../../../../sdk/negotiation/messages";
import { contractOf, extendThread, nextMoves, openThread, threadState } from "../../../../sdk/negotiation/thread";
import { formatThread, parseThread } from "../../../../sdk/negotiation/threadFile";
import { carry } from "../../../../sdk/negotiation/threadTerms";
import { offerDomain, offerHash } from "../../../../sdk/offers";
import { termsHash } from "../../../../sdk/terms";
import {
  CLIENT,
  CONTRACT,
  EVALUATOR,
  NOW,
  PLACE,
  PROVIDER,
  STRANGER,
  acceptanceFor,
  lastHash,
  offeredThread,
  quoteOf,
  requestOf,
  sealAcceptance,
  sealCounter,
  sealDecline,
  sealOffer,
  sealRequest,
  threadOf,
} from "../../../fixtures/negotiation";

async function expectFault(refused: Promise<unknown>, fault: NegotiationFault, reason: string): Promise<void> {
  const error: unknown = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(NegotiationError);
  expect((error as NegotiationError).message).to.contain(reason);
  expect((error as NegotiationError).fault).to.equal(fault);
}

describe("sdk", () => {
  describe("negotiation threads", () => {
    it("go from request over offer, counter-offer and offer to acceptance, each linked to the one before", async () => {
      const { request, offer, envelopes, thread: offered } = await offeredThread();
      const counter = await sealCounter(offer, { amount: 90n });
      const countered = await threadOf(...envelopes, counter);
      const second = { ...offer, amount: 90n, inReplyTo: lastHash(countered), salt: 7n };
      const agreed = await threadOf(...envelopes, counter, await sealOffer(second));
      const done = await threadOf(...envelopes, counter, await sealOffer(second), await sealAcceptance(second));

      expect(threadState(openThread(PLACE))).to.equal("empty");
      expect([offered, countered, agreed, done].map(threadState)).to.deep.equal([
        "offered",
        "countered",
        "offered",
        "accepted",
      ]);
      expect(offer.inReplyTo).to.equal(done.entries[0]!.hash).and.to.equal(done.id);
      // The offer's hash in the thread is the escrow's own.
      expect(done.entries[3]!.hash).to.equal(offerHash(offerDomain(PLACE.chainId, PLACE.escrow), second));
      expect(contractOf(done, request.termsHash)).to.deep.equal(CONTRACT);
    });

    it("tell each side's next moves", async () => {
      const { offer, envelopes, thread } = await offeredThread();
      expect(nextMoves(openThread(PLACE), NOW)).to.deep.equal({ client: ["QuoteRequest"], provider: [] });
      expect(nextMoves(await threadOf(envelopes[0]!), NOW).provider).to.deep.equal(["Offer", "Decline"]);
      expect(nextMoves(thread, NOW)).to.deep.equal({
        client: ["CounterOffer", "Acceptance", "Decline"],
        provider: ["Decline"],
      });
      expect(nextMoves(thread, offer.validUntil).client).to.include("Acceptance");
      expect(nextMoves(thread, offer.validUntil + 1n)).to.deep.equal({ client: ["Decline"], provider: ["Decline"] });
      const declined = await threadOf(...envelopes, await sealDecline(CLIENT, lastHash(thread)));
      expect(nextMoves(declined, NOW)).to.deep.equal({ client: [], provider: [] });
    });

    it("leave room for an end only, when they are full", async () => {
      const { offer, envelopes, thread } = await offeredThread();
      expect(nextMoves(thread, NOW, 3).client).to.deep.equal(["Acceptance", "Decline"]);
      await expectFault(
        extendThread(thread, await sealCounter(offer, { amount: 90n }), NOW, { maxMessages: 3 }),
        "too-long",
        "no room for another round",
      );
      expect(threadState(await threadOf(...envelopes, await sealAcceptance(offer)))).to.equal("accepted");
    });

    it("survive a restart, and are checked again", async () => {
      const { thread } = await offeredThread();
      const text = formatThread(thread);
      expect(await parseThread(text)).to.deep.equal(thread);
      await expectFault(parseThread(text.replace('"amount":"100"', '"amount":"99"')), "bad-signature", "not signed by");
      await expectFault(parseThread(text.replace(`"at":"${NOW}"`, '"at":"9000000000"')), "expired", "valid until");
    });

    it("accept any provider's answer to a request to anyone, and then only that provider's", async () => {
      const request = requestOf({ provider: ZeroAddress });
      const offer = quoteOf(request);
      let thread = openThread(PLACE);
      for (const envelope of [await sealRequest(request), await sealOffer(offer)]) {
        ({ thread } = await extendThread(thread, envelope, NOW));
      }
      expect(thread.provider).to.equal(PROVIDER.address);
      await expectFault(
        extendThread(thread, await sealDecline(STRANGER, lastHash(thread)), NOW),
        "wrong-party",
        `the thread's provider is ${PROVIDER.address}`,
      );
    });

    it("take new terms along with the message that names them", async () => {
      const { offer, thread } = await offeredThread();
      const other = { ...CONTRACT, title: "Lint two files" };
      const message = counterOf(PLACE, offer, { termsHash: termsHash(other) });
      const bare = await sealMessage(CLIENT, PLACE, { type: "CounterOffer", message });
      await expectFault(extendThread(thread, bare, NOW), "terms", "does not carry them");
      await expectFault(
        extendThread(thread, { ...bare, terms: carry(CONTRACT) }, NOW),
        "terms",
        `carries those of ${termsHash(CONTRACT)}`,
      );
      const { thread: longer } = await extendThread(thread, { ...bare, terms: carry(other) }, NOW);
      expect(contractOf(longer, termsHash(other)).title).to.equal("Lint two files");
    });

    it("let a key speak for an account that cannot sign messages, but sign no offers for it", async () => {
      const account = new Wallet(id("wallet contract")).address;
      const speaksFor = (who: string, key: string) => Promise.resolve(who === account && key === CLIENT.address);
      const envelope = await sealRequest(requestOf({ client: account }));
      const { thread } = await extendThread(openThread(PLACE), envelope, NOW, { speaksFor });
      expect(thread.client).to.equal(account);
      await expectFault(extendThread(openThread(PLACE), envelope, NOW), "bad-signature", `not signed by ${account}`);

      const asked = await threadOf(await sealRequest());
      const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked) };
      const all = () => Promise.resolve(true);
      await expectFault(
        extendThread(asked, await sealOffer(offer, STRANGER), NOW, { speaksFor: all }),
        "bad-signature",
        "not signed by",
      );
    });

    it("are bound to the job by the acceptance's id", async () => {
      const { offer, thread } = await offeredThread();
      const sealed = await sealAcceptance(offer);
      const { acceptance } = acceptanceFor(offer);
      const change = (fields: object) => ({ ...sealed, acceptance: { ...acceptance, ...fields } });
      await expectFault(extendThread(thread, change({ fundParams: "0x01" }), NOW), "inconsistent", "the job's id is");
      await expectFault(extendThread(thread, change({ salt: id("x") }), NOW), "inconsistent", "with salt 0");
      await expectFault(extendThread(thread, change({ clientAgentId: 9n }), NOW), "inconsistent", "not 9");
      await expectFault(extendThread(thread, change({ inputHash: id("x") }), NOW), "inconsistent", "named the input");
      await expectFault(extendThread(thread, change({ client: EVALUATOR }), NOW), "inconsistent", "who accepts");
    });
  });

  describe("negotiation messages", () => {
    it("travel as text and back", async () => {
      const { offer, envelopes } = await offeredThread();
      const all = [
        ...envelopes,
        await sealCounter(offer, { amount: 1n }),
        await sealAcceptance(offer),
        await sealDecline(PROVIDER, id("x")),
      ];
      for (const envelope of all) expect(parseEnvelope(formatEnvelope(envelope))).to.deep.equal(envelope);
    });

    const faults: [string, (file: Record<string, unknown>) => unknown, string][] = [
      ["an unknown field", (file) => ({ ...file, price: 1 }), "/price is not a known field"],
      ["an unknown field of the message", (file) => with_(file, { tip: "1" }), "/message/tip is not a known field"],
      ["a missing field", (file) => ({ ...file, terms: undefined }), "/terms is missing"],
      ["an unknown type", (file) => ({ ...file, type: "Order" }), "/type must be one of"],
      ["another version", (file) => ({ ...file, version: 2 }), "/version must be 1"],
      ["a number as a number", (file) => with_(file, { maxAmount: 5 }), "/message/maxAmount must be string"],
      [
        "a number too large",
        (file) => with_(file, { validUntil: (2n ** 64n).toString() }),
        "too large for its type uint64",
      ],
      [
        "a wrong checksum",
        (file) => with_(file, { client: CLIENT.address.replace(/[a-f]/, (c) => c.toUpperCase()) }),
        "/message/client has a wrong checksum",
      ],
      ["an acceptance in a request", (file) => ({ ...file, acceptance: {} }), "/acceptance must not be there"],
      ["terms both open and encrypted", (file) => ({ ...file, terms: { contract: {}, jwe: "x" } }), "/terms"],
    ];
    for (const [what, change, reason] of faults) {
      it(`are refused with ${what}`, async () => {
        const file = envelopeToJson(await sealRequest()) as Record<string, unknown>;
        expect(() => parseEnvelope(JSON.stringify(change(file)))).to.throw(NegotiationError, reason);
      });
    }
  });
});

function with_(file: Record<string, unknown>, fields: object) {
  return { ...file, message: { ...(file.message as object), ...fields } };
}

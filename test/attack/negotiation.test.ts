import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroAddress, ZeroHash, id, resolveAddress } from "ethers";
import { ethers } from "hardhat";

import { checkDeliverable } from "../../sdk/deliverable";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { NegotiationFault } from "../../sdk/negotiation/NegotiationError";
import { NegotiationError } from "../../sdk/negotiation/NegotiationError";
import { checkOffer } from "../../sdk/negotiation/checkOffer";
import type { Envelope } from "../../sdk/negotiation/envelope";
import { envelopeToJson, parseEnvelope, sealMessage } from "../../sdk/negotiation/envelope";
import { createNegotiationHandler } from "../../sdk/negotiation/http";
import type { Message, Place } from "../../sdk/negotiation/messages";
import { MESSAGE_TYPES, counterOf, negotiationDomain, signMessage } from "../../sdk/negotiation/messages";
import type { Thread } from "../../sdk/negotiation/thread";
import { extendThread, openThread } from "../../sdk/negotiation/thread";
import { carry } from "../../sdk/negotiation/threadTerms";
import { parseCatalogue } from "../../sdk/catalogue";
import { offerDomain } from "../../sdk/offers";
import type { JobContract } from "../../sdk/terms";
import { termsHash as hashOfTerms } from "../../sdk/terms";
import { hireJob, offerOf, prepareHire, signOffer } from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { walletFixture } from "../fixtures/wallet";
import { keySpeaksFor } from "../../sdk/walletView";
import {
  CLIENT,
  CONTRACT,
  NOW,
  PLACE,
  PROVIDER,
  SERVICE,
  STRANGER,
  TOKEN,
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
} from "../fixtures/negotiation";

/** What an attacker tried was refused, for this reason. */
async function expectRefused(thread: Thread, envelope: Envelope, fault: NegotiationFault, now = NOW): Promise<void> {
  const taken: unknown = await extendThread(thread, envelope, now).then(
    () => "it was taken in",
    (error: unknown) => error,
  );
  expect(taken).to.be.instanceOf(NegotiationError);
  expect((taken as NegotiationError).fault).to.equal(fault);
}

describe("attacks on negotiations", () => {
  describe("replays", () => {
    it("of an offer in another thread, with the same parties and terms", async () => {
      const { envelopes } = await offeredThread();
      const other = await threadOf(await sealRequest(requestOf({ salt: 5n })));
      await expectRefused(other, envelopes[1]!, "not-linked");
    });

    it("of a message in its own thread", async () => {
      const { offer, envelopes } = await offeredThread();
      const counter = await sealCounter(offer, { amount: 90n });
      const countered = await threadOf(...envelopes, counter);
      await expectRefused(countered, envelopes[1]!, "not-linked");
      await expectRefused(countered, counter, "not-linked");
      await expectRefused(countered, envelopes[0]!, "not-linked");
    });

    const places: [string, Place][] = [
      ["chain", { ...PLACE, chainId: 1n }],
      ["escrow", { ...PLACE, escrow: STRANGER.address }],
    ];
    for (const [what, place] of places) {
      it(`of a message for another ${what}, told as it is or disguised`, async () => {
        const foreign = await sealRequest(requestOf(), CONTRACT, place);
        await expectRefused(openThread(PLACE), foreign, "wrong-place");
        await expectRefused(openThread(PLACE), { ...foreign, ...PLACE }, "bad-signature");
        const asked = await threadOf(await sealRequest());
        const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked) };
        await expectRefused(asked, { ...(await sealOffer(offer, PROVIDER, place)), ...PLACE }, "bad-signature");
      });
    }

    it("of a client's wish as the provider's offer: the types and domains differ", async () => {
      const { offer, thread } = await offeredThread();
      const counter = counterOf(PLACE, offer, { amount: 1n });
      const sealed = await sealMessage(PROVIDER, PLACE, { type: "CounterOffer", message: counter });
      const countered = await extendThread(thread, await sealCounter(offer, { amount: 1n }), NOW);
      const asOffer: Message = { type: "Offer", message: { ...counter, inReplyTo: countered.entry.hash } };
      await expectRefused(countered.thread, { ...sealed, body: asOffer }, "bad-signature");
      // Not even where the type's name is the offer's.
      const signature = await PROVIDER.signTypedData(
        negotiationDomain(PLACE),
        { Offer: MESSAGE_TYPES.Offer },
        asOffer.message,
      );
      await expectRefused(countered.thread, { ...PLACE, body: asOffer, signature }, "bad-signature");
    });
  });

  describe("signatures", () => {
    it("by another key, for every type of message", async () => {
      const { offer, envelopes, thread } = await offeredThread();
      const asked = await threadOf(envelopes[0]!);
      const forge = async (sealed: Envelope): Promise<Envelope> => ({
        ...sealed,
        signature: await signMessage(STRANGER, PLACE, sealed.body),
      });
      await expectRefused(openThread(PLACE), await forge(envelopes[0]!), "bad-signature");
      await expectRefused(asked, await forge(envelopes[1]!), "bad-signature");
      await expectRefused(thread, await forge(await sealCounter(offer, { amount: 1n })), "bad-signature");
      await expectRefused(thread, await forge(await sealAcceptance(offer)), "bad-signature");
      await expectRefused(thread, await forge(await sealDecline(CLIENT, lastHash(thread))), "bad-signature");
    });

    it("under fields that were changed afterwards", async () => {
      const { offer, envelopes } = await offeredThread();
      const asked = await threadOf(envelopes[0]!);
      const cheaper = { ...envelopes[1]!, body: { type: "Offer", message: { ...offer, amount: 1n } } as const };
      await expectRefused(asked, cheaper, "bad-signature");
    });

    it("in another form of the same, which would make two messages of one", async () => {
      const sealed = await sealRequest();
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const s = BigInt(`0x${sealed.signature.slice(66, 130)}`);
      const v = sealed.signature.endsWith("1b") ? "1c" : "1b";
      const high = (order - s).toString(16).padStart(64, "0");
      const signature = sealed.signature.slice(0, 66) + high + v;
      await expectRefused(openThread(PLACE), { ...sealed, signature }, "bad-signature");
    });
  });

  describe("parties", () => {
    it("an offer that names another client, or nobody", async () => {
      const asked = await threadOf(await sealRequest());
      const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked) };
      for (const client of [STRANGER.address, ZeroAddress]) {
        await expectRefused(asked, await sealOffer({ ...offer, client }), "wrong-party");
      }
      await expectRefused(asked, await sealOffer({ ...offer, clientAgentId: 9n }), "inconsistent");
    });

    it("a stranger's offer to a request that was not to it", async () => {
      const asked = await threadOf(await sealRequest());
      const offer = { ...quoteOf(requestOf()), provider: STRANGER.address, inReplyTo: lastHash(asked) };
      await expectRefused(asked, await sealOffer(offer, STRANGER), "wrong-party");
    });

    it("a stranger's counter-offer, acceptance or decline in somebody else's thread", async () => {
      const { offer, thread } = await offeredThread();
      const counter = counterOf(PLACE, offer, { client: STRANGER.address });
      const sealed = await sealMessage(STRANGER, PLACE, { type: "CounterOffer", message: counter });
      await expectRefused(thread, sealed, "wrong-party");
      await expectRefused(thread, await sealDecline(STRANGER, lastHash(thread)), "wrong-party");
      const accepted = await sealAcceptance(offer);
      const message = { ...accepted.body.message, client: STRANGER.address } as never;
      await expectRefused(thread, { ...accepted, body: { type: "Acceptance", message } }, "wrong-party");
    });

    it("a party as the evaluator of its own job", async () => {
      const asked = await threadOf(await sealRequest());
      const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked) };
      await expectRefused(asked, await sealOffer({ ...offer, evaluator: PROVIDER.address }), "inconsistent");
      await expectRefused(
        openThread(PLACE),
        await sealRequest(requestOf({ evaluators: [CLIENT.address] })),
        "inconsistent",
      );
    });

    it("a client that negotiates with itself", async () => {
      const request = requestOf({ provider: CLIENT.address });
      const asked = await extendThread(openThread(PLACE), await sealRequest(request), NOW);
      const offer = { ...quoteOf(requestOf()), provider: CLIENT.address, inReplyTo: asked.entry.hash };
      await expectRefused(asked.thread, await sealOffer(offer, CLIENT), "wrong-party");
    });
  });

  describe("order and time", () => {
    it("moves out of turn", async () => {
      const { offer, envelopes, thread } = await offeredThread();
      const asked = await threadOf(envelopes[0]!);
      const again = { ...offer, inReplyTo: lastHash(thread), salt: 9n };
      await expectRefused(openThread(PLACE), await sealOffer(offer), "out-of-turn");
      await expectRefused(thread, await sealOffer(again), "out-of-turn");
      const early = counterOf(PLACE, offer, {});
      const body: Message = { type: "CounterOffer", message: { ...early, inReplyTo: lastHash(asked) } };
      await expectRefused(asked, await sealMessage(CLIENT, PLACE, body), "out-of-turn");
      const accepted = await threadOf(...envelopes, await sealAcceptance(offer));
      await expectRefused(accepted, await sealDecline(PROVIDER, lastHash(accepted)), "out-of-turn");
      const declined = await threadOf(...envelopes, await sealDecline(CLIENT, lastHash(thread)));
      await expectRefused(declined, await sealOffer({ ...again, inReplyTo: lastHash(declined) }), "out-of-turn");
    });

    it("messages that are stale, or answer what is", async () => {
      const { offer, envelopes, thread } = await offeredThread();
      await expectRefused(openThread(PLACE), envelopes[0]!, "expired", NOW + 901n);
      const asked = await threadOf(envelopes[0]!);
      await expectRefused(asked, envelopes[1]!, "expired", offer.validUntil + 1n);
      await expectRefused(thread, await sealAcceptance(offer), "expired", offer.validUntil + 1n);
      const longer = { ...offer, validUntil: NOW + 9_000n };
      await expectRefused(asked, await sealOffer(longer), "expired", NOW + 901n);
    });

    it("a clock that is turned back", async () => {
      const { offer, thread } = await offeredThread();
      await expectRefused(thread, await sealAcceptance(offer), "inconsistent", NOW - 1n);
    });
  });

  describe("terms", () => {
    const CHEAP: JobContract = { ...CONTRACT, description: "Do less." };

    it("swapped under their hash", async () => {
      const sealed = await sealRequest();
      await expectRefused(openThread(PLACE), { ...sealed, terms: carry(CHEAP) }, "terms");
      await expectRefused(openThread(PLACE), { ...sealed, terms: carry(CONTRACT, id("salt")) }, "terms");
      await expectRefused(openThread(PLACE), { ...sealed, terms: { contract: {} as JobContract } }, "terms");
    });

    it("of an offer that nobody has seen", async () => {
      const asked = await threadOf(await sealRequest());
      const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked), termsHash: id("unseen") };
      await expectRefused(asked, await sealOffer(offer), "terms");
    });

    it("that the provider replaced by its own: carried in order, but spoken against", async () => {
      const asked = await threadOf(await sealRequest());
      const termsHash = hashOfTerms(CHEAP);
      const offer = { ...quoteOf(requestOf()), inReplyTo: lastHash(asked), termsHash };
      const sealed = { ...(await sealOffer(offer)), terms: carry(CHEAP) };
      const { thread } = await extendThread(asked, sealed, NOW);
      const limits = { maxAmount: 100n, tokens: [TOKEN], evaluators: [], maxEvaluatorFeeBps: 200n };
      expect(checkOffer(thread, offer, limits, NOW).join()).to.match(/^its terms are 0x\w+, yours are 0x\w+$/);
    });
  });

  describe("what strangers send", () => {
    const handler = createNegotiationHandler({
      place: PLACE,
      provider: PROVIDER.address,
      decide: () => Promise.resolve(undefined),
      now: () => NOW,
      limits: { perAddress: { burst: 1_000, perMinute: 1_000 } },
    });
    const post = async (body: BodyText) => {
      const headers = { "content-type": "application/json" };
      const response = await handler(new Request("http://provider/negotiate", { method: "POST", headers, body }));
      return { status: response.status, text: await response.text() };
    };
    type BodyText = string | Uint8Array;

    const bodies: [string, BodyText][] = [
      ["nothing", ""],
      ["a hundred thousand brackets", "[".repeat(100_000)],
      ["a deep object", '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000)],
      ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x00])],
      ["half a surrogate", '{"version":"\\ud800"}'],
      ["a key twice", '{"version":1,"version":2}'],
      ["null", "null"],
      ["a number too large to be one", "1e999"],
      ["a million nines", `{"version":${"9".repeat(100_000)}}`],
    ];
    for (const [what, body] of bodies) {
      it(`${what} is answered with a plain refusal`, async () => {
        const { status, text } = await post(body);
        expect(status).to.equal(400);
        expect(JSON.parse(text)).to.have.nested.property("error.fault", "malformed");
      });
    }

    it("keys that would become prototypes are refused wherever they stand", async () => {
      const text = JSON.stringify(envelopeToJson(await sealRequest()));
      for (const place of ['"version":1', '"contract":{', '"deliverable":{']) {
        const polluted = text.replace(
          place,
          `${place.endsWith("{") ? place : `${place},`}"__proto__":{"admin":true}${place.endsWith("{") ? "," : ""}`,
        );
        expect(polluted).not.to.equal(text);
        expect(() => parseEnvelope(polluted)).to.throw(InvalidInputError, 'has the key "__proto__"');
        expect((await post(polluted)).status).to.equal(400);
      }
      expect(({} as { admin?: boolean }).admin).to.equal(undefined);
      for (const key of ["constructor", "hasOwnProperty", "toString"]) {
        const polluted = text.replace('"version":1', `"version":1,"${key}":{}`);
        expect((await post(polluted)).text).to.contain(`/${key} is not a known field`);
      }
    });

    it("a body that is larger than a message is not read", async () => {
      const { status } = await post(" ".repeat(131_073));
      expect(status).to.equal(413);
    });

    it("a signature of any length is answered", async () => {
      const file = envelopeToJson(await sealRequest());
      for (const signature of ["0x00", `0x${"00".repeat(64)}`, `0x${"ff".repeat(65)}`, `0x${"00".repeat(10_000)}`]) {
        expect((await post(JSON.stringify({ ...file, signature }))).status).to.equal(401);
      }
    });
  });

  describe("JSON Schemas of strangers", () => {
    const EVIL = ["^(a+)+$", "^(a|a)*$", "^([a-z]+)*$", "(x+x+)+y"];

    it("cost no more than their bounds, whatever their patterns", () => {
      const text = `"${"a".repeat(9_000)}!"`;
      for (const pattern of EVIL) {
        const contract: JobContract = {
          ...CONTRACT,
          deliverable: { mediaType: "application/json", schema: { pattern } },
        };
        expect(checkDeliverable(contract, new TextEncoder().encode(text))[0]).to.contain("does not match");
      }
      const nested = { items: { items: { items: { pattern: "^(a{1,20}){1,20}$" } } } };
      const contract: JobContract = { ...CONTRACT, deliverable: { mediaType: "application/json", schema: nested } };
      const many = JSON.stringify(Array(200).fill(Array(10).fill(["a".repeat(200)])));
      expect(checkDeliverable(contract, new TextEncoder().encode(many))[0]).to.contain("costs too much");
    });

    it("run no code of their authors", () => {
      const schemas = [
        { $ref: "#/$defs/x'];globalThis.owned=1;//", $defs: {} },
        {
          properties: { "'];globalThis.owned=1;//": { type: "string" } },
          required: ["\u2028'+(globalThis.owned=1)+'"],
        },
        { format: "'+(globalThis.owned=1)+'" },
        { $comment: "*/globalThis.owned=1;/*", default: { $data: "1/a" } },
      ];
      for (const schema of schemas) {
        const contract = {
          ...CONTRACT,
          deliverable: { mediaType: "application/json", schema },
        } as unknown as JobContract;
        checkDeliverable(contract, new TextEncoder().encode("{}"));
        const deliverable = { mediaType: "application/json", schema };
        try {
          parseCatalogue({ catalogue: { version: 1, services: [{ ...SERVICE, deliverable }] } });
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidInputError);
        }
      }
      expect(Reflect.get(globalThis, "owned")).to.equal(undefined);
    });
  });

  describe("between offer and hire, on the chain", () => {
    it("nothing of a signed offer can be changed", async () => {
      const market = await marketFixture();
      const { offer, acceptance, signature } = await prepareHire(market);
      for (const [field, value] of [
        ["amount", offer.amount - 1n],
        ["termsHash", id("other terms")],
        ["inReplyTo", id("other request")],
        ["evaluator", market.stranger.address],
        ["deliveryPeriod", offer.deliveryPeriod + 1],
        ["client", market.client2.address],
      ] as const) {
        const sender = field === "client" ? market.client2 : market.client;
        const changed = { ...acceptance, client: sender.address, clientAgentId: 0n };
        await expect(
          market.escrow.connect(sender).hire({ ...offer, [field]: value }, signature, changed),
          field,
        ).to.be.revertedWithCustomError(market.escrow, "JobEscrow_InvalidOfferSignature");
      }
    });

    it("a message of the negotiation is no offer: not even the same fields in the other domain", async () => {
      const market = await marketFixture();
      const offer = await offerOf(market);
      const escrow = await market.escrow.getAddress();
      const place = { chainId: (await ethers.provider.getNetwork()).chainId, escrow };
      const types = { Offer: MESSAGE_TYPES.Offer };
      const signature = await market.provider.signTypedData(negotiationDomain(place), types, offer);
      const { acceptance } = await prepareHire(market);
      await expect(
        market.escrow.connect(market.client).hire(offer, signature, acceptance),
      ).to.be.revertedWithCustomError(market.escrow, "JobEscrow_InvalidOfferSignature");
      expect(negotiationDomain(place).name).not.to.equal(offerDomain(place.chainId, escrow).name);
      expect(await signOffer(market, offer)).not.to.equal(signature);
    });

    it("an offer for one client cannot be hired by another, nor twice", async () => {
      const market = await marketFixture();
      const named = { client: market.client.address, clientAgentId: market.agents.client };
      const { offer, offerHash, jobId, signature, acceptance } = await hireJob(market, { offer: named });
      const other = { ...acceptance, client: market.client2.address, clientAgentId: market.agents.client2 };
      await expect(market.escrow.connect(market.client2).hire(offer, signature, other))
        .to.be.revertedWithCustomError(market.escrow, "JobEscrow_AcceptanceMismatch")
        .withArgs(offerHash, market.client2.address, market.agents.client2, ZeroHash);
      await expect(market.escrow.connect(market.client).hire(offer, signature, acceptance))
        .to.be.revertedWithCustomError(market.escrow, "JobEscrow_JobExists")
        .withArgs(jobId);
    });

    it("a wallet's key speaks for it as long as it is granted, and for no other account", async () => {
      const { wallet, owner, key, key2, escrow, stranger } = await walletFixture();
      const speaks = async (account: AddressLike, who: string) =>
        keySpeaksFor(ethers.provider, await resolveAddress(account), who);
      expect(await speaks(wallet, key.address)).to.equal(true);
      expect(await speaks(wallet, key2.address)).to.equal(false);
      expect(await speaks(escrow, key.address)).to.equal(false);
      expect(await speaks(stranger, key.address)).to.equal(false);

      const request = requestOf({ client: await wallet.getAddress() });
      const body: Message = { type: "QuoteRequest", message: request };
      const asked = await sealMessage(key, PLACE, body, { terms: carry(CONTRACT) });
      const options = { chain: ethers.provider, speaksFor: (account: string, who: string) => speaks(account, who) };
      const { thread } = await extendThread(openThread(PLACE), asked, NOW, options);
      expect(thread.client).to.equal(await wallet.getAddress());
      await wallet.connect(owner).revoke(key);
      const taken: unknown = await extendThread(openThread(PLACE), asked, NOW, options).catch(
        (error: unknown) => error,
      );
      expect(taken).to.be.instanceOf(NegotiationError);
      expect((taken as NegotiationError).fault).to.equal("bad-signature");
    });

    it("an ERC-1271 account's no is a no, and a stranger's contract proves nothing", async () => {
      const market = await marketFixture();
      const account = await market.escrow.getAddress(); // has code, answers no isValidSignature
      const asked = await sealRequest(requestOf({ client: account }));
      const taken: unknown = await extendThread(openThread(PLACE), asked, NOW, { chain: ethers.provider }).catch(
        (error: unknown) => error,
      );
      expect(taken).to.be.instanceOf(NegotiationError);
      expect((taken as NegotiationError).fault).to.equal("bad-signature");
    });
  });
});

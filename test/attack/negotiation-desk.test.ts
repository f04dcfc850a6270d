import { expect } from "chai";
import type { BaseWallet } from "ethers";
import { Wallet, id } from "ethers";

import { checkDeliverable } from "../../sdk/deliverable";
import { valueProblems } from "../../sdk/safeSchemaCheck";
import { checkOffer } from "../../sdk/negotiation/checkOffer";
import { NegotiationDesk } from "../../sdk/negotiation/desk";
import type { Envelope } from "../../sdk/negotiation/envelope";
import { formatEnvelope, parseEnvelope, sealMessage } from "../../sdk/negotiation/envelope";
import { createNegotiationHandler } from "../../sdk/negotiation/http";
import { counterOf } from "../../sdk/negotiation/messages";
import { contractProblems, offerFromCatalogue } from "../../sdk/negotiation/quote";
import type { Thread } from "../../sdk/negotiation/thread";
import { lastOf, threadState } from "../../sdk/negotiation/thread";
import { ThreadBook } from "../../sdk/negotiation/threadBook";
import { carry } from "../../sdk/negotiation/threadTerms";
import { termsHash } from "../../sdk/terms";
import {
  CLIENT,
  CONTRACT,
  EVALUATOR,
  NOW,
  PLACE,
  PROVIDER,
  SERVICE,
  STRANGER,
  TOKEN,
  policyOf,
  quoteOf,
  requestOf,
  sealAcceptance,
  sealOffer,
  sealRequest,
  threadOf,
} from "../fixtures/negotiation";

const LIMITS = { maxAmount: 1_000n, tokens: [TOKEN], evaluators: [EVALUATOR], maxEvaluatorFeeBps: 200n };

/** A provider that offers at each request and counter-offer, and the book that it keeps. */
function providerDesk(limits: ConstructorParameters<typeof ThreadBook>[0] = {}) {
  const book = new ThreadBook(limits);
  const decide = async (thread: Thread): Promise<Envelope | undefined> => {
    const state = threadState(thread);
    if (state === "accepted") return undefined;
    const last = thread.entries.at(-1)!;
    const offer = quoteOf(lastOf(thread, "QuoteRequest")!);
    return sealOffer({ ...offer, ...lastOf(thread, "CounterOffer"), inReplyTo: last.hash });
  };
  const perSigner = { burst: 10_000, perMinute: 10_000 };
  const desk = new NegotiationDesk({
    place: PLACE,
    provider: PROVIDER.address,
    decide,
    now: () => NOW,
    threads: book,
    perSigner,
  });
  return { desk, book };
}

/** The same signature, written in another way. */
function respelled(envelope: Envelope): Envelope {
  return { ...envelope, signature: `0x${envelope.signature.slice(2).toUpperCase()}` };
}

describe("attacks on a provider's desk", () => {
  it("a request whose signature is written otherwise does not begin its thread anew", async () => {
    const { desk, book } = providerDesk();
    const request = await sealRequest();
    const reply = await desk.receive(request);
    const offer = reply?.body.type === "Offer" ? reply.body.message : undefined;
    await desk.receive(await sealAcceptance(offer!));
    expect(threadState(book.all()[0]!)).to.equal("accepted");
    await desk.receive(respelled(request)).catch(() => undefined);
    expect(book.all().map(threadState)).to.deep.equal(["accepted"]);
  });

  it("threads that were begun anew leave nothing behind that fills the provider's room", async () => {
    const { desk } = providerDesk({ maxSize: 100_000 });
    const request = await sealRequest();
    const contract = { ...CONTRACT, description: "x".repeat(9_000) };
    for (let turn = 0; turn < 20; ++turn) {
      // Any mixture of cases is another text of the same signature.
      const hex = Array.from(request.signature.slice(2), (digit, at) =>
        (turn >> (at % 5)) & 1 ? digit.toUpperCase() : digit,
      );
      const again = { ...request, signature: `0x${hex.join("")}` };
      const reply = await desk.receive(again).catch(() => undefined);
      if (reply?.body.type !== "Offer") continue;
      const counter = counterOf(PLACE, reply.body.message, { termsHash: termsHash(contract) });
      const body = { type: "CounterOffer", message: counter } as const;
      await desk.receive(await sealMessage(CLIENT, PLACE, body, { terms: carry(contract) })).catch(() => undefined);
    }
    const other = await sealRequest(requestOf({ salt: 77n }));
    expect((await desk.receive(other))?.body.type).to.equal("Offer");
  });

  it("one with many keys does not keep others out, and loses its own threads first", async () => {
    const { desk, book } = providerDesk({ maxThreads: 6 });
    const ask = async (client: BaseWallet) => {
      const message = requestOf({ client: client.address });
      return desk.receive(
        await sealMessage(client, PLACE, { type: "QuoteRequest", message }, { terms: carry(CONTRACT) }),
      );
    };
    const honest = [CLIENT, STRANGER];
    expect((await ask(CLIENT))?.body.type).to.equal("Offer");
    for (const key of ["a", "b"].map((name) => new Wallet(id(name)))) {
      for (let turn = 0; turn < 5; ++turn) expect((await ask(key))?.body.type).to.equal("Offer");
    }
    const reply = await ask(STRANGER);
    const clients = book.all().map(({ client }) => client);
    expect(clients)
      .to.have.length(6)
      .and.to.include.members(honest.map(({ address }) => address));
    // A thread goes on in a full book, and does not go for its own message.
    const offer = reply?.body.type === "Offer" ? reply.body.message : undefined;
    const body = { type: "CounterOffer", message: counterOf(PLACE, offer!, { amount: 90n }) } as const;
    expect((await desk.receive(await sealMessage(STRANGER, PLACE, body)))?.body.type).to.equal("Offer");
    expect(book.all().some(({ entries }) => entries.length === 4)).to.equal(true);
  });

  it("terms that take much more memory than text are refused, or counted by what they take", async () => {
    const dense = (count: number) => ({ ...CONTRACT, extensions: { a: Array.from({ length: count }, () => ({})) } });
    const sealed = async (count: number) => {
      const contract = dense(count);
      return sealRequest(requestOf({ termsHash: termsHash(contract) }), contract);
    };
    const text = formatEnvelope(await sealed(40_000));
    expect(text).to.have.length.below(131_072);
    expect(() => parseEnvelope(text)).to.throw("at most 20000 are read");

    // Parsed, each of these takes half a megabyte, and the terms are held twice when they came encrypted.
    const { desk, book } = providerDesk({ maxSize: 10_000_000, maxThreadsPerClient: 100 });
    for (let turn = 0; turn < 12; ++turn) {
      await desk.receive(parseEnvelope(formatEnvelope(await sealed(9_000)))).catch(() => undefined);
    }
    expect(book.all().length).to.be.within(1, 4);
  });

  it("one network does not have as many allowances as it has IPv6 addresses", async () => {
    const handler = createNegotiationHandler({
      place: PLACE,
      provider: PROVIDER.address,
      decide: () => Promise.resolve(undefined),
      limits: { perAddress: { burst: 1, perMinute: 1 } },
    });
    const ask = (address: string) => handler(new Request("http://localhost/negotiate"), address);
    expect((await ask("2001:db8:1:1::1")).status).to.equal(405);
    expect((await ask("2001:db8:1:1::2")).status).to.equal(429);
  });
});

describe("attacks on what each side agrees to", () => {
  it("a provider does not promise a deliverable smaller than its service's", () => {
    const contract = { ...CONTRACT, deliverable: { ...CONTRACT.deliverable, maxSize: 1 } };
    const request = requestOf({ termsHash: termsHash(contract) });
    const service = { ...SERVICE, deliverable: { ...SERVICE.deliverable, maxSize: 10_000 } };
    // The service's own sample would be refused by these terms.
    expect(checkDeliverable(contract, new TextEncoder().encode('{"errors":0}'))).to.not.deep.equal([]);
    expect(offerFromCatalogue(service, { request, contract }, policyOf(), NOW)).to.have.property("decline");
  });

  it("a client does not lose its limit of size to a service that states none", () => {
    const { maxSize, ...unlimited } = SERVICE.deliverable;
    expect(maxSize).to.equal(CONTRACT.deliverable.maxSize);
    expect(contractProblems(SERVICE, CONTRACT)).to.deep.equal([]);
    expect(contractProblems({ ...SERVICE, deliverable: unlimited }, CONTRACT)).to.deep.equal([
      "/deliverable/maxSize is less than the service's own, which is not stated",
    ]);
  });

  it("a client is told of work that is paid by silence before it could object", async () => {
    const request = requestOf();
    const offer = { ...quoteOf(request), silencePaysProvider: true, evaluationPeriod: 3_600n };
    const thread = await threadOf(await sealRequest(request), await sealOffer(offer));
    expect(checkOffer(thread, offer, LIMITS, NOW)).to.not.deep.equal([]);
  });

  it("a client is told of a delivery that may take a year", async () => {
    const request = requestOf();
    const offer = { ...quoteOf(request), deliveryPeriod: 365n * 86_400n };
    const thread = await threadOf(await sealRequest(request), await sealOffer(offer));
    expect(checkOffer(thread, offer, LIMITS, NOW)).to.not.deep.equal([]);
  });
});

describe("attacks by JSON Schemas", () => {
  it("many alternatives and many ranges are counted at what they cost", () => {
    const ranges = Array.from({ length: 120 }, (_, at) => String.fromCodePoint(0x400 + 2 * at)).join("");
    const patterns = [`(${"|".repeat(480)}){0,900}b`, `[^${ranges}]{0,999}c`];
    for (const pattern of patterns) {
      const began = performance.now();
      try {
        valueProblems({ type: "string", pattern }, "a".repeat(2_500));
      } catch (error) {
        expect((error as Error).message).to.contain("costs too much");
      }
      expect(performance.now() - began, "milliseconds").to.be.lessThan(2_000);
    }
  });
});

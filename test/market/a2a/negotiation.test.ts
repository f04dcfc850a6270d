import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Message as A2aMessage } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { ClientFactory, ServiceParameters, withA2AExtensions } from "@a2a-js/sdk/client";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { makeAgentCard } from "../../../market/a2a/agentCard";
import { agentCardUrl, negotiateOverA2a, readAgentCard } from "../../../market/a2a/client";
import { EXTENSION_URI } from "../../../market/a2a/extension";
import { dataPart, textPart } from "../../../market/a2a/parts";
import { createA2aHandler } from "../../../market/a2a/server";
import type { Catalogue } from "../../../sdk/catalogue";
import { FundingMethod } from "../../../sdk/enums";
import { readJob } from "../../../sdk/jobs";
import { checkOffer } from "../../../sdk/negotiation/checkOffer";
import type { DeskOptions } from "../../../sdk/negotiation/desk";
import { NegotiationDesk } from "../../../sdk/negotiation/desk";
import type { Envelope } from "../../../sdk/negotiation/envelope";
import { envelopeFromJson, envelopeToJson, sealMessage } from "../../../sdk/negotiation/envelope";
import { NEGOTIATION_SERVICE, createNegotiationHandler } from "../../../sdk/negotiation/http";
import { negotiateOverHttp, negotiationEndpoint } from "../../../sdk/negotiation/httpClient";
import type { Message, Place } from "../../../sdk/negotiation/messages";
import { counterOf, makeQuoteRequest, messageSalt } from "../../../sdk/negotiation/messages";
import { createNegotiationServer } from "../../../sdk/negotiation/nodeListener";
import { offerForCounter, offerFromCatalogue } from "../../../sdk/negotiation/quote";
import type { Thread } from "../../../sdk/negotiation/thread";
import { contractOf, extendThread, lastOf, openThread, requestOf, threadState } from "../../../sdk/negotiation/thread";
import { carry } from "../../../sdk/negotiation/threadTerms";
import { jobIdOf, makeAcceptanceTerms } from "../../../sdk/offers";
import { parseRegistrationDataUri, registrationDataUri, registrationFile } from "../../../sdk/registration";
import { contentHash, termsHash } from "../../../sdk/terms";
import { userMessage } from "../../fixtures/a2a";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { CONTRACT, INPUT, SERVICE } from "../../fixtures/negotiation";

const LOCAL = { allowHttp: true };
const PRICE = 2_500_000n;

describe("a negotiation over A2A on the real contracts", () => {
  let market: Market;
  let place: Place;
  let server: Server;
  let cardUrl: string;
  let endpoint: string;
  const accepted: Thread[] = [];

  /** A provider on a port of this machine, with both carriers before one desk, found by what it registered. */
  before(async () => {
    market = await marketFixture();
    place = { chainId: 31337n, escrow: await market.escrow.getAddress() };
    const price = { token: `eip155:31337/erc20:${await market.stable.getAddress()}`, amount: PRICE.toString() };
    const evaluation = { ...SERVICE.evaluation, evaluators: [`eip155:31337:${market.evaluator.address}`] };
    const catalogue: Catalogue = { version: 1, services: [{ ...SERVICE, price, evaluation }] };

    const options: DeskOptions = {
      place,
      provider: market.provider.address,
      chain: ethers.provider,
      now: async () => BigInt(await time.latest()),
      decide: (thread, now) => decide(thread, catalogue, now),
    };
    const desk = new NegotiationDesk(options);
    const http = createNegotiationHandler({ ...options, desk });
    server = createNegotiationServer((request, address) => handler(request, address));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const services = [
      { ...NEGOTIATION_SERVICE, endpoint: baseUrl },
      { name: "A2A", endpoint: `${baseUrl}/.well-known/agent-card.json`, version: "1.0" },
    ];
    const file = registrationFile({ name: "Linter", description: "Lints.", services, catalogue });
    const card = makeAgentCard({ file, baseUrl, place, provider: market.provider.address });
    const handler = createA2aHandler({ card, desk, otherwise: http });

    await market.registry.connect(market.provider).setAgentURI(market.agents.provider, registrationDataUri(file));
    const found = parseRegistrationDataUri(await market.registry.tokenURI(market.agents.provider));
    cardUrl = agentCardUrl(found)!;
    endpoint = negotiationEndpoint(found)!;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function decide(thread: Thread, catalogue: Catalogue, now: bigint): Promise<Envelope | undefined> {
    if (threadState(thread) === "accepted") {
      accepted.push(thread);
      return undefined;
    }
    const { provider, agents } = market;
    const policy = {
      place,
      provider: provider.address,
      providerAgentId: agents.provider,
      validity: 600n,
      lowestBps: 8_000n,
      openJobs: 0,
      maxOpenJobs: 5,
    };
    const request = requestOf(thread);
    const counter = threadState(thread) === "countered" ? lastOf(thread, "CounterOffer") : undefined;
    const asked = { request, contract: contractOf(thread, request.termsHash) };
    const [service] = catalogue.services;
    const quote =
      counter === undefined
        ? offerFromCatalogue(service!, asked, policy, now)
        : offerForCounter(service!, asked, counter, policy, now);
    const inReplyTo = thread.entries.at(-1)!.hash;
    const body: Message =
      "offer" in quote
        ? { type: "Offer", message: quote.offer }
        : {
            type: "Decline",
            message: { ...quote.decline, party: provider.address, inReplyTo, salt: messageSalt() },
          };
    return sealMessage(provider, place, body);
  }

  async function quoteRequest(): Promise<Envelope> {
    const message = makeQuoteRequest({
      client: market.client.address,
      clientAgentId: market.agents.client,
      provider: market.provider.address,
      service: SERVICE.id,
      termsHash: termsHash(CONTRACT),
      inputHash: contentHash(INPUT),
      token: await market.stable.getAddress(),
      evaluators: [market.evaluator.address],
      validUntil: BigInt(await time.latest()) + 900n,
    });
    return sealMessage(market.client, place, { type: "QuoteRequest", message }, { terms: carry(CONTRACT) });
  }

  type Carrier = (envelope: Envelope) => Promise<Envelope | undefined>;
  const overHttp: Carrier = (envelope) => negotiateOverHttp(endpoint, envelope, LOCAL);
  const overA2a: Carrier = (envelope) => negotiateOverA2a(cardUrl, envelope, LOCAL);

  /** Takes a message into the client's thread, sends it, and takes the reply in. */
  async function exchange(thread: Thread, envelope: Envelope, send: Carrier): Promise<Thread> {
    const now = BigInt(await time.latest());
    const sent = await extendThread(thread, envelope, now);
    const reply = await send(envelope);
    return reply === undefined ? sent.thread : (await extendThread(sent.thread, reply, now)).thread;
  }

  /** Hires by the thread's offer, and tells the provider. */
  async function hire(thread: Thread, send: Carrier): Promise<bigint> {
    const { client, escrow, stable } = market;
    const offer = lastOf(thread, "Offer")!;
    const limits = {
      maxAmount: PRICE,
      tokens: [await stable.getAddress()],
      evaluators: [market.evaluator.address],
      maxEvaluatorFeeBps: 200n,
    };
    expect(checkOffer(thread, offer, limits, BigInt(await time.latest()))).to.deep.equal([]);
    const { hash, envelope } = thread.entries.at(-1)!;
    const inputHash = contentHash(INPUT);
    const terms = makeAcceptanceTerms({ client: client.address, clientAgentId: market.agents.client, inputHash });
    const jobId = jobIdOf(hash, terms);
    const funded = { ...terms, funding: FundingMethod.Allowance, fundingData: "0x" };
    await escrow.connect(client).hire(offer, envelope.signature, funded);
    const notice: Message = { type: "Acceptance", message: { client: client.address, jobId, inReplyTo: hash } };
    await exchange(thread, await sealMessage(client, place, notice, { acceptance: terms }), send);
    return jobId;
  }

  /** The package's own client, which knows the extension by its identifier only. */
  async function publicClient(): Promise<Client> {
    return new ClientFactory().createFromUrl(cardUrl, "");
  }

  it("is held by the package's own client, and ends in a job that the escrow funds", async () => {
    const client = await publicClient();
    const card = await client.getAgentCard();
    expect(card.name).to.equal("Linter");
    expect(card.skills.map(({ id, tags }) => ({ id, tags }))).to.deep.equal([{ id: "lint", tags: ["code/lint"] }]);

    const send: Carrier = async (envelope) => {
      const message = userMessage([dataPart(envelopeToJson(envelope))]);
      const reply = (await client.sendMessage(
        { tenant: "", message, configuration: undefined, metadata: undefined },
        { serviceParameters: ServiceParameters.create(withA2AExtensions(EXTENSION_URI)) },
      )) as A2aMessage;
      expect(reply.extensions).to.deep.equal([EXTENSION_URI]);
      expect(reply.parts).to.have.length(1);
      const { value } = reply.parts[0]!.content as { value: { message: unknown } };
      return value.message === null ? undefined : envelopeFromJson(value.message);
    };
    const thread = await exchange(openThread(place, market.provider.address), await quoteRequest(), send);
    const jobId = await hire(thread, send);
    expect(await readJob(market.escrow, jobId)).to.include({ status: "Funded", budget: PRICE });
    expect(threadState(accepted.at(-1)!)).to.equal("accepted");
  });

  it("goes on over A2A where it began over plain HTTP", async () => {
    let thread = await exchange(openThread(place, market.provider.address), await quoteRequest(), overHttp);
    const first = lastOf(thread, "Offer")!;
    const message = counterOf(place, first, { amount: 2_100_000n });
    thread = await exchange(
      thread,
      await sealMessage(market.client, place, { type: "CounterOffer", message }),
      overA2a,
    );
    expect(lastOf(thread, "Offer")!.amount).to.equal(2_100_000n);
    const jobId = await hire(thread, overA2a);
    expect(await readJob(market.escrow, jobId)).to.include({ status: "Funded", budget: 2_100_000n });
    expect(accepted.at(-1)!.entries.map(({ envelope }) => envelope.body.type)).to.deep.equal([
      "QuoteRequest",
      "Offer",
      "CounterOffer",
      "Offer",
      "Acceptance",
    ]);
  });

  it("takes a thread's messages in one after the other, whichever carrier brings them", async () => {
    const asked = await quoteRequest();
    const thread = await exchange(openThread(place, market.provider.address), asked, overA2a);
    const offer = lastOf(thread, "Offer")!;
    const counters = await Promise.all(
      [2_200_000n, 2_300_000n].map((amount) =>
        sealMessage(market.client, place, { type: "CounterOffer", message: counterOf(place, offer, { amount }) }),
      ),
    );
    const sent = await Promise.allSettled([overHttp(counters[0]!), overA2a(counters[1]!)]);
    expect(sent.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
  });

  it("answers the same message again with the same reply", async () => {
    const asked = await quoteRequest();
    expect(await overA2a(asked)).to.deep.equal(await overHttp(asked));
  });

  it("explains itself to a client that does not know the extension", async () => {
    const client = await publicClient();
    const message = userMessage([textPart("Hello!")]);
    const reply = (await client.sendMessage({
      tenant: "",
      message,
      configuration: undefined,
      metadata: undefined,
    })) as A2aMessage;
    expect(reply.extensions).to.deep.equal([]);
    const { content } = reply.parts[0]!;
    expect(content!.$case).to.equal("text");
    expect(content!.value).to.include(EXTENSION_URI).and.to.include("A2A-Extensions").and.to.include("QuoteRequest");
  });

  it("serves its card with a validator, so that who has it need not read it again", async () => {
    const first = await fetch(cardUrl);
    expect(first.headers.get("content-type")).to.equal("application/json");
    const etag = first.headers.get("etag")!;
    await first.arrayBuffer();
    expect((await fetch(cardUrl, { headers: { "if-none-match": etag } })).status).to.equal(304);
    expect((await fetch(cardUrl, { method: "HEAD" })).status).to.equal(200);
    expect((await fetch(cardUrl, { method: "DELETE" })).status).to.equal(405);
    expect(await readAgentCard(cardUrl, LOCAL)).to.have.property("name", "Linter");
  });
});

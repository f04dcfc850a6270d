import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { Catalogue } from "../../sdk/catalogue";
import { parseCatalogue } from "../../sdk/catalogue";
import { canonicalBytes } from "../../sdk/canonicalJson";
import type { DecryptionKey } from "../../sdk/confidential";
import { decryptWith, encryptFor, encryptJson, generateEncryptionKey, openJson } from "../../sdk/confidential";
import { checkDeliverable, saltedContentHash } from "../../sdk/deliverable";
import { FundingMethod } from "../../sdk/enums";
import { authorizationFunding } from "../../sdk/funding";
import { readJob } from "../../sdk/jobs";
import { answerByCatalogue } from "../../sdk/negotiation/answer";
import { checkOffer } from "../../sdk/negotiation/checkOffer";
import { compareOffers } from "../../sdk/negotiation/compareOffers";
import type { CarriedTerms, Envelope } from "../../sdk/negotiation/envelope";
import { sealMessage } from "../../sdk/negotiation/envelope";
import type { NegotiationHandler } from "../../sdk/negotiation/http";
import { NEGOTIATION_SERVICE, createNegotiationHandler } from "../../sdk/negotiation/http";
import { fetchDeliverable, negotiateOverHttp, negotiationEndpoint, sendInput } from "../../sdk/negotiation/httpClient";
import type { Message, Place } from "../../sdk/negotiation/messages";
import { counterOf, makeQuoteRequest } from "../../sdk/negotiation/messages";
import { createNegotiationServer } from "../../sdk/negotiation/nodeListener";
import type { QuotePolicy } from "../../sdk/negotiation/quote";
import type { Thread } from "../../sdk/negotiation/thread";
import { contractOf, extendThread, lastOf, openThread, threadState } from "../../sdk/negotiation/thread";
import { carry } from "../../sdk/negotiation/threadTerms";
import type { Acceptance, Offer } from "../../sdk/offers";
import { jobIdOf, makeAcceptanceTerms } from "../../sdk/offers";
import { registrationDataUri, registrationFile, parseRegistrationDataUri } from "../../sdk/registration";
import type { JobContract } from "../../sdk/terms";
import { contentHash, randomSalt, termsHash } from "../../sdk/terms";
import { readTokenDomain } from "../../sdk/tokenDomain";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { CONTRACT, INPUT, SERVICE } from "../fixtures/negotiation";

const LOCAL = { allowHttp: true };
const REPORT = canonicalBytes({ errors: 0 });
const PRICE = 2_500_000n;

/** The fixture's service, priced in the market's token and judged by its evaluator. */
async function catalogueOf(market: Market, fields: Partial<Catalogue> = {}): Promise<Catalogue> {
  const price = { token: `eip155:31337/erc20:${await market.stable.getAddress()}`, amount: PRICE.toString() };
  const evaluation = { ...SERVICE.evaluation, evaluators: [`eip155:31337:${market.evaluator.address}`] };
  return { version: 1, services: [{ ...SERVICE, price, evaluation }], ...fields };
}

/** A provider's whole agent: quotes, takes inputs, and hands out what it delivered. */
class ProviderAgent {
  readonly inputs = new Map<bigint, Uint8Array>();
  readonly deliverables = new Map<bigint, { bytes: Uint8Array; mediaType: string }>();
  readonly accepted: { thread: Thread; acceptance: Acceptance }[] = [];
  readonly handler: NegotiationHandler;
  private readonly policy: QuotePolicy;

  constructor(
    private readonly market: Market,
    private readonly catalogue: Catalogue,
    private readonly place: Place,
    decryptionKey?: DecryptionKey,
  ) {
    const { provider, agents } = market;
    this.policy = {
      place,
      provider: provider.address,
      providerAgentId: agents.provider,
      validity: 600n,
      lowestBps: 8_000n,
      openJobs: 0,
      maxOpenJobs: 5,
    };
    this.handler = createNegotiationHandler({
      place,
      provider: provider.address,
      chain: ethers.provider,
      now: async () => BigInt(await time.latest()),
      decide: (thread, now) => this.decide(thread, now),
      ...(decryptionKey === undefined ? {} : { openTerms: (jwe: string) => openJson(decryptionKey, jwe) }),
      files: {
        job: async (jobId) => {
          const { client, evaluator } = await readJob(market.escrow, jobId);
          return { client, readers: [evaluator], inputHash: contentHash(INPUT) };
        },
        deliverable: (jobId) => Promise.resolve(this.deliverables.get(jobId)),
        saveInput: (jobId, bytes) => {
          this.inputs.set(jobId, bytes);
          return Promise.resolve();
        },
      },
    });
  }

  private async decide(thread: Thread, now: bigint): Promise<Envelope | undefined> {
    if (threadState(thread) === "accepted") {
      const { acceptance } = thread.entries.at(-1)!.envelope;
      this.accepted.push({ thread, acceptance: acceptance as Acceptance });
      return undefined;
    }
    const answer = answerByCatalogue(thread, this.catalogue, this.policy, now);
    return answer === undefined ? undefined : sealMessage(this.market.provider, this.place, answer);
  }
}

describe("a negotiation that ends in a job", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** A provider on a port of this machine, found by its registration on the chain. */
  async function openShop(market: Market, fields: Partial<Catalogue> = {}, decryptionKey?: DecryptionKey) {
    const place: Place = { chainId: 31337n, escrow: await market.escrow.getAddress() };
    const catalogue = await catalogueOf(market, fields);
    const agent = new ProviderAgent(market, catalogue, place, decryptionKey);
    server = createNegotiationServer(agent.handler);
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const services = [{ ...NEGOTIATION_SERVICE, endpoint: url }];
    const file = registrationFile({ name: "Linter", description: "Lints.", services, catalogue });
    await market.registry.connect(market.provider).setAgentURI(market.agents.provider, registrationDataUri(file));
    const found = parseRegistrationDataUri(await market.registry.tokenURI(market.agents.provider));
    return { agent, place, endpoint: negotiationEndpoint(found)!, published: parseCatalogue(found)! };
  }

  /** Takes a message into the client's thread, sends it, and takes the reply in. */
  async function exchange(
    thread: Thread,
    endpoint: string,
    envelope: Envelope,
    openTerms?: (jwe: string) => Promise<unknown>,
  ) {
    const options = openTerms === undefined ? {} : { openTerms };
    const now = BigInt(await time.latest());
    const sent = await extendThread(thread, envelope, now, options);
    const reply = await negotiateOverHttp(endpoint, envelope, LOCAL);
    return reply === undefined ? sent.thread : (await extendThread(sent.thread, reply, now, options)).thread;
  }

  async function requestFor(market: Market, terms: CarriedTerms, hash: string, place: Place) {
    const message = makeQuoteRequest({
      client: market.client.address,
      clientAgentId: market.agents.client,
      provider: market.provider.address,
      service: SERVICE.id,
      termsHash: hash,
      inputHash: contentHash(INPUT),
      token: await market.stable.getAddress(),
      evaluators: [market.evaluator.address],
      validUntil: BigInt(await time.latest()) + 900n,
    });
    return sealMessage(market.client, place, { type: "QuoteRequest", message }, { terms });
  }

  const limitsOf = async (market: Market) => ({
    maxAmount: PRICE,
    tokens: [await market.stable.getAddress()],
    evaluators: [market.evaluator.address],
    maxEvaluatorFeeBps: 200n,
  });

  it("goes from the catalogue on chain over a counter-offer to payment", async () => {
    const market = await marketFixture();
    const { client, provider, evaluator, escrow, stable } = market;
    const { agent, place, endpoint } = await openShop(market);

    // The client asks, finds the offer too dear, and names its price.
    const asked = await requestFor(market, carry(CONTRACT), termsHash(CONTRACT), place);
    let thread = await exchange(openThread(place, provider.address), endpoint, asked);
    const first = lastOf(thread, "Offer")!;
    expect(first.amount).to.equal(PRICE);
    const message = counterOf(place, first, { amount: 2_100_000n });
    thread = await exchange(thread, endpoint, await sealMessage(client, place, { type: "CounterOffer", message }));
    const offer = lastOf(thread, "Offer")!;
    expect(offer.amount).to.equal(2_100_000n);
    expect(checkOffer(thread, offer, await limitsOf(market), BigInt(await time.latest()))).to.deep.equal([]);
    const [best] = compareOffers([first, offer], new Map(), { price: 1 });
    expect(best!.offer).to.equal(offer);

    // It accepts by one signature, which the provider sends.
    const { hash, envelope } = thread.entries.at(-1)!;
    const terms = makeAcceptanceTerms({
      client: client.address,
      clientAgentId: market.agents.client,
      inputHash: contentHash(INPUT),
    });
    const jobId = jobIdOf(hash, terms);
    const domain = await readTokenDomain(offer.token, ethers.provider);
    const payment = { client: client.address, escrow: place.escrow, amount: offer.amount, jobId };
    const acceptance: Acceptance = { ...terms, ...(await authorizationFunding(client, domain, payment)) };
    const notice: Message = { type: "Acceptance", message: { client: client.address, jobId, inReplyTo: hash } };
    thread = await exchange(thread, endpoint, await sealMessage(client, place, notice, { acceptance }));
    expect(threadState(thread)).to.equal("accepted");
    const [taken] = agent.accepted;
    expect(taken!.acceptance.funding).to.equal(FundingMethod.Authorization);

    // A cent more or other terms, and the escrow refuses; what was negotiated, it enforces.
    for (const change of [
      { amount: PRICE },
      { termsHash: termsHash({ ...CONTRACT, title: "More" }) },
    ] as Partial<Offer>[]) {
      await expect(
        escrow.connect(provider).hire({ ...offer, ...change }, envelope.signature, taken!.acceptance),
      ).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature");
    }
    await escrow.connect(provider).hire(offer, envelope.signature, taken!.acceptance);
    const job = await readJob(escrow, jobId);
    expect(job).to.include({
      status: "Funded",
      budget: 2_100_000n,
      client: client.address,
      evaluator: evaluator.address,
    });

    // Input, work, deliverable.
    const now = BigInt(await time.latest());
    const file = { place, client: client.address, provider: provider.address, jobId, bytes: INPUT, now };
    await sendInput(endpoint, client, file, LOCAL);
    expect(contentHash(agent.inputs.get(jobId)!)).to.equal(contentHash(INPUT));
    agent.deliverables.set(jobId, { bytes: REPORT, mediaType: "application/json" });
    await escrow.connect(provider).submit(jobId, contentHash(REPORT), "0x");
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
    const wanted = {
      place,
      reader: client.address,
      provider: provider.address,
      jobId,
      deliverable: submitted!.args.deliverable,
      now: BigInt(await time.latest()),
      maxSize: 10_000,
    };
    const { bytes, mediaType } = await fetchDeliverable(endpoint, client, wanted, LOCAL);
    expect(checkDeliverable(contractOf(thread, offer.termsHash), bytes, mediaType)).to.deep.equal([]);

    // The evaluator reads the same, and pays.
    await fetchDeliverable(endpoint, evaluator, { ...wanted, reader: evaluator.address }, LOCAL);
    const before = await stable.balanceOf(provider);
    await escrow.connect(evaluator).complete(jobId, contentHash("right"), "0x");
    expect((await stable.balanceOf(provider)) - before).to.equal(2_058_000n); // less the evaluator's 2 percent
  });

  it("keeps confidential terms and work from everybody else, with salted hashes on the chain", async () => {
    const market = await marketFixture();
    const { client, provider, escrow } = market;
    const [reader, own] = [await generateEncryptionKey("P-256"), await generateEncryptionKey()];
    const { agent, place, endpoint, published } = await openShop(
      market,
      { encryptionKey: reader.encryptionKey },
      reader.decryptionKey,
    );
    const contract: JobContract = { ...CONTRACT, title: "Project Nightingale", confidentiality: "parties" };
    const salt = randomSalt();
    const readers = [published.encryptionKey!, own.encryptionKey];
    const terms = { jwe: await encryptJson(readers, { contract, salt }) };
    const asked = await requestFor(market, terms, termsHash(contract, salt), place);
    const openTerms = (jwe: string) => openJson(own.decryptionKey, jwe);
    const thread = await exchange(openThread(place, provider.address), endpoint, asked, openTerms);
    const offer = lastOf(thread, "Offer")!;
    expect(checkOffer(thread, offer, await limitsOf(market), BigInt(await time.latest()))).to.deep.equal([]);

    const { hash, envelope } = thread.entries.at(-1)!;
    const accepted = makeAcceptanceTerms({
      client: client.address,
      clientAgentId: market.agents.client,
      inputHash: contentHash(INPUT),
    });
    const jobId = jobIdOf(hash, accepted);
    const funded = { ...accepted, funding: FundingMethod.Allowance, fundingData: "0x" };
    await escrow.connect(client).hire(offer, envelope.signature, funded);

    // Both know the terms' salt, so that it serves for the report too.
    const sealed = await encryptFor([own.encryptionKey], REPORT);
    agent.deliverables.set(jobId, { bytes: new TextEncoder().encode(sealed), mediaType: "application/jose" });
    await escrow.connect(provider).submit(jobId, saltedContentHash(REPORT, salt), "0x");
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
    expect(submitted!.args.deliverable).not.to.equal(contentHash(REPORT));

    const now = BigInt(await time.latest());
    const wanted = { place, reader: client.address, provider: provider.address, jobId, now, maxSize: 10_000 };
    const { bytes } = await fetchDeliverable(
      endpoint,
      client,
      { ...wanted, deliverable: contentHash(sealed), hash: contentHash },
      LOCAL,
    );
    const opened = await decryptWith(own.decryptionKey, new TextDecoder().decode(bytes));
    expect(saltedContentHash(opened, salt)).to.equal(submitted!.args.deliverable);
    expect(checkDeliverable(contract, opened)).to.deep.equal([]);
  });
});

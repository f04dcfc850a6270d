import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { makeAgentCard } from "../../../../market/a2a/agentCard";
import { a2aCarrier } from "../../../../market/a2a/client";
import { createA2aHandler } from "../../../../market/a2a/server";
import type { AgentMarketOptions } from "../../../../sdk/client";
import type { NegotiateInput, NegotiationHandler, QuotePolicy } from "../../../../sdk/negotiation";
import {
  NEGOTIATION_SERVICE,
  NegotiationDesk,
  createNegotiationHandler,
  decideByCatalogue,
} from "../../../../sdk/negotiation";
import type { RegistrationFile } from "../../../../sdk/registration";
import { registrationFile } from "../../../../sdk/registration";
import { contentHash } from "../../../../sdk/terms";
import { MemoryReader } from "../../../market/http/MemoryReader";
import { sampleAgent } from "../../../market/http/samples";
import type { Market } from "../../../fixtures/market";
import { marketFixture } from "../../../fixtures/market";
import { CONTRACT, INPUT, SERVICE } from "../../../fixtures/negotiation";
import { clientOf, expectError } from "./support";

const PRICE = 1_000n;
const ENDPOINT = "https://agents.example/linter";
const CARD_URL = `${ENDPOINT}/.well-known/agent-card.json`;

/** The fixture's market, its provider's handler as a server would have it, and what leads a client there. */
async function negotiating(policy: Partial<QuotePolicy> = {}, services = [SERVICE]) {
  const market = await marketFixture();
  const { provider, agents, evaluator, stable, client } = market;
  const place = { chainId: 31337n, escrow: await market.escrow.getAddress() };
  const price = { token: `eip155:31337/erc20:${await stable.getAddress()}`, amount: PRICE.toString() };
  const evaluation = { ...SERVICE.evaluation, evaluators: [`eip155:31337:${evaluator.address}`] };
  const catalogue = { version: 1, services: services.map((one) => ({ ...one, price, evaluation })) } as const;
  const endpoints = [{ ...NEGOTIATION_SERVICE, endpoint: ENDPOINT }];
  const file = registrationFile({ name: "Linter", description: "Lints.", services: endpoints, catalogue });
  const ours: QuotePolicy = {
    ...{ place, provider: provider.address, providerAgentId: agents.provider },
    ...{ validity: 600n, lowestBps: 9_000n, openJobs: 0, maxOpenJobs: 5, ...policy },
  };
  const options = {
    ...{ place, provider: provider.address, chain: provider.provider },
    now: () => clientOf(client).now(),
    decide: decideByCatalogue(provider, catalogue, () => ours),
  };
  const index = new MemoryReader();
  index.agents = [sampleAgent("2")];
  index.files.set("2", file);
  const through = (handler: NegotiationHandler) => ({
    fetch: ((url, init) => handler(new Request(url, init))) as typeof fetch,
  });
  const input: NegotiateInput & { agentId: bigint } = {
    ...{ agentId: agents.provider, terms: CONTRACT, service: SERVICE.id, inputHash: contentHash(INPUT) },
    ...{ token: await stable.getAddress(), maxAmount: 2n * PRICE, evaluators: [evaluator.address] },
    limits: { maxEvaluatorFeeBps: 200n },
    http: through(createNegotiationHandler(options)),
  };
  return { market, place, catalogue, file, options, index, input, through };
}

const asked = (market: Market, options: Partial<AgentMarketOptions>) => clientOf(market.client, options);

describe("sdk", () => {
  describe("client: discovery", () => {
    it("searches the index that it was given, and says which it lacks", async () => {
      const { market, index } = await negotiating();
      const { items } = await asked(market, { index }).search({ skills: ["code/lint"] });
      expect(items.map(({ agent }) => agent.agentId)).to.deep.equal(["2"]);
      await expectError(clientOf(market.client).search({}), "INVALID_INPUT", "knows no index");
      expect(() => asked(market, { index: "nowhere" })).to.throw("not the address of an index");
      await expectError(asked(market, { index: "http://127.0.0.1:1" }).search({}), "NETWORK", "is it running");
    });

    it("negotiates down to what both agree on, and hires by that", async () => {
      const { market, index, input } = await negotiating();
      const client = asked(market, { index });
      const first = await client.negotiate(input);
      expect(first.objections).to.deep.equal([]);
      expect(first.declined).to.equal(undefined);
      expect(first.signedOffer?.offer).to.deep.include({ amount: PRICE, providerAgentId: market.agents.provider });
      const second = await first.counter({ amount: 950n });
      expect(second.signedOffer?.offer.amount).to.equal(950n);
      expect(second.objections).to.deep.equal([]);
      expect(second.thread.entries).to.have.length(4);
      const order = { signedOffer: second.signedOffer!, terms: CONTRACT, inputHash: contentHash(INPUT) };
      const { jobId } = (await client.hire(order)).result;
      expect((await client.job(jobId)).budget).to.equal(950n);

      // A thread has one end: what was answered already is not answered again.
      await expectError(first.counter({ amount: 940n }), "REFUSED", "not-linked");
      const tooLow = await second.counter({ amount: 899n });
      expect([tooLow.signedOffer, tooLow.declined?.reason]).to.deep.equal([undefined, "price"]);
      await expectError(tooLow.counter({ amount: 900n }), "INVALID_INPUT", "no offer to counter");
    });

    it("says all that speaks against an offer", async () => {
      const { market, index, input } = await negotiating({ providerAgentId: 0n });
      const { objections } = await asked(market, { index }).negotiate({ ...input, limits: {} });
      expect(objections).to.have.length(2);
      expect(objections[0]).to.contain("it is by agent 0, not 2");
      expect(objections[1]).to.contain("200 basis points");
    });

    it("is declined where the provider does no such work, has no room, or wants more", async () => {
      const { market, index, input } = await negotiating({}, [{ ...SERVICE, skills: ["code/audit"] }]);
      const client = asked(market, { index });
      for (const [service, reason] of [
        [SERVICE.id, "skill"],
        ["other", "skill"],
        ["", "skill"],
      ] as const) {
        expect((await client.negotiate({ ...input, service })).declined?.reason).to.equal(reason);
      }
      const full = await negotiating({ maxOpenJobs: 0 });
      const to = asked(full.market, { index: full.index });
      expect((await to.negotiate({ ...full.input, service: "" })).declined?.reason).to.equal("capacity");
      const poor = await negotiating();
      const cheap = { ...poor.input, maxAmount: 1n };
      expect((await asked(poor.market, { index: poor.index }).negotiate(cheap)).declined?.reason).to.equal("price");
    });

    it("reads the file that it is given, and reaches agents by the carriers that it is given", async () => {
      const { market, file, input, place, options, through } = await negotiating();
      const client = clientOf(market.client);
      expect((await client.negotiate({ ...input, file })).objections).to.deep.equal([]);
      await expectError(client.negotiate(input), "INVALID_INPUT", "knows no index");
      const overA2a: RegistrationFile = { ...file, services: [{ name: "A2A", endpoint: CARD_URL }] };
      await expectError(client.negotiate({ ...input, file: overA2a }), "INVALID_INPUT", "names no place to negotiate");
      const card = makeAgentCard({ file, baseUrl: ENDPOINT, place, provider: market.provider.address });
      const handler = createA2aHandler({ card, desk: new NegotiationDesk(options) });
      const given = { ...input, file: overA2a, carriers: [a2aCarrier], http: through(handler) };
      const negotiation = await client.negotiate(given);
      expect((await negotiation.counter({ amount: 900n })).signedOffer?.offer.amount).to.equal(900n);
    });

    it("takes no answer of anybody else than the agent's wallet, or its owner where it has none", async () => {
      const { market, index, input, options, catalogue, through } = await negotiating();
      const client = asked(market, { index });
      const { registry, provider, stranger, agents } = market;
      const policy: QuotePolicy = {
        ...{ place: options.place, provider: stranger.address, providerAgentId: agents.provider },
        ...{ validity: 600n, lowestBps: 9_000n, openJobs: 0, maxOpenJobs: 5 },
      };
      const decide = decideByCatalogue(stranger, catalogue, () => policy);
      const forged = createNegotiationHandler({ ...options, provider: stranger.address, decide });
      await expectError(client.negotiate({ ...input, http: through(forged) }), "REFUSED", "refused");

      await registry.connect(provider).unsetAgentWallet(agents.provider);
      expect(await registry.getAgentWallet(agents.provider)).to.equal(ZeroAddress);
      expect((await client.negotiate(input)).objections).to.deep.equal([]);
      await expectError(client.negotiate({ ...input, agentId: 99n }), "ERC721NonexistentToken");
    });

    it("tells an agent that refuses from one that does not answer, and both from its own mistakes", async () => {
      const { market, index, input, file, through } = await negotiating();
      const client = asked(market, { index });
      const saying = (status: number, body: unknown) => ({
        ...input,
        http: through(() => Promise.resolve(Response.json(body, { status }))),
      });
      const refusal = { error: { fault: "busy", message: "come back later." } };
      await expectError(client.negotiate(saying(503, refusal)), "REFUSED", "come back later");
      for (const body of [{}, { message: null }, { message: { version: 1 } }, [], "text"]) {
        await expectError(client.negotiate(saying(200, body)), "NO_ANSWER", "^agent 2 ");
      }
      index.files.set("2", { ...file, services: "none" });
      await expectError(client.negotiate(input), "NO_ANSWER", "/services");
      index.files.delete("2");
      await expectError(client.negotiate(input), "INVALID_INPUT", "no registration file");
      const reader = clientOf(market.client.provider, { index });
      await expectError(reader.negotiate({ ...input, file }), "NO_SIGNER");
    });
  });
});

import { existsSync } from "node:fs";

import { expect } from "chai";

import { verifyByDoing } from "../../examples/client/verify";
import { checkDeliverable } from "../../sdk/deliverable";
import { formatJobId } from "../../sdk/jobId";
import { RefusedError, negotiateOverHttp } from "../../sdk/negotiation/httpClient";
import { sealMessage } from "../../sdk/negotiation/envelope";
import { makeQuoteRequest } from "../../sdk/negotiation/messages";
import { carry } from "../../sdk/negotiation/threadTerms";
import { contentHash, parseJobContract, randomSalt, termsHash } from "../../sdk/terms";
import { findProvider } from "../../examples/client/ask";
import { thrown } from "../fixtures/a2a";
import { CONTRACT, INPUT, LIST_PRICE, SAVINGS, TradingPlace, eventually } from "../fixtures/agents";
import { startLiar } from "../fixtures/liars";

describe("Agents that trade by themselves", () => {
  let floor: TradingPlace;
  beforeEach(async () => {
    floor = await TradingPlace.open();
    await floor.endow({ desk: SAVINGS, linter: 0n, "other-linter": 0n });
  });
  afterEach(() => floor.close());

  it("find each other by the index, and deal over HTTP and the chain, to the unit", async () => {
    const { agentId } = await floor.startProvider("linter");
    const result = await floor.hire("desk", { verify: verifyByDoing });
    const { jobId, deliverable } = result;
    expect(result).to.deep.include({ status: "Completed", amount: LIST_PRICE, offers: 1 });
    expect(result.provider).to.equal(floor.walletOf("linter").address);
    expect(await floor.balanceOf("linter")).to.equal(LIST_PRICE);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS - LIST_PRICE);
    expect(await floor.inContracts()).to.equal(0n);

    // The bytes are those on the chain, and in the form that was agreed on.
    const { escrow } = floor.court;
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
    expect(contentHash(deliverable!)).to.equal(submitted!.args.deliverable);
    const [hired] = await escrow.queryFilter(escrow.filters.JobHired(jobId));
    expect(hired!.args.inputHash).to.equal(contentHash(INPUT));
    const files = floor.filesOf("linter");
    const agreed = parseJobContract(files.read("terms", hired!.args.termsHash).toString("utf8"));
    expect(agreed.deliverable.schema).to.include({ type: "object" });
    expect(checkDeliverable(agreed, deliverable!)).to.deep.equal([]);
    expect(files.read("inputs", contentHash(INPUT), formatJobId(jobId))).to.deep.equal(Buffer.from(INPUT));

    // The rating cites the job, and the index knows.
    const ratings = async () => (await floor.index.feedback({ agentId: agentId.toString() })).items;
    await eventually(async () => (await ratings()).length > 0);
    const [rating] = await ratings();
    expect(rating).to.include({ client: floor.walletOf("desk").address, value: 100, tag1: "work" });
    expect(BigInt(rating!.job!.jobId)).to.equal(jobId);
    expect(rating!.job!.amount).to.equal(LIST_PRICE.toString());
  });

  it("agree on less, down to the provider's lowest price", async () => {
    await floor.startProvider("linter", { lowestBps: 9_000n });
    const { amount, status } = await floor.hire("desk", { haggleBps: 9_000n });
    expect([amount, status]).to.deep.equal([(LIST_PRICE * 9n) / 10n, "Completed"]);
    expect(await floor.balanceOf("linter")).to.equal(amount);
  });

  it("deal by the first offer where a lower one is declined", async () => {
    await floor.startProvider("linter", { lowestBps: 9_001n });
    const { amount, status } = await floor.hire("desk", { haggleBps: 9_000n });
    expect([amount, status]).to.deep.equal([LIST_PRICE, "Completed"]);
    expect(await floor.balanceOf("linter")).to.equal(LIST_PRICE);
  });

  describe("again and again", () => {
    const realNow = Date.now;
    afterEach(() => {
      Date.now = realNow;
    });

    it("end what comes to nothing, so that a provider always has an ear for its clients", async () => {
      // Who sends too much is held off for some seconds. Those pass here without waiting.
      let passed = 0;
      Date.now = () => realNow() + passed;
      await floor.endow({ desk: 10n * SAVINGS });
      const dear = await floor.startProvider("linter", { price: LIST_PRICE + 1n });
      await floor.startProvider("other-linter");
      // More than a provider negotiates with one client at a time, and within the validity of their offers.
      for (let round = 0; round < 22; ++round, passed += 4_000) {
        const { provider, offers } = await floor.hire(
          "desk",
          { preferences: { price: 1 } },
          { budget: 2n * LIST_PRICE },
        );
        expect([provider, offers]).to.deep.equal([floor.walletOf("other-linter").address, 2], floor.told.at(-1));
      }
      expect(await floor.balanceOf("other-linter")).to.equal(22n * LIST_PRICE);
      expect(
        (await floor.marketOf("desk").record({ agentId: dear.agentId, token: floor.token, role: "Provider" }))
          .completed,
      ).to.equal(0n);
    });
  });

  describe("with strangers", () => {
    it("pass over whoever lies, each with a sentence, and hire the honest one", async () => {
      await floor.endow({ babbler: 0n, foreigner: 0n, impostor: 0n, usurer: 0n });
      const { agentId } = await floor.startProvider("linter");
      const liars = {
        [`${await startLiar(floor, "babbler", { says: "<html>" })}`]: /the reply is not valid JSON/,
        [`${await startLiar(floor, "foreigner", { place: { chainId: 1n } })}`]: /chain 1\b/,
        [`${await startLiar(floor, "impostor", { offer: { providerAgentId: agentId } })}`]:
          /its work goes into another record/,
        [`${await startLiar(floor, "usurer", { offer: { amount: LIST_PRICE + 1n } })}`]:
          /its offer is refused: .*120000001/,
      };
      const result = await floor.hire("desk");
      expect(result).to.include({ provider: floor.walletOf("linter").address, offers: 1, status: "Completed" });
      const lines = floor.told.filter((line) => line.startsWith("desk passes over"));
      expect(lines).to.have.lengthOf(4);
      for (const [liar, why] of Object.entries(liars)) {
        const [line] = lines.filter((one) => one.startsWith(`desk passes over agent ${liar}: `));
        expect(line)
          .to.match(why)
          .and.match(/^[^\n]+\.$/);
      }
    });

    it("spend nothing where nobody is within the budget, or all are liars", async () => {
      await floor.endow({ usurer: 0n });
      await floor.startProvider("linter", { price: LIST_PRICE + 1n });
      expect(await floor.runTask("desk")).to.equal(undefined);
      expect(floor.told.at(-1)).to.equal(`desk nobody suits "${CONTRACT.title}"`);
      await startLiar(floor, "usurer", { offer: { amount: LIST_PRICE + 1n } });
      expect(await floor.runTask("desk")).to.equal(undefined);
      expect(await floor.walletOf("desk").getNonce()).to.equal(0);
      expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
    });

    it("spend nothing once they are told to end", async () => {
      await floor.startProvider("linter");
      const failure = await floor.runTask("desk", { signal: AbortSignal.abort() }).catch((error: unknown) => error);
      expect((failure as Error).message).to.equal("interrupted before anybody was hired.");
      expect(await floor.walletOf("desk").getNonce()).to.equal(0);
      expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
    });

    it("take no terms with a salt, and keep none of them", async () => {
      const { agentId } = await floor.startProvider("linter");
      const { endpoint, catalogue } = await findProvider(floor.marketOf("desk"), floor.index, agentId.toString());
      const [service] = catalogue!.services;
      const salt = randomSalt();
      const contract = { ...CONTRACT, deliverable: service!.deliverable };
      const client = floor.walletOf("desk");
      const message = makeQuoteRequest({
        ...{ client: client.address, clientAgentId: 0n, provider: floor.walletOf("linter").address },
        ...{ service: service!.id, token: floor.token, evaluators: [floor.evaluator] },
        ...{ termsHash: termsHash(contract, salt), inputHash: contentHash(INPUT) },
        validUntil: (await floor.marketOf("desk").now()) + 600n,
      });
      const place = { chainId: 31_337n, escrow: floor.addresses.escrow };
      const asked = await sealMessage(
        client,
        place,
        { type: "QuoteRequest", message },
        { terms: carry(contract, salt) },
      );
      const error = await thrown(negotiateOverHttp(endpoint!, asked, { allowHttp: true }));
      expect(error).to.be.instanceOf(RefusedError);
      expect(error).to.include({ status: 422, fault: "terms", detail: "only terms without a salt are taken here." });
      expect(existsSync(floor.filesOf("linter").path("terms", termsHash(contract)))).to.equal(false);
    });
  });
});

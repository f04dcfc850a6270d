import { expect } from "chai";

import { verifyByDoing } from "../../examples/client/verify";
import { checkDeliverable } from "../../sdk/deliverable";
import { contentHash, parseJobContract } from "../../sdk/terms";
import { INPUT, LIST_PRICE, SAVINGS, TradingPlace, eventually } from "../fixtures/agents";

describe("the example agents", () => {
  let place: TradingPlace;
  const open = async (options?: Parameters<typeof TradingPlace.open>[0]) => (place = await TradingPlace.open(options));
  afterEach(() => place.close());

  describe("a provider and a client", () => {
    it("find each other by the index, and trade over HTTP and the chain, to the unit", async () => {
      await open();
      await place.endow("linter", 0n);
      await place.endow("desk");
      const { agentId } = await place.startProvider("linter");
      const result = await place.hire("desk", { verify: verifyByDoing });
      const { jobId, deliverable } = result;
      expect(result).to.deep.include({ status: "Completed", amount: LIST_PRICE, offers: 1 });
      expect(result.provider).to.equal(place.walletOf("linter").address);
      expect(await place.balanceOf("linter")).to.equal(LIST_PRICE);
      expect(await place.balanceOf("desk")).to.equal(SAVINGS - LIST_PRICE);
      expect(await place.inContracts()).to.equal(0n);

      // The bytes are those on the chain, and in the form that was agreed on.
      const { escrow } = place.court;
      const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
      expect(contentHash(deliverable!)).to.equal(submitted!.args.deliverable);
      const [hired] = await escrow.queryFilter(escrow.filters.JobHired(jobId));
      expect(hired!.args.inputHash).to.equal(contentHash(INPUT));
      const files = place.filesOf("linter");
      const agreed = parseJobContract(files.read("terms", hired!.args.termsHash).toString("utf8"));
      expect(agreed.deliverable.schema).to.include({ type: "object" });
      expect(checkDeliverable(agreed, deliverable!)).to.deep.equal([]);
      expect(files.read("inputs", contentHash(INPUT))).to.deep.equal(Buffer.from(INPUT));

      // The rating cites the job, and the index knows.
      await eventually(async () => (await place.index.feedback({ agentId: agentId.toString() })).items.length > 0);
      const [rating] = (await place.index.feedback({ agentId: agentId.toString() })).items;
      expect(rating).to.include({ client: place.walletOf("desk").address, value: 100, tag1: "work" });
      expect(BigInt(rating!.job!.jobId)).to.equal(jobId);
      expect(rating!.job!.amount).to.equal(LIST_PRICE.toString());
    });

    it("haggle: a price down to the provider's lowest is granted", async () => {
      await open();
      await place.endow("linter", 0n);
      await place.endow("desk");
      await place.startProvider("linter", { lowestBps: 9_000n });
      const { amount, status } = await place.hire("desk", { haggleBps: 9_000n });
      expect([amount, status]).to.deep.equal([(LIST_PRICE * 9n) / 10n, "Completed"]);
      expect(await place.balanceOf("linter")).to.equal(amount);
    });

    it("haggle: below that it says no, and its first offer stands", async () => {
      await open();
      await place.endow("linter", 0n);
      await place.endow("desk");
      await place.startProvider("linter", { lowestBps: 9_001n });
      const { amount, status } = await place.hire("desk", { haggleBps: 9_000n });
      expect([amount, status]).to.deep.equal([LIST_PRICE, "Completed"]);
      expect(await place.balanceOf("linter")).to.equal(LIST_PRICE);
    });
  });
});

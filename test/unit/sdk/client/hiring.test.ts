import { readFileSync } from "node:fs";

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256, id } from "ethers";
import { ethers } from "hardhat";

import type { FundingMethod } from "../../../../sdk/enums";
import { fundBy } from "../../../../sdk/hiring";
import type { Offer } from "../../../../sdk/offers";
import { jobIdOf, makeAcceptanceTerms, makeOffer, offerDomain, offerHash, signOffer } from "../../../../sdk/offers";
import type { SignedOffer } from "../../../../sdk/signedOffer";
import { PERMIT2_ADDRESS } from "../../../../sdk/create2";
import { parseJobContract, termsHash } from "../../../../sdk/terms";
import { DAY, PRICE } from "../../../fixtures/jobs";
import type { Market } from "../../../fixtures/market";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectRefusal, expectTwins } from "./support";

async function offered(m: Market, changes: Partial<Offer> = {}): Promise<SignedOffer> {
  const { chainId } = await ethers.provider.getNetwork();
  const escrow = await m.escrow.getAddress();
  const offer = makeOffer({
    provider: m.provider.address,
    evaluator: m.evaluator.address,
    token: await m.stable.getAddress(),
    amount: PRICE,
    validUntil: BigInt((await time.latest()) + DAY),
    termsHash: id("terms"),
    capacity: 9n,
    ...changes,
  });
  return { chainId, escrow, offer, signature: await signOffer(m.provider, offerDomain(chainId, escrow), offer) };
}

const salt = (n: number) => `0x${n.toString(16).padStart(64, "0")}`;

describe("sdk", () => {
  describe("client: hire", () => {
    it("pays in each of the four ways, once", async () => {
      const m = await marketFixture();
      await m.stable.connect(m.client).approve(m.escrow, 0n);
      await m.stable.connect(m.client).approve(PERMIT2_ADDRESS, MaxUint256);
      const signedOffer = await offered(m);
      const methods: FundingMethod[] = ["Authorization", "Permit", "Permit2", "Allowance"];
      for (const [index, funding] of methods.entries()) {
        const input = { signedOffer, funding, salt: salt(index) };
        const { before, sent, again } = await hireTwice(m, input);
        expect(sent.result.funding).to.equal(funding);
        expect(before.calls.map(({ fn }) => fn)).to.deep.equal(
          funding === "Allowance" ? ["approve", "hire"] : ["hire"],
        );
        expect(again.result).to.deep.equal({ jobId: sent.result.jobId, funding: undefined });
        expect((await clientOf(m.client).job(sent.result.jobId)).status).to.equal("Funded");
      }
      expect(await m.stable.allowance(m.client, m.escrow), "no more than the price was approved").to.equal(0n);
    });

    it("chooses: an allowance that is there, then ERC-3009, then Permit2, then an approval", async () => {
      const m = await marketFixture();
      const chosen = async (changes: Partial<Offer> = {}, agent = clientOf(m.client)) => {
        const { result, calls } = await agent.simulate.hire({ signedOffer: await offered(m, changes) });
        return [result?.funding, calls.length];
      };
      const token = await m.plain.getAddress();
      expect(await chosen()).to.deep.equal(["Allowance", 1]);
      await m.stable.connect(m.client).approve(m.escrow, PRICE - 1n);
      expect(await chosen()).to.deep.equal(["Authorization", 1]);
      await m.plain.connect(m.client).approve(m.escrow, 0n);
      expect(await chosen({ token })).to.deep.equal(["Allowance", 2]);
      await m.plain.connect(m.client).approve(PERMIT2_ADDRESS, PRICE);
      expect(await chosen({ token })).to.deep.equal(["Permit2", 1]);
      // Without a key nothing can be signed.
      const reader = clientOf(ethers.provider, { account: m.client.address });
      expect(await chosen({}, reader)).to.deep.equal(["Allowance", 2]);
    });

    it("sends what another client signed, who pays", async () => {
      const m = await marketFixture();
      const signedOffer = await offered(m);
      const { offer, chainId, escrow } = signedOffer;
      const terms = makeAcceptanceTerms({ client: m.client.address });
      const jobId = jobIdOf(offerHash(offerDomain(chainId, escrow), offer), terms);
      const { market } = clientOf(m.client);
      const payment = await fundBy("Authorization", {
        market,
        chain: ethers.provider,
        chainId,
        client: m.client.address,
        signer: m.client,
        offer,
        jobId,
        deadline: 2n ** 40n,
      });
      const input = { signedOffer, acceptance: { ...terms, ...payment } };
      await expectTwins(clientOf(m.stranger), "hire", input);
      expect((await clientOf(m.client).job(jobId)).client).to.equal(m.client.address);
      // The client itself finds it done.
      expect((await clientOf(m.client).hire({ signedOffer })).done).to.equal("already");
    });

    it("refuses what cannot be meant", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.client);
      const signedOffer = await offered(m);
      const other = { ...signedOffer, offer: { ...signedOffer.offer, amount: 1n } };
      await expectRefusal(agent, "hire", { signedOffer: other }, "INVALID_INPUT", "not signed by its provider");
      await expectRefusal(agent, "hire", { signedOffer: { ...signedOffer, chainId: 1n } }, "INVALID_INPUT", "chain 1");
      const elsewhere = { ...signedOffer, escrow: m.stranger.address };
      await expectRefusal(agent, "hire", { signedOffer: elsewhere }, "INVALID_INPUT", "the escrow");
      await expectRefusal(agent, "hire", { signedOffer, clientAgentId: 2n }, "INVALID_INPUT", "agent 2");
      const terms = parseJobContract(readFileSync("examples/jobs/lint-timelock.json", "utf8"));
      await expectRefusal(agent, "hire", { signedOffer, terms }, "INVALID_INPUT", "for other terms");
      const meant = await offered(m, { termsHash: termsHash(terms) });
      expect((await agent.simulate.hire({ signedOffer: meant, terms })).done).to.equal("would-send");
      const named = await offered(m, { client: m.client2.address, capacity: 1n });
      await expectRefusal(agent, "hire", { signedOffer: named }, "INVALID_INPUT", "not for");
      await expectRefusal(clientOf(m.stranger), "hire", { signedOffer }, "INSUFFICIENT_FUNDS", "less than the price");
      await expectRefusal(clientOf(ethers.provider), "hire", { signedOffer }, "NO_SIGNER", "signer");
      await expectTwins(clientOf(m.provider), "cancelOffer", { signedOffer });
      await expectRefusal(agent, "hire", { signedOffer }, "INVALID_INPUT", "withdrawn by its provider");
      const late = await offered(m);
      await time.increase(2 * DAY);
      await expectRefusal(agent, "hire", { signedOffer: late }, "INVALID_INPUT", "was valid until");
    });
  });
});

function hireTwice(m: Market, input: Parameters<ReturnType<typeof clientOf>["hire"]>[0]) {
  return expectTwins(clientOf(m.client), "hire", input);
}

import { expect } from "chai";
import { id } from "ethers";

import { offerDomain, signOffer } from "../../../../sdk/offers";
import { ethers } from "hardhat";
import { PRICE, offerOf, submittedJob } from "../../../fixtures/jobs";
import { marketFixture } from "../../../fixtures/market";
import type { WalletMarket } from "../../../fixtures/wallet";
import { walletFixture } from "../../../fixtures/wallet";
import { clientOf, expectRefusal, expectTwins } from "./support";

async function keyOf(w: WalletMarket) {
  return clientOf(w.key, { wallet: { address: await w.wallet.getAddress(), policy: w.policy } });
}

describe("sdk", () => {
  describe("client: withdraw", () => {
    it("takes what could not be delivered, once", async () => {
      const m = await marketFixture();
      const jobId = await submittedJob(m);
      await m.stable.blacklist(m.provider);
      await clientOf(m.evaluator).complete({ jobId });
      const token = await m.stable.getAddress();
      const input = { token, to: m.stranger.address };
      const { sent } = await expectTwins(clientOf(m.provider), "withdraw", input);
      expect(sent.result).to.deep.equal({ amount: PRICE });
      expect(await m.stable.balanceOf(m.stranger)).to.equal(PRICE);
      await expectRefusal(clientOf(m.provider), "withdraw", { token }, "NOT_FOUND", "owes");
    });

    it("is not done already if the latest withdrawal went elsewhere", async () => {
      const m = await marketFixture();
      const token = await m.stable.getAddress();
      const provider = clientOf(m.provider);
      await m.stable.blacklist(m.provider);
      for (const to of [m.stranger.address, m.client.address]) {
        await clientOf(m.evaluator).complete({ jobId: await submittedJob(m) });
        await provider.withdraw({ token, to });
      }
      await expectRefusal(provider, "withdraw", { token, to: m.stranger.address }, "NOT_FOUND", "went to");
    });
  });

  describe("client: from an AgentWallet", () => {
    it("hires, acts and pays inside the policy, each once", async () => {
      const w = await walletFixture();
      const agent = await keyOf(w);
      const { chainId } = await ethers.provider.getNetwork();
      const escrow = await w.escrow.getAddress();
      const terms = await offerOf(w);
      const offer = {
        ...terms,
        evaluationPeriod: BigInt(terms.evaluationPeriod),
        evaluatorFeeBps: 0n,
        deliveryPeriod: BigInt(terms.deliveryPeriod),
        referrerFeeBps: 0n,
        capacity: 1n,
      };
      const signature = await signOffer(w.provider, offerDomain(chainId, escrow), offer);
      const signedOffer = { chainId, escrow, offer, signature };
      await expectRefusal(agent, "hire", { signedOffer, funding: "Permit2" }, "INVALID_INPUT", "from an allowance");
      const { sent } = await expectTwins(agent, "hire", { signedOffer });
      const { jobId } = sent.result;
      expect((await agent.job(jobId)).client).to.equal(await w.wallet.getAddress());
      await clientOf(w.provider).submit({ jobId, deliverable: id("work") });
      await clientOf(w.evaluator).complete({ jobId });

      const open = await expectTwins(agent, "createJob", {
        provider: w.provider.address,
        providerAgentId: w.agents.provider,
        evaluator: w.evaluator.address,
        expiredAt: (await agent.now()) + 86_400n,
      });
      const price = { jobId: open.sent.result.jobId, token: offer.token, amount: PRICE };
      await expectTwins(agent, "setBudget", price);
      await expectTwins(agent, "fund", price);
    });

    it("pays once by each key", async () => {
      const w = await walletFixture();
      const agent = await keyOf(w);
      const token = await w.stable.getAddress();
      const payment = { token, to: w.stranger.address, amount: PRICE, idempotencyKey: "invoice 7" };
      await expectTwins(agent, "pay", payment);
      expect(await w.stable.balanceOf(w.stranger)).to.equal(PRICE);
      await expectRefusal(agent, "pay", { ...payment, amount: 1n }, "CONFLICT", "invoice 7");
      await expectTwins(agent, "pay", { ...payment, idempotencyKey: "invoice 8" });
      await w.wallet.connect(w.key).cancelIntent(w.key, BigInt(id("invoice 9")));
      await expectRefusal(agent, "pay", { ...payment, idempotencyKey: "invoice 9" }, "CONFLICT", "cancelled");
      await expectRefusal(
        agent,
        "pay",
        { ...payment, to: w.client.address, idempotencyKey: "a" },
        "AgentWallet_CounterpartyNotAllowed",
      );
      await expectRefusal(clientOf(w.key), "pay", payment, "INVALID_INPUT", "wallet");
    });

    it("finds the key's policy by itself", async () => {
      const w = await walletFixture();
      const wallet = { address: await w.wallet.getAddress() };
      const payment = { token: await w.stable.getAddress(), to: w.stranger.address, amount: 1n, idempotencyKey: "b" };
      await expectRefusal(clientOf(w.key2, { wallet }), "pay", payment, "NOT_FOUND", "no policy");
      await expectTwins(clientOf(w.key, { wallet }), "pay", payment);
    });
  });
});

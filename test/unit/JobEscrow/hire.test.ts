import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  PRICE,
  STATUS,
  acceptanceOf,
  atFixedTime,
  hireJob,
  jobFields,
  namedOfferOf,
  offerOf,
  prepareHire,
  signOffer,
} from "../../fixtures/jobs";
import type { AcceptanceTerms } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress, ZeroHash } = ethers;
const INPUT = ethers.id("input");

async function deployed() {
  const market = await marketFixture();
  return { ...market, market };
}

describe("JobEscrow", () => {
  describe("hire", () => {
    it("creates and funds a job in one transaction", async () => {
      const { market, escrow, stable, client, provider, evaluator, referrer } = await deployed();
      const prepared = await prepareHire(market, { acceptance: { inputHash: INPUT } });
      const { jobId, offer, offerHash } = prepared;
      const now = await atFixedTime();
      const response = prepared.send();
      await expect(response)
        .to.emit(escrow, "JobCreated")
        .withArgs(jobId, client.address, provider.address, evaluator.address, now + DAY, ZeroAddress);
      await expect(response).to.emit(escrow, "BudgetSet").withArgs(jobId, offer.token, PRICE);
      await expect(response).to.emit(escrow, "JobFunded").withArgs(jobId, client.address, PRICE);
      await expect(response).to.emit(escrow, "JobHired").withArgs(jobId, offerHash, offer.termsHash, INPUT);
      await expect(response).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator, referrer],
        [-PRICE, PRICE, 0n, 0n, 0n],
      );
    });

    it("stores every term, each at its widest", async () => {
      const { market, registry, plain, client, provider, evaluator, referrer, agents } = await deployed();
      const hook = await ethers.deployContract("NoERC165Hook");
      const amount = 2n ** 96n - 1n;
      await plain.mint(client, amount - (await plain.balanceOf(client)));
      // Both agents in their third epoch.
      for (const [owner, agentId] of [
        [client, agents.client],
        [provider, agents.provider],
      ] as const) {
        await registry.connect(owner).transferFrom(owner, referrer, agentId);
        await registry.connect(referrer).transferFrom(referrer, owner, agentId);
      }
      const now = await atFixedTime(100);
      const { jobId } = await hireJob(market, {
        offer: {
          token: await plain.getAddress(),
          amount,
          hook: await hook.getAddress(),
          referrer: referrer.address,
          referrerFeeBps: 1_000,
          evaluatorFeeBps: 999,
          evaluationPeriod: 60 * DAY,
          deliveryPeriod: 365 * DAY,
          silencePaysProvider: true,
        },
      });
      expect(await jobFields(market, jobId)).to.deep.equal({
        id: jobId,
        client: client.address,
        provider: provider.address,
        evaluator: evaluator.address,
        description: "",
        budget: amount,
        expiredAt: BigInt(now + 365 * DAY),
        status: STATUS.Funded,
        hook: await hook.getAddress(),
        paymentToken: await plain.getAddress(),
        providerAgentId: agents.provider,
        submittedAt: 0n,
        clientAgentId: agents.client,
        clientEpoch: 2n,
        providerEpoch: 2n,
        evaluationPeriod: BigInt(60 * DAY),
        evaluatorFeeBps: 999n,
        referrer: referrer.address,
        referrerFeeBps: 1_000n,
        silencePaysProvider: true,
        providerSigned: true,
        recordPending: false,
      });
    });

    it("stores a job without hook, referrer, agents and silence as that", async () => {
      const { market, escrow } = await deployed();
      const { jobId } = await hireJob(market, { offer: { providerAgentId: 0n }, acceptance: { clientAgentId: 0n } });
      const job = await escrow.getJob(jobId);
      expect([
        job.hook,
        job.referrer,
        job.referrerFeeBps,
        job.providerAgentId,
        job.clientAgentId,
        job.providerEpoch,
        job.clientEpoch,
        job.silencePaysProvider,
        job.providerSigned,
      ]).to.deep.equal([ZeroAddress, ZeroAddress, 0n, 0n, 0n, 0n, 0n, false, true]);
    });

    it("answers with the id that jobIdOf foretells", async () => {
      const { market, escrow, client } = await deployed();
      const { offer, signature, acceptance, jobId } = await prepareHire(market);
      expect(await escrow.connect(client).hire.staticCall(offer, signature, acceptance)).to.equal(jobId);
    });

    it("takes the signature of a contract that works as provider", async () => {
      const { market, escrow, provider } = await deployed();
      const wallet = await ethers.deployContract("ERC1271Wallet", [provider.address]);
      const { jobId } = await hireJob(market, { offer: { provider: await wallet.getAddress(), providerAgentId: 0n } });
      expect((await escrow.getJob(jobId)).provider).to.equal(await wallet.getAddress());
    });

    describe("by an open offer", () => {
      it("counts acceptances up to the capacity, by any clients", async () => {
        const { market, escrow, client2, agents } = await deployed();
        const offer = { capacity: 2 };
        const first = await hireJob(market, { offer });
        expect(await escrow.offerState(first.offerHash)).to.deep.equal([1n, false]);
        await hireJob(market, {
          offer,
          acceptance: { client: client2.address, clientAgentId: agents.client2 },
          sender: client2,
        });
        expect(await escrow.offerState(first.offerHash)).to.deep.equal([2n, false]);
        const third = await prepareHire(market, { offer, acceptance: { salt: ethers.id("again") } });
        await expect(third.send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
          .withArgs(third.offerHash, 2n);
      });

      it("lets one client accept again with another salt or input, and not without", async () => {
        const { market, escrow } = await deployed();
        const offer = { capacity: 4_294_967_295 };
        const { jobId } = await hireJob(market, { offer });
        await hireJob(market, { offer, acceptance: { salt: ethers.id("again") } });
        await hireJob(market, { offer, acceptance: { inputHash: INPUT } });
        const replay = await prepareHire(market, { offer });
        await expect(replay.send()).to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists").withArgs(jobId);
      });

      it("reverts when it names an identity of the client it does not name", async () => {
        const { market, escrow, client, agents } = await deployed();
        const salt = ethers.id("salt");
        const { offerHash, send } = await prepareHire(market, {
          offer: { clientAgentId: agents.client },
          acceptance: { salt },
        });
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
          .withArgs(offerHash, client.address, agents.client, salt);
      });
    });

    it("reverts when the capacity is 0, whether the client is named or not", async () => {
      const { market, escrow, client, agents } = await deployed();
      for (const named of [{}, { client: client.address, clientAgentId: agents.client }]) {
        const { offerHash, send } = await prepareHire(market, { offer: { ...named, capacity: 0 } });
        await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted").withArgs(offerHash, 0n);
      }
    });

    describe("by an offer that names its client", () => {
      /** The ways to accept with something of the client's own. */
      const OWN: Record<string, Partial<AcceptanceTerms>> = {
        "an input": { inputHash: INPUT },
        "budget parameters": { budgetParams: "0x00" },
        "funding parameters": { fundParams: "0x00" },
      };

      it("needs no counter for a plain acceptance, which cannot be repeated", async () => {
        const { market, escrow } = await deployed();
        const offer = await namedOfferOf(market);
        const { jobId, offerHash } = await hireJob(market, { offer });
        expect(await escrow.offerState(offerHash)).to.deep.equal([0n, false]);
        const replay = await prepareHire(market, { offer });
        await expect(replay.send()).to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists").withArgs(jobId);
      });

      for (const [title, own] of Object.entries(OWN)) {
        it(`counts an acceptance with ${title}, and allows no other before or after`, async () => {
          const { market, escrow } = await deployed();
          for (const [salt, order] of [
            [{}, own],
            [own, {}],
            [own, { inputHash: ethers.id("other") }],
          ].entries()) {
            const offer = await namedOfferOf(market, { salt: BigInt(salt) });
            const { offerHash } = await hireJob(market, { offer, acceptance: order[0]! });
            const second = await prepareHire(market, { offer, acceptance: order[1]! });
            await expect(second.send())
              .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
              .withArgs(offerHash, 1n);
            expect((await escrow.offerState(offerHash))[0]).to.equal(order[0] === own ? 1n : 0n);
          }
        });
      }

      it("lets a client without identity be named", async () => {
        const { market, escrow } = await deployed();
        const offer = await namedOfferOf(market, { clientAgentId: 0n });
        const { jobId } = await hireJob(market, { offer, acceptance: { clientAgentId: 0n } });
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
      });

      it("reverts for another client, another identity of it, or a salt", async () => {
        const { market, escrow, client, client2, agents } = await deployed();
        const offer = await namedOfferOf(market);
        const salt = ethers.id("salt");
        for (const [sender, own] of [
          [client2, { client: client2.address, clientAgentId: agents.client }],
          [client2, { client: client2.address, clientAgentId: agents.client2 }],
          [client, { clientAgentId: 0n }],
          [client, { salt }],
        ] as const) {
          const acceptance = acceptanceOf(market, own);
          const { offerHash, send } = await prepareHire(market, { offer, acceptance, sender });
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
            .withArgs(offerHash, acceptance.client, acceptance.clientAgentId, acceptance.salt);
        }
      });

      it("reverts when it has a capacity above 1", async () => {
        const { market, escrow } = await deployed();
        const { send } = await prepareHire(market, { offer: await namedOfferOf(market, { capacity: 2 }) });
        await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidCapacity").withArgs(2n);
      });
    });

    describe("reverts when the offer", () => {
      it("is not signed by its provider", async () => {
        const { market, escrow, client, provider, provider2 } = await deployed();
        const { offerHash, send } = await prepareHire(market, { signer: provider2 });
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(offerHash, provider.address);

        const offer = await offerOf(market);
        for (const signature of ["0x", "0x" + "11".repeat(65)]) {
          await expect(escrow.connect(client).hire(offer, signature, acceptanceOf(market)))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
            .withArgs(offerHash, provider.address);
        }
      });

      it("was changed in any member after signing", async () => {
        const { market, escrow, client, client2, provider, stranger, plain } = await deployed();
        const offer = await offerOf(market);
        const signature = await signOffer(market, offer);
        for (const change of [
          { providerAgentId: 0n },
          { client: client.address },
          { clientAgentId: 1n },
          { evaluator: stranger.address },
          { evaluationPeriod: offer.evaluationPeriod + 1 },
          { evaluatorFeeBps: 1 },
          { token: await plain.getAddress() },
          { amount: offer.amount - 1n },
          { deliveryPeriod: offer.deliveryPeriod - 1 },
          { validUntil: offer.validUntil - 1n },
          { hook: await plain.getAddress() },
          { referrer: client2.address },
          { referrer: client2.address, referrerFeeBps: 1 },
          { silencePaysProvider: true },
          { capacity: 2 },
          { termsHash: INPUT },
          { inReplyTo: INPUT },
          { salt: 1n },
        ]) {
          const changed = { ...offer, ...change };
          await expect(escrow.connect(client).hire(changed, signature, acceptanceOf(market)))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
            .withArgs(await escrow.offerHash(changed), provider.address);
        }
        const stolen = { ...offer, provider: stranger.address };
        await expect(escrow.connect(client).hire(stolen, signature, acceptanceOf(market)))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(await escrow.offerHash(stolen), stranger.address);
      });

      it("was signed for another escrow", async () => {
        const { market, escrow, forwarder, ledger, permit2, provider, client } = await deployed();
        const other = await ethers.deployContract("JobEscrow", [forwarder, ledger, permit2]);
        const offer = await offerOf(market);
        const signature = await signOffer({ ...market, escrow: other }, offer);
        await expect(escrow.connect(client).hire(offer, signature, acceptanceOf(market)))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(await escrow.offerHash(offer), provider.address);
      });

      it("is no longer valid", async () => {
        const { market, escrow } = await deployed();
        const validUntil = BigInt(await atFixedTime(100));
        await hireJob(market, { offer: { validUntil, capacity: 2 } });
        const late = await prepareHire(market, {
          offer: { validUntil, capacity: 2 },
          acceptance: { inputHash: INPUT },
        });
        await ethers.provider.send("evm_setNextBlockTimestamp", [Number(validUntil) + 1]);
        await expect(late.send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExpired")
          .withArgs(late.offerHash, validUntil);
      });

      it("was cancelled, jobs hired before excepted", async () => {
        const { market, escrow, provider } = await deployed();
        const { offer, offerHash, jobId } = await hireJob(market, { offer: { capacity: 2 } });
        await escrow.connect(provider).cancelOffer(offer);
        const late = await prepareHire(market, { offer, acceptance: { inputHash: INPUT } });
        await expect(late.send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferIsCancelled")
          .withArgs(offerHash);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
      });

      it("was cancelled, though a plain acceptance by its named client is not counted", async () => {
        const { market, escrow, provider } = await deployed();
        const { offer, offerHash, send } = await prepareHire(market, { offer: await namedOfferOf(market) });
        await escrow.connect(provider).cancelOffer(offer);
        await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_OfferIsCancelled").withArgs(offerHash);
      });
    });

    it("creates nothing when it reverts", async () => {
      const { market, escrow, stable, client } = await deployed();
      await stable.connect(client).approve(escrow, PRICE - 1n);
      const { jobId, offerHash, send } = await prepareHire(market);
      await expect(send())
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await escrow.getAddress(), PRICE - 1n, PRICE);
      await expect(escrow.getJob(jobId)).to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound").withArgs(jobId);
      expect(await escrow.offerState(offerHash)).to.deep.equal([0n, false]);
    });

    it("does not commit to the funding method, which is signed over the id instead", async () => {
      const { market, escrow } = await deployed();
      const { offer, acceptance, jobId } = await prepareHire(market);
      expect(await escrow.jobIdOf(offer, { ...acceptance, funding: 3n, fundingData: ZeroHash })).to.equal(jobId);
    });
  });
});

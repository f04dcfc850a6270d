import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { AcceptanceTerms, OfferTerms } from "../fixtures/jobs";
import {
  FUNDING,
  OFFER_TYPE,
  PRICE,
  STATUS,
  acceptanceOf,
  authorizationFunding,
  encodeFunding,
  escrowDomain,
  hireJob,
  offerOf,
  permit2Funding,
  permitFunding,
  prepareHire,
  signOffer,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { withLedger } from "./support";

describe("Attacks on signatures", () => {
  describe("replaying an offer", () => {
    it("on another chain", async () => {
      const market = await marketFixture();
      const { escrow, client, provider } = market;
      const offer = await offerOf(market);
      const elsewhere = { ...(await escrowDomain(market)), chainId: 1n };
      const signature = await provider.signTypedData(elsewhere, OFFER_TYPE, offer);
      await expect(escrow.connect(client).hire(offer, signature, acceptanceOf(market)))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
        .withArgs(await escrow.offerHash(offer), provider.address);
    });

    it("on another escrow of the same chain", async () => {
      const market = await marketFixture();
      const { client, provider } = market;
      const other = await withLedger(market, market.ledger);
      const offer = await offerOf(market);
      const signature = await signOffer(market, offer);
      await expect(other.escrow.connect(client).hire(offer, signature, acceptanceOf(market)))
        .to.be.revertedWithCustomError(other.escrow, "JobEscrow_InvalidOfferSignature")
        .withArgs(await other.escrow.offerHash(offer), provider.address);
    });

    it("under the name of somebody else", async () => {
      const market = await marketFixture();
      const { escrow, provider, provider2 } = market;
      const { offerHash, send } = await prepareHire(market, { signer: provider2 });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
        .withArgs(offerHash, provider.address);
    });

    it("with any of its terms changed", async () => {
      const market = await marketFixture();
      const { escrow, client, client2, provider2, evaluator, referrer, plain } = market;
      const hook = await ethers.deployContract("RecordingHook");
      const offer = await offerOf(market, { referrer: referrer.address });
      const signature = await signOffer(market, offer);
      const changes: { [Term in keyof OfferTerms]: OfferTerms[Term] } = {
        provider: provider2.address,
        providerAgentId: 0n,
        client: client.address,
        clientAgentId: market.agents.client,
        evaluator: client.address,
        evaluationPeriod: offer.evaluationPeriod + 1,
        evaluatorFeeBps: 1,
        token: await plain.getAddress(),
        amount: PRICE - 1n,
        deliveryPeriod: offer.deliveryPeriod + 1,
        validUntil: offer.validUntil - 1n,
        hook: await hook.getAddress(),
        referrer: client2.address,
        referrerFeeBps: 1,
        silencePaysProvider: true,
        capacity: 2,
        termsHash: ZeroHash,
        inReplyTo: ethers.id("another request"),
        salt: 1n,
      };
      expect(Object.keys(changes)).to.deep.equal(OFFER_TYPE.Offer!.map(({ name }) => name));
      for (const [term, value] of Object.entries(changes)) {
        const changed = { ...offer, [term]: value };
        await expect(escrow.connect(client).hire(changed, signature, acceptanceOf(market)), term)
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(await escrow.offerHash(changed), changed.provider);
      }
      // Nothing but the change was wrong with them.
      await escrow.connect(client).hire(offer, signature, acceptanceOf(market));
      expect(evaluator.address).to.equal(offer.evaluator);
    });

    it("by the same acceptance twice", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const { jobId, send } = await hireJob(market, { offer: { capacity: 2 } });
      await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists").withArgs(jobId);
    });

    it("after its provider cancelled it, which nobody else can", async () => {
      const market = await marketFixture();
      const { escrow, provider, stranger } = market;
      const { offer, offerHash, send } = await prepareHire(market);
      await expect(escrow.connect(stranger).cancelOffer(offer))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NotOffersProvider")
        .withArgs(offerHash, stranger.address);
      await escrow.connect(provider).cancelOffer(offer);
      await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_OfferIsCancelled").withArgs(offerHash);
    });

    it("by somebody who claims to be its provider to cancel it", async () => {
      const market = await marketFixture();
      const { escrow, stranger } = market;
      const { offer, send } = await prepareHire(market);
      await escrow.connect(stranger).cancelOffer({ ...offer, provider: stranger.address });
      await send();
    });

    for (const late of [0, 1]) {
      it(late === 0 ? "in its last second, which is still allowed" : "one second after its time", async () => {
        const market = await marketFixture();
        const { escrow } = market;
        const validUntil = BigInt(await time.latest()) + 100n;
        const { jobId, offerHash, send } = await prepareHire(market, { offer: { validUntil } });
        await time.setNextBlockTimestamp(validUntil + BigInt(late));
        if (late === 0) {
          await send();
          expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
        } else {
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExpired")
            .withArgs(offerHash, validUntil);
        }
      });
    }

    it("of a precompiled contract, which answers calls without having been asked to sign", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      for (let precompile = 1; precompile <= 10; precompile += 1) {
        const provider = ethers.getAddress(ethers.toBeHex(precompile, 20));
        const offer = await offerOf(market, { provider, providerAgentId: 0n });
        await expect(escrow.connect(client).hire(offer, "0x", acceptanceOf(market), { gasLimit: 3_000_000 }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(await escrow.offerHash(offer), provider);
      }
    });

    it("of nobody: the zero address signs nothing", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const offer = await offerOf(market, { provider: ZeroAddress, providerAgentId: 0n });
      for (const signature of ["0x", `0x${"00".repeat(65)}`]) {
        await expect(escrow.connect(client).hire(offer, signature, acceptanceOf(market)))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
          .withArgs(await escrow.offerHash(offer), ZeroAddress);
      }
    });
  });

  describe("relaying a client's signature and changing what it was given for", () => {
    const CHANGES: [keyof AcceptanceTerms, string | bigint][] = [
      ["clientAgentId", 0n],
      ["inputHash", ethers.id("other input")],
      ["salt", ethers.id("other salt")],
      ["budgetParams", "0x01"],
      ["fundParams", "0x01"],
    ];

    for (const [term, value] of CHANGES) {
      it(`the ${term}, with an ERC-3009 authorization`, async () => {
        const market = await marketFixture();
        const { escrow, client, stranger } = market;
        const { offer, signature, acceptance, jobId } = await prepareHire(market);
        const signed = { ...acceptance, ...(await authorizationFunding(market, jobId)) };
        const changed = { ...signed, [term]: value };
        const changedId = await escrow.jobIdOf(offer, changed);
        await expect(escrow.connect(stranger).hire(offer, signature, changed))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
          .withArgs(changedId, client.address);
        await escrow.connect(stranger).hire(offer, signature, signed);
      });

      it(`the ${term}, with a Permit2 signature`, async () => {
        const market = await marketFixture();
        const { escrow, stable, client, stranger } = market;
        const permit2 = await ethers.getContractAt("Permit2Double", await market.permit2.getAddress());
        await stable.connect(client).approve(permit2, PRICE);
        const { offer, signature, acceptance, jobId } = await prepareHire(market);
        const signed = { ...acceptance, ...(await permit2Funding(market, jobId)) };
        await expect(
          escrow.connect(stranger).hire(offer, signature, { ...signed, [term]: value }),
        ).to.be.revertedWithCustomError(permit2, "InvalidSigner");
        await escrow.connect(stranger).hire(offer, signature, signed);
      });
    }

    it("the client, so that one pays and another is refunded", async () => {
      const market = await marketFixture();
      const { escrow, client2, stranger } = market;
      const { offer, signature, acceptance, jobId } = await prepareHire(market);
      const signed = { ...acceptance, ...(await authorizationFunding(market, jobId)) };
      const changed = { ...signed, client: client2.address, clientAgentId: 0n };
      await expect(escrow.connect(stranger).hire(offer, signature, changed))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(await escrow.jobIdOf(offer, changed), client2.address);
    });

    it("the offer, for another one of the same provider", async () => {
      const market = await marketFixture();
      const { escrow, client, stranger } = market;
      const { acceptance, jobId } = await prepareHire(market);
      const worse = await offerOf(market, { termsHash: ethers.id("worse terms") });
      const signed = { ...acceptance, ...(await authorizationFunding(market, jobId)) };
      await expect(escrow.connect(stranger).hire(worse, await signOffer(market, worse), signed))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(await escrow.jobIdOf(worse, signed), client.address);
    });

    it("an authorization cannot be used up outside the escrow to stop the hiring", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      const { offer, signature, acceptance, jobId } = await prepareHire(market);
      const funding = await authorizationFunding(market, jobId);
      const { v, r, s } = funding.signature;
      const args = [
        client.address,
        await escrow.getAddress(),
        PRICE,
        0n,
        ethers.MaxUint256,
        ethers.toBeHex(jobId, 32),
        v,
        r,
        s,
      ] as const;
      const receive = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
      const transfer =
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
      await expect(stable.connect(stranger)[receive](...args))
        .to.be.revertedWithCustomError(stable, "ERC20InvalidReceiver")
        .withArgs(await escrow.getAddress());
      await expect(stable.connect(stranger)[transfer](...args)).to.be.revertedWithCustomError(
        stable,
        "ERC3009InvalidSignature",
      );
      await escrow.connect(stranger).hire(offer, signature, { ...acceptance, ...funding });
    });

    it("a permit sent ahead by somebody else does not stop the hiring", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      await stable.connect(client).approve(escrow, 0n);
      const funding = await permitFunding(market);
      const { v, r, s } = funding.signature;
      const permit = stable
        .connect(stranger)
        .getFunction("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)");
      await permit(client, escrow, PRICE, ethers.MaxUint256, v, r, s);
      await hireJob(market, { acceptance: funding });
      expect(await stable.balanceOf(escrow)).to.equal(PRICE);
    });
  });

  describe("naming a client that did not sign", () => {
    for (const funding of ["Allowance", "Permit"] as const) {
      it(`by its ${funding === "Allowance" ? "allowance" : "permit"}, which says nothing about a job`, async () => {
        const market = await marketFixture();
        const { escrow, client, stranger } = market;
        const signed = funding === "Permit" ? await permitFunding(market) : { funding: FUNDING.Allowance };
        const { send } = await prepareHire(market, { sender: stranger, acceptance: signed });
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_FundingNotAuthorised")
          .withArgs(client.address, stranger.address, FUNDING[funding]);
      });
    }

    it("with a worthless token that asks for no signature, whatever domain it claims", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, stranger } = market;
      const token = await ethers.deployContract("WorthlessToken", ["Worthless", "WRT", 6]);
      // What the victim did sign: a payment in the true token for another job.
      const honest = await prepareHire(market);
      const { fundingData } = await authorizationFunding(market, honest.jobId);
      const domains = [
        ZeroHash,
        await stable.DOMAIN_SEPARATOR(),
        ethers.TypedDataEncoder.hashDomain(await escrowDomain(market)),
      ];
      for (const domain of domains) {
        await token.setDomainSeparator(domain);
        const { send, jobId } = await prepareHire(market, {
          sender: stranger,
          offer: { token: await token.getAddress() },
          acceptance: { funding: FUNDING.Authorization, fundingData },
        });
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
          .withArgs(jobId, client.address);
      }
    });

    it("with a worthless token and no signature at all, for a client with and without code", async () => {
      const market = await marketFixture();
      const { escrow, client, stranger } = market;
      const token = await ethers.deployContract("WorthlessToken", ["Worthless", "WRT", 6]);
      const wallet = await ethers.deployContract("ERC1271Wallet", [client.address]);
      for (const [victim, clientAgentId] of [
        [client.address, market.agents.client],
        [await wallet.getAddress(), 0n],
        [await escrow.getAddress(), 0n],
      ] as const) {
        for (const signature of ["0x", `0x${"00".repeat(65)}`]) {
          const { send, jobId } = await prepareHire(market, {
            sender: stranger,
            offer: { token: await token.getAddress() },
            acceptance: {
              client: victim,
              clientAgentId,
              funding: FUNDING.Authorization,
              fundingData: encodeFunding(0n, ethers.MaxUint256, signature),
            },
          });
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
            .withArgs(jobId, victim);
        }
      }
    });

    it("through a Permit2 that is not there", async () => {
      const market = await marketFixture();
      const { stranger } = market;
      const { jobId } = await prepareHire(market);
      const { send } = await prepareHire(market, {
        sender: stranger,
        acceptance: await permit2Funding(market, jobId),
      });
      await setCode(await market.permit2.getAddress(), "0x");
      await expect(send()).to.be.revertedWithoutReason();
    });

    it("through the ERC-3009 form for contracts, by asking a victim that signs everything", async () => {
      const market = await marketFixture();
      const { escrow, stranger } = market;
      // An account whose code accepts calls without knowing them answers nothing, which is not consent.
      const victim = await ethers.deployContract("PhantomToken", ["Phantom", "PHA", 18]);
      const { send, jobId } = await prepareHire(market, {
        sender: stranger,
        acceptance: {
          client: await victim.getAddress(),
          clientAgentId: 0n,
          funding: FUNDING.Authorization,
          fundingData: encodeFunding(0n, ethers.MaxUint256, "0x"),
        },
      });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(jobId, await victim.getAddress());
    });
  });

  describe("signers that change their mind", () => {
    it("a smart account's offer ends when it stops answering for it; a hired job does not", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, provider2 } = market;
      const wallet = await ethers.deployContract("ERC1271Wallet", [provider.address]);
      const offer = await offerOf(market, {
        provider: await wallet.getAddress(),
        providerAgentId: 0n,
        capacity: 2,
      });
      const signature = await signOffer(market, offer);
      await escrow.connect(client).hire(offer, signature, acceptanceOf(market));
      await wallet.connect(provider).setOwner(provider2);
      const again = acceptanceOf(market, { salt: ethers.id("again") });
      await expect(escrow.connect(client).hire(offer, signature, again))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
        .withArgs(await escrow.offerHash(offer), offer.provider);
      const jobId = await escrow.jobIdOf(offer, acceptanceOf(market));
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
    });

    it("a smart account's payment ends when it stops answering for it", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, client2, stranger } = market;
      const wallet = await ethers.deployContract("ERC1271Wallet", [client.address]);
      await stable.mint(wallet, PRICE);
      const { offer, signature, acceptance, jobId } = await prepareHire(market, {
        acceptance: { client: await wallet.getAddress(), clientAgentId: 0n },
      });
      const funded = { ...acceptance, ...(await authorizationFunding(market, jobId, { from: wallet })) };
      await wallet.connect(client).setOwner(client2);
      await expect(escrow.connect(stranger).hire(offer, signature, funded))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(jobId, acceptance.client);
      await wallet.connect(client2).setOwner(client);
      await expect(escrow.connect(stranger).hire(offer, signature, funded)).to.changeTokenBalances(
        stable,
        [wallet, escrow],
        [-PRICE, PRICE],
      );
    });
  });
});

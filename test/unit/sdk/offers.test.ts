import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, JsonRpcProvider, Signature, ZeroHash, concat, id, keccak256, toBeHex } from "ethers";
import { ethers } from "hardhat";

import { predictAddresses } from "../../../sdk/create2";
import { FundingMethod } from "../../../sdk/enums";
import { explainError, parseRevert, revertDataOf } from "../../../sdk/errors";
import { signForwardRequest } from "../../../sdk/forwarder";
import type { Funding } from "../../../sdk/funding";
import { allowanceFunding, authorizationFunding, permit2Funding, permitFunding } from "../../../sdk/funding";
import { readJob } from "../../../sdk/jobs";
import { connectMarket, discoverMarket } from "../../../sdk/market";
import type { AcceptanceTerms, Offer } from "../../../sdk/offers";
import {
  OFFER_DEFAULTS,
  jobIdOf,
  makeAcceptanceTerms,
  makeOffer,
  offerDomain,
  offerHash,
  signOffer,
  verifyOfferSignature,
} from "../../../sdk/offers";
import { readTokenDomain } from "../../../sdk/tokenDomain";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";

const AMOUNT = 5_000_000n;

/** Of secp256k1: with `s`, a signature is also valid with the order less `s`. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

async function offerIn(m: Market, fields: Partial<Offer> = {}): Promise<Offer> {
  return makeOffer({
    provider: m.provider.address,
    providerAgentId: m.agents.provider,
    evaluator: m.evaluator.address,
    token: await m.stable.getAddress(),
    amount: AMOUNT,
    validUntil: BigInt(await time.latest()) + 3_600n,
    termsHash: id("terms"),
    ...fields,
  });
}

async function domainOf(m: Market) {
  const { chainId } = await ethers.provider.getNetwork();
  return offerDomain(chainId, await m.escrow.getAddress());
}

/** Any funding does where only the hash counts. */
function unfunded(terms: AcceptanceTerms) {
  return { ...terms, ...allowanceFunding() };
}

describe("sdk", () => {
  describe("offers", () => {
    it("hash and number jobs as the escrow does", async () => {
      const m = await marketFixture();
      const domain = await domainOf(m);
      const plain = await offerIn(m);
      const full: Offer = {
        ...plain,
        client: m.client.address,
        clientAgentId: m.agents.client,
        evaluationPeriod: 2n ** 32n - 1n,
        evaluatorFeeBps: 2n ** 16n - 1n,
        amount: 2n ** 256n - 1n,
        deliveryPeriod: 2n ** 32n - 2n,
        validUntil: 2n ** 64n - 1n,
        hook: m.stranger.address,
        referrer: m.referrer.address,
        referrerFeeBps: 77n,
        silencePaysProvider: true,
        capacity: 2n ** 32n - 3n,
        inReplyTo: id("request"),
        salt: 2n ** 256n - 2n,
      };
      const acceptances = [
        makeAcceptanceTerms({ client: m.client.address }),
        makeAcceptanceTerms({
          client: m.client2.address,
          clientAgentId: 3n,
          inputHash: id("input"),
          salt: id("salt"),
          budgetParams: "0x01",
          fundParams: "0x0203",
        }),
      ];
      const ids = new Set<bigint>();
      for (const offer of [plain, full]) {
        const hash = offerHash(domain, offer);
        expect(hash).to.equal(await m.escrow.offerHash(offer));
        for (const terms of acceptances) {
          const jobId = jobIdOf(hash, terms);
          expect(jobId).to.equal(await m.escrow.jobIdOf(offer, unfunded(terms)));
          ids.add(jobId);
        }
      }
      expect(ids.size).to.equal(4);
    });

    it("get the stated defaults and a salt of their own", async () => {
      const m = await marketFixture();
      const [first, second] = [await offerIn(m), await offerIn(m)];
      expect(first).to.include({ ...OFFER_DEFAULTS, providerAgentId: m.agents.provider });
      expect(first.salt).not.to.equal(second.salt);
      expect(makeAcceptanceTerms({ client: m.client.address })).to.deep.equal({
        client: m.client.address,
        clientAgentId: 0n,
        inputHash: ZeroHash,
        salt: ZeroHash,
        budgetParams: "0x",
        fundParams: "0x",
      });
    });

    it("tell the provider's signature from others", async () => {
      const m = await marketFixture();
      const domain = await domainOf(m);
      const offer = await offerIn(m);
      const signature = await signOffer(m.provider, domain, offer);
      expect(await verifyOfferSignature(domain, offer, signature)).to.equal(true);
      expect(await verifyOfferSignature(domain, offer, signature, ethers.provider)).to.equal(true);
      expect(await verifyOfferSignature(domain, { ...offer, amount: AMOUNT + 1n }, signature)).to.equal(false);
      expect(await verifyOfferSignature({ ...domain, chainId: 1 }, offer, signature)).to.equal(false);
      expect(await verifyOfferSignature(domain, offer, await signOffer(m.stranger, domain, offer))).to.equal(false);
      expect(await verifyOfferSignature(domain, offer, "0x1234", ethers.provider)).to.equal(false);
    });

    /** Whether the sdk finds the offer signed; the escrow must find the same. */
    async function judge(m: Market, offer: Offer, signature: string): Promise<boolean> {
      const hired = await m.escrow
        .connect(m.client)
        .hire.staticCall(offer, signature, unfunded(makeAcceptanceTerms({ client: m.client.address })))
        .then(
          () => true,
          (error: unknown) => {
            expect(parseRevert(revertDataOf(error) ?? "")?.name).to.equal("JobEscrow_InvalidOfferSignature");
            return false;
          },
        );
      const genuine = await verifyOfferSignature(await domainOf(m), offer, signature, ethers.provider);
      expect(genuine).to.equal(hired);
      return genuine;
    }

    it("take a key's signature in the one form that the escrow takes", async () => {
      const m = await marketFixture();
      const offer = await offerIn(m);
      const signature = Signature.from(await signOffer(m.provider, await domainOf(m), offer));
      const { r, s, v, yParity, compactSerialized, serialized } = signature;
      const otherS = toBeHex(CURVE_ORDER - BigInt(s), 32);
      expect(await judge(m, offer, serialized)).to.equal(true);
      expect(await judge(m, offer, serialized.toUpperCase().replace("0X", "0x"))).to.equal(true);
      for (const form of [
        compactSerialized,
        concat([r, s, toBeHex(yParity)]),
        concat([r, s, toBeHex(yParity + 37)]), // as in transactions of chain 1 (EIP-155)
        concat([r, s, toBeHex(55 - v)]),
        concat([r, otherS, toBeHex(55 - v)]),
        concat([serialized, "0x00"]),
        concat([ZeroHash, s, toBeHex(v)]),
        concat([r, ZeroHash, toBeHex(v)]),
        "0x",
      ]) {
        expect(await judge(m, offer, form), form).to.equal(false);
      }
    });

    it("are not signed by text that is not hex", async () => {
      const m = await marketFixture();
      const [domain, offer] = [await domainOf(m), await offerIn(m)];
      for (const text of ["", "none", "0xzz", "0x123", `0x${"g".repeat(130)}`]) {
        expect(await verifyOfferSignature(domain, offer, text)).to.equal(false);
        expect(await verifyOfferSignature(domain, offer, text, ethers.provider)).to.equal(false);
      }
    });

    it("may name their provider without a checksum", async () => {
      const m = await marketFixture();
      const domain = await domainOf(m);
      const offer = await offerIn(m, { provider: m.provider.address.toLowerCase() });
      const signature = await signOffer(m.provider, domain, offer);
      expect(await verifyOfferSignature(domain, offer, signature)).to.equal(true);
      expect(await verifyOfferSignature(domain, offer, signature, ethers.provider)).to.equal(true);
    });

    it("take both keys of a provider that delegates to code (EIP-7702)", async () => {
      const m = await marketFixture();
      const domain = await domainOf(m);
      const offer = await offerIn(m);
      const delegate = await ethers.deployContract("KeyedDelegate", [m.provider2.address]);
      await setCode(m.provider.address, await ethers.provider.getCode(delegate));
      for (const [signer, genuine] of [
        [m.provider, true],
        [m.provider2, true],
        [m.stranger, false],
      ] as const) {
        expect(await judge(m, offer, await signOffer(signer, domain, offer))).to.equal(genuine);
      }
    });

    it("are not signed by code that answers anything but ERC-1271's word", async () => {
      const m = await marketFixture();
      const offer = await offerIn(m);
      const answering = (word: string, length: number) =>
        concat(["0x7f", word, "0x60005260", toBeHex(length), "0x6000f3"]);
      const magic = "0x1626ba7e".padEnd(66, "0");
      for (const [code, genuine] of [
        [answering(magic, 32), true],
        [answering(magic, 64), true],
        [answering(magic, 31), false],
        [answering(magic, 4), false],
        [answering("0x1626ba7e".padEnd(65, "0") + "1", 32), false],
        [answering(ZeroHash, 32), false],
        ["0xfe", false],
        ["0x60006000fd", false],
        ["0x00", false],
      ] as const) {
        await setCode(m.provider.address, code);
        expect(await judge(m, offer, "0x1234"), code).to.equal(genuine);
      }
    });

    it("are not called unsigned where the chain does not answer", async () => {
      const m = await marketFixture();
      const chain = new JsonRpcProvider("http://127.0.0.1:1", 31337, { staticNetwork: true });
      const verdict = verifyOfferSignature(await domainOf(m), await offerIn(m), "0x1234", chain);
      const answer = await verdict.catch((error: unknown) => explainError(error));
      chain.destroy();
      expect(answer).to.contain("endpoint does not answer");
    });

    it("ask a provider that is a contract", async () => {
      const m = await marketFixture();
      const domain = await domainOf(m);
      const wallet = await ethers.deployContract("ERC1271Wallet", [m.provider.address]);
      const offer = await offerIn(m, { provider: await wallet.getAddress() });
      const signature = await signOffer(m.provider, domain, offer);
      expect(await verifyOfferSignature(domain, offer, signature, ethers.provider)).to.equal(true);
      expect(await verifyOfferSignature(domain, offer, signature)).to.equal(false);
      const others = await signOffer(m.stranger, domain, offer);
      expect(await verifyOfferSignature(domain, offer, others, ethers.provider)).to.equal(false);
    });
  });

  describe("funding", () => {
    /** Hires with a funding made for the job's id, as `sender`, and answers the job. */
    async function hire(m: Market, sender: "client" | "stranger", fund: (jobId: bigint) => Promise<Funding>) {
      const domain = await domainOf(m);
      const offer = await offerIn(m);
      const terms = makeAcceptanceTerms({ client: m.client.address, clientAgentId: m.agents.client });
      const jobId = jobIdOf(offerHash(domain, offer), terms);
      const acceptance = { ...terms, ...(await fund(jobId)) };
      await m.escrow.connect(m[sender]).hire(offer, await signOffer(m.provider, domain, offer), acceptance);
      const job = await readJob(m.escrow, jobId);
      expect(job.status).to.equal("Funded");
      expect(await m.stable.balanceOf(m.escrow)).to.equal(AMOUNT);
      return job;
    }

    const inAnHour = async () => BigInt(await time.latest()) + 3_600n;

    it("takes an allowance", async () => {
      const m = await marketFixture();
      expect(allowanceFunding()).to.deep.equal({ funding: FundingMethod.Allowance, fundingData: "0x" });
      const job = await hire(m, "client", () => Promise.resolve(allowanceFunding()));
      expect(job).to.include({ client: m.client.address, budget: AMOUNT, clientAgentId: m.agents.client });
    });

    it("takes an ERC-2612 permit instead of one", async () => {
      const m = await marketFixture();
      await m.stable.connect(m.client).approve(m.escrow, 0);
      await hire(m, "client", async () =>
        permitFunding(m.client, await readTokenDomain(await m.stable.getAddress(), ethers.provider), {
          owner: m.client.address,
          escrow: await m.escrow.getAddress(),
          value: AMOUNT,
          nonce: await m.stable.nonces(m.client),
          deadline: await inAnHour(),
        }),
      );
    });

    it("takes an ERC-3009 authorization that somebody else sends", async () => {
      const m = await marketFixture();
      await m.stable.connect(m.client).approve(m.escrow, 0);
      const job = await hire(m, "stranger", async (jobId) =>
        authorizationFunding(m.client, await readTokenDomain(await m.stable.getAddress(), ethers.provider), {
          client: m.client.address,
          escrow: await m.escrow.getAddress(),
          amount: AMOUNT,
          jobId,
        }),
      );
      expect(job.client).to.equal(m.client.address);
    });

    it("takes a Permit2 signature that somebody else sends", async () => {
      const m = await marketFixture();
      await m.stable.connect(m.client).approve(m.escrow, 0);
      await m.stable.connect(m.client).approve(m.permit2, AMOUNT);
      const job = await hire(m, "stranger", async (jobId) =>
        permit2Funding(m.client, {
          chainId: (await ethers.provider.getNetwork()).chainId,
          permit2: await m.permit2.getAddress(),
          escrow: await m.escrow.getAddress(),
          token: await m.stable.getAddress(),
          amount: AMOUNT,
          jobId,
          deadline: await inAnHour(),
        }),
      );
      expect(job.client).to.equal(m.client.address);
    });
  });

  describe("forwarder", () => {
    it("carries a signed call whose signer the market sees as the caller", async () => {
      const m = await marketFixture();
      const deadline = BigInt(await time.latest()) + 60n;
      const call = { to: await m.registry.getAddress(), data: m.registry.interface.encodeFunctionData("register()") };
      for (const expectedId of [5n, 6n]) {
        const request = await signForwardRequest(m.referrer, m.forwarder, { ...call, deadline });
        await m.forwarder.connect(m.stranger).execute(request);
        expect(await m.registry.ownerOf(expectedId)).to.equal(m.referrer.address);
      }
    });
  });

  describe("market", () => {
    it("is found from its escrow, where CREATE2 was predicted to put it", async () => {
      const m = await marketFixture();
      const market = await discoverMarket(ethers.provider, await m.escrow.getAddress());
      expect(market.addresses).to.deep.equal(predictAddresses());
      expect(await market.ledger.getIdentityRegistry()).to.equal(await m.registry.getAddress());
      expect(connectMarket(ethers.provider, predictAddresses()).addresses).to.deep.equal(market.addresses);
    });

    it("is predicted elsewhere for another Permit2", () => {
      const other = predictAddresses("0x0000000000000000000000000000000000000022");
      expect(other.ledger).to.equal(predictAddresses().ledger);
      expect(other.escrow).not.to.equal(predictAddresses().escrow);
    });
  });

  it("numbers the job of a hire by all that the client decides", () => {
    const terms = makeAcceptanceTerms({ client: "0x0000000000000000000000000000000000000001" });
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "address", "uint256", "bytes32", "bytes32", "bytes32", "bytes32"],
      [id("offer"), terms.client, 0, ZeroHash, ZeroHash, keccak256("0x"), keccak256("0x")],
    );
    expect(jobIdOf(id("offer"), terms)).to.equal(BigInt(keccak256(encoded)));
  });
});

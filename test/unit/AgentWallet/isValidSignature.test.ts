import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { TypedDataEncoder, ZeroAddress, concat } from "ethers";
import { ethers } from "hardhat";

import {
  authorizationDigest,
  encodePolicy,
  reserveSignature,
  walletConsentSignature,
  walletOfferSignature,
} from "../../../sdk/wallets";
import { AGENT_WALLET_SET, agentWalletDomain, signConsent } from "../../fixtures/agentRegistry";
import type { OfferTerms } from "../../fixtures/jobs";
import { OFFER_TYPE, PRICE, STATUS, acceptanceOf, offerOf, signOffer } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { authorizationOf, regrant, walletFixture } from "../../fixtures/wallet";

const ACCEPTED = "0x1626ba7e";
const REFUSED = "0xffffffff";

/** An offer whose provider the wallet is, signed by its key. */
async function walletOffer(parts: WalletMarket, overrides: Partial<OfferTerms> = {}) {
  const { wallet, escrow, key, policy } = parts;
  const terms = { provider: await wallet.getAddress(), providerAgentId: 0n, ...overrides };
  const offer = await offerOf(parts, terms);
  const keySignature = await signOffer(parts, offer, key);
  const digest = await escrow.offerHash(offer);
  const signature = walletOfferSignature(key.address, policy, await escrow.getAddress(), offer, keySignature);
  return { offer, keySignature, digest, signature };
}

/** The owner's consent to make the wallet an agent's verified wallet. */
async function consent(parts: WalletMarket) {
  const { wallet, owner, registry, provider, agents } = parts;
  const deadline = (await time.latest()) + 200;
  const set = {
    agentId: agents.provider,
    newWallet: await wallet.getAddress(),
    owner: provider.address,
    deadline,
  };
  const digest = TypedDataEncoder.hash(await agentWalletDomain(registry), AGENT_WALLET_SET, set);
  const ownerSignature = await signConsent(registry, owner, set);
  const signature = walletConsentSignature(set.agentId, set.owner, BigInt(deadline), ownerSignature);
  return { set, deadline, digest, ownerSignature, signature };
}

describe("AgentWallet", () => {
  describe("isValidSignature", () => {
    it("refuses what is of no kind", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key } = parts;
      const digest = ethers.id("digest");
      const plain = [key, owner].map((signer) => signer.signMessage(ethers.getBytes(digest)));
      for (const signature of ["0x", "0x00", "0x04", "0xff", "0x03", ...(await Promise.all(plain))]) {
        expect(await wallet.isValidSignature(digest, signature), signature).to.equal(REFUSED);
      }
    });

    describe("of an offer", () => {
      it("lets the wallet be hired", async () => {
        const parts = await walletFixture();
        const { wallet, escrow, client } = parts;
        const { offer, digest, signature } = await walletOffer(parts);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);
        const acceptance = acceptanceOf(parts);
        await escrow.connect(client).hire(offer, signature, acceptance);
        const job = await escrow.getJob(await escrow.jobIdOf(offer, acceptance));
        expect([job.provider, job.status, job.providerSigned]).to.deep.equal([
          await wallet.getAddress(),
          STATUS.Funded,
          true,
        ]);
      });

      it("is of the very digest", async () => {
        const parts = await walletFixture();
        const { signature } = await walletOffer(parts);
        const { digest } = await walletOffer(parts, { salt: 1n });
        expect(await parts.wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
      });

      it("is of an offer whose provider the wallet is", async () => {
        const parts = await walletFixture();
        const { digest, signature } = await walletOffer(parts, { provider: parts.key.address });
        expect(await parts.wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
      });

      it("is for a listed escrow", async () => {
        const parts = await walletFixture();
        const { wallet, key, stranger, policy } = parts;
        const { offer } = await walletOffer(parts);
        // Everything fits together but for an escrow that no policy lists.
        const { chainId } = await ethers.provider.getNetwork();
        const domain = { name: "AgentMarketJobEscrow", version: "1", chainId, verifyingContract: stranger.address };
        const keySignature = await key.signTypedData(domain, OFFER_TYPE, offer);
        const digest = TypedDataEncoder.hash(domain, OFFER_TYPE, offer);
        const by = (granted: typeof policy) =>
          walletOfferSignature(key.address, granted, stranger.address, offer, keySignature);
        expect(await wallet.isValidSignature(digest, by(policy))).to.equal(REFUSED);
        const wider = await regrant(parts, { escrows: [stranger.address] });
        expect(await wallet.isValidSignature(digest, by(wider))).to.equal(ACCEPTED);
      });

      it("is signed by the key that it names", async () => {
        const parts = await walletFixture();
        const { wallet, escrow, owner, key, key2, policy } = parts;
        const { offer, digest } = await walletOffer(parts);
        for (const signer of [owner, key2]) {
          const keySignature = await signOffer(parts, offer, signer);
          for (const named of [key, signer]) {
            const signature = walletOfferSignature(
              named.address,
              policy,
              await escrow.getAddress(),
              offer,
              keySignature,
            );
            expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
          }
        }
      });

      it("is signed by a key whose policy is granted and lasts", async () => {
        const parts = await walletFixture();
        const { wallet, owner, key, policy } = parts;
        const { digest, signature } = await walletOffer(parts);
        await wallet.connect(owner).revoke(key);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
        await wallet.connect(owner).grant(key, policy);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);
        await time.increaseTo(Number(policy.expiresAt) - 1);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);
        await time.increaseTo(Number(policy.expiresAt));
        expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
      });

      it("ends with a freeze", async () => {
        const parts = await walletFixture();
        const { wallet, guardian } = parts;
        const { digest, signature } = await walletOffer(parts);
        await wallet.connect(guardian).freeze();
        expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
      });

      it("asks a contract that is the key", async () => {
        const parts = await walletFixture();
        const { wallet, owner, escrow, key2, relayer, policy } = parts;
        const smart = await ethers.deployContract("ERC1271Wallet", [key2]);
        const { offer, digest } = await walletOffer(parts);
        await wallet.connect(owner).grant(smart, policy);
        for (const [signer, answer] of [
          [key2, ACCEPTED],
          [relayer, REFUSED],
        ] as const) {
          const signature = walletOfferSignature(
            await smart.getAddress(),
            policy,
            await escrow.getAddress(),
            offer,
            await signOffer(parts, offer, signer),
          );
          expect(await wallet.isValidSignature(digest, signature)).to.equal(answer);
        }
      });

      it("is no signature where it cannot be decoded", async () => {
        const parts = await walletFixture();
        const { digest } = await walletOffer(parts);
        for (const signature of ["0x01", "0x01c0de", concat(["0x01", `0x${"ff".repeat(2_000)}`])]) {
          await expect(parts.wallet.isValidSignature(digest, signature)).to.be.revertedWithoutReason();
        }
      });
    });

    describe("of a consent", () => {
      it("makes the wallet an agent's", async () => {
        const parts = await walletFixture();
        const { wallet, registry, provider, agents } = parts;
        const { deadline, digest, signature } = await consent(parts);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);
        await registry.connect(provider).setAgentWallet(agents.provider, wallet, deadline, signature);
        expect(await registry.getAgentWallet(agents.provider)).to.equal(await wallet.getAddress());
      });

      it("is of the very digest, and of no other wallet, agent, owner or time", async () => {
        const parts = await walletFixture();
        const { wallet, registry, owner } = parts;
        const { set, digest, signature, ownerSignature } = await consent(parts);
        for (const change of [
          { agentId: 1n },
          { newWallet: owner.address },
          { owner: owner.address },
          { deadline: set.deadline + 1 },
        ]) {
          const other = { ...set, ...change };
          const otherDigest = TypedDataEncoder.hash(await agentWalletDomain(registry), AGENT_WALLET_SET, other);
          expect(await wallet.isValidSignature(otherDigest, signature)).to.equal(REFUSED);
          const { agentId, owner: agentOwner, deadline } = other;
          const renamed = walletConsentSignature(agentId, agentOwner, BigInt(deadline), ownerSignature);
          const fits = await wallet.isValidSignature(digest, renamed);
          expect(fits).to.equal("newWallet" in change ? ACCEPTED : REFUSED); // the wallet names itself
          // Signed by the owner as a whole: still not for another wallet.
          const whole = walletConsentSignature(
            agentId,
            agentOwner,
            BigInt(deadline),
            await signConsent(registry, owner, other),
          );
          expect(await wallet.isValidSignature(otherDigest, whole)).to.equal(
            "newWallet" in change ? REFUSED : ACCEPTED,
          );
        }
      });

      it("is of the market's registry", async () => {
        const parts = await walletFixture();
        const { wallet, owner, registry, stranger } = parts;
        const { set } = await consent(parts);
        const domain = { ...(await agentWalletDomain(registry)), verifyingContract: stranger.address };
        const ownerSignature = await owner.signTypedData(domain, AGENT_WALLET_SET, set);
        const signature = walletConsentSignature(set.agentId, set.owner, BigInt(set.deadline), ownerSignature);
        const digest = TypedDataEncoder.hash(domain, AGENT_WALLET_SET, set);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
      });

      it("is the owner's", async () => {
        const parts = await walletFixture();
        const { wallet, registry, guardian, key, provider } = parts;
        const { set, digest } = await consent(parts);
        for (const signer of [guardian, key, provider]) {
          const signature = walletConsentSignature(
            set.agentId,
            set.owner,
            BigInt(set.deadline),
            await signConsent(registry, signer, set),
          );
          expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
        }
      });

      it("is no signature where it cannot be decoded", async () => {
        const parts = await walletFixture();
        const { digest } = await consent(parts);
        for (const signature of ["0x02", "0x02c0de", concat(["0x02", `0x${"ff".repeat(200)}`])]) {
          await expect(parts.wallet.isValidSignature(digest, signature)).to.be.revertedWithoutReason();
        }
      });
    });

    describe("of a reserve", () => {
      it("is for the digest that was charged, and names its key", async () => {
        const parts = await walletFixture();
        const { wallet, key, key2, policy } = parts;
        const authorization = await authorizationOf(parts);
        const { chainId } = await ethers.provider.getNetwork();
        const digest = authorizationDigest(chainId, await wallet.getAddress(), authorization);
        const signature = reserveSignature(key.address);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(REFUSED);
        await wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n);
        expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);
        expect(await wallet.isValidSignature(ethers.id("digest"), signature)).to.equal(REFUSED);
        for (const other of [key2.address, ZeroAddress]) {
          expect(await wallet.isValidSignature(digest, reserveSignature(other))).to.equal(REFUSED);
        }
      });

      it("is a byte and an account, exactly", async () => {
        const parts = await walletFixture();
        const { wallet, key, policy } = parts;
        const authorization = await authorizationOf(parts, { value: PRICE });
        const { chainId } = await ethers.provider.getNetwork();
        const digest = authorizationDigest(chainId, await wallet.getAddress(), authorization);
        await wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n);
        const signature = reserveSignature(key.address);
        for (const [changed, answer] of [
          [ethers.dataSlice(signature, 0, 20), REFUSED],
          [signature, ACCEPTED],
          [concat([signature, "0x00"]), REFUSED],
        ] as const) {
          expect(await wallet.isValidSignature(digest, changed)).to.equal(answer);
        }
      });
    });
  });
});

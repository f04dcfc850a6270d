import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { BytesLike, TypedDataDomain } from "ethers";
import { AbiCoder, MaxUint256, TypedDataEncoder } from "ethers";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import { readTokenDomain } from "../../sdk/tokenDomain";
import {
  authorizationDigest,
  encodePolicy,
  reserveSignature,
  walletConsentSignature,
  walletOfferSignature,
} from "../../sdk/wallets";
import { AgentWallet__factory, JobEscrow__factory } from "../../typechain-types";
import { DAY, OFFER_TYPE, PRICE, escrowDomain, offerOf, permit2Funding, permitFunding } from "../fixtures/jobs";
import type { OfferTerms } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import { authorizationOf, prepareWalletHire, regrant, walletFixture } from "../fixtures/wallet";
import { fields, foreignMessages, nested } from "./agent-wallet-messages";
import { answer, siblingWallet } from "./agent-wallet-support";

const ACCEPTED = "0x1626ba7e";
const REFUSED = "0xffffffff";

/** Everything that could pass for the wallet's signature of a digest, given one of an account that is allowed something. */
async function disguises(parts: WalletMarket, signer: HardhatEthersSigner, signature: string): Promise<string[]> {
  const { key, policy, escrow, wallet } = parts;
  const offer = await offerOf(parts, { provider: await wallet.getAddress(), providerAgentId: 0n });
  const escrowAddress = await escrow.getAddress();
  const asOffer = walletOfferSignature(key.address, policy, escrowAddress, offer, signature);
  const asConsent = walletConsentSignature(1n, parts.owner.address, 0n, signature);
  const kinds = Array.from({ length: 8 }, (_, kind) => ethers.concat([ethers.toBeHex(kind, 1), signature]));
  return [
    signature,
    ...kinds,
    asOffer,
    asConsent,
    reserveSignature(signer.address),
    ethers.concat([reserveSignature(key.address), signature]),
  ];
}

/** An offer that the wallet makes, its digest, and the key's signature of it in an escrow's domain. */
async function walletOffer(
  parts: WalletMarket,
  {
    domain,
    signer = parts.key,
    ...terms
  }: Partial<OfferTerms> & { domain?: TypedDataDomain; signer?: HardhatEthersSigner } = {},
) {
  const offer = await offerOf(parts, { provider: await parts.wallet.getAddress(), providerAgentId: 0n, ...terms });
  const signedIn = domain ?? (await escrowDomain(parts));
  const keySignature = await signer.signTypedData(signedIn, OFFER_TYPE, offer);
  const digest = TypedDataEncoder.hash(signedIn, OFFER_TYPE, offer);
  const signature = walletOfferSignature(
    signer.address,
    parts.policy,
    signedIn.verifyingContract!,
    offer,
    keySignature,
  );
  return { offer, digest, keySignature, signature };
}

describe("Attacks on an agent wallet by signatures", () => {
  describe("of other protocols' messages, by the key or by the owner", () => {
    it("are refused in every form, nested ones (ERC-7739) too", async () => {
      const parts = await walletFixture();
      const { wallet, key, owner } = parts;
      for (const [name, message] of Object.entries(await foreignMessages(parts))) {
        const digest = TypedDataEncoder.hash(message.domain, message.types, message.value);
        for (const signer of [key, owner]) {
          const signature = await signer.signTypedData(message.domain, message.types, message.value);
          const forms = await disguises(parts, signer, signature);
          forms.push(await nested(signer, wallet, message));
          for (const [i, form] of forms.entries()) {
            expect(await answer(wallet, digest, form), `${name}, form ${i}`).to.equal(REFUSED);
          }
        }
      }
    });

    it("are refused as personal messages, and nothing tells that nesting would be understood", async () => {
      const parts = await walletFixture();
      const { wallet, key, owner } = parts;
      const digest = ethers.hashMessage("log in");
      for (const signer of [key, owner]) {
        for (const form of await disguises(parts, signer, await signer.signMessage("log in"))) {
          expect(await answer(wallet, digest, form)).to.equal(REFUSED);
        }
      }
      const probe = `0x${"7739".repeat(16)}`;
      expect(await wallet.isValidSignature(probe, "0x")).to.equal(REFUSED);
    });

    it("move no money: a permit, a transfer by Permit2, an authorization", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, owner, relayer } = parts;
      const from = await wallet.getAddress();
      const permit = await permitFunding(parts, { signer: key });
      await expect(
        stable["permit(address,address,uint256,uint256,bytes)"](
          wallet,
          key,
          PRICE,
          MaxUint256,
          permit.signature.serialized,
        ),
      )
        .to.be.revertedWithCustomError(stable, "AuthorizationToken_InvalidPermit")
        .withArgs(from);

      // Even if its owner has approved Permit2, as many accounts have.
      const approve = stable.interface.encodeFunctionData("approve", [PERMIT2_ADDRESS, MaxUint256]);
      await wallet.connect(owner).callAsOwner(stable, 0n, approve);
      for (const signer of [key, owner]) {
        const { offer, signature, acceptance, jobId } = await prepareWalletHire(parts);
        const funding = await permit2Funding(parts, jobId, { signer });
        await expect(
          escrow.connect(relayer).hire(offer, signature, { ...acceptance, ...funding }),
        ).to.be.revertedWithCustomError(parts.permit2, "InvalidContractSignature");
      }
      const authorization = await authorizationOf(parts);
      const { name, version, token, to, value, validAfter, validBefore, nonce } = authorization;
      const types = {
        TransferWithAuthorization: (await foreignMessages(parts))["ERC-3009 transfer"]!.types
          .TransferWithAuthorization!,
      };
      const { chainId } = await ethers.provider.getNetwork();
      const message = { from, to, value, validAfter, validBefore, nonce };
      const signed = await key.signTypedData(
        { name, version, chainId, verifyingContract: token as string },
        types,
        message,
      );
      const send = (signature: BytesLike) =>
        stable["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
          from,
          to,
          value,
          validAfter,
          validBefore,
          nonce,
          signature,
        );
      for (const signature of await disguises(parts, key, signed)) {
        await expect(send(signature)).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
      }
      await wallet.connect(key).reserve(encodePolicy(parts.policy), authorization, 0n);
      await expect(send(reserveSignature(key.address))).to.changeTokenBalance(stable, wallet, -PRICE);
    });
  });

  describe("of reserves", () => {
    it("that are changed in any part, in another form, or named for another key or wallet", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, key2, stranger } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      const [address, sibling] = [await wallet.getAddress(), await siblingWallet(parts)];
      const authorization = await authorizationOf(parts);
      await wallet.connect(key).reserve(encodePolicy(parts.policy), authorization, 0n);
      const digest = authorizationDigest(chainId, address, authorization);
      const signature = reserveSignature(key.address);
      expect(await wallet.isValidSignature(digest, signature)).to.equal(ACCEPTED);

      const others = [
        authorizationDigest(chainId, address, authorization, true), // receive instead of transfer
        authorizationDigest(chainId + 1n, address, authorization),
        authorizationDigest(chainId, await sibling.getAddress(), authorization),
        authorizationDigest(chainId, address, { ...authorization, to: key.address }),
        authorizationDigest(chainId, address, { ...authorization, value: PRICE + 1n }),
        authorizationDigest(chainId, address, { ...authorization, validAfter: 1n }),
        authorizationDigest(chainId, address, { ...authorization, validBefore: MaxUint256 }),
        authorizationDigest(chainId, address, { ...authorization, nonce: ethers.id("other") }),
        authorizationDigest(chainId, address, { ...authorization, token: await parts.plain.getAddress() }),
        authorizationDigest(chainId, address, { ...authorization, version: "2" }),
      ];
      for (const other of others) expect(await wallet.isValidSignature(other, signature)).to.equal(REFUSED);
      for (const form of [
        reserveSignature(key2.address),
        reserveSignature(stranger.address),
        ethers.concat([signature, "0x00"]),
        ethers.dataSlice(signature, 0, 20),
        "0x03",
      ]) {
        expect(await answer(wallet, digest, form)).to.equal(REFUSED);
      }
      expect(await sibling.isValidSignature(digest, signature)).to.equal(REFUSED);

      // The token's other questions about the same nonce stay unanswered: nobody can cancel it to have it released.
      await expect(
        stable["cancelAuthorization(address,bytes32,bytes)"](address, authorization.nonce, signature),
      ).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
    });

    it("that a token would have built in a domain which is not its own", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      for (const change of [{ name: "Other" }, { version: "2" }]) {
        await expect(wallet.connect(key).reserve(encodePolicy(parts.policy), await authorizationOf(parts, change), 0n))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongDomain")
          .withArgs(await stable.getAddress(), await stable.DOMAIN_SEPARATOR());
      }
      // A token in the policy that claims the stablecoin's domain gets no digest of the stablecoin.
      const impostor = await ethers.deployContract("ScriptedActor");
      await impostor.setAnswer(ethers.id("DOMAIN_SEPARATOR()").slice(0, 10), await stable.DOMAIN_SEPARATOR());
      const limit = parts.policy.limits[0]!;
      const policy = await regrant(parts, {
        limits: [...parts.policy.limits, { ...limit, token: await impostor.getAddress() }],
      });
      const authorization = await authorizationOf(parts, { token: await impostor.getAddress() });
      await expect(wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongDomain")
        .withArgs(await impostor.getAddress(), await stable.DOMAIN_SEPARATOR());
      const digest = authorizationDigest(chainId, await wallet.getAddress(), {
        ...authorization,
        token: await stable.getAddress(),
      });
      expect(await wallet.isValidSignature(digest, reserveSignature(key.address))).to.equal(REFUSED);
    });
  });

  describe("of offers", () => {
    it("in the domain of another escrow, another chain or another contract of the market", async () => {
      const parts = await walletFixture();
      const { wallet, forwarder, ledger, deployer, registry, stable } = parts;
      const good = await walletOffer(parts);
      expect(await wallet.isValidSignature(good.digest, good.signature)).to.equal(ACCEPTED);
      const unlisted = await new JobEscrow__factory(deployer).deploy(forwarder, ledger, PERMIT2_ADDRESS);
      const domain = await escrowDomain(parts);
      const foreign: TypedDataDomain[] = [
        { ...domain, verifyingContract: await unlisted.getAddress() },
        { ...domain, verifyingContract: await registry.getAddress() },
        { ...domain, chainId: BigInt(domain.chainId!) + 1n },
        { ...domain, name: "Seaport" },
        { ...domain, version: "2" },
        await readTokenDomain(await stable.getAddress(), ethers.provider),
        { ...domain, name: "ERC8004IdentityRegistry", verifyingContract: await registry.getAddress() },
      ];
      for (const [i, other] of foreign.entries()) {
        const { digest, signature, offer, keySignature } = await walletOffer(parts, { domain: other });
        expect(await answer(wallet, digest, signature), `domain ${i}`).to.equal(REFUSED);
        const claimed = walletOfferSignature(
          parts.key.address,
          parts.policy,
          domain.verifyingContract!,
          offer,
          keySignature,
        );
        expect(await answer(wallet, digest, claimed), `domain ${i} as the escrow's`).to.equal(REFUSED);
      }
    });

    it("that name another provider, say something else than was asked, or are another key's", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, key2, provider } = parts;
      const good = await walletOffer(parts);
      const refused: { digest: string; signature: string }[] = [];
      refused.push(await walletOffer(parts, { provider: provider.address }));
      refused.push(await walletOffer(parts, { provider: await (await siblingWallet(parts)).getAddress() }));
      for (const signer of [owner, key2, provider]) refused.push(await walletOffer(parts, { signer }));
      const cheaper = await walletOffer(parts, { amount: 1n });
      refused.push({ digest: cheaper.digest, signature: good.signature });
      const escrow = (await escrowDomain(parts)).verifyingContract!;
      for (const keySignature of [cheaper.keySignature, "0x", ethers.dataSlice(good.keySignature, 0, 64)]) {
        refused.push({
          digest: good.digest,
          signature: walletOfferSignature(key.address, parts.policy, escrow, good.offer, keySignature),
        });
      }
      for (const [i, { digest, signature }] of refused.entries()) {
        expect(await answer(wallet, digest, signature), `attempt ${i}`).to.equal(REFUSED);
      }
    });

    it("by a policy that was not granted: longer, not canonical, replaced, over, frozen", async () => {
      const parts = await walletFixture();
      const { wallet, key, owner, forwarder, ledger, deployer, policy } = parts;
      const unlisted = await new JobEscrow__factory(deployer).deploy(forwarder, ledger, PERMIT2_ADDRESS);
      const other = await unlisted.getAddress();
      const domain = { ...(await escrowDomain(parts)), verifyingContract: other };
      const { offer, digest, keySignature } = await walletOffer(parts, { domain });
      const own = { ...policy, escrows: [other] };
      const coder = AbiCoder.defaultAbiCoder();
      const offerType = AgentWallet__factory.createInterface().getFunction("hire").inputs[2]!;
      const withBytes = (bytes: string) =>
        ethers.concat([
          "0x01",
          coder.encode(
            ["address", "bytes", "address", offerType, "bytes"],
            [key.address, bytes, other, offer, keySignature],
          ),
        ]);
      const granted = encodePolicy(policy);
      for (const bytes of [encodePolicy(own), ethers.concat([granted, encodePolicy(own)]), "0x"]) {
        expect(await answer(wallet, digest, withBytes(bytes))).to.equal(REFUSED);
      }
      // Offsets to anywhere: the bytes that are read must still be the policy's, whose lists lie inside of it.
      const words = ethers.dataSlice(withBytes(granted), 1);
      for (const offset of [0n, 0x20n, 2n ** 255n, 2n ** 256n - 0x20n, BigInt(ethers.dataLength(words))]) {
        const shifted = ethers.concat([
          "0x01",
          ethers.dataSlice(words, 0, 32),
          ethers.toBeHex(offset, 32),
          ethers.dataSlice(words, 64),
        ]);
        expect(await answer(wallet, digest, shifted)).to.equal(REFUSED);
      }

      const good = await walletOffer(parts);
      const ask = () => wallet.isValidSignature(good.digest, good.signature);
      expect(await ask()).to.equal(ACCEPTED);
      await regrant(parts, { maxJobDuration: 31 * DAY });
      expect(await ask()).to.equal(REFUSED);
      await wallet.connect(owner).grant(key, policy);
      expect(await ask()).to.equal(ACCEPTED);
      await wallet.connect(parts.guardian).freeze();
      expect(await ask()).to.equal(REFUSED);
      await wallet.connect(owner).thaw();
      expect(await ask()).to.equal(REFUSED); // thawing restores nothing
      await wallet.connect(owner).grant(key, policy);
      await time.increaseTo(BigInt(policy.expiresAt) - 1n);
      expect(await ask()).to.equal(ACCEPTED);
      await time.increaseTo(policy.expiresAt);
      expect(await ask()).to.equal(REFUSED);
    });
  });

  describe("of consents to be an agent's wallet", () => {
    it("by the key, for another wallet, in another registry's domain or with other words", async () => {
      const parts = await walletFixture();
      const { wallet, registry, owner, key, stranger } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      const domain = {
        name: "ERC8004IdentityRegistry",
        version: "1",
        chainId,
        verifyingContract: await registry.getAddress(),
      };
      const types = {
        AgentWalletSet: fields("uint256 agentId", "address newWallet", "address owner", "uint256 deadline"),
      };
      const consent = {
        agentId: parts.agents.provider,
        newWallet: await wallet.getAddress(),
        owner: stranger.address,
        deadline: 1n,
      };
      const ask = async (signer: HardhatEthersSigner, signedIn: TypedDataDomain, value: typeof consent) =>
        answer(
          wallet,
          TypedDataEncoder.hash(signedIn, types, value),
          walletConsentSignature(
            value.agentId,
            value.owner,
            value.deadline,
            await signer.signTypedData(signedIn, types, value),
          ),
        );
      expect(await ask(owner, domain, consent)).to.equal(ACCEPTED);
      expect(await ask(key, domain, consent)).to.equal(REFUSED);
      expect(await ask(stranger, domain, consent)).to.equal(REFUSED);
      const sibling = await siblingWallet(parts);
      expect(await ask(owner, domain, { ...consent, newWallet: await sibling.getAddress() })).to.equal(REFUSED);
      for (const other of [
        { ...domain, verifyingContract: await parts.escrow.getAddress() },
        { ...domain, chainId: chainId + 1n },
        { ...domain, name: "AgentMarketJobEscrow" },
      ]) {
        expect(await ask(owner, other, consent)).to.equal(REFUSED);
      }
      const signature = await owner.signTypedData(domain, types, consent);
      const digest = TypedDataEncoder.hash(domain, types, { ...consent, agentId: 1n });
      expect(await answer(wallet, digest, walletConsentSignature(1n, stranger.address, 1n, signature))).to.equal(
        REFUSED,
      );
    });
  });
});

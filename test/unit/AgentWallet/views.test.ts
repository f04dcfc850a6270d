import { expect } from "chai";
import { TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { decodePolicy, encodePolicy, walletDomain } from "../../../sdk/wallets";
import { intentOf, walletFixture } from "../../fixtures/wallet";
import { payCall } from "./verbs";

describe("AgentWallet", () => {
  describe("views", () => {
    it("tell what the wallet was made of", async () => {
      const { wallet, factory, registry, ledger, owner, guardian } = await walletFixture();
      expect(await wallet.FACTORY()).to.equal(await factory.getAddress());
      expect(await wallet.AGENT_REGISTRY()).to.equal(await registry.getAddress());
      expect(await wallet.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
      expect(await wallet.owner()).to.equal(owner.address);
      expect(await wallet.guardian()).to.equal(guardian.address);
      expect([await wallet.epoch(), await wallet.frozen()]).to.deep.equal([1n, false]);
    });

    it("tell the domain and the hash of what keys sign", async () => {
      const parts = await walletFixture();
      const { wallet } = parts;
      const { chainId } = await ethers.provider.getNetwork();
      const own = await wallet.getAddress();
      expect(await wallet.eip712Domain()).to.deep.equal(["0x0f", "AgentMarketWallet", "1", chainId, own, ZeroHash, []]);
      const intent = await intentOf(parts, await payCall(parts), { nonce: 3n });
      const types = {
        Intent: [
          { name: "key", type: "address" },
          { name: "call", type: "bytes" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
          { name: "epoch", type: "uint256" },
        ],
      };
      expect(await wallet.intentHash(intent)).to.equal(
        TypedDataEncoder.hash(walletDomain(chainId, own), types, intent),
      );
    });

    it("tell nothing of keys that have done nothing", async () => {
      const parts = await walletFixture();
      const { wallet, key, key2, stable } = parts;
      for (const account of [key, key2]) {
        expect(await wallet.usageOf(account, stable)).to.deep.equal([
          [0n, 0n, 0n],
          [0n, 0n],
        ]);
        expect(await wallet.jobCosts(account, stable, 1n)).to.equal(0n);
        expect(await wallet.nonceUsed(account, 0n)).to.equal(false);
        expect(await wallet.isReserved(account, ZeroHash)).to.equal(false);
      }
      expect(await wallet.isGranted(key2, encodePolicy(parts.policy))).to.equal(false);
      expect(await wallet.isGranted(key, "0x")).to.equal(false);
      expect(await wallet.isGranted(ZeroAddress, encodePolicy(parts.policy))).to.equal(false);
    });

    it("tell a policy from the event that granted it", async () => {
      const parts = await walletFixture();
      const { wallet } = parts;
      const [granted] = await wallet.queryFilter(wallet.filters.PolicyGranted());
      const policy = decodePolicy(granted!.args.policy);
      expect(encodePolicy(policy)).to.equal(encodePolicy(parts.policy));
      expect(policy.limits).to.deep.equal(
        parts.policy.limits.map((limit) => ({ ...limit, window: BigInt(limit.window) })),
      );
      expect(policy.payees).to.deep.equal(parts.policy.payees);
      expect(policy.hooks).to.deep.equal([]);
    });
  });
});

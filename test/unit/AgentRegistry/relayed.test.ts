import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { deployAgentRegistry, forward, signConsent } from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

describe("AgentRegistry", () => {
  describe("forwarded calls", () => {
    it("trusts the forwarder of its deployment and no other", async () => {
      const { registry, forwarder, stranger } = await loadFixture(deployAgentRegistry);
      expect(await registry.trustedForwarder()).to.equal(await forwarder.getAddress());
      expect(await registry.isTrustedForwarder(forwarder)).to.equal(true);
      expect(await registry.isTrustedForwarder(stranger)).to.equal(false);
    });

    it("act for whoever signed them", async () => {
      const { registry, forwarder, owner, buyer } = await loadFixture(deployAgentRegistry);
      await expect(forward(forwarder, owner, buyer, registry, registry.interface.encodeFunctionData("register()")))
        .to.emit(registry, "Registered")
        .withArgs(2n, "", buyer.address);
      const newURI = "ipfs://relayed";
      await expect(
        forward(forwarder, owner, buyer, registry, registry.interface.encodeFunctionData("setAgentURI", [2, newURI])),
      )
        .to.emit(registry, "URIUpdated")
        .withArgs(2n, newURI, buyer.address);
    });

    it("have data that ends before the signer's address", async () => {
      const { forwarder, stranger } = await loadFixture(deployAgentRegistry);
      const harness = await ethers.deployContract("AgentRegistryHarness", [await forwarder.getAddress()]);
      const data = harness.interface.encodeFunctionData("callData");
      const answer = await ethers.provider.call({
        from: await forwarder.getAddress(),
        to: await harness.getAddress(),
        data: ethers.concat([data, stranger.address]),
      });
      expect(harness.interface.decodeFunctionResult("callData", answer)[0]).to.equal(data);
      expect(await harness.connect(stranger).callData()).to.equal(data);
    });
  });

  describe("multicall", () => {
    it("registers and sets a wallet in one transaction, as the caller", async () => {
      const { registry, owner, wallet } = await loadFixture(deployAgentRegistry);
      const deadline = (await time.latest()) + 60;
      const consent = { agentId: 2n, newWallet: wallet.address, owner: owner.address, deadline };
      await registry.multicall([
        registry.interface.encodeFunctionData("register(string)", ["ipfs://one"]),
        registry.interface.encodeFunctionData("setAgentWallet", [
          2n,
          wallet.address,
          deadline,
          await signConsent(registry, wallet, consent),
        ]),
      ]);
      expect(await registry.ownerOf(2)).to.equal(owner.address);
      expect(await registry.getAgentWallet(2)).to.equal(wallet.address);
    });

    it("acts for the signer when forwarded", async () => {
      const { registry, forwarder, owner, buyer } = await loadFixture(deployAgentRegistry);
      const calls = [
        registry.interface.encodeFunctionData("register()"),
        registry.interface.encodeFunctionData("setMetadata", [2n, "name", "0x01"]),
      ];
      await forward(forwarder, owner, buyer, registry, registry.interface.encodeFunctionData("multicall", [calls]));
      expect(await registry.ownerOf(2)).to.equal(buyer.address);
      expect(await registry.getMetadata(2, "name")).to.equal("0x01");
    });

    it("does nothing at all when one of its calls reverts", async () => {
      const { registry, agentId, stranger } = await loadFixture(deployAgentRegistry);
      const calls = [
        registry.interface.encodeFunctionData("register()"),
        registry.interface.encodeFunctionData("setMetadata", [agentId, "name", "0x01"]),
      ];
      await expect(registry.connect(stranger).multicall(calls))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(stranger.address, agentId);
      expect(await registry.balanceOf(stranger)).to.equal(0n);
    });
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import { deployAgentRegistry } from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

const URI = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"; // 66 bytes, as in the gas budget

describe("AgentRegistry", () => {
  describe("register", () => {
    it("numbers agents from 1, without gaps", async () => {
      const { forwarder, owner, stranger } = await loadFixture(deployAgentRegistry);
      const registry = await ethers.deployContract("AgentRegistry", [await forwarder.getAddress()]);
      expect(await registry["register()"].staticCall()).to.equal(1n);
      await registry.connect(owner)["register()"]();
      await registry.connect(stranger)["register(string)"](URI);
      await registry.connect(owner)["register(string,(string,bytes)[])"](URI, []);
      expect(await registry.ownerOf(1)).to.equal(owner.address);
      expect(await registry.ownerOf(2)).to.equal(stranger.address);
      expect(await registry.ownerOf(3)).to.equal(owner.address);
      await expect(registry.ownerOf(0)).to.be.revertedWithCustomError(registry, "ERC721NonexistentToken").withArgs(0n);
      await expect(registry.ownerOf(4)).to.be.revertedWithCustomError(registry, "ERC721NonexistentToken").withArgs(4n);
    });

    it("makes the caller owner and wallet in epoch 0", async () => {
      const { registry, owner } = await loadFixture(deployAgentRegistry);
      await registry["register()"]();
      expect(await registry.balanceOf(owner)).to.equal(2n);
      expect(await registry.getAgentWallet(2)).to.equal(owner.address);
      expect(await registry.getMetadata(2, "agentWallet")).to.equal(owner.address.toLowerCase());
      expect(await registry.ownershipEpoch(2)).to.equal(0n);
      expect(await registry.tokenURI(2)).to.equal("");
    });

    it("announces token, agent and wallet", async () => {
      const { registry, owner } = await loadFixture(deployAgentRegistry);
      await expect(registry["register()"]())
        .to.emit(registry, "Transfer")
        .withArgs(ethers.ZeroAddress, owner.address, 2n)
        .and.to.emit(registry, "Registered")
        .withArgs(2n, "", owner.address)
        .and.to.emit(registry, "MetadataSet")
        .withArgs(2n, "agentWallet", "agentWallet", owner.address.toLowerCase());
    });

    it("stores the URI, and announces it once more for ERC-4906", async () => {
      const { registry, owner } = await loadFixture(deployAgentRegistry);
      await expect(registry["register(string)"](URI))
        .to.emit(registry, "Registered")
        .withArgs(2n, URI, owner.address)
        .and.to.emit(registry, "MetadataUpdate")
        .withArgs(2n);
      expect(await registry.tokenURI(2)).to.equal(URI);
    });

    it("stores nothing for an empty URI", async () => {
      const { registry, owner } = await loadFixture(deployAgentRegistry);
      await expect(registry["register(string)"](""))
        .to.emit(registry, "Registered")
        .withArgs(2n, "", owner.address)
        .and.not.to.emit(registry, "MetadataUpdate");
      expect(await registry.tokenURI(2)).to.equal("");
    });

    it("stores metadata", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      const metadata = [
        { metadataKey: "name", metadataValue: "0x1234" },
        { metadataKey: "skills", metadataValue: "0x" },
      ];
      await expect(registry["register(string,(string,bytes)[])"](URI, metadata))
        .to.emit(registry, "MetadataSet")
        .withArgs(2n, "name", "name", "0x1234")
        .and.to.emit(registry, "MetadataSet")
        .withArgs(2n, "skills", "skills", "0x");
      expect(await registry.getMetadata(2, "name")).to.equal("0x1234");
      expect(await registry.getMetadata(2, "skills")).to.equal("0x");
      expect(await registry.tokenURI(2)).to.equal(URI);
    });

    it("reverts when the metadata has the wallet's key", async () => {
      const { registry, stranger } = await loadFixture(deployAgentRegistry);
      const metadata = [
        { metadataKey: "name", metadataValue: "0x1234" },
        { metadataKey: "agentWallet", metadataValue: stranger.address },
      ];
      await expect(registry["register(string,(string,bytes)[])"](URI, metadata))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_ReservedMetadataKey")
        .withArgs("agentWallet");
    });

    it("registers a contract that takes tokens", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      const receiver = await ethers.deployContract("ScriptedReceiver");
      await receiver.execute(registry, registry.interface.encodeFunctionData("register()"));
      expect(await registry.ownerOf(2)).to.equal(await receiver.getAddress());
      expect(await registry.getAgentWallet(2)).to.equal(await receiver.getAddress());
    });

    it("reverts when the owner is a contract that takes no tokens", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      const actor = await ethers.deployContract("Actor");
      for (const register of ["register()", "register(string)", "register(string,(string,bytes)[])"] as const) {
        const data =
          register === "register()"
            ? registry.interface.encodeFunctionData(register)
            : register === "register(string)"
              ? registry.interface.encodeFunctionData(register, [URI])
              : registry.interface.encodeFunctionData(register, [URI, []]);
        await expect(actor.execute(registry, data))
          .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
          .withArgs(await actor.getAddress());
      }
    });

    it("reverts when the owner refuses the token", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      const receiver = await ethers.deployContract("ScriptedReceiver");
      await receiver.setReceiptAnswer("0xffffffff");
      await expect(receiver.execute(registry, registry.interface.encodeFunctionData("register()")))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
        .withArgs(await receiver.getAddress());
    });

    it("keeps within the gas budget from the second agent on", async function () {
      if (process.env.COVERAGE_COPY !== undefined) {
        this.skip(); // instrumented code costs more
      }
      const { registry } = await loadFixture(deployAgentRegistry);
      expect(URI.length).to.equal(66);
      const bare = await (await registry["register()"]()).wait();
      expect(bare!.gasUsed).to.be.at.most(75_000n);
      const withURI = await (await registry["register(string)"](URI)).wait();
      expect(withURI!.gasUsed).to.be.at.most(160_000n);
    });
  });
});

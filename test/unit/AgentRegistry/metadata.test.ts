import { expect } from "chai";

import { deployStaffedAgent } from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

describe("AgentRegistry", () => {
  describe("setAgentURI", () => {
    it("lets the owner, an operator and the approved account replace the URI", async () => {
      const { registry, agentId, owner, operator, approved } = await loadFixture(deployStaffedAgent);
      for (const caller of [owner, operator, approved]) {
        const newURI = `https://agent.example/${caller.address}`;
        await expect(registry.connect(caller).setAgentURI(agentId, newURI))
          .to.emit(registry, "URIUpdated")
          .withArgs(agentId, newURI, caller.address)
          .and.to.emit(registry, "MetadataUpdate")
          .withArgs(agentId);
        expect(await registry.tokenURI(agentId)).to.equal(newURI);
      }
    });

    it("can empty the URI", async () => {
      const { registry, agentId } = await loadFixture(deployStaffedAgent);
      await registry.setAgentURI(agentId, "ipfs://something");
      await registry.setAgentURI(agentId, "");
      expect(await registry.tokenURI(agentId)).to.equal("");
    });

    it("reverts for the verified wallet and for strangers", async () => {
      const { registry, agentId, wallet, stranger } = await loadFixture(deployStaffedAgent);
      for (const caller of [wallet, stranger]) {
        await expect(registry.connect(caller).setAgentURI(agentId, "ipfs://mine"))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(caller.address, agentId);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { registry } = await loadFixture(deployStaffedAgent);
      await expect(registry.setAgentURI(0, ""))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(0n);
    });
  });

  describe("setMetadata", () => {
    it("lets the owner, an operator and the approved account set, replace and remove a value", async () => {
      const { registry, agentId, owner, operator, approved } = await loadFixture(deployStaffedAgent);
      for (const [caller, value] of [
        [owner, "0x01"],
        [operator, `0x${"02".repeat(40)}`],
        [approved, "0x"],
      ] as const) {
        await expect(registry.connect(caller).setMetadata(agentId, "name", value))
          .to.emit(registry, "MetadataSet")
          .withArgs(agentId, "name", "name", value);
        expect(await registry.getMetadata(agentId, "name")).to.equal(value);
      }
    });

    it("keeps agents and keys apart", async () => {
      const { registry, agentId } = await loadFixture(deployStaffedAgent);
      await registry["register()"]();
      await registry.setMetadata(agentId, "name", "0x01");
      expect(await registry.getMetadata(agentId, "Name")).to.equal("0x");
      expect(await registry.getMetadata(agentId + 1n, "name")).to.equal("0x");
    });

    it("takes keys that only resemble the wallet's", async () => {
      const { registry, agentId, wallet } = await loadFixture(deployStaffedAgent);
      for (const key of ["agentwallet", "agentWallet ", "agentWallet\0", ""]) {
        await registry.setMetadata(agentId, key, "0x01");
        expect(await registry.getMetadata(agentId, key)).to.equal("0x01");
      }
      expect(await registry.getAgentWallet(agentId)).to.equal(wallet.address);
    });

    it("reverts for the wallet's key", async () => {
      const { registry, agentId, stranger } = await loadFixture(deployStaffedAgent);
      await expect(registry.setMetadata(agentId, "agentWallet", stranger.address))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_ReservedMetadataKey")
        .withArgs("agentWallet");
    });

    it("reverts for the verified wallet and for strangers", async () => {
      const { registry, agentId, wallet, stranger } = await loadFixture(deployStaffedAgent);
      for (const caller of [wallet, stranger]) {
        await expect(registry.connect(caller).setMetadata(agentId, "name", "0x01"))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(caller.address, agentId);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { registry } = await loadFixture(deployStaffedAgent);
      await expect(registry.setMetadata(2, "name", "0x01"))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(2n);
    });
  });

  describe("getMetadata", () => {
    it("is empty for what was never set and for an unknown agent", async () => {
      const { registry, agentId } = await loadFixture(deployStaffedAgent);
      expect(await registry.getMetadata(agentId, "name")).to.equal("0x");
      expect(await registry.getMetadata(2, "name")).to.equal("0x");
      expect(await registry.getMetadata(2, "agentWallet")).to.equal("0x");
    });

    it("survives a transfer, the wallet excepted", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployStaffedAgent);
      await registry.setMetadata(agentId, "name", "0x01");
      await registry.transferFrom(owner, buyer, agentId);
      expect(await registry.getMetadata(agentId, "name")).to.equal("0x01");
      expect(await registry.getMetadata(agentId, "agentWallet")).to.equal("0x");
    });
  });
});

import { setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { deployStaffedAgent } from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

/** Storage slot of the mapping from agentId to wallet, epoch and flag. */
const AGENTS_SLOT = 10n;

describe("AgentRegistry", () => {
  describe("transfer", () => {
    it("opens a new epoch and clears the wallet, and says so after the transfer", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployStaffedAgent);
      const transfer = registry.transferFrom(owner, buyer, agentId);
      await expect(transfer)
        .to.emit(registry, "Transfer")
        .withArgs(owner.address, buyer.address, agentId)
        .and.to.emit(registry, "MetadataSet")
        .withArgs(agentId, "agentWallet", "agentWallet", "0x");
      const receipt = await (await transfer).wait();
      expect(receipt!.logs.map((log) => registry.interface.parseLog(log)!.name)).to.deep.equal([
        "Transfer",
        "MetadataSet",
      ]);
      expect(await registry.ownershipEpoch(agentId)).to.equal(1n);
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
      expect(await registry.getMetadata(agentId, "agentWallet")).to.equal("0x");
    });

    it("clears a first wallet that was never stored", async () => {
      const { registry, owner, buyer } = await loadFixture(deployStaffedAgent);
      await registry["register()"]();
      await registry.transferFrom(owner, buyer, 2);
      expect(await registry.getAgentWallet(2)).to.equal(ethers.ZeroAddress);
    });

    it("opens an epoch for each of the three transfer functions, and for a transfer to oneself", async () => {
      const { registry, agentId, owner } = await loadFixture(deployStaffedAgent);
      await registry.transferFrom(owner, owner, agentId);
      expect(await registry.ownershipEpoch(agentId)).to.equal(1n);
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
      await registry["safeTransferFrom(address,address,uint256)"](owner, owner, agentId);
      expect(await registry.ownershipEpoch(agentId)).to.equal(2n);
      await registry["safeTransferFrom(address,address,uint256,bytes)"](owner, owner, agentId, "0x01");
      expect(await registry.ownershipEpoch(agentId)).to.equal(3n);
    });

    it("leaves other agents alone", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployStaffedAgent);
      await registry["register()"]();
      await registry.transferFrom(owner, buyer, agentId);
      expect(await registry.ownershipEpoch(2)).to.equal(0n);
      expect(await registry.getAgentWallet(2)).to.equal(owner.address);
    });

    it("lets the last epoch be reached, and reverts rather than begin again at 0", async () => {
      const { registry, agentId, owner } = await loadFixture(deployStaffedAgent);
      const slot = ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [agentId, AGENTS_SLOT]),
      );
      const lastEpoch = 2n ** 32n - 1n;
      await setStorageAt(await registry.getAddress(), slot, (lastEpoch - 1n) << 160n);
      expect(await registry.ownershipEpoch(agentId)).to.equal(lastEpoch - 1n);

      await registry.transferFrom(owner, owner, agentId);
      expect(await registry.ownershipEpoch(agentId)).to.equal(lastEpoch);
      await expect(registry.transferFrom(owner, owner, agentId))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_EpochsExhausted")
        .withArgs(agentId);
    });
  });

  describe("ownershipEpoch", () => {
    it("is 0 for an unknown agent", async () => {
      const { registry } = await loadFixture(deployStaffedAgent);
      expect(await registry.ownershipEpoch(0)).to.equal(0n);
      expect(await registry.ownershipEpoch(2)).to.equal(0n);
    });
  });
});

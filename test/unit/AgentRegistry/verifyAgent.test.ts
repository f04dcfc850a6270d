import { expect } from "chai";
import { ethers } from "hardhat";

import { deployAgentRegistry, deployStaffedAgent, setAgentWallet } from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

describe("AgentRegistry", () => {
  describe("verifyAgent", () => {
    it("knows owner, verified wallet, approved account and operator", async () => {
      const { registry, agentId, owner, operator, approved, wallet } = await loadFixture(deployStaffedAgent);
      for (const account of [owner, operator, approved, wallet]) {
        expect(await registry.verifyAgent(agentId, account)).to.deep.equal([true, 0n]);
      }
    });

    it("answers no for anyone else, with the epoch", async () => {
      const { registry, agentId, owner, buyer, stranger } = await loadFixture(deployStaffedAgent);
      expect(await registry.verifyAgent(agentId, stranger)).to.deep.equal([false, 0n]);
      await registry.transferFrom(owner, buyer, agentId);
      expect(await registry.verifyAgent(agentId, stranger)).to.deep.equal([false, 1n]);
    });

    it("answers no for the zero address, whether or not the agent has a wallet", async () => {
      const { registry, agentId, owner } = await loadFixture(deployStaffedAgent);
      expect(await registry.verifyAgent(agentId, ethers.ZeroAddress)).to.deep.equal([false, 0n]);
      await registry.unsetAgentWallet(agentId);
      expect(await registry.verifyAgent(agentId, ethers.ZeroAddress)).to.deep.equal([false, 0n]);
      await registry.transferFrom(owner, owner, agentId);
      expect(await registry.verifyAgent(agentId, ethers.ZeroAddress)).to.deep.equal([false, 1n]);
    });

    it("answers no for an unknown agent, and does not revert", async () => {
      const { registry, owner } = await loadFixture(deployStaffedAgent);
      for (const unknown of [0n, 2n, ethers.MaxUint256]) {
        expect(await registry.verifyAgent(unknown, owner)).to.deep.equal([false, 0n]);
        expect(await registry.verifyAgent(unknown, ethers.ZeroAddress)).to.deep.equal([false, 0n]);
      }
    });

    it("forgets everyone but the new owner after a transfer", async () => {
      const { registry, agentId, owner, operator, approved, wallet, buyer } = await loadFixture(deployStaffedAgent);
      await registry.transferFrom(owner, buyer, agentId);
      for (const account of [owner, operator, approved, wallet]) {
        expect(await registry.verifyAgent(agentId, account)).to.deep.equal([false, 1n]);
      }
      expect(await registry.verifyAgent(agentId, buyer)).to.deep.equal([true, 1n]);
    });

    it("forgets a wallet that was replaced", async () => {
      const { registry, agentId, owner, wallet, buyer } = await loadFixture(deployStaffedAgent);
      await setAgentWallet(registry, owner, buyer, agentId);
      expect(await registry.verifyAgent(agentId, wallet)).to.deep.equal([false, 0n]);
      expect(await registry.verifyAgent(agentId, buyer)).to.deep.equal([true, 0n]);
    });

    it("still knows the owner after the first wallet was removed", async () => {
      const { registry, agentId, owner } = await loadFixture(deployAgentRegistry);
      await registry.unsetAgentWallet(agentId);
      expect(await registry.verifyAgent(agentId, owner)).to.deep.equal([true, 0n]);
    });
  });

  describe("isAuthorizedOrOwner", () => {
    it("knows owner, approved account and operator, and not the wallet", async () => {
      const { registry, agentId, owner, operator, approved, wallet, stranger } = await loadFixture(deployStaffedAgent);
      for (const account of [owner, operator, approved]) {
        expect(await registry.isAuthorizedOrOwner(account, agentId)).to.equal(true);
      }
      for (const account of [wallet.address, stranger.address, ethers.ZeroAddress]) {
        expect(await registry.isAuthorizedOrOwner(account, agentId)).to.equal(false);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { registry, owner } = await loadFixture(deployAgentRegistry);
      for (const unknown of [0n, 2n]) {
        await expect(registry.isAuthorizedOrOwner(owner, unknown))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(unknown);
      }
    });
  });
});

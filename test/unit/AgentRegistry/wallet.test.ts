import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import type { AgentRegistry } from "../../../typechain-types";
import {
  deployAgentRegistry,
  deployStaffedAgent,
  MAX_CONSENT_SECONDS,
  pinNextTimestamp,
  setAgentWallet,
  signConsent,
} from "../../fixtures/agentRegistry";
import { loadFixture } from "../../fixtures/loadFixture";

async function expectWallet(registry: AgentRegistry, agentId: bigint, wallet: string): Promise<void> {
  expect(await registry.getAgentWallet(agentId)).to.equal(wallet);
  expect(await registry.getMetadata(agentId, "agentWallet")).to.equal(
    wallet === ethers.ZeroAddress ? "0x" : wallet.toLowerCase(),
  );
}

describe("AgentRegistry", () => {
  describe("setAgentWallet", () => {
    it("lets the owner, an operator and the approved account set a wallet that consents", async () => {
      const { registry, agentId, owner, operator, approved, buyer } = await loadFixture(deployStaffedAgent);
      for (const caller of [owner, operator, approved]) {
        await registry.connect(caller).unsetAgentWallet(agentId);
        const deadline = (await time.latest()) + 60;
        const consent = { agentId, newWallet: buyer.address, owner: owner.address, deadline };
        const signature = await signConsent(registry, buyer, consent);
        await expect(registry.connect(caller).setAgentWallet(agentId, buyer, deadline, signature))
          .to.emit(registry, "MetadataSet")
          .withArgs(agentId, "agentWallet", "agentWallet", buyer.address.toLowerCase());
        await expectWallet(registry, agentId, buyer.address);
      }
    });

    it("sets the owner itself, also after a transfer", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployStaffedAgent);
      await setAgentWallet(registry, owner, owner, agentId);
      await expectWallet(registry, agentId, owner.address);
      await registry.transferFrom(owner, buyer, agentId);
      await setAgentWallet(registry, buyer, buyer, agentId);
      await expectWallet(registry, agentId, buyer.address);
      expect(await registry.ownershipEpoch(agentId)).to.equal(1n);
    });

    it("accepts a deadline from now to 5 minutes ahead", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployAgentRegistry);
      for (const ahead of [0, MAX_CONSENT_SECONDS]) {
        const deadline = (await pinNextTimestamp()) + ahead;
        const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
        await registry.setAgentWallet(agentId, wallet, deadline, await signConsent(registry, wallet, consent));
        await expectWallet(registry, agentId, wallet.address);
      }
    });

    it("reverts when the deadline has passed", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployAgentRegistry);
      const now = await pinNextTimestamp();
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline: now - 1 };
      await expect(registry.setAgentWallet(agentId, wallet, now - 1, await signConsent(registry, wallet, consent)))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_SignatureExpired")
        .withArgs(now - 1, now);
    });

    it("reverts when the deadline is too far ahead", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployAgentRegistry);
      const now = await pinNextTimestamp();
      const deadline = now + MAX_CONSENT_SECONDS + 1;
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
      await expect(registry.setAgentWallet(agentId, wallet, deadline, await signConsent(registry, wallet, consent)))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_DeadlineTooFar")
        .withArgs(deadline, deadline - 1);
    });

    it("reverts for the zero address", async () => {
      const { registry, agentId } = await loadFixture(deployAgentRegistry);
      await expect(registry.setAgentWallet(agentId, ethers.ZeroAddress, (await time.latest()) + 60, "0x"))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_ZeroWallet")
        .withArgs(agentId);
    });

    it("reverts for the verified wallet and for strangers", async () => {
      const { registry, agentId, owner, wallet, stranger } = await loadFixture(deployStaffedAgent);
      const deadline = (await time.latest()) + 60;
      for (const caller of [wallet, stranger]) {
        const consent = { agentId, newWallet: caller.address, owner: owner.address, deadline };
        const signature = await signConsent(registry, caller, consent);
        await expect(registry.connect(caller).setAgentWallet(agentId, caller, deadline, signature))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(caller.address, agentId);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { registry, wallet } = await loadFixture(deployAgentRegistry);
      await expect(registry.setAgentWallet(2, wallet, (await time.latest()) + 60, "0x"))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(2n);
    });

    it("reverts when somebody else signed", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployAgentRegistry);
      const deadline = (await time.latest()) + 60;
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
      await expect(registry.setAgentWallet(agentId, wallet, deadline, await signConsent(registry, owner, consent)))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });

    it("reverts when the signature is malformed", async () => {
      const { registry, agentId, wallet } = await loadFixture(deployAgentRegistry);
      for (const signature of ["0x", "0x00", `0x${"00".repeat(65)}`, `0x${"ff".repeat(65)}`]) {
        await expect(registry.setAgentWallet(agentId, wallet, (await time.latest()) + 60, signature))
          .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
          .withArgs(agentId, wallet.address);
      }
    });

    it("asks a contract through ERC-1271", async () => {
      const { registry, agentId, owner, wallet, stranger } = await loadFixture(deployAgentRegistry);
      const newWallet = await (await ethers.deployContract("ERC1271Wallet", [wallet])).getAddress();
      const deadline = (await time.latest()) + 60;
      const consent = { agentId, newWallet, owner: owner.address, deadline };
      await expect(
        registry.setAgentWallet(agentId, newWallet, deadline, await signConsent(registry, stranger, consent)),
      )
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, newWallet);
      await registry.setAgentWallet(agentId, newWallet, deadline, await signConsent(registry, wallet, consent));
      await expectWallet(registry, agentId, newWallet);
    });

    it("reverts when a contract gives any other answer than the magic value", async () => {
      const { registry, agentId } = await loadFixture(deployAgentRegistry);
      const newWallet = await ethers.deployContract("ScriptedActor");
      const selector = "0x1626ba7e"; // of isValidSignature(bytes32,bytes), and the magic value
      for (const answer of ["0x", selector, ethers.zeroPadValue(selector, 32), `${selector}${"00".repeat(27)}01`]) {
        await newWallet.setAnswer(selector, answer);
        await expect(registry.setAgentWallet(agentId, newWallet, (await time.latest()) + 60, "0x"))
          .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
          .withArgs(agentId, await newWallet.getAddress());
      }
      const refuser = await ethers.deployContract("RevertingReceiver");
      await expect(registry.setAgentWallet(agentId, refuser, (await time.latest()) + 60, "0x"))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, await refuser.getAddress());
      await newWallet.setAnswer(selector, ethers.zeroPadBytes(selector, 32));
      await registry.setAgentWallet(agentId, newWallet, (await time.latest()) + 60, "0x");
      await expectWallet(registry, agentId, await newWallet.getAddress());
    });

    it("accepts the key and the code of an account that delegated its code (EIP-7702)", async () => {
      const { registry, agentId, owner, wallet, stranger } = await loadFixture(deployAgentRegistry);
      const delegate = await ethers.deployContract("KeyedDelegate", [wallet]);
      const account = ethers.Wallet.createRandom(ethers.provider);
      const sponsor = ethers.Wallet.createRandom(ethers.provider);
      await owner.sendTransaction({ to: sponsor, value: ethers.parseEther("1") });
      const { chainId } = await ethers.provider.getNetwork();
      const authorization = await account.authorize({ address: await delegate.getAddress(), nonce: 0, chainId });
      await (
        await sponsor.sendTransaction({ type: 4, to: sponsor, gasLimit: 100_000n, authorizationList: [authorization] })
      ).wait();
      expect(await ethers.provider.getCode(account)).to.equal(ethers.concat(["0xef0100", await delegate.getAddress()]));

      const deadline = (await time.latest()) + 60;
      const consent = { agentId, newWallet: account.address, owner: owner.address, deadline };
      for (const signer of [account, wallet]) {
        await registry.unsetAgentWallet(agentId);
        await registry.setAgentWallet(agentId, account, deadline, await signConsent(registry, signer, consent));
        await expectWallet(registry, agentId, account.address);
      }
      await expect(registry.setAgentWallet(agentId, account, deadline, await signConsent(registry, stranger, consent)))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, account.address);
    });
  });

  describe("unsetAgentWallet", () => {
    it("removes the first wallet, in epoch 0", async () => {
      const { registry, agentId } = await loadFixture(deployAgentRegistry);
      await expect(registry.unsetAgentWallet(agentId))
        .to.emit(registry, "MetadataSet")
        .withArgs(agentId, "agentWallet", "agentWallet", "0x");
      await expectWallet(registry, agentId, ethers.ZeroAddress);
      expect(await registry.ownershipEpoch(agentId)).to.equal(0n);
    });

    it("lets the owner, an operator and the approved account remove a wallet that was set", async () => {
      const { registry, agentId, owner, operator, approved, wallet } = await loadFixture(deployStaffedAgent);
      for (const caller of [owner, operator, approved]) {
        await registry.connect(caller).unsetAgentWallet(agentId);
        await expectWallet(registry, agentId, ethers.ZeroAddress);
        await setAgentWallet(registry, owner, wallet, agentId);
      }
    });

    it("keeps the epoch, and can be repeated", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployAgentRegistry);
      await registry.transferFrom(owner, buyer, agentId);
      await registry.connect(buyer).unsetAgentWallet(agentId);
      await registry.connect(buyer).unsetAgentWallet(agentId);
      await expectWallet(registry, agentId, ethers.ZeroAddress);
      expect(await registry.ownershipEpoch(agentId)).to.equal(1n);
    });

    it("reverts for the verified wallet and for strangers", async () => {
      const { registry, agentId, wallet, stranger } = await loadFixture(deployStaffedAgent);
      for (const caller of [wallet, stranger]) {
        await expect(registry.connect(caller).unsetAgentWallet(agentId))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(caller.address, agentId);
      }
    });

    it("reverts for an unknown agent", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      await expect(registry.unsetAgentWallet(2))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(2n);
    });
  });

  describe("getAgentWallet", () => {
    it("is the zero address for an unknown agent", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      await expectWallet(registry, 0n, ethers.ZeroAddress);
      await expectWallet(registry, 2n, ethers.ZeroAddress);
    });
  });
});

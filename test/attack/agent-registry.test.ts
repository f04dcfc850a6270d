import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  AGENT_WALLET_SET,
  agentWalletDomain,
  deployAgentRegistry,
  deployStaffedAgent,
  forward,
  setAgentWallet,
  signConsent,
} from "../fixtures/agentRegistry";
import { loadFixture } from "../fixtures/loadFixture";

describe("Attacks on AgentRegistry", () => {
  describe("replaying a wallet's consent", () => {
    async function withConsent() {
      const deployed = await deployAgentRegistry();
      const { registry, agentId, owner, wallet } = deployed;
      await registry.connect(owner)["register()"]();
      const deadline = (await time.latest()) + 200;
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
      return { ...deployed, consent, signature: await signConsent(registry, wallet, consent) };
    }

    it("fails for another agent of the same owner", async () => {
      const { registry, wallet, consent, signature } = await loadFixture(withConsent);
      await expect(registry.setAgentWallet(2, wallet, consent.deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(2n, wallet.address);
    });

    it("fails for the next owner", async () => {
      const { registry, agentId, owner, buyer, wallet, consent, signature } = await loadFixture(withConsent);
      await registry.transferFrom(owner, buyer, agentId);
      await expect(registry.connect(buyer).setAgentWallet(agentId, wallet, consent.deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });

    it("fails for another wallet", async () => {
      const { registry, agentId, stranger, consent, signature } = await loadFixture(withConsent);
      await expect(registry.setAgentWallet(agentId, stranger, consent.deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, stranger.address);
    });

    it("fails with another deadline", async () => {
      const { registry, agentId, wallet, consent, signature } = await loadFixture(withConsent);
      await expect(registry.setAgentWallet(agentId, wallet, consent.deadline + 1, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });

    it("fails after its deadline, for the same owner too", async () => {
      const { registry, agentId, wallet, consent, signature } = await loadFixture(withConsent);
      await registry.setAgentWallet(agentId, wallet, consent.deadline, signature);
      await registry.unsetAgentWallet(agentId);
      await time.setNextBlockTimestamp(consent.deadline + 1);
      await expect(registry.setAgentWallet(agentId, wallet, consent.deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_SignatureExpired")
        .withArgs(consent.deadline, consent.deadline + 1);
    });

    it("fails on another registry of the same chain", async () => {
      const { registry, forwarder, agentId, wallet, consent, signature } = await loadFixture(withConsent);
      const other = await ethers.deployContract("AgentRegistry", [await forwarder.getAddress()]);
      await other["register()"]();
      expect(await other.ownerOf(agentId)).to.equal(await registry.ownerOf(agentId));
      await expect(other.setAgentWallet(agentId, wallet, consent.deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });

    it("fails on another chain", async () => {
      const { registry, agentId, wallet, consent } = await loadFixture(withConsent);
      const domain = await agentWalletDomain(registry);
      const foreign = await wallet.signTypedData({ ...domain, chainId: 1n }, AGENT_WALLET_SET, { ...consent });
      await expect(registry.setAgentWallet(agentId, wallet, consent.deadline, foreign))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });

    it("fails with the other signature that the same key could have made (malleability)", async () => {
      const { registry, agentId, wallet, consent, signature } = await loadFixture(withConsent);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const { r, s, v } = ethers.Signature.from(signature);
      const twin = ethers.concat([r, ethers.toBeHex(order - BigInt(s), 32), ethers.toBeHex(v === 27 ? 28 : 27)]);
      await expect(registry.setAgentWallet(agentId, wallet, consent.deadline, twin))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, wallet.address);
    });
  });

  describe("selling an identity and keeping a hand on it", () => {
    it("leaves nothing to seller, operator, approved account and wallet", async () => {
      const { registry, agentId, owner, operator, approved, wallet, buyer } = await loadFixture(deployStaffedAgent);
      await registry.transferFrom(owner, buyer, agentId);
      for (const account of [owner, operator, approved, wallet]) {
        expect(await registry.verifyAgent(agentId, account)).to.deep.equal([false, 1n]);
        for (const attempt of [
          () => registry.connect(account).setAgentURI(agentId, "ipfs://mine"),
          () => registry.connect(account).setMetadata(agentId, "name", "0x01"),
          () => registry.connect(account).unsetAgentWallet(agentId),
          () => registry.connect(account).transferFrom(buyer, account, agentId),
        ]) {
          await expect(attempt())
            .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
            .withArgs(account.address, agentId);
        }
      }
    });

    it("fails when the wallet is set just before the sale", async () => {
      const { registry, agentId, owner, wallet, buyer } = await loadFixture(deployAgentRegistry);
      const deadline = (await time.latest()) + 200;
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
      await registry.multicall([
        registry.interface.encodeFunctionData("setAgentWallet", [
          agentId,
          wallet.address,
          deadline,
          await signConsent(registry, wallet, consent),
        ]),
        registry.interface.encodeFunctionData("transferFrom", [owner.address, buyer.address, agentId]),
      ]);
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
      expect(await registry.verifyAgent(agentId, wallet)).to.deep.equal([false, 1n]);
    });

    it("fails when the buyer lets the seller act while the token arrives", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployAgentRegistry);
      const buyer = await ethers.deployContract("ScriptedReceiver");
      const deadline = (await time.latest()) + 200;
      const consent = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
      const setWallet = registry.interface.encodeFunctionData("setAgentWallet", [
        agentId,
        wallet.address,
        deadline,
        await signConsent(registry, wallet, consent),
      ]);
      await buyer.setScript([{ target: await registry.getAddress(), data: setWallet }]);
      await registry["safeTransferFrom(address,address,uint256)"](owner, buyer, agentId);
      // The buyer is the owner by then, and the consent named the seller.
      expect(await buyer.succeeded()).to.equal(false);
      expect(await buyer.returnData()).to.equal(
        registry.interface.encodeErrorResult("AgentRegistry_InvalidWalletSignature", [agentId, wallet.address]),
      );
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
    });
  });

  describe("passing for an earlier owner", () => {
    it("fails for one who sells and buys back: every transfer counts", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployStaffedAgent);
      await registry.connect(owner).approve(buyer, agentId);
      await registry.connect(buyer).transferFrom(owner, buyer, agentId);
      await registry.connect(buyer).transferFrom(buyer, owner, agentId);
      expect(await registry.verifyAgent(agentId, owner)).to.deep.equal([true, 2n]);
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
    });

    it("fails within one transaction, through a receiver that sends the token on", async () => {
      const { registry, agentId, owner } = await loadFixture(deployAgentRegistry);
      const stopover = await ethers.deployContract("ScriptedReceiver");
      const sendBack = registry.interface.encodeFunctionData("transferFrom", [
        await stopover.getAddress(),
        owner.address,
        agentId,
      ]);
      await stopover.setScript([{ target: await registry.getAddress(), data: sendBack }]);
      await registry["safeTransferFrom(address,address,uint256)"](owner, stopover, agentId);
      expect(await registry.ownerOf(agentId)).to.equal(owner.address);
      expect(await registry.verifyAgent(agentId, owner)).to.deep.equal([true, 2n]);
    });

    it("fails for one who removes and sets wallets: only transfers count", async () => {
      const { registry, agentId, owner, wallet, buyer } = await loadFixture(deployAgentRegistry);
      await registry.transferFrom(owner, buyer, agentId);
      await setAgentWallet(registry, buyer, wallet, agentId);
      await registry.connect(buyer).unsetAgentWallet(agentId);
      await setAgentWallet(registry, buyer, wallet, agentId);
      expect(await registry.ownershipEpoch(agentId)).to.equal(1n);
    });

    it("does not give the first wallet back to a later owner", async () => {
      const { registry, agentId, owner, buyer } = await loadFixture(deployAgentRegistry);
      await registry.transferFrom(owner, buyer, agentId);
      await registry.connect(buyer).transferFrom(buyer, owner, agentId);
      expect(await registry.getAgentWallet(agentId)).to.equal(ethers.ZeroAddress);
    });
  });

  describe("re-entering from the receipt of a new agent", () => {
    it("cannot make the announcement of the sale precede that of the registration", async () => {
      const { registry, buyer } = await loadFixture(deployAgentRegistry);
      const seller = await ethers.deployContract("ScriptedReceiver");
      const target = await registry.getAddress();
      const sell = registry.interface.encodeFunctionData("transferFrom", [
        await seller.getAddress(),
        buyer.address,
        2n,
      ]);
      for (const data of [
        registry.interface.encodeFunctionData("register()"),
        registry.interface.encodeFunctionData("register(string)", ["ipfs://one"]),
        registry.interface.encodeFunctionData("register(string,(string,bytes)[])", [
          "ipfs://one",
          [{ metadataKey: "name", metadataValue: "0x01" }],
        ]),
      ]) {
        const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
        await seller.setScript([{ target, data: sell }]);
        const receipt = await (await seller.execute(target, data)).wait();
        expect(await seller.succeeded()).to.equal(true);
        const logs = receipt!.logs.map((log) => registry.interface.parseLog(log)!);

        // Whoever follows the events ends with the truth: the buyer owns it, and there is no wallet.
        expect(logs.slice(-2).map(({ name }) => name)).to.deep.equal(["Transfer", "MetadataSet"]);
        expect(logs.at(-2)!.args.getValue("to")).to.equal(buyer.address);
        expect(logs.at(-1)!.args.getValue("metadataValue")).to.equal("0x");
        expect(await registry.ownerOf(2)).to.equal(buyer.address);
        expect(await registry.getAgentWallet(2)).to.equal(ethers.ZeroAddress);
        expect(await registry.verifyAgent(2, seller)).to.deep.equal([false, 1n]);
        await ethers.provider.send("evm_revert", [snapshot]);
      }
    });

    it("cannot write to an agent after selling it", async () => {
      const { registry, buyer } = await loadFixture(deployAgentRegistry);
      const seller = await ethers.deployContract("ScriptedReceiver");
      const target = await registry.getAddress();
      await seller.setScript([
        {
          target,
          data: registry.interface.encodeFunctionData("transferFrom", [await seller.getAddress(), buyer.address, 2n]),
        },
        { target, data: registry.interface.encodeFunctionData("setMetadata", [2n, "name", "0xbad0"]) },
      ]);
      await seller.execute(
        target,
        registry.interface.encodeFunctionData("register(string,(string,bytes)[])", [
          "ipfs://one",
          [{ metadataKey: "name", metadataValue: "0x01" }],
        ]),
      );
      expect(await seller.returnData()).to.equal(
        registry.interface.encodeErrorResult("ERC721InsufficientApproval", [await seller.getAddress(), 2n]),
      );
      expect(await registry.getMetadata(2, "name")).to.equal("0x01");
      expect(await registry.tokenURI(2)).to.equal("ipfs://one");
    });

    it("registers a second agent with an id of its own", async () => {
      const { registry } = await loadFixture(deployAgentRegistry);
      const receiver = await ethers.deployContract("ScriptedReceiver");
      const target = await registry.getAddress();
      const register = registry.interface.encodeFunctionData("register(string)", ["ipfs://inner"]);
      await receiver.setScript([{ target, data: register }]);
      await receiver.execute(target, registry.interface.encodeFunctionData("register(string)", ["ipfs://outer"]));
      expect(await registry.tokenURI(2)).to.equal("ipfs://outer");
      expect(await registry.tokenURI(3)).to.equal("ipfs://inner");
      expect(await registry.balanceOf(receiver)).to.equal(2n);
    });
  });

  describe("abusing a role", () => {
    it("an approved account cannot appoint another, and ends with the transfer it makes", async () => {
      const { registry, agentId, owner, approved, stranger } = await loadFixture(deployStaffedAgent);
      await expect(registry.connect(approved).approve(stranger, agentId))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidApprover")
        .withArgs(approved.address);
      await registry.connect(approved).transferFrom(owner, owner, agentId);
      expect(await registry.verifyAgent(agentId, approved)).to.deep.equal([false, 1n]);
    });

    it("an operator cannot make a wallet of an account that did not consent", async () => {
      const { registry, agentId, owner, operator, stranger } = await loadFixture(deployStaffedAgent);
      const deadline = (await time.latest()) + 60;
      const consent = { agentId, newWallet: stranger.address, owner: owner.address, deadline };
      const signature = await signConsent(registry, operator, consent);
      await expect(registry.connect(operator).setAgentWallet(agentId, stranger, deadline, signature))
        .to.be.revertedWithCustomError(registry, "AgentRegistry_InvalidWalletSignature")
        .withArgs(agentId, stranger.address);
    });

    it("an operator of one owner has no say over the same owner's sold agents", async () => {
      const { registry, agentId, owner, operator, buyer } = await loadFixture(deployStaffedAgent);
      await registry.connect(owner)["register()"]();
      await registry.transferFrom(owner, buyer, agentId);
      expect(await registry.verifyAgent(agentId, operator)).to.deep.equal([false, 1n]);
      expect(await registry.verifyAgent(2, operator)).to.deep.equal([true, 0n]);
    });

    it("the verified wallet cannot move the token or appoint anyone", async () => {
      const { registry, agentId, owner, wallet } = await loadFixture(deployStaffedAgent);
      await expect(registry.connect(wallet).transferFrom(owner, wallet, agentId))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(wallet.address, agentId);
      await expect(registry.connect(wallet).approve(wallet, agentId))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidApprover")
        .withArgs(wallet.address);
    });
  });

  describe("spoofing the sender", () => {
    it("fails for an appended address that no forwarder vouches for", async () => {
      const { registry, agentId, owner, stranger } = await loadFixture(deployAgentRegistry);
      const data = registry.interface.encodeFunctionData("setAgentURI", [agentId, "ipfs://mine"]);
      await expect(stranger.sendTransaction({ to: registry, data: ethers.concat([data, owner.address]) }))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(stranger.address, agentId);
    });

    it("fails for a forwarder of the same code at another address", async () => {
      const { registry, forwarder, agentId, owner, stranger } = await loadFixture(deployAgentRegistry);
      const code = await ethers.provider.getCode(forwarder);
      const imposter = ethers.getAddress("0x00000000000000000000000000000000000000aa");
      await ethers.provider.send("hardhat_setCode", [imposter, code]);
      const data = registry.interface.encodeFunctionData("setAgentURI", [agentId, "ipfs://mine"]);
      await ethers.provider.send("hardhat_impersonateAccount", [imposter]);
      await ethers.provider.send("hardhat_setBalance", [imposter, "0xde0b6b3a7640000"]);
      const signer = await ethers.getSigner(imposter);
      await expect(signer.sendTransaction({ to: registry, data: ethers.concat([data, owner.address]) }))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(imposter, agentId);
      expect(await registry.isTrustedForwarder(stranger)).to.equal(false);
    });

    it("fails for an address hidden in a batch, forwarded or not", async () => {
      const { registry, forwarder, agentId, owner, stranger } = await loadFixture(deployAgentRegistry);
      const data = registry.interface.encodeFunctionData("setAgentURI", [agentId, "ipfs://mine"]);
      const batch = registry.interface.encodeFunctionData("multicall", [[ethers.concat([data, owner.address])]]);
      await expect(stranger.sendTransaction({ to: registry, data: batch }))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(stranger.address, agentId);
      await expect(forward(forwarder, owner, stranger, registry, batch)).to.be.revertedWithCustomError(
        forwarder,
        "FailedCall", // what the forwarder says when the call it makes reverts
      );
      expect(await registry.tokenURI(agentId)).to.equal("");
    });
  });
});

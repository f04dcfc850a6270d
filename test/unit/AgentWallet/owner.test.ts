import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { DAY, PRICE } from "../../fixtures/jobs";
import { walletFixture } from "../../fixtures/wallet";

describe("AgentWallet", () => {
  describe("withdraw", () => {
    it("gives the owner tokens and coin, also from a frozen wallet", async () => {
      const { wallet, owner, stranger, stable } = await walletFixture();
      await wallet.connect(owner).freeze();
      const inToken = wallet.connect(owner).withdraw(stable, stranger, PRICE);
      await expect(inToken).to.changeTokenBalances(stable, [wallet, stranger], [-PRICE, PRICE]);
      await expect(inToken)
        .to.emit(wallet, "Withdrawn")
        .withArgs(await stable.getAddress(), stranger.address, PRICE);
      const inCoin = wallet.connect(owner).withdraw(ZeroAddress, stranger, 7n);
      await expect(inCoin).to.changeEtherBalances([wallet, stranger], [-7n, 7n]);
      await expect(inCoin).to.emit(wallet, "Withdrawn").withArgs(ZeroAddress, stranger.address, 7n);
    });

    it("is the owner's", async () => {
      const { wallet, guardian, key, stranger, stable } = await walletFixture();
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).withdraw(stable, sender, 1n))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    });

    it("fails as the token or the recipient does", async () => {
      const { wallet, owner, stranger, stable } = await walletFixture();
      const held = await stable.balanceOf(wallet);
      await expect(wallet.connect(owner).withdraw(stable, stranger, held + 1n))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientBalance")
        .withArgs(await wallet.getAddress(), held, held + 1n);
      const coin = await ethers.provider.getBalance(wallet);
      const errors = await ethers.getContractAt("Errors", wallet);
      await expect(wallet.connect(owner).withdraw(ZeroAddress, stranger, coin + 1n))
        .to.be.revertedWithCustomError(errors, "InsufficientBalance")
        .withArgs(coin, coin + 1n);
      const refusing = await ethers.deployContract("RevertingReceiver");
      await expect(wallet.connect(owner).withdraw(ZeroAddress, refusing, 1n))
        .to.be.revertedWithCustomError(refusing, "RevertingReceiver_Refused")
        .withArgs("0x00000000");
    });

    it("takes a token that returns nothing, and no for an answer", async () => {
      const { wallet, owner, stranger } = await walletFixture();
      const silent = await ethers.deployContract("ReturnsNothingToken", ["Silent", "SIL", 6]);
      await silent.mint(wallet, PRICE);
      await expect(wallet.connect(owner).withdraw(silent, stranger, PRICE)).to.changeTokenBalance(
        silent,
        stranger,
        PRICE,
      );
      const refusing = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 6]);
      await expect(wallet.connect(owner).withdraw(refusing, stranger, PRICE))
        .to.be.revertedWithCustomError(wallet, "SafeERC20FailedOperation")
        .withArgs(await refusing.getAddress());
    });
  });

  describe("callAsOwner", () => {
    it("calls anything as the wallet, with coin, and returns what it returned", async () => {
      const { wallet, owner, escrow, evaluator, provider } = await walletFixture();
      const expiredAt = (await time.latest()) + DAY;
      const data = escrow.interface.encodeFunctionData("createJob", [
        provider.address,
        evaluator.address,
        expiredAt,
        "",
        ZeroAddress,
        0n,
      ]);
      await wallet.connect(owner).callAsOwner(escrow, 0n, data);
      const [created] = await escrow.queryFilter(escrow.filters.JobCreated());
      expect(created!.args.client).to.equal(await wallet.getAddress());
      const actor = await ethers.deployContract("ScriptedActor");
      await actor.setAnswer("0x12345678", "0xc0de");
      expect(await wallet.connect(owner).callAsOwner.staticCall(actor, 5n, "0x12345678")).to.equal("0xc0de");
      await expect(wallet.connect(owner).callAsOwner(actor, 5n, "0x12345678")).to.changeEtherBalances(
        [wallet, actor],
        [-5n, 5n],
      );
    });

    it("is the owner's", async () => {
      const { wallet, guardian, key, stranger, stable } = await walletFixture();
      const data = stable.interface.encodeFunctionData("transfer", [stranger.address, 1n]);
      for (const sender of [guardian, key, stranger]) {
        await expect(wallet.connect(sender).callAsOwner(stable, 0n, data))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    });

    it("fails where there is no code, and above the wallet's coin", async () => {
      const { wallet, owner, stranger } = await walletFixture();
      const [address, errors] = [
        await ethers.getContractAt("Address", wallet),
        await ethers.getContractAt("Errors", wallet),
      ];
      await expect(wallet.connect(owner).callAsOwner(stranger, 0n, "0x12345678"))
        .to.be.revertedWithCustomError(address, "AddressEmptyCode")
        .withArgs(stranger.address);
      const coin = await ethers.provider.getBalance(wallet);
      await expect(wallet.connect(owner).callAsOwner(stranger, coin + 1n, "0x"))
        .to.be.revertedWithCustomError(errors, "InsufficientBalance")
        .withArgs(coin, coin + 1n);
    });
  });

  describe("receive", () => {
    it("takes coin and ERC-721 tokens from anyone", async () => {
      const { wallet, stranger, registry, provider, agents } = await walletFixture();
      await expect(stranger.sendTransaction({ to: wallet, value: 3n })).to.changeEtherBalance(wallet, 3n);
      await registry.connect(provider)["safeTransferFrom(address,address,uint256)"](provider, wallet, agents.provider);
      expect(await registry.ownerOf(agents.provider)).to.equal(await wallet.getAddress());
    });
  });
});

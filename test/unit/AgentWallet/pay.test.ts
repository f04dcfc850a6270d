import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroHash, id, resolveAddress } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import type { Policy } from "../../../sdk/wallets";
import { setAgentWallet } from "../../fixtures/agentRegistry";
import { PRICE, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { LIFETIME_CAP, WINDOW, WINDOW_CAP, limitOf, regrant, walletFixture } from "../../fixtures/wallet";
import { COIN } from "./verbs";

interface Payment {
  token?: AddressLike;
  to?: AddressLike;
  agentId?: bigint;
  amount?: bigint;
  policy?: Policy;
}

const pay = (parts: WalletMarket, { token, to, agentId = 0n, amount = PRICE, policy = parts.policy }: Payment = {}) =>
  parts.wallet
    .connect(parts.key)
    .pay(encodePolicy(policy), token ?? parts.stable, to ?? parts.stranger, agentId, amount, id("purpose"));

describe("AgentWallet", () => {
  describe("pay", () => {
    for (const kind of ["token", "coin"] as const) {
      it(`pays a listed payee in a ${kind}, and tells what for and what is left`, async () => {
        const parts = await walletFixture();
        const { wallet, stable, key, stranger } = parts;
        const token = kind === "coin" ? COIN : await stable.getAddress();
        const response = pay(parts, { token });
        if (kind === "coin") await expect(response).to.changeEtherBalances([wallet, stranger], [-PRICE, PRICE]);
        else await expect(response).to.changeTokenBalances(stable, [wallet, stranger], [-PRICE, PRICE]);
        const now = await time.latest();
        await expect(response)
          .to.emit(wallet, "Spent")
          .withArgs(
            key.address,
            token,
            stranger.address,
            selectorOf(wallet, "pay"),
            PRICE,
            now - (now % WINDOW),
            WINDOW_CAP - PRICE,
            LIFETIME_CAP - PRICE,
            id("purpose"),
          );
      });
    }

    it("counts tokens apart", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      await pay(parts, { token: COIN, amount: 5n });
      await pay(parts, { amount: 7n });
      expect((await wallet.usageOf(key, COIN)).usage.lifetimeSpent).to.equal(5n);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(7n);
    });

    it("pays whoever speaks for a listed agent", async () => {
      const parts = await walletFixture();
      const { registry, stable, provider, client2, referrer, evaluator, agents } = parts;
      await registry.connect(provider).approve(client2, agents.provider);
      await registry.connect(provider).setApprovalForAll(referrer, true);
      await setAgentWallet(registry, provider, evaluator, agents.provider);
      for (const to of [provider, client2, referrer, evaluator]) {
        await expect(pay(parts, { to, agentId: agents.provider })).to.changeTokenBalance(stable, to, PRICE);
      }
    });

    it("pays the first agent of the registry as any other", async () => {
      const parts = await walletFixture();
      const { stable, client, agents } = parts;
      expect(agents.client).to.equal(1n);
      const policy = await regrant(parts, { agents: [{ agentId: 1n, epoch: 0 }] });
      await expect(pay(parts, { to: client, agentId: 1n, policy })).to.changeTokenBalance(stable, client, PRICE);
    });

    it("pays a listed payee whatever agent is named", async () => {
      const parts = await walletFixture();
      await expect(pay(parts, { agentId: 999n })).to.changeTokenBalance(parts.stable, parts.stranger, PRICE);
    });

    it("pays nobody else", async () => {
      const parts = await walletFixture();
      const { wallet, provider, provider2, key, agents } = parts;
      for (const [to, agentId] of [
        [provider, 0n],
        [provider, agents.provider2],
        [provider2, agents.provider],
        [provider2, agents.provider2],
        [provider, 999n],
        [key, 0n],
      ] as const) {
        await expect(pay(parts, { to, agentId }))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(to.address, agentId);
      }
    });

    it("pays an agent no more once it was sold", async () => {
      const parts = await walletFixture();
      const { wallet, registry, stable, provider, client2, agents } = parts;
      await registry.connect(provider).transferFrom(provider, client2, agents.provider);
      for (const to of [provider, client2]) {
        await expect(pay(parts, { to, agentId: agents.provider }))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(to.address, agents.provider);
      }
      const policy = await regrant(parts, { agents: [{ agentId: agents.provider, epoch: 1 }] });
      await expect(pay(parts, { to: client2, agentId: agents.provider, policy })).to.changeTokenBalance(
        stable,
        client2,
        PRICE,
      );
    });

    it("spends only tokens that have limits", async () => {
      const parts = await walletFixture();
      const token = await parts.plain.getAddress();
      await expect(pay(parts, { token }))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_TokenNotAllowed")
        .withArgs(token);
    });

    it("does not bear a token that takes more from its sender than it moves", async () => {
      const parts = await walletFixture();
      const { wallet, stranger } = parts;
      const token = await ethers.deployContract("SenderFeeToken", ["Fee", "FEE", 6]);
      await token.mint(wallet, 10n * PRICE);
      await token.setFeeBps(1n);
      const policy = await regrant(parts, { limits: [await limitOf(token)] });
      await expect(pay(parts, { token, policy }))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
        .withArgs(await token.getAddress(), PRICE + PRICE / 10_000n, PRICE);
      await token.setFeeBps(0n);
      await expect(pay(parts, { token, policy })).to.changeTokenBalances(token, [wallet, stranger], [-PRICE, PRICE]);
    });

    it("fails as the transfer does, and then has charged nothing", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, stable, stranger } = parts;
      const refusing = await ethers.deployContract("RevertingReceiver");
      const policy = await regrant(parts, { payees: [await refusing.getAddress(), stranger.address] });
      await expect(pay(parts, { token: COIN, to: refusing, policy }))
        .to.be.revertedWithCustomError(refusing, "RevertingReceiver_Refused")
        .withArgs("0x00000000");
      const errors = await ethers.getContractAt("Errors", wallet);
      await wallet.connect(owner).withdraw(COIN, owner, await ethers.provider.getBalance(wallet));
      await expect(pay(parts, { token: COIN, policy }))
        .to.be.revertedWithCustomError(errors, "InsufficientBalance")
        .withArgs(0n, PRICE);
      await wallet.connect(owner).withdraw(stable, owner, await stable.balanceOf(wallet));
      await expect(pay(parts, { policy }))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientBalance")
        .withArgs(await resolveAddress(wallet), 0n, PRICE);
      for (const token of [COIN, stable]) {
        const [usage] = await wallet.usageOf(key, token);
        expect(usage).to.deep.equal([0n, 0n, 0n]);
      }
    });

    it("takes a token's no for an answer", async () => {
      const parts = await walletFixture();
      const token = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 6]);
      const policy = await regrant(parts, { limits: [await limitOf(token)] });
      await expect(pay(parts, { token, policy }))
        .to.be.revertedWithCustomError(parts.wallet, "SafeERC20FailedOperation")
        .withArgs(await token.getAddress());
    });

    it("takes no coin along", async () => {
      const { wallet, key, stable, stranger, policy } = await walletFixture();
      const data = wallet.interface.encodeFunctionData("pay", [
        encodePolicy(policy),
        await stable.getAddress(),
        stranger.address,
        0n,
        PRICE,
        ZeroHash,
      ]);
      await expect(key.sendTransaction({ to: wallet, data, value: 1n })).to.be.revertedWithoutReason();
    });
  });
});

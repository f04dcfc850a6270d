import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { Authorization } from "../../../sdk/wallets";
import { authorizationDigest, encodePolicy, reserveSignature } from "../../../sdk/wallets";
import { PRICE, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import {
  JOB_CAP,
  LIFETIME_CAP,
  WINDOW,
  WINDOW_CAP,
  authorizationOf,
  limitOf,
  nextWindow,
  regrant,
  walletFixture,
} from "../../fixtures/wallet";

const digestOf = async ({ wallet }: WalletMarket, authorization: Authorization) =>
  authorizationDigest((await ethers.provider.getNetwork()).chainId, await wallet.getAddress(), authorization);

const reserve = (parts: WalletMarket, authorization: Authorization, policy = parts.policy, agentId = 0n) =>
  parts.wallet.connect(parts.key).reserve(encodePolicy(policy), authorization, agentId);

/** Uses an authorization as anybody can. */
const settle = ({ wallet, stable, key, relayer }: WalletMarket, { to, value, ...rest }: Authorization) =>
  stable
    .connect(relayer)
    .getFunction("transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)")(
    wallet,
    to,
    value,
    rest.validAfter,
    rest.validBefore,
    rest.nonce,
    reserveSignature(key.address),
  );

describe("AgentWallet", () => {
  describe("reserve", () => {
    it("charges an authorization, which anybody can then use, once", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, stranger, policy } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await digestOf(parts, authorization);
      expect(await wallet.connect(key).reserve.staticCall(encodePolicy(policy), authorization, 0n)).to.equal(digest);
      await expect(settle(parts, authorization)).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
      const response = reserve(parts, authorization);
      await expect(response).to.changeTokenBalance(stable, wallet, 0n);
      const now = await time.latest();
      await expect(response)
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          stranger.address,
          selectorOf(wallet, "reserve"),
          PRICE,
          now - (now % WINDOW),
          WINDOW_CAP - PRICE,
          LIFETIME_CAP - PRICE,
          digest,
        );
      expect(await wallet.isReserved(key, digest)).to.equal(true);
      await expect(settle(parts, authorization)).to.changeTokenBalances(stable, [wallet, stranger], [-PRICE, PRICE]);
      await expect(settle(parts, authorization))
        .to.be.revertedWithCustomError(stable, "ERC3009UsedAuthorization")
        .withArgs(await wallet.getAddress(), authorization.nonce);
    });

    it("is about no job, and so under no job's cap", async () => {
      const parts = await walletFixture();
      await reserve(parts, await authorizationOf(parts, { value: JOB_CAP + 1n }));
      const { usage } = await parts.wallet.usageOf(parts.key, parts.stable);
      expect(usage.windowSpent).to.equal(JOB_CAP + 1n);
    });

    it("lasts until the window ends, at most", async () => {
      const parts = await walletFixture();
      const end = await nextWindow();
      for (const [n, validBefore] of [end - 1, end].entries()) {
        await reserve(parts, await authorizationOf(parts, { validBefore, nonce: ethers.id(`nonce ${String(n)}`) }));
      }
      await expect(reserve(parts, await authorizationOf(parts, { validBefore: end + 1 })))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_ReserveTooLong")
        .withArgs(end + 1, end);
    });

    it("lasts until the policy ends, at most", async () => {
      const parts = await walletFixture();
      const expiresAt = (await time.latest()) + 1_000;
      for (const limits of [parts.policy.limits, [await limitOf(parts.stable, { window: 0 })]]) {
        const policy = await regrant(parts, { expiresAt, limits });
        for (const validBefore of [expiresAt - 1, expiresAt]) {
          const nonce = ethers.id(`${String(validBefore)} ${String(limits.length)}`);
          await reserve(parts, await authorizationOf(parts, { validBefore, nonce }), policy);
        }
        await expect(reserve(parts, await authorizationOf(parts, { validBefore: expiresAt + 1 }), policy))
          .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_ReserveTooLong")
          .withArgs(expiresAt + 1, expiresAt);
      }
    });

    it("charges a digest once for each key", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, key2, stable, policy } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await digestOf(parts, authorization);
      await reserve(parts, authorization);
      await expect(reserve(parts, authorization))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AlreadyReserved")
        .withArgs(digest);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(PRICE);
      const later = await regrant(parts, { maxJobDuration: 1 });
      expect(await wallet.isReserved(key, digest)).to.equal(false);
      await expect(reserve(parts, authorization, later))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AlreadyReserved")
        .withArgs(digest);
      await wallet.connect(owner).grant(key2, policy);
      await wallet.connect(key2).reserve(encodePolicy(policy), authorization, 0n);
      expect(await wallet.isReserved(key2, digest)).to.equal(true);
    });

    it("ends with the grant, and comes back with the very same", async () => {
      const parts = await walletFixture();
      const { wallet, owner, stable, key, policy } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await digestOf(parts, authorization);
      await reserve(parts, authorization);
      await wallet.connect(owner).revoke(key);
      expect(await wallet.isReserved(key, digest)).to.equal(false);
      await expect(settle(parts, authorization)).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
      await wallet.connect(owner).grant(key, policy);
      expect(await wallet.isReserved(key, digest)).to.equal(true);
      await expect(settle(parts, authorization)).to.changeTokenBalance(stable, wallet, -PRICE);
    });

    it("takes no wrong name or version of the token's domain", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      for (const wrong of [{ name: "Unstable" }, { version: "2" }]) {
        await expect(reserve(parts, await authorizationOf(parts, wrong)))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongDomain")
          .withArgs(await stable.getAddress(), await stable.DOMAIN_SEPARATOR());
      }
    });

    it("pays whom `pay` would", async () => {
      const parts = await walletFixture();
      const { wallet, provider, provider2, agents } = parts;
      for (const [to, agentId] of [
        [provider.address, 0n],
        [provider2.address, agents.provider],
      ] as const) {
        await expect(reserve(parts, await authorizationOf(parts, { to }), parts.policy, agentId))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(to, agentId);
      }
      const authorization = await authorizationOf(parts, { to: provider.address });
      await reserve(parts, authorization, parts.policy, agents.provider);
      await expect(settle(parts, authorization)).to.changeTokenBalance(parts.stable, provider, PRICE);
    });

    it("spends only tokens that have limits and ERC-3009", async () => {
      const parts = await walletFixture();
      const { wallet, plain } = parts;
      const token = await plain.getAddress();
      const authorization = await authorizationOf(parts, { token });
      await expect(reserve(parts, authorization))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_TokenNotAllowed")
        .withArgs(token);
      const policy = await regrant(parts, { limits: [await limitOf(plain)] });
      await expect(reserve(parts, authorization, policy)).to.be.revertedWithoutReason();
    });
  });

  describe("release", () => {
    it("takes an unused reserve off the lifetime sum, and leaves the window's", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, relayer } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await digestOf(parts, authorization);
      await reserve(parts, authorization);
      const { usage: before } = await wallet.usageOf(key, stable);
      await time.setNextBlockTimestamp(Number(authorization.validBefore));
      await expect(wallet.connect(relayer).release(key, authorization, false))
        .to.emit(wallet, "ReserveReleased")
        .withArgs(key.address, await stable.getAddress(), digest, PRICE);
      expect(before).to.deep.equal([PRICE, before.windowStart, PRICE]);
      expect((await wallet.usageOf(key, stable)).usage).to.deep.equal([PRICE, before.windowStart, 0n]);
      expect(await wallet.isReserved(key, digest)).to.equal(false);
      await expect(wallet.connect(relayer).release(key, authorization, false))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReserved")
        .withArgs(digest);
    });

    it("waits until the authorization has run out", async () => {
      const parts = await walletFixture();
      const { wallet, key } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await digestOf(parts, authorization);
      await reserve(parts, authorization);
      await time.setNextBlockTimestamp(Number(authorization.validBefore) - 1);
      await expect(wallet.release(key, authorization, false))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReleasable")
        .withArgs(digest);
      await time.setNextBlockTimestamp(Number(authorization.validBefore) + 1);
      await wallet.release(key, authorization, false);
      expect((await wallet.usageOf(key, parts.stable)).usage.lifetimeSpent).to.equal(0n);
    });

    it("is not for what was used", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      const authorization = await authorizationOf(parts);
      await reserve(parts, authorization);
      await settle(parts, authorization);
      await time.increaseTo(Number(authorization.validBefore));
      await expect(wallet.release(key, authorization, false))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReleasable")
        .withArgs(await digestOf(parts, authorization));
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(PRICE);
    });

    it("works after freezing, too", async () => {
      const parts = await walletFixture();
      const { wallet, guardian, stable, key } = parts;
      const authorization = await authorizationOf(parts);
      await reserve(parts, authorization);
      await wallet.connect(guardian).freeze();
      await time.increaseTo(Number(authorization.validBefore));
      await wallet.release(key, authorization, false);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(0n);
    });

    it("finds nothing where any part is another", async () => {
      const parts = await walletFixture();
      const { wallet, key, key2, plain, provider } = parts;
      const authorization = await authorizationOf(parts);
      await reserve(parts, authorization);
      await time.increaseTo(Number(authorization.validBefore));
      for (const change of [
        { token: await plain.getAddress() },
        { to: provider.address },
        { value: PRICE + 1n },
        { validAfter: 1 },
        { validBefore: 1 },
        { nonce: ZeroHash },
        { name: "Unstable" },
        { version: "2" },
      ]) {
        const changed = { ...authorization, ...change };
        await expect(wallet.release(key, changed, false))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReserved")
          .withArgs(await digestOf(parts, changed));
      }
      await expect(wallet.release(key2, authorization, false))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReserved")
        .withArgs(await digestOf(parts, authorization));
      const { chainId } = await ethers.provider.getNetwork();
      await expect(wallet.release(key, authorization, true))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReserved")
        .withArgs(authorizationDigest(chainId, await wallet.getAddress(), authorization, true));
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";

import type { Policy } from "../../../sdk/wallets";
import { encodePolicy } from "../../../sdk/wallets";
import { HOUR, PRICE, selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import {
  LIFETIME_CAP,
  WINDOW,
  WINDOW_CAP,
  authorizationOf,
  limitOf,
  nextWindow,
  regrant,
  walletFixture,
} from "../../fixtures/wallet";

const pay = (parts: WalletMarket, amount: bigint, policy: Policy = parts.policy) =>
  parts.wallet.connect(parts.key).pay(encodePolicy(policy), parts.stable, parts.stranger, 0n, amount, ZeroHash);

/** Grants the key limits of the stablecoin that differ from the fixture's; nothing needs the owner's signature. */
const limited = async (parts: WalletMarket, overrides: Parameters<typeof limitOf>[1]) =>
  regrant(parts, { limits: [await limitOf(parts.stable, { coSignAbove: 2n ** 96n - 1n, ...overrides })] });

const usageOf = async ({ wallet, key, stable }: WalletMarket) => (await wallet.usageOf(key, stable)).usage;

describe("AgentWallet", () => {
  describe("a window", () => {
    it("holds its cap, and not a unit more", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const policy = await limited(parts, {});
      await pay(parts, WINDOW_CAP - 1n, policy);
      await expect(pay(parts, 2n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 2n, 1n);
      await pay(parts, 1n, policy);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      await pay(parts, 0n, policy);
      expect((await usageOf(parts)).windowSpent).to.equal(WINDOW_CAP);
    });

    it("refuses an amount that no word holds together with what was spent", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const policy = await limited(parts, {});
      await pay(parts, 1n, policy);
      await expect(pay(parts, 2n ** 256n - 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 2n ** 256n - 1n, WINDOW_CAP - 1n);
    });

    it("lasts until its last second, and the next begins with a second of its own", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, stranger } = parts;
      const policy = await limited(parts, {});
      const end = await nextWindow();
      await pay(parts, WINDOW_CAP, policy);
      await time.setNextBlockTimestamp(end - 1);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      expect(await usageOf(parts)).to.deep.equal([WINDOW_CAP, end - WINDOW, WINDOW_CAP]);
      await time.setNextBlockTimestamp(end);
      await expect(pay(parts, WINDOW_CAP - 1n, policy))
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          stranger.address,
          selectorOf(wallet, "pay"),
          WINDOW_CAP - 1n,
          end,
          1n,
          LIFETIME_CAP - 2n * WINDOW_CAP + 1n,
          ZeroHash,
        );
      await time.setNextBlockTimestamp(end + 1);
      await pay(parts, 1n, policy);
      expect(await usageOf(parts)).to.deep.equal([WINDOW_CAP, end, 2n * WINDOW_CAP]);
    });

    it("never ends with a length of zero", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const policy = await limited(parts, { window: 0 });
      await pay(parts, WINDOW_CAP - 1n, policy);
      expect(await usageOf(parts)).to.deep.equal([WINDOW_CAP - 1n, 0n, WINDOW_CAP - 1n]);
      await time.increase(300 * WINDOW);
      await expect(pay(parts, 2n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 2n, 1n);
      await pay(parts, 1n, policy);
    });

    it("of zero goes on with what was spent in one that ends", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      await pay(parts, 3n);
      const start = (await usageOf(parts)).windowStart;
      const policy = await limited(parts, { window: 0 });
      await time.increase(3 * WINDOW);
      await expect(pay(parts, WINDOW_CAP - 2n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), WINDOW_CAP - 2n, WINDOW_CAP - 3n);
      await pay(parts, 4n, policy);
      expect(await usageOf(parts)).to.deep.equal([7n, start, 7n]);
    });

    it("that is longer than an earlier policy's goes on with what this spent since it began", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const begun = await nextWindow();
      const hourly = await limited(parts, { window: HOUR });
      await time.setNextBlockTimestamp(begun + 5 * HOUR);
      await pay(parts, 3n, hourly);
      expect(await usageOf(parts)).to.deep.equal([3n, begun + 5 * HOUR, 3n]);
      const daily = await limited(parts, { window: WINDOW });
      await pay(parts, 4n, daily);
      expect(await usageOf(parts)).to.deep.equal([7n, begun + 5 * HOUR, 7n]);
      // The sum begins anew with the next window of the new length, not a length after it began.
      await time.setNextBlockTimestamp(begun + WINDOW - 1);
      await expect(pay(parts, WINDOW_CAP, daily))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), WINDOW_CAP, WINDOW_CAP - 7n);
      await time.setNextBlockTimestamp(begun + WINDOW);
      await pay(parts, WINDOW_CAP, daily);
      expect(await usageOf(parts)).to.deep.equal([WINDOW_CAP, begun + WINDOW, WINDOW_CAP + 7n]);
    });

    it("that is shorter than an earlier policy's begins with its own first second", async () => {
      const parts = await walletFixture();
      const begun = await nextWindow();
      await time.setNextBlockTimestamp(begun);
      await pay(parts, 3n);
      const hourly = await limited(parts, { window: HOUR });
      await time.setNextBlockTimestamp(begun + HOUR - 1);
      await pay(parts, 4n, hourly);
      expect(await usageOf(parts)).to.deep.equal([7n, begun, 7n]);
      await time.setNextBlockTimestamp(begun + HOUR);
      await pay(parts, 5n, hourly);
      expect(await usageOf(parts)).to.deep.equal([5n, begun + HOUR, 12n]);
    });

    it("counts what is reserved when it is reserved", async () => {
      const parts = await walletFixture();
      const { wallet, key, stable } = parts;
      const policy = await limited(parts, { windowCap: PRICE });
      const authorization = await authorizationOf(parts);
      await wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      await time.setNextBlockTimestamp(Number(authorization.validBefore));
      await wallet.release(key, authorization, false);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });

    it("is of the first limits that a policy has for the token", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const limits = [await limitOf(stable, { windowCap: 1n }), await limitOf(stable)];
      const policy = await regrant(parts, { limits });
      await expect(pay(parts, 2n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 2n, 1n);
    });

    it("leaves nothing where its cap was lowered below what was spent", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      await pay(parts, PRICE);
      for (const windowCap of [PRICE - 1n, PRICE, 0n]) {
        const policy = await limited(parts, { windowCap });
        await expect(pay(parts, 1n, policy))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
          .withArgs(await stable.getAddress(), 1n, 0n);
      }
      await pay(parts, 1n, await limited(parts, { windowCap: PRICE + 1n }));
    });
  });

  describe("a lifetime", () => {
    it("holds its cap over all windows and policies, and not a unit more", async () => {
      const parts = await walletFixture();
      const { wallet, owner, key, stable } = parts;
      const cap = 2n * PRICE;
      const policy = await limited(parts, { lifetimeCap: cap });
      await pay(parts, PRICE, policy);
      await time.increase(WINDOW);
      await expect(pay(parts, PRICE + 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_LifetimeCapExceeded")
        .withArgs(await stable.getAddress(), PRICE + 1n, PRICE);
      await wallet.connect(owner).revoke(key);
      await wallet.connect(owner).freeze();
      await wallet.connect(owner).thaw();
      await wallet.connect(owner).grant(key, policy);
      await pay(parts, PRICE - 1n, policy);
      await pay(parts, 1n, policy);
      await time.increase(WINDOW);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_LifetimeCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
      await pay(parts, 1n, await limited(parts, { lifetimeCap: cap + 1n }));
    });

    it("leaves nothing where its cap was lowered below what was spent", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      await pay(parts, PRICE);
      const policy = await limited(parts, { lifetimeCap: PRICE - 1n });
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_LifetimeCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });

    it("counts up to what its words hold", async () => {
      const parts = await walletFixture();
      const { stable, wallet } = parts;
      const most = 2n ** 96n - 1n;
      await stable.mint(wallet, most);
      const policy = await limited(parts, { windowCap: most, lifetimeCap: most });
      await pay(parts, most, policy);
      const usage = await usageOf(parts);
      expect(usage).to.deep.equal([most, usage.windowStart, most]);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });
  });

  describe("the owner's signature", () => {
    it("is needed once the window's sum would pass the threshold", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const policy = await limited(parts, { coSignAbove: PRICE });
      await pay(parts, PRICE - 1n, policy);
      await expect(pay(parts, 2n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), PRICE + 1n, PRICE);
      await pay(parts, 1n, policy);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), PRICE + 1n, PRICE);
      await time.increase(WINDOW);
      await pay(parts, PRICE, policy);
    });

    it("is needed for everything where the threshold is zero", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const policy = await limited(parts, { coSignAbove: 0n });
      await pay(parts, 0n, policy);
      await expect(pay(parts, 1n, policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });
  });
});

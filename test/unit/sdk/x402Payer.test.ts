import type { PaymentRequirements } from "@x402/core/types";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { MARKET_ERRORS, explainRevert } from "../../../sdk/errors";
import { readTokenDomain } from "../../../sdk/tokenDomain";
import { authorizationDigest, reserveSignature } from "../../../sdk/wallets";
import type { WalletPayerOptions, WalletReserve } from "../../../sdk/x402Payer";
import { WalletExactScheme } from "../../../sdk/x402Payer";
import { PRICE } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { WINDOW, WINDOW_CAP, regrant, walletFixture } from "../../fixtures/wallet";

const CHAIN = 31337n;

describe("sdk", () => {
  describe("WalletExactScheme", () => {
    let parts: WalletMarket;
    let reserves: WalletReserve[];

    beforeEach(async () => {
      parts = await walletFixture();
      reserves = [];
    });

    async function payer(overrides: Partial<WalletPayerOptions> = {}): Promise<WalletExactScheme> {
      return new WalletExactScheme({
        wallet: await parts.wallet.getAddress(),
        key: parts.key,
        policy: parts.policy,
        onReserved: (reserve) => reserves.push(reserve),
        ...overrides,
      });
    }

    async function asked(overrides: Partial<PaymentRequirements> = {}): Promise<PaymentRequirements> {
      const asset = await parts.stable.getAddress();
      const { name, version } = await readTokenDomain(asset, ethers.provider);
      return {
        scheme: "exact",
        network: `eip155:${CHAIN}`,
        asset,
        amount: PRICE.toString(),
        payTo: parts.stranger.address,
        maxTimeoutSeconds: 120,
        extra: { name, version },
        ...overrides,
      };
    }

    const refusal = (payment: Promise<unknown>) =>
      payment.then(
        () => "it was paid",
        (error: unknown) => (error as Error).message,
      );

    /** The sentence for an error of the wallet with these arguments. */
    async function refused(error: string, args: unknown[]): Promise<string> {
      const reason = explainRevert(MARKET_ERRORS.encodeErrorResult(error, args));
      return `the wallet ${await parts.wallet.getAddress()} does not pay: ${reason}`;
    }

    const spent = async () =>
      (await parts.wallet.usageOf(parts.key, await parts.stable.getAddress())).usage.windowSpent;

    /** Sets the chain's clock to so many seconds before the end of a window that is still to come. */
    async function nearWindowEnd(seconds: number): Promise<number> {
      const now = await time.latest();
      const end = now - (now % WINDOW) + 2 * WINDOW;
      await time.increaseTo(end - seconds);
      return end;
    }

    it("answers with the promise of a reserve that the token accepts", async () => {
      const { x402Version, payload } = await (await payer()).createPaymentPayload(2, await asked());
      const [{ authorization }] = reserves as [WalletReserve];
      const { to, value, validAfter, validBefore, nonce } = authorization;
      const wallet = await parts.wallet.getAddress();
      expect(x402Version).to.equal(2);
      expect(payload).to.deep.equal({
        authorization: {
          from: wallet,
          to: parts.stranger.address,
          value: PRICE.toString(),
          validAfter: "0",
          validBefore: validBefore.toString(),
          nonce,
        },
        signature: reserveSignature(parts.key.address),
      });
      expect(await parts.wallet.isReserved(parts.key, authorizationDigest(CHAIN, wallet, authorization))).to.equal(
        true,
      );
      expect(await spent()).to.equal(PRICE);
      const collect = parts.stable.getFunction(
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
      );
      const signature = reserveSignature(parts.key.address);
      await expect(collect(wallet, to, value, validAfter, validBefore, nonce, signature)).to.changeTokenBalances(
        parts.stable,
        [wallet, parts.stranger],
        [-PRICE, PRICE],
      );
    });

    it("ends a reserve with the window that it is counted in", async () => {
      const end = await nearWindowEnd(119);
      await (await payer()).createPaymentPayload(2, await asked());
      expect(reserves.map(({ authorization }) => authorization.validBefore)).to.deep.equal([BigInt(end)]);
    });

    it("leaves the server its time where the window has more", async () => {
      await nearWindowEnd(121);
      const now = BigInt(await time.latest());
      await (await payer()).createPaymentPayload(2, await asked());
      expect(reserves.map(({ authorization }) => authorization.validBefore)).to.deep.equal([now + 120n]);
    });

    it("ends a reserve with the policy", async () => {
      const expiresAt = BigInt(await time.latest()) + 100n;
      const policy = await regrant(parts, { expiresAt });
      await (await payer({ policy })).createPaymentPayload(2, await asked());
      expect(reserves.map(({ authorization }) => authorization.validBefore)).to.deep.equal([expiresAt]);
    });

    it("pays in the last seconds of a window only if they are enough to collect", async () => {
      await nearWindowEnd(20);
      await (await payer()).createPaymentPayload(2, await asked());
      expect(await spent()).to.equal(PRICE);

      parts = await walletFixture();
      const end = await nearWindowEnd(19);
      expect(await refusal((await payer()).createPaymentPayload(2, await asked()))).to.equal(
        `the payment could be collected until ${new Date(end * 1_000).toISOString().replace(".000", "")}, less than 20 seconds from now: wait for the wallet's next window, or have the server ask for more time.`,
      );
      expect(await spent()).to.equal(0n);
    });

    it("pays the whole cap, and refuses one unit more without sending anything", async () => {
      await (await payer()).createPaymentPayload(2, await asked({ amount: (WINDOW_CAP - 2n * PRICE).toString() }));
      const before = await ethers.provider.getBlockNumber();
      const over = payer().then(async (scheme) =>
        scheme.createPaymentPayload(2, await asked({ amount: (2n * PRICE + 1n).toString() })),
      );
      expect(await refusal(over)).to.equal(
        await refused("AgentWallet_WindowCapExceeded", [parts.stable.target, 2n * PRICE + 1n, 2n * PRICE]),
      );
      expect(await ethers.provider.getBlockNumber()).to.equal(before);
      expect(reserves).to.have.lengthOf(1);
    });

    it("pays an agent that the policy lists, as that agent", async () => {
      const { provider, agents } = parts;
      const agentIdOf = (payTo: string) => (payTo === provider.address ? agents.provider : 0n);
      const scheme = await payer({ agentIdOf });
      await scheme.createPaymentPayload(2, await asked({ payTo: provider.address }));
      expect(await spent()).to.equal(PRICE);
    });

    it("refuses whom the policy does not name", async () => {
      const scheme = await payer();
      const payTo = parts.provider.address;
      expect(await refusal(scheme.createPaymentPayload(2, await asked({ payTo })))).to.equal(
        await refused("AgentWallet_CounterpartyNotAllowed", [payTo, 0n]),
      );
    });

    it("refuses another chain, another way to pay, and a token without a domain", async () => {
      const scheme = await payer();
      expect(await refusal(scheme.createPaymentPayload(2, await asked({ network: "eip155:8453" })))).to.equal(
        "the payment is asked for on eip155:8453, but the wallet is on eip155:31337.",
      );
      const onlyErc3009 =
        "a wallet pays by ERC-3009 only, and the server must name the token's EIP-712 name and version.";
      const extra = { name: "Stable", version: "1" };
      for (const wrong of [{ ...extra, assetTransferMethod: "permit2" }, { name: "Stable" }, { version: "1" }]) {
        expect(await refusal(scheme.createPaymentPayload(2, await asked({ extra: wrong })))).to.equal(onlyErc3009);
      }
      expect(await spent()).to.equal(0n);
    });

    it("refuses a server's wrong name for the token", async () => {
      const scheme = await payer();
      const separator = await parts.stable.DOMAIN_SEPARATOR();
      const wrong = asked({ extra: { name: "Unstable", version: "1" } });
      expect(await refusal(scheme.createPaymentPayload(2, await wrong))).to.equal(
        await refused("AgentWallet_WrongDomain", [parts.stable.target, separator]),
      );
    });

    it("reserves one payment after the other, and goes on after a refused one", async () => {
      const scheme = await payer();
      const amounts = [PRICE, 100n * PRICE, 2n * PRICE];
      const requests = await Promise.all(amounts.map((amount) => asked({ amount: amount.toString() })));
      const outcomes = await Promise.allSettled(requests.map((request) => scheme.createPaymentPayload(2, request)));
      expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
      expect(reserves.map(({ authorization }) => authorization.value)).to.deep.equal([PRICE, 2n * PRICE]);
      expect(new Set(reserves.map(({ authorization }) => authorization.nonce))).to.have.lengthOf(2);
      expect(await spent()).to.equal(3n * PRICE);
    });
  });
});

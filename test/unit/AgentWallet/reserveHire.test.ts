import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { authorizationDigest, encodePolicy, reserveSignature } from "../../../sdk/wallets";
import { DAY, FUNDING, PRICE, STATUS, encodeFunding, selectorOf, signOffer } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { LIFETIME_CAP, WINDOW, WINDOW_CAP, nextWindow, regrant, walletFixture } from "../../fixtures/wallet";
import { prepareReserveHire } from "./verbs";

type Prepared = Awaited<ReturnType<typeof prepareReserveHire>>;

const reserveHire = (
  { wallet, key, escrow, policy }: WalletMarket,
  { offer, acceptance, authorization }: Prepared,
  target: Parameters<WalletMarket["wallet"]["reserveHire"]>[1] = escrow,
) => wallet.connect(key).reserveHire(encodePolicy(policy), target, offer, acceptance, authorization);

/** Hires for the wallet, as anybody can. */
async function hire(parts: WalletMarket, { offer, acceptance, authorization }: Prepared) {
  const { validAfter, validBefore } = authorization;
  const signature = reserveSignature(parts.key.address);
  const fundingData = encodeFunding(BigInt(validAfter), BigInt(validBefore), signature);
  const byAnyone = { ...acceptance, fundingData };
  return parts.escrow.connect(parts.relayer).hire(offer, await signOffer(parts, offer), byAnyone);
}

describe("AgentWallet", () => {
  describe("reserveHire", () => {
    it("charges the price of one job, for which anybody can then hire", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, provider, policy } = parts;
      const prepared = await prepareReserveHire(parts);
      const { offer, acceptance, authorization, jobId } = prepared;
      const { chainId } = await ethers.provider.getNetwork();
      const digest = authorizationDigest(chainId, await wallet.getAddress(), authorization, true);
      expect(
        await wallet
          .connect(key)
          .reserveHire.staticCall(encodePolicy(policy), escrow, offer, acceptance, authorization),
      ).to.equal(digest);
      const response = reserveHire(parts, prepared);
      await expect(response).to.changeTokenBalance(stable, wallet, 0n);
      const now = await time.latest();
      await expect(response)
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          provider.address,
          selectorOf(wallet, "reserveHire"),
          PRICE,
          now - (now % WINDOW),
          WINDOW_CAP - PRICE,
          LIFETIME_CAP - PRICE,
          ethers.toBeHex(jobId, 32),
        );
      expect(await wallet.isReserved(key, digest)).to.equal(true);
      await expect(hire(parts, prepared)).to.changeTokenBalances(stable, [wallet, escrow], [-PRICE, PRICE]);
      const job = await escrow.getJob(jobId);
      expect([job.client, job.status]).to.deep.equal([await wallet.getAddress(), STATUS.Funded]);
    });

    it("is no reserve of a transfer, which would pay the escrow for nothing", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, relayer } = parts;
      const prepared = await prepareReserveHire(parts);
      const { to, value, validAfter, validBefore, nonce } = prepared.authorization;
      await reserveHire(parts, prepared);
      await expect(
        stable
          .connect(relayer)
          .getFunction("transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)")(
          wallet,
          to,
          value,
          validAfter,
          validBefore,
          nonce,
          reserveSignature(key.address),
        ),
      ).to.be.revertedWithCustomError(stable, "ERC3009InvalidSignature");
      expect(to).to.equal(await escrow.getAddress());
    });

    it("needs an authorization of the very job", async () => {
      const parts = await walletFixture();
      const { wallet, plain, stranger } = parts;
      for (const change of [
        { acceptance: { funding: FUNDING.Allowance } },
        { acceptance: { funding: FUNDING.Permit } },
        { acceptance: { funding: FUNDING.Permit2 } },
        { authorization: { token: await plain.getAddress() } },
        { authorization: { to: stranger.address } },
        { authorization: { value: PRICE - 1n } },
        { authorization: { value: PRICE + 1n } },
        { authorization: { nonce: ethers.id("another job") } },
      ]) {
        await expect(reserveHire(parts, await prepareReserveHire(parts, change)))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongFunding")
          .withArgs();
      }
    });

    it("checks the terms as `hire` does", async () => {
      const parts = await walletFixture();
      const { wallet, client, stranger, provider, provider2, agents } = parts;
      const hook = stranger.address;
      for (const [change, error, args] of [
        [{ acceptance: { client: client.address } }, "AgentWallet_NotTheClient", [client.address]],
        [{ offer: { evaluator: stranger.address } }, "AgentWallet_NotListed", [1n, stranger.address]],
        [{ offer: { hook } }, "AgentWallet_NotListed", [2n, hook]],
        [{ offer: { deliveryPeriod: 30 * DAY } }, "AgentWallet_DurationTooLong", [31 * DAY, 30 * DAY]],
        [{ offer: { providerAgentId: 0n } }, "AgentWallet_CounterpartyNotAllowed", [provider.address, 0n]],
        [
          { offer: { provider: provider2.address } },
          "AgentWallet_CounterpartyNotAllowed",
          [provider2.address, agents.provider],
        ],
      ] as const) {
        await expect(reserveHire(parts, await prepareReserveHire(parts, change)))
          .to.be.revertedWithCustomError(wallet, error)
          .withArgs(...args);
      }
    });

    it("uses listed escrows only", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      // The job's number follows from the escrow's address: another deployment tells it for itself.
      const other = await ethers.deployContract("JobEscrow", [parts.forwarder, parts.ledger, parts.permit2]);
      const prepared = await prepareReserveHire({ ...parts, escrow: other });
      await expect(reserveHire(parts, prepared, other))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(0n, await other.getAddress());
      const policy = await regrant(parts, { escrows: [await other.getAddress()] });
      await reserveHire({ ...parts, policy: policy }, prepared, other);
      expect((await wallet.usageOf(parts.key, stable)).usage.lifetimeSpent).to.equal(PRICE);
    });

    it("keeps the job's cap, window and domain", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const dear = await prepareReserveHire(parts, { offer: { amount: 3n * PRICE + 1n } });
      await expect(reserveHire(parts, dear))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), dear.jobId, 3n * PRICE + 1n, 3n * PRICE);
      const end = await nextWindow();
      const long = await prepareReserveHire(parts, { authorization: { validBefore: end + 1 } });
      await expect(reserveHire(parts, long))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_ReserveTooLong")
        .withArgs(end + 1, end);
      const misnamed = await prepareReserveHire(parts, { authorization: { name: "Unstable" } });
      await expect(reserveHire(parts, misnamed))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongDomain")
        .withArgs(await stable.getAddress(), await stable.DOMAIN_SEPARATOR());
    });

    it("is released once it has run out", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      const prepared = await prepareReserveHire(parts);
      const { authorization } = prepared;
      await reserveHire(parts, prepared);
      await expect(reserveHire(parts, prepared))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AlreadyReserved")
        .withArgs(
          authorizationDigest(
            (await ethers.provider.getNetwork()).chainId,
            await wallet.getAddress(),
            authorization,
            true,
          ),
        );
      await time.increaseTo(Number(authorization.validBefore));
      await wallet.release(key, authorization, true);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(0n);
    });

    it("is not released once the job was hired", async () => {
      const parts = await walletFixture();
      const { wallet, key } = parts;
      const prepared = await prepareReserveHire(parts);
      await reserveHire(parts, prepared);
      await hire(parts, prepared);
      await time.increaseTo(Number(prepared.authorization.validBefore));
      const { chainId } = await ethers.provider.getNetwork();
      await expect(wallet.release(key, prepared.authorization, true))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotReleasable")
        .withArgs(authorizationDigest(chainId, await wallet.getAddress(), prepared.authorization, true));
    });
  });
});

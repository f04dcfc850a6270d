import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import { DAY, FUNDING, PRICE, STATUS, selectorOf, signOffer } from "../../fixtures/jobs";
import {
  LIFETIME_CAP,
  WINDOW,
  WINDOW_CAP,
  hireThroughWallet,
  limitOf,
  prepareWalletHire,
  regrant,
  walletFixture,
} from "../../fixtures/wallet";

const bytes32 = (id: bigint) => ethers.toBeHex(id, 32);

describe("AgentWallet", () => {
  describe("hire", () => {
    it("hires with the wallet as the client, and tells what is left", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, provider } = parts;
      const { jobId, args, send } = await prepareWalletHire(parts);
      expect(await wallet.connect(key).hire.staticCall(...args)).to.equal(jobId);
      const response = send();
      await expect(response).to.changeTokenBalances(stable, [wallet, escrow], [-PRICE, PRICE]);
      const now = await time.latest();
      await expect(response)
        .to.emit(wallet, "Spent")
        .withArgs(
          key.address,
          await stable.getAddress(),
          provider.address,
          selectorOf(wallet, "hire"),
          PRICE,
          now - (now % WINDOW),
          WINDOW_CAP - PRICE,
          LIFETIME_CAP - PRICE,
          bytes32(jobId),
        );
      const job = await escrow.getJob(jobId);
      expect([job.client, job.status, job.budget]).to.deep.equal([await wallet.getAddress(), STATUS.Funded, PRICE]);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
      expect(await wallet.jobCosts(key, stable, jobId)).to.equal(0n);
    });

    it("uses listed escrows only", async () => {
      const parts = await walletFixture();
      const { wallet, stranger } = parts;
      const { send } = await prepareWalletHire(parts, { escrow: stranger });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(0n, stranger.address);
    });

    it("uses listed evaluators only", async () => {
      const parts = await walletFixture();
      const { wallet, stranger } = parts;
      const { send } = await prepareWalletHire(parts, { offer: { evaluator: stranger.address } });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(1n, stranger.address);
    });

    it("uses listed hooks only", async () => {
      const parts = await walletFixture();
      const { wallet, escrow } = parts;
      const hook = await (await ethers.deployContract("RecordingHook")).getAddress();
      const { send } = await prepareWalletHire(parts, { offer: { hook } });
      await expect(send()).to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed").withArgs(2n, hook);
      const policy = await regrant(parts, { hooks: [hook] });
      const jobId = await hireThroughWallet(parts, { offer: { hook }, policy });
      expect((await escrow.getJob(jobId)).hook).to.equal(hook);
    });

    it("finds what is listed behind other entries", async () => {
      const parts = await walletFixture();
      const { escrow, stranger, evaluator, referrer, agents, stable, plain } = parts;
      const policy = await regrant(parts, {
        escrows: [stranger.address, await escrow.getAddress()],
        evaluators: [stranger.address, evaluator.address],
        payees: [stranger.address, referrer.address],
        agents: [
          { agentId: agents.client, epoch: 0 },
          { agentId: agents.provider, epoch: 1 },
          { agentId: agents.provider, epoch: 0 },
        ],
        limits: [await limitOf(plain), await limitOf(stable)],
      });
      const jobId = await hireThroughWallet(parts, { policy });
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
    });

    it("is for the wallet's own jobs", async () => {
      const parts = await walletFixture();
      const { wallet, client } = parts;
      const { send } = await prepareWalletHire(parts, { acceptance: { client: client.address } });
      await expect(send()).to.be.revertedWithCustomError(wallet, "AgentWallet_NotTheClient").withArgs(client.address);
    });

    it("pays by allowance", async () => {
      const parts = await walletFixture();
      for (const funding of [FUNDING.Permit, FUNDING.Authorization, FUNDING.Permit2]) {
        const { send } = await prepareWalletHire(parts, { acceptance: { funding } });
        await expect(send()).to.be.revertedWithCustomError(parts.wallet, "AgentWallet_WrongFunding").withArgs();
      }
    });

    it("hires for no longer than the policy says", async () => {
      const parts = await walletFixture();
      const { wallet } = parts;
      for (const [salt, spare] of [1, 0].entries()) {
        const policy = await regrant(parts, { maxJobDuration: 2 * DAY + spare });
        await hireThroughWallet(parts, { policy, offer: { salt: BigInt(salt) } });
      }
      const policy = await regrant(parts, { maxJobDuration: 2 * DAY - 1 });
      const { send } = await prepareWalletHire(parts, { policy, offer: { salt: 2n } });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_DurationTooLong")
        .withArgs(2n * BigInt(DAY), 2n * BigInt(DAY) - 1n);
    });

    it("adds up the longest periods without overflow", async () => {
      const parts = await walletFixture();
      const longest = 2 ** 32 - 1;
      const { send } = await prepareWalletHire(parts, {
        offer: { deliveryPeriod: longest, evaluationPeriod: longest },
      });
      await expect(send())
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_DurationTooLong")
        .withArgs(2 * longest, 30 * DAY);
    });

    it("hires a listed payee that works as no agent", async () => {
      const parts = await walletFixture();
      const { escrow, stranger } = parts;
      const offer = { provider: stranger.address, providerAgentId: 0n };
      const jobId = await hireThroughWallet(parts, { offer, signer: stranger });
      expect((await escrow.getJob(jobId)).provider).to.equal(stranger.address);
    });

    it("hires nobody else", async () => {
      const parts = await walletFixture();
      const { wallet, provider, provider2, agents } = parts;
      for (const [signer, providerAgentId] of [
        [provider, 0n], // speaks for a listed agent, but does not say so
        [provider2, agents.provider], // does not speak for it
        [provider2, agents.provider2], // speaks for one that is not listed
      ] as const) {
        const { send } = await prepareWalletHire(parts, {
          offer: { provider: signer.address, providerAgentId },
          signer,
        });
        await expect(send())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(signer.address, providerAgentId);
      }
    });

    it("spends only tokens that have limits", async () => {
      const parts = await walletFixture();
      const token = await parts.plain.getAddress();
      const { send } = await prepareWalletHire(parts, { offer: { token } });
      await expect(send()).to.be.revertedWithCustomError(parts.wallet, "AgentWallet_TokenNotAllowed").withArgs(token);
    });

    it("fails as the escrow does, and then has charged nothing", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, provider, provider2 } = parts;
      const { offer, send } = await prepareWalletHire(parts, { signer: provider2 });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidOfferSignature")
        .withArgs(await escrow.offerHash(offer), provider.address);
      const [usage] = await wallet.usageOf(key, stable);
      expect(usage).to.deep.equal([0n, 0n, 0n]);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
    });

    it("leaves no approval to an escrow that takes less", async () => {
      const parts = await walletFixture();
      const { wallet, key, stable } = parts;
      const escrow = await ethers.deployContract("ScriptedActor");
      await escrow.setAnswer(selectorOf(parts.escrow, "hire"), AbiCoder.defaultAbiCoder().encode(["uint256"], [7n]));
      const policy = await regrant(parts, { escrows: [await escrow.getAddress()] });
      const { args, send } = await prepareWalletHire(parts, { policy, escrow });
      // The number is the one that follows from the offer, not what a stranger says.
      expect(await wallet.connect(key).hire.staticCall(...args)).to.not.equal(7n);
      await expect(send()).to.changeTokenBalance(stable, wallet, 0n);
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
      const [usage] = await wallet.usageOf(key, stable);
      expect(usage.lifetimeSpent).to.equal(PRICE);
    });

    it("approves a token that takes no approval of nothing", async () => {
      const parts = await walletFixture();
      const { wallet, escrow } = parts;
      const token = await ethers.deployContract("NoZeroApprovalToken", ["NoZero", "NZA", 6]);
      await token.mint(wallet, PRICE);
      const policy = await regrant(parts, { limits: [await limitOf(token)] });
      const offer = { token: await token.getAddress() };
      const { send } = await prepareWalletHire(parts, { policy, offer });
      await expect(send()).to.changeTokenBalances(token, [wallet, escrow], [-PRICE, PRICE]);
    });

    it("does not bear a token that takes more from its sender than it moves", async () => {
      const parts = await walletFixture();
      const { wallet } = parts;
      const token = await ethers.deployContract("SenderFeeToken", ["Fee", "FEE", 6]);
      await token.mint(wallet, 10n * PRICE);
      await token.setFeeBps(1n);
      const policy = await regrant(parts, { limits: [await limitOf(token)] });
      const { send } = await prepareWalletHire(parts, { policy, offer: { token: await token.getAddress() } });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
        .withArgs(await token.getAddress(), PRICE + PRICE / 10_000n, PRICE);
      await token.setFeeBps(0n);
      await expect(send()).to.changeTokenBalance(token, wallet, -PRICE);
    });

    it("hires as an agent that the wallet owns", async () => {
      const parts = await walletFixture();
      const { wallet, registry, client, agents, escrow } = parts;
      await registry.connect(client)["safeTransferFrom(address,address,uint256)"](client, wallet, agents.client);
      const { args, offer, jobId, send } = await prepareWalletHire(parts, {
        acceptance: { clientAgentId: agents.client },
      });
      expect(args[0]).to.equal(encodePolicy(parts.policy));
      expect(args[3]).to.equal(await signOffer(parts, offer));
      await send();
      expect((await escrow.getJob(jobId)).clientAgentId).to.equal(agents.client);
    });
  });
});

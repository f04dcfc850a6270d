import { setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DAY,
  DELIVERABLE,
  FUNDING,
  PRICE,
  STATUS,
  atExpiry,
  createJob,
  encodeFunding,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  pricedJob,
  submittedJob,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR, MOMENT } from "../unit/mocks/modes";
import { deployActor, marketWithLoot } from "./support";

describe("Attacks on the escrow's money", () => {
  describe("taking out what was never put in", () => {
    it("claimRefund pays nothing for an Open job, whatever its budget says", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, client } = market;
      const jobId = await pricedJob(market);
      await atExpiry(market, jobId);
      await expect(escrow.connect(client).claimRefund(jobId)).to.changeTokenBalances(
        stable,
        [escrow, client],
        [0n, 0n],
      );
      expect(await escrow.withdrawable(stable, client)).to.equal(0n);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Expired);
    });

    it("cancelling pays nothing for an Open job, whatever its budget says", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, client } = market;
      // The client as its own evaluator, so that no right but the deposit is missing.
      const jobId = await pricedJob(market, { evaluator: client });
      await expect(escrow.connect(client).reject(jobId, ZeroHash, "0x")).to.changeTokenBalances(
        stable,
        [escrow, client],
        [0n, 0n],
      );
      expect(await escrow.withdrawable(stable, client)).to.equal(0n);
    });

    it("a verdict on work without payment pays nothing", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, provider, evaluator } = market;
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).to.changeTokenBalances(
        stable,
        [escrow, provider],
        [0n, 0n],
      );
    });

    it("a price cannot be put on a job after it was submitted for nothing", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, client, provider } = market;
      const jobId = await createJob(market);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await expect(escrow.connect(client).setBudget(jobId, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Submitted, ALLOWED.Open);
    });

    it("priced work cannot be submitted without a deposit", async () => {
      const market = await marketWithLoot();
      const { escrow, provider } = market;
      const jobId = await pricedJob(market, { amount: 1n });
      await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Open, ALLOWED.Funded);
    });

    it("a division cannot exceed the deposit by one unit", async () => {
      const market = await marketWithLoot();
      const { escrow, evaluator } = market;
      const jobId = await submittedJob(market);
      await expect(escrow.connect(evaluator).completePartially(jobId, PRICE + 1n, ZeroHash, 0n, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AmountExceedsDeposit")
        .withArgs(jobId, PRICE + 1n, PRICE);
    });

    it("a job that was paid out pays nobody again, by any way out", async () => {
      const market = await marketWithLoot();
      const { escrow, client, provider, evaluator, stranger } = market;
      const jobId = await submittedJob(market);
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      const ways = [
        [() => escrow.connect(evaluator).complete(jobId, ZeroHash, "0x"), ALLOWED.Submitted],
        [() => escrow.connect(evaluator).completePartially(jobId, 1n, ZeroHash, 0n, "0x"), ALLOWED.Submitted],
        [() => escrow.connect(evaluator).reject(jobId, ZeroHash, "0x"), ALLOWED.OpenFundedOrSubmitted],
        [() => escrow.connect(provider).decline(jobId, ZeroHash), ALLOWED.Funded],
        [() => escrow.connect(stranger).claimPayment(jobId), ALLOWED.Submitted],
        [() => escrow.connect(client).fund(jobId, PRICE, "0x"), ALLOWED.Open],
      ] as const;
      for (const [way, allowed] of ways) {
        await expect(way())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS.Completed, allowed);
      }
      await atExpiry(market, jobId);
      await expect(escrow.connect(stranger).claimRefund(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
        .withArgs(jobId, STATUS.Completed, ALLOWED.OpenFundedOrSubmitted);
    });

    it("a deposit is not refunded while the work can still be delivered", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const jobId = await fundedJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId, -1);
      await expect(escrow.connect(client).claimRefund(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
        .withArgs(jobId, expiredAt);
    });

    it("a stranger cannot have the escrow transfer", async () => {
      const { escrow, stable, stranger } = await marketWithLoot();
      await expect(escrow.connect(stranger).transferOut(stable, stranger, 1n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_OnlySelf")
        .withArgs(stranger.address);
      const transfer = escrow.interface.encodeFunctionData("transferOut", [
        await stable.getAddress(),
        stranger.address,
        1n,
      ]);
      await expect(escrow.connect(stranger).multicall([transfer]))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_OnlySelf")
        .withArgs(stranger.address);
    });

    it("a credit in a worthless token withdraws nothing else, and nothing twice", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, client, stranger } = market;
      const junk = await ethers.deployContract("RevertingToken", ["Junk", "JNK", 6]);
      await junk.mint(client, PRICE);
      await junk.connect(client).approve(escrow, PRICE);
      const jobId = await fundedJob(market, { token: junk });
      await junk.setMode(MISBEHAVIOUR.Revert);
      await atExpiry(market, jobId);
      await escrow.claimRefund(jobId);
      await expect(escrow.connect(client).withdraw(stable, client))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await stable.getAddress(), client.address);
      await junk.setMode(MISBEHAVIOUR.None);
      await expect(escrow.connect(stranger).withdraw(junk, stranger))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await junk.getAddress(), stranger.address);
      await expect(escrow.connect(client).withdraw(junk, client)).to.changeTokenBalance(junk, client, PRICE);
      await expect(escrow.connect(client).withdraw(junk, client))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await junk.getAddress(), client.address);
    });
  });

  describe("putting in less than is counted", () => {
    for (const bps of [1n, 100n, 10_000n]) {
      it(`a token that keeps ${bps} basis points of a transfer is refused`, async () => {
        const market = await marketFixture();
        const { escrow, client } = market;
        const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 6, bps]);
        await token.mint(client, 2n * PRICE);
        await token.connect(client).approve(escrow, 2n * PRICE);
        const args = [await token.getAddress(), PRICE, PRICE - (PRICE * bps) / 10_000n] as const;
        const jobId = await pricedJob(market, { token });
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(...args);
        await expect(hireJob(market, { offer: { token: args[0] } }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(...args);
      });
    }

    it("a transfer that fails by returning false is no deposit", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const token = await ethers.deployContract("ReturnsFalseToken", ["False", "FLS", 6]);
      const jobId = await pricedJob(market, { token });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "SafeERC20FailedOperation")
        .withArgs(await token.getAddress());
    });

    it("calls that a token accepts without knowing them are no deposit", async () => {
      const market = await marketFixture();
      const { escrow, client, client2, provider2 } = market;
      const token = await ethers.deployContract("PhantomToken", ["Phantom", "PHA", 18]);
      await token.mint(client2, PRICE);
      await token.connect(client2).approve(escrow, PRICE);
      // Somebody's true deposit, which the phantom one could be paid out of.
      await fundedJob(market, { client: client2, provider: provider2, token });
      const hiring = {
        offer: { token: await token.getAddress() },
        acceptance: { funding: FUNDING.Authorization, fundingData: encodeFunding(0n, 1n, "0x") },
      };
      await expect(hireJob(market, hiring))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
        .withArgs(await token.getAddress(), PRICE, 0n);
      const byPermit = { ...hiring, acceptance: { ...hiring.acceptance, funding: FUNDING.Permit } };
      await expect(hireJob(market, byPermit))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await escrow.getAddress(), 0n, PRICE);
      expect(await token.balanceOf(client)).to.equal(0n);
    });

    it("a token at an address without code is no token", async () => {
      const market = await marketFixture();
      const { escrow, client, stranger } = market;
      const jobId = await pricedJob(market, { token: stranger });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x")).to.be.revertedWithoutReason();
    });

    it("one transfer does not fund two jobs, the second from within the first", async () => {
      const market = await marketFixture();
      const { escrow, provider, evaluator } = market;
      const { actor, as } = await deployActor(market);
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      await token.mint(actor, PRICE);
      await as(token, token.interface.encodeFunctionData("approve", [await escrow.getAddress(), ethers.MaxUint256]));
      const create = escrow.interface.encodeFunctionData("createJob", [
        provider.address,
        evaluator.address,
        (await time.latest()) + DAY,
        "",
        ethers.ZeroAddress,
        0n,
      ]);
      const fund = (jobId: bigint) => escrow.interface.encodeFunctionData("fund", [jobId, PRICE, "0x"]);
      for (const jobId of [1n, 2n]) {
        await as(escrow, create);
        await as(
          escrow,
          escrow.interface.encodeFunctionData("setBudget", [jobId, await token.getAddress(), PRICE, "0x"]),
        );
      }
      await token.setCallbackWith(MOMENT.BeforeTransfer, {
        target: actor,
        data: actor.interface.encodeFunctionData("execute", [await escrow.getAddress(), fund(2n)]),
        party: actor,
        times: 1n,
        mustSucceed: false,
        swallow: true,
      });
      await expect(as(escrow, fund(1n)))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
        .withArgs(await token.getAddress(), PRICE, 0n);
      expect((await escrow.getJob(2n)).status).to.equal(STATUS.Open);
    });

    it("tokens sent to the escrow by mistake are nobody's deposit", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, client2 } = market;
      await stable.connect(client2).transfer(escrow, PRICE);
      await stable.connect(client).approve(escrow, 0n);
      const jobId = await pricedJob(market);
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await escrow.getAddress(), 0n, PRICE);
      await stable.connect(client).approve(escrow, PRICE);
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x")).to.changeTokenBalance(stable, escrow, PRICE);
    });

    it("the escrow takes no native currency, which it could not give back", async () => {
      const { escrow, stranger } = await marketFixture();
      await setBalance(stranger.address, 10n ** 20n);
      await expect(stranger.sendTransaction({ to: escrow, value: 1n })).to.be.revertedWithoutReason();
      await expect(
        stranger.sendTransaction({
          to: escrow,
          value: 1n,
          data: escrow.interface.encodeFunctionData("multicall", [[]]),
        }),
      ).to.be.revertedWithoutReason();
    });
  });

  describe("taking out more than is counted", () => {
    it("a token that debits its sender on top cannot pay itself out of other deposits", async () => {
      const market = await marketFixture();
      const { escrow, client, client2, provider, provider2, evaluator } = market;
      const token = await ethers.deployContract("SenderFeeToken", ["Sender fee", "SND", 6]);
      for (const payer of [client, client2]) {
        await token.mint(payer, PRICE);
        await token.connect(payer).approve(escrow, PRICE);
      }
      await fundedJob(market, { client: client2, provider: provider2, token });
      const jobId = await submittedJob(market, { token });
      await token.setFeeBps(1n);
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x"))
        .to.emit(escrow, "Credited")
        .withArgs(await token.getAddress(), provider.address, PRICE);
      await expect(escrow.connect(provider).withdraw(token, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await token.getAddress(), provider.address, PRICE);
      expect(await token.balanceOf(escrow)).to.equal(2n * PRICE);
      await token.setFeeBps(0n);
      await expect(escrow.connect(provider).withdraw(token, provider)).to.changeTokenBalances(
        token,
        [escrow, provider],
        [-PRICE, PRICE],
      );
    });

    it("withdrawing again from within a withdrawal gets nothing", async () => {
      const market = await marketFixture();
      const { escrow, client, client2, provider2, evaluator } = market;
      const { actor, as } = await deployActor(market);
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      for (const payer of [client, client2]) {
        await token.mint(payer, PRICE);
        await token.connect(payer).approve(escrow, PRICE);
      }
      await fundedJob(market, { client: client2, provider: provider2, token });
      const jobId = await fundedJob(market, { provider: actor, token });
      await as(escrow, escrow.interface.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]));
      // A callback that fails makes the payment fail, which leaves the credit.
      const refusing = await ethers.deployContract("RevertingReceiver");
      await token.setCallbackWith(MOMENT.AfterTransfer, {
        target: refusing,
        data: "0x00000000",
        party: actor,
        times: 1n,
        mustSucceed: true,
        swallow: false,
      });
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      expect(await escrow.withdrawable(token, actor)).to.equal(PRICE);
      const withdraw = escrow.interface.encodeFunctionData("withdraw", [
        await token.getAddress(),
        await actor.getAddress(),
      ]);
      await token.setCallback(
        MOMENT.AfterTransfer,
        actor,
        actor.interface.encodeFunctionData("execute", [await escrow.getAddress(), withdraw]),
      );
      await expect(as(escrow, withdraw)).to.changeTokenBalances(token, [escrow, actor], [-PRICE, PRICE]);
      expect(await token.resultCount()).to.equal(1n);
      expect((await token.result(0n)).success).to.equal(false);
    });

    it("withdrawing to the escrow itself or to nobody is refused, which would lose the money", async () => {
      const market = await marketFixture();
      const { escrow, stable, client } = market;
      const jobId = await fundedJob(market);
      await stable.blacklist(client);
      await atExpiry(market, jobId);
      await escrow.claimRefund(jobId);
      for (const to of [await escrow.getAddress(), ethers.ZeroAddress]) {
        await expect(escrow.connect(client).withdraw(stable, to))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidRecipient")
          .withArgs(to);
      }
    });

    it("fees are capped and frozen: at their highest the provider still gets four fifths", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider, evaluator, referrer } = market;
      const highest = (await escrow.limits()).maxFeeBps;
      const fees = (evaluatorFeeBps: bigint, referrerFeeBps: bigint) => ({
        offer: {
          evaluatorFeeBps: Number(evaluatorFeeBps),
          referrer: referrer.address,
          referrerFeeBps: Number(referrerFeeBps),
        },
      });
      for (const tooHigh of [fees(highest + 1n, 0n), fees(0n, highest + 1n), fees(65_535n, 65_535n)]) {
        await expect(hireJob(market, tooHigh))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_FeeTooHigh")
          .withArgs(Math.max(tooHigh.offer.evaluatorFeeBps, tooHigh.offer.referrerFeeBps), highest);
      }
      const { jobId } = await hiredAndSubmitted(market, fees(highest, highest));
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).to.changeTokenBalances(
        stable,
        [escrow, provider, evaluator, referrer],
        [-PRICE, (PRICE * 8n) / 10n, PRICE / 10n, PRICE / 10n],
      );
    });

    it("rounding never makes shares exceed one unit of deposit", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider, evaluator, referrer } = market;
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { amount: 1n, evaluatorFeeBps: 1_000, referrer: referrer.address, referrerFeeBps: 1_000 },
      });
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).to.changeTokenBalances(
        stable,
        [escrow, provider, evaluator, referrer],
        [-1n, 1n, 0n, 0n],
      );
    });

    it("a fee for nobody, or for the escrow itself, is refused", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      await expect(hireJob(market, { offer: { referrerFeeBps: 1 } }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidReferrer")
        .withArgs(ethers.ZeroAddress);
      const self = await escrow.getAddress();
      await expect(hireJob(market, { offer: { referrer: self } }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidReferrer")
        .withArgs(self);
      await expect(hireJob(market, { offer: { evaluator: self } }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidEvaluator")
        .withArgs(self);
      await expect(createJob(market, { provider: self }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
        .withArgs(self);
    });

    it("a token that shrinks all balances is the stated limit: what is left goes by order of claim", async () => {
      const market = await marketFixture();
      const { escrow, client, client2, provider, provider2 } = market;
      const token = await ethers.deployContract("RebasingToken", ["Rebasing", "RBS", 6]);
      for (const payer of [client, client2]) {
        await token.mint(payer, PRICE);
        await token.connect(payer).approve(escrow, PRICE);
      }
      const first = await fundedJob(market, { token });
      const second = await fundedJob(market, { client: client2, provider: provider2, token });
      await token.rebase(1n, 2n);
      await escrow.connect(provider).decline(first, ZeroHash);
      expect(await token.balanceOf(client)).to.equal(PRICE);
      await escrow.connect(provider2).decline(second, ZeroHash);
      expect(await escrow.withdrawable(token, client2)).to.equal(PRICE);
      expect(await token.balanceOf(escrow)).to.equal(0n);
    });
  });
});

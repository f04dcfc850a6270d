import { expect } from "chai";
import { ethers } from "hardhat";

import { PRICE, REASON, STATUS, fundedJob, hiredAndSubmitted, relay, submittedJob } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import { MISBEHAVIOUR } from "../mocks/modes";

const { ZeroAddress } = ethers;

/** The provider was blacklisted before it was paid: its pay is a credit. */
async function credited() {
  const market = await marketFixture();
  const { escrow, stable, provider, evaluator } = market;
  const jobId = await submittedJob(market);
  await stable.blacklist(provider);
  const response = await escrow.connect(evaluator).complete(jobId, REASON, "0x");
  return { ...market, market, jobId, response };
}

/** A job paid in a token that any of the doubles may be. */
async function submittedIn(contract: string) {
  const market = await marketFixture();
  const deployed = await ethers.deployContract(contract, ["Token", "TKN", 18]);
  const token = await ethers.getContractAt("PlainToken", await deployed.getAddress());
  await token.mint(market.client, PRICE * 3n);
  await token.connect(market.client).approve(market.escrow, ethers.MaxUint256);
  return { ...market, market, token, jobId: await submittedJob(market, { token }) };
}

describe("JobEscrow", () => {
  describe("payments that cannot be delivered", () => {
    it("become a credit, and the job ends all the same", async () => {
      const { escrow, stable, provider, jobId, response } = await credited();
      await expect(response).to.emit(escrow, "JobCompleted");
      await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, PRICE);
      await expect(response)
        .to.emit(escrow, "Credited")
        .withArgs(await stable.getAddress(), provider.address, PRICE);
      await expect(response).to.changeTokenBalances(stable, [escrow, provider], [0n, 0n]);
      expect(await escrow.withdrawable(stable, provider)).to.equal(PRICE);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("add up, and leave other payments of the same job alone", async () => {
      const { market, escrow, stable, provider, evaluator, referrer } = await credited();
      await stable.unBlacklist(provider);
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { evaluatorFeeBps: 1_000, referrer: referrer.address, referrerFeeBps: 1_000 },
      });
      await stable.blacklist(provider);
      await stable.blacklist(referrer);
      const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).to.changeTokenBalance(stable, evaluator, PRICE / 10n);
      expect(await escrow.withdrawable(stable, provider)).to.equal(PRICE + (PRICE * 8n) / 10n);
      expect(await escrow.withdrawable(stable, referrer)).to.equal(PRICE / 10n);
      expect(await escrow.withdrawable(stable, evaluator)).to.equal(0n);
    });

    it("include refunds", async () => {
      const { market, escrow, stable, client, evaluator } = await credited();
      const jobId = await fundedJob(market);
      await stable.blacklist(client);
      await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x"))
        .to.emit(escrow, "Credited")
        .withArgs(await stable.getAddress(), client.address, PRICE);
    });

    for (const mode of ["Revert", "RevertBomb", "ReturnBomb", "BurnGas"] as const) {
      it(`include those by a token that answers with ${mode}`, async () => {
        const { escrow, token, provider, evaluator, jobId } = await submittedIn("RevertingToken");
        const hostile = await ethers.getContractAt("RevertingToken", await token.getAddress());
        await hostile.setMode(MISBEHAVIOUR[mode]);
        const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
        // A ReturnBomb says "true" in its first word, and moves nothing.
        await expect(response)
          .to.emit(escrow, "Credited")
          .withArgs(await token.getAddress(), provider.address, PRICE);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      });
    }

    it("include those by a token that returns false", async () => {
      const { escrow, token, provider, evaluator, jobId } = await submittedIn("ReturnsFalseToken");
      const refusing = await ethers.getContractAt("ReturnsFalseToken", await token.getAddress());
      await refusing.setRefusing(true);
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect(await escrow.withdrawable(token, provider)).to.equal(PRICE);
    });

    it("include those by a token that takes more from the escrow than it was told to", async () => {
      const { market, escrow, token, provider, evaluator, jobId } = await submittedIn("SenderFeeToken");
      await fundedJob(market, { token }); // from which the fee would be taken
      const greedy = await ethers.getContractAt("SenderFeeToken", await token.getAddress());
      await greedy.setFeeBps(1);
      await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x")).to.changeTokenBalances(
        token,
        [escrow, provider],
        [0n, 0n],
      );
      expect(await escrow.withdrawable(token, provider)).to.equal(PRICE);

      await expect(escrow.connect(provider).withdraw(token, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await token.getAddress(), provider.address, PRICE);
      await greedy.setFeeBps(0);
      await escrow.connect(provider).withdraw(token, provider);
      expect(await token.balanceOf(escrow)).to.equal(PRICE);
    });
  });

  describe("withdraw", () => {
    it("sends all of the sender's credit to any account", async () => {
      const { escrow, stable, provider, stranger } = await credited();
      const withdrawal = escrow.connect(provider).withdraw(stable, stranger);
      await expect(withdrawal)
        .to.emit(escrow, "Withdrawn")
        .withArgs(await stable.getAddress(), provider.address, stranger.address, PRICE);
      await expect(withdrawal).to.changeTokenBalances(stable, [escrow, stranger], [-PRICE, PRICE]);
      expect(await escrow.withdrawable(stable, provider)).to.equal(0n);
    });

    it("answers with the amount", async () => {
      const { escrow, stable, provider, stranger } = await credited();
      expect(await escrow.connect(provider).withdraw.staticCall(stable, stranger)).to.equal(PRICE);
    });

    it("works for an account that pays no gas", async () => {
      const { market, escrow, stable, provider, stranger } = await credited();
      const data = escrow.interface.encodeFunctionData("withdraw", [await stable.getAddress(), stranger.address]);
      await expect(relay(market, provider, escrow, data)).to.changeTokenBalance(stable, stranger, PRICE);
    });

    it("leaves the credit where it is when the token refuses", async () => {
      const { escrow, stable, provider } = await credited();
      await expect(escrow.connect(provider).withdraw(stable, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await stable.getAddress(), provider.address, PRICE);
      expect(await escrow.withdrawable(stable, provider)).to.equal(PRICE);
      await stable.unBlacklist(provider);
      await expect(escrow.connect(provider).withdraw(stable, provider)).to.changeTokenBalance(stable, provider, PRICE);
    });

    it("reverts when there is nothing, of that account, in that token, or any more", async () => {
      const { escrow, stable, plain, provider, stranger } = await credited();
      for (const [sender, token] of [
        [stranger, stable],
        [provider, plain],
      ] as const) {
        await expect(escrow.connect(sender).withdraw(token, stranger))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
          .withArgs(await token.getAddress(), sender.address);
      }
      await escrow.connect(provider).withdraw(stable, stranger);
      await expect(escrow.connect(provider).withdraw(stable, stranger))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await stable.getAddress(), provider.address);
    });

    it("reverts when the recipient is nobody or the escrow", async () => {
      const { escrow, stable, provider } = await credited();
      for (const to of [ZeroAddress, await escrow.getAddress()]) {
        await expect(escrow.connect(provider).withdraw(stable, to))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidRecipient")
          .withArgs(to);
      }
    });
  });

  describe("transferOut", () => {
    it("reverts for everybody but the escrow", async () => {
      const { escrow, stable, client, evaluator } = await marketFixture();
      for (const sender of [client, evaluator]) {
        await expect(escrow.connect(sender).transferOut(stable, sender, 0n))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_OnlySelf")
          .withArgs(sender.address);
      }
    });

    it("cannot be reached through multicall, which keeps the sender", async () => {
      const { market, escrow, stable, client } = await (async () => {
        const market = await marketFixture();
        return { ...market, market };
      })();
      await fundedJob(market);
      const call = escrow.interface.encodeFunctionData("transferOut", [
        await stable.getAddress(),
        client.address,
        PRICE,
      ]);
      await expect(escrow.connect(client).multicall([call]))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_OnlySelf")
        .withArgs(client.address);
    });
  });
});

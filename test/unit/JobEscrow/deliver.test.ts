import { expect } from "chai";
import { ethers } from "hardhat";

import { PRICE, REASON, STATUS, submittedJob } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import { MOMENT } from "../mocks/modes";

/** The provider's pay met a paused moment of its account and is a credit now. */
async function credited() {
  const market = await marketFixture();
  const { escrow, stable, provider, evaluator } = market;
  const jobId = await submittedJob(market);
  await stable.blacklist(provider);
  await escrow.connect(evaluator).complete(jobId, REASON, "0x");
  return market;
}

describe("JobEscrow", () => {
  describe("deliver", () => {
    it("lets anyone send an account its own credit, once what kept it is over", async () => {
      const { escrow, stable, provider, stranger } = await credited();
      await stable.unBlacklist(provider);
      const response = escrow.connect(stranger).deliver(stable, provider);
      await expect(response).to.changeTokenBalances(stable, [escrow, provider], [-PRICE, PRICE]);
      await expect(response)
        .to.emit(escrow, "Withdrawn")
        .withArgs(await stable.getAddress(), provider.address, provider.address, PRICE);
      expect(await escrow.withdrawable(stable, provider)).to.equal(0n);
    });

    it("reverts while the token still refuses, and the credit stays", async () => {
      const { escrow, stable, provider, stranger } = await credited();
      await expect(escrow.connect(stranger).deliver(stable, provider))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_TransferFailed")
        .withArgs(await stable.getAddress(), provider.address, PRICE);
      expect(await escrow.withdrawable(stable, provider)).to.equal(PRICE);
    });

    it("reverts when the account has no credit", async () => {
      const { escrow, stable, stranger } = await marketFixture();
      await expect(escrow.deliver(stable, stranger))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await stable.getAddress(), stranger.address);
    });

    it("does not pay twice when the token lets it in again", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, evaluator } = market;
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      await token.mint(client, 2n * PRICE);
      await token.connect(client).approve(escrow, 2n * PRICE);
      const jobId = await submittedJob(market, { token });
      await submittedJob(market, { token }); // another's money to be had
      const revert = { target: escrow, data: "0xffffffff", party: ethers.ZeroAddress, times: 1n, swallow: false };
      await token.setCallbackWith(MOMENT.BeforeTransfer, { ...revert, mustSucceed: true });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect(await escrow.withdrawable(token, provider)).to.equal(PRICE);

      const again = escrow.interface.encodeFunctionData("deliver", [await token.getAddress(), provider.address]);
      await token.setCallback(MOMENT.BeforeTransfer, escrow, again);
      const paid = escrow.deliver(token, provider);
      await expect(paid).to.changeTokenBalances(token, [escrow, provider], [-PRICE, PRICE]);
      expect((await token.result((await token.resultCount()) - 1n)).returnData).to.equal(
        ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10),
      );
    });

    it("is owed by a transfer that reports success and moves nothing", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider, evaluator, stranger } = market;
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const jobId = await submittedJob(market, { token });
      await token.setCallbackWith(MOMENT.BeforeTransfer, {
        target: stable,
        data: stable.interface.encodeFunctionData("decimals"),
        party: escrow,
        times: 1n,
        mustSucceed: false,
        swallow: true,
      });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      expect(await escrow.withdrawable(token, provider)).to.equal(PRICE);
      await token.clearCallback(MOMENT.BeforeTransfer);
      await escrow.connect(stranger).deliver(token, provider);
      expect(await token.balanceOf(provider)).to.equal(PRICE);
    });
  });
});

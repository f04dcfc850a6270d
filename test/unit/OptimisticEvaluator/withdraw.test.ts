import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { BOND, conceded, courtroom, courtroomWithBondsIn } from "../../fixtures/evaluation";
import { MOMENT } from "../mocks/modes";

const CLIENT = BOND + BOND / 2n;

describe("OptimisticEvaluator", () => {
  describe("withdraw", () => {
    it("sends a credit wherever its owner says", async () => {
      const court = await courtroom();
      await conceded(court);
      const { judge, stable, client, referrer } = court;
      expect(await judge.connect(client).withdraw.staticCall(referrer)).to.equal(CLIENT);
      const response = judge.connect(client).withdraw(referrer);
      await expect(response).to.changeTokenBalances(stable, [judge, referrer], [-CLIENT, CLIENT]);
      await expect(response).to.emit(judge, "Withdrawn").withArgs(client.address, referrer.address, CLIENT);
      expect([await judge.withdrawable(client), await judge.reserved()]).to.deep.equal([0n, BOND / 2n]);
    });

    it("sends coins", async () => {
      const court = await courtroom({ native: true });
      await conceded(court);
      const { judge, client, referrer } = court;
      const response = judge.connect(client).withdraw(referrer);
      await expect(response).to.changeEtherBalances([judge, referrer], [-CLIENT, CLIENT]);
      expect([await judge.withdrawable(client), await judge.reserved()]).to.deep.equal([0n, BOND / 2n]);
    });

    it("sends nothing to nobody, nor to itself", async () => {
      const court = await courtroom();
      await conceded(court);
      const { judge, client } = court;
      for (const to of [ZeroAddress, await judge.getAddress()]) {
        await expect(judge.connect(client).withdraw(to))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_InvalidRecipient")
          .withArgs(to);
      }
    });

    it("has nothing for those who have no credit, or no more", async () => {
      const court = await courtroom();
      await conceded(court);
      const { judge, stable, client, stranger } = court;
      await judge.connect(client).withdraw(client);
      for (const sender of [client, stranger]) {
        await expect(judge.connect(sender).withdraw(sender))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
          .withArgs(await stable.getAddress(), sender.address);
      }
    });

    it("keeps the credit of an owner whose recipient refuses the coin", async () => {
      const court = await courtroom({ native: true });
      await conceded(court);
      const { judge, client } = court;
      const receiver = await ethers.deployContract("RevertingReceiver");
      await expect(judge.connect(client).withdraw(receiver))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(ZeroAddress, await receiver.getAddress(), CLIENT);
      expect(await judge.withdrawable(client)).to.equal(CLIENT);
    });

    it("keeps the credit while the token takes more than is sent", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("SenderFeeToken", ["Sender fee", "SFT", 18]),
      );
      const { judge, client, token } = court;
      await conceded(court);
      await token.setFeeBps(1n);
      await expect(judge.connect(client).withdraw(client))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(await token.getAddress(), client.address, CLIENT);
      await token.setFeeBps(0n);
      await expect(judge.connect(client).withdraw(client)).to.changeTokenBalance(token, client, CLIENT);
    });

    it("keeps the credit while the token moves nothing", async () => {
      const court = await courtroomWithBondsIn(() => ethers.deployContract("CallbackToken", ["Callback", "CALL"]));
      const { judge, client, token } = court;
      await conceded(court);
      await token.setCallbackWith(MOMENT.BeforeTransfer, {
        target: client,
        data: "0x",
        party: judge,
        times: 1n,
        mustSucceed: false,
        swallow: true,
      });
      await expect(judge.connect(client).withdraw(client))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(await token.getAddress(), client.address, CLIENT);
      await token.clearCallback(MOMENT.BeforeTransfer);
      await expect(judge.connect(client).withdraw(client)).to.changeTokenBalance(token, client, CLIENT);
    });
  });
});

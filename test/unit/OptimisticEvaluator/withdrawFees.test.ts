import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { acceptedWithFee, courtroom } from "../../fixtures/evaluation";
import { PRICE } from "../../fixtures/jobs";

const FEE = PRICE / 10n;

describe("OptimisticEvaluator", () => {
  describe("withdrawFees", () => {
    it("sends a provider's fees wherever it says", async () => {
      const court = await courtroom();
      const { judge, stable, provider, referrer } = court;
      await acceptedWithFee(court);
      expect(await judge.connect(provider).withdrawFees.staticCall(stable, referrer)).to.equal(FEE);
      const response = judge.connect(provider).withdrawFees(stable, referrer);
      await expect(response).to.changeTokenBalances(stable, [judge, referrer], [-FEE, FEE]);
      await expect(response)
        .to.emit(judge, "FeesPaid")
        .withArgs(await stable.getAddress(), provider.address, referrer.address, FEE);
    });

    it("sends nobody else's, and nothing to nobody", async () => {
      const court = await courtroom();
      const { judge, stable, provider, stranger } = court;
      await acceptedWithFee(court);
      await expect(judge.connect(stranger).withdrawFees(stable, stranger))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), stranger.address);
      for (const to of [ZeroAddress, await judge.getAddress()]) {
        await expect(judge.connect(provider).withdrawFees(stable, to))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_InvalidRecipient")
          .withArgs(to);
      }
    });
  });
});

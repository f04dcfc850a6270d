import { expect } from "chai";

import { BOND, conceded, courtroom } from "../../fixtures/evaluation";

describe("OptimisticEvaluator", () => {
  describe("deliver", () => {
    it("sends a credit to its owner, by anyone's call", async () => {
      const court = await courtroom();
      await conceded(court);
      const { judge, stable, provider, stranger } = court;
      expect(await judge.deliver.staticCall(provider)).to.equal(BOND / 2n);
      const response = judge.connect(stranger).deliver(provider);
      await expect(response).to.changeTokenBalances(stable, [judge, provider], [-BOND / 2n, BOND / 2n]);
      await expect(response)
        .to.emit(judge, "Withdrawn")
        .withArgs(provider.address, provider.address, BOND / 2n);
      await expect(judge.deliver(provider))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), provider.address);
    });

    it("sends coins", async () => {
      const court = await courtroom({ native: true });
      await conceded(court);
      const { judge, provider, stranger } = court;
      await expect(judge.connect(stranger).deliver(provider)).to.changeEtherBalances(
        [judge, provider],
        [-BOND / 2n, BOND / 2n],
      );
    });
  });
});

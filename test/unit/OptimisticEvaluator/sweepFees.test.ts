import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { BOND, acceptedWithFee, contested, courtroom } from "../../fixtures/evaluation";
import { PRICE } from "../../fixtures/jobs";

const FEE = PRICE / 10n;

describe("OptimisticEvaluator", () => {
  describe("sweepFees", () => {
    it("sends a provider its fees, by anyone's call", async () => {
      const court = await courtroom();
      const { judge, stable, provider, stranger } = court;
      await acceptedWithFee(court);
      await acceptedWithFee(court, 1n);
      expect(await judge.sweepFees.staticCall(stable, provider)).to.equal(2n * FEE);
      const response = judge.connect(stranger).sweepFees(stable, provider);
      await expect(response).to.changeTokenBalances(stable, [judge, provider], [-2n * FEE, 2n * FEE]);
      await expect(response)
        .to.emit(judge, "FeesPaid")
        .withArgs(await stable.getAddress(), provider.address, provider.address, 2n * FEE);
      expect(await judge.feesOwed(stable, provider)).to.equal(0n);
    });

    it("has nothing for those to whom nothing is owed", async () => {
      const court = await courtroom();
      const { judge, stable, provider, stranger } = court;
      await acceptedWithFee(court);
      for (const [token, account] of [
        [await stable.getAddress(), stranger.address],
        [await court.plain.getAddress(), provider.address],
        [ZeroAddress, provider.address],
      ] as const) {
        await expect(judge.sweepFees(token, account))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
          .withArgs(token, account);
      }
    });

    it("fetches what waits in the escrow", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, provider } = court;
      await stable.blacklist(judge);
      await acceptedWithFee(court);
      await stable.unBlacklist(judge);
      await expect(judge.sweepFees(stable, provider)).to.changeTokenBalances(
        stable,
        [escrow, judge, provider],
        [-FEE, 0n, FEE],
      );
    });

    it("pays what has arrived, and owes the rest", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, provider } = court;
      await acceptedWithFee(court);
      await stable.blacklist(judge);
      await acceptedWithFee(court, 1n);
      await stable.unBlacklist(judge);
      await stable.blacklist(escrow);
      await expect(judge.sweepFees(stable, provider)).to.changeTokenBalance(stable, provider, FEE);
      expect(await judge.feesOwed(stable, provider)).to.equal(FEE);
      await expect(judge.sweepFees(stable, provider))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), provider.address);
      await stable.unBlacklist(escrow);
      await expect(judge.sweepFees(stable, provider)).to.changeTokenBalance(stable, provider, FEE);
    });

    it("pays out of what lies above bonds and credits, to the unit", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, provider } = court;
      await contested(court, { offer: { salt: 9n } });
      await stable.blacklist(judge);
      await acceptedWithFee(court);
      await stable.unBlacklist(judge);
      await stable.blacklist(escrow);
      // Bonds of four times the fee are here, and nothing else.
      await expect(judge.sweepFees(stable, provider))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), provider.address);
      await stable.mint(judge, 1n);
      await expect(judge.sweepFees(stable, provider)).to.changeTokenBalance(stable, provider, 1n);
      expect(await stable.balanceOf(judge)).to.equal(2n * BOND);
    });

    it("does not keep fees back for bonds in something else", async () => {
      const court = await courtroom({ native: true });
      const { judge, stable, provider } = court;
      await contested(court, { offer: { salt: 9n } });
      await acceptedWithFee(court);
      await expect(judge.sweepFees(stable, provider)).to.changeTokenBalance(stable, provider, FEE);
    });
  });
});

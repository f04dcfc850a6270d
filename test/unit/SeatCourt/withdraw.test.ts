import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  decidedDispute,
  executeAll,
  expectConserved,
  openCoinDispute,
  panelJurors,
  playRound,
  scriptedCourtFixture,
  waitOutWindow,
} from "../../fixtures/court";

/** The jurors of a dispute that was paid in the token, each with a fee as credit. */
async function earned() {
  const parts = await scriptedCourtFixture();
  const disputeId = await decidedDispute(parts, [4, 4, 4]);
  await executeAll(parts.court, disputeId);
  const [juror] = await panelJurors(parts, disputeId);
  return { ...parts, juror: juror!, fee: parts.terms.fee };
}

/** The same in the coin. */
async function earnedCoin() {
  const parts = await scriptedCourtFixture();
  const disputeId = await openCoinDispute(parts);
  await playRound(parts, disputeId, [4, 4, 4]);
  await waitOutWindow(parts, disputeId);
  await executeAll(parts.court, disputeId);
  const [juror] = await panelJurors(parts, disputeId);
  return { ...parts, juror: juror!, coinFee: parts.terms.coinFee };
}

describe("SeatCourt", () => {
  describe("withdraw", () => {
    it("sends all of the sender's credit in the token to any account", async () => {
      const parts = await earned();
      const { court, stable, juror, referrer, terms, fee } = parts;
      expect(await court.connect(juror).withdraw.staticCall(stable, referrer)).to.equal(fee);
      const withdrawal = court.connect(juror).withdraw(stable, referrer);
      await expect(withdrawal).to.emit(court, "Withdrawn").withArgs(terms.token, juror.address, referrer.address, fee);
      await expect(withdrawal).to.changeTokenBalances(stable, [court, juror, referrer], [-fee, 0n, fee]);
      expect(await court.withdrawable(stable, juror)).to.equal(0n);
      await expectConserved(parts);
    });

    it("leaves the sender's record and everybody else's credit", async () => {
      const { court, stable, jurors, juror, fee } = await earned();
      await court.connect(juror).withdraw(stable, juror);
      expect((await court.accountOf(juror)).coherent).to.equal(1n);
      const credits = await Promise.all(jurors.map((other) => court.withdrawable(stable, other)));
      expect(credits.reduce((sum, credit) => sum + credit, 0n)).to.equal(2n * fee);
    });

    it("sends all of the sender's credit in the coin to any account", async () => {
      const parts = await earnedCoin();
      const { court, juror, referrer, coinFee } = parts;
      const withdrawal = court.connect(juror).withdraw(ZeroAddress, referrer);
      await expect(withdrawal)
        .to.emit(court, "Withdrawn")
        .withArgs(ZeroAddress, juror.address, referrer.address, coinFee);
      await expect(withdrawal).to.changeEtherBalances([court, referrer], [-coinFee, coinFee]);
      expect(await court.withdrawable(ZeroAddress, juror)).to.equal(0n);
      await expectConserved(parts);
    });

    it("reverts when there is nothing, or nothing any more", async () => {
      const { court, stable, juror, stranger, terms } = await earned();
      await expect(court.connect(stranger).withdraw(stable, stranger))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, stranger.address);
      await expect(court.connect(juror).withdraw(ZeroAddress, juror))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(ZeroAddress, juror.address);
      await court.connect(juror).withdraw(stable, juror);
      await expect(court.connect(juror).withdraw(stable, juror))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, juror.address);
    });

    it("reverts when the recipient is nobody or the court", async () => {
      const { court, stable, juror } = await earned();
      for (const to of [ZeroAddress, await court.getAddress()]) {
        await expect(court.connect(juror).withdraw(stable, to))
          .to.be.revertedWithCustomError(court, "SeatCourt_InvalidRecipient")
          .withArgs(to);
      }
    });

    it("reverts for a token that the court is not paid in", async () => {
      const { court, plain, juror } = await earned();
      await expect(court.connect(juror).withdraw(plain, juror))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
        .withArgs(await plain.getAddress());
    });

    it("reverts as the token does, and leaves the credit where it is", async () => {
      const parts = await earned();
      const { court, stable, juror, stranger, fee } = parts;
      await stable.blacklist(juror);
      await expect(court.connect(juror).withdraw(stable, juror))
        .to.be.revertedWithCustomError(stable, "StableToken_Blacklisted")
        .withArgs(juror.address);
      expect(await court.withdrawable(stable, juror)).to.equal(fee);
      await expect(court.connect(juror).withdraw(stable, stranger)).to.changeTokenBalance(stable, stranger, fee);
    });

    it("reverts when the recipient refuses the coin, and leaves the credit where it is", async () => {
      const { court, juror, coinFee, randomness } = await earnedCoin();
      const refusing = await randomness.getAddress();
      await expect(court.connect(juror).withdraw(ZeroAddress, refusing))
        .to.be.revertedWithCustomError(court, "SeatCourt_TransferFailed")
        .withArgs(refusing, coinFee);
      expect(await court.withdrawable(ZeroAddress, juror)).to.equal(coinFee);
    });
  });

  describe("deliver", () => {
    it("sends an account its credit, by anybody, in the token and in the coin", async () => {
      const paid = await earned();
      const delivery = paid.court.connect(paid.stranger).deliver(paid.stable, paid.juror);
      await expect(delivery)
        .to.emit(paid.court, "Withdrawn")
        .withArgs(paid.terms.token, paid.juror.address, paid.juror.address, paid.fee);
      await expect(delivery).to.changeTokenBalances(paid.stable, [paid.court, paid.juror], [-paid.fee, paid.fee]);
      await expectConserved(paid);

      const { court, stranger, juror, coinFee } = await earnedCoin();
      expect(await court.deliver.staticCall(ZeroAddress, juror)).to.equal(coinFee);
      await expect(court.connect(stranger).deliver(ZeroAddress, juror)).to.changeEtherBalances(
        [court, juror],
        [-coinFee, coinFee],
      );
    });

    it("reverts for an account without credit, and for an unknown token", async () => {
      const { court, stable, plain, juror, stranger, terms } = await earned();
      await expect(court.connect(juror).deliver(stable, stranger))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, stranger.address);
      await expect(court.deliver(plain, juror))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
        .withArgs(await plain.getAddress());
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { decidedDispute, expectConserved, passTo, scriptedCourtFixture, setNext } from "../../fixtures/court";

/** The first juror's seats 1 and 2 have left, and can be released at `releasableAt`. */
async function twoHaveLeft() {
  const parts = await scriptedCourtFixture();
  const { court, jurors } = parts;
  const juror = jurors[0]!;
  await court.connect(juror).leave([1n, 2n]);
  return { ...parts, juror, releasableAt: (await court.seatOf(1n)).releasableAt };
}

describe("SeatCourt", () => {
  describe("releaseSeats", () => {
    it("turns whole seats into a credit", async () => {
      const parts = await twoHaveLeft();
      const { court, juror, terms, stable, releasableAt } = parts;
      await passTo(releasableAt);
      expect(await court.connect(juror).releaseSeats.staticCall([1n, 2n])).to.equal(2n * terms.seatPrice);
      await expect(court.connect(juror).releaseSeats([1n, 2n]))
        .to.emit(court, "Credited")
        .withArgs(terms.token, juror.address, 2n * terms.seatPrice);
      expect(await court.withdrawable(stable, juror)).to.equal(2n * terms.seatPrice);
      expect((await court.seatOf(1n)).left).to.equal(0n);
      await expectConserved(parts);
    });

    it("reverts until UNBONDING is over", async () => {
      const { court, juror, releasableAt } = await twoHaveLeft();
      await setNext(releasableAt - 1n);
      await expect(court.connect(juror).releaseSeats([1n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatIsLiable")
        .withArgs(1n, releasableAt);
    });

    for (const offset of [0n, 1n]) {
      it(`works ${offset} s after UNBONDING`, async () => {
        const { court, juror, terms, stable, releasableAt } = await twoHaveLeft();
        await setNext(releasableAt + offset);
        await court.connect(juror).releaseSeats([1n]);
        expect(BigInt(await time.latest())).to.equal(releasableAt + offset);
        expect(await court.withdrawable(stable, juror)).to.equal(terms.seatPrice);
      });
    }

    it("reverts for a seat in the pool", async () => {
      const { court, juror, releasableAt } = await twoHaveLeft();
      await passTo(releasableAt);
      await expect(court.connect(juror).releaseSeats([1n, 3n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatIsLiable")
        .withArgs(3n, 0n);
    });

    it("reverts for a seat of somebody else's, and for one that does not exist", async () => {
      const { court, jurors, releasableAt } = await twoHaveLeft();
      await passTo(releasableAt);
      for (const seatId of [1n, 0n, 101n]) {
        await expect(court.connect(jurors[1]).releaseSeats([seatId]))
          .to.be.revertedWithCustomError(court, "SeatCourt_NotSeatsOwner")
          .withArgs(seatId, jurors[1]!.address);
      }
    });

    it("pays for a seat once, in one call or in two", async () => {
      const { court, juror, terms, stable, releasableAt } = await twoHaveLeft();
      await passTo(releasableAt);
      await court.connect(juror).releaseSeats([1n, 1n]);
      expect(await court.withdrawable(stable, juror)).to.equal(terms.seatPrice);
      await expect(court.connect(juror).releaseSeats([1n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, juror.address);
    });

    it("reverts for no seats", async () => {
      const { court, stranger, terms } = await scriptedCourtFixture();
      await expect(court.connect(stranger).releaseSeats([]))
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, stranger.address);
    });

    it("pays for what a penalty left, UNBONDING after the penalty", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, terms, stable } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, undefined]);
      await court.execute(disputeId, 0n);
      const penalisedAt = BigInt(await time.latest());
      const { seatId, juror } = await court.slotOf(disputeId, 0n, 2n);
      const absent = jurors.find(({ address }) => address === juror)!;
      await setNext(penalisedAt + terms.unbonding - 1n);
      await expect(court.connect(absent).releaseSeats([seatId]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatIsLiable")
        .withArgs(seatId, penalisedAt + terms.unbonding);
      await passTo(penalisedAt + terms.unbonding);
      await court.connect(absent).releaseSeats([seatId]);
      expect(await court.withdrawable(stable, absent)).to.equal((terms.seatPrice * 40n) / 100n);
      await expectConserved(parts);
    });
  });
});

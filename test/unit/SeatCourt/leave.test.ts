import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import {
  decidedDispute,
  drawPanel,
  expectConserved,
  openDispute,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

/** The fixture's court, the last juror's last seat just having left at `leftAt`. */
async function oneHasLeft(seatId = 100n) {
  const parts = await scriptedCourtFixture();
  const { court, jurors } = parts;
  const owner = jurors.find((_, index) => seatId > BigInt(index * 10) && seatId <= BigInt(index * 10 + 10))!;
  await court.connect(owner).leave([seatId]);
  return { ...parts, owner, leftAt: BigInt(await time.latest()) };
}

describe("SeatCourt", () => {
  describe("leave", () => {
    it("takes a seat out of the pool, and lets the last one have its place", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, terms } = parts;
      const leaving = court.connect(jurors[3]).leave([35n]);
      await leaving;
      const releasableAt = BigInt(await time.latest()) + terms.unbonding;
      await expect(leaving).to.emit(court, "SeatLeft").withArgs(35n, jurors[3]!.address, releasableAt);
      const seat = await court.seatOf(35n);
      expect([seat.place, seat.releasableAt, seat.left]).to.deep.equal([0n, releasableAt, 100n]);
      expect((await court.seatOf(100n)).place).to.equal(35n);
      expect((await court.seatOf(99n)).place).to.equal(99n);
      expect(await court.seatCount()).to.equal(99n);
      await expectConserved(parts);
    });

    it("takes the last seat out without moving any", async () => {
      const { court } = await oneHasLeft(100n);
      expect((await court.seatOf(100n)).place).to.equal(0n);
      expect((await court.seatOf(99n)).place).to.equal(99n);
      expect(await court.seatCount()).to.equal(99n);
    });

    it("takes several out in one call, those too that have just been moved", async () => {
      const { court, jurors } = await scriptedCourtFixture();
      // 91 leaves: 100 moves to its place, and leaves from there: 99 takes it.
      const leaving = court.connect(jurors[9]).leave([91n, 100n]);
      await leaving;
      for (const seatId of [91n, 100n]) {
        await expect(leaving)
          .to.emit(court, "SeatLeft")
          .withArgs(seatId, jurors[9]!.address, (await court.seatOf(seatId)).releasableAt);
      }
      expect((await court.seatOf(99n)).place).to.equal(91n);
      expect(await court.seatCount()).to.equal(98n);
    });

    it("empties the pool to the last seat", async () => {
      const { court, jurors } = await scriptedCourtFixture();
      for (const [index, juror] of jurors.entries()) {
        await court.connect(juror).leave(Array.from({ length: 10 }, (_, i) => BigInt(index * 10 + i + 1)));
      }
      expect(await court.seatCount()).to.equal(0n);
      const now = await time.latest();
      expect(await court.seatCountAt(now)).to.equal(0n);
    });

    it("does nothing for no seats", async () => {
      const { court, stranger } = await scriptedCourtFixture();
      await expect(court.connect(stranger).leave([])).not.to.emit(court, "SeatLeft");
    });

    it("leaves the past as it was", async () => {
      const { court, leftAt } = await oneHasLeft();
      expect(await court.seatCountAt(leftAt - 1n)).to.equal(100n);
      expect(await court.seatCountAt(leftAt)).to.equal(99n);
    });

    for (const [offset, places] of [
      [-1n, 100n],
      [0n, 99n],
      [1n, 99n],
    ] as const) {
      const when = `SEAT_MATURITY ${offset < 0n ? "less" : "and"} ${offset < 0n ? -offset : offset} s later`;
      it(`lets a dispute that arises ${when} draw from ${places} seats`, async () => {
        const parts = await oneHasLeft();
        const { court, terms, leftAt } = parts;
        await setNext(leftAt + terms.seatMaturity + offset);
        const disputeId = await openDispute(parts);
        const { createdAt } = await court.disputeOf(disputeId);
        expect(createdAt).to.equal(leftAt + terms.seatMaturity + offset);
        expect(await court.seatCountAt(createdAt - terms.seatMaturity)).to.equal(places);
      });
    }

    it("draws whoever sat at a place at the snapshot, whatever happened there since", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, terms } = parts;
      const before = await openDispute(parts);
      await court.connect(jurors[0]).leave([1n]); // seat 100 takes place 1
      const leftAt = BigInt(await time.latest());
      const placeOne = (_: bigint[], first: bigint[]) => first[0] === 1n;
      await drawPanel(parts, before, placeOne);
      expect([...(await court.slotOf(before, 0n, 0n))]).to.deep.equal([1n, jurors[0]!.address]);

      await setNext(leftAt + terms.seatMaturity);
      const after = await openDispute(parts);
      await drawPanel(parts, after, placeOne);
      expect([...(await court.slotOf(after, 0n, 0n))]).to.deep.equal([100n, jurors[9]!.address]);
    });

    it("reverts for a seat of somebody else's, and for one that does not exist", async () => {
      const { court, jurors, stranger } = await scriptedCourtFixture();
      for (const [sender, seatId] of [
        [stranger, 1n],
        [jurors[0]!, 11n],
        [jurors[0]!, 0n],
        [jurors[0]!, 101n],
      ] as const) {
        await expect(court.connect(sender).leave([seatId]))
          .to.be.revertedWithCustomError(court, "SeatCourt_NotSeatsOwner")
          .withArgs(seatId, sender.address);
      }
      await expect(court.connect(jurors[0]).leave([1n, 11n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_NotSeatsOwner")
        .withArgs(11n, jurors[0]!.address);
      expect((await court.seatOf(1n)).place).to.equal(1n);
    });

    it("reverts for a seat that has left, by will, by a penalty, or in the same call", async () => {
      const parts = await oneHasLeft();
      const { court, jurors, owner } = parts;
      await expect(court.connect(owner).leave([100n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatHasLeft")
        .withArgs(100n);
      await expect(court.connect(jurors[0]).leave([1n, 1n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatHasLeft")
        .withArgs(1n);

      const disputeId = await decidedDispute(parts, [4, 4, undefined]);
      await court.execute(disputeId, 0n);
      const { seatId, juror } = await court.slotOf(disputeId, 0n, 2n);
      const absent = jurors.find(({ address }) => address === juror)!;
      await expect(court.connect(absent).leave([seatId]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatHasLeft")
        .withArgs(seatId);
    });
  });
});

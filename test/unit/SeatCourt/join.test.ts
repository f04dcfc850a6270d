import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { fields } from "../../attack/support";
import { courtOn, expectConserved, scriptedCourtFixture } from "../../fixtures/court";
import { marketFixture } from "../../fixtures/market";

describe("SeatCourt", () => {
  describe("join", () => {
    it("sells seats that are numbered on, at places without gaps", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable, stranger } = parts;
      const joining = court.connect(stranger).join(3n);
      await expect(joining).to.emit(court, "SeatsTaken").withArgs(stranger.address, 101n, 3n);
      const price = 3n * terms.seatPrice;
      await expect(joining).to.changeTokenBalances(stable, [stranger, court], [-price, price]);
      for (const seatId of [101n, 102n, 103n]) {
        expect(fields(await court.seatOf(seatId))).to.deep.equal({
          owner: stranger.address,
          place: seatId,
          releasableAt: 0n,
          left: 100n,
        });
      }
      expect(await court.seatCount()).to.equal(103n);
      await expectConserved(parts);
    });

    it("answers with the first seat's number", async () => {
      const { court, stranger } = await scriptedCourtFixture();
      expect(await court.connect(stranger).join.staticCall(1n)).to.equal(101n);
    });

    it("gives a seat that comes after one has left the free place, and a number of its own", async () => {
      const { court, jurors, stranger } = await scriptedCourtFixture();
      await court.connect(jurors[0]).leave([1n]);
      await court.connect(stranger).join(1n);
      expect((await court.seatOf(101n)).place).to.equal(100n);
      expect((await court.seatOf(100n)).place).to.equal(1n);
      expect(await court.seatCount()).to.equal(100n);
    });

    it("counts from the very second on", async () => {
      const { court, stranger } = await scriptedCourtFixture();
      await court.connect(stranger).join(2n);
      const joinedAt = await time.latest();
      expect(await court.seatCountAt(joinedAt - 1)).to.equal(100n);
      expect(await court.seatCountAt(joinedAt)).to.equal(102n);
      expect(await court.seatCountAt(joinedAt + 1)).to.equal(102n);
    });

    it("reverts when no seats are asked for", async () => {
      const { court, stranger } = await scriptedCourtFixture();
      await expect(court.connect(stranger).join(0n)).to.be.revertedWithCustomError(court, "SeatCourt_NoSeats");
    });

    it("reverts as the token does without an allowance, or without the money", async () => {
      const { court, terms, stable, stranger, referrer } = await scriptedCourtFixture();
      await stable.connect(stranger).approve(court, terms.seatPrice - 1n);
      await expect(court.connect(stranger).join(1n))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await court.getAddress(), terms.seatPrice - 1n, terms.seatPrice);
      await stable.connect(referrer).approve(court, ethers.MaxUint256);
      await expect(court.connect(referrer).join(1n))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientBalance")
        .withArgs(referrer.address, 0n, terms.seatPrice);
    });

    it("reverts when less than the price arrives", async () => {
      const market = await marketFixture();
      const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 6, 0n]);
      const { court, terms, stranger } = await courtOn(market, { token });
      await token.setFeeBps(1n);
      const price = 2n * terms.seatPrice;
      await expect(court.connect(stranger).join(2n))
        .to.be.revertedWithCustomError(court, "SeatCourt_IncorrectPayment")
        .withArgs(terms.token, price, price - price / 10_000n);
    });
  });
});

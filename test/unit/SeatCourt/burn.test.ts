import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  BURNT,
  decidedDispute,
  executeAll,
  expectConserved,
  openCoinDispute,
  panelTimes,
  passTo,
  scriptedCourtFixture,
} from "../../fixtures/court";

describe("SeatCourt", () => {
  describe("burn", () => {
    it("sends penalties that belong to nobody away for good, by anybody", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, stranger, terms } = parts;
      await executeAll(court, await decidedDispute(parts, [4, 4, 0]));
      const amount = terms.seatPrice / 2n;
      expect(await court.burnable(stable)).to.equal(amount);
      expect(await court.connect(stranger).burn.staticCall(stable)).to.equal(amount);
      const burning = court.connect(stranger).burn(stable);
      await expect(burning).to.emit(court, "Burned").withArgs(terms.token, amount);
      await expect(burning).to.changeTokenBalances(stable, [court, BURNT], [-amount, amount]);
      expect(await court.burnable(stable)).to.equal(0n);
      await expectConserved(parts);
    });

    it("sends fees in the coin that nobody earned away as well, and leaves the token", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, terms } = parts;
      await executeAll(court, await decidedDispute(parts, [4, 4, 0]));
      const disputeId = await openCoinDispute(parts);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      await executeAll(court, disputeId);
      const inToken = await court.burnable(stable);
      expect(inToken).to.equal(terms.seatPrice / 2n);
      const amount = 3n * terms.coinFee;
      const burning = court.burn(ZeroAddress);
      await expect(burning).to.emit(court, "Burned").withArgs(ZeroAddress, amount);
      await expect(burning).to.changeEtherBalances([court, BURNT], [-amount, amount]);
      expect(await court.burnable(ZeroAddress)).to.equal(0n);
      expect(await court.burnable(stable)).to.equal(inToken);
      await expectConserved(parts);
    });

    it("burns nothing of what is somebody's", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, terms } = parts;
      await executeAll(court, await decidedDispute(parts, [4, 4, 4]));
      for (const token of [terms.token, ZeroAddress]) {
        const burning = court.burn(token);
        await expect(burning).to.emit(court, "Burned").withArgs(token, 0n);
        await expect(burning).to.changeTokenBalance(stable, court, 0n);
      }
      await expectConserved(parts);
    });

    it("reverts for a token that the court is not paid in", async () => {
      const { court, plain } = await scriptedCourtFixture();
      await expect(court.burn(plain))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
        .withArgs(await plain.getAddress());
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  PHASE,
  RULING,
  disputeIn,
  expectConserved,
  expectPhases,
  openDispute,
  panelTimes,
  passTo,
  phases,
  playRound,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

/** A dispute whose first panel came to nothing: too few voted, or nobody drew it. */
async function failed(why: "quorum" | "seed") {
  const parts = await scriptedCourtFixture();
  const disputeId = await openDispute(parts);
  if (why === "quorum") await playRound(parts, disputeId, [4, undefined, undefined]);
  else await passTo((await panelTimes(parts, disputeId)).seedUntil);
  return { ...parts, disputeId, times: await panelTimes(parts, disputeId) };
}

describe("SeatCourt", () => {
  describe("redraw", () => {
    for (const why of ["quorum", "seed"] as const) {
      describe(`for want of a ${why}`, () => {
        it("opens a panel of the same size, for nothing, by anybody", async () => {
          const parts = await failed(why);
          const { court, stable, stranger, terms, disputeId } = parts;
          const redrawing = court.connect(stranger).redraw(disputeId);
          await redrawing;
          const seedTime = BigInt(await time.latest()) + terms.evidencePeriod;
          await expect(redrawing).to.emit(court, "PanelOpened").withArgs(disputeId, 1n, 0n, 3n, seedTime, ZeroAddress);
          await expect(redrawing).to.changeTokenBalance(stable, stranger, 0n);
          const dispute = await court.disputeOf(disputeId);
          expect([dispute.panels, dispute.round, dispute.redrawn, dispute.ruling]).to.deep.equal([
            2n,
            0n,
            true,
            RULING.refused,
          ]);
          expect(await court.openSlots()).to.equal(3n);
          await expectConserved(parts);
        });

        it("works in the window's last second, and not after it", async () => {
          const late = await failed(why);
          await setNext(late.times.windowUntil - 1n);
          await late.court.redraw(late.disputeId);

          const { court, disputeId, times } = await failed(why);
          await setNext(times.windowUntil);
          await expect(court.redraw(disputeId))
            .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
            .withArgs(disputeId, PHASE.decided, phases(PHASE.redraw));
        });

        it("works once a round", async () => {
          const parts = await failed(why);
          const { court, disputeId } = parts;
          await court.redraw(disputeId);
          if (why === "quorum") await playRound(parts, disputeId, [undefined, undefined, undefined]);
          else await passTo((await panelTimes(parts, disputeId)).seedUntil);
          await expect(court.redraw(disputeId))
            .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
            .withArgs(disputeId, PHASE.decided, phases(PHASE.redraw));
        });
      });
    }

    it("reverts in the last second in which the panel could be drawn, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      const { seedUntil } = await panelTimes(parts, disputeId);
      await setNext(seedUntil - 1n);
      await expect(court.redraw(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.seeding, phases(PHASE.redraw));
      await setNext(seedUntil);
      await court.redraw(disputeId);
    });

    it("reverts in the reveals' last second, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "commit");
      const { revealUntil } = await panelTimes(parts, disputeId);
      await setNext(revealUntil - 1n);
      await expect(court.redraw(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.reveal, phases(PHASE.redraw));
      await setNext(revealUntil);
      await court.redraw(disputeId);
    });

    it("keeps the size, the appellant and the snapshot of an appeal's panel", async () => {
      const parts = await scriptedCourtFixture();
      const { court, client, stranger, terms } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.connect(client).appeal(disputeId);
      const { createdAt } = await court.disputeOf(disputeId);
      await playRound(parts, disputeId, [4, 4, 4, undefined, undefined, undefined, undefined]);
      const redrawing = court.connect(stranger).redraw(disputeId);
      await redrawing;
      const seedTime = BigInt(await time.latest()) + terms.evidencePeriod;
      await expect(redrawing).to.emit(court, "PanelOpened").withArgs(disputeId, 2n, 1n, 7n, seedTime, client.address);
      const dispute = await court.disputeOf(disputeId);
      expect([dispute.createdAt, dispute.round, dispute.redrawn, dispute.ruling]).to.deep.equal([
        createdAt,
        1n,
        true,
        RULING.all,
      ]);
      await expectConserved(parts);
    });

    it("is possible in each round, whatever the one before needed", async () => {
      const parts = await failed("quorum");
      const { court, disputeId } = parts;
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [4, 4, 4]);
      await court.appeal(disputeId);
      await passTo((await panelTimes(parts, disputeId)).seedUntil);
      await court.redraw(disputeId);
      expect((await court.disputeOf(disputeId)).panels).to.equal(4n);
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      await expectPhases(parts, ["redraw"], (disputeId) => parts.court.redraw(disputeId));
    });
  });
});

import { expect } from "chai";

import {
  PHASE,
  disputeIn,
  expectPhases,
  openDispute,
  panelTimes,
  phases,
  playRound,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

const ALLOWED = ["appeal", "redraw", "decided"] as const;

describe("SeatCourt", () => {
  describe("releaseSlots", () => {
    for (const phase of ALLOWED) {
      it(`makes room while the dispute stands at ${phase}, once`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, stranger } = parts;
        const other = await openDispute(parts);
        const disputeId = await disputeIn(parts, phase);
        expect(await court.openSlots()).to.equal(6n);
        await court.connect(stranger).releaseSlots(disputeId);
        expect(await court.openSlots()).to.equal(3n);
        await expect(court.releaseSlots(disputeId))
          .to.be.revertedWithCustomError(court, "SeatCourt_SlotsReleased")
          .withArgs(disputeId, 0n);
        await court.releaseSlots(other); // nobody drew it
        expect(await court.openSlots()).to.equal(0n);
      });
    }

    it("reverts in the reveals' last second, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "reveal");
      const { revealUntil } = await panelTimes(parts, disputeId);
      await setNext(revealUntil - 1n);
      await expect(court.releaseSlots(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.reveal, phases(...ALLOWED.map((name) => PHASE[name])));
      await setNext(revealUntil);
      await court.releaseSlots(disputeId);
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      await expectPhases(parts, [...ALLOWED], (disputeId) => parts.court.releaseSlots(disputeId));
    });

    it("does not count against an appeal, a redraw or a conclusion that comes after it", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const appealed = await disputeIn(parts, "appeal");
      await court.releaseSlots(appealed);
      await court.appeal(appealed);
      expect(await court.openSlots()).to.equal(7n);
      await playRound(parts, appealed, [4, 4, 4, undefined, undefined, undefined, undefined]);
      await court.releaseSlots(appealed);
      expect(await court.openSlots()).to.equal(0n);
      await court.redraw(appealed);
      expect(await court.openSlots()).to.equal(7n);

      const decided = await disputeIn(parts, "decided");
      await court.releaseSlots(decided);
      await court.conclude(decided);
      expect(await court.openSlots()).to.equal(7n);
    });
  });
});

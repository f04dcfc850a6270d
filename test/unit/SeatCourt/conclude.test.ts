import { expect } from "chai";

import {
  PHASE,
  RULING,
  decidedDispute,
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
  waitOutWindow,
} from "../../fixtures/court";

const some = (size: number, vote: number, voters = size) =>
  Array.from({ length: size }, (_, slot) => (slot < voters ? vote : undefined));

describe("SeatCourt", () => {
  describe("conclude", () => {
    for (const [votes, ruling] of [
      [[0, 0, 0], RULING.none],
      [[1, 1, 4], RULING.quarter],
      [[0, 2, 4], RULING.half],
      [[3, 4, 0], RULING.most],
      [[4, 4, 0], RULING.all],
      [[1, 3, undefined], RULING.quarter],
    ] as const) {
      it(`rules ${ruling}, the lower median of ${votes.map((vote) => String(vote ?? "-")).join(", ")}`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, stranger } = parts;
        const disputeId = await decidedDispute(parts, [...votes]);
        await expect(court.connect(stranger).conclude(disputeId))
          .to.emit(court, "DisputeConcluded")
          .withArgs(disputeId, ruling);
        const dispute = await court.disputeOf(disputeId);
        expect([dispute.ruling, dispute.ending]).to.deep.equal([ruling, PHASE.concluded]);
        expect(await court.openSlots()).to.equal(0n);
        await expectConserved(parts);
      });
    }

    it("refuses to rule when no panel was ever drawn", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.refused);
      expect(await court.openSlots()).to.equal(0n);
    });

    it("refuses to rule when both panels failed", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, some(3, 4, 1));
      await court.redraw(disputeId);
      await playRound(parts, disputeId, some(3, 4, 0));
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.refused);
    });

    for (const size of [3, 7]) {
      it(`rules as a single vote of ${size} says in a panel that was drawn again`, async () => {
        const parts = await scriptedCourtFixture();
        const { court } = parts;
        const disputeId = size === 3 ? await openDispute(parts) : await disputeIn(parts, "appeal");
        if (size === 7) await court.appeal(disputeId);
        await playRound(parts, disputeId, some(size, 4, (size - 1) / 2));
        await court.redraw(disputeId);
        await playRound(parts, disputeId, some(size, 1, 1));
        await waitOutWindow(parts, disputeId);
        expect(await court.currentRuling(disputeId)).to.equal(RULING.quarter);
        await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.quarter);
      });
    }

    it("asks for more than half again of the panel that appeals against one drawn again", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, some(3, 4, 1));
      await court.redraw(disputeId);
      await playRound(parts, disputeId, some(3, 1, 1));
      await court.appeal(disputeId);
      await playRound(parts, disputeId, some(7, 4, 3));
      await waitOutWindow(parts, disputeId);
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.quarter);
    });

    it("rules as the panel did that was drawn again", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, some(3, 4, 1));
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [1, 1, 1]);
      await waitOutWindow(parts, disputeId);
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.quarter);
    });

    it("rules as the last panel did that had a quorum, if an appeal's panels failed", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await playRound(parts, disputeId, some(7, 0, 3));
      await court.redraw(disputeId);
      await passTo((await panelTimes(parts, disputeId)).seedUntil);
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.all);
    });

    it("rules as the appeal's panel did, with four of seven votes", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await playRound(parts, disputeId, some(7, 0, 4));
      await waitOutWindow(parts, disputeId);
      await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.none);
    });

    for (const [voters, ruling] of [
      [7, RULING.none],
      [8, RULING.quarter],
    ] as const) {
      it(`asks ${voters === 8 ? "no more" : "more"} of the third round than ${voters} of 15 votes`, async () => {
        const parts = await scriptedCourtFixture();
        const { court } = parts;
        const disputeId = await disputeIn(parts, "appeal");
        await court.appeal(disputeId);
        await playRound(parts, disputeId, some(7, 0));
        await court.appeal(disputeId);
        await playRound(parts, disputeId, some(15, 1, voters));
        if (voters === 7) await waitOutWindow(parts, disputeId);
        await expect(court.conclude(disputeId)).to.emit(court, "DisputeConcluded").withArgs(disputeId, ruling);
      });
    }

    it("reverts in the appeal window's last second, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      const { windowUntil } = await panelTimes(parts, disputeId);
      await setNext(windowUntil - 1n);
      await expect(court.conclude(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.appeal, phases(PHASE.decided));
      await setNext(windowUntil);
      await court.conclude(disputeId);
    });

    it("needs no window after the last round's quorum", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await playRound(parts, disputeId, some(7, 0));
      await court.appeal(disputeId);
      await playRound(parts, disputeId, some(15, 1));
      await setNext((await panelTimes(parts, disputeId)).revealUntil);
      await court.conclude(disputeId);
    });

    it("reverts in every other phase, the second time too", async () => {
      const parts = await scriptedCourtFixture();
      await expectPhases(parts, ["decided"], (disputeId) => parts.court.conclude(disputeId));
    });
  });
});

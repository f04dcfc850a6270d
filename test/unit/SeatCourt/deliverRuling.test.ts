import { expect } from "chai";

import type { PhaseName } from "../../fixtures/court";
import {
  PHASE,
  RULING,
  decidedDispute,
  disputeIn,
  openCoinDispute,
  openDispute,
  panelTimes,
  passTo,
  phases,
  playRound,
  scriptedCourtFixture,
  setNext,
  waitOutWindow,
} from "../../fixtures/court";

/** What a call before the end is told; after it, that the ruling was given. */
const ENDINGS = phases(PHASE.decided, PHASE.concluded, PHASE.ruled);
const UNRULED = phases(PHASE.decided, PHASE.concluded);

describe("SeatCourt", () => {
  describe("deliverRuling", () => {
    it("concludes the dispute and gives the ruling to whoever brought it", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable, stranger } = parts;
      const disputeId = await decidedDispute(parts, [4, 3, 3]);
      const delivering = court.connect(stranger).deliverRuling(disputeId);
      await expect(delivering).to.emit(court, "DisputeConcluded").withArgs(disputeId, RULING.most);
      await expect(delivering)
        .to.emit(court, "RulingDelivered")
        .withArgs(disputeId, await arbitrable.getAddress(), RULING.most);
      await expect(delivering)
        .to.emit(arbitrable, "Ruling")
        .withArgs(await court.getAddress(), disputeId, RULING.most);
      expect([...(await arbitrable.rulingAt(0n))]).to.deep.equal([await court.getAddress(), disputeId, RULING.most]);
      const dispute = await court.disputeOf(disputeId);
      expect([dispute.ruling, dispute.ending]).to.deep.equal([RULING.most, PHASE.ruled]);
      expect((await court.phaseOf(disputeId)).phase).to.equal(PHASE.ruled);
    });

    it("gives a ruling that was fixed before", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await disputeIn(parts, "concluded");
      const delivering = court.deliverRuling(disputeId);
      await expect(delivering).to.emit(court, "RulingDelivered");
      await expect(delivering).not.to.emit(court, "DisputeConcluded");
      expect((await arbitrable.rulingAt(0n)).ruling).to.equal(RULING.all);
    });

    it("tells of a refusal as ERC-792 does", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await openDispute(parts);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      await court.deliverRuling(disputeId);
      expect((await arbitrable.rulingAt(0n)).ruling).to.equal(RULING.refused);
    });

    it("works for a dispute that was paid in the coin", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await openCoinDispute(parts);
      await playRound(parts, disputeId, [1, 1, 1]);
      await waitOutWindow(parts, disputeId);
      await court.deliverRuling(disputeId);
      expect((await arbitrable.rulingAt(0n)).ruling).to.equal(RULING.quarter);
    });

    it("reverts in the appeal window's last second, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      const { windowUntil } = await panelTimes(parts, disputeId);
      await setNext(windowUntil - 1n);
      await expect(court.deliverRuling(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.appeal, ENDINGS);
      await setNext(windowUntil);
      await court.deliverRuling(disputeId);
    });

    it("reverts in every earlier phase", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const earlier: PhaseName[] = ["none", "evidence", "seeding", "commit", "gap", "reveal", "appeal", "redraw"];
      for (const phase of earlier) {
        const disputeId = await disputeIn(parts, phase);
        await expect(court.deliverRuling(disputeId), phase)
          .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
          .withArgs(disputeId, PHASE[phase], ENDINGS);
      }
    });

    it("reverts the second time", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await disputeIn(parts, "ruled");
      await expect(court.deliverRuling(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.ruled, UNRULED);
      expect(await arbitrable.rulingCount()).to.equal(1n);
    });
  });
});

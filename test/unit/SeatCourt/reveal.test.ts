import { expect } from "chai";
import { id } from "ethers";

import {
  PHASE,
  commitVotes,
  commitmentFor,
  disputeIn,
  drawPanel,
  expectPhases,
  panelJurors,
  panelTimes,
  phases,
  revealVotes,
  saltOf,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

/** A dispute whose first two jurors committed to votes 4 and 1, shortly before reveals open. */
async function committed() {
  const parts = await scriptedCourtFixture();
  const disputeId = await disputeIn(parts, "commit");
  await commitVotes(parts, disputeId, [4, 1, undefined]);
  const [first, second, third] = await panelJurors(parts, disputeId);
  const times = await panelTimes(parts, disputeId);
  return { ...parts, disputeId, first: first!, second: second!, third: third!, times };
}

/** As `committed`, reveals being open. */
async function revealing() {
  const parts = await committed();
  await setNext(parts.times.gapUntil);
  return parts;
}

describe("SeatCourt", () => {
  describe("reveal", () => {
    it("makes the vote known and counts it", async () => {
      const { court, disputeId, first, second } = await revealing();
      await expect(court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n)))
        .to.emit(court, "VoteRevealed")
        .withArgs(disputeId, 0n, 0n, first.address, 4n);
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(5n);
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 0n, 0n, 1n]);
      await expect(court.connect(second).reveal(disputeId, 1n, 1, saltOf(1n)))
        .to.emit(court, "VoteRevealed")
        .withArgs(disputeId, 0n, 1n, second.address, 1n);
      expect(await court.voteOf(disputeId, 0n, 1n)).to.equal(2n);
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 1n, 0n, 0n, 1n]);
    });

    it("counts a vote of a later panel there", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await drawPanel(parts, disputeId);
      await commitVotes(parts, disputeId, [undefined, undefined, 2]);
      const juror = (await panelJurors(parts, disputeId))[2]!;
      await setNext((await panelTimes(parts, disputeId)).gapUntil);
      await expect(court.connect(juror).reveal(disputeId, 2n, 2, saltOf(2n)))
        .to.emit(court, "VoteRevealed")
        .withArgs(disputeId, 1n, 2n, juror.address, 2n);
      expect((await court.panelOf(disputeId, 1n)).tally).to.deep.equal([0n, 0n, 1n, 0n, 0n]);
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 0n, 0n, 3n]);
    });

    for (const vote of [0, 1, 2, 3, 4]) {
      it(`takes vote ${vote}`, async () => {
        const parts = await scriptedCourtFixture();
        const disputeId = await disputeIn(parts, "commit");
        await commitVotes(parts, disputeId, [vote, vote, vote]);
        await revealVotes(parts, disputeId, [vote, vote, vote]);
        const tally = [0n, 0n, 0n, 0n, 0n];
        tally[vote] = 3n;
        expect((await parts.court.panelOf(disputeId, 0n)).tally).to.deep.equal(tally);
        expect(await parts.court.voteOf(disputeId, 0n, 2n)).to.equal(BigInt(vote) + 1n);
      });
    }

    it("reverts in the gap's last second, and works from the next on", async () => {
      const { court, disputeId, first, times } = await committed();
      await setNext(times.gapUntil - 1n);
      await expect(court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n)))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.gap, phases(PHASE.reveal));
      await setNext(times.gapUntil);
      await court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n));
    });

    it("works in the reveals' last second, and not after it", async () => {
      const { court, disputeId, first, second, times } = await committed();
      await setNext(times.revealUntil - 1n);
      await court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n));
      await setNext(times.revealUntil);
      await expect(court.connect(second).reveal(disputeId, 1n, 1, saltOf(1n)))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.redraw, phases(PHASE.reveal));
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors } = parts;
      await expectPhases(parts, ["reveal"], (disputeId) =>
        court.connect(jurors[0]).reveal(disputeId, 0n, 4, saltOf(0n)),
      );
    });

    it("reverts for a vote beyond the last, be it what was committed", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "commit");
      const [juror] = await panelJurors(parts, disputeId);
      const commitment = await commitmentFor(court, disputeId, 0n, juror!.address, 5);
      await court.connect(juror).commit(disputeId, 0n, commitment);
      await setNext((await panelTimes(parts, disputeId)).gapUntil);
      for (const vote of [5n, 2n ** 256n - 1n]) {
        await expect(court.connect(juror).reveal(disputeId, 0n, vote, saltOf(0n)))
          .to.be.revertedWithCustomError(court, "SeatCourt_InvalidVote")
          .withArgs(vote);
      }
    });

    it("reverts for any other sender, slot, vote or salt", async () => {
      const { court, disputeId, first, second, third, stranger } = await revealing();
      for (const [sender, slot, vote, salt] of [
        [second, 0n, 4, saltOf(0n)],
        [stranger, 0n, 4, saltOf(0n)],
        [first, 1n, 4, saltOf(0n)],
        [first, 0n, 3, saltOf(0n)],
        [first, 0n, 4, id("another salt")],
        [third, 2n, 4, saltOf(2n)],
        [first, 3n, 4, saltOf(0n)],
      ] as const) {
        await expect(court.connect(sender).reveal(disputeId, slot, vote, salt))
          .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
          .withArgs(disputeId, 0n, slot, await commitmentFor(court, disputeId, slot, sender.address, vote, salt));
      }
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    });

    it("reverts the second time", async () => {
      const { court, disputeId, first } = await revealing();
      await court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n));
      await expect(court.connect(first).reveal(disputeId, 0n, 4, saltOf(0n)))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 0n, await commitmentFor(court, disputeId, 0n, first.address, 4));
    });
  });
});

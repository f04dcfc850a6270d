import { expect } from "chai";
import { id, toBeHex } from "ethers";

import {
  PHASE,
  commitVotes,
  commitmentFor,
  disputeIn,
  drawPanel,
  expectPhases,
  ownerIndex,
  panelJurors,
  panelTimes,
  phases,
  saltOf,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

const COMMITMENT = id("commitment");

/** A dispute whose panel is drawn. */
async function drawn() {
  const parts = await scriptedCourtFixture();
  const disputeId = await disputeIn(parts, "commit");
  const [first, second, third] = await panelJurors(parts, disputeId);
  return {
    ...parts,
    disputeId,
    first: first!,
    second: second!,
    third: third!,
    times: await panelTimes(parts, disputeId),
  };
}

describe("SeatCourt", () => {
  describe("commit", () => {
    it("keeps the commitment of the slot's juror", async () => {
      const { court, disputeId, second } = await drawn();
      await expect(court.connect(second).commit(disputeId, 1n, COMMITMENT))
        .to.emit(court, "VoteCommitted")
        .withArgs(disputeId, 0n, 1n, second.address, COMMITMENT);
      expect(await court.voteOf(disputeId, 0n, 1n)).to.equal(BigInt(COMMITMENT));
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(0n);
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    });

    it("keeps a commitment of a later panel", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await drawPanel(parts, disputeId);
      const juror = (await panelJurors(parts, disputeId))[2]!;
      await expect(court.connect(juror).commit(disputeId, 2n, COMMITMENT))
        .to.emit(court, "VoteCommitted")
        .withArgs(disputeId, 1n, 2n, juror.address, COMMITMENT);
      expect(await court.voteOf(disputeId, 1n, 2n)).to.equal(BigInt(COMMITMENT));
      expect(await court.voteOf(disputeId, 0n, 2n)).to.equal(5n);
    });

    it("works in the last second, and not after it", async () => {
      const { court, disputeId, first, second, times } = await drawn();
      await setNext(times.commitUntil - 1n);
      await court.connect(first).commit(disputeId, 0n, COMMITMENT);
      await setNext(times.commitUntil);
      await expect(court.connect(second).commit(disputeId, 1n, COMMITMENT))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.gap, phases(PHASE.commit));
    });

    it("works in the second after the draw", async () => {
      const { court, disputeId, first, times } = await drawn();
      await setNext(times.seededAt + 1n);
      await court.connect(first).commit(disputeId, 0n, COMMITMENT);
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors } = parts;
      await expectPhases(parts, ["commit"], (disputeId) => court.connect(jurors[0]).commit(disputeId, 0n, COMMITMENT));
    });

    it("reverts for a slot that the panel does not have", async () => {
      const { court, disputeId, first, third } = await drawn();
      for (const slot of [3n, 255n, 2n ** 256n - 1n]) {
        await expect(court.connect(first).commit(disputeId, slot, COMMITMENT))
          .to.be.revertedWithCustomError(court, "SeatCourt_NoSuchSlot")
          .withArgs(disputeId, 0n, slot);
      }
      await court.connect(third).commit(disputeId, 2n, COMMITMENT);
    });

    it("reverts for whoever was not drawn for the slot", async () => {
      const { court, disputeId, first, second, stranger } = await drawn();
      for (const sender of [second, stranger]) {
        await expect(court.connect(sender).commit(disputeId, 0n, COMMITMENT))
          .to.be.revertedWithCustomError(court, "SeatCourt_NotDrawn")
          .withArgs(disputeId, 0n, 0n, sender.address);
      }
      await expect(court.connect(first).commit(disputeId, 1n, COMMITMENT))
        .to.be.revertedWithCustomError(court, "SeatCourt_NotDrawn")
        .withArgs(disputeId, 0n, 1n, first.address);
    });

    it("reverts the second time, and after a leak", async () => {
      const { court, disputeId, first, second } = await drawn();
      await court.connect(first).commit(disputeId, 0n, COMMITMENT);
      await expect(court.connect(first).commit(disputeId, 0n, id("another")))
        .to.be.revertedWithCustomError(court, "SeatCourt_AlreadyVoted")
        .withArgs(disputeId, 0n, 0n);

      const commitment = await commitmentFor(court, disputeId, 1n, second.address, 4);
      await court.connect(second).commit(disputeId, 1n, commitment);
      await court.proveLeak(disputeId, 1n, second, 4, saltOf(1n));
      await expect(court.connect(second).commit(disputeId, 1n, commitment))
        .to.be.revertedWithCustomError(court, "SeatCourt_AlreadyVoted")
        .withArgs(disputeId, 0n, 1n);
    });

    it("reverts for a number that stands for something else, and takes the next", async () => {
      const { court, disputeId, first } = await drawn();
      for (let number = 0; number <= 6; ++number) {
        const commitment = toBeHex(number, 32);
        await expect(court.connect(first).commit(disputeId, 0n, commitment))
          .to.be.revertedWithCustomError(court, "SeatCourt_InvalidCommitment")
          .withArgs(commitment);
      }
      await court.connect(first).commit(disputeId, 0n, toBeHex(7, 32));
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(7n);
    });

    it("is open to a juror whose seat has left the pool since", async () => {
      const { court, disputeId, first } = await drawn();
      const { seatId } = await court.slotOf(disputeId, 0n, 0n);
      await court.connect(first).leave([seatId]);
      await court.connect(first).commit(disputeId, 0n, COMMITMENT);
    });

    it("is open to one juror for each of its slots", async () => {
      const parts = await scriptedCourtFixture();
      const disputeId = await disputeIn(parts, "evidence");
      await drawPanel(parts, disputeId, (seats) => ownerIndex(seats[0]!) === ownerIndex(seats[1]!));
      await commitVotes(parts, disputeId, [4, 3, undefined]);
      expect(await parts.court.voteOf(disputeId, 0n, 0n)).not.to.equal(await parts.court.voteOf(disputeId, 0n, 1n));
    });
  });
});

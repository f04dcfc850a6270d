import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";

import {
  LEAKED,
  PHASE,
  commitVotes,
  commitmentFor,
  disputeIn,
  drawPanel,
  executeAll,
  expectConserved,
  expectPhases,
  panelJurors,
  panelTimes,
  passTo,
  phases,
  playRound,
  revealVotes,
  saltOf,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

const VOTE = 3;

/** A dispute whose three jurors have committed to the same vote, the first of them in a way that became known. */
async function committed() {
  const parts = await scriptedCourtFixture();
  const disputeId = await disputeIn(parts, "commit");
  await commitVotes(parts, disputeId, [VOTE, VOTE, undefined]);
  const [leaker, other] = await panelJurors(parts, disputeId);
  const { seatId } = await parts.court.slotOf(disputeId, 0n, 0n);
  return {
    ...parts,
    disputeId,
    leaker: leaker!,
    other: other!,
    seatId,
    times: await panelTimes(parts, disputeId),
    prove: () => parts.court.connect(parts.stranger).proveLeak(disputeId, 0n, leaker!, VOTE, saltOf(0n)),
  };
}

describe("SeatCourt", () => {
  describe("proveLeak", () => {
    it("voids the vote, and takes the whole seat: a quarter for the prover, the rest to burn", async () => {
      const parts = await committed();
      const { court, terms, stable, stranger, disputeId, leaker, seatId, prove } = parts;
      const reward = terms.seatPrice / 4n;
      const proving = prove();
      await expect(proving)
        .to.emit(court, "VoteLeaked")
        .withArgs(disputeId, 0n, 0n, leaker.address, stranger.address, reward);
      await expect(proving).to.emit(court, "Credited").withArgs(terms.token, stranger.address, reward);
      const releasableAt = BigInt(await time.latest()) + terms.unbonding;
      await expect(proving).to.emit(court, "SeatLeft").withArgs(seatId, leaker.address, releasableAt);
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(LEAKED);
      expect(await court.withdrawable(stable, stranger)).to.equal(reward);
      expect(await court.burnable(stable)).to.equal(terms.seatPrice - reward);
      const seat = await court.seatOf(seatId);
      expect([seat.place, seat.left]).to.deep.equal([0n, 0n]);
      expect(await court.seatCount()).to.equal(99n);
      await expectConserved(parts);
    });

    it("voids a vote of a later panel", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stranger } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await drawPanel(parts, disputeId);
      await commitVotes(parts, disputeId, [undefined, undefined, VOTE]);
      const leaker = (await panelJurors(parts, disputeId))[2]!;
      await expect(court.connect(stranger).proveLeak(disputeId, 2n, leaker, VOTE, saltOf(2n)))
        .to.emit(court, "VoteLeaked")
        .withArgs(disputeId, 1n, 2n, leaker.address, stranger.address, terms.seatPrice / 4n);
      expect(await court.voteOf(disputeId, 1n, 2n)).to.equal(LEAKED);
      expect(await court.voteOf(disputeId, 0n, 2n)).to.equal(5n);
      await expectConserved(parts);
    });

    it("keeps the vote out of the count", async () => {
      const parts = await committed();
      const { court, disputeId, leaker, prove } = parts;
      await prove();
      await revealVotes(parts, disputeId, [undefined, VOTE, undefined]);
      await expect(court.connect(leaker).reveal(disputeId, 0n, VOTE, saltOf(0n)))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 0n, await commitmentFor(court, disputeId, 0n, leaker.address, VOTE));
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 0n, 1n, 0n]);
    });

    it("takes a seat that has left the pool, without its leaving again", async () => {
      const parts = await committed();
      const { court, disputeId, leaker, seatId, terms, prove } = parts;
      await court.connect(leaker).leave([seatId]);
      const { releasableAt } = await court.seatOf(seatId);
      const proving = prove();
      await expect(proving).not.to.emit(court, "SeatLeft");
      await expect(proving)
        .to.emit(court, "VoteLeaked")
        .withArgs(disputeId, 0n, 0n, leaker.address, parts.stranger.address, terms.seatPrice / 4n);
      expect((await court.seatOf(seatId)).releasableAt).to.equal(releasableAt);
      expect(await court.seatCount()).to.equal(99n);
    });

    it("takes what other penalties left, and rewards nobody with it", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable, stranger } = parts;
      // The second dispute opens before the first is settled: its snapshot knows nothing of the penalty.
      const first = await disputeIn(parts, "evidence");
      await playRound(parts, first, [4, 4, undefined]);
      const { windowUntil } = await panelTimes(parts, first);
      const { seatId } = await court.slotOf(first, 0n, 2n);
      await passTo(windowUntil - terms.evidencePeriod);
      const second = await disputeIn(parts, "evidence");
      await passTo(windowUntil);
      await executeAll(court, first);
      await drawPanel(parts, second, (seats) => seats[0] === seatId && new Set(seats).size === 3);
      await commitVotes(parts, second, [VOTE, undefined, undefined]);
      const [leaker] = await panelJurors(parts, second);
      const left = (terms.seatPrice * 40n) / 100n;
      const burnable = await court.burnable(stable);
      await expect(court.connect(stranger).proveLeak(second, 0n, leaker!, VOTE, saltOf(0n)))
        .to.emit(court, "VoteLeaked")
        .withArgs(second, 0n, 0n, leaker!.address, stranger.address, 0n);
      expect(await court.withdrawable(stable, stranger)).to.equal(0n);
      expect(await court.burnable(stable)).to.equal(burnable + left);
      await expectConserved(parts);
    });

    it("rewards nobody for a seat of which nothing is left, and still voids the vote", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, stranger } = parts;
      const disputeId = await disputeIn(parts, "evidence");
      await drawPanel(parts, disputeId, (seats) => seats[0] === seats[1] && seats[1] !== seats[2]);
      await commitVotes(parts, disputeId, [VOTE, VOTE, undefined]);
      const [leaker] = await panelJurors(parts, disputeId);
      await court.connect(stranger).proveLeak(disputeId, 0n, leaker!, VOTE, saltOf(0n));
      const credit = await court.withdrawable(stable, stranger);
      const proving = court.connect(stranger).proveLeak(disputeId, 1n, leaker!, VOTE, saltOf(1n));
      await expect(proving)
        .to.emit(court, "VoteLeaked")
        .withArgs(disputeId, 0n, 1n, leaker!.address, stranger.address, 0n);
      await expect(proving).not.to.emit(court, "Credited");
      expect(await court.withdrawable(stable, stranger)).to.equal(credit);
      expect(await court.voteOf(disputeId, 0n, 1n)).to.equal(LEAKED);
      await expectConserved(parts);
    });

    it("shows a vote that could never be revealed, too", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stranger } = parts;
      const disputeId = await disputeIn(parts, "commit");
      const [leaker] = await panelJurors(parts, disputeId);
      const commitment = await commitmentFor(court, disputeId, 0n, leaker!.address, 5);
      await court.connect(leaker).commit(disputeId, 0n, commitment);
      await court.connect(stranger).proveLeak(disputeId, 0n, leaker!, 5, saltOf(0n));
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(LEAKED);
    });

    it("works in the commits' last second, and not after it", async () => {
      const first = await committed();
      await setNext(first.times.commitUntil - 1n);
      await first.prove();
      expect(await first.court.voteOf(first.disputeId, 0n, 0n)).to.equal(LEAKED);

      const { court, disputeId, times, prove } = await committed();
      await setNext(times.commitUntil);
      await expect(prove())
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.gap, phases(PHASE.commit));
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors } = parts;
      await expectPhases(parts, ["commit"], (disputeId) =>
        court.proveLeak(disputeId, 0n, jurors[0]!, VOTE, saltOf(0n)),
      );
    });

    it("reverts for any other slot, juror, vote or salt", async () => {
      const { court, disputeId, leaker, other } = await committed();
      for (const [slot, juror, vote, salt] of [
        [1n, leaker, VOTE, saltOf(0n)],
        [2n, leaker, VOTE, saltOf(0n)],
        [3n, leaker, VOTE, saltOf(0n)],
        [0n, other, VOTE, saltOf(0n)],
        [0n, leaker, VOTE + 1, saltOf(0n)],
        [0n, leaker, VOTE, id("another salt")],
      ] as const) {
        await expect(court.proveLeak(disputeId, slot, juror, vote, salt))
          .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
          .withArgs(disputeId, 0n, slot, await commitmentFor(court, disputeId, slot, juror.address, vote, salt));
      }
    });

    it("reverts the second time", async () => {
      const { court, disputeId, leaker, prove } = await committed();
      await prove();
      await expect(prove())
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 0n, await commitmentFor(court, disputeId, 0n, leaker.address, VOTE));
    });
  });
});

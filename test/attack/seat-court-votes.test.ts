import { expect } from "chai";

import { commitmentOf as commitmentElsewhere } from "../../sdk/votes";
import {
  CONDUCT,
  LEAKED,
  PHASE,
  commitVotes,
  courtOn,
  disputeIn,
  drawPanel,
  executeAll,
  expectConserved,
  openDispute,
  panelJurors,
  panelTimes,
  passTo,
  phases,
  playRound,
  revealVotes,
  saltOf,
  scriptedCourtFixture,
  setNext,
  waitOutWindow,
  worthOf,
} from "../fixtures/court";

const VOTE = 4;
const SALT = saltOf(0n);

/** A drawn panel, and who sits in it. */
async function drawn() {
  const parts = await scriptedCourtFixture();
  const disputeId = await disputeIn(parts, "commit");
  const [first, second, third] = await panelJurors(parts, disputeId);
  return { ...parts, disputeId, first: first!, second: second!, third: third! };
}

describe("Attacks on the court's secret votes", () => {
  describe("a copied commitment", () => {
    it("cannot be revealed in another juror's slot, which counts as absent", async () => {
      const parts = await drawn();
      const { court, disputeId, first, second, third } = parts;
      const commitment = await court.commitmentOf(disputeId, 0n, 0n, first, VOTE, SALT);
      await court.connect(first).commit(disputeId, 0n, commitment);
      await court.connect(second).commit(disputeId, 1n, commitment);
      await court
        .connect(third)
        .commit(disputeId, 2n, await court.commitmentOf(disputeId, 0n, 2n, third, VOTE, saltOf(2n)));
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await court.connect(first).reveal(disputeId, 0n, VOTE, SALT);
      await expect(court.connect(second).reveal(disputeId, 1n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 1n, await court.commitmentOf(disputeId, 0n, 1n, second, VOTE, SALT));
      await court.connect(third).reveal(disputeId, 2n, VOTE, saltOf(2n));
      await waitOutWindow(parts, disputeId);
      await expect(court.execute(disputeId, 0n))
        .to.emit(court, "SlotSettled")
        .withArgs(disputeId, 0n, 1n, second.address, CONDUCT.absent, (parts.terms.seatPrice * 60n) / 100n);
    });

    it("cannot be revealed in another slot of the same juror's", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, ([a, b, c]) => a! <= 10n && b! <= 10n && c! > 10n && a !== b);
      const [juror] = await panelJurors(parts, disputeId);
      const commitment = await court.commitmentOf(disputeId, 0n, 0n, juror!, VOTE, SALT);
      await court.connect(juror).commit(disputeId, 0n, commitment);
      await court.connect(juror).commit(disputeId, 1n, commitment);
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await court.connect(juror).reveal(disputeId, 0n, VOTE, SALT);
      await expect(court.connect(juror).reveal(disputeId, 1n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 1n, await court.commitmentOf(disputeId, 0n, 1n, juror!, VOTE, SALT));
    });

    it("cannot be revealed in another dispute", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputes = [await openDispute(parts), await openDispute(parts)] as const;
      for (const disputeId of disputes) await drawPanel(parts, disputeId, ([seat]) => seat === 1n);
      const [juror] = await panelJurors(parts, disputes[0]);
      const commitment = await court.commitmentOf(disputes[0], 0n, 0n, juror!, VOTE, SALT);
      for (const disputeId of disputes) await court.connect(juror).commit(disputeId, 0n, commitment);
      await passTo((await panelTimes(parts, disputes[1])).gapUntil);
      await court.connect(juror).reveal(disputes[0], 0n, VOTE, SALT);
      await expect(court.connect(juror).reveal(disputes[1], 0n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputes[1], 0n, 0n, await court.commitmentOf(disputes[1], 0n, 0n, juror!, VOTE, SALT));
    });

    it("cannot be revealed in another panel of the same dispute", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, ([seat]) => seat === 1n);
      const [juror] = await panelJurors(parts, disputeId);
      const commitment = await court.commitmentOf(disputeId, 0n, 0n, juror!, VOTE, SALT);
      await court.connect(juror).commit(disputeId, 0n, commitment);
      await passTo((await panelTimes(parts, disputeId)).revealUntil);
      await court.redraw(disputeId);
      await drawPanel(parts, disputeId, ([seat]) => seat === 1n);
      await court.connect(juror).commit(disputeId, 0n, commitment);
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await expect(court.connect(juror).reveal(disputeId, 0n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 1n, 0n, await court.commitmentOf(disputeId, 1n, 0n, juror!, VOTE, SALT));
    });

    it("cannot be revealed in another court, or on another chain", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const { court: other } = await courtOn(parts.market, { source: parts.source! });
      const dispute = await disputeIn(parts, "commit");
      const [juror, another] = await panelJurors(parts, dispute);
      const elsewhere = await other.commitmentOf(dispute, 0n, 0n, juror!, VOTE, SALT);
      const onAnotherChain = commitmentElsewhere({
        chainId: 196n,
        court: await court.getAddress(),
        disputeId: dispute,
        panel: 0n,
        slot: 1n,
        juror: another!.address,
        vote: VOTE,
        salt: SALT,
      });
      await court.connect(juror).commit(dispute, 0n, elsewhere);
      await court.connect(another).commit(dispute, 1n, onAnotherChain);
      await passTo((await panelTimes(parts, dispute)).gapUntil);
      for (const [slot, sender] of [juror!, another!].entries()) {
        await expect(court.connect(sender).reveal(dispute, slot, VOTE, SALT))
          .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
          .withArgs(dispute, 0n, slot, await court.commitmentOf(dispute, 0n, slot, sender, VOTE, SALT));
      }
    });
  });

  describe("a leak", () => {
    /** What a juror and its accomplice lose when the juror leaks to the accomplice, or just stays away. */
    async function loss(how: "leak" | "absence"): Promise<bigint> {
      const parts = await drawn();
      const { court, disputeId, first, referrer: accomplice } = parts;
      const before = await worthOf(parts, [first, accomplice]);
      const others = [undefined, VOTE, VOTE];
      if (how === "leak") {
        await commitVotes(parts, disputeId, [VOTE, VOTE, VOTE]);
        await court.connect(accomplice).proveLeak(disputeId, 0n, first, VOTE, SALT);
      } else {
        await commitVotes(parts, disputeId, others);
      }
      await revealVotes(parts, disputeId, others);
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      await expectConserved(parts);
      return before - (await worthOf(parts, [first, accomplice]));
    }

    it("to oneself costs more than to be absent", async () => {
      const [leak, absence] = [await loss("leak"), await loss("absence")];
      const { terms } = await scriptedCourtFixture();
      expect(absence).to.equal((terms.seatPrice * 60n) / 100n);
      expect(leak).to.equal((terms.seatPrice * 75n) / 100n);
      expect(leak).to.be.greaterThan(absence);
    });

    it("cannot be undone by another commitment, nor be proved against a vote that was not made", async () => {
      const { court, disputeId, first, second, stranger } = await drawn();
      const commitment = await court.commitmentOf(disputeId, 0n, 0n, first, VOTE, SALT);
      await court.connect(first).commit(disputeId, 0n, commitment);
      await court.connect(stranger).proveLeak(disputeId, 0n, first, VOTE, SALT);
      await expect(court.connect(first).commit(disputeId, 0n, commitment))
        .to.be.revertedWithCustomError(court, "SeatCourt_AlreadyVoted")
        .withArgs(disputeId, 0n, 0n);
      await expect(court.connect(stranger).proveLeak(disputeId, 1n, second, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 1n, await court.commitmentOf(disputeId, 0n, 1n, second, VOTE, SALT));
    });

    it("can be proved from a reveal that was sent while commits were open", async () => {
      const parts = await drawn();
      const { court, disputeId, first, stranger } = parts;
      await commitVotes(parts, disputeId, [VOTE, VOTE, VOTE]);
      await expect(court.connect(first).reveal(disputeId, 0n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.commit, phases(PHASE.reveal));
      await court.connect(stranger).proveLeak(disputeId, 0n, first, VOTE, SALT);
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(LEAKED);
    });

    it("cannot be made of a reveal that an honest juror sent in the gap", async () => {
      const parts = await drawn();
      const { court, disputeId, first, stranger, stable, terms } = parts;
      await commitVotes(parts, disputeId, [VOTE, VOTE, VOTE]);
      const { commitUntil, gapUntil } = await panelTimes(parts, disputeId);
      for (const moment of [commitUntil, gapUntil - 2n]) {
        await setNext(moment);
        await expect(court.connect(first).reveal(disputeId, 0n, VOTE, SALT))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
          .withArgs(disputeId, PHASE.gap, phases(PHASE.reveal));
        await setNext(moment + 1n);
        await expect(court.connect(stranger).proveLeak(disputeId, 0n, first, VOTE, SALT))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
          .withArgs(disputeId, PHASE.gap, phases(PHASE.commit));
      }
      await revealVotes(parts, disputeId, [VOTE, VOTE, VOTE]);
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      expect(await court.withdrawable(stable, first)).to.equal(terms.fee);
    });

    it("cannot be made of a vote that was revealed in time, or only just before", async () => {
      const parts = await drawn();
      const { court, disputeId, first, second, stranger } = parts;
      await commitVotes(parts, disputeId, [VOTE, VOTE, undefined]);
      await revealVotes(parts, disputeId, [VOTE, undefined, undefined]);
      // The second juror's reveal waits to be mined: whoever sees it tries to be first.
      for (const [slot, juror] of [first, second].entries()) {
        await expect(court.connect(stranger).proveLeak(disputeId, slot, juror, VOTE, saltOf(slot)))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
          .withArgs(disputeId, PHASE.reveal, phases(PHASE.commit));
      }
      await court.connect(second).reveal(disputeId, 1n, VOTE, saltOf(1n));
    });
  });

  describe("votes that were seen", () => {
    it("cannot be answered: who has not committed when reveals begin cannot any more", async () => {
      const parts = await drawn();
      const { court, disputeId, third } = parts;
      await commitVotes(parts, disputeId, [VOTE, VOTE, undefined]);
      await revealVotes(parts, disputeId, [VOTE, VOTE, undefined]);
      const commitment = await court.commitmentOf(disputeId, 0n, 2n, third, VOTE, saltOf(2n));
      await expect(court.connect(third).commit(disputeId, 2n, commitment))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.reveal, phases(PHASE.commit));
    });

    it("cannot be counted twice", async () => {
      const parts = await drawn();
      const { court, disputeId, first } = parts;
      await commitVotes(parts, disputeId, [VOTE, 0, 0]);
      await revealVotes(parts, disputeId, [VOTE, 0, 0]);
      await expect(court.connect(first).reveal(disputeId, 0n, VOTE, SALT))
        .to.be.revertedWithCustomError(court, "SeatCourt_CommitmentMismatch")
        .withArgs(disputeId, 0n, 0n, await court.commitmentOf(disputeId, 0n, 0n, first, VOTE, SALT));
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([2n, 0n, 0n, 0n, 1n]);
    });

    it("cannot be faked by committing to the number that stands for one", async () => {
      const parts = await drawn();
      const { court, disputeId, first } = parts;
      const looksRevealed = `0x${"0".repeat(63)}5`;
      await expect(court.connect(first).commit(disputeId, 0n, looksRevealed))
        .to.be.revertedWithCustomError(court, "SeatCourt_InvalidCommitment")
        .withArgs(looksRevealed);
    });
  });

  describe("staying away", () => {
    it("does not let a minority rule at once: the panel is drawn again first", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [0, undefined, undefined]);
      expect((await court.phaseOf(disputeId)).phase).to.equal(PHASE.redraw);
      await waitOutWindow(parts, disputeId);
      await court.conclude(disputeId);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(0n);
    });

    it("with two seats of three, twice, does not have the case refused: the third one's vote rules", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [undefined, undefined, VOTE]);
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [undefined, undefined, VOTE]);
      const away = (await panelJurors(parts, disputeId)).slice(0, 2);
      const [, , honest] = await panelJurors(parts, disputeId);
      expect((await court.phaseOf(disputeId)).phase).to.equal(PHASE.appeal);
      await waitOutWindow(parts, disputeId);
      const before = await worthOf(parts, away);
      await court.execute(disputeId, 1n);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(5n);
      expect(before - (await worthOf(parts, away))).to.equal((2n * terms.seatPrice * 60n) / 100n);
      expect(await court.withdrawable(stable, honest!)).to.equal(3n * terms.fee);
      await court.execute(disputeId, 0n);
      await expectConserved(parts);
    });

    it("still leads to a refusal if nobody comes twice", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [undefined, undefined, undefined]);
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [undefined, undefined, undefined]);
      await court.conclude(disputeId);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(0n);
    });
  });
});

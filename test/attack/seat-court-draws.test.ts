import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";
import { ethers } from "hardhat";

import { seedProof } from "../../sdk/seedProof";
import type { Court } from "../fixtures/court";
import {
  PHASE,
  chooseDraw,
  courtFixture,
  currentPanel,
  disputeCall,
  disputeIn,
  drawPanel,
  expectConserved,
  openDispute,
  ownerIndex,
  panelJurors,
  panelTimes,
  passTo,
  phases,
  playRound,
  scriptedCourtFixture,
  seatsDrawnBy,
  setNext,
} from "../fixtures/court";

/** Ten times as many seats as all others have: whoever's draws count them is caught by nearly every slot. */
const MANY = 1_000n;

/** Requires that no slot of the current panel fell to the account. */
async function expectNotDrawn({ court }: Court, disputeId: bigint, account: string): Promise<void> {
  const panel = await currentPanel(court, disputeId);
  const { size } = await court.panelOf(disputeId, panel);
  for (let slot = 0n; slot < size; ++slot) {
    expect((await court.slotOf(disputeId, panel, slot)).juror).not.to.equal(account);
  }
}

/** Draws the current panel by an arbitrary word. */
async function drawAnyhow(parts: Court, disputeId: bigint): Promise<void> {
  await parts.source!.setWord(id(`any word for ${String(disputeId)}`));
  await passTo((await panelTimes(parts, disputeId)).seedTime);
  await parts.court.seed(disputeId, "0x");
}

/** Buys many seats and returns a way to look for them in panels. */
async function joinMany(parts: Court): Promise<string> {
  const { court, stranger, token } = parts;
  await token.mint(stranger, MANY * parts.terms.seatPrice);
  for (let bought = 0n; bought < MANY; bought += 100n) await court.connect(stranger).join(100n);
  return stranger.address;
}

describe("Attacks on the court's draws", () => {
  describe("seats bought", () => {
    it("after a case became known are in none of its panels, in whatever round", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      const attacker = await joinMany(parts);
      await drawAnyhow(parts, disputeId);
      await expectNotDrawn(parts, disputeId, attacker);
      await passTo((await panelTimes(parts, disputeId)).revealUntil);
      await court.redraw(disputeId);
      await drawAnyhow(parts, disputeId);
      await expectNotDrawn(parts, disputeId, attacker);
    });

    it("between rounds are in none of the later panels", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [4, 4, 4]);
      const attacker = await joinMany(parts);
      await court.appeal(disputeId);
      await drawAnyhow(parts, disputeId);
      await expectNotDrawn(parts, disputeId, attacker);
    });

    it("while the case was on its way to the court are in none of its panels", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms } = parts;
      const firstAt = BigInt(await time.latest()) + 1n;
      const attacker = await joinMany(parts);
      await setNext(firstAt + terms.seatMaturity - 1n); // a second too early even for the first of them
      const disputeId = await openDispute(parts);
      await drawAnyhow(parts, disputeId);
      await expectNotDrawn(parts, disputeId, attacker);
      await passTo((await panelTimes(parts, disputeId)).revealUntil);
      await court.redraw(disputeId);
      await drawAnyhow(parts, disputeId);
      await expectNotDrawn(parts, disputeId, attacker);
    });
  });

  describe("who moves after the seed is known", () => {
    it("changes nobody's slot by leaving or joining", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, stranger } = parts;
      const disputeId = await openDispute(parts);
      await chooseDraw(parts, disputeId);
      const seats = await seatsDrawnBy(court, disputeId, await parts.source!.word());
      await passTo((await panelTimes(parts, disputeId)).seedTime);
      for (const juror of jurors.slice(0, 5)) {
        const index = jurors.indexOf(juror);
        await court.connect(juror).leave(Array.from({ length: 10 }, (_, i) => BigInt(index * 10 + i + 1)));
      }
      await court.connect(stranger).join(20n);
      await court.seed(disputeId, "0x");
      await court.connect(jurors[9]).leave([91n]);
      for (const [slot, seat] of seats.entries()) {
        expect((await court.slotOf(disputeId, 0n, slot)).seatId).to.equal(seat);
      }
    });
  });

  describe("a seat that is no longer in the pool when the case arises", () => {
    /** The next dispute's first slot, whose first probe hits a place. */
    async function drawnAt(parts: Court, disputeId: bigint, place: bigint) {
      await drawPanel(parts, disputeId, (_, first) => first[0] === place);
      return (await parts.court.slotOf(disputeId, 0n, 0n)).seatId;
    }

    it("because it lost a part of its stake is passed over, though it was there at the snapshot", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms } = parts;
      const earlier = await disputeIn(parts, "evidence");
      await drawPanel(parts, earlier, (seats) => seats[0] === 7n && new Set(seats).size === 3);
      await passTo((await panelTimes(parts, earlier)).windowUntil);
      await court.execute(earlier, 0n);
      expect((await court.seatOf(7n)).left).to.equal(40n);
      const disputeId = await openDispute(parts);
      const { createdAt } = await court.disputeOf(disputeId);
      expect(await court.seatCountAt(createdAt - terms.seatMaturity)).to.equal(100n);
      const seatId = await drawnAt(parts, disputeId, 7n);
      expect(seatId).not.to.equal(7n);
      expect((await court.seatOf(seatId)).left).to.equal(100n);
      const drawn = await seatsDrawnBy(court, disputeId, await parts.source!.word());
      expect(drawn[0]).to.equal(seatId);
    });

    for (const [offset, drawn] of [
      [-1n, false],
      [0n, false],
      [1n, true],
    ] as const) {
      const when = offset === 0n ? "in the same second" : `a second ${offset < 0n ? "before" : "after"} it`;
      it(`because it left ${when} is ${drawn ? "drawn all the same" : "passed over"}`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, jurors, arbitrable } = parts;
        const leave = async () => court.connect(jurors[0]).leave([7n], { gasLimit: 1_000_000n });
        const open = async () => arbitrable.execute(court, disputeCall(parts), { gasLimit: 1_000_000n });
        const steps = offset > 0n ? [open, leave] : [leave, open];
        const now = BigInt(await time.latest());
        if (offset === 0n) {
          await ethers.provider.send("evm_setAutomine", [false]);
          for (const step of steps) await step();
          await ethers.provider.send("evm_mine", []);
          await ethers.provider.send("evm_setAutomine", [true]);
        } else {
          for (const [i, step] of steps.entries()) {
            await setNext(now + 10n + BigInt(i));
            await step();
          }
        }
        const { createdAt } = await court.disputeOf(1n);
        const leftAt = (await court.seatOf(7n)).releasableAt - (await court.UNBONDING());
        expect(leftAt - createdAt).to.equal(offset);
        const seatId = await drawnAt(parts, 1n, 7n);
        expect(seatId === 7n).to.equal(drawn);
      });
    }

    it("is drawn after seven others that have left, so that a draw ends", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors } = parts;
      const ids = (index: number) => Array.from({ length: 10 }, (_, i) => BigInt(index * 10 + i + 1));
      for (let index = 1; index < 10; ++index) await court.connect(jurors[index]).leave(ids(index));
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, ([a, b]) => a! > 10n && b! <= 10n);
      const drawn = await seatsDrawnBy(court, disputeId, await parts.source!.word());
      for (const [slot, seat] of drawn.entries()) {
        expect((await court.slotOf(disputeId, 0n, slot)).seatId).to.equal(seat);
      }
      expect((await court.seatOf(drawn[0]!)).place).to.equal(0n);
      expect((await court.seatOf(drawn[1]!)).place).not.to.equal(0n);
      const [juror] = await panelJurors(parts, disputeId);
      await court.connect(juror).commit(disputeId, 0n, id("a vote of one who has left"));
    });
  });

  describe("a seed", () => {
    it("cannot be handed in again for a draw that suits better", async () => {
      const parts = await scriptedCourtFixture();
      const { court, source, stranger } = parts;
      const disputeId = await disputeIn(parts, "commit");
      const { seed } = await court.panelOf(disputeId, 0n);
      await source!.setWord(id("a better word"));
      await expect(court.connect(stranger).seed(disputeId, "0x"))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.commit, phases(PHASE.seeding));
      expect((await court.panelOf(disputeId, 0n)).seed).to.equal(seed);
    });

    it("cannot be taken from a later block, nor from an earlier one", async () => {
      const parts = await courtFixture();
      const { court, randomness, stranger } = parts;
      const disputeId = await openDispute(parts);
      const { seedTime } = await panelTimes(parts, disputeId);
      const before = BigInt(await time.latest());
      await time.increaseTo(seedTime - 10n);
      await time.increaseTo(seedTime + 10n);
      await time.increase(30n);
      const later = BigInt(await time.latest());
      await time.increase(30n);
      for (const [moment, blockTime, parentTime] of [
        [later, later, seedTime + 10n],
        [seedTime - 10n, seedTime - 10n, before],
      ] as const) {
        const proof = await seedProof(ethers.provider, moment);
        await expect(court.connect(stranger).seed(disputeId, proof))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_NotTheFirstBlock")
          .withArgs(seedTime, blockTime, parentTime);
      }
      await court.connect(stranger).seed(disputeId, await seedProof(ethers.provider, seedTime));
    });

    it("that one side withholds is handed in by anybody else", async () => {
      const parts = await courtFixture();
      const { court, referrer } = parts;
      const disputeId = await openDispute(parts);
      const { seedTime, seedUntil } = await panelTimes(parts, disputeId);
      await time.increaseTo(seedTime);
      const proof = await seedProof(ethers.provider, seedTime);
      await setNext(seedUntil - 1n);
      await court.connect(referrer).seed(disputeId, proof);
    });

    it("that everybody withholds leads to one more draw, and then to the ruling that stands", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stranger } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.connect(stranger).appeal(disputeId); // the loser, who then withholds what it has paid for
      await passTo((await panelTimes(parts, disputeId)).seedUntil);
      await court.redraw(disputeId);
      await passTo((await panelTimes(parts, disputeId)).seedUntil);
      await court.conclude(disputeId);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(5n);
      await expectConserved(parts);
    });

    it("tells the moment before which nobody can know it: no phase takes it earlier", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stranger } = parts;
      const disputeId = await disputeIn(parts, "evidence");
      const { seedTime } = await panelTimes(parts, disputeId);
      await setNext(seedTime - 1n);
      await expect(court.connect(stranger).seed(disputeId, "0x"))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.evidence, phases(PHASE.seeding));
    });
  });

  describe("a seat that is drawn twice", () => {
    it("votes once per slot, and its owner no more", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, ([a, b, c]) => a === b && ownerIndex(a!) !== ownerIndex(c!));
      const [juror] = await panelJurors(parts, disputeId);
      for (const slot of [0n, 1n]) {
        await court.connect(juror).commit(disputeId, slot, id(`vote ${String(slot)}`));
        await expect(court.connect(juror).commit(disputeId, slot, id("another")))
          .to.be.revertedWithCustomError(court, "SeatCourt_AlreadyVoted")
          .withArgs(disputeId, 0n, slot);
      }
      await expect(court.connect(juror).commit(disputeId, 2n, id("a third")))
        .to.be.revertedWithCustomError(court, "SeatCourt_NotDrawn")
        .withArgs(disputeId, 0n, 2n, juror!.address);
    });

    it("loses no more than it is worth, and its panel can be settled", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, ([a, b, c]) => a === b && a !== c);
      const { seatId } = await court.slotOf(disputeId, 0n, 0n);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      await court.execute(disputeId, 0n);
      expect((await court.seatOf(seatId)).left).to.equal(0n);
      expect(await court.burnable(stable)).to.equal((terms.seatPrice * 160n) / 100n + 3n * terms.fee);
      expect(await court.seatCount()).to.equal(98n);
      await expectConserved(parts);
    });
  });
});

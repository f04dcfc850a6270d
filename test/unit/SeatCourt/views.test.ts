import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id } from "ethers";
import { ethers } from "hardhat";

import { commitmentOf } from "../../../sdk/votes";
import { fields } from "../../attack/support";
import type { PhaseName } from "../../fixtures/court";
import {
  PHASE,
  RULING,
  commitVotes,
  courtOn,
  disputeIn,
  drawPanel,
  openDispute,
  panelTimes,
  passTo,
  playRound,
  scriptedCourtFixture,
  waitOutWindow,
} from "../../fixtures/court";
import { marketFixture } from "../../fixtures/market";

const seven = (vote: number, voters = 7) => Array.from({ length: 7 }, (_, i) => (i < voters ? vote : undefined));
const fifteen = (vote: number) => Array.from({ length: 15 }, () => vote);

describe("SeatCourt", () => {
  describe("phaseOf", () => {
    it("tells each phase and its end, second by second", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      const expectAt = async (moment: bigint, phase: bigint, until: bigint) => {
        await passTo(moment);
        expect(BigInt(await time.latest())).to.equal(moment);
        expect([...(await court.phaseOf(disputeId))]).to.deep.equal([phase, until]);
      };
      const before = await panelTimes(parts, disputeId);
      await expectAt(before.seedTime - 1n, PHASE.evidence, before.seedTime);
      await expectAt(before.seedTime, PHASE.seeding, before.seedUntil);
      await drawPanel(parts, disputeId);
      const { seededAt, commitUntil, gapUntil, revealUntil, windowUntil } = await panelTimes(parts, disputeId);
      await expectAt(seededAt, PHASE.commit, commitUntil);
      await commitVotes(parts, disputeId, [4, 4, 4]);
      await expectAt(commitUntil - 1n, PHASE.commit, commitUntil);
      await expectAt(commitUntil, PHASE.gap, gapUntil);
      await expectAt(gapUntil - 1n, PHASE.gap, gapUntil);
      await expectAt(gapUntil, PHASE.reveal, revealUntil);
      await expectAt(revealUntil - 1n, PHASE.reveal, revealUntil);
      await expectAt(revealUntil, PHASE.redraw, windowUntil); // nobody has revealed
      await expectAt(windowUntil - 1n, PHASE.redraw, windowUntil);
      await expectAt(windowUntil, PHASE.decided, 0n);
      await court.conclude(disputeId);
      expect([...(await court.phaseOf(disputeId))]).to.deep.equal([PHASE.concluded, 0n]);
      await court.deliverRuling(disputeId);
      expect([...(await court.phaseOf(disputeId))]).to.deep.equal([PHASE.ruled, 0n]);
    });

    it("tells the window for appeals, and for a panel that nobody drew", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const undrawn = await openDispute(parts);
      const { seedUntil, windowUntil: end } = await panelTimes(parts, undrawn);
      await passTo(seedUntil - 1n);
      expect([...(await court.phaseOf(undrawn))]).to.deep.equal([PHASE.seeding, seedUntil]);
      await passTo(seedUntil);
      expect([...(await court.phaseOf(undrawn))]).to.deep.equal([PHASE.redraw, end]);
      await passTo(end);
      expect([...(await court.phaseOf(undrawn))]).to.deep.equal([PHASE.decided, 0n]);

      const drawn = await disputeIn(parts, "appeal");
      const { windowUntil } = await panelTimes(parts, drawn);
      expect([...(await court.phaseOf(drawn))]).to.deep.equal([PHASE.appeal, windowUntil]);
      await passTo(windowUntil - 1n);
      expect([...(await court.phaseOf(drawn))]).to.deep.equal([PHASE.appeal, windowUntil]);
      await passTo(windowUntil);
      expect([...(await court.phaseOf(drawn))]).to.deep.equal([PHASE.decided, 0n]);
    });

    it("tells of no dispute that there is none", async () => {
      const { court } = await scriptedCourtFixture();
      for (const disputeId of [0n, 1n, 2n ** 256n - 1n]) {
        expect([...(await court.phaseOf(disputeId))]).to.deep.equal([PHASE.none, 0n]);
      }
    });
  });

  describe("currentRuling", () => {
    it("is 0 until there is a quorum and its reveals are over, then the median, for good", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const expected: Record<PhaseName, bigint> = {
        none: RULING.refused,
        evidence: RULING.refused,
        seeding: RULING.refused,
        commit: RULING.refused,
        gap: RULING.refused,
        reveal: RULING.refused,
        appeal: RULING.all,
        redraw: RULING.refused,
        decided: RULING.all,
        concluded: RULING.all,
        ruled: RULING.all,
      };
      for (const [phase, ruling] of Object.entries(expected)) {
        const disputeId = await disputeIn(parts, phase as PhaseName);
        expect(await court.currentRuling(disputeId), phase).to.equal(ruling);
      }
    });

    it("is the last valid panel's through an appeal, and stays so if that fails", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      expect(await court.currentRuling(disputeId)).to.equal(RULING.all);
      await playRound(parts, disputeId, seven(0, 3));
      expect(await court.currentRuling(disputeId)).to.equal(RULING.all);
      await court.redraw(disputeId);
      await playRound(parts, disputeId, seven(0, 4));
      expect(await court.currentRuling(disputeId)).to.equal(RULING.none);
      await court.appeal(disputeId);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      expect(await court.currentRuling(disputeId)).to.equal(RULING.none);
    });
  });

  describe("appealCost", () => {
    it("is what the next panel's votes cost while an appeal is possible, else 0", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms } = parts;
      for (const phase of Object.keys(PHASE) as PhaseName[]) {
        const disputeId = await disputeIn(parts, phase);
        expect(await court.appealCost(disputeId), phase).to.equal(phase === "appeal" ? 7n * terms.fee : 0n);
      }
      const disputeId = await disputeIn(parts, "appeal");
      await court.appeal(disputeId);
      await playRound(parts, disputeId, seven(0));
      expect(await court.appealCost(disputeId)).to.equal(15n * terms.fee);
      await court.appeal(disputeId);
      await playRound(parts, disputeId, fifteen(0));
      expect(await court.appealCost(disputeId)).to.equal(0n);
    });
  });

  describe("arbitrationCost", () => {
    it("is three fees, in the coin or in the token, and what nobody can pay in any other", async () => {
      const { court, terms, stable, plain } = await scriptedCourtFixture();
      const inCoin = court["arbitrationCost(bytes)"];
      const inToken = court["arbitrationCost(bytes,address)"];
      expect(await inCoin("0x")).to.equal(3n * terms.coinFee);
      expect(await inCoin("0x1234")).to.equal(3n * terms.coinFee);
      expect(await inToken("0x", stable)).to.equal(3n * terms.fee);
      expect(await inToken("0x1234", stable)).to.equal(3n * terms.fee);
      for (const token of [await plain.getAddress(), ZeroAddress]) {
        expect(await inToken("0x", token)).to.equal(ethers.MaxUint256);
      }
    });

    it("is what nobody can pay in the coin where the court takes none", async () => {
      const { court } = await courtOn(await marketFixture(), { terms: { coinFee: 0n } });
      expect(await court["arbitrationCost(bytes)"]("0x")).to.equal(ethers.MaxUint256);
    });
  });

  describe("panelOf, slotOf and voteOf", () => {
    it("tell of a panel that never was that it is empty", async () => {
      const { court } = await scriptedCourtFixture();
      const panel = await court.panelOf(1n, 0n);
      expect([panel.seed, panel.size, panel.seedTime]).to.deep.equal([ethers.ZeroHash, 0n, 0n]);
      expect(await court.voteOf(1n, 0n, 0n)).to.equal(0n);
    });

    it("slotOf reverts before the draw, beyond the panel, and for panels that never were", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const waiting = await disputeIn(parts, "seeding");
      const drawn = await disputeIn(parts, "commit");
      for (const [disputeId, panel, slot] of [
        [waiting, 0n, 0n],
        [drawn, 0n, 3n],
        [drawn, 1n, 0n],
        [99n, 0n, 0n],
      ] as const) {
        await expect(court.slotOf(disputeId, panel, slot))
          .to.be.revertedWithCustomError(court, "SeatCourt_NoSuchSlot")
          .withArgs(disputeId, panel, slot);
      }
      expect((await court.slotOf(drawn, 0n, 2n)).seatId).to.be.greaterThan(0n);
    });

    it("tell of past panels what they told when these were current", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      const told = fields(await court.panelOf(disputeId, 0n));
      const slot = [...(await court.slotOf(disputeId, 0n, 1n))];
      await court.appeal(disputeId);
      await playRound(parts, disputeId, seven(0));
      expect(fields(await court.panelOf(disputeId, 0n))).to.deep.equal(told);
      expect([...(await court.slotOf(disputeId, 0n, 1n))]).to.deep.equal(slot);
      expect(await court.voteOf(disputeId, 0n, 1n)).to.equal(5n);
      expect(await court.voteOf(disputeId, 1n, 1n)).to.equal(1n);
    });
  });

  describe("commitmentOf", () => {
    it("is what the sdk computes, and differs by each part", async () => {
      const { court, stranger, client } = await scriptedCourtFixture();
      const { chainId } = await ethers.provider.getNetwork();
      const ballot = {
        chainId,
        court: await court.getAddress(),
        disputeId: 1n,
        panel: 2n,
        slot: 3n,
        juror: stranger.address,
        vote: 4,
        salt: id("salt"),
      };
      const seen = new Set<string>();
      for (const changed of [
        {},
        { disputeId: 2n },
        { panel: 3n },
        { slot: 4n },
        { juror: client.address },
        { vote: 3 },
        { salt: id("other") },
      ]) {
        const { disputeId, panel, slot, juror, vote, salt } = { ...ballot, ...changed };
        const told = await court.commitmentOf(disputeId, panel, slot, juror, vote, salt);
        expect(told).to.equal(commitmentOf({ ...ballot, ...changed }));
        seen.add(told);
      }
      expect(seen.size).to.equal(7);
    });
  });

  describe("seats and credits", () => {
    it("are empty where there are none", async () => {
      const { court, stranger } = await scriptedCourtFixture();
      const nothing = { owner: ZeroAddress, place: 0n, releasableAt: 0n, left: 0n };
      expect(fields(await court.seatOf(0n))).to.deep.equal(nothing);
      expect(fields(await court.seatOf(101n))).to.deep.equal(nothing);
      const none = { credit: 0n, coherent: 0n, incoherent: 0n, absent: 0n, leaked: 0n };
      expect(fields(await court.accountOf(stranger))).to.deep.equal(none);
    });

    it("add up over disputes, and tell the credit with the record", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, terms, jurors } = parts;
      for (let i = 0; i < 2; ++i) {
        const disputeId = await openDispute(parts);
        await drawPanel(parts, disputeId, (seats) => seats.every((seat) => seat <= 10n) && new Set(seats).size === 3);
        await commitVotes(parts, disputeId, [undefined, undefined, undefined]);
        await waitOutWindow(parts, disputeId);
        await court.execute(disputeId, 0n);
      }
      const record = await court.accountOf(jurors[0]!);
      expect([record.credit, record.absent]).to.deep.equal([0n, 6n]);
      const last = await disputeIn(parts, "decided");
      await court.execute(last, 0n);
      const { juror } = await court.slotOf(last, 0n, 0n);
      const account = await court.accountOf(juror);
      expect([account.credit, account.coherent]).to.deep.equal([terms.fee, 1n]);
      expect(await court.withdrawable(stable, juror)).to.equal(account.credit);
    });

    it("revert for a token that the court is not paid in", async () => {
      const { court, plain, stranger } = await scriptedCourtFixture();
      // One after the other: a call that is refused while nobody looks at it yet fails the test.
      for (const call of [() => court.withdrawable(plain, stranger), () => court.burnable(plain)]) {
        await expect(call())
          .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
          .withArgs(await plain.getAddress());
      }
    });

    it("are counted at any moment of the past", async () => {
      const { court } = await scriptedCourtFixture();
      expect(await court.seatCountAt(0n)).to.equal(0n);
      expect(await court.seatCountAt(await time.latest())).to.equal(100n);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  PHASE,
  RULING,
  courtOn,
  disputeIn,
  expectConserved,
  expectPhases,
  openDispute,
  panelTimes,
  phases,
  playRound,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";
import { marketFixture } from "../../fixtures/market";

/** A dispute whose first panel has ruled for the provider. */
async function ruled(votes: (number | undefined)[] = [4, 4, 4]) {
  const parts = await scriptedCourtFixture();
  const disputeId = await openDispute(parts);
  await playRound(parts, disputeId, votes);
  return { ...parts, disputeId, times: await panelTimes(parts, disputeId) };
}

const seven = (vote: number) => Array.from({ length: 7 }, () => vote);
const fifteen = (vote: number) => Array.from({ length: 15 }, () => vote);

describe("SeatCourt", () => {
  describe("appeal", () => {
    it("is paid for by anybody, and opens a panel of seven", async () => {
      const parts = await ruled();
      const { court, stable, stranger, terms, disputeId } = parts;
      const appealing = court.connect(stranger).appeal(disputeId);
      await appealing;
      const seedTime = BigInt(await time.latest()) + terms.evidencePeriod;
      await expect(appealing).to.emit(court, "PanelOpened").withArgs(disputeId, 1n, 1n, 7n, seedTime, stranger.address);
      const price = 7n * terms.fee;
      await expect(appealing).to.changeTokenBalances(stable, [stranger, court], [-price, price]);
      const dispute = await court.disputeOf(disputeId);
      expect([dispute.panels, dispute.round, dispute.redrawn, dispute.ruling]).to.deep.equal([
        2n,
        1n,
        false,
        RULING.all,
      ]);
      const panel = await court.panelOf(disputeId, 1n);
      expect([panel.size, panel.round, panel.seedTime, panel.seededAt, panel.appellant]).to.deep.equal([
        7n,
        1n,
        seedTime,
        0n,
        stranger.address,
      ]);
      expect(await court.openSlots()).to.equal(7n);
      await expectConserved(parts);
    });

    it("works once more, for fifteen", async () => {
      const parts = await ruled();
      const { court, stable, client, stranger, terms, disputeId } = parts;
      await court.connect(stranger).appeal(disputeId);
      await playRound(parts, disputeId, seven(0));
      const appealing = court.connect(client).appeal(disputeId);
      await appealing;
      const seedTime = BigInt(await time.latest()) + terms.evidencePeriod;
      await expect(appealing).to.emit(court, "PanelOpened").withArgs(disputeId, 2n, 2n, 15n, seedTime, client.address);
      await expect(appealing).to.changeTokenBalance(stable, client, -15n * terms.fee);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(RULING.none);
      expect(await court.openSlots()).to.equal(15n);
      await expectConserved(parts);
    });

    it("is not possible against the third round", async () => {
      const parts = await ruled();
      const { court, disputeId } = parts;
      await court.appeal(disputeId);
      await playRound(parts, disputeId, seven(0));
      await court.appeal(disputeId);
      await playRound(parts, disputeId, fifteen(0));
      await expect(court.appeal(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.decided, phases(PHASE.appeal));
    });

    it("is possible with two of three votes, and not with one", async () => {
      const quorum = await ruled([4, 4, undefined]);
      await quorum.court.appeal(quorum.disputeId);
      const { court, disputeId } = await ruled([4, undefined, undefined]);
      await expect(court.appeal(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.redraw, phases(PHASE.appeal));
    });

    it("is possible against a panel that was drawn again, and starts the next round afresh", async () => {
      const parts = await ruled([undefined, undefined, undefined]);
      const { court, disputeId } = parts;
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [4, 4, 4]);
      await court.appeal(disputeId);
      const dispute = await court.disputeOf(disputeId);
      expect([dispute.panels, dispute.round, dispute.redrawn]).to.deep.equal([3n, 1n, false]);
    });

    it("reverts in the reveals' last second, and works from the next on", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "reveal");
      const { revealUntil } = await panelTimes(parts, disputeId);
      await setNext(revealUntil - 1n);
      await expect(court.appeal(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.reveal, phases(PHASE.appeal));

      const ready = await ruled();
      await setNext(ready.times.revealUntil + 1n);
      await ready.court.appeal(ready.disputeId);
    });

    it("works in the window's last second, and not after it", async () => {
      const late = await ruled();
      await setNext(late.times.windowUntil - 1n);
      await late.court.appeal(late.disputeId);

      const { court, disputeId, times } = await ruled();
      await setNext(times.windowUntil);
      await expect(court.appeal(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.decided, phases(PHASE.appeal));
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      await expectPhases(parts, ["appeal"], (disputeId) => parts.court.appeal(disputeId));
    });

    it("reverts as the token does without an allowance", async () => {
      const { court, stable, stranger, terms, disputeId } = await ruled();
      await stable.connect(stranger).approve(court, 7n * terms.fee - 1n);
      await expect(court.connect(stranger).appeal(disputeId))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await court.getAddress(), 7n * terms.fee - 1n, 7n * terms.fee);
    });

    it("reverts when less than the fees arrives", async () => {
      const market = await marketFixture();
      const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 6, 0n]);
      const source = await ethers.deployContract("ScriptedRandomness");
      const parts = await courtOn(market, { token, source });
      const disputeId = await disputeIn(parts, "appeal");
      await token.setFeeBps(100n);
      await expect(parts.court.appeal(disputeId))
        .to.be.revertedWithCustomError(parts.court, "SeatCourt_IncorrectPayment")
        .withArgs(parts.terms.token, 7n * parts.terms.fee, (7n * parts.terms.fee * 99n) / 100n);
    });
  });
});

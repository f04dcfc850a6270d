import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, id, keccak256 } from "ethers";
import { ethers } from "hardhat";

import { seedProof } from "../../../sdk/seedProof";
import {
  PHASE,
  courtFixture,
  disputeIn,
  expectConserved,
  expectPhases,
  openDispute,
  ownerIndex,
  panelJurors,
  panelTimes,
  phases,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";

const WORD = id("word");

/** What a panel's seed is made of. */
function seedOf(word: string, disputeId: bigint, panel: bigint): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256", "uint256"], [word, disputeId, panel]));
}

/** An open dispute, whose panel the source would draw by WORD. */
async function opened() {
  const parts = await scriptedCourtFixture();
  await parts.source!.setWord(WORD);
  const disputeId = await openDispute(parts);
  return { ...parts, disputeId, times: await panelTimes(parts, disputeId) };
}

describe("SeatCourt", () => {
  describe("seed", () => {
    it("draws the panel from the word that the source gives, and starts the commits", async () => {
      const parts = await opened();
      const { court, disputeId, terms, times } = parts;
      await setNext(times.seedTime + 100n);
      const seeding = court.seed(disputeId, "0x");
      const seed = seedOf(WORD, disputeId, 0n);
      await expect(seeding)
        .to.emit(court, "PanelDrawn")
        .withArgs(disputeId, 0n, seed, times.seedTime + 100n + terms.commitPeriod);
      const panel = await court.panelOf(disputeId, 0n);
      expect([panel.seed, panel.seedTime, panel.seededAt]).to.deep.equal([seed, times.seedTime, times.seedTime + 100n]);
      await expectConserved(parts);
    });

    it("draws slot k's seat from the hash of seed, k and 0 among the seats of the snapshot", async () => {
      const parts = await opened();
      const { court, disputeId, times, jurors } = parts;
      await setNext(times.seedTime);
      await court.seed(disputeId, "0x");
      const seed = seedOf(WORD, disputeId, 0n);
      for (const slot of [0n, 1n, 2n]) {
        const hash = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256", "uint256"], [seed, slot, 0n]));
        const seatId = (BigInt(hash) % 100n) + 1n;
        const juror = jurors[Number((seatId - 1n) / 10n)]!.address;
        expect([...(await court.slotOf(disputeId, 0n, slot))]).to.deep.equal([seatId, juror]);
      }
    });

    it("draws by the hash of seed, k and 1 where the first seat had left when the dispute arose", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, source } = parts;
      const chosen = (seed: string, probe: bigint) => {
        const hash = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256", "uint256"], [seed, 0n, probe]));
        return (BigInt(hash) % 100n) + 1n;
      };
      const seed = seedOf(WORD, 1n, 0n);
      const [first, second] = [chosen(seed, 0n), chosen(seed, 1n)];
      expect(second).not.to.equal(first);
      await court.connect(jurors[ownerIndex(first)]).leave([first]);
      const disputeId = await openDispute(parts);
      await source!.setWord(WORD);
      await setNext((await panelTimes(parts, disputeId)).seedTime);
      await court.seed(disputeId, "0x");
      expect([...(await court.slotOf(disputeId, 0n, 0n))]).to.deep.equal([second, jurors[ownerIndex(second)]!.address]);
    });

    it("reverts in the second before the seed's moment", async () => {
      const { court, disputeId, times } = await opened();
      await setNext(times.seedTime - 1n);
      await expect(court.seed(disputeId, "0x"))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.evidence, phases(PHASE.seeding));
    });

    for (const [name, offset] of [
      ["at the seed's moment", 0n],
      ["a second later", 1n],
      ["in the window's last second", -1n],
    ] as const) {
      it(`works ${name}`, async () => {
        const { court, disputeId, times } = await opened();
        const moment = offset < 0n ? times.seedUntil + offset : times.seedTime + offset;
        await setNext(moment);
        await court.seed(disputeId, "0x");
        expect((await court.panelOf(disputeId, 0n)).seededAt).to.equal(moment);
      });
    }

    it("reverts once the window is over", async () => {
      const { court, disputeId, times } = await opened();
      await setNext(times.seedUntil);
      await expect(court.seed(disputeId, "0x"))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.redraw, phases(PHASE.seeding));
    });

    it("reverts in every other phase", async () => {
      const parts = await scriptedCourtFixture();
      await expectPhases(parts, ["seeding"], (disputeId) => parts.court.connect(parts.stranger).seed(disputeId, "0x"));
    });

    it("draws two disputes and two panels differently by the same word", async () => {
      const parts = await opened();
      const { court, disputeId } = parts;
      const second = await openDispute(parts);
      await setNext((await panelTimes(parts, second)).seedTime);
      await court.seed(disputeId, "0x");
      await court.seed(second, "0x");

      const third = await disputeIn(parts, "redraw");
      await court.redraw(third);
      await parts.source!.setWord(WORD);
      await setNext((await panelTimes(parts, third)).seedTime);
      await court.seed(third, "0x");
      const seeds = [
        (await court.panelOf(disputeId, 0n)).seed,
        (await court.panelOf(second, 0n)).seed,
        (await court.panelOf(third, 1n)).seed,
      ];
      expect(seeds).to.deep.equal([seedOf(WORD, 1n, 0n), seedOf(WORD, 2n, 0n), seedOf(WORD, third, 1n)]);
      expect(new Set(seeds).size).to.equal(3);
    });

    it("takes the proof of the first block from that moment on, from anybody", async () => {
      const parts = await courtFixture();
      const { court, stranger } = parts;
      const disputeId = await openDispute(parts);
      const { seedTime } = await panelTimes(parts, disputeId);
      await time.increaseTo(seedTime + 7n);
      const block = (await ethers.provider.send("eth_getBlockByNumber", ["latest", false])) as { mixHash: string };
      await time.increase(60n);
      await court.connect(stranger).seed(disputeId, await seedProof(ethers.provider, seedTime));
      expect((await court.panelOf(disputeId, 0n)).seed).to.equal(seedOf(block.mixHash, disputeId, 0n));
      expect(await panelJurors(parts, disputeId)).to.have.length(3);
    });

    it("reverts as the source does", async () => {
      const parts = await courtFixture();
      const { court, randomness } = parts;
      const disputeId = await openDispute(parts);
      const { seedTime } = await panelTimes(parts, disputeId);
      await time.increaseTo(seedTime);
      const proof = await seedProof(ethers.provider, seedTime - 1n);
      await time.increase(1n);
      const { timestamp } = (await ethers.provider.getBlock("latest"))!;
      const later = await seedProof(ethers.provider, BigInt(timestamp));
      await expect(court.seed(disputeId, later))
        .to.be.revertedWithCustomError(randomness, "HeaderRandomness_NotTheFirstBlock")
        .withArgs(seedTime, timestamp, seedTime);
      await court.seed(disputeId, proof); // no block came in the second before: the same one is the first from there
    });
  });
});

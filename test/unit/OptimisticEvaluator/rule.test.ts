import { expect } from "chai";
import { ethers } from "hardhat";

import type { Courtroom } from "../../fixtures/evaluation";
import { PHASE, RULING, at, courtroom, deadlineOf, escalated, ruled } from "../../fixtures/evaluation";

/** The arbitrator's own account, for calls that no arbitrator should make. */
async function arbitratorOf({ arbitrator }: Courtroom) {
  const address = await arbitrator.getAddress();
  await ethers.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
  return ethers.getImpersonatedSigner(address);
}

describe("OptimisticEvaluator", () => {
  describe("rule", () => {
    it("is the arbitrator's", async () => {
      const court = await courtroom();
      const jobId = await escalated(court);
      for (const sender of [court.client, court.provider, court.stranger]) {
        await expect(court.judge.connect(sender).rule(1n, RULING.All))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_OnlyArbitrator")
          .withArgs(sender.address);
      }
      expect((await court.judge.disputeOf(jobId)).phase).to.equal(PHASE.Escalated);
    });

    for (const [ruling, share] of [
      [0n, 50n],
      [1n, 0n],
      [2n, 25n],
      [3n, 50n],
      [4n, 75n],
      [5n, 100n],
      [6n, 50n],
      [2n ** 256n - 1n, 50n],
    ] as const) {
      it(`takes ${ruling} for ${share}%`, async () => {
        const court = await courtroom();
        const { judge, arbitrator } = court;
        const jobId = await escalated(court);
        const response = arbitrator.giveRuling(1n, ruling);
        await expect(response)
          .to.emit(judge, "Ruling")
          .withArgs(await arbitrator.getAddress(), 1n, ruling);
        await expect(response).to.emit(judge, "Ruled").withArgs(jobId, 1n, share);
        const { phase, share: stored } = await judge.disputeOf(jobId);
        expect([phase, stored]).to.deep.equal([PHASE.Ruled, share]);
      });
    }

    it("counts before the arbitration period ends", async () => {
      for (const [seconds, counts] of [
        [-1, true],
        [0, false],
        [1, false],
      ] as const) {
        const court = await courtroom();
        const { judge, arbitrator } = court;
        const jobId = await escalated(court);
        await at((await deadlineOf(court, jobId)) + seconds);
        const response = arbitrator.giveRuling(1n, RULING.All);
        await expect(response)
          .to.emit(judge, "Ruling")
          .withArgs(await arbitrator.getAddress(), 1n, RULING.All);
        if (!counts) await expect(response).not.to.emit(judge, "Ruled");
        const { phase, share } = await judge.disputeOf(jobId);
        expect([phase, share]).to.deep.equal(counts ? [PHASE.Ruled, 100n] : [PHASE.Escalated, 0n]);
      }
    });

    it("counts once", async () => {
      const court = await courtroom();
      const jobId = await ruled(court, RULING.Quarter);
      await expect(court.arbitrator.giveRuling(1n, RULING.All)).not.to.emit(court.judge, "Ruled");
      expect((await court.judge.disputeOf(jobId)).share).to.equal(25n);
    });

    it("does nothing about cases that are none, or are over", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      const jobId = await escalated(court);
      await expect(judge.connect(await arbitratorOf(court)).rule(99n, RULING.All)).not.to.emit(judge, "Ruled");
      expect((await judge.disputeOf(0n)).phase).to.equal(PHASE.Review);
      await judge.connect(client).concede(jobId);
      await expect(arbitrator.giveRuling(1n, RULING.Nothing)).not.to.emit(judge, "Ruled");
      expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Closed);
    });
  });
});

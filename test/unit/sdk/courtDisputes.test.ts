import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { CourtDispute } from "../../../sdk/courtDisputes";
import {
  availableCourtActions,
  courtPhaseAt,
  currentPanel,
  hasQuorum,
  readCourtDispute,
  revealOpensAt,
  slotsOf,
} from "../../../sdk/courtDisputes";
import { CourtPhase, nameOf } from "../../../sdk/enums";
import { commitVotes, drawPanel, endReveal, panelJurors, playRound, revealVotes, saltOf } from "../../fixtures/court";
import type { FairMarket } from "../../fixtures/fairMarket";
import { fairMarketFixture, openCase } from "../../fixtures/fairMarket";

async function read({ court }: FairMarket, disputeId: bigint): Promise<CourtDispute> {
  const dispute = await readCourtDispute(court, disputeId);
  if (dispute === undefined) throw new Error(`no dispute ${disputeId}`);
  return dispute;
}

const latest = async () => BigInt(await time.latest());

/** "name by actor" for each action at a moment. */
const summary = (dispute: CourtDispute, now: bigint): string[] =>
  availableCourtActions(dispute, now).map(({ name, by }) => `${name} by ${by}`);

/** What is told beforehand of phases, compared with what the court says on both sides of each end. */
async function expectSamePhases(c: FairMarket, dispute: CourtDispute): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const now = await latest();
    const { phase, until } = courtPhaseAt(dispute, now);
    const told = await c.court.phaseOf(dispute.id);
    expect([nameOf(CourtPhase, told.phase), told.until]).to.deep.equal([phase, until ?? 0n]);
    seen.push(phase);
    if (until === undefined) return seen;
    if (now < until - 1n) await time.increaseTo(until - 1n);
    expect(courtPhaseAt(dispute, until - 1n).phase).to.equal(phase);
    expect(nameOf(CourtPhase, (await c.court.phaseOf(dispute.id)).phase)).to.equal(phase);
    await time.increaseTo(until);
  }
}

describe("sdk", () => {
  describe("courtDisputes", () => {
    it("know a dispute that there is not", async () => {
      const { court } = await fairMarketFixture();
      expect(await readCourtDispute(court, 1n)).to.equal(undefined);
    });

    it("tell the phases that the court tells, to the second", async () => {
      const c = await fairMarketFixture();
      const id = await openCase(c);
      const undrawn = await read(c, id);
      expect(revealOpensAt(undrawn)).to.equal(undefined);
      expect(await expectSamePhases(c, undrawn)).to.deep.equal(["Evidence", "Seeding", "Redraw", "Decided"]);

      const second = await openCase(c);
      await drawPanel(c, second);
      const drawn = await read(c, second);
      const silent = ["Commit", "Gap", "Reveal", "Redraw", "Decided"];
      expect(await expectSamePhases(c, drawn)).to.deep.equal(silent);

      const third = await openCase(c);
      await drawPanel(c, third);
      await commitVotes(c, third, [2, 2, undefined]);
      await revealVotes(c, third, [2, 2, undefined]);
      const ruled = await read(c, third);
      expect(hasQuorum(currentPanel(ruled))).to.equal(true);
      expect(await expectSamePhases(c, ruled)).to.deep.equal(["Reveal", "Appeal", "Decided"]);
    });

    it("tell the phases of a panel drawn again, and of the last round", async () => {
      const c = await fairMarketFixture();
      const id = await openCase(c);
      await time.increaseTo(courtPhaseAt(await read(c, id), await latest()).until! + c.terms.seedWindow);
      await c.court.redraw(id);
      const again = await read(c, id);
      expect(again).to.include({ redrawn: true, round: 0 });
      expect(again.panels).to.have.lengthOf(2);
      expect(await expectSamePhases(c, again)).to.deep.equal(["Evidence", "Seeding", "Decided"]);

      const halfEmpty = await openCase(c);
      await drawPanel(c, halfEmpty);
      await endReveal(c, halfEmpty);
      await c.court.redraw(halfEmpty);
      await playRound(c, halfEmpty, [undefined, 3, undefined]);
      const ruled = await read(c, halfEmpty);
      expect(ruled.panels.map(({ redrawn }) => redrawn)).to.deep.equal([false, true]);
      expect(courtPhaseAt(ruled, await latest()).phase).to.equal("Appeal");
      expect(await expectSamePhases(c, ruled)).to.deep.equal(["Appeal", "Decided"]);

      const second = await openCase(c);
      await playRound(c, second, [0, 0, 0]);
      await c.court.appeal(second);
      await playRound(c, second, [4, 4, 4, 4, 4, 4, 4]);
      await c.court.appeal(second);
      await drawPanel(c, second);
      const votes = Array.from({ length: 15 }, () => 3);
      await commitVotes(c, second, votes);
      await revealVotes(c, second, votes);
      const last = await read(c, second);
      expect(last.panels.map(({ size, round }) => [size, round])).to.deep.equal([
        [3, 0],
        [7, 1],
        [15, 2],
      ]);
      expect(await expectSamePhases(c, last)).to.deep.equal(["Reveal", "Decided"]);
    });

    it("tell who was drawn, how each slot stands, and who can do what", async () => {
      const c = await fairMarketFixture();
      const id = await openCase(c);
      const opened = await read(c, id);
      const { seedTime } = currentPanel(opened);
      expect(opened).to.deep.include({ id, arbitrable: c.deployer.address, ruling: 0n, share: undefined });
      expect(currentPanel(opened)).to.deep.include({ slots: [], seededAt: undefined, appellant: ZeroAddress });
      expect(summary(opened, seedTime - 1n)).to.deep.equal([]);
      const windowEnd = seedTime + c.terms.seedWindow;
      expect(availableCourtActions(opened, seedTime)).to.deep.equal([
        { name: "seed", by: "anyone", until: windowEnd - 1n },
      ]);
      expect(summary(opened, windowEnd)).to.deep.equal(["redraw by anyone"]);

      await drawPanel(c, id);
      const drawn = await read(c, id);
      const jurors = (await panelJurors(c, id)).map(({ address }) => address);
      expect(currentPanel(drawn).slots.map(({ juror }) => juror)).to.deep.equal(jurors);
      const [first] = jurors;
      const own = jurors.flatMap((juror, slot) => (juror === first ? [BigInt(slot)] : []));
      expect(slotsOf(drawn, first!).map(({ slot }) => slot)).to.deep.equal(own);
      expect(slotsOf(drawn, c.stranger.address)).to.deep.equal([]);
      const commitUntil = currentPanel(drawn).seededAt! + c.terms.commitPeriod - 1n;
      const [committing] = availableCourtActions(drawn, commitUntil);
      expect(committing).to.deep.equal({
        name: "commit",
        by: "juror",
        account: first,
        slots: own,
        until: commitUntil,
      });

      // One juror leaks, one reveals, one stays hidden.
      await commitVotes(c, id, [1, 3, 3]);
      const committed = await read(c, id);
      expect(summary(committed, commitUntil)).to.deep.equal(["proveLeak by anyone"]);
      await c.court.connect(c.stranger).proveLeak(id, 0, first!, 1, saltOf(0));
      await revealVotes(c, id, [undefined, 3, undefined]);
      const partly = await read(c, id);
      expect(currentPanel(partly).slots.map(({ vote }) => vote.state)).to.deep.equal([
        "leaked",
        "revealed",
        "committed",
      ]);
      expect(currentPanel(partly).slots[1]!.vote).to.deep.equal({ state: "revealed", share: 75 });
      const [revealing] = availableCourtActions(partly, revealOpensAt(partly)!);
      expect(revealing).to.include({ name: "reveal", account: jurors[2] });
      expect(revealing?.slots).to.deep.equal([2n]);
      expect(summary(partly, revealOpensAt(partly)! - 1n)).to.deep.equal([]);
    });

    it("tell the ruling, and what is left to do after it", async () => {
      const c = await fairMarketFixture();
      const id = await openCase(c);
      await playRound(c, id, [4, 4, 0]);
      const appealable = await read(c, id);
      expect(appealable).to.include({ ruling: 5n, share: 100, ending: undefined });
      expect(summary(appealable, await latest())).to.deep.equal(["appeal by anyone"]);
      await c.court.appeal(id);
      await drawPanel(c, id);
      expect(currentPanel(await read(c, id)).appellant).to.equal(c.deployer.address);
      await endReveal(c, id);
      await time.increase(c.terms.appealPeriod);
      const decided = await read(c, id);
      expect(availableCourtActions(decided, await latest())).to.deep.equal([
        { name: "deliverRuling", by: "anyone" },
        { name: "execute", by: "anyone", panels: [0n, 1n] },
      ]);
      await c.court.execute(id, 1);
      const concluded = await read(c, id);
      expect(concluded).to.include({ ending: "Concluded", share: 100 });
      expect(availableCourtActions(concluded, 0n)).to.deep.include({ name: "execute", by: "anyone", panels: [0n] });
    });
  });
});

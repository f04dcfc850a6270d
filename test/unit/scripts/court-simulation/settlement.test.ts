import { expect } from "chai";

import type { Slot } from "../../../../scripts/court-simulation/execution";
import { execute, medianOf } from "../../../../scripts/court-simulation/execution";
import { seeded } from "../../../../scripts/court-simulation/random";
import type { Rules } from "../../../../scripts/court-simulation/rules";
import { FULL_QUORUM, IMPLEMENTED, THREE_FEES, TWO_FEES } from "../../../../scripts/court-simulation/rules";
import type { Tally } from "../../../../scripts/court-simulation/settlement";
import { NONE, RULINGS, rulingOf, settle, settleFailed, sizeOf } from "../../../../scripts/court-simulation/settlement";

const COURT: Rules = { ...IMPLEMENTED, seat: 25 };
const STRICT: Rules = { ...FULL_QUORUM, seat: 25 };
const TWO: Rules = { ...TWO_FEES, seat: 25 };

function tally(own: number[], honest: number, withheld = 0, honestAbsent = 0): Tally {
  return { votes: RULINGS.map((vote) => own.filter((cast) => cast === vote).length), withheld, honest, honestAbsent };
}

function slotsOf({ votes, withheld, honest, honestAbsent }: Tally): Slot[] {
  const many = (count: number, slot: Slot) => Array.from({ length: count }, () => slot);
  return [
    ...many(honestAbsent, { own: false, vote: undefined }),
    ...votes.flatMap((count, vote) => many(count, { own: true, vote })),
    ...many(withheld, { own: true, vote: undefined }),
    ...many(honest, { own: false, vote: 0 }),
  ];
}

describe("court simulation: settlement", () => {
  it("takes the lower median of what was revealed", () => {
    expect(rulingOf(COURT, tally([2, 2], 1), false)).to.equal(2);
    expect(rulingOf(COURT, tally([4], 1, 0, 1), false)).to.equal(0);
    expect(rulingOf(COURT, tally([1, 2, 3, 4], 3), false)).to.equal(1);
  });

  it("has no ruling unless more than half revealed, or anybody in a panel drawn again", () => {
    expect(rulingOf(COURT, tally([], 1, 2), false)).to.equal(undefined);
    expect(rulingOf(COURT, tally([], 2, 1), false)).to.equal(0);
    expect(rulingOf(COURT, tally([2], 2, 2, 2), false)).to.equal(undefined);
    expect(rulingOf(COURT, tally([], 1, 2), true)).to.equal(0);
    expect(rulingOf(COURT, tally([4], 0, 0, 2), true)).to.equal(4);
    expect(rulingOf(COURT, tally([], 0, 1, 2), true)).to.equal(undefined);
    expect(rulingOf(STRICT, tally([], 1, 2), true)).to.equal(undefined);
  });

  it("penalises from two quarters on", () => {
    const jurors = (drawn: Tally, final: number) => settle(COURT, drawn, 0, final, 7).jurors;
    expect(jurors(tally([2], 2), 1)).to.equal(1);
    expect(jurors(tally([2], 2), 0)).to.equal(-12.5);
    expect(jurors(tally([], 2, 1), 0)).to.equal(-15);
  });

  it("gives fees that nobody earned to the appellant who was right, or else to the coherent jurors", () => {
    expect(settle(COURT, tally([1], 2), 0, 2, 7)).to.deep.equal({ jurors: 1, repaid: 2 });
    expect(settle(COURT, tally([0], 1, 0, 1), 0, 0, 7)).to.deep.equal({ jurors: 1.5, repaid: 0 });
    expect(settle(COURT, tally([2, 2], 1), 2, 2, 0)).to.deep.equal({ jurors: 3, repaid: 0 });
  });

  it("paid penalties out before: all of the appeal, then two fees per penalised slot", () => {
    expect(settle(TWO, tally([1], 2), 0, 2, 7)).to.deep.equal({ jurors: 1 + 4, repaid: 7 });
    expect(settle(TWO, tally([1], 2), 0, 0, 7)).to.deep.equal({ jurors: 1, repaid: 0 });
  });

  it("pays nothing for a failed panel", () => {
    expect(settleFailed(COURT, tally([1], 0, 2), 0)).to.equal(-30);
    expect(settleFailed(COURT, tally([1], 0, 0, 2), NONE)).to.equal(0);
    expect(settleFailed(TWO, tally([1], 0, 0, 2), NONE)).to.equal(4);
  });

  it("brings the example of the page to 61 fees with a bonus of two, and to 25 as implemented", () => {
    const panels = [tally([1], 2), tally([1, 1], 5), tally(Array<number>(8).fill(2), 7)];
    const received = (rules: Rules) =>
      panels.reduce((sum, panel, round) => {
        const { jurors, repaid } = settle(rules, panel, round === 2 ? 2 : 0, 2, rules.panels[round + 1] ?? 0);
        return sum + jurors + repaid;
      }, 0);
    expect(received(TWO)).to.equal(61);
    expect(received(COURT)).to.equal(25);
  });

  it("agrees with the execution slot by slot, and pays out exactly what was paid for a valid panel", () => {
    const random = seeded(11);
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    for (const terms of [IMPLEMENTED, FULL_QUORUM, TWO_FEES, THREE_FEES]) {
      for (let count = 0; count < 250; count++) {
        const round = upTo(2);
        const rules: Rules = { ...terms, seat: upTo(1) === 0 ? 25 : 50 };
        const own = upTo(rules.panels[round] ?? 0);
        const withheld = upTo(own);
        const votes = Array.from({ length: own - withheld }, () => upTo(4));
        const others = (rules.panels[round] ?? 0) - own;
        const absent = upTo(others);
        const drawn = tally(votes, others - absent, withheld, absent);
        const panel = { slots: slotsOf(drawn), redrawn: upTo(1) === 0 };
        const ruling = medianOf(rules, panel);
        expect(ruling).to.equal(rulingOf(rules, drawn, panel.redrawn));
        if (ruling === undefined) {
          for (const final of [...RULINGS, NONE]) {
            const played = execute(rules, panel, final === NONE ? undefined : final);
            expect(settleFailed(rules, drawn, final)).to.be.closeTo(played, 1e-9);
          }
          continue;
        }
        const price = rules.panels[round + 1] ?? 0;
        for (const final of price === 0 ? [ruling] : RULINGS) {
          const { jurors, repaid } = settle(rules, drawn, ruling, final, price);
          const played = (isOwn: boolean) => execute(rules, { ...panel, appeal: { price, own: isOwn } }, final);
          expect(jurors + repaid).to.be.closeTo(played(true), 1e-9);
          expect(jurors).to.be.closeTo(played(false), 1e-9);
          if (rules.bonus !== undefined) continue;
          const coherent = votes.filter((vote) => Math.abs(vote - final) < 2).length;
          const penalties = rules.seat * ((votes.length - coherent) * rules.wrong + withheld * rules.absent);
          const honest = final < 2 ? drawn.honest : 0;
          const total = coherent + honest;
          const ofHonest = total === 0 ? 0 : (honest * (sizeOf(drawn) - repaid)) / total;
          expect(jurors + penalties + repaid + ofHonest).to.be.closeTo(sizeOf(drawn), 1e-9);
        }
      }
    }
  });
});

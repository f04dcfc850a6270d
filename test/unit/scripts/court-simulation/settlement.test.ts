import { expect } from "chai";

import type { Slot } from "../../../../scripts/court-simulation/execution";
import { execute, medianOf } from "../../../../scripts/court-simulation/execution";
import { seeded } from "../../../../scripts/court-simulation/random";
import type { Rules } from "../../../../scripts/court-simulation/rules";
import {
  ONE_AND_A_HALF_IN_ALL,
  ONE_FEE_IN_ALL,
  THREE_FEES,
  TWO_FEES,
} from "../../../../scripts/court-simulation/rules";
import type { Tally } from "../../../../scripts/court-simulation/settlement";
import { NONE, RULINGS, rulingOf, settle, settleFailed, sizeOf } from "../../../../scripts/court-simulation/settlement";

const TWO: Rules = { ...TWO_FEES, seat: 25 };
const ONE: Rules = { ...ONE_FEE_IN_ALL, seat: 25 };

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
    expect(rulingOf(tally([2, 2], 1))).to.equal(2);
    expect(rulingOf(tally([4], 1, 0, 1))).to.equal(0);
    expect(rulingOf(tally([1, 2, 3, 4], 3))).to.equal(1);
  });

  it("has no ruling unless more than half revealed", () => {
    expect(rulingOf(tally([], 1, 2))).to.equal(undefined);
    expect(rulingOf(tally([], 2, 1))).to.equal(0);
    expect(rulingOf(tally([2], 2, 2, 2))).to.equal(undefined);
  });

  it("penalises from two quarters on", () => {
    expect(settle(TWO, 0, tally([1], 2), 2, 0).jurors).to.equal(1 + 4);
    expect(settle(TWO, 0, tally([2], 2), 1, 0).jurors).to.equal(1);
    expect(settle(TWO, 0, tally([2], 2), 0, 0).jurors).to.equal(-12.5);
    expect(settle(TWO, 0, tally([], 2, 1), 0, 0).jurors).to.equal(-15);
  });

  it("repays the appellant of an overturned panel before its jurors", () => {
    expect(settle(TWO, 0, tally([1], 2), 2, 7)).to.deep.equal({ jurors: 1 + 4, repaid: 7 });
    expect(settle(ONE, 0, tally([1], 2), 2, 7)).to.deep.equal({ jurors: 1, repaid: 2 });
    expect(settle(TWO, 0, tally([1], 2), 0, 7)).to.deep.equal({ jurors: 1, repaid: 0 });
  });

  it("brings the example of the page to 61 fees with two, and to 25 with one in all", () => {
    const panels = [tally([1], 2), tally([1, 1], 5), tally(Array<number>(8).fill(2), 7)];
    const received = (rules: Rules) =>
      panels.reduce((sum, panel, round) => {
        const { jurors, repaid } = settle(rules, round, panel, 2, rules.panels[round + 1] ?? 0);
        return sum + jurors + repaid;
      }, 0);
    expect(received(TWO)).to.equal(61);
    expect(received(ONE)).to.equal(25);
  });

  it("agrees with the execution slot by slot, and with one fee in all never pays out more than was paid", () => {
    const random = seeded(11);
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    for (const terms of [ONE_FEE_IN_ALL, ONE_AND_A_HALF_IN_ALL, TWO_FEES, THREE_FEES]) {
      for (let count = 0; count < 250; count++) {
        const round = upTo(2);
        const rules: Rules = {
          ...terms,
          seat: upTo(1) === 0 ? 25 : 50,
          ...(upTo(4) === 0 ? { coinFee: random() } : {}),
        };
        const own = upTo(rules.panels[round] ?? 0);
        const withheld = upTo(own);
        const votes = Array.from({ length: own - withheld }, () => upTo(4));
        const others = (rules.panels[round] ?? 0) - own;
        const absent = upTo(others);
        const drawn = tally(votes, others - absent, withheld, absent);
        const panel = { round, slots: slotsOf(drawn) };
        const ruling = medianOf(panel);
        expect(ruling).to.equal(rulingOf(drawn));

        for (const final of RULINGS) {
          if (ruling === undefined) {
            expect(settleFailed(rules, drawn, final)).to.be.closeTo(execute(rules, panel, final), 1e-9);
            continue;
          }
          const price = rules.panels[round + 1] ?? 0;
          const { jurors, repaid } = settle(rules, round, drawn, final, price);
          expect(jurors + repaid).to.be.closeTo(
            execute(rules, { ...panel, appeal: { price, own: true } }, final),
            1e-9,
          );
          expect(jurors).to.be.closeTo(execute(rules, { ...panel, appeal: { price, own: false } }, final), 1e-9);
          if (terms === ONE_FEE_IN_ALL && rules.coinFee === undefined) {
            const wrong = votes.filter((vote) => Math.abs(vote - final) >= 2).length;
            const penalties = rules.seat * (wrong * rules.wrong + withheld * rules.absent);
            const honest = final < 2 ? drawn.honest : 0;
            expect(jurors + penalties + repaid + honest).to.be.at.most(sizeOf(drawn) + 1e-9);
          }
        }
        if (ruling === undefined) {
          expect(settleFailed(rules, drawn, NONE)).to.be.closeTo(execute(rules, panel, undefined), 1e-9);
        }
      }
    }
  });
});

import { expect } from "chai";

import { ALLOWED, compare } from "../../../../scripts/court-simulation/agreement";
import { binomial, majority } from "../../../../scripts/court-simulation/binomial";
import { captureChance } from "../../../../scripts/court-simulation/capture";
import { seeded } from "../../../../scripts/court-simulation/random";
import { rulesOf, tierOf } from "../../../../scripts/court-simulation/rules";

describe("court simulation: dice against formulas", () => {
  it("agrees for every figure that is played", function () {
    this.timeout(120_000);
    for (const { what, exact, played, deviation } of compare(1_000, 3)) {
      expect(deviation, `${what}: ${exact} computed, ${played} played`).to.be.at.most(ALLOWED);
    }
  });

  it("throws the same dice for the same seed", () => {
    const [one, same, other] = [seeded(1), seeded(1), seeded(2)];
    const first = one();
    expect(same()).to.equal(first);
    expect(other()).not.to.equal(first);
    expect(first).to.be.within(0, 1);
  });

  it("knows the majority of a panel", () => {
    expect(binomial(3, 0.5)).to.deep.equal([0.125, 0.375, 0.375, 0.125]);
    expect(majority(3, 0.3)).to.be.closeTo(3 * 0.09 * 0.7 + 0.027, 1e-12);
    for (const size of [3, 7, 15]) expect(majority(size, 0.5)).to.be.closeTo(0.5, 1e-12);
  });

  it("knows the chance to have the last word", () => {
    const rules = rulesOf(tierOf("small"));
    const [three, seven, fifteen] = rules.panels.map((size) => majority(size, 0.3)) as [number, number, number];
    const chance = (attacker: boolean, honest: boolean) => captureChance(rules, 0.3, { attacker, honest });
    expect(chance(false, false)).to.equal(three);
    expect(chance(true, true)).to.be.closeTo(fifteen, 1e-12);
    expect(chance(false, true)).to.be.closeTo(three * seven * fifteen, 1e-12);
    expect(chance(true, false)).to.be.closeTo(1 - (1 - three) * (1 - seven) * (1 - fifteen), 1e-12);
  });
});

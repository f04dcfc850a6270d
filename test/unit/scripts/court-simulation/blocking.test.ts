import { expect } from "chai";

import { FILLINGS, MANY, blocking } from "../../../../scripts/court-simulation/blocking";
import { TIERS, tierOf } from "../../../../scripts/court-simulation/rules";

describe("court simulation: blocking", () => {
  it("takes seven fillings of half of the seats, and costs more than half of two largest jobs", () => {
    expect(FILLINGS).to.equal(7);
    expect(TIERS.map((tier) => blocking(tier, 2)).map(({ cost, gain, jobs }) => [cost, gain, jobs])).to.deep.equal([
      [315, 125, 3],
      [3_150, 1_250, 3],
      [12_600, 5_000, 3],
    ]);
  });

  it("costs less by what comes back to own seats", () => {
    const { costAtThird, jobsAtThird } = blocking(tierOf("small"), 1.5);
    expect([costAtThird, jobsAtThird]).to.deep.equal([157.5, 2]);
  });

  it("needs more seats if many jobs are contested at once", () => {
    for (const tier of TIERS) {
      const { seatsForMany, gain } = blocking(tier, 2);
      const cost = (minSeats: number) => blocking({ ...tier, minSeats }, 2).costAtThird;
      expect(cost(seatsForMany)).to.be.above(MANY * gain);
      expect(cost(seatsForMany - 1)).to.be.at.most(MANY * gain);
    }
  });
});

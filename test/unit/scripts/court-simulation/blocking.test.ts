import { expect } from "chai";

import { SHORTEST_HOURS, blocking, blockingCost } from "../../../../scripts/court-simulation/blocking";
import { TIERS } from "../../../../scripts/court-simulation/rules";

describe("court simulation: blocking", () => {
  it("costs more at the minimum of seats than half of the largest job", () => {
    expect(TIERS.map((tier) => blocking(tier, 72)).map(({ cost, gain }) => [cost, gain])).to.deep.equal([
      [135, 125],
      [1_350, 1_250],
      [5_400, 5_000],
    ]);
  });

  it("would not with 7 seats less, or 13 in the larger courts", () => {
    for (const tier of TIERS) {
      const less = { ...tier, minSeats: tier.minSeats - (tier === TIERS[0] ? 7 : 13) };
      expect(blocking(less, 72).cost).to.be.at.most(tier.maxValue / 2);
    }
  });

  it("needs more seats against an attacker to whom a third of the fees comes back", () => {
    for (const tier of TIERS) {
      const { seatsFor33, gain } = blocking(tier, 72);
      const net = (seats: number) => (1 - 0.33) * blockingCost(tier, seats, 72, SHORTEST_HOURS);
      expect(net(seatsFor33)).to.be.above(gain);
      expect(net(seatsFor33 - 1)).to.be.at.most(gain);
    }
  });
});

import { expect } from "chai";

import type { Attack } from "../../../../scripts/court-simulation/attack";
import { Optimum } from "../../../../scripts/court-simulation/attack";
import { FARMING_VOTES, farmingPaysFrom, farmingProfit } from "../../../../scripts/court-simulation/farming";
import { attackProfit, safeShare, safeValue } from "../../../../scripts/court-simulation/price";
import { FULL_QUORUM, THREE_FEES, TWO_FEES, rulesOf, tierOf } from "../../../../scripts/court-simulation/rules";
import { RULINGS } from "../../../../scripts/court-simulation/settlement";

const [SMALL, MEDIUM] = [tierOf("small"), tierOf("medium")];
const COURT = rulesOf(SMALL);
/** An attacker that votes for the truth or for its own ruling, and nothing between. */
const PLAIN_VOTES = [0, 2];
const TWO = rulesOf(SMALL, TWO_FEES);
const THREE = rulesOf(SMALL, THREE_FEES);

describe("court simulation: the attacker that is both parties", () => {
  it("loses at each share below a half, whoever is absent and whatever its seats still hold", () => {
    for (const share of [0.05, 0.3, 0.45, 0.499]) {
      for (const absence of [0, 0.3]) {
        for (const [seatsLost, aloneSeeds] of [
          [false, false],
          [true, true],
        ] as const) {
          expect(farmingProfit({ rules: COURT, absence, seatsLost, aloneSeeds }, share)).to.be.below(0);
        }
      }
    }
  });

  it("loses with two fees, and wins with three from 46%, if it only votes for the truth or its own ruling", () => {
    // Figures of a search written independently, without absences and quorums.
    expect(farmingProfit({ rules: TWO, absence: 0 }, 0.45, PLAIN_VOTES)).to.be.closeTo(-0.82986, 1e-5);
    expect(farmingProfit({ rules: TWO, absence: 0 }, 0.49, PLAIN_VOTES)).to.be.closeTo(-0.33817, 1e-5);
    expect(farmingProfit({ rules: THREE, absence: 0 }, 0.45, PLAIN_VOTES)).to.be.below(0);
    expect(farmingProfit({ rules: THREE, absence: 0 }, 0.46, PLAIN_VOTES)).to.be.at.least(0);
  });

  it("wins with two fees from 41% if it hedges by votes a quarter off", () => {
    expect(farmingProfit({ rules: TWO, absence: 0 }, 0.45)).to.be.closeTo(4.33752, 1e-5);
    expect(farmingPaysFrom({ rules: TWO, absence: 0 })).to.be.closeTo(0.41, 1e-9);
  });

  it("gains nothing from votes that the tables do not search, nor if somebody penalised appeals", () => {
    const farm = { rules: COURT, absence: 0 };
    for (const share of [0.3, 0.49]) {
      const profit = farmingProfit(farm, share);
      expect(farmingProfit(farm, share, RULINGS)).to.be.closeTo(profit, 1e-6);
      expect(farmingProfit({ ...farm, rules: rulesOf(SMALL, FULL_QUORUM) }, share)).to.be.below(0);
      const opposed: Attack = { ...farm, share, votes: FARMING_VOTES, honestActs: true };
      expect(new Optimum(opposed).profit).to.be.at.most(profit + 1e-9);
    }
  });
});

describe("court simulation: the attacker that is one party", () => {
  const acting = { rules: COURT, absence: 0, honestActs: true };

  it("gains nothing from votes that the tables do not search", () => {
    for (const [tier, share] of [
      [SMALL, 0.31],
      [SMALL, 0.315],
      [MEDIUM, 0.28],
      [MEDIUM, 0.4],
    ] as const) {
      const attack = { ...acting, rules: rulesOf(tier), share };
      const jobValue = tier.maxValue / tier.fee;
      const all = new Optimum({ ...attack, votes: RULINGS, jobValue }).profit;
      expect(all).to.be.closeTo(attackProfit(attack, jobValue), 1e-3);
    }
  });

  it("gains nothing from them when jurors are absent, nor when it breaks quorums", () => {
    const attack = { ...acting, share: 0.3, absence: 0.1 };
    const all = new Optimum({ ...attack, votes: RULINGS, jobValue: 250 }).profit;
    expect(all).to.be.closeTo(attackProfit(attack, 250), 1e-3);
  }).timeout(60_000);

  it("gets little by staying away, because one vote makes the panel valid that is drawn again", () => {
    const absence = 0.2;
    const attack = { ...acting, absence, share: 0.2 };
    expect(attackProfit(attack, 250)).to.be.below(0);
    expect(attackProfit({ ...attack, rules: rulesOf(SMALL, FULL_QUORUM) }, 250)).to.be.above(0);
  });

  it("loses the round's fees if it has no seats", () => {
    expect(attackProfit({ ...acting, share: 0 }, 250)).to.equal(-3);
  });

  it("loses money up to the safe value and makes some beyond", () => {
    const attack = { ...acting, share: 0.3 };
    const value = safeValue(attack);
    expect(attackProfit(attack, value)).to.be.below(0);
    expect(attackProfit(attack, value * 1.01)).to.be.at.least(0);
  });

  it("loses money up to the safe share and makes some beyond", () => {
    const share = safeShare(acting, 250);
    expect(share).to.be.closeTo(0.31, 1e-9);
    expect(attackProfit({ ...acting, share }, 250)).to.be.below(0);
    expect(attackProfit({ ...acting, share: share + 0.005 }, 250)).to.be.at.least(0);
  });

  it("has the job halved for nothing if nobody else proves seeds", () => {
    expect(attackProfit({ ...acting, share: 0, aloneSeeds: true }, 250)).to.equal(125 - 1.5);
  });
});

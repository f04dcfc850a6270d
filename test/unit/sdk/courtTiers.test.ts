import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  COURT_PERIODS,
  COURT_TIERS,
  DISPUTE_PERIODS,
  courtTerms,
  disputeTerms,
  tierFor,
} from "../../../sdk/courtTiers";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { HeaderRandomness__factory, SeatCourt__factory } from "../../../typechain-types";
import { fields } from "../../attack/support";
import { marketFixture } from "../../fixtures/market";

const TOKEN = "0x00000000000000000000000000000000000000c0";

describe("sdk", () => {
  describe("court tiers", () => {
    it("grow without gaps: each takes over where the one before ends", () => {
      for (const [index, tier] of COURT_TIERS.entries()) {
        expect(tier.minJob).to.be.lessThan(tier.maxJob);
        const before = COURT_TIERS[index - 1];
        if (before === undefined) continue;
        expect(tier.maxJob).to.be.greaterThan(before.maxJob);
        expect(tier.minJob).to.be.lessThanOrEqual(before.maxJob);
        expect(tier.seatPrice).to.be.greaterThan(before.seatPrice);
      }
    });

    it("ask of each side a bond that pays for the first panel", () => {
      for (const { bond, fee, name } of COURT_TIERS) expect(bond, name).to.be.greaterThanOrEqual(3n * fee);
    });

    it("are what courts can be deployed with, in tokens of 6 and of 18 decimals", async () => {
      const { deployer, forwarder, stable } = await marketFixture();
      const randomness = await new HeaderRandomness__factory(deployer).deploy();
      for (const tier of COURT_TIERS) {
        for (const decimals of [6, 18]) {
          const terms = courtTerms(tier, await stable.getAddress(), decimals);
          const court = await new SeatCourt__factory(deployer).deploy(forwarder, randomness, terms);
          expect(fields(await court.terms())).to.deep.equal(terms);
        }
      }
    });
  });

  describe("periods", () => {
    const DAY = 86_400n;

    it("have seats mature for longer than a dispute is public before it reaches the court", () => {
      const { responsePeriod, escalationPeriod } = DISPUTE_PERIODS;
      expect([responsePeriod, escalationPeriod]).to.deep.equal([3n * DAY, 7n * DAY]);
      expect(COURT_PERIODS.seatMaturity).to.equal(14n * DAY);
      expect(COURT_PERIODS.seatMaturity).to.be.greaterThan(responsePeriod + escalationPeriod);
    });

    it("hold seats for as long as the longest case can call on them", async () => {
      const { deployer, forwarder, stable } = await marketFixture();
      const randomness = await new HeaderRandomness__factory(deployer).deploy();
      const terms = courtTerms(COURT_TIERS[0]!, await stable.getAddress(), 6);
      const court = await new SeatCourt__factory(deployer).deploy(forwarder, randomness, terms);
      const longest = await court.maxDisputeDuration();
      expect(COURT_PERIODS.unbonding).to.equal(35n * DAY);
      expect(COURT_PERIODS.unbonding).to.be.greaterThan(COURT_PERIODS.seatMaturity + longest);
      expect(DISPUTE_PERIODS.arbitrationPeriod).to.be.greaterThanOrEqual(longest);
    });
  });

  describe("disputeTerms", () => {
    it("scales amounts to the token, and has small jobs paid in full", () => {
      expect(disputeTerms(COURT_TIERS[0]!, TOKEN, 6)).to.deep.equal({
        ...DISPUTE_PERIODS,
        bondToken: TOKEN,
        bond: 10_000_000n,
        penaltyBps: 5_000n,
        jobToken: TOKEN,
        minAmount: 30_000_000n,
        smallJobShare: 100n,
      });
    });
  });

  describe("courtTerms", () => {
    it("scales amounts to the token, and takes no coin unless told", () => {
      const [small, medium] = COURT_TIERS;
      expect(courtTerms(small!, TOKEN, 6)).to.deep.equal({
        token: TOKEN,
        seatPrice: 25_000_000n,
        fee: 1_000_000n,
        coinFee: 0n,
        minSeats: 90n,
        ...COURT_PERIODS,
      });
      const terms = courtTerms(medium!, ZeroAddress, 18, 7n);
      expect([terms.seatPrice, terms.fee, terms.coinFee]).to.deep.equal([250n * 10n ** 18n, 5n * 10n ** 18n, 7n]);
      expect(courtTerms(small!, TOKEN, 0).seatPrice).to.equal(25n);
    });

    it("leave a seed time to be proved on a chain of one-second blocks", () => {
      expect(COURT_PERIODS.seedWindow).to.be.lessThan(8_191n);
    });
  });

  describe("tierFor", () => {
    it("finds the smallest court for a job", () => {
      for (const [amount, name] of [
        [0n, "small"],
        [250n, "small"],
        [251n, "medium"],
        [2_500n, "medium"],
        [2_501n, "large"],
        [10_000n, "large"],
      ] as const) {
        expect(tierFor(amount).name, String(amount)).to.equal(name);
      }
    });

    it("says what to do with a job that is too large for any", () => {
      expect(() => tierFor(10_001n)).to.throw(
        InvalidInputError,
        "no tier is meant for jobs of 10001: divide the job, or name an evaluator whom both sides trust.",
      );
    });
  });
});

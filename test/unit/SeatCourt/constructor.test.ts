import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { SeatCourt__factory } from "../../../typechain-types";
import { fields } from "../../attack/support";
import type { Terms } from "../../fixtures/court";
import { PHASE, scriptedCourtFixture } from "../../fixtures/court";

const DAY = 86_400n;
/** The largest price that fits into 96 bits and divides by 100. */
const MAX_PRICE = ((2n ** 96n - 1n) / 100n) * 100n;

/** Deploys courts whose terms differ from the fixture's. */
async function deploying() {
  const parts = await scriptedCourtFixture();
  const { deployer, forwarder, randomness, terms } = parts;
  const factory = new SeatCourt__factory(deployer);
  const deploy = async (overrides: Partial<Terms>) => factory.deploy(forwarder, randomness, { ...terms, ...overrides });
  return { ...parts, factory, deploy };
}

describe("SeatCourt", () => {
  describe("constructor", () => {
    it("fixes the terms, where randomness comes from, and whose relayed senders are believed", async () => {
      const { court, terms, randomness, forwarder, stable } = await scriptedCourtFixture();
      expect(fields(await court.terms())).to.deep.equal(terms);
      expect(await court.RANDOMNESS()).to.equal(await randomness.getAddress());
      expect(await court.isTrustedForwarder(forwarder)).to.equal(true);
      expect(await court.TOKEN()).to.equal(await stable.getAddress());
      expect(await court.SEAT_PRICE()).to.equal(terms.seatPrice);
      expect(await court.SEAT_MATURITY()).to.equal(terms.seatMaturity);
      expect(await court.UNBONDING()).to.equal(terms.unbonding);
    });

    it("starts a court without seats, disputes or money", async () => {
      const { deploy, stable } = await deploying();
      const court = await deploy({});
      expect(await court.seatCount()).to.equal(0n);
      expect(await court.openSlots()).to.equal(0n);
      expect(await court.disputeCount()).to.equal(0n);
      expect(await court.burnable(stable)).to.equal(0n);
      expect(await court.burnable(ZeroAddress)).to.equal(0n);
      expect([...(await court.phaseOf(1n))]).to.deep.equal([PHASE.none, 0n]);
    });

    it("publishes a bound of six panels and a day of grace", async () => {
      const { court, terms } = await scriptedCourtFixture();
      const { evidencePeriod, seedWindow, commitPeriod, revealGap, revealPeriod, appealPeriod } = terms;
      const panel = evidencePeriod + seedWindow + commitPeriod + revealGap + revealPeriod + appealPeriod;
      expect(await court.maxDisputeDuration()).to.equal(6n * panel + DAY);
    });

    it("accepts the edge of each bound", async () => {
      const { deploy, court, terms } = await deploying();
      const bound = terms.seatMaturity + (await court.maxDisputeDuration());
      for (const edge of [
        { seatPrice: 10n * terms.fee },
        { seatPrice: MAX_PRICE },
        { fee: 1n },
        { minSeats: 30n },
        { unbonding: bound + 1n },
        { unbonding: 2n ** 32n - 1n },
        { coinFee: 0n },
        { coinFee: 1n },
      ]) {
        const made = await deploy(edge);
        expect(fields(await made.terms())).to.deep.equal({ ...terms, ...edge });
      }
      const shortest = {
        evidencePeriod: 1n,
        seedWindow: 1n,
        commitPeriod: 1n,
        revealGap: 1n,
        revealPeriod: 1n,
        appealPeriod: 1n,
        seatMaturity: 1n,
        unbonding: 1n + 36n + DAY + 1n,
      };
      expect(await (await deploy(shortest)).maxDisputeDuration()).to.equal(36n + DAY);
    });

    it("reverts beyond the edge of each bound, and names the term", async () => {
      const { deploy, factory, court, terms } = await deploying();
      const bound = terms.seatMaturity + (await court.maxDisputeDuration());
      const periods = [
        "evidencePeriod",
        "seedWindow",
        "commitPeriod",
        "revealGap",
        "revealPeriod",
        "appealPeriod",
        "seatMaturity",
      ] as const;
      const refused: [string, Partial<Terms>][] = [
        ["token", { token: ZeroAddress }],
        ["seatPrice", { seatPrice: 10n * terms.fee - 100n }],
        ["seatPrice", { seatPrice: terms.seatPrice - 1n }],
        ["seatPrice", { seatPrice: terms.seatPrice + 1n }],
        ["seatPrice", { seatPrice: MAX_PRICE + 100n }],
        ["seatPrice", { fee: terms.seatPrice / 10n + 1n }],
        ["fee", { fee: 0n }],
        ["minSeats", { minSeats: 29n }],
        ...periods.map((period): [string, Partial<Terms>] => ["period", { [period]: 0n }]),
        ["unbonding", { unbonding: bound }],
        ["unbonding", { unbonding: bound - 1n }],
        ["unbonding", { unbonding: 0n }],
        ["unbonding", { unbonding: 2n ** 32n }],
        ["unbonding", { unbonding: 2n ** 40n }],
      ];
      for (const [reason, overrides] of refused) {
        await expect(deploy(overrides), reason)
          .to.be.revertedWithCustomError(factory, "SeatCourt_InvalidTerms")
          .withArgs(reason);
      }
    });

    it("counts every period into what unbonding must exceed", async () => {
      const { deploy, factory, court, terms } = await deploying();
      const bound = terms.seatMaturity + (await court.maxDisputeDuration());
      for (const [period, weight] of [
        ["evidencePeriod", 6n],
        ["seedWindow", 6n],
        ["commitPeriod", 6n],
        ["revealGap", 6n],
        ["revealPeriod", 6n],
        ["appealPeriod", 6n],
        ["seatMaturity", 1n],
      ] as const) {
        const longer = { [period]: terms[period] + 1n };
        await expect(deploy({ ...longer, unbonding: bound + weight }), period)
          .to.be.revertedWithCustomError(factory, "SeatCourt_InvalidTerms")
          .withArgs("unbonding");
        await deploy({ ...longer, unbonding: bound + weight + 1n });
      }
    });
  });
});

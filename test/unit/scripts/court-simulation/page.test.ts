import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { blocking } from "../../../../scripts/court-simulation/blocking";
import type { Chart } from "../../../../scripts/court-simulation/chart";
import { draw } from "../../../../scripts/court-simulation/chart";
import { fillPage } from "../../../../scripts/court-simulation/page";
import type { Results } from "../../../../scripts/court-simulation/results";
import { findFaults } from "../../../../scripts/court-simulation/results";
import { TIERS } from "../../../../scripts/court-simulation/rules";
import { ROOT, runScript } from "../../../fixtures/cli";

const page = readFileSync(join(ROOT, "docs", "court-economics.md"), "utf8");

const RESULTS: Results = {
  safe: [{ name: "sometimes", rows: [{ share: 0.1, values: [249, 500, 40] }] }],
  limits: [{ name: "always", shares: [0.31, 0, 0.285] }],
  capture: [{ share: 0.05, panels: [0.00725, 0.5, 0.00001], appeals: [0.1, 0.2, 0.3] }],
  price: [{ share: 0.05, tiers: TIERS.map(() => ({ safe: 1_239.9, profit: -1.25 })) }],
  farming: [{ share: 0.05, profits: [-1, 0, 2] }],
  paysFrom: [{ name: "one", shares: [undefined, undefined] }],
  blocking: TIERS.map((tier) => blocking(tier, 2)),
};

describe("court simulation: page", () => {
  it("has a place for every table, and filling it twice changes nothing", () => {
    const filled = fillPage(page, RESULTS);
    expect(fillPage(filled, RESULTS)).to.equal(filled);
    expect(filled)
      .to.contain("| sometimes | 10% | $249 | all, to $2,500 | none |")
      .and.to.contain("| always | 31% | none | 28.5% |")
      .and.to.contain("| 5% | $1,230 | $6,190 | $24,700 |")
      .and.to.contain("| 5% | 0.73% | 50.00% | < 0.01% |")
      .and.to.contain("| one | never below 50% | never below 50% |");
  });

  it("says which place is missing", () => {
    const without = page.replace("<!-- table: blocking -->", "");
    expect(() => fillPage(without, RESULTS)).to.throw('has no place for the table "blocking"');
  });

  it("has nothing to fault in figures that keep the promises, and a sentence for each that does not", () => {
    expect(findFaults(RESULTS)).to.deep.equal([]);
    const [cheap] = RESULTS.blocking.map((figures) => ({ ...figures, costAtThird: figures.gain }));
    const faults = findFaults({
      ...RESULTS,
      farming: [{ share: 0.45, profits: [0] }],
      paysFrom: [{ name: "one", shares: [0.4] }],
      blocking: [cheap!],
    });
    expect(faults).to.deep.equal([
      "A dispute over nothing pays an attacker with 45% of the seats.",
      "With absences, seats lost or seeds withheld it pays from 40% on.",
      "Blocking the small court costs who has a third of it $125 and wins $125.",
    ]);
  });
});

describe("court simulation: chart", () => {
  const axis = { label: "A < B", from: 1, to: 100, ticks: [1, 10, 100], format: String };
  const chart: Chart = {
    title: "Title & more",
    x: axis,
    y: { ...axis, logarithmic: true },
    lines: [{ label: "line", hue: 0, points: [[1, 1], [100, 10]] }], // prettier-ignore
  };

  it("places the points by the axes", () => {
    expect(draw(chart)).to.contain('<polyline points="76.0,378.0 736.0,213.0"');
  });

  it("escapes its labels", () => {
    expect(draw(chart)).to.contain(">A &lt; B<").and.to.contain('aria-label="Title &amp; more"');
  });
});

describe("simulate-court", () => {
  it("refuses wrong input with one sentence and exit code 2", async () => {
    for (const [args, sentence] of [
      [["--plays", "few"], "--plays few is not a whole number from 100 to 10000000."],
      [["--seed", "-1"], "--help lists the options."],
      [["--write", "--check"], "--write and --check exclude each other: choose one."],
    ] as const) {
      const { code, stdout, stderr } = await runScript("simulate-court", [...args]);
      expect(code).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(stderr).to.contain(sentence);
    }
  });
});

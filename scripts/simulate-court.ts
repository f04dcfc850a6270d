import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { ALLOWED, compare } from "./court-simulation/agreement";
import { draw } from "./court-simulation/chart";
import { chartsOf } from "./court-simulation/charts";
import { fillPage } from "./court-simulation/page";
import { compute, findFaults } from "./court-simulation/results";
import { runCommand } from "./lib/command";
import { Report } from "./lib/report";

const DOCS = join(__dirname, "..", "docs");
const PAGE = "court-economics.md";

void runCommand({
  name: "simulate-court",
  program: "npm run simulate:court --",
  summary: "Compute what attacks on the court cost and win, and play them by dice to check the figures.",
  options: {
    plays: { value: "COUNT", default: "10000", help: "Disputes to play for each figure." },
    seed: { value: "NUMBER", default: "1", help: "Where the dice begin." },
    write: { help: "Write the tables and charts of docs/court-economics.md." },
    check: { help: "Fail if the committed tables and charts say anything else." },
  },
  example: "--seed 7",
  run: async (values) => {
    const plays = countOf("plays", values.plays, 100, 10_000_000);
    const seed = countOf("seed", values.seed, 0, 2 ** 32 - 1);
    if (values.write && values.check)
      throw new InvalidInputError("--write and --check exclude each other: choose one.");

    const results = compute();
    const agreements = compare(plays, seed);
    const faults = findFaults(results);
    for (const { what, exact, played, deviation } of agreements) {
      if (deviation > ALLOWED) {
        faults.push(
          `${what}: computed ${exact.toFixed(4)}, played ${played.toFixed(4)}, ${deviation.toFixed(1)} errors apart.`,
        );
      }
    }
    const page = readFileSync(join(DOCS, PAGE), "utf8");
    const filled = fillPage(page, results);
    const files: Record<string, string> = { [PAGE]: filled };
    for (const [name, chart] of Object.entries(chartsOf(results))) files[name] = draw(chart);
    for (const [name, content] of Object.entries(files)) {
      const path = join(DOCS, name);
      if (values.write) writeFileSync(path, content);
      else if (values.check && (!existsSync(path) || readFileSync(path, "utf8") !== content)) {
        faults.push(
          `docs/${name} differs from what is computed: run \`npm run simulate:court -- --write\` and commit it.`,
        );
      }
    }

    const report = new Report()
      .add("seed", "seed", seed)
      .add("plays", "disputes played per figure", plays)
      .add("results", "results", results, tableOf(filled))
      .add("agreements", "computed, played", agreements, agreements.map(lineOf).join("\n"))
      .add("faults", "faults", faults, faults.length === 0 ? "none" : faults.join("\n"));
    return Promise.resolve(faults.length === 0 ? report : report.failWith(faults.join(" ")));
  },
});

function countOf(option: string, text: string, least: number, most: number): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < least || count > most) {
    throw new InvalidInputError(`--${option} ${text} is not a whole number from ${least} to ${most}.`);
  }
  return count;
}

/** The tables of the page under their headings, without its prose. */
function tableOf(page: string): string {
  return page
    .split("\n")
    .filter((line) => line.startsWith("|") || line.startsWith("## "))
    .join("\n");
}

function lineOf({ what, exact, played, deviation }: ReturnType<typeof compare>[number]): string {
  return `${exact.toFixed(4).padStart(9)} ${played.toFixed(4).padStart(9)}  ${deviation.toFixed(1)} errors  ${what}`;
}

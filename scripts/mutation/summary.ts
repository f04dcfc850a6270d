import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TARGETS } from "./build";
import type { Mutant } from "./mutants";
import type { Results } from "./results";

const root = join(__dirname, "..", "..");
const SUMMARY = join(root, "docs", "mutation.md");
/** Why survivors do not matter, by mutant id. */
const REASONS = join(__dirname, "reasons.json");

/** Writes what the chosen mutants came to: the score of each source, and every survivor with a reason if one is known. */
export function writeSummary(
  mutants: readonly Mutant[],
  chosen: readonly Mutant[],
  results: Results,
  command: string,
): void {
  const tried = chosen.filter(({ id }) => results.has(id));
  const survivors = tried.filter(({ id }) => results.get(id)?.status === "survived");
  const reasons = existsSync(REASONS) ? (JSON.parse(readFileSync(REASONS, "utf8")) as Record<string, string>) : {};
  const rows = Object.values(TARGETS)
    .flat()
    .map((file) => scoreRow(`\`${file}\``, count(tried, file), count(survivors, file), count(mutants, file)));
  const lines = [
    "# Mutation testing",
    "",
    "Each mutant is one small change to a contract: a comparison, a constant, an operator, a deleted statement,",
    "a guard switched off, two arguments exchanged. A test that fails kills it. What survives is a gap in the tests or",
    "a change that changes nothing. Tests that measure gas of optimised code cannot run against mutants and are left",
    "out; each run names them. This file is written by",
    "",
    "```sh",
    command,
    "```",
    "",
    "| Source | Tried | of | Killed | Score |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
    scoreRow("**all**", tried.length, survivors.length, mutants.length),
    "",
    "## Survivors",
    "",
    "| Mutant | Place | Change | Why it does not matter |",
    "| --- | --- | --- | --- |",
    ...[...survivors]
      .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
      .map(
        ({ id, file, line, functionName, original, text }) =>
          `| \`${id}\` | \`${file}:${line}\` ${functionName} | ${code(original)} → ${code(text)} | ${reasons[id] ?? "not looked into yet"} |`,
      ),
    "",
  ];
  writeFileSync(SUMMARY, lines.join("\n"));
}

function count(mutants: readonly Mutant[], file: string): number {
  return mutants.filter((mutant) => mutant.file === file).length;
}

function scoreRow(name: string, tried: number, survived: number, all: number): string {
  const score = tried === 0 ? "" : `${((100 * (tried - survived)) / tried).toFixed(1)}%`;
  return `| ${name} | ${tried} | ${all} | ${tried - survived} | ${score} |`;
}

/** Code in a table cell, on one line. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ").replaceAll("|", "\\|");
  return line === "" ? "nothing" : `\`${line}\``;
}

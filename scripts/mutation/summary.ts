import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TARGETS } from "./build";
import type { Mutant } from "./mutants";
import type { Results } from "./results";

const root = join(__dirname, "..", "..");
const SUMMARY = join(root, "docs", "mutation.md");
/** What each source's mutants came to when they were last tried: results themselves last only as long as the code. */
const SCORES = join(__dirname, "scores.json");
/** Why survivors do not matter, by mutant id. */
const REASONS = join(__dirname, "reasons.json");

const HEAD = [
  "# Mutation testing",
  "",
  "Each mutant is one small change to a contract: a comparison, a constant, an operator, a deleted statement,",
  "a guard switched off, two arguments exchanged. A test that fails kills it. What survives is a gap in the tests or",
  "a change that changes nothing. Tests that measure gas of optimised code cannot run against mutants and are left",
  "out; each run names them. This file is written by",
  "",
];

type Survivor = Pick<Mutant, "id" | "line" | "functionName" | "original" | "text">;

/** What is on record of one source. */
export interface Score {
  /** Of the source as it was then. */
  readonly digest: string;
  /** What was run. */
  readonly command: string;
  /** How many mutants there were, and how many of them were tried. */
  readonly mutants: number;
  readonly tried: number;
  readonly survivors: readonly Survivor[];
}

export type Scores = Readonly<Record<string, Score>>;

/** Records what the mutants of each source came to of which some were chosen now, and writes the page of all records. */
export function writeSummary(
  mutants: readonly Mutant[],
  chosen: readonly Mutant[],
  results: Results,
  command: string,
): void {
  const scores = withScores(readJson(SCORES) as Scores, mutants, chosen, results, command);
  writeFileSync(SCORES, `${JSON.stringify(scores, undefined, 2)}\n`);
  writeFileSync(SUMMARY, summaryOf(scores, readJson(REASONS) as Record<string, string>));
}

/** The scores, with those of the chosen mutants' sources in place of older ones. */
export function withScores(
  old: Scores,
  mutants: readonly Mutant[],
  chosen: readonly Mutant[],
  results: Results,
  command: string,
): Scores {
  const files = new Set(chosen.map(({ file }) => file));
  const scores: Record<string, Score> = { ...old };
  for (const file of files) {
    const all = mutants.filter((mutant) => mutant.file === file);
    const tried = all.filter(({ id }) => results.has(id));
    if (tried.length === 0) continue; // the time was over before
    const survivors = tried.filter(({ id }) => results.get(id)?.status === "survived");
    scores[file] = {
      digest: digestOf(file),
      command,
      mutants: all.length,
      tried: tried.length,
      survivors: survivors.map(({ id, line, functionName, original, text }) => {
        return { id, line, functionName, original, text };
      }),
    };
  }
  return scores;
}

/** The page: what was run, the score of each source, and every survivor with a reason if one is known. */
export function summaryOf(scores: Scores, reasons: Readonly<Record<string, string>>): string {
  const known = Object.values(TARGETS)
    .flat()
    .flatMap((file) => {
      const score = scores[file];
      return score === undefined ? [] : [{ file, score, changed: score.digest !== digestOf(file) }];
    });
  const survivors = known.flatMap(({ file, score }) => score.survivors.map((survivor) => ({ file, ...survivor })));
  const sum = (numberOf: (score: Score) => number) => known.reduce((total, { score }) => total + numberOf(score), 0);
  return [
    ...HEAD,
    "```sh",
    ...new Set(known.map(({ score }) => score.command)),
    "```",
    "",
    "| Source | Tried | of | Killed | Score |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...known.map(({ file, score, changed }) =>
      scoreRow(`\`${file}\`${changed ? " \\*" : ""}`, score.tried, score.survivors.length, score.mutants),
    ),
    scoreRow(
      "**all**",
      sum(({ tried }) => tried),
      survivors.length,
      sum(({ mutants }) => mutants),
    ),
    "",
    ...(known.some(({ changed }) => changed) ? ["\\* before the last change to this source", ""] : []),
    "## Survivors",
    "",
    "| Mutant | Place | Change | Why it does not matter |",
    "| --- | --- | --- | --- |",
    ...survivors
      .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
      .map(
        ({ id, file, line, functionName, original, text }) =>
          `| \`${id}\` | \`${file}:${line}\` ${functionName} | ${code(original)} → ${code(text)} | ${reasons[id] ?? "not looked into yet"} |`,
      ),
    "",
  ].join("\n");
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

function digestOf(file: string): string {
  return createHash("sha256")
    .update(readFileSync(join(root, file)))
    .digest("hex")
    .slice(0, 12);
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

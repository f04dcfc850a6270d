import { runCommand } from "./lib/command";
import { parseNumber } from "./lib/input";
import { Report } from "./lib/report";
import { buildMutants } from "./mutation/build";
import { runMutants } from "./mutation/run";
import { readResults, resultsFile } from "./mutation/results";
import { select } from "./mutation/select";
import { writeSummary } from "./mutation/summary";

/*
 * `npm run mutation`: changes the contracts in one small way at a time and looks whether a test notices. What nobody
 * notices is either a gap in the tests or a change that changes nothing; docs/mutation.md says which.
 */
void runCommand({
  name: "mutation",
  program: "npm run mutation --",
  summary: "Changes the contracts in one small way at a time, and tells which changes no test notices.",
  example: "--sample 300 --seed 1",
  options: {
    only: { value: "FILE", help: "Only mutants of this source, for example Facts.sol." },
    sample: { value: "N", help: "Only N mutants, drawn by the seed." },
    seed: { value: "S", default: "1", help: "What the sample is drawn by." },
    jobs: { value: "N", default: "2", help: "Processes side by side." },
    list: { help: "Name the mutants and run nothing." },
    survivors: { help: "Only those that survived before." },
    fresh: { help: "Forget earlier results of the selected mutants." },
    minutes: { value: "N", help: "Begin no mutant after so many minutes." },
    write: { help: "Write the score and the survivors to docs/mutation.md." },
  },
  run: async ({ only, seed, list, survivors, fresh, write, ...given }) => {
    const sample = given.sample === undefined ? undefined : parseCount(given.sample, "--sample");
    const minutes = given.minutes === undefined ? Infinity : parseCount(given.minutes, "--minutes");
    const jobs = parseCount(given.jobs, "--jobs");
    const build = buildMutants();
    const file = resultsFile(build);
    const chosen = select(build.mutants, { only, sample, seed, survivors: survivors ? readResults(file) : undefined });
    if (list) {
      const report = new Report();
      for (const { id, file: source, line, functionName, operator, original, text } of chosen) {
        const change = `${original.replace(/\s+/g, " ")} -> ${text.replace(/\s+/g, " ")}`;
        report.add(id, id, { source, line, functionName, operator, original, text }, `${source}:${line} ${change}`);
      }
      return report;
    }
    const started = Date.now();
    await runMutants(build, chosen, file, {
      jobs,
      again: fresh || survivors,
      until: started + minutes * 60_000,
    });
    const results = readResults(file);
    const done = chosen.flatMap((mutant) => {
      const result = results.get(mutant.id);
      return result === undefined ? [] : [{ mutant, result }];
    });
    const alive = done.filter(({ result }) => result.status === "survived");
    if (write) writeSummary(build.mutants, chosen, results, commandLine());
    const report = new Report()
      .add("mutants", "Mutants in all", build.mutants.length)
      .add("tried", "Tried", done.length)
      .add("killed", "Killed", done.length - alive.length)
      .add("timedOut", "of these by time-out", done.filter(({ result }) => result.status === "timed out").length)
      .add("score", "Score", `${((100 * (done.length - alive.length)) / Math.max(1, done.length)).toFixed(1)}%`)
      .add("seconds", "Seconds", Math.round((Date.now() - started) / 1000));
    for (const { mutant } of alive) {
      const { id, file: source, line, functionName, original, text } = mutant;
      report.add(
        id,
        `survived ${id}`,
        { source, line, functionName, original, text },
        `${source}:${line} ${original} -> ${text}`,
      );
    }
    return report;
  },
});

function parseCount(text: string, option: string): number {
  return Number(parseNumber(text, option, 1n, 1_000_000n));
}

/** The call as it can be repeated. */
function commandLine(): string {
  return `npm run mutation -- ${process.argv.slice(2).join(" ")}`;
}

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/*
 * `npm run coverage`: measures, then fails below the thresholds.
 * It works in a copy of the project, because tests deploy from the bindings: these have to carry the instrumented
 * bytecode to be measured, and the committed ones must never carry it.
 */

const root = join(__dirname, "..");
const copy = join(root, ".coverage"); // inside the project, so that node_modules is found above it

// What the contracts do is told by their own unit tests, named like them. Attack tests search it at every gas limit,
// which measuring makes ten times slower, and the sdk's tests find contracts where their bytecode puts them, which
// measuring changes.
const TEST_FILES = "test/{conformance/**/*,unit/[A-Z]*,unit/[A-Z]*/**/*,unit/libraries/**/*}.ts";

// Each transaction leaves millions of steps to look at: Node spends half of the time on clearing them away without it.
const YOUNG_MEMORY = "--max-semi-space-size=256";

const LINES_AND_FUNCTIONS = 100;
const BRANCHES = 98;

interface Share {
  total: number;
  covered: number;
  pct: number;
}

type Summary = Record<string, { lines: Share; functions: Share; branches: Share }>;

function copyProject(): void {
  rmSync(copy, { recursive: true, force: true });
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.split("\0").filter((name) => name !== "" && existsSync(join(root, name)));
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}

function failures(summary: Summary): string[] {
  const found: string[] = [];
  let total = 0;
  let covered = 0;
  for (const [path, { lines, functions, branches }] of Object.entries(summary)) {
    if (path === "total") {
      continue;
    }
    const file = relative(copy, resolve(copy, path)); // given as either absolute or relative
    total += branches.total;
    covered += branches.covered;
    if (lines.pct < LINES_AND_FUNCTIONS) {
      found.push(`${file}: ${String(lines.pct)}% of lines, expected ${String(LINES_AND_FUNCTIONS)}%`);
    }
    if (functions.pct < LINES_AND_FUNCTIONS) {
      found.push(`${file}: ${String(functions.pct)}% of functions, expected ${String(LINES_AND_FUNCTIONS)}%`);
    }
    // A small library's single branch would decide its share, so only the contracts are held to it one by one.
    if (dirname(file) === "contracts" && branches.pct < BRANCHES) {
      found.push(`${file}: ${String(branches.pct)}% of branches, expected ${String(BRANCHES)}%`);
    }
  }
  if (total === 0) {
    found.push("nothing was measured");
  } else if ((100 * covered) / total < BRANCHES) {
    found.push(`all sources: ${((100 * covered) / total).toFixed(2)}% of branches, expected ${String(BRANCHES)}%`);
  }
  return found;
}

function main(): number {
  copyProject();
  try {
    const hardhat = require.resolve("hardhat/internal/cli/bootstrap.js");
    const { status } = spawnSync(process.execPath, [YOUNG_MEMORY, hardhat, "coverage", "--testfiles", TEST_FILES], {
      cwd: copy,
      env: { ...process.env, COVERAGE_COPY: "1" },
      stdio: "inherit",
    });
    if (status !== 0) {
      return 1;
    }
    const report = join(copy, "coverage");
    const found = failures(JSON.parse(readFileSync(join(report, "coverage-summary.json"), "utf8")) as Summary);
    rmSync(join(root, "coverage"), { recursive: true, force: true });
    cpSync(report, join(root, "coverage"), { recursive: true });
    for (const failure of found) {
      console.error(failure);
    }
    return found.length === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main();

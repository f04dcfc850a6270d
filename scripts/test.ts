import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/*
 * `npm test`: the Hardhat tests in two processes and the forge tests beside them, because each alone leaves a core
 * idle. Their outputs are held back until the first is complete, so that they stay readable.
 * With test files as arguments, Hardhat runs these in one process. With --deep or --forge, forge runs alone.
 */

const root = join(__dirname, "..");
const bin = join(root, "node_modules", ".bin");
const windows = process.platform === "win32";

// A failure in `npm test` should come from the change under test, not from newly drawn inputs.
// The deep profile is the one that explores, so it draws its own.
const FUZZ_SEED = "0x61676e74";

interface Outcome {
  name: string;
  passed: boolean;
  /** How it ended, if not well: an exit code or a signal's name. */
  end: string;
  seconds: number;
  output: string;
}

async function run(
  name: string,
  tool: string,
  args: string[],
  options: { env?: Record<string, string>; hold?: boolean } = {},
): Promise<Outcome> {
  const started = Date.now();
  const child = spawn(join(bin, windows ? `${tool}.cmd` : tool), args, {
    cwd: root,
    env: { ...process.env, ...options.env },
    shell: windows,
    stdio: ["ignore", options.hold === true ? "pipe" : "inherit", options.hold === true ? "pipe" : "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return {
    name,
    passed: code === 0,
    end: String(code ?? signal),
    seconds: (Date.now() - started) / 1000,
    output: Buffer.concat(chunks).toString("utf8"),
  };
}

function forgeIsInstalled(): boolean {
  return existsSync(join(bin, windows ? "forge.cmd" : "forge"));
}

/** Forge calls a run without tests a success. */
function hasForgeTests(): boolean {
  return ["fuzz", "invariant"].every((folder) => {
    const path = join(root, "test", folder);
    return existsSync(path) && readdirSync(path, { recursive: true }).some((file) => String(file).endsWith(".t.sol"));
  });
}

function forge(options: { deep: boolean; hold: boolean; args: string[] }): Promise<Outcome> {
  const seed = options.deep || options.args.includes("--fuzz-seed") ? [] : ["--fuzz-seed", FUZZ_SEED];
  const env: Record<string, string> = { FOUNDRY_PROFILE: options.deep ? "deep" : "default" };
  if (windows) {
    env.FOUNDRY_SOLC = "scripts/solc.cmd";
  }
  return run(options.deep ? "forge, deep profile" : "forge", "forge", ["test", ...seed, ...options.args], {
    env,
    hold: options.hold,
  });
}

/** Tests that start processes of their own and mostly wait for them, and those that keep to this process. */
function hardhatSuites(): { name: string; files: string[] }[] {
  const files = readdirSync(join(root, "test"), { recursive: true })
    .map((file) => join("test", String(file)))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
  const starts = (file: string) => ["integration", "market"].some((folder) => file.startsWith(join("test", folder)));
  return [
    { name: "hardhat: contracts and sdk", files: files.filter((file) => !starts(file)) },
    { name: "hardhat: programs and index", files: files.filter(starts) },
  ];
}

/** Runs all Hardhat tests; the first suite's output is shown as it comes. */
async function hardhat(named: string[]): Promise<Outcome[]> {
  if (named.length > 0) {
    return [await run("hardhat", "hardhat", ["test", ...named])];
  }
  const compiled = await run("hardhat compile", "hardhat", ["compile", "--quiet"]);
  if (!compiled.passed) {
    return [compiled];
  }
  return Promise.all(
    hardhatSuites().map(({ name, files }, i) =>
      run(name, "hardhat", ["test", "--no-compile", ...files], { hold: i > 0 }),
    ),
  );
}

/** Says so, and answers whether the run may still count as passed. */
function reportMissingForge(): boolean {
  console.log(
    `\nThe fuzz and invariant tests did NOT run: forge has no npm package for ${process.platform}-${process.arch}.\n` +
      "It exists for Linux x64, macOS arm64 and Windows x64 (on those, run `npm ci` without --omit=optional).",
  );
  // Elsewhere a newcomer still gets the Hardhat tests; in CI a skipped guard must not look like a passed one.
  return process.env.CI === undefined;
}

async function main(): Promise<boolean> {
  const args = process.argv.slice(2);
  const deep = args.includes("--deep");
  const forgeOnly = deep || args.includes("--forge");
  const rest = args.filter((arg) => arg !== "--deep" && arg !== "--forge");

  if (!forgeIsInstalled()) {
    const outcomes = forgeOnly ? [] : await hardhat(rest);
    const mayPass = reportMissingForge();
    summarize(outcomes);
    return mayPass && !forgeOnly && outcomes.every(({ passed }) => passed);
  }
  if (!hasForgeTests()) {
    console.error(
      "test/fuzz and test/invariant must both hold forge tests (*.t.sol): without them nothing is guarded.",
    );
    return false;
  }
  if (forgeOnly) {
    return (await forge({ deep, hold: false, args: rest })).passed;
  }
  const forgeRun = forge({ deep: false, hold: true, args: [] });
  const outcomes = [...(await hardhat(rest)), await forgeRun];
  summarize(outcomes);
  return outcomes.every(({ passed }) => passed);
}

function summarize(outcomes: Outcome[]): void {
  for (const { name, output } of outcomes.filter(({ output }) => output !== "")) {
    console.log(`\n${name}\n${output}`);
  }
  for (const { name, passed, end, seconds } of outcomes) {
    console.log(`${name}: ${passed ? "passed" : `FAILED (${end})`} in ${seconds.toFixed(0)} s`);
  }
}

main().then(
  (passed) => {
    process.exitCode = passed ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

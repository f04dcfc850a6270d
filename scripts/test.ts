import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/*
 * `npm test`: the Hardhat tests and the forge tests side by side, because one of them alone leaves a core idle.
 * Forge's output is held back until Hardhat's is complete, so that the two stay readable.
 * With --deep or --forge, forge runs alone and its output is not held back.
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
  const [code] = (await once(child, "close")) as [number | null];
  return {
    name,
    passed: code === 0,
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
    const hardhat = forgeOnly ? [] : [await run("hardhat", "hardhat", ["test", ...rest])];
    const mayPass = reportMissingForge();
    summarize(hardhat);
    return mayPass && !forgeOnly && hardhat.every(({ passed }) => passed);
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
  const hardhatOutcome = await run("hardhat", "hardhat", ["test", ...rest]);
  const forgeOutcome = await forgeRun;
  console.log(forgeOutcome.output);
  summarize([hardhatOutcome, forgeOutcome]);
  return hardhatOutcome.passed && forgeOutcome.passed;
}

function summarize(outcomes: Outcome[]): void {
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${name}: ${passed ? "passed" : "FAILED"} in ${seconds.toFixed(0)} s`);
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

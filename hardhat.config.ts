import { readFileSync } from "node:fs";
import { join } from "node:path";

import "@nomicfoundation/hardhat-toolbox";
import { config as loadEnv } from "dotenv";
import {
  TASK_COMPILE_SOLIDITY_CHECK_ERRORS,
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
} from "hardhat/builtin-tasks/task-names";
import { subtask } from "hardhat/config";
import type { HardhatUserConfig } from "hardhat/config";
import { HardhatPluginError } from "hardhat/plugins";
import type { NetworksUserConfig, SolcBuild } from "hardhat/types";

loadEnv({ quiet: true });

// On a first run in a terminal, Hardhat would stop and ask for consent to telemetry; a build must not wait for an answer.
process.env.HARDHAT_DISABLE_TELEMETRY_PROMPT ??= "true";

// scripts/solc answers Foundry with the same package, so both tools share this one compiler.
const SOLC_VERSION = "0.8.30";
const SOLC_LONG_VERSION = "0.8.30+commit.73712a01";

// foundry.toml holds the figure for both tools: what either measures must be the same bytecode.
const OPTIMIZER_RUNS = Number(
  /^optimizer_runs = (\d+)$/m.exec(readFileSync(join(__dirname, "foundry.toml"), "utf8"))?.[1],
);
if (!Number.isInteger(OPTIMIZER_RUNS)) {
  throw new Error("foundry.toml has no line `optimizer_runs = <number>`.");
}

// With the bytecode, the salt decides every CREATE2 address. Changing it abandons all published addresses.
const CREATE2_SALT = "0x6167656e742d6d61726b65742e76310000000000000000000000000000000000"; // "agent-market.v1"

// Coverage compiles instrumented copies of the sources: their warnings say nothing about ours, and their bytecode
// must not reach the committed bindings. Tests deploy from the bindings, though, so scripts/coverage.ts measures in
// a copy of the project, where bindings are to be overwritten.
const measuringCoverage = process.argv.includes("coverage");
const bindingsAreDisposable = process.env.COVERAGE_COPY !== undefined;

interface CompilerOutput {
  errors?: { severity: string; errorCode?: string; formattedMessage: string; sourceLocation?: { file: string } }[];
}

// Hardhat would download a compiler. The npm package puts it under the lock file instead.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD).setAction(
  async (args: { solcVersion: string }, _hre, runSuper): Promise<SolcBuild> => {
    if (args.solcVersion !== SOLC_VERSION) {
      return (await runSuper(args)) as SolcBuild;
    }
    return {
      compilerPath: require.resolve("solc/soljson.js"),
      isSolcJs: true,
      version: SOLC_VERSION,
      longVersion: SOLC_LONG_VERSION,
    };
  },
);

// Solidity warns of every use of transient storage; a library's use of it is not ours to fix.
const TRANSIENT_STORAGE_WARNING = "2394";

subtask(TASK_COMPILE_SOLIDITY_CHECK_ERRORS).setAction(
  async ({ output, quiet }: { output: CompilerOutput; quiet: boolean }, _hre, runSuper) => {
    const errors = (output.errors ?? []).filter(
      ({ errorCode, sourceLocation }) =>
        !(errorCode === TRANSIENT_STORAGE_WARNING && sourceLocation?.file.startsWith("@openzeppelin/") === true),
    );
    await runSuper({ output: { ...output, errors }, quiet });
    const warnings = errors.filter(({ severity }) => severity === "warning");
    if (warnings.length > 0 && !measuringCoverage) {
      throw new HardhatPluginError("agent-market", `${warnings.length} compiler warnings above: here they are errors.`);
    }
  },
);

/** A variable that is absent or left empty in .env counts as not set. */
function env(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

const deployerKey = env("DEPLOYER_PRIVATE_KEY");
const accounts = deployerKey === undefined ? [] : [deployerKey];

// The public endpoints are rate-limited: enough to read and to deploy once. Stating the chain id makes Hardhat
// refuse an endpoint that answers for another chain.
const networks: NetworksUserConfig = {
  hardhat: {
    chainId: 31337,
    hardfork: "prague",
    allowUnlimitedContractSize: false,
  },
  localhost: {
    chainId: 31337,
    url: env("LOCALHOST_RPC_URL") ?? "http://127.0.0.1:8545",
  },
  xlayer: {
    chainId: 196,
    url: env("XLAYER_RPC_URL") ?? "https://rpc.xlayer.tech",
    accounts,
  },
  xlayerTestnet: {
    // 195 before the testnet was restarted from a new genesis; an endpoint that answers 195 is the retired chain.
    chainId: 1952,
    url: env("XLAYER_TESTNET_RPC_URL") ?? "https://testrpc.xlayer.tech/terigon",
    accounts,
  },
  base: {
    chainId: 8453,
    url: env("BASE_RPC_URL") ?? "https://mainnet.base.org",
    accounts,
  },
  baseSepolia: {
    chainId: 84532,
    url: env("BASE_SEPOLIA_RPC_URL") ?? "https://sepolia.base.org",
    accounts,
  },
};

// Sepolia has no endpoint of its own operator, so there is no default to trust.
const sepoliaUrl = env("SEPOLIA_RPC_URL");
if (sepoliaUrl !== undefined) {
  networks.sepolia = { chainId: 11155111, url: sepoliaUrl, accounts };
}

const config: HardhatUserConfig = {
  solidity: {
    version: SOLC_VERSION,
    settings: {
      // The oldest target with transient storage and MCOPY; a newer one would leave out chains for nothing we use.
      evmVersion: "cancun",
      // The gas budgets need it: hiring costs about 7,500 gas less than with the legacy pipeline.
      viaIR: true,
      optimizer: { enabled: true, runs: OPTIMIZER_RUNS },
      // The default appends a hash over comments and file paths, so that editing a comment would move every
      // CREATE2 address. verify-deployment compares recompiled bytecode instead of trusting that hash.
      metadata: { bytecodeHash: "none" },
    },
  },
  networks,
  paths: { ignition: "deploy" },
  ignition: {
    strategyConfig: { create2: { salt: CREATE2_SALT } },
  },
  typechain: {
    outDir: "typechain-types",
    target: "ethers-v6",
    dontOverrideCompile: measuringCoverage && !bindingsAreDisposable,
  },
  mocha: {
    // Ends what hangs, and judges no speed: a second process may compete for the cores, and measuring coverage makes
    // everything ten times slower.
    timeout: measuringCoverage ? 900_000 : 180_000,
    // Neither a wrong path nor a forgotten `.only` may pass for a green run.
    failZero: true,
    forbidOnly: process.env.CI !== undefined,
  },
  gasReporter: {
    // `npm run gas` measures against the budgets; the reporter's table would only repeat it on every test run.
    enabled: false,
  },
};

export default config;

import { relative, resolve } from "node:path";

import { clearSnapshots } from "@nomicfoundation/hardhat-network-helpers";
import { ContractFactory } from "ethers";
import Mocha from "mocha";

import type { Bytecode, Target } from "./build";
import { TARGETS, forEachTarget } from "./build";
import { switchOn } from "./schema";

/*
 * One long-lived process that runs the tests against one mutant after the other, on the in-process network. Loading
 * Hardhat and the tests takes seconds, a killed mutant less than one: so the same loaded tests run again and again.
 */

export interface Setup {
  readonly type: "setup";
  readonly bytecode: Bytecode;
}

/** Runs the tests with one mutant on, or with none and to the end if `mutant` is undefined. */
export interface Task {
  readonly type: "task";
  readonly mutant?: number;
  /** The files to run, likeliest killer first. */
  readonly files: readonly string[];
  /** Tests that fail without any mutant. */
  readonly skip: readonly string[];
}

export interface Failure {
  readonly file: string;
  readonly test: string;
  readonly timedOut: boolean;
}

export interface TaskResult {
  readonly failures: readonly Failure[];
}

const TEST_TIMEOUT = 30_000;
const root = resolve(__dirname, "..", "..");
const NONE = 0;

/** A reporter that prints nothing: the command reports. */
function silent(): void {
  // Mocha makes one for each run.
}

const GAS = 100_000_000;

async function main(): Promise<void> {
  process.env.HARDHAT_NETWORK = "hardhat";
  const { default: hre } = await import("hardhat");
  // Code that holds all mutants is larger, and takes more gas to deploy, than any chain allows.
  Object.assign(hre.config.networks.hardhat, { allowUnlimitedContractSize: true, blockGasLimit: GAS, gas: GAS });
  const factories = await import("../../typechain-types");
  const { PERMIT2_ADDRESS } = await import("../../sdk/create2");

  let build: Bytecode | undefined;
  let current: Bytecode | undefined;

  const mutated = (name: string): string | undefined => current?.[name as Target];
  const deploy = async (
    name: string,
    abi: ConstructorParameters<typeof ContractFactory>[0],
    bytecode: string,
    args: unknown[],
  ) => {
    const [deployer] = await hre.ethers.getSigners();
    const contract = await new ContractFactory(abi, mutated(name) ?? bytecode, deployer).deploy(...args);
    await contract.waitForDeployment();
    return contract;
  };

  // The three ways in which tests deploy: the deployment module, an artifact by its name, a binding.
  Object.assign(hre.ignition, {
    deploy: async () => {
      const { AgentMarketForwarder__factory: f, AgentRegistry__factory: r } = factories;
      const { ReputationLedger__factory: l, JobEscrow__factory: e } = factories;
      const forwarder = await deploy("AgentMarketForwarder", f.abi, f.bytecode, []);
      const registry = await deploy("AgentRegistry", r.abi, r.bytecode, [forwarder]);
      const ledger = await deploy("ReputationLedger", l.abi, l.bytecode, [forwarder, registry]);
      const escrow = await deploy("JobEscrow", e.abi, e.bytecode, [forwarder, ledger, PERMIT2_ADDRESS]);
      const { AgentWalletFactory__factory: w } = factories;
      const walletFactory = await deploy("AgentWalletFactory", w.abi, w.bytecode, [
        registry,
        ledger,
        forwarder,
        PERMIT2_ADDRESS,
      ]);
      return { forwarder, registry, ledger, escrow, walletFactory };
    },
  });
  const readArtifact = hre.artifacts.readArtifact.bind(hre.artifacts);
  Object.assign(hre.artifacts, {
    readArtifact: async (name: string) => {
      const artifact = await readArtifact(name);
      return { ...artifact, bytecode: mutated(name) ?? artifact.bytecode };
    },
  });
  for (const name of Object.keys(TARGETS) as Target[]) {
    const factory = factories[`${name}__factory`];
    factory.prototype.getDeployTransaction = function (this: ContractFactory, ...args: unknown[]) {
      return new ContractFactory(factory.abi, mutated(name) ?? factory.bytecode, this.runner).getDeployTransaction(
        ...args,
      );
    };
  }

  let mocha: Mocha | undefined;
  const loaded = new Map<string, Mocha.Suite[]>();
  const load = (files: readonly string[]): Mocha => {
    const missing = files.filter((file) => !loaded.has(file));
    mocha ??= new Mocha({ timeout: TEST_TIMEOUT, reporter: silent as never }).cleanReferencesAfterRun(false);
    if (missing.length > 0) {
      mocha.files = missing.map((file) => resolve(root, file));
      (mocha as unknown as { loadFiles(): void }).loadFiles(); // public in Mocha, protected in its types
      mocha.files = [];
      for (const suite of mocha.suite.suites) {
        const file = relative(root, suite.file ?? "");
        if (missing.includes(file)) loaded.set(file, [...(loaded.get(file) ?? []), suite]);
      }
    }
    mocha.suite.suites = files.flatMap((file) => loaded.get(file) ?? []);
    return mocha;
  };

  const runTask = async ({ mutant, files, skip }: Task): Promise<TaskResult> => {
    if (build === undefined) throw new Error("a task came before the code to run it on");
    const number = mutant ?? NONE;
    const code = build;
    current = forEachTarget((target) => switchOn(code[target], number));
    await hre.network.provider.send("hardhat_reset");
    await clearSnapshots();
    const prepared = load(files);
    bail(prepared.suite, mutant !== undefined);
    const skipped = new Set(skip);
    prepared.suite.eachTest((test: Mocha.Test) => {
      // Before each run but the first, Mocha takes for pending what has no body.
      if (skipped.has(test.fullTitle())) Object.assign(test, { fn: undefined, pending: true });
    });
    const failures: Failure[] = [];
    await new Promise<void>((done) => {
      prepared
        .run(() => {
          done();
        })
        .on("fail", (test: Mocha.Runnable, error: { code?: string; message?: string }) => {
          if (process.env.DEBUG !== undefined) console.error(test.fullTitle(), error.message);
          failures.push({
            file: relative(root, test.file ?? test.parent?.file ?? ""),
            test: test.fullTitle(),
            timedOut: error.code === "ERR_MOCHA_TIMEOUT",
          });
        });
    });
    return { failures };
  };

  process.on("message", (message: Setup | Task) => {
    if (message.type === "setup") {
      build = message.bytecode;
      return;
    }
    runTask(message).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

/** Suites take this from their parents when they are made, not when they run. */
function bail(suite: Mocha.Suite, yes: boolean): void {
  suite.bail(yes);
  for (const below of suite.suites) bail(below, yes);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import type { Build, Target } from "./build";
import { CACHE, TARGETS } from "./build";
import type { Mutant } from "./mutants";
import { keepResult, readResults } from "./results";
import type { Result } from "./results";
import type { Setup, Task, TaskResult } from "./worker";

const root = join(__dirname, "..", "..");

/** A test run that takes longer than this hangs outside any test. */
const TASK_TIMEOUT = 600_000;

const SUITES = [
  "test/unit/JobEscrow",
  "test/unit/ReputationLedger",
  "test/unit/OptimisticEvaluator",
  "test/unit/SeatCourt",
  "test/unit/AgentWallet",
  "test/conformance",
  "test/attack",
];

const WALLET = /AgentWallet|agent-wallet/;
/** What is built on escrow and ledger, and has tests of its own. */
const ABOVE = /OptimisticEvaluator|optimistic-evaluator|SeatCourt|seat-court|AgentWallet|agent-wallet/;

/** Which test files can notice a change in a contract. */
const TESTS_OF: Record<Target, (file: string) => boolean> = {
  JobEscrow: (file) => !ABOVE.test(file) && !/ReputationLedger|erc8004/.test(file),
  ReputationLedger: (file) => !ABOVE.test(file),
  OptimisticEvaluator: (file) => /OptimisticEvaluator|optimistic-evaluator/.test(file),
  SeatCourt: (file) => /SeatCourt|seat-court/.test(file),
  AgentWalletFactory: (file) => WALLET.test(file),
};

export interface Options {
  readonly jobs: number;
  /** Try mutants again that have a result. */
  readonly again: boolean;
  /** Begin no mutant after this time. */
  readonly until: number;
}

/** Tries the mutants one after the other, and keeps each result as soon as it is there. */
export async function runMutants(
  build: Build,
  mutants: readonly Mutant[],
  file: string,
  { jobs, again, until }: Options,
): Promise<void> {
  const known = readResults(file);
  const queue = mutants.filter(({ id }) => again || !known.has(id));
  if (queue.length === 0) return;
  const total = queue.length;
  const order = new KillerOrder();
  const first = new Worker(build);
  const workers = [first, ...Array.from({ length: Math.min(jobs, total) - 1 }, () => new Worker(build))];
  try {
    const skip = await failingAnyway(build, first, testFiles(queue));
    progress(`${skip.length} tests need optimised code and are left out.`);
    for (const test of skip) progress(`  left out: ${test}`);

    let done = 0;
    let survived = 0;
    const work = async (idle: Worker): Promise<void> => {
      let worker = idle;
      for (let mutant = queue.shift(); mutant !== undefined && Date.now() < until; mutant = queue.shift()) {
        let result: Result;
        try {
          const { failures } = await worker.run({
            type: "task",
            mutant: mutant.number,
            files: order.for(mutant),
            skip,
          });
          const [failure] = failures;
          if (failure !== undefined) order.learn(mutant, failure.file);
          result =
            failure === undefined
              ? { id: mutant.id, status: "survived" }
              : {
                  id: mutant.id,
                  status: failure.timedOut ? "timed out" : "killed",
                  test: failure.test,
                  testFile: failure.file,
                };
        } catch {
          worker.end();
          worker = new Worker(build);
          workers.push(worker);
          result = { id: mutant.id, status: "timed out" };
        }
        keepResult(file, result);
        done += 1;
        if (result.status !== "killed") {
          if (result.status === "survived") survived += 1;
          const { id, file: source, line, original, text } = mutant;
          progress(`${result.status} ${id} ${source}:${line} ${original} -> ${text}`.replace(/\s+/g, " "));
        }
        if (done % 20 === 0) progress(`${done} of ${total} mutants, ${survived} survived`);
      }
    };
    await Promise.all(workers.slice().map(work));
  } finally {
    for (const worker of workers) worker.end();
  }
}

/** Which of these tests fail without any mutant. Found once for each state of the code and the tests. */
async function failingAnyway({ digest }: Build, worker: Worker, files: string[]): Promise<string[]> {
  const tests = createHash("sha256");
  for (const path of files) tests.update(readFileSync(join(root, path)));
  const kept = join(CACHE, `baseline-${digest}-${tests.digest("hex").slice(0, 12)}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8")) as string[];
  const { failures } = await worker.run({ type: "task", files, skip: [] });
  const skip = failures.map(({ test }) => test);
  writeFileSync(kept, JSON.stringify(skip));
  return skip;
}

function progress(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
}

/** All tests that may notice one of these mutants; those of the registry alone do not. */
function testFiles(mutants: readonly Mutant[]): string[] {
  const targets = [...new Set(mutants.map(targetOf))];
  return SUITES.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".test.ts") && !/identity|agent-registry/.test(path))
    .filter((path) => targets.some((target) => TESTS_OF[target](path)));
}

function targetOf({ file }: Mutant): Target {
  const targets = Object.keys(TARGETS) as Target[];
  return targets.find((name) => (TARGETS[name] as readonly string[]).includes(file)) ?? "JobEscrow";
}

/** Guesses which test file notices a mutant: named after the function, or the one that noticed its neighbours. */
class KillerOrder {
  readonly #kills = new Map<string, number>();

  for(mutant: Mutant): string[] {
    const ledger = targetOf(mutant) === "ReputationLedger";
    const score = (file: string): number => {
      const name = basename(file).split(/[.-]/, 1)[0] ?? "";
      return (
        10 * (this.#kills.get(`${mutant.file}:${mutant.functionName}:${file}`) ?? 0) +
        (this.#kills.get(`${mutant.file}:${file}`) ?? 0) +
        (mutant.functionName === name ? 1_000 : 0) +
        (ledger === /ReputationLedger|erc8004/.test(file) ? 0.5 : 0)
      );
    };
    return testFiles([mutant])
      .map((file) => ({ file, score: score(file) }))
      .sort((a, b) => b.score - a.score)
      .map(({ file }) => file);
  }

  learn({ file, functionName }: Mutant, killer: string): void {
    for (const key of [`${file}:${functionName}:${killer}`, `${file}:${killer}`]) {
      this.#kills.set(key, (this.#kills.get(key) ?? 0) + 1);
    }
  }
}

class Worker {
  readonly #process: ChildProcess;

  constructor({ bytecode }: Build) {
    this.#process = fork(join(__dirname, "worker.ts"), { cwd: root, stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#process.send({ type: "setup", bytecode } satisfies Setup);
  }

  run(task: Task): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("the tests hang"));
      }, TASK_TIMEOUT);
      const onExit = () => {
        clearTimeout(timer);
        reject(new Error("the test process ended"));
      };
      this.#process.once("exit", onExit);
      this.#process.once("message", (result: TaskResult) => {
        clearTimeout(timer);
        this.#process.off("exit", onExit);
        resolve(result);
      });
      this.#process.send(task);
    });
  }

  end(): void {
    this.#process.kill();
  }
}

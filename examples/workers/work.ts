import type { JobContract } from "../../sdk/terms";
import { compile } from "./compile";
import { count } from "./count";
import { installedVersion } from "./inputs";
import { lint } from "./lint";
import { profile } from "./profile";

/** Does what a job contract asks for and answers the report as plain JSON data. */
export type Worker = (contract: JobContract, clientInput?: Uint8Array) => object;

const WORKERS: Readonly<Record<string, Worker>> = {
  "code/lint/solidity": lint,
  "code/compile/solidity": compile,
  "data/profile/csv": profile,
  "text/count": count,
};

/** The task types that `doWork` knows. */
export const TASK_TYPES = Object.keys(WORKERS);

/** The work that the contract's task type stands for. The same contract gives the same report on every machine. */
export const doWork: Worker = (contract, clientInput) => {
  const worker = WORKERS[contract.taskType];
  if (worker === undefined) {
    throw new Error(`Nobody here does "${contract.taskType}": it is one of ${Object.keys(WORKERS).join(", ")}.`);
  }
  for (const { name, version } of contract.evaluation.tools ?? []) {
    const installed = installedVersion(name);
    if (installed !== version) {
      throw new Error(`"${contract.title}" is to be done with ${name} ${version}, but ${installed} is installed.`);
    }
  }
  return worker(contract, clientInput);
};

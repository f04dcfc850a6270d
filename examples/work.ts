import { readFileSync } from "node:fs";

import { canonicalJson } from "../sdk/canonicalJson";
import { explainError } from "../sdk/errors";
import { parseJobContract } from "../sdk/terms";
import { doWork } from "./workers/work";

/*
 * Does what a job contract asks for and prints the report in RFC 8785 form:
 *   npx tsx examples/work.ts examples/jobs/lint-timelock.json > report.json
 * A second file is the client's own input, for contracts that leave it to the client.
 */

const [contractPath, inputPath] = process.argv.slice(2);
try {
  if (contractPath === undefined) throw new Error("usage: npx tsx examples/work.ts CONTRACT [INPUT]");
  const contract = parseJobContract(readFileSync(contractPath, "utf8"), contractPath);
  process.stdout.write(canonicalJson(doWork(contract, inputPath === undefined ? undefined : readFileSync(inputPath))));
} catch (error) {
  console.error(`work: ${explainError(error)}`);
  process.exitCode = 2;
}

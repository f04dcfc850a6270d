import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Build } from "./build";
import { CACHE } from "./build";

export interface Result {
  readonly id: string;
  readonly status: "killed" | "timed out" | "survived";
  /** The test that noticed. */
  readonly test?: string;
  readonly testFile?: string;
}

export type Results = ReadonlyMap<string, Result>;

/** Where results of this very code are kept, one line each, so that a run that was stopped goes on. */
export function resultsFile({ digest }: Build): string {
  return join(CACHE, `results-${digest}.jsonl`);
}

export function readResults(file: string): Results {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return new Map(
    lines.map((line) => {
      const result = JSON.parse(line) as Result;
      return [result.id, result];
    }),
  );
}

export function keepResult(file: string, result: Result): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

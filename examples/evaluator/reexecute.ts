import { canonicalJson, parseJson } from "../../sdk/canonicalJson";
import type { JobContract } from "../../sdk/terms";
import { contentHash } from "../../sdk/terms";
import { doWork } from "../workers/work";

/** What the evaluator found, and from what. Its hash is the `reason` that goes on chain with the verdict. */
export interface Verdict {
  method: "reexecution";
  jobId: string;
  termsHash: string;
  accepted: boolean;
  /** keccak256 of the report that the evaluator got, and of the one that was delivered. */
  expected: string;
  delivered: string;
  /** The first difference, where the reports differ. */
  finding?: string;
}

/** Judges work by doing it again: the delivered bytes must be the RFC 8785 form of the same report. */
export function reexecute(
  job: { jobId: string; termsHash: string; contract: JobContract; clientInput?: Uint8Array },
  delivered: Uint8Array,
): Verdict {
  const { jobId, termsHash, contract, clientInput } = job;
  const report = canonicalJson(doWork(contract, clientInput));
  const expected = contentHash(report);
  const found = contentHash(delivered);
  const accepted = found === expected;
  return {
    method: "reexecution",
    jobId,
    termsHash,
    accepted,
    expected,
    delivered: found,
    ...(accepted ? {} : { finding: findDifference(report, Buffer.from(delivered).toString("utf8")) }),
  };
}

function findDifference(expected: string, delivered: string): string {
  let value: unknown;
  try {
    value = parseJson(delivered, "the deliverable");
  } catch (error) {
    return (error as Error).message;
  }
  return firstDifference(JSON.parse(expected), value, "") ?? "The deliverable is not in canonical form (RFC 8785).";
}

/** Where two JSON values first differ, as a JSON pointer and both values. */
export function firstDifference(expected: unknown, delivered: unknown, path: string): string | undefined {
  if (isObject(expected) && isObject(delivered)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(delivered)])) {
      const difference = firstDifference(expected[key], delivered[key], `${path}/${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return expected === delivered ? undefined : `${path} is ${brief(delivered)}, where ${brief(expected)} is right.`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return "missing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

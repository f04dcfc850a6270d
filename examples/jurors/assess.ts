import { canonicalJson, parseJson } from "../../sdk/canonicalJson";
import type { JobContract } from "../../sdk/terms";
import { SHARES } from "../../sdk/votes";
import { firstDifference } from "../evaluator/reexecute";
import { doWork } from "../workers/work";

/** What comes out when somebody does the work again and compares it column by column, as such terms have it. */
export interface Assessment {
  /** Columns that are described alike, and all that were to be described. */
  right: number;
  columns: number;
  /** The first difference of each of the others, as a JSON pointer and both values. */
  differences: string[];
}

/**
 * Judges a column profile by doing it again.
 * @param digits How many significant digits of a number are compared; by default all.
 */
export function assess(contract: JobContract, delivered: Uint8Array, digits?: number): Assessment {
  const expected = columnsOf(parseJson(canonicalJson(doWork(contract))), digits);
  const found = columnsOf(parseJson(Buffer.from(delivered).toString("utf8"), "the deliverable"), digits);
  const differences = expected.flatMap(
    (column, index) => firstDifference(column, found[index], `/columns/${index}`) ?? [],
  );
  return { right: expected.length - differences.length, columns: expected.length, differences };
}

/** The share in percent that comes nearest to what was earned; of two that are as near, the lower. */
export function nearestShare({ right, columns }: Assessment): number {
  const earned = columns === 0 ? 0 : (100 * right) / columns;
  return SHARES.reduce<number>(
    (nearest, share) => (Math.abs(share - earned) < Math.abs(nearest - earned) ? share : nearest),
    SHARES[0],
  );
}

function columnsOf(report: unknown, digits?: number): unknown[] {
  const { columns } = report as { columns?: unknown };
  if (!Array.isArray(columns)) return [];
  return digits === undefined ? columns : columns.map((column: unknown) => rounded(column, digits));
}

function rounded(value: unknown, digits: number): unknown {
  if (typeof value === "number") return Number(value.toPrecision(digits));
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => rounded(member, digits));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member, digits)]));
}

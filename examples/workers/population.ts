import type { JobContract } from "../../sdk/terms";
import type { ProfileReport } from "./profile";
import { profile } from "./profile";

/**
 * What a profiler does that took another formula: it divides by n for the deviation, where n - 1 was agreed on.
 * Columns without numbers come out right.
 */
export function profilePopulation(contract: JobContract, clientInput?: Uint8Array): ProfileReport {
  const report = profile(contract, clientInput);
  const columns = report.columns.map((column) => {
    if (!("stddev" in column) || column.count === 0) return column;
    const stddev = column.stddev * Math.sqrt((column.count - 1) / column.count);
    return { ...column, stddev: Number(stddev.toPrecision(9)) };
  });
  return { ...report, columns };
}

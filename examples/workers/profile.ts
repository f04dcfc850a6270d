import type { JobContract } from "../../sdk/terms";
import { parseCsv } from "./csv";
import { readInput } from "./inputs";

interface ProfileParameters {
  /** How many of a text column's most frequent values to list. */
  topValues: number;
}

export interface ProfileReport {
  file: { name: string; hash: string };
  rows: number;
  columns: ColumnProfile[];
}

interface ColumnBasics {
  name: string;
  /** Values that are there. */
  count: number;
  missing: number;
  distinct: number;
}

export type ColumnProfile = ColumnBasics &
  (
    | ({ type: "integer" | "number" } & NumberSummary)
    | { type: "date"; min: string; max: string }
    | { type: "text"; topValues: { value: string; count: number }[] }
    | { type: "empty" }
  );

interface NumberSummary {
  min: number;
  max: number;
  mean: number;
  /** Sample standard deviation; 0 for a single value. */
  stddev: number;
  /** Quartiles by linear interpolation (type 7 of Hyndman and Fan, the default of R and NumPy). */
  quantiles: { q25: number; q50: number; q75: number };
}

const INTEGER = /^-?\d+$/;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Describes every column of a CSV file: its type, what is missing, and a summary that fits the type.
 * @param maxRows Reads no further than this, which is quick and wrong: see sampling.ts.
 */
export function profile(contract: JobContract, clientInput?: Uint8Array, maxRows = Infinity): ProfileReport {
  const { name, hash, bytes } = readInput(contract, clientInput);
  const { topValues } = contract.parameters as unknown as ProfileParameters;
  const [header = [], ...records] = parseCsv(Buffer.from(bytes).toString("utf8"));
  const rows = records.slice(0, maxRows);
  const ragged = rows.findIndex(({ length }) => length !== header.length);
  if (ragged !== -1) {
    throw new Error(`Row ${ragged + 1} of ${name} has ${rows[ragged]?.length} fields, the header ${header.length}.`);
  }
  const columns = header.map((column, index) =>
    profileColumn(
      column,
      rows.map((row) => row[index] ?? ""),
      topValues,
    ),
  );
  return { file: { name, hash }, rows: rows.length, columns };
}

function profileColumn(name: string, cells: string[], topValues: number): ColumnProfile {
  const values = cells.filter((cell) => cell !== "");
  const basics = {
    name,
    count: values.length,
    missing: cells.length - values.length,
    distinct: new Set(values).size,
  };
  const every = (pattern: RegExp) => values.every((value) => pattern.test(value));
  if (values.length === 0) return { ...basics, type: "empty" };
  if (every(INTEGER)) return { ...basics, type: "integer", ...summarize(values.map(Number)) };
  if (every(NUMBER)) return { ...basics, type: "number", ...summarize(values.map(Number)) };
  if (every(DATE)) {
    const dates = values.toSorted();
    return { ...basics, type: "date", min: dates[0] ?? "", max: dates[dates.length - 1] ?? "" };
  }
  return { ...basics, type: "text", topValues: mostFrequent(values, topValues) };
}

function summarize(values: number[]): NumberSummary {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sum(values) / values.length;
  const squares = sum(values.map((value) => (value - mean) * (value - mean)));
  return {
    min: sorted[0] ?? NaN,
    max: sorted[sorted.length - 1] ?? NaN,
    mean: rounded(mean),
    stddev: values.length === 1 ? 0 : rounded(Math.sqrt(squares / (values.length - 1))),
    quantiles: { q25: quantile(sorted, 0.25), q50: quantile(sorted, 0.5), q75: quantile(sorted, 0.75) },
  };
}

function quantile(sorted: number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return rounded(below + (above - below) * (position - Math.floor(position)));
}

function mostFrequent(values: string[], limit: number): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Nine significant digits: a program that sums in another order still gets the same report, and the same hash. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}

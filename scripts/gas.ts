import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { Budget, Step } from "./gas/budgets";
import { BUDGETS, SIZE_LIMIT } from "./gas/budgets";
import type { Measurements } from "./gas/measure";
import { measure } from "./gas/measure";

/*
 * `npm run gas`: measures every step against its budget and writes gas.json.
 * `npm run gas:check`: measures and fails if a budget is missed or a figure grew by more than 1% over gas.json.
 */

const USAGE = `Usage: npm run gas [-- --json]     measure, print, and write gas.json
       npm run gas:check           measure, print, and fail on a missed budget or on growth over gas.json`;

const SNAPSHOT = join(__dirname, "..", "gas.json");
const ALLOWED_GROWTH = 1.01;

/** One sentence for everything that keeps the figures from being accepted. */
function findFaults({ gas, bytes }: Measurements, snapshot: Measurements | undefined): string[] {
  const faults: string[] = [];
  for (const [step, used] of Object.entries(gas)) {
    const { budget }: Budget = BUDGETS[step as Step];
    if (budget !== undefined && used > budget) {
      faults.push(`${step}: ${figure(used)} gas is over its budget of ${figure(budget)}.`);
    }
  }
  for (const step of Object.keys(BUDGETS)) {
    if (!(step in gas)) faults.push(`${step}: has a row in scripts/gas/budgets.ts but was not measured.`);
  }
  for (const [contract, size] of Object.entries(bytes)) {
    if (size > SIZE_LIMIT) faults.push(`${contract}: ${figure(size)} bytes are over the limit of EIP-170.`);
  }
  if (snapshot === undefined) return faults;
  for (const [name, now, before] of [
    ...Object.entries(gas).map(([step, used]) => [step, used, snapshot.gas[step as Step]] as const),
    ...Object.entries(bytes).map(
      ([contract, size]) => [`${contract} (bytes)`, size, snapshot.bytes[contract]] as const,
    ),
  ]) {
    if (before === undefined) {
      faults.push(`${name}: is not in gas.json; run \`npm run gas\` and commit it.`);
    } else if (now > before * ALLOWED_GROWTH) {
      faults.push(`${name}: grew from ${figure(before)} to ${figure(now)}; if it must, commit a new gas.json.`);
    }
  }
  return faults;
}

function figure(value: number | undefined): string {
  return value === undefined ? "" : value.toLocaleString("en-US");
}

function toTable({ gas, bytes }: Measurements): string {
  const rows = [["step", "gas", "budget", "reference"]];
  for (const [step, used] of Object.entries(gas)) {
    const { budget, reference }: Budget = BUDGETS[step as Step];
    rows.push([step, figure(used), figure(budget), figure(reference)]);
  }
  const ours = gas.createJob + gas.setBudget + gas.approve + gas.fund;
  rows.push(["agree and fund by the standard's four calls", figure(ours), "", figure(427_000)]);
  rows.push(["", "", "", ""], ["contract", "bytes", "limit", ""]);
  for (const [contract, size] of Object.entries(bytes)) rows.push([contract, figure(size), figure(SIZE_LIMIT), ""]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

async function main(): Promise<number> {
  let options;
  try {
    options = parseArgs({
      options: { check: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } },
    });
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const { check = false, json = false, help = false } = options.values;
  if (help) {
    console.log(USAGE);
    return 0;
  }
  if (check && !existsSync(SNAPSHOT)) {
    console.error("There is no gas.json to compare with: run `npm run gas` and commit it.");
    return 1;
  }
  const measured = await measure();
  const snapshot = check ? (JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Measurements) : undefined;
  const faults = findFaults(measured, snapshot);
  console.log(json ? JSON.stringify({ ...measured, faults }, null, 2) : toTable(measured));
  if (!check) writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

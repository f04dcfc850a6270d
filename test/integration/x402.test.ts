import { spawn } from "node:child_process";
import { once } from "node:events";

import { expect } from "chai";

import { ROOT } from "../fixtures/cli";

/** The part of `--json` that is asserted. */
interface Report {
  wallet: string;
  seller: string;
  purchases: { dataset: string; rows: number; transaction: string; balance: string; leftInWindow: string }[];
  refusal: string;
  forgery: string;
  checks: { name: string; passed: boolean }[];
}

describe("npm run x402", function () {
  this.timeout(180_000);

  let report: Report;

  before(async () => {
    const child = spawn("npm", ["run", "--silent", "x402", "--", "--json"], {
      cwd: ROOT,
      shell: process.platform === "win32",
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    expect(code, output.stderr + output.stdout).to.equal(0);
    report = JSON.parse(output.stdout) as Report;
  });

  it("sells real work for each payment, and charges the wallet's window for it", () => {
    const purchases = report.purchases.map(({ dataset, rows, balance, leftInWindow }) => [
      dataset,
      rows,
      balance,
      leftInWindow,
    ]);
    expect(purchases).to.deep.equal([
      ["seattle-weather", 1_461, "970000", "70000"],
      ["birdstrikes", 10_000, "940000", "40000"],
      ["airports", 3_376, "910000", "10000"],
    ]);
    expect(new Set(report.purchases.map(({ transaction }) => transaction))).to.have.lengthOf(3);
    for (const { transaction } of report.purchases) expect(transaction).to.match(/^0x[0-9a-f]{64}$/);
  });

  it("is refused by the wallet over its cap", () => {
    expect(report.refusal).to.match(
      /^Failed to create payment payload: the wallet 0x[0-9a-fA-F]{40} does not pay: 30000 base units of the token 0x[0-9a-fA-F]{40} are more than the 10000 base units left in this window: spend less, or wait for the next window\.$/,
    );
  });

  it("is refused by the facilitator without a reserve", () => {
    expect(report.forgery).to.match(
      /^http:\/\/127\.0\.0\.1:\d+\/profiles\/seattle-weather answered 402: invalid_exact_evm_signature\.$/,
    );
  });

  it("accounts for every unit", () => {
    expect(report.checks.map(({ name, passed }) => [name, passed])).to.deep.equal(
      ["wallet", "seller", "facilitator", "caps", "refusal", "forgery", "silence"].map((name) => [name, true]),
    );
  });
});

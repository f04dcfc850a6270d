import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { ROOT, runScript } from "../fixtures/cli";

// What those who work on the project run through npm, or by name.
const DEVELOPMENT = ["mutation", "refresh-docs", "simulate-court"];

describe("agent-market", () => {
  it("has a verb for each script that an operator or integrator runs, and says what it is for", async () => {
    const { code, stdout, stderr } = await runScript("cli", ["--help"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) +([A-Z].+)$/gm)].map(([, verb = ""]) => verb);
    const scripts = readdirSync(join(ROOT, "scripts"))
      .filter((name) => name.endsWith(".ts"))
      .filter((name) => /^void runCommand\(/m.test(readFileSync(join(ROOT, "scripts", name), "utf8")))
      .map((name) => name.replace(/\.ts$/, ""));
    expect(listed.sort()).to.deep.equal(scripts.filter((name) => !DEVELOPMENT.includes(name)).sort());
  });

  it("passes a verb its options, its output and its exit code", async () => {
    const { code, stdout, stderr } = await runScript("cli", ["show-job", "--job", "nonsense"]);
    expect([code, stdout]).to.deep.equal([2, ""]);
    expect(stderr).to.match(/^show-job: "nonsense" is not a job's/);
    const { code: helped, stdout: usage } = await runScript("cli", ["show-job", "--help"]);
    expect(helped).to.equal(0);
    expect(usage).to.contain("Usage: npx agent-market show-job [options]");
  });

  it("refuses a verb that it does not have, and names one that may have been meant", async () => {
    const { code, stdout, stderr } = await runScript("cli", ["show-jobs"]);
    expect([code, stdout]).to.deep.equal([2, ""]);
    expect(stderr).to.equal('agent-market: there is no verb "show-jobs". Did you mean show-job? --help lists them.\n');
    const { stderr: unlike } = await runScript("cli", ["../sdk/index"]);
    expect(unlike).to.equal('agent-market: there is no verb "../sdk/index". --help lists them.\n');
  });

  it("asks for a verb where there is none", async () => {
    const { code, stdout } = await runScript("cli", []);
    expect(code).to.equal(2);
    expect(stdout).to.contain("Usage: npx agent-market VERB");
  });
});

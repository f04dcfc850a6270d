import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { predictAddresses } from "../sdk/create2";
import { runCommand } from "./lib/command";
import { measureDeployment } from "./lib/deployment";
import { refreshSample } from "./lib/deploymentSample";
import { Report } from "./lib/report";

const PAGE = join(__dirname, "..", "docs", "deploying.md");

/* Needed whenever the bytecode changes: a test compares the page with the addresses that the bytecode gives. */
void runCommand({
  name: "refresh-docs",
  program: "npx tsx scripts/refresh-docs.ts",
  summary: "Write this version's addresses and deployment gas into the samples of docs/deploying.md.",
  options: {},
  example: "",
  run: async () => {
    const measured = await measureDeployment();
    const gas = {
      forwarder: measured.forwarder.gas,
      registry: measured.registry.gas,
      ledger: measured.ledger.gas,
      escrow: measured.escrow.gas,
      walletFactory: measured.walletFactory.gas,
    };
    const addresses = predictAddresses();
    writeFileSync(PAGE, refreshSample(readFileSync(PAGE, "utf8"), addresses, gas));
    const report = new Report();
    for (const [name, address] of Object.entries(addresses) as [keyof typeof gas, string][]) {
      report.add(name, name, { address, gas: gas[name] }, `${address}  ${gas[name]} gas to deploy`);
    }
    return report;
  },
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { predictAddresses } from "../sdk/create2";
import { runCommand } from "./lib/command";
import { measureDeployment } from "./lib/deployment";
import { refreshSample } from "./lib/deploymentSample";
import { Report } from "./lib/report";

const PAGE = join(__dirname, "..", "docs", "deploying.md");
/** What the SDK's client takes for granted. */
const DEFAULTS = join(__dirname, "..", "sdk", "client", "defaultAddresses.ts");

/* Needed whenever the bytecode changes: a test compares the page with the addresses that the bytecode gives. */
void runCommand({
  name: "refresh-docs",
  program: "npx tsx scripts/refresh-docs.ts",
  summary:
    "Write this version's addresses and deployment gas into the samples of docs/deploying.md and the SDK's client.",
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
    let defaults = readFileSync(DEFAULTS, "utf8");
    for (const [name, address] of Object.entries(addresses) as [string, string][]) {
      defaults = defaults.replace(new RegExp(`(${name}: )"0x[0-9a-fA-F]{40}"`), `$1"${address}"`);
    }
    writeFileSync(DEFAULTS, defaults);
    const report = new Report();
    for (const [name, address] of Object.entries(addresses) as [keyof typeof gas, string][]) {
      report.add(name, name, { address, gas: gas[name] }, `${address}  ${gas[name]} gas to deploy`);
    }
    return report;
  },
});

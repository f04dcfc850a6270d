import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { formatEther, parseEther, parseUnits } from "ethers";

import { requireDeployed } from "../sdk/market";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { RelayRequest } from "../sdk/relay";
import { parseRelayRequest } from "../sdk/relay";
import { runCommand } from "./lib/command";
import { parseAddress, parseNumber, readText } from "./lib/input";
import { RelayJournal } from "./lib/relayJournal";
import type { RelayOutcome } from "./lib/relayer";
import { Relayer } from "./lib/relayer";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, walletFrom } from "./lib/session";

void runCommand({
  name: "relay",
  summary:
    "Send what others signed (a wallet's intents, calls through the forwarder) and pay for its gas, inside your limits. What an earlier run began is ended first.",
  options: {
    requests: { value: "PATH", help: "A request file, or a folder whose .json files are all taken, by name." },
    journal: { value: "FOLDER", required: true, help: "Where what is sent is kept: one for each chain and account." },
    budget: { value: "COIN", required: true, help: "The most that all requests of the journal may cost together." },
    "max-cost": { value: "COIN", default: "0.01", help: "The most that one request may cost." },
    "max-gas-price": { value: "GWEI", default: "50", help: "The most for a unit of gas." },
    allow: { value: "ADDRESSES", help: "Further wallets and receivers of forwarded calls, separated by commas." },
    patience: { value: "SECONDS", default: "120", help: "How long to wait for a transaction's block." },
    ...SIGNER_OPTIONS,
  },
  example: "--requests inbox --journal relayed --budget 0.5 --network base",
  run: async (values) => {
    const limits = {
      budget: parseCoin(values.budget, "--budget", "ether"),
      maxCost: parseCoin(values["max-cost"], "--max-cost", "ether"),
      maxGasPrice: parseCoin(values["max-gas-price"], "--max-gas-price", "gwei"),
    };
    const allowed = (values.allow ?? "")
      .split(",")
      .filter((text) => text !== "")
      .map((text) => parseAddress(text.trim(), "--allow"));
    const patience = Number(parseNumber(values.patience, "--patience", 1n, 86_400n));
    const files = values.requests === undefined ? [] : requestFiles(values.requests);
    const account = walletFrom(values["key-env"]);
    const { chain, network, market } = await openSession(values);
    await requireDeployed(chain, { walletFactory: market.addresses.walletFactory });

    const journal = RelayJournal.open(values.journal, network.chainId);
    try {
      const relayer = new Relayer({
        chain,
        chainId: network.chainId,
        account,
        market: market.addresses,
        allowed,
        journal,
        limits,
        patience,
      });
      const outcomes: (RelayOutcome & { file?: string })[] = await relayer.resume();
      for (const file of files) {
        let request: RelayRequest;
        try {
          request = parseRelayRequest(readText(file, "--requests"), file);
        } catch (error) {
          // One bad file must not keep the others of a folder from being sent.
          if (!(error instanceof InvalidInputError) || files.length === 1) throw error;
          outcomes.push({ file, digest: "", action: "", outcome: "refused", cost: 0n, reason: error.message });
          continue;
        }
        outcomes.push({ file, ...(await relayer.relay(request)) });
      }
      const report = new Report()
        .add("relayer", "Relayer", account.address)
        .add("requests", "Requests", outcomes, outcomes.map(toLine).join("\n"))
        .add("committed", "Of the budget", journal.committed, `${formatEther(journal.committed)} of ${values.budget}`);
      const undone = outcomes.filter(({ outcome }) => outcome !== "mined");
      return undone.length === 0
        ? report
        : report.failWith(
            undone.length === 1
              ? (undone[0]?.reason ?? "")
              : `${undone.length} of ${outcomes.length} requests were not carried out: see the reason of each.`,
          );
    } finally {
      journal.close();
    }
  },
});

function requestFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(`--requests: cannot read "${path}" (${code}).`);
  }
}

/** Wei from an amount of the chain's coin or of gwei. */
function parseCoin(text: string, option: string, unit: "ether" | "gwei"): bigint {
  if (!/^\d{1,20}(\.\d{1,18})?$/.test(text)) {
    throw new InvalidInputError(`${option} must be an amount such as 0.5, not "${text}".`);
  }
  try {
    return unit === "ether" ? parseEther(text) : parseUnits(text, unit);
  } catch {
    throw new InvalidInputError(`${option} has more decimals than ${unit} has: shorten "${text}".`);
  }
}

function toLine({
  file,
  digest,
  action,
  outcome,
  transaction,
  cost,
  reason,
}: RelayOutcome & { file?: string }): string {
  const what = action === "" ? (file ?? digest) : action;
  const how = transaction === undefined ? "" : ` in ${transaction}, ${formatEther(cost)} for gas`;
  return `${outcome}${how}: ${what}${reason === undefined ? "" : ` (${reason})`}`;
}

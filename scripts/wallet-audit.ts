import { decodeBytes32String } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatTime } from "../sdk/units";
import type { AuditEntry } from "../sdk/walletView";
import { readAudit } from "../sdk/walletView";
import type { Token } from "./lib/session";
import { FROM_BLOCK_OPTION, WALLET_OPTIONS, moneyReader, openWallet, parseFromBlock } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { Report } from "./lib/report";
import { table } from "./lib/table";

/** Columns of the CSV: every argument that an event has, each in one. */
const DETAILS = [
  "verb",
  "token",
  "payee",
  "to",
  "amount",
  "windowStart",
  "windowLeft",
  "lifetimeLeft",
  "purpose",
  "target",
  "selector",
  "data",
  "digest",
  "nonce",
  "executed",
  "coSigned",
  "policyHash",
  "by",
  "epoch",
  "guardian",
] as const;

void runCommand({
  name: "wallet-audit",
  summary: "Show all that a wallet's events tell: what was granted, spent, done, signed, frozen and withdrawn.",
  options: {
    key: { value: "ADDRESS", help: "Only what is about this key." },
    csv: { help: "Print comma-separated values, amounts in base units." },
    ...FROM_BLOCK_OPTION,
    ...WALLET_OPTIONS,
  },
  example: "--wallet 0x… --csv > audit.csv",
  run: async (values) => {
    const key = values.key === undefined ? undefined : parseAddress(values.key, "--key");
    const fromBlock = parseFromBlock(values["from-block"]);
    const session = await openWallet(values);
    const all = await readAudit(session.wallet, session.chain, fromBlock);
    const entries = key === undefined ? all : all.filter((entry) => entry.key === key);
    const report = new Report().add("wallet", "Wallet", session.address).add("entries", "Entries", entries);
    if (values.csv) return report.withText(toCsv(entries));
    if (entries.length === 0) {
      throw new InvalidInputError("there is no event of this wallet, or of this key, from that block on: check them.");
    }
    const moneyOf = moneyReader(session);
    const rows: string[][] = [];
    for (const entry of entries) rows.push([...head(entry), await describe(entry, moneyOf)]);
    return report.withText(table(["time", "event", "key", "what"], rows).join("\n"));
  },
});

function head({ time, event, key }: AuditEntry): string[] {
  return [formatTime(time), event, key?.slice(0, 10) ?? ""];
}

async function describe({ event, details }: AuditEntry, moneyOf: (token: string) => Promise<Token>): Promise<string> {
  const { verb, payee, amount, windowLeft, lifetimeLeft, purpose, target, selector, ...rest } = details;
  const money = typeof details.token === "string" ? await moneyOf(details.token) : undefined;
  const format = (value: unknown) => money?.format(value as bigint) ?? String(value);
  switch (event) {
    case "Spent":
      return `${String(verb)} ${format(amount)} to ${String(payee)} for ${nameOfPurpose(String(purpose))}; left ${format(windowLeft)} in the window, ${format(lifetimeLeft)} in all`;
    case "Acted":
      return `${String(selector)} on ${String(target)}`;
    case "Withdrawn":
      return `${format(amount)} to ${String(rest.to)}`;
    case "ReserveReleased":
      return `${format(amount)} of ${String(rest.digest)}`;
    case "IntentUsed":
      return `number ${String(rest.nonce)} ${rest.executed === true ? "executed" : "cancelled"}${rest.coSigned === true ? ", signed by the owner too" : ""}`;
    default:
      return Object.entries(rest)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(", ");
  }
}

/** Text where it is text: a payment's reason, not a job's number. */
function nameOfPurpose(purpose: string): string {
  try {
    const text = decodeBytes32String(purpose);
    return /^[\x20-\x7e]+$/.test(text) ? `"${text}"` : purpose;
  } catch {
    return purpose;
  }
}

function toCsv(entries: AuditEntry[]): string {
  const header = ["time", "block", "transaction", "event", "key", ...DETAILS];
  const rows = entries.map(({ time, block, transaction, event, key, details }) => [
    formatTime(time),
    block.toString(),
    transaction,
    event,
    key ?? "",
    ...DETAILS.map((name) => details[name]?.toString() ?? ""),
  ]);
  // No value has a comma, a quotation mark or a line break: numbers, hex, times and names of functions.
  return [header, ...rows].map((row) => row.join(",")).join("\n");
}

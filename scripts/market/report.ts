import { formatAmount } from "../../sdk/units";
import { table } from "../lib/table";
import type { AgentRecord, JobAccount } from "./books";
import type { Check } from "./check";
import type { DisputeAccount, JurorRecord } from "./docket";
import type { Trade } from "./trade";
import type { WalletAccount } from "./wallets";

/** All that a run has to tell. */
export interface MarketReport {
  rpcUrl: string;
  chainId: bigint;
  addresses: Record<string, string>;
  token: { address: string; symbol: string; decimals: number };
  accounts: { name: string; address: string; agentId: bigint }[];
  jobs: JobAccount[];
  records: AgentRecord[];
  disputes: DisputeAccount[];
  jurors: JurorRecord[];
  wallets: WalletAccount[];
  /** What agents agreed on by themselves. */
  trades: Trade[];
  checks: Check[];
  /** Where the files are whose hashes are on chain. */
  files: string;
  seconds: number;
}

/** For people. */
export function toText({
  jobs,
  records,
  disputes,
  jurors,
  wallets,
  trades,
  checks,
  token,
  files,
  seconds,
}: MarketReport): string {
  const amount = (value: bigint) => formatAmount(value, token.decimals);
  const jobTable = table(
    ["job", "client -> provider", token.symbol, "paid by", "outcome", "gas to settle", "who was paid"],
    jobs.map((job) => [
      job.name,
      `${job.client} -> ${job.provider}`,
      amount(job.amount),
      job.funding,
      job.outcome,
      job.gasToSettle.toLocaleString("en"),
      job.payouts
        .map(({ to, amount: paid, how }) => `${to} ${amount(paid)}${how === "transferred" ? "" : ` (${how})`}`)
        .join("\n"),
    ]),
  );
  const recordTable = table(
    [
      "agent",
      "id",
      "as",
      "completed",
      "partly",
      "rejected",
      "undelivered",
      "disputes",
      "parties",
      "paid",
      "refunded",
      "feedback",
    ],
    records.map(({ name, agentId, role, facts, feedback }) => [
      name,
      agentId.toString(),
      role.toLowerCase(),
      facts.completed.toString(),
      facts.partiallyCompleted.toString(),
      facts.rejected.toString(),
      facts.undelivered.toString(),
      disputesOf(facts),
      facts.counterparties.toString(),
      amount(facts.volumePaid),
      amount(facts.volumeRefunded),
      feedback.map(({ by, value }) => `${value}/100 by ${by}`).join(", "),
    ]),
  );
  const checkLines = checks.map(({ name, passed, detail }) => `${passed ? "ok    " : "FAILED"} ${name}: ${detail}`);
  return [
    "",
    "Jobs",
    ...jobTable,
    "",
    "Records, read back from the ledger",
    ...recordTable,
    "",
    "Disputes",
    ...disputeTable(disputes, amount),
    "",
    "Jurors, read back from the court",
    ...jurorTable(jurors, amount),
    "",
    "Wallets, and what is left of their keys' limits",
    ...walletTable(wallets, amount),
    "",
    ...(trades.length === 0 ? [] : ["Traded by agents among themselves", ...tradeTable(trades, amount), ""]),
    "Checks",
    ...checkLines,
    "",
    `Terms, inputs, deliverables, verdicts, feedback and evidence are in ${files}, named by their hashes.`,
    `${checks.every(({ passed }) => passed) ? "Everything holds" : "NOT everything holds"} after ${seconds.toFixed(1)} s.`,
  ].join("\n");
}

function disputesOf({ disputesWon, disputesLost }: AgentRecord["facts"]): string {
  const parts = [disputesWon > 0n ? `${disputesWon} won` : "", disputesLost > 0n ? `${disputesLost} lost` : ""];
  return parts.filter((part) => part !== "").join(", ");
}

function disputeTable(disputes: DisputeAccount[], amount: (value: bigint) => string): string[] {
  return table(
    ["job", "bonds", "court's fee", "panels' votes", "ruling", "who got what", "court's gas"],
    disputes.map(({ name, client, provider, bond, contestedBy, trial, share, bondsReturned, ...dispute }) => {
      const earned = (dispute.amount * share) / 100n;
      const got = (who: string, price: bigint, bonds: bigint) => `${who} ${amount(price)} + ${amount(bonds)} of bonds`;
      const panels = trial?.panels ?? [];
      return [
        name,
        [dispute.disputedBy, contestedBy].flatMap((by) => (by === undefined ? [] : `${by} ${amount(bond)}`)).join("\n"),
        [
          ...(trial === undefined ? [] : [amount(trial.fee)]),
          ...panels.flatMap(({ appeal }) => (appeal === undefined ? [] : `${amount(appeal.fee)} by ${appeal.by}`)),
        ].join("\n"),
        panels.map(({ slots }) => slots.map((slot) => slot.share ?? "-").join(" ")).join("\n"),
        trial === undefined ? "conceded" : `${trial.ruling ?? "refused"}`,
        [
          got(provider, earned, bondsReturned.toProvider),
          got(client, dispute.amount - earned, bondsReturned.toClient),
        ].join("\n"),
        trial === undefined ? "" : trial.gas.toLocaleString("en"),
      ];
    }),
  );
}

function walletTable(wallets: WalletAccount[], amount: (value: bigint) => string): string[] {
  return table(
    ["wallet", "holds", "key", "left today", "left in all", "per job", "owner signs above", "refused"],
    wallets.flatMap(({ name, key, balance, limits, refused }) =>
      limits.map(({ window, lifetime, jobCap, coSign }) => [
        name,
        amount(balance),
        key,
        `${amount(window.left)} of ${amount(window.cap)}`,
        `${amount(lifetime.left)} of ${amount(lifetime.cap)}`,
        amount(jobCap),
        amount(coSign.cap),
        refused.map((attempt) => `${amount(attempt.amount)} to ${attempt.to}: over the cap`).join("\n"),
      ]),
    ),
  );
}

function tradeTable(trades: Trade[], amount: (value: bigint) => string): string[] {
  return table(
    ["client -> provider", "work on", "offers", "list price", "agreed", "outcome", "what the client holds against it"],
    trades.map(({ client, provider, file, offers, listPrice, amount: agreed, status, objection }) => [
      `${client} -> ${provider}`,
      file,
      offers.toString(),
      amount(listPrice),
      amount(agreed),
      status,
      objection ?? "",
    ]),
  );
}

function jurorTable(jurors: JurorRecord[], amount: (value: bigint) => string): string[] {
  return table(
    ["juror", "seats", "staked", "coherent", "wrong", "absent", "leaked", "earned", "lost"],
    jurors.map(({ name, seats, stake, votes, earned, lost }) => [
      name,
      seats.toString(),
      amount(stake),
      votes.coherent.toString(),
      votes.incoherent.toString(),
      votes.absent.toString(),
      votes.leaked.toString(),
      amount(earned),
      amount(lost),
    ]),
  );
}

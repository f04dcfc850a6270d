import type { TransactionReceipt } from "ethers";
import { ZeroHash } from "ethers";

import { DisputeOutcome } from "../sdk/enums";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseAmount } from "../sdk/units";
import type { JobSession } from "./lib/actOnJob";
import { JOB_OPTIONS, openJob, reportOutcome, requireAction } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { hashOption, parseBytes, parseChoice } from "./lib/input";
import { readToken, simulateAndSettle } from "./lib/session";

const ACTIONS = { complete: "complete", reject: "reject", partial: "completePartially" } as const;
const VERDICTS = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
const DISPUTES = { none: "None", "provider-won": "ProviderWon", "client-won": "ClientWon", split: "Split" } as const;

void runCommand({
  name: "judge",
  summary: "Give the verdict on submitted work as its evaluator. (A client also rejects its own open job by this.)",
  options: {
    verdict: { value: "VERDICT", required: true, help: `One of ${VERDICTS.join(", ")}.` },
    amount: { value: "AMOUNT", help: "With partial: what the provider's side is paid, in whole tokens." },
    dispute: {
      value: "OUTCOME",
      help: `With partial: how a dispute ended, one of ${Object.keys(DISPUTES).join(", ")}.`,
    },
    reason: { value: "FILE", help: "The evidence; its hash goes on the chain." },
    "reason-hash": { value: "HASH", help: "The same, as keccak256." },
    params: { value: "HEX", default: "0x", help: "What the hook is given." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --verdict complete --reason evaluation.json",
  run: async (values) => {
    const verdict = parseChoice(values.verdict, "--verdict", VERDICTS);
    const reason = hashOption({ file: values.reason, hash: values["reason-hash"] }, "reason") ?? ZeroHash;
    const params = parseBytes(values.params, "--params");
    const dispute = parseChoice(
      values.dispute ?? "none",
      "--dispute",
      Object.keys(DISPUTES) as (keyof typeof DISPUTES)[],
    );
    if (verdict === "partial" && values.amount === undefined) {
      throw new InvalidInputError("--amount is missing: with partial, say what the provider's side is paid.");
    }
    if (verdict !== "partial" && (values.amount ?? values.dispute) !== undefined) {
      throw new InvalidInputError(
        "--amount and --dispute go with --verdict partial (which may also give all, or nothing).",
      );
    }
    const session = await openJob(values);
    requireAction(session, ACTIONS[verdict]);
    const escrow = session.market.escrow.connect(session.wallet);
    const { id } = session.job;
    let receipt: TransactionReceipt;
    if (verdict === "partial") {
      const amount = await shareOf(session, values.amount ?? "");
      const outcome = DisputeOutcome[DISPUTES[dispute]];
      receipt = await simulateAndSettle(escrow.completePartially, id, amount, reason, outcome, params);
    } else {
      receipt = await simulateAndSettle(escrow[verdict], id, reason, params);
    }
    return (await reportOutcome(session, receipt)).add("reason", "Reason", reason);
  },
});

async function shareOf(session: JobSession, text: string): Promise<bigint> {
  const { paymentToken, budget } = session.job;
  const token = await readToken(session, paymentToken);
  const amount = parseAmount(text, token.decimals);
  if (amount > budget) {
    throw new InvalidInputError(`--amount: the job holds ${token.format(budget)}, less than ${token.format(amount)}.`);
  }
  return amount;
}

import type { TransactionReceipt } from "ethers";
import { ZeroAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import type { DisputeSession } from "./lib/actOnDispute";
import { openDispute } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { Report } from "./lib/report";
import { readToken, simulateAndSend } from "./lib/session";

void runCommand({
  name: "withdraw-bond",
  summary: "Withdraw what a job's evaluator owes you: bonds of all disputes before it that have ended.",
  options: {
    fees: { help: "Withdraw an evaluator's fee instead, which is the provider's there." },
    to: { value: "ADDRESS", help: "Who receives it; by default yourself." },
    account: { value: "ADDRESS", help: "Deliver this account's credit to it instead; anyone may." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x…",
  run: async (values) => {
    if (values.account !== undefined && values.to !== undefined) {
      throw new InvalidInputError("--account and --to exclude each other: another's credit goes to that account only.");
    }
    const other = values.account === undefined ? undefined : parseAddress(values.account, "--account");
    const to = values.to === undefined ? undefined : parseAddress(values.to, "--to");
    const session = await openDispute(values);
    const { evaluator, wallet, job } = session;
    if (to === ZeroAddress || to === job.evaluator) {
      throw new InvalidInputError("--to must be an account other than zero and the evaluator.");
    }
    const account = other ?? wallet.address;
    const token = values.fees ? await readToken(session, job.paymentToken) : session.bondToken;
    const amount = await (values.fees ? evaluator.feesOwed(token.address, account) : evaluator.withdrawable(account));
    if (amount === 0n) {
      throw new InvalidInputError(
        `the evaluator owes ${account} no ${values.fees ? "fees" : "bonds"}: check the account, and finalise the job first.`,
      );
    }
    const receipt = await pay(session, { fees: values.fees, token: token.address, to: to ?? account, other });
    return new Report()
      .add("amount", values.fees ? "Owed" : "Withdrawn", amount, token.format(amount))
      .add("to", "To", to ?? account)
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});

function pay(
  { evaluator }: DisputeSession,
  { fees, token, to, other }: { fees: boolean; token: string; to: string; other: string | undefined },
): Promise<TransactionReceipt> {
  if (fees && other !== undefined) return simulateAndSend(evaluator.sweepFees, token, other);
  if (fees) return simulateAndSend(evaluator.withdrawFees, token, to);
  if (other !== undefined) return simulateAndSend(evaluator.deliver, other);
  return simulateAndSend(evaluator.withdraw, to);
}

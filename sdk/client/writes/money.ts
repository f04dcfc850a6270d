import type { BaseContract, Result } from "ethers";
import { ZeroHash, getAddress, id, zeroPadValue } from "ethers";

import { OptimisticEvaluator__factory } from "../../bindings";
import type { Context } from "../context";
import { accountOf, chainTime, policyOf, senderOf } from "../context";
import { earlierEvents, requireEarlier } from "../earlier";
import { requireBalance } from "../funding";
import { MarketError } from "../MarketError";
import type { Already, Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";

/** How long the transaction of a payment has to get into a block, in seconds. */
const PAYMENT_SECONDS = 3_600n;

/** What was withdrawn, in base units. */
export interface WithdrawResult {
  readonly amount: bigint;
}

const withdrawn = {
  returned: ([amount]: [bigint]): WithdrawResult => ({ amount }),
  event: "Withdrawn",
  logged: (args: Result): WithdrawResult => ({ amount: args.amount as bigint }),
};

/** Nothing is left: because it was withdrawn to there, or because there never was anything. */
async function emptied(
  ctx: Context,
  contract: BaseContract,
  topics: string[],
  to: string,
  what: string,
): Promise<Already<WithdrawResult>> {
  const last = (await earlierEvents(ctx, contract, topics)).at(-1);
  if (last?.args.to === to) return alreadyDone({ amount: last.args.amount as bigint }, last.transaction);
  const elsewhere = last === undefined ? "" : ` (the latest withdrawal went to ${String(last.args.to)})`;
  throw new MarketError("NOT_FOUND", `${what}${elsewhere}: check the account and the token.`);
}

/**
 * Withdraws what the escrow owes the account because a payment could not be delivered, to `to` (by default itself).
 * Done already if nothing is left and the latest withdrawal went there.
 */
export async function withdraw(
  ctx: Context,
  input: { readonly token: string; readonly to?: string },
): Promise<Prepared<WithdrawResult>> {
  const { escrow } = ctx.market;
  const account = await accountOf(ctx);
  const token = getAddress(input.token);
  const to = getAddress(input.to ?? account);
  if ((await escrow.withdrawable(token, account)) === 0n) {
    const topics = [escrow.getEvent("Withdrawn").fragment.topicHash, ...[token, account].map(word)];
    return emptied(ctx, escrow, topics, to, `the escrow owes ${account} nothing in ${token}`);
  }
  return planCall({ name: "JobEscrow", at: escrow }, escrow.withdraw, [token, to], withdrawn);
}

/** Withdraws what an OptimisticEvaluator owes the account of bonds, to `to` (by default itself). */
export async function withdrawBonds(
  ctx: Context,
  input: { readonly evaluator: string; readonly to?: string },
): Promise<Prepared<WithdrawResult>> {
  const evaluator = OptimisticEvaluator__factory.connect(getAddress(input.evaluator), ctx.chain);
  const account = await accountOf(ctx);
  const to = getAddress(input.to ?? account);
  if ((await evaluator.withdrawable(account)) === 0n) {
    const topics = [evaluator.getEvent("Withdrawn").fragment.topicHash, ...[account].map(word)];
    return emptied(ctx, evaluator, topics, to, `the evaluator ${input.evaluator} owes ${account} nothing`);
  }
  return planCall({ name: "OptimisticEvaluator", at: evaluator }, evaluator.withdraw, [to], withdrawn);
}

function word(address: string): string {
  return zeroPadValue(address, 32);
}

/** A payment from an AgentWallet. Amounts in base units. */
export interface PayInput {
  /** Zero for the chain's coin. */
  readonly token: string;
  readonly to: string;
  readonly amount: bigint;
  /** The agent that is paid, 0 for none. */
  readonly agentId?: bigint;
  /** 32 bytes that the wallet's event tells. */
  readonly purpose?: string;
  /** Whatever names this payment and no other, such as an invoice's number: by it the chain knows a repetition. */
  readonly idempotencyKey: string;
}

/**
 * Pays from the AgentWallet that the client acts from, inside its policy. What has no trace of its own on the chain is
 * given one by the idempotency key: it becomes the nonce of an intent, which the wallet takes once.
 */
export async function pay(ctx: Context, input: PayInput): Promise<Prepared<{ amount: bigint }>> {
  const { amount, agentId = 0n, purpose = ZeroHash, idempotencyKey } = input;
  const policy = await policyOf(ctx);
  const wallet = ctx.wallet?.contract;
  if (wallet === undefined) throw new MarketError("INVALID_INPUT", "connect the client with `wallet`.");
  const [token, to] = [getAddress(input.token), getAddress(input.to)];
  const key = await senderOf(ctx);
  const nonce = BigInt(id(idempotencyKey));
  if (await wallet.nonceUsed(key, nonce)) {
    const topics = [
      wallet.getEvent("IntentUsed").fragment.topicHash,
      word(key),
      `0x${nonce.toString(16).padStart(64, "0")}`,
    ];
    const used = requireEarlier((await earlierEvents(ctx, wallet, topics)).at(-1), `the payment "${idempotencyKey}"`);
    const spent = [wallet.getEvent("Spent").fragment.topicHash, ...[key, token, to].map(word)];
    const same = (await earlierEvents(ctx, wallet, spent)).some(({ transaction, args }) => {
      return transaction === used.transaction && args.amount === amount;
    });
    if (same) return alreadyDone({ amount }, used.transaction);
    throw new MarketError(
      "CONFLICT",
      `"${idempotencyKey}" stands for another payment, or for one that was cancelled (transaction ${used.transaction}): give every payment its own key.`,
    );
  }
  await requireBalance(ctx, token, amount, "the payment");
  const call = wallet.interface.encodeFunctionData("pay", [policy, token, to, agentId, amount, purpose]);
  const [deadline, epoch] = await Promise.all([chainTime(ctx), wallet.epoch()]);
  const intent = { key, call, nonce, deadline: deadline + PAYMENT_SECONDS, epoch };
  return planCall(
    { name: "AgentWallet", at: wallet },
    wallet.execute,
    [intent, "0x", "0x"],
    { value: { amount } },
    { cost: { token, amount } },
  );
}

export const moneyWrites = { withdraw, withdrawBonds, pay };

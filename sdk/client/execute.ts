import type { TransactionReceipt, TransactionRequest } from "ethers";
import { AbiCoder, isError } from "ethers";

import { IERC20__factory } from "../bindings";
import { SAFE_GAS_LIMIT } from "../gas";
import type { Context } from "./context";
import { policyOf, senderOf, signerOf } from "./context";
import { MarketError, toMarketError } from "./MarketError";
import type { Already, Approval, Cost, Plan, Prepared } from "./plan";

/** What a write did. */
export type Written<R> =
  | {
      /** Sent now, and on the chain. */
      readonly done: "sent";
      readonly result: R;
      readonly transaction: string;
      readonly block: number;
      readonly gasUsed: bigint;
    }
  | {
      /** Its effect was there before: nothing was sent. */
      readonly done: "already";
      readonly result: R;
      /** The transaction that did it, if the endpoint could tell. */
      readonly transaction: string | undefined;
    };

/** A transaction that a write would send. */
export interface SimulatedCall {
  readonly contract: string;
  readonly fn: string;
  readonly to: string;
  readonly data: string;
  /** Wei. */
  readonly value: bigint;
  /** What it would use at most; undefined if it was not tried: an approval or a signature that pays comes first. */
  readonly gas: bigint | undefined;
}

/** How a write is sent. */
export interface SendOptions {
  /**
   * Called with what the write takes from the account (undefined: nothing but gas), when all is read and before any
   * payment is signed or anything sent. What it throws ends the write, with nothing done. Not called if the effect is
   * there already.
   */
  readonly allow?: (cost: Cost | undefined) => void | Promise<void>;
}

/** What a write would do. Nothing was sent, and nothing signed that pays. */
export interface Simulation<R> {
  readonly done: "would-send" | "already";
  /** What it takes from the account besides gas, if anything. */
  readonly cost: Cost | undefined;
  /** Undefined if it is decided by a call that could not be tried before its approval. */
  readonly result: R | undefined;
  readonly transaction: string | undefined;
  /** In their order; none if it is done already. */
  readonly calls: readonly SimulatedCall[];
}

const FIRST_POLL_MS = 50;

interface Transaction {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  readonly value: bigint;
}

/** Whether anything has left that can have an effect. */
interface Progress {
  sent: boolean;
}

/** Sends what `prepare` says, unless its effect is there. Throws `MarketError` only. */
export async function send<R>(
  ctx: Context,
  prepare: () => Promise<Prepared<R>>,
  options: SendOptions = {},
): Promise<Written<R>> {
  const progress: Progress = { sent: false };
  try {
    const prepared = await prepare();
    if (prepared.already) return await settled(ctx, prepared);
    try {
      return await sendPlan(ctx, prepared, options, progress);
    } catch (error) {
      if (error instanceof MarketError && error.code === "TIMEOUT") throw error;
      // Somebody, perhaps an earlier try of the caller's own, may have done it in between.
      const again = await prepare().catch(() => undefined);
      if (again?.already === true) return await settled(ctx, again);
      throw error;
    }
  } catch (error) {
    const { code, message, cause, transaction } = toMarketError(error);
    throw new MarketError(code, message, { cause: cause ?? error, transaction, sent: progress.sent });
  }
}

/** What was done before counts from the same depth on as what is done now. */
async function settled<R>(ctx: Context, { result, transaction }: Already<R>): Promise<Written<R>> {
  if (transaction !== undefined && ctx.confirmations > 1) await waitFor(ctx, transaction);
  return { done: "already", result, transaction };
}

async function sendPlan<R>(
  ctx: Context,
  plan: Plan<R>,
  { allow }: SendOptions,
  progress: Progress,
): Promise<Written<R>> {
  signerOf(ctx); // before anything is approved
  const approval = await missingApproval(ctx, plan);
  await allow?.(plan.cost);
  if (approval !== undefined) await sendTransaction(ctx, await approvalTransaction(ctx, approval), false, progress);
  let transaction = await transactionFor(ctx, plan);
  if (plan.signed !== undefined) {
    transaction = { ...transaction, data: await plan.signed() };
    progress.sent = true; // from here on the endpoint has it, and so may others
  }
  await ctx.chain.call(transaction); // a refusal costs nothing
  const receipt = await sendTransaction(ctx, transaction, plan.safeGas, progress);
  return {
    done: "sent",
    result: plan.fromLogs(receipt.logs),
    transaction: receipt.hash,
    block: receipt.blockNumber,
    gasUsed: receipt.gasUsed,
  };
}

/** Tries what `prepare` says without sending anything. Throws the same errors as sending would. */
export async function simulate<R>(ctx: Context, prepare: () => Promise<Prepared<R>>): Promise<Simulation<R>> {
  try {
    const prepared = await prepare();
    if (prepared.already) {
      const { result, transaction } = prepared;
      return { done: "already", cost: undefined, result, transaction, calls: [] };
    }
    const { contract, fn, cost } = prepared;
    const transaction = await transactionFor(ctx, prepared);
    const { to, data, value } = transaction;
    const approval = await missingApproval(ctx, prepared);
    if (approval !== undefined) {
      const first = await approvalTransaction(ctx, approval);
      await ctx.chain.call(first);
      return {
        done: "would-send",
        cost,
        result: prepared.known?.value,
        transaction: undefined,
        calls: [
          { ...withoutSender(first), contract: "ERC20", fn: "approve", gas: await gasFor(ctx, first, false) },
          { contract, fn, to, data, value, gas: undefined },
        ],
      };
    }
    if (prepared.signed !== undefined) {
      const untried = { contract, fn, to, data, value, gas: undefined };
      return { done: "would-send", cost, result: prepared.known?.value, transaction: undefined, calls: [untried] };
    }
    const returned = await ctx.chain.call(transaction);
    return {
      done: "would-send",
      cost,
      result: prepared.fromReturn(ownReturn(ctx, prepared, returned)),
      transaction: undefined,
      calls: [{ contract, fn, to, data, value, gas: await gasFor(ctx, transaction, prepared.safeGas) }],
    };
  } catch (error) {
    throw toMarketError(error);
  }
}

function withoutSender({ to, data, value }: Transaction): Omit<Transaction, "from"> {
  return { to, data, value };
}

/** The transaction of a plan: from a wallet, the wallet's verb around it. */
async function transactionFor<R>(ctx: Context, plan: Plan<R>): Promise<Transaction> {
  const from = await senderOf(ctx);
  const { wallet } = ctx;
  const { to, data, value } = plan;
  if (wallet === undefined || to === wallet.address) return { from, to, data, value };
  const policy = await policyOf(ctx);
  const call =
    plan.viaWallet?.(wallet.contract, policy) ??
    wallet.contract.interface.encodeFunctionData("act", [policy, to, data]);
  return { from, to: wallet.address, data: call, value: 0n };
}

/** What the call itself returned: a wallet's `act` wraps it in bytes. */
function ownReturn<R>({ wallet }: Context, plan: Plan<R>, returned: string): string {
  if (wallet === undefined || plan.viaWallet !== undefined || plan.to === wallet.address) return returned;
  return String(AbiCoder.defaultAbiCoder().decode(["bytes"], returned)[0]);
}

/** A wallet approves exactly by itself, around each payment. */
async function missingApproval<R>(ctx: Context, { approval }: Plan<R>): Promise<Approval | undefined> {
  if (approval === undefined || ctx.wallet !== undefined) return undefined;
  const { token, spender, amount } = approval;
  const allowance = await IERC20__factory.connect(token, ctx.chain).allowance(await senderOf(ctx), spender);
  return allowance >= amount ? undefined : approval;
}

async function approvalTransaction(ctx: Context, { token, spender, amount }: Approval): Promise<Transaction> {
  const data = IERC20__factory.createInterface().encodeFunctionData("approve", [spender, amount]);
  return { from: await senderOf(ctx), to: token, data, value: 0n };
}

/** A fifth above the estimate, since inner calls with gas caps need theirs in hand; for verdicts never too little. */
async function gasFor({ chain }: Context, transaction: Transaction, safe: boolean): Promise<bigint> {
  const ample = ((await chain.estimateGas(transaction)) * 6n) / 5n;
  return safe && ample < SAFE_GAS_LIMIT ? SAFE_GAS_LIMIT : ample;
}

async function sendTransaction(
  ctx: Context,
  transaction: Transaction,
  safe: boolean,
  progress: Progress,
): Promise<TransactionReceipt> {
  const { chain, pending } = ctx;
  const { from, to, data, value } = transaction;
  const key = [from, to, data, value].join();
  // What was sent and timed out is waited for, not sent twice.
  const earlier = pending.get(key);
  let hash = earlier !== undefined && (await chain.getTransaction(earlier)) !== null ? earlier : undefined;
  if (hash === undefined) {
    const gasLimit = await gasFor(ctx, transaction, safe);
    progress.sent = true;
    ({ hash } = await submit(ctx, { ...transaction, gasLimit }));
    pending.set(key, hash);
  }
  progress.sent = true;
  const receipt = await waitFor(ctx, hash);
  pending.delete(key);
  if (receipt.status !== 0) return receipt;
  throw new MarketError("REVERTED", `the transaction ${hash} failed on the chain: simulate it again to see why.`, {
    transaction: hash,
  });
}

/** Sends, and once more if the endpoint (or a cache before it) had not yet counted the account's last transaction. */
async function submit(ctx: Context, request: TransactionRequest): Promise<{ hash: string }> {
  const signer = signerOf(ctx);
  try {
    return await signer.sendTransaction(request);
  } catch (error) {
    if (!isError(error, "NONCE_EXPIRED")) throw error;
    await pause(ctx.pollMs);
    return signer.sendTransaction(request);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until a transaction is as deep in the chain as was asked for. */
async function waitFor(
  { chain, confirmations, timeoutMs, pollMs }: Context,
  hash: string,
): Promise<TransactionReceipt> {
  const end = Date.now() + timeoutMs;
  let wait = Math.min(FIRST_POLL_MS, pollMs); // fast chains are asked soon, slow ones not too often
  for (;;) {
    const receipt = await chain.getTransactionReceipt(hash).catch(() => null); // asked again until the time is over
    if (receipt !== null) {
      const head = await chain.getBlockNumber().catch(() => 0);
      if (head - receipt.blockNumber + 1 >= confirmations) return receipt;
    }
    if (Date.now() >= end) {
      throw new MarketError(
        "TIMEOUT",
        `the transaction ${hash} is not on the chain after ${timeoutMs / 1_000} seconds and may still land: call again, which sends nothing if it has.`,
        { transaction: hash },
      );
    }
    await pause(wait);
    wait = Math.min(2 * wait, pollMs);
  }
}

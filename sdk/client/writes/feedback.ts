import { ZeroHash, toBeHex, zeroPadValue } from "ethers";

import { Role } from "../../enums";
import { formatJobId } from "../../jobId";
import { readJob } from "../../jobs";
import type { Context } from "../context";
import { accountOf } from "../context";
import type { Earlier } from "../earlier";
import { earlierEvents, requireEarlier } from "../earlier";
import { MarketError } from "../MarketError";
import type { Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";

/** What is said beside the value (ERC-8004). */
export interface FeedbackWords {
  /** What the value measures. */
  readonly tag1?: string;
  readonly tag2?: string;
  /** The endpoint that was used. */
  readonly endpoint?: string;
  /** Where a file says more, and its keccak256. */
  readonly uri?: string;
  readonly hash?: string;
}

/** The agent that was rated, and the entry's number under its author. */
export interface FeedbackResult {
  readonly agentId: bigint;
  readonly feedbackIndex: bigint;
}

/** What the account said about an agent, oldest first. */
async function ownWords(ctx: Context, agentId: bigint): Promise<Earlier[]> {
  const { ledger } = ctx.market;
  const author = zeroPadValue(await accountOf(ctx), 32);
  const topics = [ledger.getEvent("NewFeedback").fragment.topicHash, toBeHex(agentId, 32), author];
  return earlierEvents(ctx, ledger, topics);
}

function says({ args }: Earlier, value: bigint, decimals: number, words: Required<FeedbackWords>): boolean {
  const { tag1, tag2, endpoint, uri, hash } = words;
  const said = [
    args.value,
    args.valueDecimals,
    args.tag1,
    args.tag2,
    args.endpoint,
    args.feedbackURI,
    args.feedbackHash,
  ];
  const meant = [value, BigInt(decimals), tag1, tag2, endpoint, uri, hash.toLowerCase()];
  return said.every((part, index) => part === meant[index]);
}

function complete({
  tag1 = "",
  tag2 = "",
  endpoint = "",
  uri = "",
  hash = ZeroHash,
}: FeedbackWords): Required<FeedbackWords> {
  return { tag1, tag2, endpoint, uri, hash };
}

const logged = (args: Earlier["args"]): FeedbackResult => ({
  agentId: args.agentId as bigint,
  feedbackIndex: args.feedbackIndex as bigint,
});

/**
 * Rates the other side of a settled job from 0 to 100, as its client or provider, with the job as the proof that the
 * words were paid for. Once per job and side: other words than those already said are a conflict.
 */
export async function giveJobFeedback(
  ctx: Context,
  input: { readonly jobId: bigint; readonly value: number } & FeedbackWords,
): Promise<Prepared<FeedbackResult>> {
  const { jobId, value } = input;
  if (!Number.isInteger(value)) {
    throw new MarketError("INVALID_INPUT", `the value ${value} is not a whole number: rate from 0 to 100.`);
  }
  const words = complete(input);
  const { escrow, ledger, addresses } = ctx.market;
  const [job, account] = await Promise.all([readJob(escrow, jobId), accountOf(ctx)]);
  const agentId = account === job.client ? job.providerAgentId : job.clientAgentId;
  if (await ledger.feedbackGiven(addresses.escrow, jobId, Role[account === job.client ? "Client" : "Provider"])) {
    if (account === job.client || account === job.provider) {
      const { args, transaction } = await citing(ctx, agentId, jobId);
      const said = (await ownWords(ctx, agentId)).find((event) => event.args.feedbackIndex === args.feedbackIndex);
      if (said !== undefined && says(said, BigInt(value), 0, words)) return alreadyDone(logged(args), transaction);
      throw new MarketError(
        "CONFLICT",
        `other words about job ${formatJobId(jobId)} were said already, as entry ${String(args.feedbackIndex)}: a job can be rated once.`,
      );
    }
  }
  const { tag1, tag2, endpoint, uri, hash } = words;
  const args: [string, bigint, number, string, string, string, string, string] = [
    addresses.escrow,
    jobId,
    value,
    tag1,
    tag2,
    endpoint,
    uri,
    hash,
  ];
  return planCall({ name: "ReputationLedger", at: ledger }, ledger.giveJobFeedback, args, {
    returned: ([feedbackIndex]) => ({ agentId, feedbackIndex }),
    event: "JobFeedbackGiven",
    logged,
  });
}

/** The account's entry about an agent that cites a job. */
async function citing(ctx: Context, agentId: bigint, jobId: bigint): Promise<Earlier> {
  const { ledger } = ctx.market;
  const topics = [
    ledger.getEvent("JobFeedbackGiven").fragment.topicHash,
    toBeHex(agentId, 32),
    zeroPadValue(await accountOf(ctx), 32),
  ];
  const found = (await earlierEvents(ctx, ledger, topics)).find(({ args }) => args.jobId === jobId);
  return requireEarlier(found, `the rating of job ${formatJobId(jobId)}`);
}

/**
 * Says something about an agent without a job behind it (ERC-8004). `value` counts in units of 10^-`decimals`.
 * Done already if the account has said exactly this about the agent and not taken it back; `again: true` repeats it.
 */
export async function giveFeedback(
  ctx: Context,
  input: {
    readonly agentId: bigint;
    readonly value: bigint;
    readonly decimals?: number;
    readonly again?: boolean;
  } & FeedbackWords,
): Promise<Prepared<FeedbackResult>> {
  const { agentId, value, decimals = 0 } = input;
  const words = complete(input);
  const { ledger } = ctx.market;
  if (input.again !== true) {
    const same = (await ownWords(ctx, agentId)).filter((event) => says(event, value, decimals, words));
    const author = await accountOf(ctx);
    for (const { args, transaction } of same.reverse()) {
      const { isRevoked } = await ledger.readFeedback(agentId, author, args.feedbackIndex as bigint);
      if (!isRevoked) return alreadyDone(logged(args), transaction);
    }
  }
  const { tag1, tag2, endpoint, uri, hash } = words;
  const args: [bigint, bigint, number, string, string, string, string, string] = [
    agentId,
    value,
    decimals,
    tag1,
    tag2,
    endpoint,
    uri,
    hash,
  ];
  const last = await ledger.getLastIndex(agentId, await accountOf(ctx));
  return planCall({ name: "ReputationLedger", at: ledger }, ledger.giveFeedback, args, {
    returned: () => ({ agentId, feedbackIndex: last + 1n }),
    event: "NewFeedback",
    logged,
  });
}

export const feedbackWrites = { giveJobFeedback, giveFeedback };

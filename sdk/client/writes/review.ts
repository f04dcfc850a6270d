import type { OptimisticEvaluator } from "../../../typechain-types";
import type { JobDispute } from "../../disputes";
import { findEvaluator, readDispute } from "../../disputes";
import { formatJobId } from "../../jobId";
import { readJob } from "../../jobs";
import type { Context } from "../context";
import type { Earlier } from "../earlier";
import { eventsAbout } from "../earlier";
import { MarketError } from "../MarketError";

/** A job's review before its OptimisticEvaluator, with all that the evaluator has told of it. */
export interface Review {
  readonly evaluator: OptimisticEvaluator;
  readonly dispute: JobDispute;
  /** Empty where the endpoint does not tell: then only the state decides. */
  readonly events: readonly Earlier[];
}

/** Reads a job's review, which there must be. */
export async function openReview(ctx: Context, jobId: bigint): Promise<Review> {
  const { market, chain } = ctx;
  const job = await readJob(market.escrow, jobId);
  const evaluator = await findEvaluator(chain, market.addresses.escrow, job.evaluator);
  if (evaluator === undefined) {
    throw new MarketError(
      "INVALID_INPUT",
      `job ${formatJobId(jobId)} is judged by ${job.evaluator}, which is no OptimisticEvaluator of this escrow: ask there.`,
    );
  }
  const [dispute, events] = await Promise.all([
    readDispute(evaluator, job),
    eventsAbout(ctx, evaluator, jobId).catch(() => []),
  ]);
  return { evaluator, dispute, events };
}

/** The event of that name that matches. */
export function told({ events }: Review, name: string, matches: (args: Earlier["args"]) => boolean = () => true) {
  return events.findLast((event) => event.name === name && matches(event.args));
}

/** The refusal to do what it is too late for. */
export function endedBy(review: Review, what: string): MarketError {
  const share = told(review, "Finalised")?.args.share as bigint | undefined;
  const how = share === undefined ? review.dispute.job.status : `over, with ${share} percent for the provider's side`;
  return new MarketError("CONFLICT", `job ${formatJobId(review.dispute.job.id)} is ${how}: it is too late to ${what}.`);
}

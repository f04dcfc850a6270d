import { ZeroAddress } from "ethers";

import { formatJobId } from "../../jobId";
import type { Job } from "../../jobs";
import type { Context } from "../context";
import { eventsAbout, requireEarlier } from "../earlier";
import { MarketError } from "../MarketError";

/** How a job ended, as the escrow's events tell it. */
export interface Ending {
  readonly how: "completed" | "rejected" | "expired";
  /** Who ended it; zero for the clock. */
  readonly by: string;
  readonly reason: string;
  /** What the provider's side got of the deposit, in base units. */
  readonly paid: bigint;
  readonly transaction: string;
}

/** Reads how a job that has ended did so. */
export async function readEnding(ctx: Context, job: Job): Promise<Ending> {
  const events = await eventsAbout(ctx, ctx.market.escrow, job.id);
  const last = events.findLast(({ name }) => /^Job(Completed|Rejected|Expired)$/.test(name));
  const { name, args, transaction } = requireEarlier(last, `the end of job ${formatJobId(job.id)}`);
  const refunded = events
    .filter((event) => event.name === "Refunded")
    .reduce((sum, event) => sum + (event.args.amount as bigint), 0n);
  const funded = events.some((event) => event.name === "JobFunded");
  return {
    how: name === "JobCompleted" ? "completed" : name === "JobRejected" ? "rejected" : "expired",
    by: name === "JobExpired" ? ZeroAddress : String(args[1]),
    reason: name === "JobExpired" ? "" : String(args[2]),
    paid: funded ? job.budget - refunded : 0n,
    transaction,
  };
}

/** The refusal to do what has been done otherwise. */
export function endedOtherwise(job: Job, { how, by, reason, paid }: Ending): MarketError {
  const who = by === ZeroAddress ? "" : ` by ${by} for the reason ${reason}`;
  return new MarketError(
    "CONFLICT",
    `job ${formatJobId(job.id)} was ${how}${who}, with ${paid} base units for the provider's side: it cannot end in another way any more.`,
  );
}

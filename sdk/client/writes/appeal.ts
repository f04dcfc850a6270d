import { SeatCourt__factory } from "../../bindings";
import { courtPhaseAt, currentPanel, readCourtDispute } from "../../courtDisputes";
import { formatJobId } from "../../jobId";
import type { Context } from "../context";
import { accountOf, chainTime } from "../context";
import { transactionOf } from "../earlier";
import { requireBalance } from "../funding";
import { MarketError } from "../MarketError";
import type { Prepared } from "../plan";
import { alreadyDone, planCall } from "../plan";
import type { JobRef, JobResult } from "./jobs";
import { openReview } from "./review";

/**
 * Pays for a larger panel, within the time for appeals. Anyone may. Approves the court for exactly the cost first, if it
 * has to. Done already if the panel that is at work was paid for by the account.
 */
export async function appeal(ctx: Context, { jobId }: JobRef): Promise<Prepared<JobResult & { disputeId: bigint }>> {
  const { dispute: state } = await openReview(ctx, jobId);
  const { disputeId, arbitrator } = state;
  if (disputeId === undefined) {
    throw new MarketError("NOT_FOUND", `job ${formatJobId(jobId)} is before no court: escalate it first.`);
  }
  const court = SeatCourt__factory.connect(arbitrator, ctx.chain);
  const [found, now, account] = await Promise.all([readCourtDispute(court, disputeId), chainTime(ctx), accountOf(ctx)]);
  if (found === undefined) throw new MarketError("NOT_FOUND", `the court ${arbitrator} has no dispute ${disputeId}.`);
  const value = { jobId, disputeId };
  if (courtPhaseAt(found, now).phase !== "Appeal" && currentPanel(found).appellant === account) {
    const opened = await transactionOf(ctx, court, disputeId, ({ name, args }) => {
      return name === "PanelOpened" && args.appellant === account;
    });
    return alreadyDone(value, opened);
  }
  const [amount, token] = await Promise.all([court.appealCost(disputeId), court.TOKEN()]);
  await requireBalance(ctx, token, amount, "the appeal's cost");
  return planCall(
    { name: "SeatCourt", at: court },
    court.appeal,
    [disputeId],
    { value },
    {
      approval: { token, spender: arbitrator, amount },
      viaWallet: (wallet, policy) => {
        return wallet.interface.encodeFunctionData("appeal", [policy, state.job.evaluator, disputeId, token, amount]);
      },
    },
  );
}

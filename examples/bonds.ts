import type { AgentMarket } from "../sdk";
import { MarketError } from "../sdk";

/** Takes home what an OptimisticEvaluator owes the agent of bonds after a job, if it owes anything. */
export async function collectBonds(market: AgentMarket, evaluator: string, jobId: bigint): Promise<void> {
  const can = await market.availableActions(jobId);
  // The escrow's own deadline may have ended the job before the dispute was decided.
  if (can.some(({ name }) => name === "releaseBonds")) await market.releaseBonds({ jobId });
  try {
    await market.withdrawBonds({ evaluator });
  } catch (error) {
    if (!(error instanceof MarketError && error.code === "NOT_FOUND")) throw error;
  }
}

import type { AgentMarket } from "../sdk";
import { MarketError } from "../sdk";

/** Takes home what an OptimisticEvaluator owes the agent of bonds, if it owes anything. */
export async function collectBonds(market: AgentMarket, evaluator: string): Promise<void> {
  try {
    await market.withdrawBonds({ evaluator });
  } catch (error) {
    if (!(error instanceof MarketError && error.code === "NOT_FOUND")) throw error;
  }
}

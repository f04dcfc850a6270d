import type { JsonRpcProvider } from "ethers";

import { findEvaluator } from "../../sdk/disputes";
import { InvalidInputError } from "../../sdk/InvalidInputError";

/** What an OptimisticEvaluator's deployment fixes, as far as offers depend on it. */
export interface EvaluatorTerms {
  /** Seconds that it needs for a job that nobody disputes. */
  readonly evaluationPeriod: bigint;
  /** The least price, in base units, at which a client can dispute. */
  readonly leastDisputed: bigint;
}

/** Reads them; throws an `InvalidInputError` if the address is no OptimisticEvaluator of this escrow. */
export async function readEvaluatorTerms(
  chain: JsonRpcProvider,
  escrow: string,
  address: string,
): Promise<EvaluatorTerms> {
  const evaluator = await findEvaluator(chain, escrow, address);
  if (evaluator === undefined) {
    throw new InvalidInputError(`--evaluator: ${address} is no OptimisticEvaluator of this market: name one.`);
  }
  const [evaluationPeriod, leastDisputed] = await Promise.all([
    evaluator.maxEvaluationPeriod(),
    evaluator.MIN_AMOUNT(),
  ]);
  return { evaluationPeriod, leastDisputed };
}

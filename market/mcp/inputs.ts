import { z } from "zod";

/* What several tools take, in one form. */

export const addressInput = z.string().regex(/^0x[0-9a-fA-F]{40}$/);

/** Whom the caller lets judge, and for how much of the price. */
export const judgeInputs = {
  evaluators: z
    .array(addressInput)
    .min(1)
    .max(10)
    .describe("Whom you trust to judge the work: whoever judges decides who gets the money."),
  maxEvaluatorFeeBps: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .describe("What the evaluator may get of the price, in basis points."),
};

import { getAddress, keccak256, toUtf8Bytes } from "ethers";
import type { ZodObject, ZodRawShape, infer as Infer } from "zod";
import { z } from "zod";

import type { AgentMarket, SendingVerbs } from "../../sdk/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { parseJobId } from "../../sdk/jobId";
import { limitProblems } from "../../sdk/negotiation";
import type { Offer } from "../../sdk/offers";
import { parseSignedOffer } from "../../sdk/signedOffer";
import { parseJobContract } from "../../sdk/terms";
import { jobIdInput } from "./chainTools";
import { addressInput, judgeInputs } from "./inputs";

/** A verb of the sdk with its input, as one call of a tool means it. */
export interface Meant {
  readonly verb: keyof SendingVerbs;
  readonly input: unknown;
  /** The most that it may take from the account, in base units: the caller's own bound. */
  readonly most?: bigint;
}

/** A tool that writes. */
export interface WriteTool<I extends ZodRawShape = ZodRawShape> {
  readonly title: string;
  readonly description: string;
  readonly input: I;
  /** Whether it gives away money or ends something. */
  readonly destructive: boolean;
  readonly means: (client: AgentMarket, input: Infer<ZodObject<I>>) => Meant | Promise<Meant>;
}

function writeTool<I extends ZodRawShape>(tool: WriteTool<I>): WriteTool {
  return tool as unknown as WriteTool;
}

const MAX_TEXT = 200_000;

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const units = z.string().regex(/^(0|[1-9]\d{0,28})$/);

interface HireBounds {
  readonly agentId: string;
  readonly token: string;
  readonly maxAmount: string;
  readonly evaluators: readonly string[];
  readonly maxEvaluatorFeeBps: number;
  readonly hooks: readonly string[];
  readonly minEvaluationPeriod?: number | undefined;
}

/** An offer may come from anybody: who is hired, for how much and before whom is the caller's to say. */
async function requireWithinBounds(client: AgentMarket, offer: Offer, bounds: HireBounds): Promise<void> {
  const { agentId, minEvaluationPeriod } = bounds;
  const problems = limitProblems(offer, {
    maxAmount: BigInt(bounds.maxAmount),
    tokens: [getAddress(bounds.token)],
    evaluators: bounds.evaluators.map((evaluator) => getAddress(evaluator)),
    maxEvaluatorFeeBps: BigInt(bounds.maxEvaluatorFeeBps),
    hooks: bounds.hooks.map((hook) => getAddress(hook)),
    ...(minEvaluationPeriod === undefined ? {} : { minEvaluationPeriod: BigInt(minEvaluationPeriod) }),
  });
  if (offer.providerAgentId !== BigInt(agentId)) {
    problems.push(`it is by agent ${offer.providerAgentId}, not ${agentId}`);
  } else if (agentId !== "0") {
    const { authorised } = await client.market.registry.verifyAgent(agentId, offer.provider);
    if (!authorised) problems.push(`${offer.provider}, who signed it, does not speak for agent ${agentId}`);
  }
  if (problems.length > 0) throw new InvalidInputError(`not hired by this offer: ${problems.join("; ")}.`);
}

/** The content's own hash, or the hash of the content that is given. */
function hashOf(given: { content?: string | undefined; hash?: string | undefined }, what: string): string {
  if ((given.content === undefined) === (given.hash === undefined)) {
    throw new InvalidInputError(`give either the ${what} itself or its keccak256.`);
  }
  return given.hash ?? keccak256(toUtf8Bytes(given.content ?? ""));
}

/** The tools that write, by name. */
export const WRITE_TOOLS: Readonly<Record<string, WriteTool>> = {
  hire: writeTool({
    title: "Hire an agent",
    description:
      "Accept a provider's signed offer: creates and funds the job. Spends the offer's price. Refused if the offer is by another agent or goes beyond what you name here.",
    input: {
      offer: z.record(z.unknown()).describe("The signed offer file, as the provider gave it."),
      agentId: z
        .string()
        .regex(/^(0|[1-9]\d{0,19})$/)
        .describe("The agent that you mean to hire; 0 for an account without one."),
      token: addressInput.describe("What you pay in."),
      ...judgeInputs,
      hooks: z
        .array(addressInput)
        .max(10)
        .default([])
        .describe("Contracts that may be called at every step of the job; by default none."),
      minEvaluationPeriod: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe("Seconds that you need to look at the work; by default a day where silence pays."),
      terms: z.record(z.unknown()).optional().describe("The job contract; refused if the offer is for another one."),
      termsSalt: hash.optional(),
      input: z.string().max(MAX_TEXT).optional().describe("Your input to the work; its hash becomes part of the job."),
      maxAmount: units.describe("The most that you are ready to pay, in base units; refused if the offer asks more."),
      funding: z.enum(["auto", "Allowance", "Permit", "Authorization", "Permit2"]).default("auto"),
    },
    destructive: true,
    means: async (client, { offer, terms, termsSalt, input, funding, ...bounds }) => {
      const signedOffer = parseSignedOffer(JSON.stringify(offer), "offer");
      await requireWithinBounds(client, signedOffer.offer, bounds);
      return {
        verb: "hire",
        input: {
          signedOffer,
          ...(terms === undefined ? {} : { terms: parseJobContract(JSON.stringify(terms), "terms") }),
          ...(termsSalt === undefined ? {} : { termsSalt }),
          ...(input === undefined ? {} : { inputHash: keccak256(toUtf8Bytes(input)) }),
          funding,
        },
        most: BigInt(bounds.maxAmount),
      };
    },
  }),

  deliver: writeTool({
    title: "Deliver work",
    description: "Submit the hash of your deliverable as the provider. Hand the bytes to the client by other ways.",
    input: {
      jobId: jobIdInput,
      deliverable: z.string().max(MAX_TEXT).optional().describe("The deliverable, as text."),
      deliverableHash: hash.optional().describe("keccak256 of its bytes, instead."),
    },
    destructive: true,
    means: (_client, { jobId, deliverable, deliverableHash }) => ({
      verb: "submit",
      input: {
        jobId: parseJobId(jobId),
        deliverable: hashOf({ content: deliverable, hash: deliverableHash }, "deliverable"),
      },
    }),
  }),

  judge: writeTool({
    title: "Judge work",
    description: "Give the verdict on submitted work as the job's evaluator. It is final.",
    input: {
      jobId: jobIdInput,
      verdict: z.enum(["complete", "reject", "partial"]),
      providerAmount: units.optional().describe("With partial: base units for the provider's side."),
      reason: z.string().max(MAX_TEXT).optional().describe("Why; its hash goes on the chain."),
    },
    destructive: true,
    means: (_client, { jobId, verdict, providerAmount, reason }) => {
      if ((verdict === "partial") !== (providerAmount !== undefined)) {
        throw new InvalidInputError('providerAmount belongs to the verdict "partial", and only to it.');
      }
      const input = {
        jobId: parseJobId(jobId),
        ...(reason === undefined ? {} : { reason: keccak256(toUtf8Bytes(reason)) }),
      };
      if (providerAmount === undefined) return { verb: verdict === "reject" ? "reject" : "complete", input };
      return { verb: "completePartially", input: { ...input, providerAmount: BigInt(providerAmount) } };
    },
  }),

  dispute: writeTool({
    title: "Settle or fight over work",
    description:
      "Where an OptimisticEvaluator reviews: accept the work or dispute it as the client, contest or concede as the provider, or call the court. Disputing and contesting lock a bond.",
    input: {
      jobId: jobIdInput,
      step: z.enum(["accept", "dispute", "contest", "concede", "escalate"]),
      maxBond: units
        .optional()
        .describe("With dispute and contest: the most that you are ready to lock, in base units."),
    },
    destructive: true,
    means: (_client, { jobId, step, maxBond }) => {
      const locks = step === "dispute" || step === "contest";
      if (locks !== (maxBond !== undefined)) {
        throw new InvalidInputError('maxBond belongs to the steps "dispute" and "contest", and has to be there.');
      }
      return { verb: step, input: { jobId: parseJobId(jobId) }, most: BigInt(maxBond ?? 0) };
    },
  }),
};

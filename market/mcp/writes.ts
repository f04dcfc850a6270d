import { keccak256, toUtf8Bytes } from "ethers";
import type { ZodObject, ZodRawShape, infer as Infer } from "zod";
import { z } from "zod";

import type { AgentMarket, SendingVerbs } from "../../sdk/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { parseJobId } from "../../sdk/jobId";
import { parseSignedOffer } from "../../sdk/signedOffer";
import { parseJobContract } from "../../sdk/terms";
import { jobIdInput } from "./chainTools";

/** What a write costs besides gas, in base units. */
export interface Spending {
  readonly token: string;
  readonly amount: bigint;
}

/** A verb of the sdk with its input, as one call of a tool means it. */
export interface Meant {
  readonly verb: keyof SendingVerbs;
  readonly input: unknown;
  readonly spending?: Spending;
}

/** A tool that writes. Sending and simulating start from the same `means`, so that they cannot differ. */
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
    description: "Accept a provider's signed offer: creates and funds the job. Spends the offer's price.",
    input: {
      offer: z.record(z.unknown()).describe("The signed offer file, as the provider gave it."),
      terms: z.record(z.unknown()).optional().describe("The job contract; refused if the offer is for another one."),
      termsSalt: hash.optional(),
      input: z.string().max(MAX_TEXT).optional().describe("Your input to the work; its hash becomes part of the job."),
      maxAmount: units.describe("The most that you are ready to pay, in base units; refused if the offer asks more."),
      funding: z.enum(["auto", "Allowance", "Permit", "Authorization", "Permit2"]).default("auto"),
    },
    destructive: true,
    means: (_client, { offer, terms, termsSalt, input, maxAmount, funding }) => {
      const signedOffer = parseSignedOffer(JSON.stringify(offer), "offer");
      const { token, amount } = signedOffer.offer;
      if (amount > BigInt(maxAmount)) {
        throw new InvalidInputError(`the offer asks ${amount} base units, more than maxAmount ${maxAmount}.`);
      }
      return {
        verb: "hire",
        input: {
          signedOffer,
          ...(terms === undefined ? {} : { terms: parseJobContract(JSON.stringify(terms), "terms") }),
          ...(termsSalt === undefined ? {} : { termsSalt }),
          ...(input === undefined ? {} : { inputHash: keccak256(toUtf8Bytes(input)) }),
          funding,
        },
        spending: { token, amount },
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
    input: { jobId: jobIdInput, step: z.enum(["accept", "dispute", "contest", "concede", "escalate"]) },
    destructive: true,
    means: async (client, { jobId, step }) => {
      const id = parseJobId(jobId);
      const meant = { verb: step, input: { jobId: id } } as const;
      if (step !== "dispute" && step !== "contest") return meant;
      const { dispute } = await client.standing(id);
      if (dispute === undefined || (step === "dispute" && dispute.objection !== "bond")) return meant;
      return { ...meant, spending: { token: dispute.bondToken, amount: dispute.bond } };
    },
  }),
};

import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { keccak256, toUtf8Bytes } from "ethers";
import { z } from "zod";

import type { AgentMarket } from "../../sdk/client";
import { MarketError } from "../../sdk/client";
import type { IndexClient } from "../../sdk/discovery/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { HttpOptions, Negotiation } from "../../sdk/negotiation";
import { RefusedError, httpCarrier } from "../../sdk/negotiation";
import type { RegistrationFile } from "../../sdk/registration";
import { formatSignedOffer } from "../../sdk/signedOffer";
import { parseJobContract } from "../../sdk/terms";
import { a2aCarrier } from "../a2a/client";
import { cut } from "./answers";
import { addressInput, judgeInputs } from "./inputs";
import { addTool } from "./tools";

export interface QuoteOptions {
  readonly index: IndexClient;
  /** Whose account asks: it has a signer. */
  readonly client: AgentMarket;
  /** How an agent's endpoint is called. */
  readonly http: HttpOptions;
}

/** Asks an agent for an offer. Commits to nothing: what comes back is hired by, or not. */
export function addQuoteTool(server: McpServer, { index, client, http }: QuoteOptions): void {
  addTool(server, "quote", {
    title: "Ask for a quote",
    description:
      "Ask an agent what it would take for a job. Answers its signed offer, ready for the tool hire, with all that speaks against it; or why it declines.",
    input: {
      agentId: z.string().regex(/^[1-9]\d{0,19}$/),
      terms: z.record(z.unknown()).describe("The job contract: what is to be done, and what counts as done."),
      service: z.string().max(100).default("").describe("Id of the agent's service that it is for."),
      input: z.string().max(200_000).optional().describe("Your input to the work; only its hash is sent."),
      token: addressInput,
      maxAmount: z
        .string()
        .regex(/^[1-9]\d{0,28}$/)
        .describe("The most that you would pay, in base units."),
      ...judgeInputs,
    },
    output: {
      outcome: z.enum(["offer", "declined", "failed"]).describe("failed: what came back is no answer."),
      amount: z.string().optional().describe("Base units."),
      validUntil: z.number().int().optional().describe("Unix seconds."),
      objections: z.array(z.string()).optional().describe("What speaks against hiring by it; empty if nothing does."),
      offer: z.record(z.unknown()).optional().describe("As the tool hire takes it."),
      untrusted: z.object({ reason: z.string(), detail: z.string() }).optional(),
    },
    annotations: { readOnlyHint: true, openWorldHint: true },
    run: async (asked) => {
      const file = await index.agentFile(asked.agentId);
      if (file === undefined) {
        throw new InvalidInputError(`agent ${asked.agentId} has no registration file that could be read.`);
      }
      const terms = parseJobContract(JSON.stringify(asked.terms), "terms");
      let answer: Negotiation;
      try {
        answer = await client.negotiate({
          agentId: BigInt(asked.agentId),
          // Checked by `negotiate`, as what a stranger wrote.
          file: file as RegistrationFile,
          terms,
          service: asked.service,
          ...(asked.input === undefined ? {} : { inputHash: keccak256(toUtf8Bytes(asked.input)) }),
          token: asked.token,
          maxAmount: BigInt(asked.maxAmount),
          evaluators: asked.evaluators,
          limits: { maxEvaluatorFeeBps: BigInt(asked.maxEvaluatorFeeBps) },
          carriers: [httpCarrier, a2aCarrier],
          http,
        });
      } catch (error) {
        return strangersFault(error);
      }
      const { signedOffer, objections, declined } = answer;
      if (declined !== undefined) return noOffer("declined", declined.reason, declined.detail);
      if (signedOffer === undefined) throw new Error("neither an offer nor a refusal");
      return {
        outcome: "offer" as const,
        amount: signedOffer.offer.amount.toString(),
        validUntil: Number(signedOffer.offer.validUntil),
        objections: [...objections],
        offer: JSON.parse(formatSignedOffer(signedOffer)) as Record<string, unknown>,
      };
    },
  });
}

/** What speaks against a stranger's answer quotes it; all else is this side's, and thrown on. */
function strangersFault(error: unknown): ReturnType<typeof noOffer> {
  if (error instanceof MarketError) {
    const { code, message, cause } = error;
    if (cause instanceof RefusedError) return noOffer("declined", cause.fault, cause.detail);
    if (code === "NO_ANSWER") return noOffer("failed", "failed", message);
  }
  throw error;
}

function noOffer(outcome: "declined" | "failed", reason: string, detail: string) {
  return { outcome, untrusted: { reason: cut(reason), detail: cut(detail) } };
}

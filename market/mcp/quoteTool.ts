import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { Signer } from "ethers";
import { getAddress, keccak256, toUtf8Bytes } from "ethers";
import { z } from "zod";

import type { AgentMarket } from "../../sdk/client";
import type { IndexClient } from "../../sdk/discovery/client";
import { explainError } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Envelope, HttpOptions, Message, Thread } from "../../sdk/negotiation";
import {
  RefusedError,
  carry,
  checkOffer,
  extendThread,
  makeQuoteRequest,
  negotiateOverHttp,
  negotiationEndpoint,
  openThread,
  sealMessage,
} from "../../sdk/negotiation";
import type { Offer } from "../../sdk/offers";
import { parseRegistration } from "../../sdk/registration";
import { formatSignedOffer } from "../../sdk/signedOffer";
import { parseJobContract, termsHash } from "../../sdk/terms";
import { cut } from "./answers";
import { addTool } from "./tools";

const ANSWER_WITHIN = 600n;

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);

export interface QuoteOptions {
  readonly index: IndexClient;
  readonly client: AgentMarket;
  /** Whose account asks; `signer` signs for it. */
  readonly account: string;
  readonly signer: Signer;
  /** How an agent's endpoint is called. */
  readonly http: HttpOptions;
}

/** Asks an agent for an offer. Commits to nothing: what comes back is hired by, or not. */
export function addQuoteTool(server: McpServer, { index, client, account, signer, http }: QuoteOptions): void {
  addTool(server, "quote", {
    title: "Ask for a quote",
    description:
      "Ask an agent what it would take for a job. Answers its signed offer, ready for the tool hire, with all that speaks against it; or why it declines.",
    input: {
      agentId: z.string().regex(/^[1-9]\d{0,19}$/),
      terms: z.record(z.unknown()).describe("The job contract: what is to be done, and what counts as done."),
      service: z.string().max(100).default("").describe("Id of the agent's service that it is for."),
      input: z.string().max(200_000).optional().describe("Your input to the work; only its hash is sent."),
      token: address,
      maxAmount: z
        .string()
        .regex(/^[1-9]\d{0,28}$/)
        .describe("The most that you would pay, in base units."),
      evaluators: z.array(address).min(1).max(10).describe("Whom you trust to judge the work."),
      maxEvaluatorFeeBps: z
        .number()
        .int()
        .min(0)
        .max(1_000)
        .default(0)
        .describe("What the evaluator may get of the price, in basis points."),
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
      const { escrow } = client.market.addresses;
      const [chain, now, provider, file] = await Promise.all([
        client.market.escrow.runner?.provider?.getNetwork(),
        client.now(),
        client.market.registry.getAgentWallet(BigInt(asked.agentId)),
        index.agentFile(asked.agentId),
      ]);
      if (file === undefined || chain === undefined) {
        throw new InvalidInputError(`agent ${asked.agentId} has no registration file that could be read.`);
      }
      const endpoint = negotiationEndpoint(parseRegistration(JSON.stringify(file), "its registration file"));
      if (endpoint === undefined) throw new InvalidInputError(`agent ${asked.agentId} names no place to negotiate.`);
      const contract = parseJobContract(JSON.stringify(asked.terms), "terms");
      const place = { chainId: chain.chainId, escrow };
      const evaluators = asked.evaluators.map((one) => getAddress(one));
      const request = makeQuoteRequest({
        client: account,
        provider,
        service: asked.service,
        termsHash: termsHash(contract),
        ...(asked.input === undefined ? {} : { inputHash: keccak256(toUtf8Bytes(asked.input)) }),
        token: getAddress(asked.token),
        maxAmount: BigInt(asked.maxAmount),
        evaluators,
        validUntil: now + ANSWER_WITHIN,
      });
      const body: Message = { type: "QuoteRequest", message: request };
      const sent = await sealMessage(signer, place, body, { terms: carry(contract) });
      const checks = { chain: client.market.escrow.runner?.provider ?? undefined, speaksFor };
      const { thread: begun } = await extendThread(openThread(place, provider), sent, now, checks);
      let reply: Envelope | undefined;
      let thread: Thread;
      try {
        reply = await negotiateOverHttp(endpoint, sent, http);
        if (reply === undefined) throw new InvalidInputError(`agent ${asked.agentId} says nothing: ask another one.`);
        ({ thread } = await extendThread(begun, reply, await client.now(), checks));
      } catch (error) {
        // What speaks against a stranger's answer quotes it.
        const [outcome, reason, detail] =
          error instanceof RefusedError
            ? (["declined", error.fault, error.detail] as const)
            : (["failed", "failed", explainError(error)] as const);
        return { outcome, untrusted: { reason: cut(reason), detail: cut(detail) } };
      }
      if (reply.body.type === "Decline") {
        const { reason, detail } = reply.body.message;
        return { outcome: "declined" as const, untrusted: { reason: cut(reason), detail: cut(detail) } };
      }
      if (reply.body.type !== "Offer")
        throw new InvalidInputError("the agent answers with something else than an offer.");
      const offer = reply.body.message;
      const limits = {
        ...{ maxAmount: request.maxAmount, tokens: [request.token], evaluators },
        maxEvaluatorFeeBps: BigInt(asked.maxEvaluatorFeeBps),
      };
      const objectionsTo = ({ termsHash, providerAgentId }: Offer): string[] => {
        // What speaks against a stranger's own terms quotes them.
        if (termsHash !== request.termsHash) return ["it is for other terms than yours"];
        const other = `it is by agent ${providerAgentId}, not ${asked.agentId}: its work goes into another record`;
        return [
          ...(providerAgentId === BigInt(asked.agentId) ? [] : [other]),
          ...checkOffer(thread, offer, limits, now),
        ];
      };
      return {
        outcome: "offer" as const,
        amount: offer.amount.toString(),
        validUntil: Number(offer.validUntil),
        objections: objectionsTo(offer),
        offer: JSON.parse(formatSignedOffer({ ...place, offer, signature: reply.signature })) as Record<
          string,
          unknown
        >,
      };
    },
  });

  /** An AgentWallet signs no messages: its key, which is this server's, speaks for it. */
  async function speaksFor(party: string, key: string): Promise<boolean> {
    return party === account && key === (await signer.getAddress());
  }
}

import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

import { IERC20Metadata__factory } from "../../sdk/bindings";
import type { AgentMarket } from "../../sdk/client";
import { formatJobId, parseJobId } from "../../sdk/jobId";
import { cut } from "./answers";
import type { SpendLedger } from "./ledger";
import { addTool } from "./tools";

const READS = { readOnlyHint: true, openWorldHint: true } as const;

/** Of the form that every tool takes a job in. */
export const jobIdInput = z.string().max(80).describe("The job's number, decimal or 0x and hex.");

/** The tools that read the chain itself: what money depends on is not taken from the index. */
export function addChainTools(server: McpServer, client: AgentMarket, account: string | undefined): void {
  addTool(server, "job", {
    title: "Read a job",
    description:
      "A job as it stands on the chain: parties, money, deadlines, and what this server's account, or anyone, can do now.",
    input: { jobId: jobIdInput },
    output: {
      jobId: z.string(),
      status: z.enum(["Open", "Funded", "Submitted", "Completed", "Rejected", "Expired"]),
      client: z.string(),
      provider: z.string(),
      providerAgentId: z.string(),
      evaluator: z.string(),
      token: z.string(),
      budget: z.string().describe("Base units."),
      expiredAt: z.number().int().describe("Unix seconds."),
      submittedAt: z.number().int().optional(),
      dispute: z
        .object({ phase: z.string(), bond: z.string(), bondToken: z.string(), deadline: z.number().int().optional() })
        .optional()
        .describe("If the work is reviewed by an OptimisticEvaluator."),
      actions: z.array(
        z.object({ name: z.string(), contract: z.string(), by: z.string(), until: z.number().int().optional() }),
      ),
      untrusted: z.object({ description: z.string() }),
    },
    annotations: READS,
    run: async ({ jobId }) => {
      const id = parseJobId(jobId);
      const { job, dispute } = await client.standing(id);
      const actions = account === undefined ? [] : await client.availableActions(id, account);
      return {
        jobId: formatJobId(id),
        status: job.status,
        client: job.client,
        provider: job.provider,
        providerAgentId: job.providerAgentId.toString(),
        evaluator: job.evaluator,
        token: job.paymentToken,
        budget: job.budget.toString(),
        expiredAt: Number(job.expiredAt),
        ...(job.submittedAt === 0n ? {} : { submittedAt: Number(job.submittedAt) }),
        ...(dispute === undefined
          ? {}
          : {
              dispute: {
                phase: dispute.phase,
                bond: dispute.bond.toString(),
                bondToken: dispute.bondToken,
                ...(dispute.deadline === undefined ? {} : { deadline: Number(dispute.deadline) }),
              },
            }),
        actions: actions.map(({ name, contract, by, until }) => ({
          name,
          contract,
          by,
          ...(until === undefined ? {} : { until: Number(until) }),
        })),
        untrusted: { description: cut(job.description) },
      };
    },
  });
}

/** What the server's account has, and may still spend. */
export function addBalanceTool(server: McpServer, client: AgentMarket, account: string, ledger?: SpendLedger): void {
  addTool(server, "balance", {
    title: "Read the balance",
    description: "What this server's account holds of a token, what the escrow owes it, and what it may still spend.",
    input: { token: z.string().regex(/^0x[0-9a-fA-F]{40}$/) },
    output: {
      account: z.string(),
      token: z.string(),
      decimals: z.number().int(),
      balance: z.string().describe("Base units."),
      credit: z.string().describe("Base units that can be withdrawn from the escrow."),
      coin: z.string().describe("Wei of the chain's coin, with which the server's key pays for gas."),
      mayStillSpend: z.string().optional().describe("Base units under this server's own cap."),
    },
    annotations: READS,
    run: async ({ token }) => {
      const { escrow } = client.market;
      const contract = IERC20Metadata__factory.connect(token, escrow.runner);
      const [decimals, balance, credit, coin] = await Promise.all([
        contract.decimals(),
        contract.balanceOf(account),
        escrow.withdrawable(token, account),
        client.sender().then((sender) => escrow.runner?.provider?.getBalance(sender) ?? 0n),
      ]);
      return {
        account,
        token,
        decimals: Number(decimals),
        balance: balance.toString(),
        credit: credit.toString(),
        coin: coin.toString(),
        ...(ledger === undefined ? {} : { mayStillSpend: ledger.left(token).toString() }),
      };
    },
  });
}

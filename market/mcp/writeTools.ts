import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { ZodObject, ZodRawShape } from "zod";
import { z } from "zod";

import type { AgentMarket, Simulation, Written } from "../../sdk/client";
import { MarketError } from "../../sdk/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { SpendLedger } from "./ledger";
import { addTool } from "./tools";
import type { Meant, WriteTool } from "./writes";
import { WRITE_TOOLS } from "./writes";

const cost = z
  .object({ token: z.string(), amount: z.string() })
  .optional()
  .describe("What it takes from the account besides gas, in base units.");

/** Tries what a write would do; sends nothing. */
export function addSimulateTool(server: McpServer, client: AgentMarket): void {
  addTool(server, "simulate", {
    title: "Try a write",
    description: "What one of the writing tools would do with these arguments, without sending anything.",
    input: {
      tool: z.enum(Object.keys(WRITE_TOOLS) as [string, ...string[]]),
      arguments: z.record(z.unknown()).describe("As that tool takes them, without the idempotency key."),
    },
    output: {
      outcome: z.enum(["would-send", "already"]).describe("already: its effect is on the chain."),
      costs: cost,
      calls: z.array(z.object({ contract: z.string(), function: z.string(), gas: z.string().optional() })),
    },
    annotations: { readOnlyHint: true, openWorldHint: true },
    run: async ({ tool, arguments: given }) => {
      const meant = await meaning(client, WRITE_TOOLS[tool], given);
      const { done, calls } = await simulate(client, meant);
      return {
        outcome: done,
        ...costsOf(meant),
        calls: calls.map(({ contract, fn, gas }) => ({
          contract,
          function: fn,
          ...(gas === undefined ? {} : { gas: gas.toString() }),
        })),
      };
    },
  });
}

/** The writing tools, for a server that was started with a key. Each is simulated first, counted, and done once. */
export function addWriteTools(server: McpServer, client: AgentMarket, ledger: SpendLedger): void {
  // One after another: two calls at once would both find the cap free, and take the same transaction number.
  let turn: Promise<unknown> = Promise.resolve();
  for (const [name, tool] of Object.entries(WRITE_TOOLS)) {
    addTool(server, name, {
      title: tool.title,
      description: `${tool.description} Simulated first; the same idempotency key never does it twice.`,
      input: {
        ...tool.input,
        idempotencyKey: z
          .string()
          .regex(/^[\w.:-]{8,100}$/)
          .describe("Yours, new for each thing that you want done, the same when you try it again."),
      },
      output: {
        outcome: z.enum(["sent", "already"]),
        costs: cost,
        transaction: z.string().optional(),
        block: z.number().int().optional(),
        jobId: z.string().optional(),
      },
      annotations: {
        readOnlyHint: false,
        destructiveHint: tool.destructive,
        idempotentHint: true,
        openWorldHint: true,
      },
      run: (given) => {
        const { idempotencyKey, ...request } = given as { idempotencyKey: string } & Record<string, unknown>;
        const result = turn.then(() => doOnce(client, ledger, name, tool, idempotencyKey, request));
        turn = result.catch(() => undefined);
        return result;
      },
    });
  }
}

async function doOnce(
  client: AgentMarket,
  ledger: SpendLedger,
  name: string,
  tool: WriteTool,
  key: string,
  request: Record<string, unknown>,
): Promise<WriteAnswer> {
  const earlier = ledger.find(key, name, request);
  if (earlier !== undefined) return earlier as WriteAnswer;
  const meant = await meaning(client, tool, request);
  const { done } = await simulate(client, meant);
  // What is on the chain already costs nothing more.
  const begun = ledger.begin(key, name, request, done === "already" ? undefined : meant.spending);
  // Another server on the same ledger was faster.
  if (begun.result !== undefined) return begun.result as WriteAnswer;
  try {
    const result = await write(client, meant);
    ledger.finish(key, result);
    return result;
  } catch (error) {
    // After a time-out it may still land, and after a failure that nobody understands too: these go on counting, and so
    // does an earlier try when a later one is refused.
    const isCertain = error instanceof MarketError && !/^(TIMEOUT|NETWORK|UNKNOWN|REORG)$/.test(error.code);
    if (begun.isFirst && isCertain) ledger.abandon(key);
    throw error;
  }
}

interface WriteAnswer extends Record<string, unknown> {
  outcome: "sent" | "already";
  costs?: { token: string; amount: string };
  transaction?: string;
  block?: number;
  jobId?: string;
}

async function write(client: AgentMarket, meant: Meant): Promise<WriteAnswer> {
  const verb = client[meant.verb] as (input: unknown) => Promise<Written<{ jobId?: bigint }>>;
  const written = await verb(meant.input);
  const { done, result, transaction } = written;
  return {
    outcome: done,
    ...costsOf(meant),
    ...(transaction === undefined ? {} : { transaction }),
    ...(written.done === "sent" ? { block: written.block } : {}),
    ...(result.jobId === undefined ? {} : { jobId: result.jobId.toString() }),
  };
}

function simulate(client: AgentMarket, { verb, input }: Meant): Promise<Simulation<unknown>> {
  return (client.simulate[verb] as (input: unknown) => Promise<Simulation<unknown>>)(input);
}

/** What a call of a tool means, once its arguments are known to be of its form. */
async function meaning(client: AgentMarket, tool: WriteTool | undefined, given: unknown): Promise<Meant> {
  if (tool === undefined) throw new InvalidInputError("there is no such tool.");
  const schema: ZodObject<ZodRawShape> = z.object(tool.input).strict();
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidInputError(`${issue?.path.join(".") ?? "arguments"}: ${issue?.message ?? "is wrong"}.`);
  }
  return tool.means(client, parsed.data);
}

function costsOf({ spending }: Meant): { costs?: { token: string; amount: string } } {
  return spending === undefined ? {} : { costs: { token: spending.token, amount: spending.amount.toString() } };
}

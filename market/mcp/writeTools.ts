import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { ZodObject, ZodRawShape } from "zod";
import { z } from "zod";

import type { AgentMarket, Cost, SendOptions, Simulation, Written } from "../../sdk/client";
import { MarketError } from "../../sdk/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Begun, SpendLedger } from "./ledger";
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
      const { done, cost: asked, calls } = await simulate(client, meant);
      requireWithin(meant, asked);
      return {
        outcome: done,
        ...costsOf(asked),
        calls: calls.map(({ contract, fn, gas }) => ({
          contract,
          function: fn,
          ...(gas === undefined ? {} : { gas: gas.toString() }),
        })),
      };
    },
  });
}

/** The writing tools, for a server that was started with a key. Each is counted before it is sent, and done once. */
export function addWriteTools(server: McpServer, client: AgentMarket, ledger: SpendLedger): void {
  // One after another: two calls at once would both find the cap free, and take the same transaction number.
  let turn: Promise<unknown> = Promise.resolve();
  for (const [name, tool] of Object.entries(WRITE_TOOLS)) {
    addTool(server, name, {
      title: tool.title,
      description: `${tool.description} What would be refused is not sent; the same idempotency key never does it twice.`,
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
  given: Record<string, unknown>,
): Promise<WriteAnswer> {
  // The same words elsewhere are something else: another chain's job of that number, another account's work.
  const request = { ...given, by: await actorOf(client) };
  const earlier = ledger.find(key, name, request);
  if (earlier !== undefined) return earlier as WriteAnswer;
  const meant = await meaning(client, tool, given);
  let begun: Begun | undefined;
  let spent: Cost | undefined;
  // What is counted is what is sent: contracts and endpoints may answer otherwise when they are asked again.
  const allow = (asked: Cost | undefined): void => {
    requireWithin(meant, asked);
    begun = ledger.begin(key, name, request, asked);
    if (begun.result !== undefined) throw new Error("another server on the same ledger was faster");
    spent = asked;
  };
  try {
    const written = await write(client, meant, { allow });
    const result = { ...written, ...costsOf(spent) };
    // What is on the chain already costs nothing more.
    if (begun === undefined) ledger.begin(key, name, request);
    ledger.finish(key, result);
    return result;
  } catch (error) {
    const answered = begun?.result;
    if (answered !== undefined) return answered as WriteAnswer;
    // What has left may still have an effect, whatever the endpoint says of it: it goes on counting, and so does an
    // earlier try when a later one is refused.
    const isFirst = begun?.isFirst === true;
    if (isFirst && error instanceof MarketError && !error.sent) ledger.abandon(key);
    throw error;
  }
}

async function actorOf(client: AgentMarket): Promise<Record<string, string>> {
  const { escrow, addresses } = client.market;
  const chainId = (await escrow.runner?.provider?.getNetwork())?.chainId;
  return { account: await client.account(), chainId: String(chainId), escrow: addresses.escrow };
}

/** The caller's own bound. */
function requireWithin({ most }: Meant, asked: Cost | undefined): void {
  if (asked === undefined || most === undefined || asked.amount <= most) return;
  throw new InvalidInputError(`this takes ${asked.amount} base units of ${asked.token}, more than your most, ${most}.`);
}

interface WriteAnswer extends Record<string, unknown> {
  outcome: "sent" | "already";
  costs?: { token: string; amount: string };
  transaction?: string;
  block?: number;
  jobId?: string;
}

async function write(client: AgentMarket, { verb, input }: Meant, options: SendOptions): Promise<WriteAnswer> {
  const send = client[verb] as (given: unknown, how: SendOptions) => Promise<Written<{ jobId?: bigint }>>;
  const written = await send(input, options);
  const { done, result, transaction } = written;
  return {
    outcome: done,
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

function costsOf(cost: Cost | undefined): { costs?: { token: string; amount: string } } {
  return cost === undefined ? {} : { costs: { token: cost.token, amount: cost.amount.toString() } };
}

import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

import type { IndexClient } from "../../sdk/discovery/client";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { LONGEST_CURSOR, agentAnswer, agentShape, cursorAnswer, cut, resultAnswer, word } from "./answers";
import { addTool } from "./tools";

const READS = { readOnlyHint: true, openWorldHint: true } as const;

/** The tools that ask the index: they need no key and no chain. */
export function addReadTools(server: McpServer, index: IndexClient): void {
  addTool(server, "search", {
    title: "Search agents",
    description:
      "Find agents that can be hired, best first, with the reasons for each place. Records are facts of settled jobs; what an agent says of itself is not.",
    input: {
      text: z.string().max(200).optional().describe("Words in an agent's name, description, services or skills."),
      skills: z.array(z.string().max(100)).max(10).optional().describe('All of them, such as "code/lint".'),
      token: z.string().optional().describe("Address of the token that prices and records are counted in."),
      maxPrice: z
        .string()
        .optional()
        .describe(
          "Base units of `token`: the most that the cheapest job, or one unit of a price without a minimum, costs.",
        ),
      minCompleted: z.number().int().min(0).optional(),
      minCounterparties: z.number().int().min(0).optional(),
      walletVerified: z.boolean().optional(),
      limit: z.number().int().min(1).max(20).default(10),
      cursor: z.string().max(LONGEST_CURSOR).optional().describe("`next` of the page before."),
    },
    output: {
      results: z.array(
        z.object({
          ...agentShape,
          score: z.number(),
          reasons: z.array(z.object({ measure: z.string(), weight: z.number(), value: z.number(), says: z.string() })),
        }),
      ),
      next: z.string().optional(),
      block: z.number().int().describe("The block that the answer is of."),
    },
    annotations: READS,
    run: async (request) => {
      const { items, next, block } = await index.search(request);
      return {
        results: items.map(resultAnswer),
        ...cursorAnswer(next),
        block,
      };
    },
  });

  addTool(server, "agent", {
    title: "Read an agent",
    description: "Who owns an agent, what it offers, its record of settled jobs, and the latest feedback on it.",
    input: { agentId: z.string().regex(/^[1-9]\d{0,19}$/) },
    output: {
      ...agentShape,
      latestFeedback: z.array(
        z.object({
          client: z.string(),
          value: z.number(),
          paidFor: z.boolean().describe("Whether it cites a settled job for which something was paid."),
          time: z.number().int(),
          untrusted: z.object({ tags: z.array(z.string()) }),
        }),
      ),
    },
    annotations: READS,
    run: async ({ agentId }) => {
      const agent = await index.agent(agentId);
      if (agent === undefined) throw new InvalidInputError(`there is no agent ${agentId} in the index.`);
      const { items } = await index.feedback({ agentId, limit: 10 });
      return {
        ...agentAnswer(agent),
        latestFeedback: items
          .filter(({ revoked }) => !revoked)
          .map(({ client, value, job, time, tag1, tag2 }) => ({
            client: word(client),
            value,
            paidFor: job !== undefined && job.amount !== "0",
            time,
            untrusted: { tags: [tag1, tag2].filter((tag) => tag !== "").map((tag) => cut(tag)) },
          })),
      };
    },
  });
}

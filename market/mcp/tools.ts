import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult, ToolAnnotations } from "@modelcontextprotocol/sdk/types.js";
import type { ZodObject, ZodRawShape, infer as Infer } from "zod";

import { explainError } from "../../sdk/errors";
import { errorText, NOTICE } from "./answers";

/** One tool: what it takes, what it answers, and what it does. */
export interface Tool<I extends ZodRawShape, O extends ZodRawShape> {
  readonly title: string;
  readonly description: string;
  readonly input: I;
  readonly output: O;
  readonly annotations: ToolAnnotations;
  readonly run: (input: Infer<ZodObject<I>>) => Promise<Infer<ZodObject<O>>>;
}

interface Registration {
  title: string;
  description: string;
  inputSchema: ZodRawShape;
  outputSchema: ZodRawShape;
  annotations: ToolAnnotations;
}

/** Adds a tool to a server. What it throws becomes an answer with one sentence that says what to do. */
export function addTool<I extends ZodRawShape, O extends ZodRawShape>(
  server: McpServer,
  name: string,
  { title, description, input, output, annotations, run }: Tool<I, O>,
): void {
  // The package's own generics, over two versions of zod at once, keep the compiler busy for minutes.
  const register = server.registerTool.bind(server) as unknown as (
    name: string,
    registration: Registration,
    call: (input: Infer<ZodObject<I>>) => Promise<CallToolResult>,
  ) => void;
  register(name, { title, description, inputSchema: input, outputSchema: output, annotations }, async (given) => {
    try {
      const result = await run(given);
      const text = JSON.stringify(result);
      const notice = text.includes('"untrusted":') ? `${NOTICE}\n` : "";
      return { content: [{ type: "text", text: `${notice}${text}` }], structuredContent: result };
    } catch (error) {
      return { content: [{ type: "text", text: errorText(explainError(error)) }], isError: true };
    }
  });
}

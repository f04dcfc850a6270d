import { randomUUID } from "node:crypto";

import type { Message } from "@a2a-js/sdk";
import { Role } from "@a2a-js/sdk";
import type { AgentExecutor, ExecutionEventBus, RequestContext } from "@a2a-js/sdk/server";
import { AgentEvent } from "@a2a-js/sdk/server";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { NegotiationDesk } from "../../sdk/negotiation/desk";
import { envelopeToJson, parseEnvelope } from "../../sdk/negotiation/envelope";
import { NegotiationError } from "../../sdk/negotiation/NegotiationError";
import { EXTENSION_URI } from "./extension";
import { MAX_ERROR, dataPart, onlyData, textPart } from "./parts";

const HELP =
  "This agent sells its work by signed offers that an escrow on a chain enforces. It does not chat: its prices are " +
  `negotiated by the A2A extension ${EXTENSION_URI}, which its agent card declares. Name that extension in the header ` +
  "A2A-Extensions, and send a QuoteRequest as the message's only part, a data part.";

/** Brings A2A messages to a provider's desk: one data part in, one data part out. It never throws. */
export class NegotiationExecutor implements AgentExecutor {
  constructor(
    private readonly desk: NegotiationDesk,
    private readonly onError?: (error: unknown) => void,
  ) {}

  async execute({ userMessage, contextId, context }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const activated = context.requestedExtensions?.includes(EXTENSION_URI) === true;
    if (activated) context.addActivatedExtension(EXTENSION_URI);
    const content = activated ? await this.answer(userMessage) : undefined;
    bus.publish(
      AgentEvent.message({
        messageId: randomUUID(),
        contextId,
        // There are no tasks here: all that lasts is the thread, and both sides can check that.
        taskId: "",
        role: Role.ROLE_AGENT,
        parts: [content === undefined ? textPart(HELP) : dataPart(content)],
        extensions: activated ? [EXTENSION_URI] : [],
        referenceTaskIds: [],
        metadata: undefined,
      }),
    );
  }

  cancelTask(): Promise<void> {
    // Never called: without tasks there is nothing to cancel.
    return Promise.resolve();
  }

  private async answer({ parts }: Message): Promise<object> {
    try {
      const answer = await this.desk.receive(parseEnvelope(JSON.stringify(onlyData(parts))));
      return { message: answer === undefined ? null : envelopeToJson(answer) };
    } catch (error) {
      return { error: this.explain(error) };
    }
  }

  private explain(error: unknown): { fault: string; message: string } {
    if (error instanceof InvalidInputError) {
      const fault = error instanceof NegotiationError ? error.fault : "malformed";
      return { fault, message: error.message.slice(0, MAX_ERROR) };
    }
    this.onError?.(error);
    return { fault: "internal", message: "something went wrong here: send the same message again later." };
  }
}

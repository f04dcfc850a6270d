import { randomUUID } from "node:crypto";

import type { AgentCard, Message, Task } from "@a2a-js/sdk";
import { A2A_PROTOCOL_VERSION, A2A_VERSION_HEADER, AgentCard as AgentCardJson, Role } from "@a2a-js/sdk";
import { ClientFactory, JsonRpcTransportFactory, ServiceParameters, withA2AExtensions } from "@a2a-js/sdk/client";
import { isJsonRpcError } from "@a2a-js/sdk/errors";

import { parseBoundedJson } from "../../sdk/boundedJson";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Envelope } from "../../sdk/negotiation/envelope";
import { MESSAGE_BOUNDS, envelopeFromJson, envelopeToJson } from "../../sdk/negotiation/envelope";
import { deadlineOf, endpointUrl, callStranger } from "../../sdk/negotiation/callStranger";
import { FAULT_STATUS } from "../../sdk/negotiation/http";
import type { HttpOptions } from "../../sdk/negotiation/httpClient";
import { RefusedError } from "../../sdk/negotiation/httpClient";
import type { Carrier } from "../../sdk/negotiation/negotiate";
import type { RegistrationFile } from "../../sdk/registration";
import { EXTENSION_URI, readExtension } from "./extension";
import { MAX_ERROR, dataPart, onlyData } from "./parts";

/** What a stranger's card may cost its reader. */
export const CARD_BOUNDS = { maxBytes: 262_144, maxDepth: 32 };

/** A message, and what A2A puts around it. */
const ANSWER_BOUNDS = { maxBytes: MESSAGE_BOUNDS.maxBytes + 8_192, maxDepth: MESSAGE_BOUNDS.maxDepth + 7 };

/** Where an agent's card is; undefined if its registration file names none. */
export function agentCardUrl({ services }: RegistrationFile): string | undefined {
  return services.find(({ name }) => name.toUpperCase() === "A2A")?.endpoint;
}

/** Fetches a stranger's card. The card is what the stranger says about itself, and nothing more. */
export async function readAgentCard(
  url: string,
  options: HttpOptions = {},
  signal = deadlineOf(options),
): Promise<AgentCard> {
  const headers = { accept: "application/json", [A2A_VERSION_HEADER]: A2A_PROTOCOL_VERSION };
  const target = endpointUrl(url, options);
  const { response, bytes } = await callStranger(target, { headers }, CARD_BOUNDS.maxBytes, options, signal);
  if (!response.ok) throw new InvalidInputError(`${target.host} answers ${response.status} for its agent card.`);
  const value = parseBoundedJson(bytes, "the agent card", CARD_BOUNDS);
  try {
    return AgentCardJson.fromJSON(value);
  } catch {
    throw new InvalidInputError("the agent card is not formed as A2A 1.0 says.");
  }
}

/**
 * Sends a message to a provider over A2A and answers its reply; undefined if it says nothing. Refusals are
 * `RefusedError`s, as over plain HTTP. The same message may be sent again: it gets the same reply. Check the reply with
 * `extendThread`.
 * @param agent The card, or its address: cards change rarely, so that a thread needs to read it only once.
 */
export async function negotiateOverA2a(
  agent: string | AgentCard,
  envelope: Envelope,
  options: HttpOptions = {},
  signal = deadlineOf(options),
): Promise<Envelope | undefined> {
  const card = typeof agent === "string" ? await readAgentCard(agent, options, signal) : agent;
  checkPlace(card, envelope);
  const answer = await sendMessage(card, envelope, options, signal);
  if (!("messageId" in answer)) throw new InvalidInputError("the agent answers with a task: it must be a message.");
  return readAnswer(answer);
}

/** A2A as a way to reach agents, for `negotiate`: the card is read once, before the first message. */
export const a2aCarrier: Carrier = (file) => {
  const url = agentCardUrl(file);
  let card: AgentCard | undefined;
  return url === undefined
    ? undefined
    : async (envelope, options) => {
        // One deadline for both: a card that comes slowly leaves the answer less time.
        const signal = deadlineOf(options);
        card ??= await readAgentCard(url, options, signal);
        return negotiateOverA2a(card, envelope, options, signal);
      };
};

function checkPlace(card: AgentCard, { chainId, escrow, body }: Envelope): void {
  const params = readExtension(card);
  if (params.chainId !== chainId.toString() || params.escrow.toLowerCase() !== escrow.toLowerCase()) {
    throw new InvalidInputError(
      `the agent negotiates on chain ${params.chainId} over escrow ${params.escrow}: the message is for another.`,
    );
  }
  if (!params.receives.includes(body.type)) throw new InvalidInputError(`the agent does not take a ${body.type}.`);
}

async function sendMessage(
  card: AgentCard,
  envelope: Envelope,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<Message | Task> {
  const offered = card.supportedInterfaces.filter(
    ({ protocolBinding, protocolVersion }) => protocolBinding === "JSONRPC" && protocolVersion === A2A_PROTOCOL_VERSION,
  );
  if (offered.length === 0) {
    throw new InvalidInputError(`the agent card offers no JSON-RPC of A2A ${A2A_PROTOCOL_VERSION}.`);
  }
  let status = 200;
  // All that the package sends goes through here: checked, bounded, and never redirected.
  const send: typeof fetch = async (input, init = {}) => {
    const url = endpointUrl(input instanceof Request ? input.url : input.toString(), options);
    const { response, bytes } = await callStranger(url, init, ANSWER_BOUNDS.maxBytes, options, signal);
    status = response.status;
    if (!response.ok && !isJson(response)) throw new RefusedError(status, "unknown", "it gave no reason.");
    parseBoundedJson(bytes, "the reply", ANSWER_BOUNDS);
    return new Response(bytes, { status, headers: { "content-type": "application/json" } });
  };
  // The package declares these options as a class, but exports none to make them with.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const factory = new ClientFactory({ transports: [new JsonRpcTransportFactory({ fetchImpl: send })] });
  try {
    const client = await factory.createFromAgentCard({ ...card, supportedInterfaces: offered });
    const message: Message = {
      messageId: randomUUID(),
      contextId: "",
      taskId: "",
      role: Role.ROLE_USER,
      parts: [dataPart(envelopeToJson(envelope))],
      extensions: [EXTENSION_URI],
      referenceTaskIds: [],
      metadata: undefined,
    };
    return await client.sendMessage(
      { tenant: "", message, configuration: undefined, metadata: undefined },
      { serviceParameters: ServiceParameters.create(withA2AExtensions(EXTENSION_URI)) },
    );
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof RefusedError) throw error;
    const detail = (error as Error).message.slice(0, MAX_ERROR);
    if (!isJsonRpcError(error)) throw new InvalidInputError(`the agent's answer is not A2A's: ${detail}`);
    throw new RefusedError(status === 200 ? 400 : status, status === 429 ? "busy" : error.name, detail);
  }
}

function isJson(response: Response): boolean {
  return /^application\/json *(;|$)/i.test(response.headers.get("content-type") ?? "");
}

function readAnswer({ parts }: Message): Envelope | undefined {
  const answer = onlyData(parts) as { message?: unknown; error?: unknown };
  if (typeof answer.error === "object" && answer.error !== null) {
    const { fault, message } = answer.error as { fault?: unknown; message?: unknown };
    const word = typeof fault === "string" ? fault.slice(0, 50) : "unknown";
    const detail = typeof message === "string" ? message.slice(0, MAX_ERROR) : "it gave no reason.";
    throw new RefusedError(statusOf(word), word, detail);
  }
  if (answer.message === undefined) throw new InvalidInputError("the agent's answer has no message.");
  return answer.message === null ? undefined : envelopeFromJson(answer.message, "the reply");
}

/** The status that plain HTTP has for a fault, so that both carriers' refusals are handled alike. */
function statusOf(fault: string): number {
  if (fault === "internal") return 500;
  return Object.hasOwn(FAULT_STATUS, fault) ? FAULT_STATUS[fault as keyof typeof FAULT_STATUS] : 400;
}

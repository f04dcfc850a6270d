import {
  A2A_VERSION_HEADER,
  AGENT_CARD_PATH,
  AgentCard as AgentCardJson,
  Extensions,
  HTTP_EXTENSION_HEADER,
} from "@a2a-js/sdk";
import type { AgentCard } from "@a2a-js/sdk";
import { A2A_ERROR_CODE, UnsupportedOperationError } from "@a2a-js/sdk/errors";
import {
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
  validateVersion,
} from "@a2a-js/sdk/server";
import { id } from "ethers";

import type { JsonValue } from "../../sdk/canonicalJson";
import { parseBoundedJson } from "../../sdk/boundedJson";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { NegotiationDesk } from "../../sdk/negotiation/desk";
import { MESSAGE_BOUNDS } from "../../sdk/negotiation/envelope";
import type { HandlerLimits, NegotiationHandler } from "../../sdk/negotiation/http";
import { HANDLER_LIMITS } from "../../sdk/negotiation/http";
import { TooLargeError, readBody, reply, replyError, replyJson } from "../../sdk/negotiation/httpBodies";
import { RateLimiter, networkOf } from "../../sdk/negotiation/rateLimit";
import { A2A_PATH } from "./agentCard";
import { NegotiationExecutor } from "./executor";
import { MAX_ERROR } from "./parts";

/*
 * The provider's end of the A2A carrier (A2A 1.0, JSON-RPC):
 *   GET  <base>/.well-known/agent-card.json   the card
 *   POST <base>/a2a                           SendMessage, with one data part
 * A function from Request to Response, like that of plain HTTP: `createNegotiationServer` puts it on a Node server.
 */

export interface A2aHandlerOptions {
  readonly card: AgentCard;
  /** Shared with the other carriers of the same agent. */
  readonly desk: NegotiationDesk;
  readonly limits?: Partial<HandlerLimits>;
  /** What answers on all other paths: the handler of plain HTTP, for example. */
  readonly otherwise?: NegotiationHandler;
  /** Told of what went wrong on this side; the stranger is told nothing of it. */
  readonly onError?: (error: unknown) => void;
}

/** A message, and what JSON-RPC and A2A put around it. */
const REQUEST_BOUNDS = {
  maxBytes: MESSAGE_BOUNDS.maxBytes + 8_192,
  maxDepth: MESSAGE_BOUNDS.maxDepth + 5,
  maxNodes: MESSAGE_BOUNDS.maxNodes + 500,
};

/** A code of JSON-RPC's range for servers that A2A gives no meaning to. */
const BUSY = -32_000;

/** The handler of one provider. It answers every request and never throws. */
export function createA2aHandler(options: A2aHandlerOptions): NegotiationHandler {
  const { card, desk, onError, otherwise } = options;
  const { perAddress } = { ...HANDLER_LIMITS, ...options.limits };
  const addresses = new RateLimiter(perAddress);
  const requests = new DefaultRequestHandler(card, new InMemoryTaskStore(), new NegotiationExecutor(desk, onError));
  const rpc = new JsonRpcTransportHandler(requests);
  const cardText = JSON.stringify(AgentCardJson.toJSON(card));
  const etag = `"${id(cardText).slice(2, 34)}"`;

  return async (request, address = "") => {
    try {
      const { pathname } = new URL(request.url);
      const isCard = pathname.endsWith(`/${AGENT_CARD_PATH}`);
      if (!isCard && !pathname.endsWith(A2A_PATH)) {
        return (await otherwise?.(request, address)) ?? replyError(404, "not-found", "there is nothing here.");
      }
      if (!addresses.take(networkOf(address))) return replyFault(429, null, BUSY, "too many requests: wait a minute.");
      return isCard ? answerCard(request, cardText, etag) : await answerCall(request, card, rpc);
    } catch (error) {
      onError?.(error);
      return replyFault(500, null, A2A_ERROR_CODE.INTERNAL_ERROR, "something went wrong here: try again later.");
    }
  };
}

function answerCard(request: Request, card: string, etag: string): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return replyError(405, "malformed", "read the card with GET.", { allow: "GET, HEAD" });
  }
  const headers = { etag, "cache-control": "public, max-age=300" };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return reply(200, request.method === "HEAD" ? "" : card, "application/json", headers);
}

async function answerCall(request: Request, card: AgentCard, rpc: JsonRpcTransportHandler): Promise<Response> {
  if (request.method !== "POST") return replyError(405, "malformed", "send calls with POST.", { allow: "POST" });
  if (!/^application\/json *(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return replyError(415, "malformed", "send calls as application/json.");
  }
  let call: JsonValue;
  try {
    call = parseBoundedJson(await readBody(request, REQUEST_BOUNDS.maxBytes), "the call", REQUEST_BOUNDS);
  } catch (error) {
    if (error instanceof TooLargeError) {
      return replyFault(413, null, A2A_ERROR_CODE.INVALID_REQUEST, "the call is larger than what is read here.");
    }
    if (!(error instanceof InvalidInputError)) throw error;
    return replyFault(400, null, A2A_ERROR_CODE.PARSE_ERROR, error.message);
  }
  if (!isObject(call)) return replyFault(400, null, A2A_ERROR_CODE.INVALID_REQUEST, "a call is one JSON object.");
  const context = new ServerCallContext({
    requestedExtensions: Extensions.parseServiceParameter(request.headers.get(HTTP_EXTENSION_HEADER) ?? undefined),
    requestedVersion: request.headers.get(A2A_VERSION_HEADER) ?? undefined,
  });
  const answer = await dispatch(withoutState(call), context, card, rpc);
  const activated = context.activatedExtensions;
  return replyJson(
    200,
    answer,
    activated === undefined ? {} : { [HTTP_EXTENSION_HEADER]: Extensions.toServiceParameter(activated) },
  );
}

async function dispatch(
  call: Record<string, JsonValue>,
  context: ServerCallContext,
  card: AgentCard,
  rpc: JsonRpcTransportHandler,
): Promise<object> {
  const callId = call.id ?? null;
  try {
    validateVersion(context.requestedVersion, card, "JSONRPC");
    if (call.method === "SendStreamingMessage" || call.method === "SubscribeToTask") {
      throw new UnsupportedOperationError("nothing is streamed here: use SendMessage.");
    }
  } catch (error) {
    return fault(callId, JsonRpcTransportHandler.mapToJSONRPCError(error));
  }
  // Streams are refused above.
  const answer = (await rpc.handle(call, context)) as { error?: { code: number; message: string; data?: unknown } };
  const { error } = answer;
  if (error === undefined) return answer;
  // The executor does not throw. What does is the package's reading of a call that has not the form it expects.
  if (error.code === A2A_ERROR_CODE.INTERNAL_ERROR) {
    return fault(callId, { code: A2A_ERROR_CODE.INVALID_PARAMS, message: "the call is not formed as A2A 1.0 says." });
  }
  return fault(callId, error);
}

/**
 * The call without what would make the package keep something for a stranger, or look for it: a tenant, for which it
 * opens a store of its own, and references to tasks, each of which it writes a line about.
 */
function withoutState(call: Record<string, JsonValue>): Record<string, JsonValue> {
  if (!isObject(call.params)) return call;
  const params = without(call.params, ["tenant"]);
  if (!isObject(params.message)) return { ...call, params };
  return {
    ...call,
    params: { ...params, message: without(params.message, ["referenceTaskIds", "reference_task_ids"]) },
  };
}

function without(value: Record<string, JsonValue>, names: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function fault(callId: JsonValue, error: { code: number; message: string; data?: unknown }): object {
  return { jsonrpc: "2.0", id: callId, error: { ...error, message: error.message.slice(0, MAX_ERROR) } };
}

function replyFault(status: number, callId: JsonValue, code: number, message: string): Response {
  return replyJson(status, fault(callId, { code, message }));
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

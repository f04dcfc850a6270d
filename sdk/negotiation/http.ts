import { InvalidInputError } from "../InvalidInputError";
import type { DeskOptions } from "./desk";
import { NegotiationDesk } from "./desk";
import { MESSAGE_BOUNDS, envelopeToJson, parseEnvelope } from "./envelope";
import { TooLargeError, readBody, replyError, replyJson } from "./httpBodies";
import type { JobFiles } from "./httpFiles";
import { UnprovedError, answerFileRequest } from "./httpFiles";
import type { NegotiationFault } from "./NegotiationError";
import { NegotiationError } from "./NegotiationError";
import type { Rate } from "./rateLimit";
import { RateLimiter, networkOf } from "./rateLimit";

/*
 * The provider's end of the plain HTTP carrier:
 *   POST <endpoint>/negotiate                  a message; answers {"message": the reply or null}
 *   GET  <endpoint>/jobs/<job id>/deliverable  the bytes, to who signs a ReadDeliverable
 *   PUT  <endpoint>/jobs/<job id>/input        the client's file, with a signed WriteInput
 * It is a function from Request to Response, as fetch has them: no framework, no server, no global state.
 */

/** The name of such an endpoint among the `services` of a registration file, and the version of this protocol. */
export const NEGOTIATION_SERVICE = { name: "agent-market-negotiation", version: "1" } as const;

export interface HandlerLimits {
  /** For each network address: counted before anything is read. */
  readonly perAddress: Rate;
}

export const HANDLER_LIMITS: HandlerLimits = { perAddress: { burst: 30, perMinute: 120 } };

export interface NegotiationHandlerOptions extends DeskOptions {
  /** Jobs' inputs and deliverables; without it there are none here. */
  readonly files?: JobFiles;
  readonly limits?: Partial<HandlerLimits>;
  /**
   * The desk, made from the same options, where other carriers bring it messages too: only one desk takes a thread's
   * messages in one after the other. By default this handler's own.
   */
  readonly desk?: NegotiationDesk;
  /** Told of what went wrong on this side; the stranger is told nothing of it. */
  readonly onError?: (error: unknown) => void;
}

/** @param address The sender's network address, if known. Behind a proxy it is the proxy's, unless that is unwrapped. */
export type NegotiationHandler = (request: Request, address?: string) => Promise<Response>;

/** The HTTP status of each fault. */
export const FAULT_STATUS: Readonly<Record<NegotiationFault, number>> = {
  malformed: 400,
  "wrong-place": 400,
  "bad-signature": 401,
  "wrong-party": 403,
  expired: 410,
  "not-linked": 409,
  "out-of-turn": 409,
  "too-long": 409,
  "unknown-thread": 404,
  "too-many": 429,
  busy: 503,
  terms: 422,
  inconsistent: 422,
};

/** The handler of one provider. It answers every request and never throws. */
export function createNegotiationHandler(options: NegotiationHandlerOptions): NegotiationHandler {
  const limits = { ...HANDLER_LIMITS, ...options.limits };
  const desk = options.desk ?? new NegotiationDesk(options);
  const addresses = new RateLimiter(limits.perAddress);
  return async (request, address = "") => {
    try {
      if (!addresses.take(networkOf(address))) return replyError(429, "busy", "too many requests: wait a minute.");
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/negotiate")) return await answerMessage(request, desk);
      if (options.files !== undefined) {
        const now = await desk.now();
        const answer = await answerFileRequest(request, pathname, options.files, { ...options, now });
        if (answer !== undefined) return answer;
      }
      return replyError(404, "not-found", "there is nothing here: POST to /negotiate.");
    } catch (error) {
      return explain(error, options.onError);
    }
  };
}

function explain(error: unknown, onError?: (error: unknown) => void): Response {
  if (error instanceof TooLargeError) return replyError(413, "malformed", "the body is larger than what is read here.");
  if (error instanceof NegotiationError) return replyError(FAULT_STATUS[error.fault], error.fault, error.message);
  if (error instanceof UnprovedError) {
    return replyError(401, "bad-signature", error.message, { "www-authenticate": "AgentMarket" });
  }
  if (error instanceof InvalidInputError) return replyError(400, "malformed", error.message);
  onError?.(error);
  return replyError(500, "internal", "something went wrong here: send the same message again later.");
}

async function answerMessage(request: Request, desk: NegotiationDesk): Promise<Response> {
  if (request.method !== "POST") {
    return replyError(405, "malformed", "send messages with POST.", { allow: "POST" });
  }
  if (!/^application\/json *(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return replyError(415, "malformed", "send messages as application/json.");
  }
  const answer = await desk.receive(parseEnvelope(await readBody(request, MESSAGE_BOUNDS.maxBytes)));
  return replyJson(200, { message: answer === undefined ? null : envelopeToJson(answer) });
}

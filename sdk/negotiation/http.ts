import { InvalidInputError } from "../InvalidInputError";
import type { Envelope } from "./envelope";
import { MESSAGE_BOUNDS, envelopeToJson, parseEnvelope } from "./envelope";
import { TooLargeError, readBody, replyError, replyJson } from "./httpBodies";
import type { JobFiles } from "./httpFiles";
import { UnprovedError, answerFileRequest } from "./httpFiles";
import { messageHash, signerOf } from "./messages";
import type { Place } from "./messages";
import type { NegotiationFault } from "./NegotiationError";
import { NegotiationError } from "./NegotiationError";
import type { Rate } from "./rateLimit";
import { RateLimiter } from "./rateLimit";
import type { Thread, ThreadOptions } from "./thread";
import { extendThread, openThread } from "./thread";
import { ThreadBook } from "./threadBook";

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
  /** For each account: counted once its signature is verified, so that nobody uses up another's. */
  readonly perSigner: Rate;
}

export const HANDLER_LIMITS: HandlerLimits = {
  perAddress: { burst: 30, perMinute: 120 },
  perSigner: { burst: 20, perMinute: 60 },
};

export interface NegotiationHandlerOptions extends ThreadOptions {
  readonly place: Place;
  /** The account that this agent negotiates as. */
  readonly provider: string;
  /**
   * What to answer to a thread's last message: a signed envelope, or undefined for nothing (after an acceptance, for
   * example). An answer that does not fit the thread is an error of this agent, and is not sent.
   */
  readonly decide: (thread: Thread, now: bigint) => Promise<Envelope | undefined>;
  /** Unix seconds, the chain's time; by default this machine's clock. */
  readonly now?: () => bigint | Promise<bigint>;
  readonly threads?: ThreadBook;
  /** Called with each thread that grew, before the answer leaves: to keep it, for example. */
  readonly onThread?: (thread: Thread) => void | Promise<void>;
  /** Jobs' inputs and deliverables; without it there are none here. */
  readonly files?: JobFiles;
  readonly limits?: Partial<HandlerLimits>;
  /** Told of what went wrong on this side; the stranger is told nothing of it. */
  readonly onError?: (error: unknown) => void;
}

/** @param address The sender's network address, if known. Behind a proxy it is the proxy's, unless that is unwrapped. */
export type NegotiationHandler = (request: Request, address?: string) => Promise<Response>;

const STATUS: Record<NegotiationFault, number> = {
  malformed: 400,
  "wrong-place": 400,
  "bad-signature": 401,
  "wrong-party": 403,
  expired: 410,
  "not-linked": 409,
  "out-of-turn": 409,
  "too-long": 409,
  terms: 422,
  inconsistent: 422,
};

/** The handler of one provider. It answers every request and never throws. */
export function createNegotiationHandler(options: NegotiationHandlerOptions): NegotiationHandler {
  const limits = { ...HANDLER_LIMITS, ...options.limits };
  const desk = new Desk(options, new RateLimiter(limits.perSigner));
  const addresses = new RateLimiter(limits.perAddress);
  return async (request, address = "") => {
    try {
      if (!addresses.take(address)) return replyError(429, "busy", "too many requests: wait a minute.");
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/negotiate")) return await desk.answer(request);
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
  if (error instanceof NegotiationError) return replyError(STATUS[error.fault], error.fault, error.message);
  if (error instanceof UnprovedError) {
    return replyError(401, "bad-signature", error.message, { "www-authenticate": "AgentMarket" });
  }
  if (error instanceof InvalidInputError) return replyError(400, "malformed", error.message);
  onError?.(error);
  return replyError(500, "internal", "something went wrong here: send the same message again later.");
}

/** Where messages come in: finds their thread, takes them in one after the other, and answers. */
class Desk {
  private readonly book: ThreadBook;
  /** The work on each thread that is under way, by the hash that its next message answers. */
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly options: NegotiationHandlerOptions,
    private readonly signers: RateLimiter,
  ) {
    this.book = options.threads ?? new ThreadBook();
  }

  async now(): Promise<bigint> {
    return (await this.options.now?.()) ?? BigInt(Math.floor(Date.now() / 1_000));
  }

  async answer(request: Request): Promise<Response> {
    if (request.method !== "POST") {
      return replyError(405, "malformed", "send messages with POST.", { allow: "POST" });
    }
    if (!/^application\/json *(;|$)/i.test(request.headers.get("content-type") ?? "")) {
      return replyError(415, "malformed", "send messages as application/json.");
    }
    const envelope = parseEnvelope(await readBody(request, MESSAGE_BOUNDS.maxBytes));
    const { body } = envelope;
    const hash = messageHash(this.options.place, body);
    // Messages that answer the same one must wait for each other: only the first can be taken in.
    const key = body.type === "QuoteRequest" ? hash : body.message.inReplyTo;
    return this.inTurn(this.book.withMessage(key)?.id ?? key, () => this.take(envelope, hash));
  }

  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.queues.set(key, settled);
    void settled.then(() => {
      if (this.queues.get(key) === settled) this.queues.delete(key);
    });
    return turn;
  }

  private async take(envelope: Envelope, hash: string): Promise<Response> {
    const { place, provider, decide, onThread } = this.options;
    const known = this.repeated(envelope, hash);
    if (known !== undefined) return known;
    const { body } = envelope;
    const before =
      body.type === "QuoteRequest" ? openThread(place, provider) : this.book.withMessage(body.message.inReplyTo);
    if (before === undefined) {
      return replyError(
        404,
        "not-linked",
        "what this answers is not known here, or was forgotten: begin with a request.",
      );
    }
    if (body.type === "Offer") throw new NegotiationError("wrong-party", "offers are made here, not taken.");
    const now = await this.now();
    let { thread } = await extendThread(before, envelope, now, this.options);
    if (!this.signers.take(signerOf(body))) return replyError(429, "busy", "too many messages: wait a minute.");
    const refusal = this.book.refusal(signerOf(body), now, body.type === "QuoteRequest");
    if (refusal !== undefined) return replyError(503, "busy", refusal);
    const answer = await decide(thread, now);
    if (answer !== undefined) {
      try {
        ({ thread } = await extendThread(thread, answer, now, this.options));
      } catch (error) {
        // Ours to mend: the stranger's message was in order.
        throw new Error(`the answer does not fit: ${(error as Error).message}`, { cause: error });
      }
    }
    await onThread?.(thread);
    this.book.put(thread);
    return replyJson(200, { message: answer === undefined ? null : envelopeToJson(answer) });
  }

  /** A message that came before gets the same answer: whoever heard nothing can ask again. */
  private repeated({ signature }: Envelope, hash: string): Response | undefined {
    const entry = this.book.withMessage(hash)?.entries.find((one) => one.hash === hash);
    // The same message by another signature proves nothing about who sends it.
    if (entry?.envelope.signature !== signature) return undefined;
    const answer = this.book.replyTo(hash);
    return replyJson(200, { message: answer === undefined ? null : envelopeToJson(answer) });
  }
}

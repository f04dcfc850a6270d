import type { Envelope } from "./envelope";
import type { Place } from "./messages";
import { messageHash, signerOf } from "./messages";
import { NegotiationError } from "./NegotiationError";
import type { Rate } from "./rateLimit";
import { RateLimiter } from "./rateLimit";
import type { Thread, ThreadOptions } from "./thread";
import { extendThread, openThread } from "./thread";
import { ThreadBook } from "./threadBook";

/** A provider's side of all its negotiations, whatever carries the messages. */
export interface DeskOptions extends ThreadOptions {
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
  /** For each account: counted once its signature is verified, so that nobody uses up another's. */
  readonly perSigner?: Rate;
}

const PER_SIGNER: Rate = { burst: 20, perMinute: 60 };

/** Where a provider's messages come in: finds their thread, takes them in one after the other, and answers. */
export class NegotiationDesk {
  private readonly book: ThreadBook;
  private readonly signers: RateLimiter;
  /** The work on each thread that is under way. */
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(private readonly options: DeskOptions) {
    this.book = options.threads ?? new ThreadBook();
    this.signers = new RateLimiter(options.perSigner ?? PER_SIGNER);
  }

  /** Unix seconds. */
  async now(): Promise<bigint> {
    return (await this.options.now?.()) ?? BigInt(Math.floor(Date.now() / 1_000));
  }

  /**
   * Takes a message in and answers the reply, undefined for none. The same message again gets the same reply. Throws a
   * `NegotiationError` for what the sender did wrong, and any other error for what went wrong here; in both cases
   * nothing has changed.
   */
  async receive(envelope: Envelope): Promise<Envelope | undefined> {
    const { body } = envelope;
    const hash = messageHash(this.options.place, body);
    // Messages that answer the same one must wait for each other: only the first can be taken in.
    const key = body.type === "QuoteRequest" ? hash : body.message.inReplyTo;
    return this.inTurn(this.book.withMessage(key)?.id ?? key, () => this.take(envelope, hash));
  }

  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(key) ?? Promise.resolve();
    const turn = before.then(work);
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

  private async take(envelope: Envelope, hash: string): Promise<Envelope | undefined> {
    const { place, provider, decide, onThread } = this.options;
    const { body } = envelope;
    const known = this.book.withMessage(hash)?.entries.find((entry) => entry.hash === hash);
    if (known !== undefined) {
      // Whoever heard nothing can ask again. By another signature it would prove nothing about who sends it, and a
      // request would begin its thread anew.
      if (known.envelope.signature === envelope.signature) return this.book.replyTo(hash);
      throw new NegotiationError(
        "not-linked",
        "this message is here already, by another signature: send that one again.",
      );
    }
    const before =
      body.type === "QuoteRequest" ? openThread(place, provider) : this.book.withMessage(body.message.inReplyTo);
    if (before === undefined) {
      throw new NegotiationError(
        "unknown-thread",
        "what this answers is not known here, or was forgotten: begin with a request.",
      );
    }
    if (body.type === "Offer") throw new NegotiationError("wrong-party", "offers are made here, not taken.");
    const now = await this.now();
    let { thread } = await extendThread(before, envelope, now, this.options);
    if (!this.signers.take(signerOf(body))) {
      throw new NegotiationError("too-many", "too many messages: wait a minute.");
    }
    const refusal = this.book.refusal(signerOf(body), now, body.type === "QuoteRequest" ? undefined : before.id);
    if (refusal !== undefined) throw new NegotiationError("busy", refusal);
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
    return answer;
  }
}

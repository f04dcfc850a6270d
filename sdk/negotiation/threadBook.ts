import type { Envelope } from "./envelope";
import { formatEnvelope } from "./envelope";
import type { Thread } from "./thread";
import { nextMoves } from "./thread";

/** How many threads a provider keeps. */
export interface ThreadBookLimits {
  readonly maxThreads: number;
  /** Of one client, so that one cannot take all the room. */
  readonly maxThreadsPerClient: number;
  /** Characters of all messages together. */
  readonly maxSize: number;
  /** Seconds that an ended or expired thread is kept, so that its messages can still be repeated. */
  readonly keepEnded: bigint;
}

export const THREAD_BOOK_LIMITS: ThreadBookLimits = {
  maxThreads: 1_000,
  maxThreadsPerClient: 20,
  maxSize: 100_000_000,
  keepEnded: 600n,
};

/** The threads of one agent, in memory. Whoever needs them after a restart writes them down (`formatThread`). */
export class ThreadBook {
  private readonly threads = new Map<string, Thread>();
  /** Every message's hash, with the id of its thread. */
  private readonly ids = new Map<string, string>();
  private size = 0;
  private readonly limits: ThreadBookLimits;

  constructor(limits: Partial<ThreadBookLimits> = {}, threads: readonly Thread[] = []) {
    this.limits = { ...THREAD_BOOK_LIMITS, ...limits };
    for (const thread of threads) this.put(thread);
  }

  /** Open ones and those that ended not long ago. */
  all(): Thread[] {
    return [...this.threads.values()];
  }

  /** The thread that a message is part of, by its hash. */
  withMessage(hash: string): Thread | undefined {
    return this.threads.get(this.ids.get(hash) ?? "");
  }

  /** What followed a message, undefined if nothing has yet. */
  replyTo(hash: string): Envelope | undefined {
    const entries = this.withMessage(hash)?.entries ?? [];
    return entries[entries.findIndex((entry) => entry.hash === hash) + 1]?.envelope;
  }

  /** Why there is no room for a message, or for another thread of a client; undefined if there is. */
  refusal(client: string, now: bigint, opens: boolean): string | undefined {
    const { maxSize, maxThreads, maxThreadsPerClient, keepEnded } = this.limits;
    const ended = this.all().filter((thread) => isOver(thread, now));
    const since = ({ entries }: Thread) => entries.at(-1)?.at ?? 0n;
    for (const thread of ended.sort((a, b) => Number(since(a) - since(b)))) {
      // An ended one is kept to repeat its messages, but never at the cost of one that could still become a job.
      const isFull = this.size >= maxSize || this.threads.size >= maxThreads;
      if (isFull || now > since(thread) + keepEnded) this.forget(thread);
    }
    if (this.size >= maxSize) return "too much is being negotiated here: ask later.";
    if (!opens) return undefined;
    const own = this.all().filter((thread) => thread.client === client && !isOver(thread, now)).length;
    if (own >= maxThreadsPerClient) return `${own} negotiations of ${client} are open: end one first.`;
    if (this.threads.size >= maxThreads) return "too many negotiations are open here: ask later.";
    return undefined;
  }

  put(thread: Thread): void {
    this.threads.set(thread.id, thread);
    for (const { hash, envelope } of thread.entries) {
      if (!this.ids.has(hash)) this.size += formatEnvelope(envelope).length;
      this.ids.set(hash, thread.id);
    }
  }

  private forget(thread: Thread): void {
    this.threads.delete(thread.id);
    for (const { hash, envelope } of thread.entries) {
      this.ids.delete(hash);
      this.size -= formatEnvelope(envelope).length;
    }
  }
}

/** Whether nothing more can come of a thread. */
function isOver(thread: Thread, now: bigint): boolean {
  const { client, provider } = nextMoves(thread, now);
  return [...client, ...provider].every((type) => type === "Decline");
}

import { jsonShape } from "../boundedJson";
import type { Envelope } from "./envelope";
import { formatEnvelope } from "./envelope";
import type { Thread } from "./thread";
import { nextMoves } from "./thread";

/** How many threads a provider keeps. */
export interface ThreadBookLimits {
  /** When a newcomer finds no room, the oldest thread of whoever holds the most is forgotten. */
  readonly maxThreads: number;
  /** Of one client, so that one cannot take all the room. */
  readonly maxThreadsPerClient: number;
  /** Bytes that all messages and terms together take in memory, about. */
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

/** Bytes of memory for a character, and for a bracket, comma or colon: an empty object takes about 60. */
const [CHARACTER_COST, NODE_COST] = [2, 100];

/**
 * The threads of one agent, in memory. One that could still become a job may be forgotten where many ask: its offer
 * binds all the same, since a hire is learnt from the chain. So whoever signs offers keeps their terms itself, and who
 * needs threads after a restart writes them down (`formatThread`).
 */
export class ThreadBook {
  private readonly threads = new Map<string, Thread>();
  /** Every message's hash, with the id of its thread. */
  private readonly ids = new Map<string, string>();
  private readonly sizes = new Map<string, number>();
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

  /**
   * Makes room for a message, by forgetting others if it has to. Why there is none for another thread of this client;
   * undefined if there is.
   * @param id Of the thread that the message continues; undefined if it opens one.
   */
  refusal(client: string, now: bigint, id?: string): string | undefined {
    const { maxThreadsPerClient, keepEnded } = this.limits;
    const ended = this.all().filter((thread) => isOver(thread, now));
    for (const thread of ended.sort(byAge)) {
      // An ended one is kept to repeat its messages, but never at the cost of one that could still become a job.
      const isOld = now > lastAt(thread) + keepEnded;
      if (thread.id !== id && (isOld || this.isFull(id))) this.forget(thread);
    }
    const own = this.all().filter((thread) => thread.client === client && !isOver(thread, now)).length;
    if (id === undefined && own >= maxThreadsPerClient) {
      return `${own} negotiations of ${client} are open: end one first.`;
    }
    while (this.isFull(id)) {
      const victim = this.oldestOfLargest(id);
      if (victim === undefined) break;
      this.forget(victim);
    }
    return undefined;
  }

  put(thread: Thread): void {
    const size = costOf(thread);
    this.size += size - (this.sizes.get(thread.id) ?? 0);
    this.sizes.set(thread.id, size);
    this.threads.set(thread.id, thread);
    for (const { hash } of thread.entries) this.ids.set(hash, thread.id);
  }

  private isFull(id?: string): boolean {
    return this.size >= this.limits.maxSize || (id === undefined && this.threads.size >= this.limits.maxThreads);
  }

  /** The oldest thread, but this one, of the client that holds the most of what is short. */
  private oldestOfLargest(id?: string): Thread | undefined {
    const isLarge = this.size >= this.limits.maxSize;
    const others = this.all().filter((thread) => thread.id !== id);
    const held = new Map<string | undefined, number>();
    for (const { id: other, client } of others) {
      held.set(client, (held.get(client) ?? 0) + (isLarge ? (this.sizes.get(other) ?? 0) : 1));
    }
    const most = Math.max(...held.values());
    return others.filter(({ client }) => held.get(client) === most).sort(byAge)[0];
  }

  private forget(thread: Thread): void {
    this.threads.delete(thread.id);
    this.size -= this.sizes.get(thread.id) ?? 0;
    this.sizes.delete(thread.id);
    for (const { hash } of thread.entries) this.ids.delete(hash);
  }
}

/** Whether nothing more can come of a thread. */
function isOver(thread: Thread, now: bigint): boolean {
  const { client, provider } = nextMoves(thread, now);
  return [...client, ...provider].every((type) => type === "Decline");
}

function lastAt({ entries }: Thread): bigint {
  return entries.at(-1)?.at ?? 0n;
}

function byAge(a: Thread, b: Thread): number {
  return Number(lastAt(a) - lastAt(b));
}

const costs = new WeakMap<object, number>();

/** Terms count twice if they came in the open, and once if they were decrypted. */
function costOf({ entries, terms }: Thread): number {
  const messages = entries.map(({ envelope }) => remembered(envelope, () => formatEnvelope(envelope)));
  const opened = Object.values(terms).map((term) => remembered(term, () => JSON.stringify(term)));
  return [...messages, ...opened].reduce((sum, cost) => sum + cost, 0);
}

function remembered(part: object, format: () => string): number {
  let cost = costs.get(part);
  if (cost === undefined) {
    const text = format();
    cost = CHARACTER_COST * text.length + NODE_COST * jsonShape(new TextEncoder().encode(text)).nodes;
    costs.set(part, cost);
  }
  return cost;
}

import { isIPv6 } from "node:net";

export interface RateLimitSettings {
  /** Requests that refill in a minute. */
  readonly perMinute: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** Callers that are remembered; of more, the one that was longest away is forgotten and begins anew. */
const MAX_CALLERS = 20_000;

/** A token bucket for each caller. */
export class RateLimiter {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** @param now Milliseconds, of a clock that never goes back. */
  constructor(
    private readonly settings: RateLimitSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Takes `cost` tokens of the caller.
   * @returns 0 if they were there, else the seconds until they will be.
   */
  take(caller: string, cost: number): number {
    const key = bucketOf(caller);
    const now = this.now();
    const perMillisecond = this.settings.perMinute / 60_000;
    const before = this.#buckets.get(key) ?? { tokens: this.settings.burst, at: now };
    const tokens = Math.min(this.settings.burst, before.tokens + (now - before.at) * perMillisecond);
    const missing = Math.min(cost, this.settings.burst) - tokens;
    // Put at the map's end, so that its beginning is who was longest away.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: missing > 0 ? tokens : tokens - cost, at: now });
    if (this.#buckets.size > MAX_CALLERS) {
      this.#buckets.delete(this.#buckets.keys().next().value ?? key);
    }
    return missing > 0 ? Math.ceil(missing / perMillisecond / 1000) : 0;
  }
}

/** One IPv6 customer has a /64 to choose addresses from, so that is what counts as one caller. */
export function bucketOf(address: string): string {
  if (!isIPv6(address)) {
    return address;
  }
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) {
    return mapped;
  }
  const [left = "", right] = address.replace(/%.*$/, "").split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => (parseInt(group, 16) || 0).toString(16))
    .join(":")}::/64`;
}

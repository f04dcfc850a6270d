import type { ServerResponse } from "node:http";

import { Problem } from "./Problem";
import { bucketOf } from "./rateLimit";

/**
 * Answers stand in memory until their readers have taken them. Whoever asks much and reads nothing would fill it: each
 * caller may have so many bytes waiting, and no answer waits for longer than `timeoutMs`.
 */
export class UnsentAnswers {
  readonly #bytes = new Map<string, number>();

  constructor(
    private readonly maxBytes: number,
    private readonly timeoutMs: number,
  ) {}

  /** Counts an answer until it is sent or its connection is gone. One alone may be of any size. */
  hold(caller: string, response: ServerResponse, size: number): void {
    const key = bucketOf(caller);
    const waiting = this.#bytes.get(key) ?? 0;
    if (waiting > 0 && waiting + size > this.maxBytes) {
      const detail = "Too many answers wait to be read: read those first.";
      throw new Problem(429, detail, undefined, { "retry-after": "5" });
    }
    this.#bytes.set(key, waiting + size);
    const cut = setTimeout(() => response.destroy(), this.timeoutMs);
    response.once("close", () => {
      clearTimeout(cut);
      const left = (this.#bytes.get(key) ?? 0) - size;
      if (left > 0) this.#bytes.set(key, left);
      else this.#bytes.delete(key);
    });
  }
}

import { formatDuration, formatTime } from "../../sdk/units";

/** What a command found or did: a table for people, and the same as JSON for programs. */
export class Report {
  readonly #lines: { label: string; text: string }[] = [];
  readonly #values: Record<string, unknown> = {};
  #failure: string | undefined;
  #text: string | undefined;

  /**
   * @param key The name in the JSON.
   * @param label The name in the table.
   * @param value For programs: big integers become decimal strings, amounts stay in base units.
   * @param text For people, if it reads better than the value.
   */
  add(key: string, label: string, value: unknown, text = toText(value)): this {
    this.#values[key] = value;
    this.#lines.push({ label, text });
    return this;
  }

  /** Marks what was found as a failure: it is printed all the same, and the exit code is 1. */
  failWith(sentence: string): this {
    this.#failure = sentence;
    return this;
  }

  /** For people, all of it, instead of the table. */
  withText(text: string): this {
    this.#text = text;
    return this;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  toTable(): string {
    if (this.#text !== undefined) return this.#text;
    const width = Math.max(...this.#lines.map(({ label }) => label.length));
    return this.#lines
      .map(({ label, text }) => `${label.padEnd(width)}  ${text.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`)
      .join("\n");
  }

  toJson(): string {
    return toJson(this.#values);
  }
}

/** JSON in which big integers are decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === "bigint" ? member.toString() : member), 2);
}

function toText(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  return typeof value === "bigint" || typeof value === "number" ? value.toString() : toJson(value);
}

/** A moment for people, and how far away it is on the chain's clock: "2026-12-31T12:00:00Z (in 3h 12m)". */
export function countdown(time: bigint, now: bigint): string {
  const distance = time > now ? `in ${formatDuration(time - now)}` : `${formatDuration(now - time)} ago`;
  return `${formatTime(time)} (${distance})`;
}

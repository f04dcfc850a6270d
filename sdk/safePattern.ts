import { InvalidInputError } from "./InvalidInputError";
import type { Node, Ranges } from "./patternReader";
import { PatternReader } from "./patternReader";

/*
 * Regular expressions of strangers. JavaScript's own engine backtracks: "(a+)+$" keeps it busy for years. Here a
 * pattern becomes a machine whose states are all followed at once (Thompson's construction), so that a match costs at
 * most text length x the ways between its states. What needs backtracking (references, lookaround) is refused, and so
 * are \b, \B and \p. The rest means what it means to JavaScript with the flag "u": text is read by code points, "." is
 * not a line end.
 */

/** How many states a pattern may have after counted repetitions are written out. */
export const MAX_PATTERN_STATES = 2_000;
const MAX_PATTERN_LENGTH = 500;

/** A pattern that can be matched in bounded time. */
export interface SafePattern {
  /** The price of one character: the ways and ranges of all states of its machine. */
  readonly cost: number;
  /** Whether it occurs anywhere in the text, as JSON Schema's `pattern` means it. */
  test(text: string): boolean;
}

/** Reads a pattern, or throws an `InvalidInputError` that says what in it cannot be matched safely. */
export function safePattern(pattern: string): SafePattern {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new InvalidInputError(
      `the pattern has ${pattern.length} characters: at most ${MAX_PATTERN_LENGTH} are read.`,
    );
  }
  return new Machine(new PatternReader(pattern).read());
}

type State =
  | { readonly kind: "set"; readonly ranges: Ranges; readonly negated: boolean; readonly next: number }
  | { readonly kind: "start" | "end"; readonly next: number }
  | { readonly kind: "fork"; readonly next: number[] }
  | { readonly kind: "match" };

/** A state may lead to as many others, or name as many ranges, as its pattern has characters. */
function costOf(state: State): number {
  if (state.kind === "fork") return 1 + state.next.length;
  return state.kind === "set" ? 1 + state.ranges.length : 1;
}

/** The states of a pattern, built from its end so that each knows what follows it. */
class Machine implements SafePattern {
  private readonly all: State[] = [{ kind: "match" }];
  private readonly first: number;
  readonly cost: number;

  constructor(node: Node) {
    this.first = this.build(node, 0);
    this.cost = this.all.reduce((sum, state) => sum + costOf(state), 0);
  }

  private push(state: State): number {
    if (this.all.length >= MAX_PATTERN_STATES) {
      throw new InvalidInputError(`the pattern has more than ${MAX_PATTERN_STATES} states: count less far.`);
    }
    return this.all.push(state) - 1;
  }

  private build(node: Node, next: number): number {
    switch (node.kind) {
      case "set":
        return this.push({ kind: "set", ranges: node.ranges, negated: node.negated, next });
      case "start":
      case "end":
        return this.push({ kind: node.kind, next });
      case "sequence":
        return node.parts.reduceRight((after, part) => this.build(part, after), next);
      case "either":
        return this.push({ kind: "fork", next: node.options.map((option) => this.build(option, next)) });
      case "repeat":
        return this.repeat(node.of, node.min, node.max, next);
    }
  }

  private repeat(of: Node, min: number, max: number, next: number): number {
    let entry = next;
    if (max === Infinity) {
      const ways: number[] = [];
      const loop = this.push({ kind: "fork", next: ways });
      ways.push(this.build(of, loop), next);
      entry = loop;
    } else {
      for (let count = min; count < max; ++count) {
        entry = this.push({ kind: "fork", next: [this.build(of, entry), next] });
      }
    }
    for (let count = 0; count < min; ++count) {
      // An empty part would be written out for ever without adding a state.
      const before = this.all.length;
      entry = this.build(of, entry);
      if (this.all.length === before) break;
    }
    return entry;
  }

  test(text: string): boolean {
    const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
    let current: number[] = [];
    for (let at = 0; at <= points.length; ++at) {
      // A match may begin at every place.
      const live = this.follow([...current, this.first], at === 0, at === points.length);
      if (live === undefined) return true;
      const point = points[at];
      if (point === undefined) return false;
      current = live.flatMap((index) => {
        const state = this.all[index];
        return state?.kind === "set" && includes(state.ranges, point) !== state.negated ? [state.next] : [];
      });
    }
    return false;
  }

  /** The reading states that are reached without reading; undefined if a match is. */
  private follow(from: readonly number[], atStart: boolean, atEnd: boolean): number[] | undefined {
    const seen = new Set<number>();
    const reading: number[] = [];
    const open = [...from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const state = this.all[index];
      switch (state?.kind) {
        case "match":
          return undefined;
        case "set":
          reading.push(index);
          break;
        case "fork":
          open.push(...state.next);
          break;
        case "start":
          if (atStart) open.push(state.next);
          break;
        case "end":
          if (atEnd) open.push(state.next);
          break;
        case undefined: // every index is one that push gave out
      }
    }
    return reading;
  }
}

function includes(ranges: Ranges, point: number): boolean {
  return ranges.some(([low, high]) => point >= low && point <= high);
}

import { InvalidInputError } from "./InvalidInputError";

/*
 * Regular expressions of strangers. JavaScript's own engine backtracks: "(a+)+$" keeps it busy for years. Here a
 * pattern becomes a machine whose states are all followed at once (Thompson's construction), so that a match costs at
 * most text length x states. What needs backtracking (references, lookaround) is refused, and so are \b, \B and \p.
 * The rest means what it means to JavaScript with the flag "u": text is read by code points, "." is not a line end.
 */

/** How many states a pattern may have after counted repetitions are written out. */
export const MAX_PATTERN_STATES = 2_000;
const MAX_PATTERN_LENGTH = 500;
const MAX_GROUPS_DEEP = 20;

/** A pattern that can be matched in bounded time. */
export interface SafePattern {
  /** States of its machine: the price of one character. */
  readonly states: number;
  /** Whether it occurs anywhere in the text, as JSON Schema's `pattern` means it. */
  test(text: string): boolean;
}

type Ranges = readonly (readonly [number, number])[];

type Node =
  | { readonly kind: "set"; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "either"; readonly options: readonly Node[] }
  | { readonly kind: "repeat"; readonly of: Node; readonly min: number; readonly max: number };

const LAST_CODE_POINT = 0x10ffff;
const DIGITS: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const CLASSES: Record<string, Ranges> = { d: DIGITS, w: WORD, s: SPACE };
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Reads a pattern, or throws an `InvalidInputError` that says what in it cannot be matched safely. */
export function safePattern(pattern: string): SafePattern {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new InvalidInputError(
      `the pattern has ${pattern.length} characters: at most ${MAX_PATTERN_LENGTH} are read.`,
    );
  }
  return new Machine(new Reader(pattern).read());
}

/** A recursive-descent reader of the subset. */
class Reader {
  private readonly text: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(private readonly pattern: string) {
    this.text = Array.from(pattern);
  }

  read(): Node {
    const node = this.either();
    if (this.at < this.text.length) this.refuse("a closing parenthesis that was never opened");
    return node;
  }

  private refuse(what: string): never {
    throw new InvalidInputError(`the pattern ${JSON.stringify(this.pattern)} has ${what}.`);
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    ++this.at;
    return true;
  }

  private either(): Node {
    const options = [this.sequence()];
    while (this.take("|")) options.push(this.sequence());
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: "either", options };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.text[this.at]; next !== undefined && next !== "|" && next !== ")"; next = this.text[this.at]) {
      parts.push(this.quantified());
    }
    return { kind: "sequence", parts };
  }

  private quantified(): Node {
    const of = this.atom();
    const bounds = this.quantifier();
    if (bounds === undefined) return of;
    if (of.kind === "start" || of.kind === "end") this.refuse("a repeated anchor");
    this.take("?"); // reluctant: the same texts match
    if (this.quantifier() !== undefined) this.refuse("two quantifiers in a row");
    return { kind: "repeat", of, min: bounds[0], max: bounds[1] };
  }

  private quantifier(): [number, number] | undefined {
    if (this.take("*")) return [0, Infinity];
    if (this.take("+")) return [1, Infinity];
    if (this.take("?")) return [0, 1];
    if (this.text[this.at] !== "{") return undefined;
    const [all, min = "", comma, max] = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.text.slice(this.at).join("")) ?? [];
    if (all === undefined) this.refuse('a "{" that is no count: write \\{ for the character');
    this.at += all.length;
    const bounds: [number, number] = [Number(min), comma === undefined ? Number(min) : Number(max ?? Infinity)];
    if (bounds[1] < bounds[0]) this.refuse("a count whose end is before its beginning");
    return bounds;
  }

  private atom(): Node {
    const character = this.text[this.at++] ?? "";
    switch (character) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", ranges: LINE_ENDS, negated: true };
      case "(":
        return this.group();
      case "[":
        return this.set();
      case "\\": {
        const { ranges, negated } = this.escape();
        return { kind: "set", ranges, negated };
      }
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        return this.refuse(`a "${character}" that stands for nothing: write \\${character} for the character`);
      default:
        return { kind: "set", ranges: single(character), negated: false };
    }
  }

  private group(): Node {
    if (++this.depth > MAX_GROUPS_DEEP) this.refuse("too many groups inside one another");
    if (this.take("?") && !this.take(":")) this.refuse("a lookaround or a named group, which is not read here");
    const node = this.either();
    if (!this.take(")")) this.refuse("a group that is never closed");
    --this.depth;
    return node;
  }

  /** After a backslash. */
  private escape(): { ranges: Ranges; negated: boolean } {
    const character = this.text[this.at++] ?? this.refuse("a backslash at its end");
    const named = CLASSES[character.toLowerCase()];
    if (named !== undefined) return { ranges: named, negated: character !== character.toLowerCase() };
    const control = CONTROLS[character];
    if (control !== undefined) return { ranges: [[control, control]], negated: false };
    if (character === "x" || character === "u") {
      const digits = this.text.slice(this.at, this.at + (character === "x" ? 2 : 4)).join("");
      if (!(character === "x" ? /^[0-9a-f]{2}$/i : /^[0-9a-f]{4}$/i).test(digits)) {
        this.refuse(`an escape \\${character} without its digits`);
      }
      this.at += digits.length;
      const point = parseInt(digits, 16);
      if (point >= 0xd800 && point <= 0xdfff) this.refuse("half a surrogate pair: write the character itself");
      return { ranges: [[point, point]], negated: false };
    }
    if (!/^[\^$\\.*+?()[\]{}|/-]$/.test(character)) this.refuse(`the escape \\${character}, which is not read here`);
    return { ranges: single(character), negated: false };
  }

  private set(): Node {
    const negated = this.take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.take("]")) {
      if (this.at >= this.text.length) this.refuse("a set that is never closed");
      const from = this.member();
      const dash = this.text[this.at] === "-" && this.text[this.at + 1] !== "]" && this.at + 1 < this.text.length;
      if (!dash) {
        ranges.push(...from);
        continue;
      }
      ++this.at;
      const to = this.member();
      const [low, high] = [from[0]?.[0] ?? 0, to[0]?.[0] ?? 0];
      if (!isSingle(from) || !isSingle(to) || high < low)
        this.refuse("a range whose ends are not two characters in order");
      ranges.push([low, high]);
    }
    return { kind: "set", ranges, negated };
  }

  private member(): Ranges {
    const character = this.text[this.at++] ?? "";
    if (character !== "\\") return single(character);
    const { ranges, negated } = this.escape();
    return negated ? complement(ranges) : ranges;
  }
}

function single(character: string): Ranges {
  const point = character.codePointAt(0) ?? 0;
  return [[point, point]];
}

function isSingle(ranges: Ranges): boolean {
  return ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1];
}

function complement(ranges: Ranges): Ranges {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  gaps.push([next, LAST_CODE_POINT]);
  return gaps;
}

type State =
  | { readonly kind: "set"; readonly ranges: Ranges; readonly negated: boolean; readonly next: number }
  | { readonly kind: "start" | "end"; readonly next: number }
  | { readonly kind: "fork"; readonly next: number[] }
  | { readonly kind: "match" };

/** The states of a pattern, built from its end so that each knows what follows it. */
class Machine implements SafePattern {
  private readonly all: State[] = [{ kind: "match" }];
  private readonly first: number;

  constructor(node: Node) {
    this.first = this.build(node, 0);
  }

  get states(): number {
    return this.all.length;
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

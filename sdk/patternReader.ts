import { InvalidInputError } from "./InvalidInputError";

const MAX_GROUPS_DEEP = 20;

/** Code points, from and to, both included. */
export type Ranges = readonly (readonly [number, number])[];

/** What a pattern is made of. */
export type Node =
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

/** A recursive-descent reader of the subset. */
export class PatternReader {
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

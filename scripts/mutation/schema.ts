import type { Mutant } from "./mutants";

/*
 * Compiling every mutant for itself would take hours. Instead all of them go into one build, each behind a switch:
 * `a < b` becomes `(mutant(7) ? a <= b : a < b)`, where `mutant(n)` compares n with a constant. Writing a mutant's
 * number over that constant in the bytecode switches the mutant on. The build is not optimised, so that the compiler
 * leaves the comparison, and the constant's 32 bytes, as they are.
 */

/** Which mutant is on; none, since no mutant has this number. */
const SWITCH = "a6e1c95d20f7483b9c5e17d8402b6f3a8d1e5c7f9b3a264e58d0c1f7e2b4a693";

export const SWITCH_SOURCE = "mutant.sol";
export const SWITCH_CODE = `pragma solidity ^0.8.30;
function mutant(uint256 number) pure returns (bool) { return number == 0x${SWITCH}; }`;

const IMPORT = `import {mutant} from "${SWITCH_SOURCE}";`;

/** Code of a build with all mutants, with one of them on. */
export function switchOn(bytecode: string, number: number): string {
  return bytecode.replaceAll(SWITCH, number.toString(16).padStart(64, "0"));
}

/** OpenZeppelin's guard, with a modifier beside it that a mutant turns into nothing. */
export function withOptionalGuard(guard: string): string {
  const end = guard.lastIndexOf("}");
  return withImport(`${guard.slice(0, end)}
    modifier nonReentrantUnless(uint256 number) {
        if (!mutant(number)) _nonReentrantBefore();
        _;
        if (!mutant(number)) _nonReentrantAfter();
    }
}`);
}

interface Site {
  readonly start: number;
  readonly end: number;
  /** At least one; all of the same form. */
  readonly mutants: [Mutant, ...Mutant[]];
}

/** The source with all `mutants` of it built in, each site between marks by which a compiler error is traced back. */
export function schemaOf(source: string, mutants: readonly Mutant[]): string {
  const bytes = Buffer.from(source);
  const sites = new Map<string, Site>();
  for (const mutant of mutants) {
    const key = `${mutant.start}:${mutant.end}:${mutant.form}`;
    const site = sites.get(key);
    if (site === undefined) sites.set(key, { start: mutant.start, end: mutant.end, mutants: [mutant] });
    else site.mutants.push(mutant);
  }
  const ordered = [...sites.values()].sort((a, b) => a.start - b.start || b.end - a.end);

  let next = 0;
  const render = (start: number, end: number): string => {
    let text = "";
    let at = start;
    for (let site = ordered[next]; site !== undefined && site.start < end; site = ordered[next]) {
      next += 1;
      text += bytes.subarray(at, site.start).toString() + choice(site.mutants, render(site.start, site.end));
      at = site.end;
    }
    return text + bytes.subarray(at, end).toString();
  };
  return withImport(render(0, bytes.length));
}

/**
 * The mutants that the compiler complains about at [start, end): the first site in there, since a choice can have
 * another type than what it stands for, or else the innermost one around it, whose own text is wrong.
 */
export function culpritsIn(schema: string, start: number, end: number): number[] {
  const open: number[][] = [];
  for (const { index, 1: numbers = "" } of schema.matchAll(/\/\*<([\d,]*)>\*\//g)) {
    if (index >= start) return numbers === "" || index >= end ? (open.at(-1) ?? []) : parse(numbers);
    if (numbers === "") open.pop();
    else open.push(parse(numbers));
  }
  return [];
}

function parse(numbers: string): number[] {
  return numbers.split(",").map(Number);
}

function choice(mutants: Site["mutants"], original: string): string {
  const marked = (text: string) => `/*<${mutants.map(({ number }) => number).join(",")}>*/${text}/*<>*/`;
  const [first] = mutants;
  switch (first.form) {
    case "expression": {
      const typed = (text: string) => (first.cast === undefined ? text : `${first.cast}(${text})`);
      return marked(
        `(${mutants.reduceRight<string>((rest, { number, text }) => `mutant(${number}) ? ${typed(text)} : ${rest}`, typed(original))})`,
      );
    }
    case "statement": {
      const chosen = mutants.reduceRight<string>(
        (rest, { number, text }) => `if (mutant(${number})) { ${text} } else { ${rest} }`,
        original,
      );
      return marked(`{ ${chosen} }`);
    }
    case "guard":
      return marked(`nonReentrantUnless(${first.number})`);
    case "yul":
      return marked(`add(${original}, eq(0x${SWITCH}, ${first.number}))`);
  }
}

function withImport(source: string): string {
  return source.replace(/^pragma solidity [^;]*;/m, (pragma) => `${pragma} ${IMPORT}`);
}

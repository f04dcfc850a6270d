import { MaxUint256, getAddress, isAddress } from "ethers";

import { Problem } from "./Problem";

/** How one parameter is written, for the OpenAPI document and for reading it: one cannot change without the other. */
export interface Parameter<T> {
  readonly description: string;
  /** JSON Schema of the value, or of one of several where it may be repeated. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly repeated?: number;
  /** Answers undefined if the text is not a value. */
  readonly parse: (text: string) => T | undefined;
  /** What a value must be, to go after "must be". */
  readonly expected: string;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What reading gives: a value of its type for each parameter that was there. */
export type Values<S extends Parameters> = {
  [K in keyof S]?: S[K] extends Parameter<infer T> ? (S[K] extends { repeated: number } ? T[] : T) : never;
};

/** A value of a path is always there: without it, the path is another. */
export type PathValues<S extends Parameters> = {
  [K in keyof S]: S[K] extends Parameter<infer T> ? T : never;
};

export function integer(description: string, minimum: number, maximum: number, byDefault?: number): Parameter<number> {
  return {
    description,
    schema: { type: "integer", minimum, maximum, ...(byDefault === undefined ? {} : { default: byDefault }) },
    expected: `a whole number from ${minimum} to ${maximum}`,
    parse: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= minimum && value <= maximum ? value : undefined;
    },
  };
}

export function decimalNumber(description: string, maximum: number): Parameter<number> {
  return {
    description,
    schema: { type: "number", minimum: 0, maximum },
    expected: `a number from 0 to ${maximum}, such as 0.5`,
    parse: (text) => {
      const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
      return value <= maximum ? value : undefined;
    },
  };
}

/** A uint256: an id, or an amount in base units. */
export function uint256(description: string): Parameter<string> {
  return {
    description,
    schema: { type: "string", pattern: "^\\d{1,78}$" },
    expected: "a whole number below 2^256, in decimal digits",
    parse: (text) => (/^\d{1,78}$/.test(text) ? withinUint256(text) : undefined),
  };
}

/** A job's id: ids of hired jobs are hashes, which people know in either notation. */
export function jobId(description: string): Parameter<string> {
  return {
    description,
    schema: { type: "string", pattern: "^(\\d{1,78}|0x[0-9a-fA-F]{1,64})$" },
    expected: "a whole number below 2^256, in decimal digits or as 0x and hexadecimal digits",
    parse: (text) => (/^(\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(text) ? withinUint256(text) : undefined),
  };
}

function withinUint256(text: string): string | undefined {
  const value = BigInt(text);
  return value <= MaxUint256 ? value.toString() : undefined;
}

export function address(description: string): Parameter<string> {
  return {
    description,
    schema: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" },
    expected: "an address: 0x and 40 hexadecimal digits, with a right checksum if it has capitals",
    parse: (text) => (text.startsWith("0x") && isAddress(text) ? getAddress(text) : undefined),
  };
}

export function boolean(description: string, byDefault?: boolean): Parameter<boolean> {
  return {
    description,
    schema: { type: "boolean", ...(byDefault === undefined ? {} : { default: byDefault }) },
    expected: "true or false",
    parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  };
}

export function oneOf<const T extends string>(description: string, values: readonly T[]): Parameter<T> {
  return {
    description,
    schema: { type: "string", enum: values },
    expected: `one of ${values.join(", ")}`,
    parse: (text) => values.find((value) => value === text),
  };
}

export function text(description: string, maxLength: number): Parameter<string> {
  return {
    description,
    schema: { type: "string", minLength: 1, maxLength },
    expected: `1 to ${maxLength} characters, none of them a control character`,
    // PostgreSQL cannot hold a NUL, and no other control character is part of a word that anybody searches.
    parse: (value) => (value.length <= maxLength && value.trim() !== "" && !/\p{Cc}/u.test(value) ? value : undefined),
  };
}

export function matching(description: string, pattern: RegExp, expected: string): Parameter<string> {
  return {
    description,
    schema: { type: "string", pattern: pattern.source },
    expected,
    parse: (value) => (pattern.test(value) ? value : undefined),
  };
}

/** May stand several times in the query, at most `times`. */
export function repeated<T>(parameter: Parameter<T>, times: number): Parameter<T> & { readonly repeated: number } {
  return { ...parameter, repeated: times };
}

/** Reads a query string. A parameter that is unknown is refused: a typing error must not pass for a wider search. */
export function readQuery<S extends Parameters>(parameters: S, query: URLSearchParams): Values<S> {
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) {
      const known = Object.keys(parameters);
      const hint = known.length === 0 ? "This address takes none." : `It takes ${known.join(", ")}.`;
      throw new Problem(400, `The query has a parameter that this address does not take. ${hint}`, shown(name));
    }
    const texts = query.getAll(name);
    const most = parameter.repeated ?? 1;
    if (texts.length > most) {
      throw new Problem(400, `The parameter ${name} may be given ${most === 1 ? "once" : `${most} times`}.`, name);
    }
    const parsed = texts.map((one) => parsedBy(parameter, name, one));
    values[name] = parameter.repeated === undefined ? parsed[0] : parsed;
  }
  return values as Values<S>;
}

/** Reads what stood in the path's braces. */
export function readPath<S extends Parameters>(parameters: S, texts: Readonly<Record<string, string>>): PathValues<S> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parsedBy(parameter, name, texts[name] ?? "")]),
  ) as PathValues<S>;
}

function parsedBy<T>(parameter: Parameter<T>, name: string, value: string): T {
  const parsed = parameter.parse(value);
  if (parsed === undefined) {
    throw new Problem(400, `The parameter ${name} must be ${parameter.expected}.`, name);
  }
  return parsed;
}

/** A name that a stranger gave, cut to what an answer may carry of it. */
function shown(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 60)}…`;
}

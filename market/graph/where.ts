import { MaxUint256, getAddress } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Field, Kind } from "./entities";
import { FILE_FIELDS, OPERATORS } from "./entities";
import type { Comparison, Condition } from "./reader";

const MAX_COMPARISONS = 500;
const MAX_DEPTH = 6;
const MAX_LIST = 1000;
const MAX_TEXT = 2000;

const NEVER: Condition = { any: [] };

type Fields = Readonly<Record<string, Field>>;

/** Translates filters of The Graph's kind (`owner_in`, `registrationFile_`, `and`) into conditions for a database. */
export class WhereReader {
  #comparisons = 0;

  constructor(private readonly chainId: string) {}

  /** @param prefix Of the row's fields: "registrationFile." for those of an agent's file. */
  read(fields: Fields, where: unknown, prefix = "", depth = 0): Condition {
    if (where === undefined || where === null) {
      return { all: [] };
    }
    if (depth > MAX_DEPTH) {
      throw new InvalidInputError(`A filter may be nested ${MAX_DEPTH} deep.`);
    }
    const all: Condition[] = [];
    for (const [name, value] of Object.entries(where)) {
      if (name === "and" || name === "or") {
        const parts = (value as unknown[]).map((part) => this.read(fields, part, prefix, depth + 1));
        all.push(name === "and" ? { all: parts } : { any: parts });
      } else if (name === "registrationFile_" && prefix === "") {
        all.push(this.read(FILE_FIELDS, value, "registrationFile.", depth + 1));
      } else if ((name === "registrationFile" || name === "registrationFile_not") && prefix === "") {
        const has = value === null ? missing("registrationFile") : this.#compare(FILE_ID, "agentId", "", value);
        all.push(name === "registrationFile" ? has : { not: has });
      } else {
        all.push(this.#comparison(fields, prefix, name, value));
      }
    }
    return all.length === 1 && all[0] !== undefined ? all[0] : { all };
  }

  /** The row's key out of an id, which begins with the chain's; undefined if it is of another chain. */
  key(id: string): string | undefined {
    const chain = `${this.chainId}:`;
    return id.startsWith(chain) ? id.slice(chain.length) : undefined;
  }

  #comparison(fields: Fields, prefix: string, name: string, value: unknown): Condition {
    // The longest field first: "key_in" is an operator, and no field's name ends in one.
    const operators = [
      "not_contains_nocase",
      "contains_nocase",
      "not_contains",
      "contains",
      "not_in",
      "in",
      "gte",
      "gt",
      "lte",
      "lt",
      "not",
    ];
    const operator = operators.find((one) => name.endsWith(`_${one}`)) ?? "";
    const fieldName = operator === "" ? name : name.slice(0, -operator.length - 1);
    const field = fields[fieldName];
    if (field === undefined || !OPERATORS[field.kind].includes(operator)) {
      throw new InvalidInputError(`The filter ${name} is not known.`);
    }
    return this.#compare(field, `${prefix}${field.row ?? fieldName}`, operator, value);
  }

  #compare(field: Field, row: string, operator: string, value: unknown): Condition {
    const negated = operator.startsWith("not_") || operator === "not";
    const plain = operator === "not" ? "" : operator.replace(/^not_/, "");
    const positive = this.#positive(field.kind, row, plain, value);
    return negated ? { not: positive } : positive;
  }

  #positive(kind: Kind, field: string, operator: string, value: unknown): Condition {
    this.#comparisons += Array.isArray(value) && operator === "contains" ? value.length : 1;
    if (this.#comparisons > MAX_COMPARISONS) {
      throw new InvalidInputError(`A filter may have ${MAX_COMPARISONS} comparisons.`);
    }
    if (value === null) {
      if (operator === "") {
        return missing(field);
      }
      throw new InvalidInputError(`A filter by ${operator} needs a value: null is none.`);
    }
    if (operator === "in") {
      return this.#in(kind, field, value as unknown[]);
    }
    if (kind === "strings" || kind === "addresses") {
      const item: Kind = kind === "strings" ? "string" : "address";
      return { all: (value as unknown[]).map((one) => this.#one(item, field, "has", one)) };
    }
    const operators: Readonly<Record<string, Comparison["is"]>> = {
      "": "eq",
      gt: "gt",
      gte: "gte",
      lt: "lt",
      lte: "lte",
      contains: "contains",
      contains_nocase: "containsNoCase",
    };
    return this.#one(kind, field, operators[operator] ?? "eq", value);
  }

  #in(kind: Kind, field: string, values: unknown[]): Condition {
    if (values.length > MAX_LIST) {
      throw new InvalidInputError(`A list in a filter may have ${MAX_LIST} items.`);
    }
    if (kind === "chain") {
      return values.some((one) => String(one) === this.chainId) ? { all: [] } : NEVER;
    }
    const rows = values.map((one) => this.#value(kind, one)).filter((one) => one !== undefined);
    return rows.length === 0 ? NEVER : { field, is: "in", value: rows as (string | number)[] };
  }

  #one(kind: Kind, field: string, is: Comparison["is"], given: unknown): Condition {
    if (kind === "chain") {
      return String(given) === this.chainId ? { all: [] } : NEVER;
    }
    const value = this.#value(kind, given);
    return value === undefined ? NEVER : { field, is, value };
  }

  /** As the rows have it; undefined if no row can have it. */
  #value(kind: Kind, given: unknown): string | number | boolean | undefined {
    if (typeof given === "boolean") {
      return given;
    }
    const text = String(given);
    if (text.length > MAX_TEXT || text.includes("\0")) {
      throw new InvalidInputError(`A text in a filter may have ${MAX_TEXT} characters, none of them NUL.`);
    }
    switch (kind) {
      case "key":
      case "feedback":
        return this.key(text);
      case "agent":
        return uint256(this.key(text) ?? "");
      case "uint256":
        return uint256(text);
      case "integer":
        return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)));
      case "decimal":
        return Number(text);
      case "address":
      case "addresses":
        return /^0x[0-9a-f]{40}$/i.test(text) ? getAddress(text.toLowerCase()) : undefined;
      case "bytes":
        return text.toLowerCase();
      case "chain":
      case "string":
      case "strings":
      case "boolean":
        return text;
    }
  }
}

/** A file has its agent's id. */
const FILE_ID: Field = { kind: "agent" };

function missing(field: string): Condition {
  return { field, is: "missing", value: true };
}

function uint256(text: string): string | undefined {
  return /^\d{1,78}$/.test(text) && BigInt(text) <= MaxUint256 ? BigInt(text).toString() : undefined;
}

import type { JsonValue } from "./canonicalJson";
import { canonicalJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";
import type { SafePattern } from "./safePattern";
import { safePattern } from "./safePattern";

/*
 * JSON Schemas of strangers. ajv turns a schema into code and trusts its author, so such a schema is never given to
 * it: this reads a declared part of draft 2020-12 itself, makes no code, and counts what it does. A schema outside of
 * that part is refused when it is read, not half checked later.
 */

/** A JSON Schema, as it stands in a file. */
export type Schema = boolean | Readonly<Record<string, JsonValue>>;

/** What a stranger's schema may be, and how much work one check may cost. */
export const SCHEMA_BOUNDS = {
  /** Characters of its JSON. */
  size: 32_768,
  depth: 16,
  /** Steps of one check: a keyword applied to a value, a member looked at, a character matched by one state. */
  steps: 10_000_000,
  /** More problems than these are not listed. */
  problems: 20,
} as const;

type Kind = "schema" | "schemas" | "schemaMap" | "number" | "count" | "string" | "strings" | "type" | "any" | "array";

/** The keywords that are understood, and the form of each. What is not here is refused. */
const KEYWORDS: Record<string, Kind> = {
  $ref: "string",
  $defs: "schemaMap",
  type: "type",
  enum: "array",
  const: "any",
  properties: "schemaMap",
  required: "strings",
  additionalProperties: "schema",
  propertyNames: "schema",
  minProperties: "count",
  maxProperties: "count",
  items: "schema",
  prefixItems: "schemas",
  contains: "schema",
  minItems: "count",
  maxItems: "count",
  uniqueItems: "any",
  minLength: "count",
  maxLength: "count",
  pattern: "string",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  allOf: "schemas",
  anyOf: "schemas",
  oneOf: "schemas",
  not: "schema",
  // These say something to people only.
  $schema: "string",
  $comment: "string",
  title: "string",
  description: "string",
  default: "any",
  examples: "array",
  format: "string",
  deprecated: "any",
};

const TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"];
const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const REF = /^#\/\$defs\/([^/~%]{1,100})$/;

type Members = Readonly<Record<string, JsonValue>>;
/** The keywords that count something. */
type Counts = Readonly<Record<string, number | undefined>>;

/**
 * What keeps a schema from being used for a check, each with the JSON path of what is wrong; empty if it can be used.
 * @param path Where the schema stands in its file, as a JSON pointer.
 */
export function schemaProblems(schema: unknown, path = ""): string[] {
  try {
    const text = canonicalJson(schema);
    if (text.length > SCHEMA_BOUNDS.size) {
      return [`${at(path)} has ${text.length} characters as JSON: at most ${SCHEMA_BOUNDS.size} are read`];
    }
  } catch (error) {
    return [`${at(path)} is no JSON: ${(error as Error).message}`];
  }
  const problems: string[] = [];
  const defs = isObject(schema) && isObject(schema.$defs) ? schema.$defs : {};
  inspect(schema as JsonValue, path, 1, { problems, defs: defs, root: true });
  if (problems.length === 0 && refersToItself(schema as Schema)) {
    problems.push(`${at(path)}/$defs refers to itself without a property or an item in between`);
  }
  return problems;
}

interface Inspection {
  readonly problems: string[];
  readonly defs: Members;
  readonly root?: boolean;
}

function inspect(schema: JsonValue, path: string, depth: number, inspection: Inspection): void {
  const { problems, defs, root = false } = inspection;
  if (problems.length >= SCHEMA_BOUNDS.problems || typeof schema === "boolean") return;
  if (!isObject(schema)) {
    problems.push(`${at(path)} must be a JSON Schema: an object or a boolean`);
    return;
  }
  if (depth > SCHEMA_BOUNDS.depth) {
    problems.push(`${at(path)} is nested deeper than ${SCHEMA_BOUNDS.depth} schemas`);
    return;
  }
  const inner = { problems, defs };
  for (const [keyword, value] of Object.entries(schema)) {
    const here = `${path}/${escapePointer(keyword)}`;
    const kind = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (kind === undefined) {
      problems.push(`${here} is not a keyword that is read from strangers`);
      continue;
    }
    const wrong = misfit(kind, value);
    if (wrong !== undefined) problems.push(`${here} must be ${wrong}`);
    else if (kind === "schema") inspect(value, here, depth + 1, inner);
    else if (kind === "schemas" || kind === "schemaMap") {
      for (const [key, member] of Object.entries(value as Members)) {
        inspect(member, `${here}/${escapePointer(key)}`, depth + 1, inner);
      }
    }
    if (wrong === undefined) problems.push(...special(keyword, value, here, { defs, root }));
  }
}

/** What `kind` demands and `value` is not; undefined if it is. */
function misfit(kind: Kind, value: JsonValue): string | undefined {
  const isString = (item: unknown) => typeof item === "string";
  switch (kind) {
    case "any":
    case "schema":
      return undefined;
    case "array":
      return Array.isArray(value) ? undefined : "an array";
    case "schemas":
      return Array.isArray(value) && value.length > 0 ? undefined : "an array of schemas, at least one";
    case "schemaMap":
      return isObject(value) ? undefined : "an object of schemas";
    case "number":
      return typeof value === "number" ? undefined : "a number";
    case "count":
      return Number.isInteger(value) && (value as number) >= 0 ? undefined : "a whole number from 0";
    case "string":
      return isString(value) ? undefined : "a string";
    case "strings":
      return Array.isArray(value) && value.every(isString) ? undefined : "an array of strings";
    case "type": {
      const types = Array.isArray(value) ? (value as unknown[]) : [value];
      const known = types.length > 0 && types.every((type) => isString(type) && TYPES.includes(type));
      return known ? undefined : `one of ${TYPES.join(", ")}, or an array of these`;
    }
  }
}

/** What is demanded of single keywords beyond their form. */
function special(keyword: string, value: JsonValue, here: string, { defs, root }: { defs: Members; root: boolean }) {
  if (keyword === "pattern") {
    try {
      safePattern(value as string);
    } catch (error) {
      return [`${here}: ${(error as Error).message.replace(/\.$/, "")}`];
    }
  }
  if (keyword === "$ref") {
    const [, name] = REF.exec(value as string) ?? [];
    if (name === undefined) return [`${here} must point into the schema's own $defs, as "#/$defs/name"`];
    if (!Object.hasOwn(defs, name)) return [`${here} points to /$defs/${name}, which is not there`];
  }
  if (keyword === "$defs" && !root) return [`${here} may stand at the top of the schema only`];
  if (keyword === "$schema" && value !== DIALECT) return [`${here} must be "${DIALECT}"`];
  if (keyword === "uniqueItems" && typeof value !== "boolean") return [`${here} must be true or false`];
  return [];
}

/** Whether following `$ref` and the combining keywords alone leads in a circle, which would never end. */
function refersToItself(schema: Schema): boolean {
  if (!isObject(schema) || !isObject(schema.$defs)) return false;
  const defs = schema.$defs as Members;
  const refsOf = (part: JsonValue | undefined): string[] => {
    if (!isObject(part)) return [];
    const { $ref, allOf = [], anyOf = [], oneOf = [], not } = part as Record<string, JsonValue>;
    const inPlace = [...(allOf as JsonValue[]), ...(anyOf as JsonValue[]), ...(oneOf as JsonValue[])];
    if (not !== undefined) inPlace.push(not);
    const own = typeof $ref === "string" ? [REF.exec($ref)?.[1] ?? ""] : [];
    return [...own, ...inPlace.flatMap(refsOf)];
  };
  const state = new Map<string, "open" | "done">();
  const circles = (name: string): boolean => {
    if (state.has(name)) return state.get(name) === "open";
    state.set(name, "open");
    if (refsOf(defs[name]).some(circles)) return true;
    state.set(name, "done");
    return false;
  };
  return Object.keys(defs).some(circles);
}

/**
 * What is wrong with a value by a schema, each with the value's JSON path; empty if it satisfies the schema. Throws an
 * `InvalidInputError` if the schema is outside of what is read from strangers, or a check costs too much.
 * @param path Where the value stands in its file, as a JSON pointer.
 */
export function valueProblems(schema: Schema, value: JsonValue, path = ""): string[] {
  const wrong = schemaProblems(schema);
  if (wrong.length > 0) throw new InvalidInputError(`the schema cannot be used: ${wrong.join("; ")}.`);
  return new Check(schema).run(value, path);
}

class Check {
  private steps = SCHEMA_BOUNDS.steps;
  private readonly patterns = new Map<string, SafePattern>();
  private readonly defs: Members;

  constructor(private readonly schema: Schema) {
    this.defs = isObject(schema) && isObject(schema.$defs) ? schema.$defs : {};
  }

  run(value: JsonValue, path: string): string[] {
    return this.check(this.schema, value, path).slice(0, SCHEMA_BOUNDS.problems);
  }

  private spend(steps: number): void {
    this.steps -= steps;
    if (this.steps < 0)
      throw new InvalidInputError("checking the value against its schema costs too much: simplify it.");
  }

  private satisfies(schema: JsonValue, value: JsonValue): boolean {
    return this.check(schema as Schema, value, "").length === 0;
  }

  private check(schema: Schema, value: JsonValue, path: string): string[] {
    this.spend(1);
    if (schema === true) return [];
    if (schema === false) return [`${at(path)} must not be there`];
    const problems = [...this.combined(schema, value, path), ...this.plain(schema, value, path)];
    if (typeof value === "string") problems.push(...this.text(schema, value, path));
    else if (typeof value === "number") problems.push(...range(schema, value, path));
    else if (Array.isArray(value)) problems.push(...this.array(schema, value as JsonValue[], path));
    else if (isObject(value)) problems.push(...this.object(schema, value, path));
    return problems;
  }

  private combined(schema: Members, value: JsonValue, path: string): string[] {
    const problems: string[] = [];
    const { $ref, allOf = [], anyOf, oneOf, not } = schema as Record<string, JsonValue>;
    if (typeof $ref === "string") {
      problems.push(...this.check(this.defs[REF.exec($ref)?.[1] ?? ""] as Schema, value, path));
    }
    for (const part of allOf as Schema[]) problems.push(...this.check(part, value, path));
    const matching = (parts: JsonValue) => (parts as JsonValue[]).filter((part) => this.satisfies(part, value)).length;
    if (anyOf !== undefined && matching(anyOf) === 0) problems.push(`${at(path)} is none of what anyOf allows`);
    if (oneOf !== undefined && matching(oneOf) !== 1)
      problems.push(`${at(path)} must be exactly one of what oneOf allows`);
    if (not !== undefined && this.satisfies(not, value)) problems.push(`${at(path)} is what the schema excludes`);
    return problems;
  }

  private plain(schema: Members, value: JsonValue, path: string): string[] {
    const problems: string[] = [];
    const { type, enum: members } = schema as Record<string, JsonValue>;
    if (type !== undefined) {
      const types = (Array.isArray(type) ? type : [type]) as string[];
      if (!types.some((name) => isOfType(value, name))) problems.push(`${at(path)} must be ${types.join(" or ")}`);
    }
    if (Array.isArray(members) && !(members as JsonValue[]).some((member) => this.same(member, value))) {
      problems.push(`${at(path)} must be one of ${shortened(members)}`);
    }
    if (Object.hasOwn(schema, "const") && !this.same(schema.const as JsonValue, value)) {
      problems.push(`${at(path)} must be ${shortened(schema.const as JsonValue)}`);
    }
    return problems;
  }

  private text(schema: Members, value: string, path: string): string[] {
    const problems: string[] = [];
    const { minLength = 0, maxLength = Infinity } = schema as Counts;
    const { pattern } = schema;
    if (minLength !== 0 || maxLength !== Infinity) {
      this.spend(value.length);
      const length = Array.from(value).length; // code points, as the standard counts
      if (length < minLength) problems.push(`${at(path)} is shorter than ${minLength}`);
      if (length > maxLength) problems.push(`${at(path)} is longer than ${maxLength}`);
    }
    if (typeof pattern === "string") {
      const machine = this.patterns.get(pattern) ?? safePattern(pattern);
      this.patterns.set(pattern, machine);
      this.spend((value.length + 1) * machine.states);
      if (!machine.test(value)) problems.push(`${at(path)} does not match ${pattern}`);
    }
    return problems;
  }

  private array(schema: Members, value: readonly JsonValue[], path: string): string[] {
    const problems: string[] = [];
    const { prefixItems = [], items, contains, uniqueItems } = schema;
    const { minItems = 0, maxItems = Infinity } = schema as Counts;
    const prefix = prefixItems as Schema[];
    if (value.length < minItems) problems.push(`${at(path)} has fewer than ${minItems} items`);
    if (value.length > maxItems) problems.push(`${at(path)} has more than ${maxItems} items`);
    this.spend(value.length);
    for (const [index, member] of value.entries()) {
      const own = prefix[index] ?? (items as Schema | undefined);
      if (own !== undefined) problems.push(...this.check(own, member, `${path}/${index}`));
      if (problems.length >= SCHEMA_BOUNDS.problems) break;
    }
    if (contains !== undefined && !value.some((member) => this.satisfies(contains, member))) {
      problems.push(`${at(path)} lacks an item that it must contain`);
    }
    if (uniqueItems === true) {
      const seen = new Set(value.map((member) => this.form(member)));
      if (seen.size < value.length) problems.push(`${at(path)} has an item twice`);
    }
    return problems;
  }

  private object(schema: Members, value: Members, path: string): string[] {
    const problems: string[] = [];
    const { properties = {}, required = [], additionalProperties, propertyNames } = schema as Record<string, JsonValue>;
    const { minProperties = 0, maxProperties = Infinity } = schema as Counts;
    const keys = Object.keys(value);
    this.spend(keys.length + (required as string[]).length);
    if (keys.length < minProperties) problems.push(`${at(path)} has fewer than ${minProperties} fields`);
    if (keys.length > maxProperties) problems.push(`${at(path)} has more than ${maxProperties} fields`);
    for (const key of required as string[]) {
      if (!Object.hasOwn(value, key)) problems.push(`${path}/${escapePointer(key)} is missing`);
    }
    for (const key of keys) {
      const here = `${path}/${escapePointer(key.slice(0, 100))}`;
      const member = value[key] as JsonValue;
      if (propertyNames !== undefined && !this.satisfies(propertyNames, key))
        problems.push(`${here} has a name that is not allowed`);
      if (Object.hasOwn(properties as Members, key)) {
        problems.push(...this.check((properties as Members)[key] as Schema, member, here));
      } else if (additionalProperties === false) problems.push(`${here} is not a known field`);
      else if (additionalProperties !== undefined) {
        problems.push(...this.check(additionalProperties as Schema, member, here));
      }
      if (problems.length >= SCHEMA_BOUNDS.problems) break;
    }
    return problems;
  }

  private form(value: JsonValue): string {
    const text = canonicalJson(value);
    this.spend(text.length);
    return text;
  }

  private same(a: JsonValue, b: JsonValue): boolean {
    if (a === null || typeof a !== "object" || b === null || typeof b !== "object") return a === b;
    return this.form(a) === this.form(b);
  }
}

function range(schema: Members, value: number, path: string): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<string, number | undefined>;
  const problems: string[] = [];
  if (minimum !== undefined && value < minimum) problems.push(`${at(path)} is less than ${minimum}`);
  if (maximum !== undefined && value > maximum) problems.push(`${at(path)} is more than ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    problems.push(`${at(path)} must be more than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    problems.push(`${at(path)} must be less than ${exclusiveMaximum}`);
  return problems;
}

function isOfType(value: JsonValue, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(path: string): string {
  return path === "" ? "/" : path;
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function shortened(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

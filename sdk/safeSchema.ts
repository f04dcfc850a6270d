import type { JsonValue } from "./canonicalJson";
import { canonicalJson } from "./canonicalJson";
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
  steps: 5_000_000,
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
/** A reference into the schema itself. */
export const REF = /^#\/\$defs\/([^/~%]{1,100})$/;

/** The fields of an object. */
export type Members = Readonly<Record<string, JsonValue>>;

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

/** A JSON object, neither null nor an array. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON pointer for people. */
export function at(path: string): string {
  return path === "" ? "/" : path;
}

/** A key as a JSON pointer writes it. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

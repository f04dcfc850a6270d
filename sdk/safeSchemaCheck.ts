import type { JsonValue } from "./canonicalJson";
import { canonicalJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";
import type { SafePattern } from "./safePattern";
import { safePattern } from "./safePattern";
import type { Members, Schema } from "./safeSchema";
import { REF, SCHEMA_BOUNDS, at, escapePointer, isObject, schemaProblems } from "./safeSchema";

/** The keywords that count something. */
type Counts = Readonly<Record<string, number | undefined>>;

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
      this.spend((value.length + 1) * machine.cost);
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

function shortened(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

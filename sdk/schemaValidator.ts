import type { ErrorObject } from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

import { InvalidInputError } from "./InvalidInputError";

/** Answers the value as `T`, or throws with one sentence that names every offending path. */
export type SchemaValidator<T> = (value: unknown, source?: string) => T;

/** What is wrong with a value, each with its JSON path; empty if nothing is. */
export type SchemaChecker = (value: unknown, path?: string) => string[];

/**
 * A checker for a JSON Schema (draft 2020-12) of ours; those of strangers belong to safeSchema.ts. The schema is
 * compiled at the first use, not at import.
 */
export function schemaChecker(schema: object): SchemaChecker {
  let validate: ReturnType<Ajv2020["compile"]> | undefined;
  return (value, path = "") => {
    if (validate === undefined) {
      const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
      addFormats(ajv);
      validate = ajv.compile(schema);
    }
    if (validate(value)) return [];
    // That a branch fails is said by what fails in it.
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if");
    return [...new Set(errors.map((error) => reasonOf({ ...error, instancePath: path + error.instancePath })))];
  };
}

/**
 * A validator for a JSON Schema (draft 2020-12). The schema is compiled at the first use, not at import.
 * @param title What the schema describes, as it should read in an error message.
 */
export function schemaValidator<T>(schema: object, title: string): SchemaValidator<T> {
  const check = schemaChecker(schema);
  return (value, source = "the file") => {
    const reasons = check(value);
    if (reasons.length > 0) {
      throw new InvalidInputError(`${source} is not a valid ${title}: ${reasons.join("; ")}.`);
    }
    return value as T;
  };
}

function reasonOf({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath === "" ? "/" : instancePath;
  const details = params as Record<string, unknown>;
  switch (keyword) {
    case "required":
    case "dependentRequired":
      return `${instancePath}/${String(details.missingProperty)} is missing`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return `${instancePath}/${String(details.additionalProperty ?? details.unevaluatedProperty)} is not a known field`;
    case "const":
      return `${path} must be ${JSON.stringify(details.allowedValue)}`;
    case "enum":
      return `${path} must be one of ${(details.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(", ")}`;
    case "false schema":
      return `${path} must not be there`;
    default:
      return `${path} ${message ?? `fails "${keyword}"`}`;
  }
}

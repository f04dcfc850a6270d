import { concat, getBytes, hexlify, isHexString, keccak256, randomBytes } from "ethers";

import type { JsonValue } from "./canonicalJson";
import { canonicalBytes, parseJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";
import { schemaValidator } from "./schemaValidator";
import jobContractSchema from "./schemas/job-contract.schema.json";

/** One file that the work is done on. */
export interface JobInput {
  readonly name: string;
  readonly mediaType: string;
  /** keccak256 of the bytes. Absent for the one input that each client brings: its hash is the `inputHash`. */
  readonly hash?: string;
  /** Bytes. */
  readonly size?: number;
  readonly uri?: string;
  readonly description?: string;
}

/** A job contract: what is to be done and how it is judged. See sdk/schemas/job-contract.schema.json. */
export interface JobContract {
  readonly $schema?: string;
  readonly version: 1;
  readonly title: string;
  readonly description: string;
  readonly taskType: string;
  readonly inputs: readonly JobInput[];
  readonly parameters?: Readonly<Record<string, JsonValue>>;
  readonly deliverable: {
    readonly mediaType: string;
    readonly encoding?: "bytes" | "canonical-json";
    readonly schema?: Readonly<Record<string, JsonValue>> | boolean;
    /** Bytes. */
    readonly maxSize?: number;
    readonly description?: string;
  };
  readonly acceptance: readonly { readonly id: string; readonly description: string }[];
  readonly evaluation: {
    readonly method: "reexecution" | "schema" | "tests" | "review" | "court";
    readonly description?: string;
    readonly tools?: readonly { readonly name: string; readonly version: string; readonly uri?: string }[];
  };
  /** RFC 3339, UTC. */
  readonly deadline?: string;
  /** How often the client may ask for changes before the submission. */
  readonly revisions?: number;
  readonly confidentiality?: "public" | "parties" | "parties-and-evaluator";
  readonly licence?: string;
  readonly extensions?: Readonly<Record<string, JsonValue>>;
}

/** Answers the value as a job contract, or throws an `InvalidInputError` that names the offending paths. */
export const validateJobContract = /* @__PURE__ */ schemaValidator<JobContract>(jobContractSchema, "job contract");

/** Parses and validates the text of a job contract. */
export function parseJobContract(text: string, source = "the job contract"): JobContract {
  return validateJobContract(parseJson(text, source), source);
}

/**
 * The `termsHash` of an offer: keccak256 of the contract's RFC 8785 bytes.
 *
 * Who knows or guesses a contract can recognise its hash. A salt prevents that: the hash is then
 * keccak256(salt, keccak256(RFC 8785 bytes)), which reveals nothing until the salt is shown. Give contract and salt
 * to the other parties, and keep both: without the salt nobody can prove later what was agreed.
 * A hash cannot be opened in both ways, because no valid contract is as short as the 64 bytes of the salted form.
 * @param salt 32 bytes as hex, as `randomSalt` makes them: a salt that can be guessed hides nothing.
 */
export function termsHash(contract: JobContract, salt?: string): string {
  const hash = keccak256(canonicalBytes(validateJobContract(contract, "the job contract")));
  if (salt === undefined) return hash;
  if (!isHexString(salt, 32)) {
    throw new InvalidInputError("the salt of the terms must be 32 bytes, as 0x and 64 hex digits.");
  }
  return keccak256(concat([salt, hash]));
}

/**
 * Throws an `InvalidInputError` if an input has more bytes than its job contract states. A price by size and a limit of
 * size are computed from what the client states, so whoever works looks at each file before it begins.
 * @param index Of the input in the contract.
 * @param content The file, or its number of bytes if that is known before the file is read.
 */
export function requireStatedSize({ inputs }: JobContract, index: number, content: Uint8Array | number): void {
  const input = inputs[index];
  if (input === undefined) throw new InvalidInputError(`the job contract has no input ${index}.`);
  const bytes = typeof content === "number" ? content : content.length;
  if (input.size !== undefined && bytes > input.size) {
    throw new InvalidInputError(
      `the input "${input.name}" has ${bytes} bytes, where its terms state ${input.size}: decline the job.`,
    );
  }
}

/** 32 random bytes as hex, from the platform's secure source. */
export function randomSalt(): string {
  return hexlify(randomBytes(32));
}

/** keccak256 of a file's bytes: what names inputs, deliverables, and the evidence behind a verdict. */
export function contentHash(content: Uint8Array | string): string {
  return keccak256(typeof content === "string" ? new TextEncoder().encode(content) : getBytes(content));
}

/** `contentHash` of a result in RFC 8785 form: equal results have equal hashes, however they were written. */
export function canonicalHash(value: unknown): string {
  return keccak256(canonicalBytes(value));
}

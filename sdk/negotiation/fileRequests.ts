import type { Signer, TypedDataField } from "ethers";
import { TypedDataEncoder, decodeBase64, encodeBase64, toUtf8String } from "ethers";

import { signingKey, verifyAccountSignature } from "../accountSignature";
import { parseBoundedJson } from "../boundedJson";
import { InvalidInputError } from "../InvalidInputError";
import { schemaValidator } from "../schemaValidator";
import type { Place, Signatures } from "./messages";
import { negotiationDomain } from "./messages";
import { typedFromJson, typedToJson } from "./typedValues";

/*
 * Who may read a deliverable and who may hand over an input proves it by a signature that names the job, the provider
 * who is asked, and a time a few minutes ahead. It travels in the header `Authorization: AgentMarket <base64>`.
 */

/** "Let me read this job's deliverable." */
export interface ReadDeliverable {
  readonly reader: string;
  readonly provider: string;
  readonly jobId: bigint;
  /** Unix seconds. */
  readonly validUntil: bigint;
}

/** "This is the input of my job." */
export interface WriteInput {
  readonly client: string;
  readonly provider: string;
  readonly jobId: bigint;
  readonly inputHash: string;
  /** Unix seconds. */
  readonly validUntil: bigint;
}

export const FILE_REQUEST_TYPES = {
  ReadDeliverable: [
    { name: "reader", type: "address" },
    { name: "provider", type: "address" },
    { name: "jobId", type: "uint256" },
    { name: "validUntil", type: "uint64" },
  ],
  WriteInput: [
    { name: "client", type: "address" },
    { name: "provider", type: "address" },
    { name: "jobId", type: "uint256" },
    { name: "inputHash", type: "bytes32" },
    { name: "validUntil", type: "uint64" },
  ],
} as const satisfies Record<string, readonly TypedDataField[]>;

interface FileRequests {
  ReadDeliverable: ReadDeliverable;
  WriteInput: WriteInput;
}
export type FileRequestType = keyof FileRequests;

/** A signature that was seen may be used again by whoever saw it: not for longer than this, in seconds. */
export const MAX_FILE_REQUEST_VALIDITY = 600n;

const SCHEME = "AgentMarket ";
const MAX_HEADER = 8_192;

const validate = /* @__PURE__ */ schemaValidator<{ message: object; signature: string }>(
  {
    type: "object",
    required: ["message", "signature"],
    additionalProperties: false,
    properties: {
      message: {
        type: "object",
        required: ["provider", "jobId", "validUntil"],
        additionalProperties: false,
        properties: {
          reader: { $ref: "#/$defs/address" },
          client: { $ref: "#/$defs/address" },
          provider: { $ref: "#/$defs/address" },
          jobId: { $ref: "#/$defs/number" },
          inputHash: { type: "string", pattern: "^0x[0-9a-f]{64}$" },
          validUntil: { $ref: "#/$defs/number" },
        },
      },
      signature: { type: "string", pattern: "^0x([0-9a-fA-F]{2})+$" },
    },
    $defs: {
      address: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" },
      number: { type: "string", pattern: "^(0|[1-9][0-9]{0,77})$" },
    },
  },
  "signed request for a file",
);

/** The header that proves who asks. */
export async function signFileRequest<T extends FileRequestType>(
  signer: Signer,
  place: Place,
  type: T,
  message: FileRequests[T],
): Promise<string> {
  const fields = [...FILE_REQUEST_TYPES[type]];
  const signature = await signer.signTypedData(negotiationDomain(place), { [type]: fields }, message);
  const json = JSON.stringify({ message: typedToJson(fields, message), signature });
  return SCHEME + encodeBase64(new TextEncoder().encode(json));
}

/**
 * Reads such a header, and checks whom it names and when. Whether the signer may have the file is for the caller.
 * Throws an `InvalidInputError` that says why it proves nothing.
 */
export async function verifyFileRequest<T extends FileRequestType>(
  header: string | null,
  type: T,
  expected: { place: Place; provider: string; jobId: bigint; now: bigint },
  { chain, speaksFor }: Signatures = {},
): Promise<FileRequests[T]> {
  if (header?.startsWith(SCHEME) !== true || header.length > MAX_HEADER) {
    throw new InvalidInputError(`sign a ${type} and send it in the header "Authorization: AgentMarket <base64>".`);
  }
  const { message, signature } = validate(decodeHeader(header), "the Authorization header");
  const fields = [...FILE_REQUEST_TYPES[type]];
  const lacking = fields.find(({ name }) => !Object.hasOwn(message, name));
  if (lacking !== undefined) throw new InvalidInputError(`the ${type} has no ${lacking.name}.`);
  const request = typedFromJson(fields, message, "the Authorization header: /message") as FileRequests[T];
  const { place, provider, jobId, now } = expected;
  if (request.provider !== provider || request.jobId !== jobId) {
    throw new InvalidInputError(`the ${type} is about another job or to another provider.`);
  }
  if (request.validUntil < now || request.validUntil > now + MAX_FILE_REQUEST_VALIDITY) {
    throw new InvalidInputError(
      `the ${type} is valid until ${request.validUntil}: that must be between now (${now}) and ${MAX_FILE_REQUEST_VALIDITY} seconds ahead.`,
    );
  }
  const account = "reader" in request ? request.reader : request.client;
  const hash = TypedDataEncoder.hash(negotiationDomain(place), { [type]: fields }, request);
  if (!(await verifyAccountSignature(account, hash, signature, chain, place.escrow))) {
    const key = signingKey(hash, signature);
    if (key === undefined || (await speaksFor?.(account, key)) !== true) {
      throw new InvalidInputError(`the ${type} is not signed by ${account}.`);
    }
  }
  return request;
}

function decodeHeader(header: string): unknown {
  let text: string;
  try {
    text = toUtf8String(decodeBase64(header.slice(SCHEME.length)));
  } catch {
    throw new InvalidInputError("the Authorization header is not base64 of UTF-8 text.");
  }
  return parseBoundedJson(text, "the Authorization header", { maxBytes: MAX_HEADER, maxDepth: 3 });
}

import { decodeBase64, encodeBase64, getAddress, toUtf8String } from "ethers";

import { parseBoundedJson } from "./boundedJson";
import { canonicalBytes } from "./canonicalJson";
import type { Catalogue } from "./catalogue";
import { parseCatalogue } from "./catalogue";
import { InvalidInputError } from "./InvalidInputError";
import { schemaValidator } from "./schemaValidator";
import registrationSchema from "./schemas/registration-v1.schema.json";

/** The `type` of every ERC-8004 registration file. */
export const REGISTRATION_TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/** One way to reach the agent. */
export interface AgentService {
  /** For example "web", "A2A", "MCP", "OASF", "ENS", "DID", "email", "openapi". */
  readonly name: string;
  readonly endpoint: string;
  readonly version?: string;
  /** OASF skills and domains. */
  readonly skills?: readonly string[];
  readonly domains?: readonly string[];
}

/** Where the agent is registered. */
export interface AgentRegistration {
  readonly agentId: number;
  /** "{namespace}:{chainId}:{identityRegistry}", as `agentRegistryId` writes it. */
  readonly agentRegistry: string;
}

/** An ERC-8004 registration file. See sdk/schemas/registration-v1.schema.json. */
export interface RegistrationFile {
  readonly type: typeof REGISTRATION_TYPE;
  readonly name: string;
  readonly description: string;
  readonly image: string;
  readonly services: readonly AgentService[];
  readonly x402Support?: boolean;
  /** Whether the agent is ready to serve requests; absent means not. */
  readonly active?: boolean;
  readonly registrations?: readonly AgentRegistration[];
  readonly supportedTrust?: readonly string[];
  /** What the agent sells: a field beyond the standard, read by `parseCatalogue`. */
  readonly catalogue?: Catalogue;
}

/** Answers the value as a registration file, or throws an `InvalidInputError` that names the offending paths. */
export const validateRegistration = /* @__PURE__ */ schemaValidator<RegistrationFile>(
  registrationSchema,
  "ERC-8004 registration file",
);

/** Parses and validates the text of a registration file. */
export function parseRegistration(text: string, source = "the registration file"): RegistrationFile {
  return validateRegistration(parseBoundedJson(text, source), source);
}

/**
 * A registration file from what it must say: ready to serve, trusted by its record, with a letter as its picture.
 * Throws an `InvalidInputError` that names the path of every error, also in the catalogue.
 */
export function registrationFile(
  fields: Pick<RegistrationFile, "name" | "description"> & Partial<RegistrationFile>,
): RegistrationFile {
  const file: RegistrationFile = {
    type: REGISTRATION_TYPE,
    image: letterImage(fields.name),
    services: [],
    x402Support: false,
    active: true,
    registrations: [],
    supportedTrust: ["reputation"],
    ...fields,
  };
  parseCatalogue(file, "the registration file");
  return validateRegistration(file, "the registration file");
}

/** The first letter of a name in a square, as an SVG in a `data:` URI. */
function letterImage(name: string): string {
  const [letter = "A"] = /[A-Za-z0-9]/.exec(name) ?? [];
  const svg =
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'><rect width='64' height='64' rx='12' fill='#334155'/>" +
    `<text x='32' y='43' font-family='sans-serif' font-size='32' text-anchor='middle' fill='white'>${letter}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** The `agentRegistry` of a registration on an EVM chain. */
export function agentRegistryId(chainId: bigint | number, registry: string): string {
  return `eip155:${chainId}:${getAddress(registry)}`;
}

const DATA_URI_PREFIX = "data:application/json;base64,";
const DATA_URI = /^data:application\/json(?:;charset=utf-8)?(;base64)?,(.*)$/is;

/** The registration file as a `data:` URI, so that it is on the chain itself. Canonical, hence as short as it gets. */
export function registrationDataUri(registration: RegistrationFile): string {
  return DATA_URI_PREFIX + encodeBase64(canonicalBytes(validateRegistration(registration, "the registration file")));
}

/** Reads a registration file back from its `data:` URI. */
export function parseRegistrationDataUri(uri: string): RegistrationFile {
  const [, base64, payload] = DATA_URI.exec(uri) ?? [];
  if (payload === undefined) {
    throw new InvalidInputError("the agent URI is not a data:application/json URI: fetch it from where it points.");
  }
  let text: string;
  try {
    text = base64 === undefined ? decodeURIComponent(payload) : toUtf8String(decodeBase64(payload));
  } catch {
    throw new InvalidInputError("the agent URI is a data: URI whose content cannot be decoded.");
  }
  return parseRegistration(text, "the agent URI");
}

import type { JsonValue } from "./canonicalJson";
import type { OnChain } from "./caip";
import { formatAccountId, formatTokenId, parseAccountId, parseTokenId } from "./caip";
import { InvalidInputError } from "./InvalidInputError";
import type { Schema } from "./safeSchema";
import { schemaProblems } from "./safeSchema";
import { valueProblems } from "./safeSchemaCheck";
import { schemaChecker } from "./schemaValidator";
import catalogueSchema from "./schemas/service-catalogue.schema.json";
import type { JobContract } from "./terms";

/** A kind of file that a service takes or hands over. */
export interface CatalogueFile {
  readonly mediaType: string;
  readonly encoding?: "bytes" | "canonical-json";
  /** Of a JSON file's value. */
  readonly schema?: Schema;
  /** Bytes. */
  readonly maxSize?: number;
  readonly description?: string;
}

export interface CataloguePrice {
  /** CAIP-19. */
  readonly token: string;
  /** Base units, for the job or for each unit. */
  readonly amount: string;
  /** Absent: a fixed price. */
  readonly unit?: string;
  readonly counted?: {
    readonly by: "input-size" | "parameter";
    readonly parameter?: string;
    readonly per?: number;
    readonly min?: number;
    readonly max?: number;
  };
}

/**
 * What a service works by: a job contract that says anything else is signed only by an operator's own decision, since
 * whoever judges holds the provider to every word of it.
 */
export interface CatalogueTerms {
  /** Of the work; the service's own is among them anyway. */
  readonly descriptions?: readonly string[];
  /** A job contract may state any of these criteria, and no other. */
  readonly acceptance: JobContract["acceptance"];
  /** A job contract states one of these. */
  readonly evaluation: readonly JobContract["evaluation"][];
  readonly licences?: readonly string[];
  /** "public" is among them anyway. */
  readonly confidentiality?: readonly NonNullable<JobContract["confidentiality"]>[];
}

/** One thing that an agent does for money. See sdk/schemas/service-catalogue.schema.json. */
export interface CatalogueService {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly skills: readonly string[];
  readonly parameters?: Schema;
  readonly input?: CatalogueFile;
  readonly deliverable: CatalogueFile;
  readonly price: CataloguePrice;
  /** Seconds. */
  readonly deliveryPeriod: number;
  readonly evaluation: {
    /** CAIP-10, the preferred one first. Empty: any. */
    readonly evaluators: readonly string[];
    /** Seconds. */
    readonly evaluationPeriod: number;
    readonly evaluatorFeeBps?: number;
    readonly silencePaysProvider: boolean;
  };
  readonly revisions?: number;
  readonly terms?: CatalogueTerms;
  readonly sample?: {
    readonly input?: JsonValue;
    readonly parameters?: Readonly<Record<string, JsonValue>>;
    readonly deliverable: JsonValue;
  };
}

/** A public key to encrypt to, as a JWK: ECDH on P-256 or X25519. */
export interface EncryptionKey {
  readonly kty: "EC" | "OKP";
  readonly crv: "P-256" | "X25519";
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly use?: "enc";
}

export interface Catalogue {
  readonly version: 1;
  readonly services: readonly CatalogueService[];
  readonly encryptionKey?: EncryptionKey;
}

/** More bytes of JSON than these are not read. */
export const MAX_CATALOGUE_SIZE = 262_144;

const check = /* @__PURE__ */ schemaChecker(catalogueSchema);

/** Everything that is wrong with a catalogue, each with its JSON path; empty if it is valid. */
export function catalogueProblems(value: unknown, path = "/catalogue"): string[] {
  const size = (JSON.stringify(value) as string | undefined)?.length ?? 0;
  if (size > MAX_CATALOGUE_SIZE) return [`${path} has ${size} characters: at most ${MAX_CATALOGUE_SIZE} are read`];
  const problems = check(value, path);
  // What follows needs the form that the schema promises.
  if (problems.length > 0) return problems;
  const { services } = value as Catalogue;
  const seen = new Set<string>();
  services.forEach((service, index) => {
    const here = `${path}/services/${index}`;
    if (seen.has(service.id)) problems.push(`${here}/id is another service's too`);
    seen.add(service.id);
    problems.push(...placeProblems(service, here), ...contentProblems(service, here));
  });
  return problems;
}

function placeProblems({ price, evaluation }: CatalogueService, here: string): string[] {
  const problems: string[] = [];
  const read = (parse: () => OnChain): OnChain | undefined => {
    try {
      return parse();
    } catch (error) {
      problems.push((error as Error).message.replace(/\.$/, ""));
      return undefined;
    }
  };
  const token = read(() => parseTokenId(price.token, `${here}/price/token`));
  evaluation.evaluators.forEach((evaluator, index) => {
    const where = `${here}/evaluation/evaluators/${index}`;
    const account = read(() => parseAccountId(evaluator, where));
    if (token !== undefined && account !== undefined && token.chainId !== account.chainId) {
      problems.push(`${where} is on another chain than the price's token`);
    }
  });
  const { min = 1, max = Infinity } = price.counted ?? {};
  if (min > max) problems.push(`${here}/price/counted/min is more than max`);
  return problems;
}

function contentProblems(service: CatalogueService, here: string): string[] {
  const { parameters, input, deliverable, sample } = service;
  const parts: [string, CatalogueFile | undefined, JsonValue | undefined][] = [
    ["input", input, sample?.input],
    ["deliverable", deliverable, sample?.deliverable],
  ];
  const problems = parameters === undefined ? [] : schemaProblems(parameters, `${here}/parameters`);
  if (problems.length === 0 && parameters !== undefined && sample?.parameters !== undefined) {
    problems.push(...tryValue(parameters, sample.parameters, `${here}/sample/parameters`));
  }
  for (const [name, file, value] of parts) {
    if (file === undefined) {
      if (value !== undefined) problems.push(`${here}/sample/${name} is of a file that the service does not take`);
      continue;
    }
    problems.push(...fileProblems(file, `${here}/${name}`, value, `${here}/sample/${name}`));
  }
  return problems;
}

function fileProblems(file: CatalogueFile, here: string, sample: JsonValue | undefined, sampleAt: string): string[] {
  const problems: string[] = [];
  const json = isJsonMediaType(file.mediaType);
  if (!json && file.schema !== undefined) problems.push(`${here}/schema is for JSON, but the media type is not`);
  if (!json && file.encoding === "canonical-json")
    problems.push(`${here}/encoding is for JSON, but the media type is not`);
  const wrong = file.schema === undefined ? [] : schemaProblems(file.schema, `${here}/schema`);
  problems.push(...wrong);
  if (sample === undefined) return problems;
  if (!json && typeof sample !== "string") problems.push(`${sampleAt} must be text, because the file is no JSON`);
  if (json && file.schema !== undefined && wrong.length === 0)
    problems.push(...tryValue(file.schema, sample, sampleAt));
  return problems;
}

function tryValue(schema: Schema, value: JsonValue, path: string): string[] {
  try {
    return valueProblems(schema, value, path);
  } catch (error) {
    return [`${path}: ${(error as Error).message.replace(/\.$/, "")}`];
  }
}

/** Whether a media type is JSON's: application/json, or a type with the suffix +json (RFC 6839). */
export function isJsonMediaType(mediaType: string): boolean {
  return /^(application\/json|[a-z]+\/[A-Za-z0-9.+-]+\+json)(;|$)/.test(mediaType);
}

/**
 * The catalogue of a registration file; undefined if the file has none. Throws an `InvalidInputError` that names the
 * path of every error.
 */
export function parseCatalogue(file: object, source = "the registration file"): Catalogue | undefined {
  const { catalogue } = file as { catalogue?: unknown };
  if (catalogue === undefined) return undefined;
  const problems = catalogueProblems(catalogue);
  if (problems.length > 0) {
    throw new InvalidInputError(`${source} has no valid service catalogue: ${problems.join("; ")}.`);
  }
  return catalogue as Catalogue;
}

/**
 * What a service costs for a job contract, in base units of the price's token. Throws an `InvalidInputError` if the
 * contract does not say how many units that is, or asks for more than the service does. It takes the sizes of inputs as
 * the client states them: compare each file with that before you work (`requireStatedSize`), also one with a hash.
 */
export function priceOf({ price }: CatalogueService, contract: JobContract): bigint {
  const amount = BigInt(price.amount);
  if (price.counted === undefined) return amount;
  const { per = 1, min = 1, max } = price.counted;
  const counted =
    price.counted.by === "input-size" ? inputSize(contract) : parameterOf(contract, price.counted.parameter);
  const units = (counted + BigInt(per) - 1n) / BigInt(per);
  if (max !== undefined && units > BigInt(max)) {
    throw new InvalidInputError(
      `the job has ${units} times ${price.unit ?? "one unit"}: the service does at most ${max}.`,
    );
  }
  return amount * (units > BigInt(min) ? units : BigInt(min));
}

function inputSize({ inputs }: JobContract): bigint {
  return inputs.reduce((sum, { name, size }) => {
    if (size === undefined) {
      throw new InvalidInputError(`the price depends on the size of the inputs: state that of "${name}".`);
    }
    return sum + BigInt(size);
  }, 0n);
}

function parameterOf({ parameters }: JobContract, pointer = ""): bigint {
  let value: unknown = parameters;
  for (const key of pointer.split("/").slice(1)) {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  }
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new InvalidInputError(`the price depends on the parameter ${pointer}: state it as a whole number from 0.`);
  }
  return BigInt(value as number);
}

/** The same catalogue with every price in another token, for example that of a local chain, judged there. */
export function moveCatalogue(catalogue: Catalogue, token: OnChain, evaluators: readonly string[]): Catalogue {
  const accounts = evaluators.map((address) => formatAccountId({ chainId: token.chainId, address }));
  const services = catalogue.services.map((service) => ({
    ...service,
    price: { ...service.price, token: formatTokenId(token) },
    evaluation: { ...service.evaluation, evaluators: accounts },
  }));
  return { ...catalogue, services };
}

import { ZeroAddress, getAddress, id } from "ethers";

import { parseJson } from "./canonicalJson";
import { InvalidInputError } from "./InvalidInputError";
import { schemaValidator } from "./schemaValidator";
import walletPolicySchema from "./schemas/wallet-policy.schema.json";
import { formatAmount, formatDuration, formatTime, parseAmount, parseDeadline, parseDuration } from "./units";
import type { GrantedPolicy, TokenLimit } from "./wallets";

/** How a policy is written to a file. See sdk/schemas/wallet-policy.schema.json. */
interface PolicyFile {
  version: 1;
  expiresAt: string;
  maxJobDuration: string;
  sanctionsOracle?: string;
  reputation?: {
    source: string;
    token: string;
    decimals: number;
    minCompleted: number;
    minCounterparties: number;
    minVolume: string;
  };
  agents?: { agentId: string; epoch: number }[];
  payees?: string[];
  escrows?: string[];
  evaluators?: string[];
  hooks?: string[];
  limits: LimitFile[];
  calls?: { target: string; function: string }[];
}

interface LimitFile {
  token: string;
  decimals: number;
  window: string;
  windowCap: string;
  lifetimeCap: string;
  jobCap: string;
  coSignAbove?: string;
  admittedCap?: string;
}

/** A policy from a file, and the decimals by which the file counts each token: to be held against the tokens'. */
export interface ParsedPolicy {
  readonly policy: GrantedPolicy;
  readonly decimals: ReadonlyMap<string, number>;
}

/** The name of the chain's coin in a file, and its decimals everywhere. */
const COIN = "coin";
const COIN_DECIMALS = 18;
const ENDLESS = "endless";
const LISTS = ["payees", "escrows", "evaluators", "hooks"] as const;

const validate = /* @__PURE__ */ schemaValidator<PolicyFile>(walletPolicySchema, "wallet policy");

/**
 * Reads a policy from JSON. Throws with one sentence that names every offending path: beyond what the schema says, that
 * addresses have their checksums, amounts no more decimals than their token, and no entry contradicts another.
 */
export function parsePolicy(text: string, source = "the policy"): ParsedPolicy {
  const file = validate(parseJson(text, source), source);
  const problems: string[] = [];
  const read = <T>(path: string, otherwise: T, reader: () => T): T => {
    try {
      return reader();
    } catch (error) {
      problems.push(`${path}: ${(error as Error).message.replace(/\.$/, "")}`);
      return otherwise;
    }
  };
  const address = (value: string, path: string) => read(path, ZeroAddress, () => checksummed(value));
  const amount = (value: string, decimals: number, path: string) => read(path, 0n, () => parseAmount(value, decimals));
  const seconds = (value: string, path: string) =>
    read(path, 0n, () => {
      const duration = parseDuration(value);
      if (duration === 0n || duration >> 32n !== 0n) throw new InvalidInputError("must be from 1s to 136 years.");
      return duration;
    });

  const decimals = new Map<string, number>();
  const count = (token: string, own: number, path: string) => {
    const known = token === ZeroAddress ? COIN_DECIMALS : (decimals.get(token) ?? own);
    if (own !== known) problems.push(`${path}: is ${own}, but that of the same token is ${known}`);
    decimals.set(token, own);
  };
  const limits = file.limits.map((limit, index) => {
    const path = `/limits/${index}`;
    const token = limit.token === COIN ? ZeroAddress : address(limit.token, `${path}/token`);
    if (decimals.has(token)) problems.push(`${path}/token: has limits already`);
    count(token, limit.decimals, `${path}/decimals`);
    const of = (name: "windowCap" | "lifetimeCap" | "jobCap" | "coSignAbove" | "admittedCap", otherwise = "0") =>
      amount(limit[name] ?? otherwise, limit.decimals, `${path}/${name}`);
    if (of("coSignAbove", limit.windowCap) > of("windowCap")) {
      problems.push(`${path}/coSignAbove: is more than windowCap, so that the owner would never be asked`);
    }
    return {
      token,
      window: limit.window === ENDLESS ? 0n : seconds(limit.window, `${path}/window`),
      windowCap: of("windowCap"),
      lifetimeCap: of("lifetimeCap"),
      jobCap: of("jobCap"),
      coSignAbove: of("coSignAbove", limit.windowCap), // a window's sum never passes its cap
      admittedCap: of("admittedCap"),
    };
  });
  const lists = Object.fromEntries(
    LISTS.map((list) => [
      list,
      unique(
        list,
        (file[list] ?? []).map((entry, i) => address(entry, `/${list}/${i}`)),
      ),
    ]),
  ) as Record<(typeof LISTS)[number], string[]>;
  function unique(list: string, entries: string[]): string[] {
    entries.forEach((entry, index) => {
      // What could not be read has been told of already, and stands here as zero.
      if (entry === ZeroAddress && !problems.some((problem) => problem.startsWith(`/${list}/${index}:`))) {
        problems.push(`/${list}/${index}: must not be zero`);
      } else if (entry !== ZeroAddress && entries.indexOf(entry) < index) {
        problems.push(`/${list}/${index}: is listed already`);
      }
    });
    return entries;
  }
  const { reputation } = file;
  if (reputation !== undefined) {
    const token = address(reputation.token, "/reputation/token");
    count(token, reputation.decimals, "/reputation/decimals");
  }
  const policy: GrantedPolicy = {
    expiresAt: read("/expiresAt", 0n, () => parseDeadline(file.expiresAt, 0n)),
    maxJobDuration: seconds(file.maxJobDuration, "/maxJobDuration"),
    sanctionsOracle:
      file.sanctionsOracle === undefined ? ZeroAddress : address(file.sanctionsOracle, "/sanctionsOracle"),
    reputation: {
      source: reputation === undefined ? ZeroAddress : address(reputation.source, "/reputation/source"),
      token: reputation === undefined ? ZeroAddress : address(reputation.token, "/reputation/token"),
      minCompleted: BigInt(reputation?.minCompleted ?? 0),
      minCounterparties: BigInt(reputation?.minCounterparties ?? 0),
      minVolume:
        reputation === undefined ? 0n : amount(reputation.minVolume, reputation.decimals, "/reputation/minVolume"),
    },
    agents: (file.agents ?? []).map(({ agentId, epoch }) => ({ agentId: BigInt(agentId), epoch: BigInt(epoch) })),
    ...lists,
    limits,
    calls: (file.calls ?? []).map(({ target, function: name }, index) => {
      const to = address(target, `/calls/${index}/target`);
      if (lists.escrows.includes(to) || lists.evaluators.includes(to) || decimals.has(to)) {
        problems.push(`/calls/${index}/target: is a listed escrow, evaluator or token, which no call may target`);
      }
      return { target: to, selector: name.startsWith("0x") ? name : id(name).slice(0, 10) };
    }),
  };
  if (problems.length > 0) throw new InvalidInputError(`${source}: ${[...new Set(problems)].join("; ")}.`);
  return { policy, decimals };
}

/**
 * A policy as a file that `parsePolicy` reads as the same policy.
 * @param decimals Of every token that the policy names, by address; the chain's coin needs none.
 */
export function formatPolicy(policy: GrantedPolicy, decimals: ReadonlyMap<string, number>): string {
  const of = (token: string): number => {
    const known = token === ZeroAddress ? COIN_DECIMALS : decimals.get(token);
    if (known === undefined) throw new InvalidInputError(`the decimals of the token ${token} are not known.`);
    return known;
  };
  const { reputation, sanctionsOracle } = policy;
  const file: PolicyFile = {
    version: 1,
    expiresAt: formatTime(policy.expiresAt),
    maxJobDuration: compact(policy.maxJobDuration),
    ...(sanctionsOracle === ZeroAddress ? {} : { sanctionsOracle }),
    ...(reputation.source === ZeroAddress
      ? {}
      : {
          reputation: {
            source: reputation.source,
            token: reputation.token,
            decimals: of(reputation.token),
            minCompleted: Number(reputation.minCompleted),
            minCounterparties: Number(reputation.minCounterparties),
            minVolume: formatAmount(reputation.minVolume, of(reputation.token)),
          },
        }),
    agents: policy.agents.map(({ agentId, epoch }) => ({ agentId: agentId.toString(), epoch: Number(epoch) })),
    payees: policy.payees,
    escrows: policy.escrows,
    evaluators: policy.evaluators,
    hooks: policy.hooks,
    limits: policy.limits.map((limit) => limitFile(limit, of(limit.token))),
    calls: policy.calls.map(({ target, selector }) => ({ target, function: selector })),
  };
  return `${JSON.stringify(validate(file, "the policy"), null, 2)}\n`;
}

function limitFile(limit: TokenLimit, decimals: number): LimitFile {
  return {
    token: limit.token === ZeroAddress ? COIN : limit.token,
    decimals,
    window: limit.window === 0n ? ENDLESS : compact(limit.window),
    windowCap: formatAmount(limit.windowCap, decimals),
    lifetimeCap: formatAmount(limit.lifetimeCap, decimals),
    jobCap: formatAmount(limit.jobCap, decimals),
    coSignAbove: formatAmount(limit.coSignAbove, decimals),
    admittedCap: formatAmount(limit.admittedCap, decimals),
  };
}

function compact(seconds: bigint): string {
  return formatDuration(seconds).replaceAll(" ", "");
}

/** All lower case has no checksum and is refused: one typo would pass. */
function checksummed(value: string): string {
  const address = getAddress(value.toLowerCase());
  if (address !== value) {
    throw new InvalidInputError(`has no valid checksum: check it against its source; with one it is ${address}`);
  }
  return address;
}

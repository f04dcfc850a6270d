import type { Interface, Provider } from "ethers";
import { EventLog, FunctionFragment, isError } from "ethers";

import type { AgentWallet } from "../typechain-types";
import { AgentWallet__factory, JobEscrow__factory, OptimisticEvaluator__factory } from "./bindings";
import type { GrantedPolicy, TokenLimit } from "./wallets";
import { decodePolicy } from "./wallets";

const walletInterface = /* @__PURE__ */ AgentWallet__factory.createInterface();
const KNOWN_INTERFACES: readonly Interface[] = [
  walletInterface,
  /* @__PURE__ */ JobEscrow__factory.createInterface(),
  /* @__PURE__ */ OptimisticEvaluator__factory.createInterface(),
];

/** A policy that an event of the wallet tells, and whether its key may still act by it. */
export interface GrantRecord {
  readonly key: string;
  readonly policyHash: string;
  /** As the key has to bring it. */
  readonly encoded: string;
  readonly policy: GrantedPolicy;
  /** False if it was revoked, replaced, ended by a freeze, or has run out. */
  readonly granted: boolean;
}

/** One cap, and what is left of it. Base units. */
export interface CapLeft {
  readonly cap: bigint;
  readonly spent: bigint;
  readonly left: bigint;
}

/** What a key may spend of one token, as a transaction at `now` would find it. Base units and Unix seconds. */
export interface LimitLeft {
  /** Zero for the chain's coin. */
  readonly token: string;
  readonly window: CapLeft & {
    readonly start: bigint;
    /** The first second of the next window; undefined if this one never ends. */
    readonly end: bigint | undefined;
  };
  readonly lifetime: CapLeft;
  /** For all together whom only their record lets in. */
  readonly admitted: CapLeft;
  readonly jobCap: bigint;
  /** Above this sum in a window the owner has to sign too; `left` is what needs no signature. */
  readonly coSign: CapLeft;
  /** The most that the key can spend by itself, and together with the owner's signature. */
  readonly spendable: bigint;
  readonly spendableCoSigned: bigint;
}

/** One event of a wallet. */
export interface AuditEntry {
  readonly block: number;
  /** Unix seconds. */
  readonly time: bigint;
  readonly transaction: string;
  /** The event's name: "Spent", "Acted", "IntentUsed" and so on. */
  readonly event: string;
  /** The key that it is about, if it is about one. */
  readonly key: string | undefined;
  /** The event's other arguments by name; functions by their names where they are known. */
  readonly details: Readonly<Record<string, string | bigint | boolean>>;
}

/** Every policy that the wallet ever granted, oldest first. @param fromBlock Of the wallet's creation, or before. */
export async function readGrants(wallet: AgentWallet, fromBlock = 0): Promise<GrantRecord[]> {
  const events = await wallet.queryFilter(wallet.filters.PolicyGranted(), fromBlock);
  return Promise.all(events.map(({ args }) => recordOf(wallet, args)));
}

/** The policy that a key can act by now, undefined if there is none. It can only be the latest that it was granted. */
export async function findGrant(wallet: AgentWallet, key: string, fromBlock = 0): Promise<GrantRecord | undefined> {
  const latest = (await wallet.queryFilter(wallet.filters.PolicyGranted(key), fromBlock)).at(-1);
  if (latest === undefined) return undefined;
  const grant = await recordOf(wallet, latest.args);
  return grant.granted ? grant : undefined;
}

/**
 * Whether a key may act for an AgentWallet now: for messages that the wallet itself cannot sign, such as those of a
 * negotiation (`Signatures.speaksFor`). False for accounts that are no such wallet; throws if the endpoint does not say.
 * @param fromBlock Of the oldest wallet's creation, or before: many endpoints refuse to search the whole chain.
 */
export async function keySpeaksFor(chain: Provider, account: string, key: string, fromBlock = 0): Promise<boolean> {
  if ((await chain.getCode(account)) === "0x") return false;
  const wallet = AgentWallet__factory.connect(account, chain);
  const latest = (await wallet.queryFilter(wallet.filters.PolicyGranted(key), fromBlock)).at(-1);
  // An event of that name whose content is no policy has no arguments.
  if (!(latest instanceof EventLog)) return false;
  try {
    // What the account's own code says of its keys counts as much as its ERC-1271 would.
    return await wallet.isGranted(key, latest.args.policy);
  } catch (error) {
    // A contract that refuses or answers nonsense is no such wallet. An endpoint that does not answer, or refuses to (a
    // range of blocks, a rate), says nothing about the account.
    if (isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA")) return false;
    throw error;
  }
}

async function recordOf(
  wallet: AgentWallet,
  { key, policyHash, policy }: { key: string; policyHash: string; policy: string },
): Promise<GrantRecord> {
  const granted = await wallet.isGranted(key, policy);
  return { key, policyHash, encoded: policy, policy: decodePolicy(policy), granted };
}

/** What is left of a policy's limits. @param now The chain's time in Unix seconds. */
export async function readLimits(
  wallet: AgentWallet,
  key: string,
  policy: GrantedPolicy,
  now: bigint,
): Promise<LimitLeft[]> {
  return Promise.all(
    policy.limits.map(async (limit) => {
      const { usage, admitted } = await wallet.usageOf(key, limit.token);
      return limitLeft(limit, usage, admitted, now);
    }),
  );
}

interface WindowUsage {
  readonly windowSpent: bigint;
  readonly windowStart: bigint;
}

/** The arithmetic of `WalletLimits._charge`, for what has been spent as `usageOf` tells it. */
export function limitLeft(
  limit: TokenLimit,
  usage: WindowUsage & { readonly lifetimeSpent: bigint },
  admittedUsage: WindowUsage,
  now: bigint,
): LimitLeft {
  const gridStart = limit.window === 0n ? 0n : now - (now % limit.window);
  // A window that an earlier policy began later than this one's begins, goes on.
  const spentIn = ({ windowSpent, windowStart }: WindowUsage) => (windowStart < gridStart ? 0n : windowSpent);
  const window = capLeft(limit.windowCap, spentIn(usage));
  const lifetime = capLeft(limit.lifetimeCap, usage.lifetimeSpent);
  const coSign = capLeft(limit.coSignAbove, window.spent);
  const spendableCoSigned = least(window.left, lifetime.left);
  return {
    token: limit.token,
    window: {
      ...window,
      start: usage.windowStart > gridStart ? usage.windowStart : gridStart,
      end: limit.window === 0n ? undefined : gridStart + limit.window,
    },
    lifetime,
    admitted: capLeft(limit.admittedCap, spentIn(admittedUsage)),
    jobCap: limit.jobCap,
    coSign,
    spendable: least(spendableCoSigned, coSign.left),
    spendableCoSigned,
  };
}

/** A cap may be lower than what was spent under an earlier policy. */
function capLeft(cap: bigint, spent: bigint): CapLeft {
  return { cap, spent, left: cap > spent ? cap - spent : 0n };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Everything that a wallet's events tell, oldest first. What its owner calls by `callAsOwner` has no event. */
export async function readAudit(wallet: AgentWallet, chain: Provider, fromBlock = 0): Promise<AuditEntry[]> {
  const logs = await chain.getLogs({ address: await wallet.getAddress(), fromBlock, toBlock: "latest" });
  const times = new Map<number, bigint>();
  const entries: AuditEntry[] = [];
  for (const { topics, data, blockNumber, transactionHash } of logs) {
    const known = walletInterface.parseLog({ topics: [...topics], data });
    if (known === null) continue;
    if (!times.has(blockNumber)) {
      times.set(blockNumber, BigInt((await chain.getBlock(blockNumber))?.timestamp ?? 0));
    }
    const all = known.args.toObject() as Record<string, string | bigint | boolean>;
    const { key, ...details } = all;
    delete details.policy; // its hash says enough here
    for (const name of ["verb", "selector"]) {
      if (name in details) details[name] = functionName(String(details[name]));
    }
    entries.push({
      block: blockNumber,
      time: times.get(blockNumber) ?? 0n,
      transaction: transactionHash,
      event: known.name,
      key: key as string | undefined,
      details,
    });
  }
  return entries;
}

/** What wallets do and call has a name; other selectors stay what they are. */
export function functionName(selector: string): string {
  for (const { fragments } of KNOWN_INTERFACES) {
    const found = fragments.find(
      (fragment): fragment is FunctionFragment =>
        FunctionFragment.isFragment(fragment) && fragment.selector === selector,
    );
    if (found !== undefined) return found.name;
  }
  return selector;
}

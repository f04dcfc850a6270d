import type { ContractRunner, Provider, Signer } from "ethers";
import { getAddress } from "ethers";

import { AgentWallet__factory } from "../bindings";
import type { AvailableAction, JobStanding } from "../availableActions";
import { availableActions, readStanding } from "../availableActions";
import type { IndexClient } from "../discovery/client";
import type { Page, SearchRequest, SearchResult } from "../discovery/model";
import { InvalidInputError } from "../InvalidInputError";
import type { Job } from "../jobs";
import { readJob } from "../jobs";
import type { Market, MarketAddresses } from "../market";
import { connectMarket } from "../market";
import type { NegotiateInput, Negotiation } from "../negotiation/negotiate";
import type { RecordQuery, SettlementFacts } from "../records";
import { readRecord } from "../records";
import type { Policy } from "../wallets";
import { encodePolicy } from "../wallets";
import type { Context } from "./context";
import { accountOf, chainTime, senderOf } from "./context";
import { DEFAULT_ADDRESSES } from "./defaultAddresses";
import type { AgentRef } from "./discovery";
import { indexOf, negotiateWith } from "./discovery";
import type { MarketEvent } from "./events";
import type { SendOptions, Simulation, Written } from "./execute";
import { send, simulate } from "./execute";
import { toMarketError } from "./MarketError";
import type { Prepared, Write } from "./plan";
import type { WatchOptions } from "./watch";
import { watch } from "./watch";
import { WRITES } from "./writes";

/** How an agent takes part in the market. */
export interface AgentMarketOptions {
  /** A signer that is connected to a chain reads and writes; a provider only reads, and simulates for `account`. */
  readonly runner: ContractRunner;
  /** Whom a client without a signer simulates for. */
  readonly account?: string;
  /** Where the market is; by default where this version is on every chain that has it. */
  readonly addresses?: MarketAddresses;
  /**
   * An AgentWallet to act from: the signer is then one of its keys, and the wallet is the client, provider or payer.
   * Without `policy`, the one that the key was granted is found from the wallet's events.
   */
  readonly wallet?: { readonly address: string; readonly policy?: Policy };
  /**
   * The index to search in and to read agents' files from: its URL, or what `connectIndex` answers. It is believed
   * nothing that money depends on.
   */
  readonly index?: string | IndexClient;
  /** How many blocks a transaction has to be in before a write is done, and an event before it is told; by default 1. */
  readonly confirmations?: number;
  /** How long to wait for that; by default 120. */
  readonly timeoutSeconds?: number;
  /** How long between questions to the chain; by default 1000. */
  readonly pollMilliseconds?: number;
  /** The first block in which anything of this market can be; by default 0. */
  readonly fromBlock?: number;
  /** How many blocks to ask for at once where the endpoint refuses more; by default 2000. */
  readonly logRange?: number;
  /** How many such ranges to go back; by default 50. */
  readonly logRanges?: number;
}

type Verbs = typeof WRITES;
type InputOf<W> = W extends (ctx: Context, input: infer I) => unknown ? I : never;
type ResultOf<W> = W extends (...args: never[]) => Promise<Prepared<infer R>> ? R : never;

/** The verbs that send: each waits until its transaction is on the chain, and sends nothing if its effect is there. */
export type SendingVerbs = {
  [V in keyof Verbs]: (input: InputOf<Verbs[V]>, options?: SendOptions) => Promise<Written<ResultOf<Verbs[V]>>>;
};

/** The same verbs with the same arguments and errors, which send nothing and tell what would happen. */
export type SimulatingVerbs = {
  [V in keyof Verbs]: (input: InputOf<Verbs[V]>) => Promise<Simulation<ResultOf<Verbs[V]>>>;
};

/** What an agent's developer works with. All of it fails with `MarketError` only. */
export interface AgentMarket extends SendingVerbs {
  readonly simulate: SimulatingVerbs;
  /** The market's contracts, typed, for what has no verb here. */
  readonly market: Market;
  /** The party that acts: the wallet if there is one, else the signer's account. */
  account(): Promise<string>;
  /** The account whose transactions are sent, and which pays for their gas: the signer's, also in a wallet's name. */
  sender(): Promise<string>;
  /** The chain's time in Unix seconds. */
  now(): Promise<bigint>;
  job(jobId: bigint): Promise<Job>;
  /** A job with its review and its dispute before a court, as far as it has them. */
  standing(jobId: bigint): Promise<JobStanding>;
  /** What an account (by default the acting party) can do about a job now, and until when. */
  availableActions(jobId: bigint, who?: string): Promise<AvailableAction[]>;
  record(query: RecordQuery): Promise<SettlementFacts>;
  /** Agents that can be hired, the best first, each with the reasons for its place. Needs `index`. */
  search(request: SearchRequest): Promise<Page<SearchResult>>;
  /**
   * Asks an agent for an offer, and checks what comes back: what `hire` takes, and all that speaks against it. Commits
   * to nothing. Where the agent answers is read from its registration file: the `file` given, or the one in the index.
   */
  negotiate(input: NegotiateInput & AgentRef): Promise<Negotiation>;
  /** Tells the market's events, past and coming, until its signal aborts. */
  watch(options?: WatchOptions): AsyncGenerator<MarketEvent, void, undefined>;
}

/** The market for one agent's developer. Asks the chain nothing until a verb is called. */
export function connectAgentMarket(options: AgentMarketOptions): AgentMarket {
  const ctx = contextOf(options);
  const sending: Record<string, unknown> = {};
  const simulating: Record<string, unknown> = {};
  for (const [name, write] of Object.entries(WRITES) as [string, Write<unknown, unknown>][]) {
    sending[name] = (input: unknown, how?: SendOptions) => send(ctx, () => write(ctx, input), how);
    simulating[name] = (input: unknown) => simulate(ctx, () => write(ctx, input));
  }
  const index = indexOf(options.index);
  const standing = (jobId: bigint) => typed(() => readStanding(ctx.chain, ctx.market, jobId));
  return {
    ...(sending as unknown as SendingVerbs),
    simulate: simulating as unknown as SimulatingVerbs,
    market: ctx.market,
    account: () => typed(() => accountOf(ctx)),
    sender: () => typed(() => senderOf(ctx)),
    now: () => typed(() => chainTime(ctx)),
    job: (jobId) => typed(() => readJob(ctx.market.escrow, jobId)),
    standing,
    availableActions: async (jobId, who) => {
      const [found, now, account] = await Promise.all([
        standing(jobId),
        typed(() => chainTime(ctx)),
        who ?? typed(() => accountOf(ctx)),
      ]);
      return availableActions(found, account, now);
    },
    record: (query) => typed(() => readRecord(ctx.market, query)),
    search: (request) => typed(() => index().search(request)),
    negotiate: (input) => typed(() => negotiateWith(ctx, index, input)),
    watch: (watchOptions = {}) => watch(ctx, watchOptions),
  };
}

async function typed<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw toMarketError(error);
  }
}

function contextOf(options: AgentMarketOptions): Context {
  const { runner, account, addresses = DEFAULT_ADDRESSES, wallet } = options;
  const chain = runner.provider;
  if (chain == null) {
    throw toMarketError(new InvalidInputError("the runner has no connection to a chain: connect it to a provider."));
  }
  return {
    market: connectMarket(chain, addresses),
    chain,
    signer: isSigner(runner) ? runner : undefined,
    readOnlyAccount: account === undefined ? undefined : getAddress(account),
    wallet: wallet === undefined ? undefined : walletContext(wallet, chain),
    confirmations: options.confirmations ?? 1,
    timeoutMs: (options.timeoutSeconds ?? 120) * 1_000,
    pollMs: options.pollMilliseconds ?? 1_000,
    fromBlock: options.fromBlock ?? 0,
    logRange: options.logRange ?? 2_000,
    logRanges: options.logRanges ?? 50,
    pending: new Map(),
  };
}

function walletContext(wallet: NonNullable<AgentMarketOptions["wallet"]>, chain: Provider): Context["wallet"] {
  const address = getAddress(wallet.address);
  const contract = AgentWallet__factory.connect(address, chain);
  return { contract, address, ...(wallet.policy === undefined ? {} : { policy: encodePolicy(wallet.policy) }) };
}

function isSigner(runner: ContractRunner): runner is Signer {
  return "getAddress" in runner && "signTypedData" in runner;
}

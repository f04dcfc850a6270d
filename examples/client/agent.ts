import { setTimeout as pause } from "node:timers/promises";

import type { BaseWallet } from "ethers";
import { ZeroHash } from "ethers";

import * as sdk from "../../sdk";
import { collectBonds } from "../bonds";
import { plainly } from "../plainly";
import type { Asked } from "./ask";
import { askForOffer, findProvider } from "./ask";

/*
 * A client: asks several providers for a quote, hires the best inside its budget, checks what it gets, and settles.
 * run.ts is how it is started.
 */

export interface ClientOptions {
  /** Connected to a chain. Its account pays for the work and for gas. */
  readonly signer: BaseWallet;
  /** Where the market is; by default where this version is on every chain that has it. */
  readonly addresses?: sdk.MarketAddresses;
  /** ERC-8004 identity to hire as; 0 for none. */
  readonly agentId?: bigint;
  readonly index: sdk.IndexClient;
  readonly token: string;
  /** Whom it trusts to judge: an OptimisticEvaluator. */
  readonly evaluator: string;
  /** What counts when offers are compared. */
  readonly preferences?: sdk.OfferPreferences;
  /** The least price, in base units, at which its evaluator hears disputes; cheaper offers are passed over. */
  readonly minAmount?: bigint;
  /** Basis points of an offered price that it names in return; by default it takes the first price. */
  readonly haggleBps?: bigint;
  /** How well the work was done, where it can tell: what is wrong, in words; undefined if nothing is. */
  readonly verify?: (contract: sdk.JobContract, input: Uint8Array | undefined, bytes: Uint8Array) => string | undefined;
  readonly http?: sdk.HttpOptions;
  readonly pollMilliseconds?: number;
  /** Ends it: nobody is hired any more, and a job is waited for no longer. */
  readonly signal?: AbortSignal;
  /** An amount of the token for people. */
  readonly format?: (amount: bigint) => string;
  readonly tell?: (line: string) => void;
}

/** What is to be done, and for how much at the most. */
export interface Task {
  /** The deliverable's form is the one that a provider promises. */
  readonly contract: sdk.JobContract;
  /** The client's own file, for contracts that leave it to the client. */
  readonly input?: Uint8Array;
  /** Base units. */
  readonly budget: bigint;
}

export interface TaskResult {
  readonly jobId: bigint;
  readonly provider: string;
  readonly amount: bigint;
  readonly offers: number;
  readonly status: sdk.Job["status"];
  /** What it holds against the work, if it disputed it. */
  readonly objection?: string;
  /** The work, if it passed. */
  readonly deliverable?: Uint8Array;
}

const ASKED_AT_ONCE = 5;
const ENOUGH_OFFERS = 3;
/** An index could have more to tell for ever, and strangers could take their time. */
const MAX_PAGES = 100;
const SEARCH_MILLISECONDS = 300_000;
/** Seconds that every offer in hand must stay open when another page is asked for: enough for that page, and to hire. */
const OFFERS_KEEP = 120n;
const RATING = { good: 100, bad: 0 };

/** The client has stopped looking after a job that has not ended. */
export class StillOpenError extends Error {
  override readonly name = "StillOpenError";
  constructor(readonly jobId: bigint) {
    super(
      `job ${sdk.formatJobId(jobId)} has not ended: \`show-job\` tells how it stands; \`claim\` its refund if nothing comes in ` +
        "time, and `accept-work` or `dispute` what comes before the review ends, or silence pays for it.",
    );
  }
}

/**
 * Has a task done, from the search to the last payment. Undefined if nobody suits; throws a `StillOpenError` if the
 * signal ends it while a job is open.
 */
export async function runTask(given: ClientOptions, task: Task): Promise<TaskResult | undefined> {
  const options = { ...given, tell: plainly(given.tell) };
  const { signer, addresses = sdk.DEFAULT_ADDRESSES, index, agentId = 0n, preferences } = options;
  const { format = String, pollMilliseconds = 1_000, tell } = options;
  const market = sdk.connectAgentMarket({ runner: signer, addresses, index, pollMilliseconds });
  const offers = await collectOffers(options, market, task);
  const acceptance = sdk.makeAcceptanceTerms({
    client: signer.address,
    clientAgentId: agentId,
    ...(task.input === undefined ? {} : { inputHash: sdk.contentHash(task.input) }),
  });
  const hired = await hireBest(options, market, await rank(market, offers, preferences), acceptance);
  if (hired === undefined) {
    tell(`nobody suits "${task.contract.title}"`);
    return undefined;
  }
  const { asked, record, jobId } = hired;
  const { provider, providerAgentId, amount } = asked.signedOffer.offer;
  const id = sdk.formatJobId(jobId);
  tell(
    `hires agent ${providerAgentId} for ${format(amount)}, the best of ${offers.length} (record: ${record}), job ${id}`,
  );
  // Good manners, on which nothing depends: a provider that is not reached learns it from the chain.
  const notices = offers.map(({ negotiation }) =>
    negotiation === asked.negotiation ? negotiation.tellHired(jobId, acceptance) : negotiation.decline(),
  );
  await Promise.allSettled(notices);
  const job = { ...asked, jobId };
  const { status, objection, bytes } = await settle(options, market, job, task);
  if (status === "Completed" || objection !== undefined) {
    const rating = { jobId, value: objection === undefined ? RATING.good : RATING.bad, tag1: "work" };
    // What the money was paid for must not be lost over it.
    await market.giveJobFeedback(rating).catch((error: unknown) => {
      tell(`cannot rate the work: ${sdk.explainError(error)}`);
    });
  }
  return {
    ...{ jobId, provider, amount, offers: offers.length, status },
    ...(objection === undefined ? {} : { objection }),
    ...(bytes === undefined || objection !== undefined ? {} : { deliverable: bytes }),
  };
}

/**
 * Asks whoever the index finds for the work, a few at a time, until there are enough offers, the first is about to
 * expire, or the time is up. A stranger that does not answer well is passed over. Many slow ones, found first, can use up
 * the time before it is the turn of who would answer: they cost the search, but no offer in hand.
 */
async function collectOffers(options: ClientOptions, market: sdk.AgentMarket, task: Task): Promise<Asked[]> {
  const { token, tell = console.log } = options;
  const search = { skills: [task.contract.taskType], token, maxPrice: task.budget.toString(), limit: ASKED_AT_ONCE };
  const offers: Asked[] = [];
  const known = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  const end = Date.now() + SEARCH_MILLISECONDS;
  const isTimeUp = async () => {
    if (Date.now() >= end) return true;
    const soon = (await market.now()) + OFFERS_KEEP;
    return offers.some(({ signedOffer }) => signedOffer.offer.validUntil < soon);
  };
  do {
    const { items, next } = await market.search(cursor === undefined ? search : { ...search, cursor });
    const found = new Set(items.slice(0, ASKED_AT_ONCE).map(({ agent }) => agent.agentId));
    const fresh = [...found].filter((agentId) => !known.has(agentId));
    const asked = await Promise.allSettled(fresh.map((agentId) => askForOffer(options, market, task, agentId)));
    asked.forEach((answer, position) => {
      if (answer.status === "fulfilled") offers.push(answer.value);
      else tell(`passes over agent ${fresh[position]}: ${sdk.explainError(answer.reason)}`);
    });
    fresh.forEach((agentId) => known.add(agentId));
    cursor = next;
  } while (cursor !== undefined && offers.length < ENOUGH_OFFERS && ++pages < MAX_PAGES && !(await isTimeUp()));
  return offers;
}

interface Ranked {
  readonly asked: Asked;
  /** What the provider's record says. */
  readonly record: string;
}

/** The offers by price, time and record, the best first. The records come from the chain, not from the index. */
async function rank(market: sdk.AgentMarket, offers: Asked[], preferences?: sdk.OfferPreferences): Promise<Ranked[]> {
  const records = new Map<string, sdk.SettlementFacts>();
  for (const { signedOffer } of offers) {
    const { offer } = signedOffer;
    const query = { agentId: offer.providerAgentId, token: offer.token, role: "Provider" } as const;
    records.set(offer.provider, await market.record(query));
  }
  const ranked = sdk.compareOffers(
    offers.map(({ signedOffer }) => signedOffer.offer),
    records,
    preferences,
  );
  return ranked.flatMap(({ offer, reasons }) => {
    const asked = offers.find(({ signedOffer }) => signedOffer.offer === offer);
    const record = reasons.find(({ measure }) => measure === "record")?.says ?? "";
    return asked === undefined ? [] : [{ asked, record }];
  });
}

/** Hires the first whose offer the escrow takes: one may have been withdrawn, or be of no use for another reason. */
async function hireBest(
  { agentId = 0n, signal, tell = console.log }: ClientOptions,
  market: sdk.AgentMarket,
  ranked: readonly Ranked[],
  { inputHash }: sdk.AcceptanceTerms,
): Promise<(Ranked & { jobId: bigint }) | undefined> {
  for (const one of ranked) {
    const { signedOffer, contract } = one.asked;
    // Whoever was told to end must not spend first.
    if (signal?.aborted === true) throw new sdk.InvalidInputError("interrupted before anybody was hired.");
    try {
      const hired = await market.hire({ signedOffer, terms: contract, clientAgentId: agentId, inputHash });
      return { ...one, jobId: hired.result.jobId };
    } catch (error) {
      // After these the job may exist, or the next one would fail as well.
      const isOwn = error instanceof sdk.MarketError && /^(TIMEOUT|NETWORK|NONCE|INSUFFICIENT_FUNDS)$/.test(error.code);
      if (isOwn) throw error;
      tell(`cannot hire agent ${signedOffer.offer.providerAgentId}: ${sdk.explainError(error)}`);
    }
  }
  return undefined;
}

interface HiredJob extends Asked {
  readonly jobId: bigint;
}

const TRIES = 20;
/**
 * Seconds before its review ends at which work is disputed that is not handed over, or cannot be checked: until then its
 * provider is only away.
 */
const LAST_CALL = 86_400n;
/** Seconds before its deadline from which on a provider is sent no input any more: there is no time left to work. */
const HAND_OVER_BEFORE = 60n;

/**
 * Asks the provider until it answers: it may notice late that it was hired, or be started again, even elsewhere.
 * Undefined if it never answers well.
 */
async function insist<T>(
  { index, pollMilliseconds = 1_000, signal, tell = console.log }: ClientOptions,
  market: sdk.AgentMarket,
  { jobId, signedOffer }: HiredJob,
  ask: (endpoint: string) => Promise<T>,
): Promise<T | undefined> {
  for (let tries = 1; ; ++tries) {
    try {
      const { endpoint } = await findProvider(market, index, signedOffer.offer.providerAgentId.toString());
      if (endpoint === undefined) throw new sdk.InvalidInputError("the provider names no place to negotiate any more.");
      return await ask(endpoint);
    } catch (error) {
      const isTheirs = [sdk.RefusedError, sdk.InvalidInputError, sdk.IndexError].some((kind) => error instanceof kind);
      if (!isTheirs) throw error;
      if (tries === TRIES) {
        tell(sdk.explainError(error));
        return undefined;
      }
    }
    await wait(pollMilliseconds, signal, jobId);
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined, jobId: bigint): Promise<void> {
  await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  if (signal?.aborted === true) throw new StillOpenError(jobId);
}

/** Sends the client's file. False if the provider does not take it now. */
async function handOver(options: ClientOptions, market: sdk.AgentMarket, job: HiredJob, bytes: Uint8Array) {
  const { signer, http } = options;
  const { jobId, signedOffer: place } = job;
  const { provider } = place.offer;
  const taken = await insist(options, market, job, async (endpoint) => {
    const file = { place, client: signer.address, provider, jobId, bytes, now: await market.now() };
    await sdk.sendInput(endpoint, signer, file, http);
    return true;
  });
  return taken === true;
}

interface Settled {
  /** Whether the provider has the client's file. */
  handedOver?: boolean;
  /** How often the work could not be checked, since its last call. */
  unchecked: number;
  status: sdk.Job["status"];
  objection?: string;
  bytes?: Uint8Array;
}

/** Looks at the job until it has ended. Whatever fails meanwhile (an endpoint, a missing bond) is tried again. */
async function settle(given: ClientOptions, market: sdk.AgentMarket, job: HiredJob, task: Task): Promise<Settled> {
  const { pollMilliseconds = 1_000, signal } = given;
  const settled: Settled = { status: "Funded", unchecked: 0 };
  let said = "";
  const tell = (line: string) => {
    if (line !== said) given.tell?.(line);
    said = line;
  };
  for (;;) {
    try {
      await settleFurther({ ...given, tell }, market, job, task, settled);
      if (sdk.isTerminal(settled.status)) return settled;
    } catch (error) {
      if (error instanceof StillOpenError) throw error;
      tell(`job ${sdk.formatJobId(job.jobId)}: ${sdk.explainError(error)}`);
    }
    await wait(pollMilliseconds, signal, job.jobId);
  }
}

/** Does what can be done now: checks and accepts, or objects; or takes the money back. */
async function settleFurther(
  options: ClientOptions,
  market: sdk.AgentMarket,
  job: HiredJob,
  task: Task,
  settled: Settled,
): Promise<void> {
  const { evaluator, tell = console.log } = options;
  const { jobId } = job;
  const { status, expiredAt } = await market.job(jobId);
  if (sdk.isTerminal(status)) {
    if (settled.objection !== undefined) await collectBonds(market, evaluator, jobId);
    settled.status = status;
    return;
  }
  // Again and again: its provider may be away. What is never handed over is not delivered, and the money comes back.
  if (status === "Funded" && task.input !== undefined && settled.handedOver !== true) {
    const isInTime = (await market.now()) + HAND_OVER_BEFORE < expiredAt;
    if (isInTime) settled.handedOver = await handOver(options, market, job, task.input);
  }
  const actions = await market.availableActions(jobId);
  const can = new Set(actions.map(({ name }) => name));
  if (can.has("accept") && settled.bytes === undefined && settled.objection === undefined) {
    const { until = 0n } = actions.find(({ name }) => name === "dispute") ?? {};
    const isLastCall = (await market.now()) + LAST_CALL >= until;
    let bytes: Uint8Array | undefined;
    let fault: string | undefined;
    try {
      bytes = await fetchWork(options, market, job);
      if (bytes === undefined && !isLastCall) return;
      fault = bytes === undefined ? "it was not handed over" : faultOf(options, job, task, bytes);
    } catch (error) {
      // Tried again. In the end work that cannot be checked is no better than bad work: silence would pay for it.
      if (error instanceof StillOpenError || !isLastCall || ++settled.unchecked < TRIES) throw error;
      fault = `it cannot be checked: ${sdk.explainError(error)}`;
    }
    // Only now: if it could not be checked, it is not accepted the next time.
    if (fault !== undefined) settled.objection = fault;
    else if (bytes !== undefined) settled.bytes = bytes;
    // Whether a job is large enough for a dispute is the evaluator's rule.
    const says = can.has("dispute") ? "disputes the work" : "cannot dispute the work";
    tell(fault === undefined ? "accepts the work" : `${says}: ${fault}`);
  }
  const { objection } = settled;
  if (can.has("accept") && objection === undefined) await market.accept({ jobId });
  else if (can.has("dispute") && objection !== undefined) await market.dispute({ jobId });
  else if (can.has("escalate")) await market.escalate({ jobId });
  else if (can.has("finalise") && objection !== undefined) await market.finalise({ jobId });
  else if (can.has("claimRefund")) await market.claimRefund({ jobId });
}

/** The deliverable as it was submitted, undefined if the provider does not hand it over. */
async function fetchWork(options: ClientOptions, market: sdk.AgentMarket, job: HiredJob) {
  const { signer, http } = options;
  const { jobId, signedOffer: place, contract } = job;
  const { escrow } = market.market;
  const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
  const wanted = {
    ...{ place, reader: signer.address, provider: place.offer.provider, jobId },
    deliverable: submitted?.args.deliverable ?? ZeroHash,
    // The provider's own limit has none.
    maxSize: Math.min(contract.deliverable.maxSize ?? Infinity, sdk.MAX_DELIVERABLE_SIZE),
  };
  return insist(options, market, job, async (endpoint) => {
    const file = { ...wanted, now: await market.now() };
    return (await sdk.fetchDeliverable(endpoint, signer, file, http)).bytes;
  });
}

/** What is wrong with the work: first by the form that was agreed on, then by what the client can see for itself. */
function faultOf({ verify }: ClientOptions, { contract }: HiredJob, { input }: Task, bytes: Uint8Array) {
  const problems = sdk.checkDeliverable(contract, bytes);
  return problems.length > 0 ? problems.join("; ") : verify?.(contract, input, bytes);
}

import { setTimeout as pause } from "node:timers/promises";

import type { BaseWallet } from "ethers";
import { ZeroHash } from "ethers";

import * as sdk from "../../sdk";
import { collectBonds } from "../bonds";
import type { Asked } from "./ask";
import { askForOffer, findProvider, tell as tellProvider } from "./ask";

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
  /** Basis points of an offered price that it names in return; by default it takes the first price. */
  readonly haggleBps?: bigint;
  /** How well the work was done, where it can tell: what is wrong, in words; undefined if nothing is. */
  readonly verify?: (contract: sdk.JobContract, input: Uint8Array | undefined, bytes: Uint8Array) => string | undefined;
  readonly http?: sdk.HttpOptions;
  readonly pollMilliseconds?: number;
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

const MAX_PROVIDERS = 5;
const RATING = { good: 100, bad: 0 };

/** Has a task done, from the search to the last payment. Undefined if nobody suits. */
export async function runTask(options: ClientOptions, task: Task): Promise<TaskResult | undefined> {
  const { signer, addresses = sdk.DEFAULT_ADDRESSES, agentId = 0n, preferences, tell = console.log } = options;
  const market = sdk.connectAgentMarket({
    runner: signer,
    addresses,
    pollMilliseconds: options.pollMilliseconds ?? 1_000,
  });
  const offers = await collectOffers(options, market, task);
  const best = await chooseOffer(market, offers, preferences);
  if (best === undefined) {
    tell(`nobody suits "${task.contract.title}"`);
    return undefined;
  }
  const { asked, record } = best;
  const { offer, signature, contract, endpoint } = asked;
  const { format = String } = options;
  tell(
    `hires agent ${offer.providerAgentId} for ${format(offer.amount)}, the best of ${offers.length} offers (record: ${record})`,
  );
  const { chainId, escrow } = asked.place;
  const terms = sdk.makeAcceptanceTerms({
    client: signer.address,
    clientAgentId: agentId,
    ...(task.input === undefined ? {} : { inputHash: sdk.contentHash(task.input) }),
  });
  const { inputHash } = terms;
  const signedOffer = { chainId, escrow, offer, signature };
  const { jobId } = (await market.hire({ signedOffer, terms: contract, clientAgentId: agentId, inputHash })).result;
  await Promise.all(
    offers.map((one) => (one === asked ? tellProvider(options, one, { jobId, terms }) : tellProvider(options, one))),
  );
  const job = { ...asked, jobId };
  if (task.input !== undefined) await handOver(options, market, job, task.input);
  const { status, objection, bytes } = await settle(options, market, job, task);
  if (status === "Completed" || objection !== undefined) {
    const value = objection === undefined ? RATING.good : RATING.bad;
    await market.giveJobFeedback({ jobId, value, tag1: "work", endpoint });
  }
  return {
    jobId,
    provider: offer.provider,
    amount: offer.amount,
    offers: offers.length,
    status,
    ...(objection === undefined ? {} : { objection }),
    ...(bytes === undefined || objection !== undefined ? {} : { deliverable: bytes }),
  };
}

/** Asks whoever the index finds for the work, all at once. A stranger that does not answer well is passed over. */
async function collectOffers(options: ClientOptions, market: sdk.AgentMarket, task: Task): Promise<Asked[]> {
  const { index, token, tell = console.log } = options;
  const search = { skills: [task.contract.taskType], token, maxPrice: task.budget.toString(), limit: MAX_PROVIDERS };
  const { items } = await index.search(search);
  const asked = await Promise.allSettled(items.map(({ agent }) => askForOffer(options, market, task, agent.agentId)));
  return asked.flatMap((answer, position) => {
    if (answer.status === "fulfilled") return [answer.value];
    tell(`passes over agent ${items[position]?.agent.agentId}: ${sdk.explainError(answer.reason)}`);
    return [];
  });
}

/** The best by price, time and record; the records come from the chain, not from the index. */
async function chooseOffer(market: sdk.AgentMarket, offers: Asked[], preferences?: sdk.OfferPreferences) {
  const records = new Map<string, sdk.SettlementFacts>();
  for (const { offer } of offers) {
    const query = { agentId: offer.providerAgentId, token: offer.token, role: "Provider" } as const;
    records.set(offer.provider, await market.record(query));
  }
  const [best] = sdk.compareOffers(
    offers.map(({ offer }) => offer),
    records,
    preferences,
  );
  const asked = offers.find(({ offer }) => offer === best?.offer);
  if (best === undefined || asked === undefined) return undefined;
  return { asked, record: best.reasons.find(({ measure }) => measure === "record")?.says ?? "" };
}

interface HiredJob extends Asked {
  readonly jobId: bigint;
}

const TRIES = 20;

/**
 * Asks the provider until it answers: it may notice late that it was hired, or be started again, even elsewhere.
 * Undefined if it never answers well.
 */
async function insist<T>(
  { index, pollMilliseconds = 1_000, tell = console.log }: ClientOptions,
  { offer, endpoint }: HiredJob,
  ask: (endpoint: string) => Promise<T>,
): Promise<T | undefined> {
  for (let tries = 1; ; ++tries) {
    try {
      const { endpoint: latest } = await findProvider(index, offer.providerAgentId.toString());
      return await ask(latest ?? endpoint);
    } catch (error) {
      const isTheirs = [sdk.RefusedError, sdk.InvalidInputError, sdk.IndexError].some((kind) => error instanceof kind);
      if (!isTheirs) throw error;
      if (tries === TRIES) {
        tell(sdk.explainError(error));
        return undefined;
      }
    }
    await pause(pollMilliseconds);
  }
}

/** Sends the client's file. A provider that never takes it delivers nothing, and its deadline brings the money back. */
async function handOver(options: ClientOptions, market: sdk.AgentMarket, job: HiredJob, bytes: Uint8Array) {
  const { signer, http } = options;
  const { place, jobId, offer } = job;
  await insist(options, job, async (endpoint) => {
    const file = { place, client: signer.address, provider: offer.provider, jobId, bytes, now: await market.now() };
    await sdk.sendInput(endpoint, signer, file, http);
  });
}

/** Looks at the job until it has ended, and does what can be done: checks and accepts, or objects; or takes it back. */
async function settle(options: ClientOptions, market: sdk.AgentMarket, job: HiredJob, task: Task) {
  const { evaluator, pollMilliseconds = 1_000, tell = console.log } = options;
  const { jobId } = job;
  let objection: string | undefined;
  let bytes: Uint8Array | undefined;
  for (;;) {
    const { status } = await market.job(jobId);
    if (sdk.isTerminal(status)) {
      if (objection !== undefined) await collectBonds(market, evaluator, jobId);
      return { status, objection, bytes };
    }
    const can = new Set((await market.availableActions(jobId)).map(({ name }) => name));
    if (can.has("accept") && objection === undefined) {
      bytes = await fetchWork(options, market, job);
      objection = bytes === undefined ? "the deliverable was not handed over" : faultOf(options, job, task, bytes);
      // Whether a job is large enough for a dispute is the evaluator's rule.
      const says = can.has("dispute") ? "disputes the work" : "cannot dispute the work";
      tell(objection === undefined ? "accepts the work" : `${says}: ${objection}`);
      if (objection === undefined) await market.accept({ jobId });
      else if (can.has("dispute")) await market.dispute({ jobId });
    } else if (can.has("escalate")) await market.escalate({ jobId });
    else if (can.has("finalise") && objection !== undefined) await market.finalise({ jobId });
    else if (can.has("claimRefund")) await market.claimRefund({ jobId });
    await pause(pollMilliseconds);
  }
}

/** The deliverable as it was submitted, undefined if the provider does not hand it over. */
async function fetchWork(options: ClientOptions, market: sdk.AgentMarket, job: HiredJob) {
  const { signer, http } = options;
  const { place, offer, jobId, contract } = job;
  const { escrow } = market.market;
  const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
  const wanted = {
    ...{ place, reader: signer.address, provider: offer.provider, jobId },
    deliverable: submitted?.args.deliverable ?? ZeroHash,
    maxSize: contract.deliverable.maxSize ?? sdk.MAX_DELIVERABLE_SIZE,
  };
  return insist(options, job, async (endpoint) => {
    const file = { ...wanted, now: await market.now() };
    return (await sdk.fetchDeliverable(endpoint, signer, file, http)).bytes;
  });
}

/** What is wrong with the work: first by the form that was agreed on, then by what the client can see for itself. */
function faultOf({ verify }: ClientOptions, { contract }: HiredJob, { input }: Task, bytes: Uint8Array) {
  const problems = sdk.checkDeliverable(contract, bytes);
  return problems.length > 0 ? problems.join("; ") : verify?.(contract, input, bytes);
}

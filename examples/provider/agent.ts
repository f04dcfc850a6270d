import { setTimeout as pause } from "node:timers/promises";

import type { BaseWallet } from "ethers";
import { ZeroHash } from "ethers";

import * as sdk from "../../sdk";
import { collectBonds } from "../bonds";
import type { FileStore } from "../files";
import { plainly } from "../plainly";
import { WORK_SECONDS } from "../workers/apart";
import type { Worker } from "../workers/work";
import { publish } from "./publish";
import type { Hired, Shop } from "./shop";
import { openShop } from "./shop";

/*
 * A provider: publishes what it sells, quotes by its catalogue and its policy, does what it is hired for, and is paid.
 * All that it has to know again after a restart is on the chain, or in a file that is named by its hash. run.ts is how
 * it is started.
 */

export interface ProviderOptions {
  /** Connected to a chain. Its account pays the gas, and gets what the agent earns. */
  readonly signer: BaseWallet;
  /** Where the market is; by default where this version is on every chain that has it. */
  readonly addresses?: sdk.MarketAddresses;
  /** What the agent is called, and its catalogue. Where it negotiates is added. */
  readonly registration: sdk.RegistrationFile;
  /** It is waited for: work on strangers' files belongs in a process of its own. */
  readonly work: Work;
  /** How it looks at its own work again when a client objects; by default it does the work again. */
  readonly recheck?: Work;
  /** Basis points of its price below which it does not go; by default 10,000. */
  readonly lowestBps?: bigint;
  readonly files: FileStore;
  /** By default a free one. */
  readonly port?: number;
  /** Where clients reach it, if that is not this machine. */
  readonly url?: string;
  readonly pollMilliseconds?: number;
  /** An amount of the token for people. */
  readonly format?: (amount: bigint) => string;
  readonly tell?: (line: string) => void;
}

type Work = (...given: Parameters<Worker>) => object | Promise<object>;

const MAX_OPEN_JOBS = 10;
/** How long an offer stays open. */
const OFFER_SECONDS = 600n;
/**
 * Seconds before its deadline from which on a job is not begun but given back, whether its input has come or not: what
 * is begun then may come too late, and the provider's record would suffer. Who works longer needs more.
 */
const LAST_CALL = BigInt(WORK_SECONDS) + 60n;

export class ProviderAgent {
  agentId = 0n;
  private readonly market: sdk.AgentMarket;
  private readonly place: sdk.Place;
  private readonly hired = new Map<bigint, Hired>();
  private readonly open = new Set<bigint>();
  /** What last went wrong with a job. */
  private readonly problems = new Map<bigint, string>();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: ProviderOptions,
    chainId: bigint,
  ) {
    const { signer, addresses = sdk.DEFAULT_ADDRESSES } = options;
    this.market = sdk.connectAgentMarket({ runner: signer, addresses, pollMilliseconds: this.poll });
    this.place = { chainId, escrow: addresses.escrow };
  }

  static async start(given: ProviderOptions): Promise<ProviderAgent> {
    const options = { ...given, tell: plainly(given.tell) };
    const { signer, registration, lowestBps = 10_000n } = options;
    const network = await signer.provider?.getNetwork();
    if (network === undefined) throw new sdk.InvalidInputError("the signer has no chain: connect it to a provider.");
    const agent = new ProviderAgent(options, network.chainId);
    const { market, place, hired, open } = agent;
    const shop = await openShop(options, {
      market,
      place,
      policy: () => ({
        ...{ place, provider: signer.address, providerAgentId: agent.agentId, lowestBps, validity: OFFER_SECONDS },
        ...{ openJobs: open.size, maxOpenJobs: MAX_OPEN_JOBS },
      }),
      hired: (jobId) => hired.get(jobId),
    });
    try {
      const { agentId, before } = await publish(market, signer.address, place.chainId, registration, shop.url);
      agent.agentId = agentId;
      const renamed = before === undefined || before === registration.name ? "" : ` (before: "${before}")`;
      agent.tell(`is agent ${agentId}, "${registration.name}"${renamed}, and negotiates at ${shop.url}`);
    } catch (error) {
      await shop.close();
      throw error;
    }
    agent.running = agent.run(shop);
    // Told by `stopped`, to whoever asks.
    agent.running.catch(() => undefined);
    return agent;
  }

  private async run(shop: Shop): Promise<void> {
    try {
      await Promise.all([this.notice(), this.work()]);
    } finally {
      this.stopping.abort();
      await shop.close();
    }
  }

  /** Resolves when it has stopped, and rejects when it cannot go on. */
  async stopped(): Promise<void> {
    await this.running;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Notices whenever somebody has hired it, also while it was away. No fault of an endpoint ends that. */
  private async notice(): Promise<void> {
    const { signal } = this.stopping;
    const filter = { account: this.options.signer.address, names: ["JobCreated"], signal };
    let cursor: string | undefined;
    while (!signal.aborted) {
      try {
        for await (const event of this.market.watch({ ...filter, ...(cursor ? { cursor } : { fromBlock: 0 }) })) {
          // The account may be client or evaluator of other jobs.
          const isOwn = event.args.provider === this.options.signer.address;
          if (isOwn) await this.noticeJob(event.args.jobId as bigint, event.block);
          ({ cursor } = event);
        }
      } catch (error) {
        this.tell(`looks again who has hired it: ${sdk.explainError(error)}`);
        if (error instanceof sdk.MarketError && error.code === "REORG") {
          cursor = undefined;
          this.hired.clear();
          this.open.clear();
        }
        await pause(this.poll, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async noticeJob(jobId: bigint, block: number): Promise<void> {
    const { escrow } = this.market.market;
    const [hired] = await escrow.queryFilter(escrow.filters.JobHired(jobId), block, block);
    if (hired === undefined) {
      // An endpoint that lags behind would have it miss a job.
      if ((await this.market.job(jobId)).providerSigned) throw new Error(`block ${block} is not known there yet`);
      return; // not by an offer: nothing was agreed on with it
    }
    this.hired.set(jobId, hired.args);
    this.open.add(jobId);
  }

  /** Goes through the open jobs again and again: disputes come first, then what is to be delivered, the most urgent first. */
  private async work(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const due: { jobId: bigint; deadline: bigint }[] = [];
      for (const jobId of this.open) {
        await this.attempt(jobId, async () => {
          const deadline = await this.tend(jobId);
          if (deadline !== undefined) due.push({ jobId, deadline });
          return deadline === undefined;
        });
      }
      due.sort((a, b) => Number(a.deadline - b.deadline));
      for (const { jobId, deadline } of due) {
        await this.attempt(jobId, () => this.deliver(jobId, deadline).then(() => true));
      }
      await pause(this.poll, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A fault in one job must not hold up the others; what has not been done is tried again. */
  private async attempt(jobId: bigint, step: () => Promise<boolean>): Promise<void> {
    try {
      if (await step()) this.problems.delete(jobId);
    } catch (error) {
      this.tellOnce(jobId, sdk.explainError(error));
    }
  }

  /** Does what can be done about a job at once. Its deadline if there is something to deliver. */
  private async tend(jobId: bigint): Promise<bigint | undefined> {
    const standing = await this.market.standing(jobId);
    const { job, dispute } = standing;
    const { status, budget, evaluator } = job;
    if (sdk.isTerminal(status)) {
      if (dispute !== undefined && dispute.phase !== "Review") await collectBonds(this.market, evaluator, jobId);
      this.open.delete(jobId);
      this.tell(`job ${brief(jobId)} for ${(this.options.format ?? String)(budget)} has ended: ${status}`);
      return undefined;
    }
    const actions = sdk.availableActions(standing, this.options.signer.address, await this.market.now());
    const can = new Set(actions.map(({ name }) => name));
    if (can.has("submit")) return job.expiredAt;
    if (can.has("contest")) await this.answerObjection(jobId);
    // It stands by its work: if nobody asked the court, the client would get half of the price back.
    else if (can.has("escalate")) await this.market.escalate({ jobId });
    else if (can.has("finalise")) await this.market.finalise({ jobId });
    else if (can.has("claimPayment")) await this.market.claimPayment({ jobId });
    // Of no use to it, but a client that has gone must not take up a place for good.
    else if (can.has("claimRefund")) await this.market.claimRefund({ jobId });
    return undefined;
  }

  private async deliver(jobId: bigint, deadline: bigint): Promise<void> {
    const { files, work } = this.options;
    const agreed = this.agreed(jobId);
    const isLate = (await this.market.now()) + LAST_CALL >= deadline;
    if (agreed === "waiting" && !isLate) return;
    let report: Uint8Array;
    try {
      if (agreed === undefined) throw new Error("its terms are not here");
      if (agreed === "waiting") throw new Error("the client's input has not come");
      if (isLate) throw new Error("too little time is left for it");
      const brought = agreed.contract.inputs.findIndex(({ hash }) => hash === undefined);
      if (agreed.input !== undefined) sdk.requireStatedSize(agreed.contract, brought, agreed.input);
      report = sdk.canonicalBytes(await Promise.resolve(work(agreed.contract, agreed.input)));
      const problems = sdk.checkDeliverable(agreed.contract, report);
      if (problems.length > 0) throw new Error(`it would not be what was agreed: ${problems.join("; ")}`);
    } catch (error) {
      this.tell(`gives job ${brief(jobId)} back: ${sdk.explainError(error)}`);
      await this.market.decline({ jobId });
      return;
    }
    await this.market.submit({ jobId, deliverable: files.write("deliverables", report) });
    this.tell(`delivers job ${brief(jobId)}: "${agreed.contract.title}"`);
  }

  /** Stands by its work if it comes to the same result again, and gives in if not. */
  private async answerObjection(jobId: bigint): Promise<void> {
    const { work, recheck = work } = this.options;
    const agreed = this.agreed(jobId);
    const { escrow } = this.market.market;
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
    const right =
      typeof agreed === "object" &&
      sdk.contentHash(sdk.canonicalBytes(await Promise.resolve(recheck(agreed.contract, agreed.input)))) ===
        submitted?.args.deliverable;
    this.tell(`job ${brief(jobId)} is disputed: ${right ? "contests that" : "the client is right, concedes"}`);
    await (right ? this.market.contest({ jobId }) : this.market.concede({ jobId }));
  }

  /** What a job is about; "waiting" while the client's input has not come, undefined if the terms are lost. */
  private agreed(jobId: bigint): { contract: sdk.JobContract; input?: Uint8Array } | "waiting" | undefined {
    const { files } = this.options;
    const { termsHash = ZeroHash, inputHash = ZeroHash } = this.hired.get(jobId) ?? {};
    const terms = files.find("terms", termsHash);
    if (terms === undefined) return undefined;
    const contract = sdk.parseJobContract(terms.toString("utf8"));
    if (inputHash === ZeroHash) return { contract };
    const input = files.find("inputs", inputHash, sdk.formatJobId(jobId));
    return input === undefined ? "waiting" : { contract, input };
  }

  private tellOnce(jobId: bigint, problem: string): void {
    if (this.problems.get(jobId) !== problem) this.tell(`job ${brief(jobId)}: ${problem}`);
    this.problems.set(jobId, problem);
  }

  private get poll(): number {
    return this.options.pollMilliseconds ?? 1_000;
  }

  private tell(line: string): void {
    (this.options.tell ?? console.log)(line);
  }
}

function brief(jobId: bigint): string {
  return sdk.formatJobId(jobId).slice(0, 10);
}

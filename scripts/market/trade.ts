import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { parseEther } from "ethers";

import { StillOpenError, runTask } from "../../examples/client/agent";
import { verifyByDoing } from "../../examples/client/verify";
import { FileStore } from "../../examples/files";
import { ProviderAgent } from "../../examples/provider/agent";
import { catalogueHere } from "../../examples/provider/publish";
import { doWork } from "../../examples/workers/work";
import { connectAgentMarket } from "../../sdk/client";
import type { IndexClient } from "../../sdk/discovery/client";
import { connectIndex } from "../../sdk/discovery/client";
import type { JobStatus } from "../../sdk/enums";
import { explainError } from "../../sdk/errors";
import { isTerminal } from "../../sdk/jobs";
import { parseRegistration, registrationFile } from "../../sdk/registration";
import { parseJobContract } from "../../sdk/terms";
import { formatAmount, parseAmount } from "../../sdk/units";
import { minedInOrder } from "./mining";
import type { Tell } from "./steps";
import type { Buyer, Seller } from "./traders";
import { BUYERS, SELLERS, inputOf } from "./traders";
import type { PartyName, World } from "./world";
import { EXAMPLES, partyAt } from "./world";

/** A job that two agents agreed on by themselves. */
export interface Trade {
  client: PartyName;
  provider: PartyName;
  /** What the work was done on. */
  file: string;
  jobId: bigint;
  /** How many offers were compared. */
  offers: number;
  listPrice: bigint;
  amount: bigint;
  status: JobStatus;
  /** What the client held against the work. */
  objection?: string;
}

const POLL_MILLISECONDS = 50;
const GAS_MONEY = parseEther("10");
const SAVINGS = "1000";
/** Enough for one bond of the small tier. */
const BOND_MONEY = "10";
/** How long a buyer waits for a job before it turns to the next one. A provider that has gone would hold it up for ever. */
const PATIENCE_MILLISECONDS = 60_000;
/** How long a buyer rests between two jobs, while the market lives. */
const REST_MILLISECONDS = 6_000;

/** Agents that find each other by the index, negotiate over HTTP, and trade, with no part of this program in between. */
export class TradingFloor {
  private readonly rounds = new Map<PartyName, number>();
  /** Jobs that were not waited for. */
  private readonly left = new Map<bigint, PartyName>();

  private constructor(
    private readonly world: World,
    private readonly index: IndexClient,
    private readonly sellers: readonly ProviderAgent[],
    private readonly tell: Tell,
  ) {}

  /** Registers and starts everybody, and waits until the index knows them. */
  static async open(world: World, indexUrl: string, tell: Tell): Promise<TradingFloor> {
    await endow(world);
    const sellers: ProviderAgent[] = [];
    for (const seller of SELLERS) sellers.push(await startSeller(world, seller, tell));
    for (const buyer of BUYERS) await registerBuyer(world, buyer);
    const index = connectIndex(indexUrl);
    for (const { party } of [...SELLERS, ...BUYERS]) {
      while ((await index.agent(world.parties[party].agentId.toString()))?.file.state !== "resolved") await pause(200);
    }
    return new TradingFloor(world, index, sellers, tell);
  }

  /** Has every buyer buy so many times, all at once. */
  async trade(rounds: number): Promise<Trade[]> {
    const trades = await Promise.all(
      BUYERS.map(async (buyer) => {
        const own: Trade[] = [];
        for (let round = 0; round < rounds; ++round) own.push(...(await this.buy(buyer)));
        return own;
      }),
    );
    return trades.flat();
  }

  /** Goes on until the signal. What fails is told, and tried again. */
  async tradeUntil(signal: AbortSignal): Promise<void> {
    await Promise.all(
      BUYERS.map(async (buyer, place) => {
        await rest((REST_MILLISECONDS / BUYERS.length) * place, signal);
        while (!signal.aborted) {
          const patience = AbortSignal.timeout(PATIENCE_MILLISECONDS);
          try {
            await this.takeBack(buyer);
            await this.buy(buyer, AbortSignal.any([signal, patience]));
          } catch (error) {
            if (error instanceof StillOpenError) this.left.set(error.jobId, buyer.party);
            this.tell(`${buyer.party}: ${explainError(error)}`);
          }
          await rest(REST_MILLISECONDS, signal);
        }
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.sellers.map((seller) => seller.stop()));
  }

  /** Has what was paid for jobs refunded that were not delivered in time. */
  private async takeBack({ party }: Buyer): Promise<void> {
    const { parties, market } = this.world;
    const client = connectAgentMarket({ runner: parties[party].wallet, addresses: market.addresses });
    for (const [jobId, whose] of this.left) {
      if (whose !== party) continue;
      if (isTerminal((await client.job(jobId)).status)) this.left.delete(jobId);
      else if ((await client.availableActions(jobId)).some(({ name }) => name === "claimRefund")) {
        await client.claimRefund({ jobId });
      }
    }
  }

  private async buy(buyer: Buyer, signal?: AbortSignal): Promise<Trade[]> {
    const { world } = this;
    const { parties, decimals, tokenAddress, settlement, market } = world;
    const { wallet, agentId } = parties[buyer.party];
    const round = this.rounds.get(buyer.party) ?? 0;
    this.rounds.set(buyer.party, round + 1);
    await topUp(world, buyer);
    const path = join(EXAMPLES, "jobs", `${buyer.contract}.json`);
    const { name, bytes } = inputOf(buyer, round);
    const general = parseJobContract(readFileSync(path, "utf8"), path);
    const contract = { ...general, title: `${general.title}: ${name}` };
    const result = await runTask(
      {
        signer: wallet,
        addresses: market.addresses,
        agentId,
        index: this.index,
        token: tokenAddress,
        evaluator: settlement.addresses.evaluator,
        preferences: buyer.preferences,
        haggleBps: buyer.haggleBps,
        minAmount: await settlement.evaluator.MIN_AMOUNT(),
        verify: verifyByDoing,
        http: { allowHttp: true },
        pollMilliseconds: POLL_MILLISECONDS,
        ...(signal === undefined ? {} : { signal }),
        format: (amount) => formatAmount(amount, decimals),
        tell: (line) => {
          this.tell(`${buyer.party} ${line}`);
        },
      },
      { contract, input: bytes, budget: parseAmount(buyer.budget, decimals) },
    );
    if (result === undefined) return [];
    const { jobId, provider, amount, offers, status, objection } = result;
    const seller = partyAt(parties, provider)?.name ?? "your-provider";
    const price = SELLERS.find(({ party }) => party === seller)?.price;
    return [
      {
        ...{ client: buyer.party, provider: seller, file: name, jobId, offers, amount, status },
        listPrice: price === undefined ? amount : parseAmount(price, decimals),
        ...(objection === undefined ? {} : { objection }),
      },
    ];
  }
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Coin for gas to everybody, and tokens to those who pay. */
async function endow({ token, parties, decimals }: World): Promise<void> {
  const operator = parties.operator.wallet;
  const give = (party: PartyName, amount: string) => [
    () => operator.sendTransaction({ to: parties[party].wallet.address, value: GAS_MONEY }),
    () => token.connect(operator).mint(parties[party].wallet, parseAmount(amount, decimals)),
  ];
  await minedInOrder([
    ...SELLERS.flatMap(({ party }) => give(party, BOND_MONEY)),
    ...BUYERS.flatMap(({ party }) => give(party, SAVINGS)),
  ]);
}

/** A buyer that has spent nearly everything earns something elsewhere. */
async function topUp({ token, parties, decimals }: World, { party, budget }: Buyer): Promise<void> {
  const { wallet } = parties[party];
  if ((await token.balanceOf(wallet)) >= parseAmount(budget, decimals) * 2n) return;
  await (await token.connect(parties.operator.wallet).mint(wallet, parseAmount(SAVINGS, decimals))).wait();
}

async function startSeller(world: World, seller: Seller, tell: Tell): Promise<ProviderAgent> {
  const { parties, chainId, tokenAddress, settlement, decimals, files, market } = world;
  const { name, description, catalogue, price, party, lowestBps, work = doWork } = seller;
  const path = join(EXAMPLES, "agents", `${catalogue}.json`);
  const { catalogue: sold, supportedTrust } = parseRegistration(readFileSync(path, "utf8"), path);
  const registration = catalogueHere(registrationFile({ name, description, supportedTrust, catalogue: sold }), {
    chainId,
    token: tokenAddress,
    evaluator: settlement.addresses.evaluator,
    evaluationPeriod: await settlement.evaluator.maxEvaluationPeriod(),
    price: parseAmount(price, decimals),
  });
  const agent = await ProviderAgent.start({
    signer: parties[party].wallet,
    addresses: market.addresses,
    registration,
    work,
    // Who looks again does the whole work.
    recheck: doWork,
    lowestBps,
    files: new FileStore(files.folder),
    pollMilliseconds: POLL_MILLISECONDS,
    format: (amount) => formatAmount(amount, decimals),
    tell: (line) => {
      tell(`${party} ${line}`);
    },
  });
  parties[party].agentId = agent.agentId;
  return agent;
}

async function registerBuyer({ parties, market }: World, { party, name, description }: Buyer): Promise<void> {
  const runner = parties[party].wallet;
  const client = connectAgentMarket({ runner, addresses: market.addresses, pollMilliseconds: POLL_MILLISECONDS });
  parties[party].agentId = (
    await client.registerAgent({ file: registrationFile({ name, description }) })
  ).result.agentId;
}

import { join, relative } from "node:path";
import { parseArgs } from "node:util";

import type { MarketIndex } from "../market/openIndex";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { connectIndex } from "../sdk/discovery/client";
import { explainError } from "../sdk/errors";
import { toJson } from "./lib/report";
import { accountFor, readRecords } from "./market/books";
import { startChain } from "./market/chain";
import { runChecks } from "./market/checks";
import { checkIndex, indexMarket, serveIndex } from "./market/discovery";
import { readDispute, readJurors } from "./market/docket";
import { FileStore } from "../examples/files";
import { seatJurors } from "./market/jurors";
import type { PlayedJob } from "./market/life";
import { playJob } from "./market/life";
import { PLAN } from "./market/plan";
import type { MarketReport } from "./market/report";
import { toText } from "./market/report";
import { playSettledJob } from "./market/settle";
import type { Tell } from "./market/steps";
import { TradingFloor } from "./market/trade";
import { checkTrades } from "./market/tradeChecks";
import { openWallets, readWallets } from "./market/wallets";
import type { World } from "./market/world";
import { AGENTS, JURORS, createWorld, registerAgents } from "./market/world";

/*
 * `npm start`: a market on a local chain, with real work from hiring to payment.
 */

const USAGE = `Usage: npm start -- [--once | --keep] [--json]

Starts a local chain, deploys the market, registers the agents of examples/agents, runs real jobs and settles real
disputes, and checks that every token and every hash is accounted for. Then it serves an index with its explorer page,
and other agents find each other, negotiate and trade by themselves, until Ctrl-C.

  --once  have them trade six jobs, check these too, and end: with 0 if all holds, 1 if not
  --keep  let nobody trade: keep the market running for you alone, until Ctrl-C
  --json  print the result as JSON on standard output; progress goes to standard error
  --help  print this

A wrong flag ends it with exit code 2.`;

const FILES = join(__dirname, "..", "out");
/** How often every buyer buys with --once. */
const ROUNDS = 2;

interface Options {
  json: boolean;
  keep: boolean;
  once: boolean;
  help: boolean;
}

function readOptions(args: string[]): Options {
  const flag = { type: "boolean", default: false } as const;
  let options: Options;
  try {
    options = parseArgs({ args, options: { once: flag, keep: flag, json: flag, help: flag } }).values;
  } catch {
    const known = ["--once", "--keep", "--json", "--help"];
    const wrong = args.find((arg) => !known.includes(arg)) ?? "";
    throw new InvalidInputError(`"${wrong}" is not an option of npm start: it takes ${known.join(", ")}.`);
  }
  if (options.once && options.keep) throw new InvalidInputError("--once ends and --keep does not: take one of them.");
  return options;
}

async function main(): Promise<number> {
  const started = Date.now();
  const { json, keep, once, help } = readOptions(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const tell = json ? console.error : console.log;
  const chain = await startChain();
  tell(`Local chain at ${chain.url}`);
  const world = await createWorld(chain, new FileStore(FILES));
  tell(`Market deployed: escrow at ${world.market.addresses.escrow}`);
  await registerAgents(world);
  tell(`${AGENTS.length} agents registered, their registration files on chain`);

  const played: PlayedJob[] = [];
  const tellMore = (line: string) => {
    tell(`    ${line}`);
  };
  await openWallets(world, tellMore);
  for (const [index, plan] of PLAN.entries()) {
    const { settlement } = plan;
    if (settlement !== undefined && PLAN[index - 1]?.settlement === undefined) {
      tell("\nFair settlement: jobs whose evaluator asks nobody, unless the parties disagree");
      await seatJurors(world, tellMore);
    }
    tell(`\n${index + 1}/${PLAN.length} ${plan.name}: ${plan.story}`);
    played.push(
      settlement === undefined
        ? await playJob(world, plan, tellMore)
        : await playSettledJob(world, plan, settlement, tellMore),
    );
  }
  const index = await indexMarket(world);
  const report = await reportOn(world, index, played, started);
  const served = await serveIndex(index);
  if (once) {
    tell("\nAgents trade by themselves");
    const floor = await TradingFloor.open(world, served.url, tellMore);
    report.trades = await floor.trade(ROUNDS);
    report.checks.push(...(await checkTrades(world, connectIndex(served.url), report.trades)));
    report.seconds = (Date.now() - started) / 1000;
    await floor.close();
  }
  console.log(json ? toJson(report) : toText(report));
  if (!once) {
    tell(keepText(world, served.url));
    const interrupted = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        interrupted.abort();
      });
    await (keep ? aborted(interrupted.signal) : live(world, served.url, interrupted.signal, tell));
  }
  await served.stop();
  await chain.stop();
  return report.checks.every(({ passed }) => passed) ? 0 : 1;
}

/** Agents find each other, negotiate and trade, until the signal. */
async function live(world: World, url: string, signal: AbortSignal, tell: Tell): Promise<void> {
  tell("\nThe market lives: agents find each other, negotiate, and trade");
  const floor = await TradingFloor.open(world, url, tell);
  await floor.tradeUntil(signal);
  await floor.close();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
}

async function reportOn(world: World, index: MarketIndex, played: PlayedJob[], started: number): Promise<MarketReport> {
  const { chain, chainId, market, settlement, token, tokenAddress, decimals, parties, files } = world;
  const accounts = [];
  const disputes = [];
  for (const job of played) {
    accounts.push(await accountFor(world, job));
    disputes.push((await readDispute(world, job)) ?? []);
  }
  const found = {
    accounts,
    records: await readRecords(world),
    disputes: disputes.flat(),
    jurors: await readJurors(world),
  };
  return {
    rpcUrl: chain.url,
    chainId,
    addresses: { ...market.addresses, ...settlement.addresses },
    token: { address: tokenAddress, symbol: await token.symbol(), decimals },
    accounts: Object.values(parties).map(({ name, wallet, agentId }) => ({ name, address: wallet.address, agentId })),
    jobs: accounts,
    records: found.records,
    disputes: found.disputes,
    jurors: found.jurors,
    wallets: await readWallets(world),
    trades: [],
    checks: [...(await runChecks(world, { played, ...found })), await checkIndex(world, index, found)],
    files: relative(process.cwd(), files.folder),
    seconds: (Date.now() - started) / 1000,
  };
}

/** What another shell needs to use the chain with the other scripts, and where to look at it all. */
function keepText({ chain, market, settlement, tokenAddress, parties, wallets }: World, explorer: string): string {
  const { "your-client": client, "your-provider": provider, "your-evaluator": evaluator } = parties;
  return [
    "",
    "For another shell (these are Hardhat's accounts, whose keys everybody knows; only here are they worth nothing):",
    "",
    `export LOCALHOST_RPC_URL=${chain.url} ESCROW=${market.addresses.escrow} TOKEN=${tokenAddress} EVALUATOR=${evaluator.wallet.address}`,
    `export INDEX=${explorer}`,
    `export COURT=${settlement.addresses.court} OPTIMISTIC_EVALUATOR=${settlement.addresses.evaluator}`,
    `export CLIENT_KEY=${client.wallet.privateKey}`,
    `export PROVIDER_KEY=${provider.wallet.privateKey}`,
    `export EVALUATOR_KEY=${evaluator.wallet.privateKey}`,
    ...wallets
      .slice(-1)
      .map(
        ({ address, owner, key }) =>
          `export WALLET=${address} OWNER_KEY=${owner.wallet.privateKey} AGENT_KEY=${key.wallet.privateKey}`,
      ),
    `export GUARDIAN_KEY=${parties.guardian.wallet.privateKey}`,
    ...JURORS.map((name) => `export ${name.toUpperCase().replace("-", "_")}_KEY=${parties[name].wallet.privateKey}`),
    "",
    `The contracts: ${Object.entries({ ...market.addresses, ...settlement.addresses })
      .map(([name, address]) => `${name} ${address}`)
      .join(", ")}.`,
    "",
    `Look at the market at ${explorer}. It keeps running until Ctrl-C.`,
  ].join("\n");
}

main().then(
  (code) => {
    // Hardhat keeps handles open that would hold the process.
    process.exit(code);
  },
  (error: unknown) => {
    console.error(`start: ${explainError(error)}`);
    process.exit(error instanceof InvalidInputError ? 2 : 1);
  },
);

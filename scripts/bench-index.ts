import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { performance } from "node:perf_hooks";

import { rpcClient } from "../market/chain/rpc";
import type { SearchRequest } from "../sdk/discovery/model";
import { openIndex } from "../market/openIndex";
import type { MarketIndex } from "../market/openIndex";
import { NothingIndexedError } from "../sdk/discovery/model";
import { SKILLS, SYNTHETIC, SyntheticChain, WORDS } from "./bench-index/syntheticChain";

/*
 * npm run bench:index [-- --small] [-- --agents=N --jobs=N --database=postgres://…]
 *
 * Measures the index against a synthetic chain that is served over JSON-RPC by a process of its own: events per second
 * of the first following, search, the time from a block to a query that shows it, and memory along the way.
 */

const SEED = 20_260_101;
const EVENTS_PER_AGENT = 3;
const EVENTS_PER_JOB = 8;
/** Blocks that are held back, to arrive one by one. */
const LIVE_BLOCKS = 20;
const SEARCHES = 400;
const TARGETS = { eventsPerSecond: 3_000, searchP95: 50, blockToQuery: 1_000 };

function option(name: string, fallback: string): string {
  return process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.floor((sorted.length - 1) * p)] ?? 0;

async function main(): Promise<void> {
  const small = process.argv.includes("--small");
  const agents = Number(option("agents", small ? "2000" : "100000"));
  const jobs = Number(option("jobs", small ? "10000" : "1000000"));
  const folder = mkdtempSync(join(tmpdir(), "bench-index-"));
  const file = join(folder, "index.sqlite");
  const database = option("database", file);
  const server = spawn(
    process.execPath,
    ["--require", "tsx/cjs", join(__dirname, "bench-index/serveChain.ts"), String(agents), String(jobs), String(SEED)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  try {
    const [port] = (await once(server.stdout, "data")) as [Buffer];
    await measure(`http://127.0.0.1:${port.toString().trim()}`, database, { agents, jobs });
    if (database === file) console.log(`database                  ${megabytes(statSync(file).size)}`);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(rpc: string, database: string, size: { agents: number; jobs: number }): Promise<void> {
  const chain = new SyntheticChain(size, SEED);
  const before = chain.head - LIVE_BLOCKS;
  const endpoint = rpcClient(rpc);
  await endpoint.request({ method: "bench_setHead", params: [before] });
  const index = await openIndex({
    database,
    rpc,
    contracts: { ...SYNTHETIC, evaluators: [SYNTHETIC.evaluator] },
    pollInterval: 200,
    onProblem: (problem) => {
      console.error(problem);
    },
  });
  const rss: { block: number; bytes: number }[] = [];
  const note = (block: number): void => {
    rss.push({ block, bytes: process.memoryUsage().rss });
  };
  note(0);
  console.log(`${size.agents} agents, ${size.jobs} jobs, ${chain.head} blocks, seed ${SEED}`);
  // A database of an earlier run is followed further.
  const had = await rowsOf(index);
  const started = performance.now();
  const worked = process.cpuUsage();
  let lastLine = started;
  const stop = index.onBlock(({ number }) => {
    note(number);
    if (performance.now() - lastLine < 10_000) return;
    lastLine = performance.now();
    process.stderr.write(`  block ${number} of ${before}, ${megabytes(process.memoryUsage().rss)}\n`);
  });
  await index.catchUp();
  stop();
  const seconds = (performance.now() - started) / 1000;
  const processor = cpuSeconds(worked);
  const has = await rowsOf(index);
  const events = (has.agents - had.agents) * EVENTS_PER_AGENT + (has.jobs - had.jobs) * EVENTS_PER_JOB;
  const rate = events / seconds;
  print("followed", `${events} events in ${seconds.toFixed(1)} s, files included`);
  print("events per second", `${rate.toFixed(0)} (at least ${TARGETS.eventsPerSecond})`);
  print(
    "processor time",
    `${processor.toFixed(1)} s, which is ${(events / processor).toFixed(0)} events per second of it`,
  );
  const at = (share: number): string => megabytes(rss[Math.floor((rss.length - 1) * share)]?.bytes ?? 0);
  print("memory (RSS)", `start ${at(0)}, quarter ${at(0.25)}, half ${at(0.5)}, end ${at(1)}`);

  const times: number[] = [];
  const searching = process.cpuUsage();
  const slowest = new Map<string, number>();
  for (let i = 0; i < SEARCHES; ++i) {
    const [name, request] = requestOf(i);
    const begin = performance.now();
    await index.reader.search(request);
    const took = performance.now() - begin;
    times.push(took);
    slowest.set(name, Math.max(slowest.get(name) ?? 0, took));
  }
  const perSearch = (cpuSeconds(searching) * 1_000) / SEARCHES;
  times.sort((a, b) => a - b);
  const p95 = percentile(times, 0.95);
  print("search", `p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (below ${TARGETS.searchP95})`);
  print("  processor time", `${perSearch.toFixed(1)} ms for each on average`);
  for (const [name, most] of slowest) print(`  ${name}`, `slowest ${most.toFixed(1)} ms`);

  const delays = await liveDelays(index, endpoint, before);
  print(
    "block to query",
    `p50 ${percentile(delays, 0.5).toFixed(0)} ms, slowest ${percentile(delays, 1).toFixed(0)} ms`,
  );
  const { agents, jobs } = await rowsOf(index);
  print("rows", `${agents} agents, ${jobs} jobs`);
  print("memory (RSS)", `after all that ${megabytes(process.memoryUsage().rss)}`);
  await index.stop();
  if (rate < TARGETS.eventsPerSecond || p95 > TARGETS.searchP95 || percentile(delays, 1) > TARGETS.blockToQuery) {
    process.exitCode = 1;
  }
}

async function rowsOf(index: MarketIndex): Promise<{ agents: number; jobs: number }> {
  try {
    return (await index.reader.status()).counts;
  } catch (error) {
    if (error instanceof NothingIndexedError) return { agents: 0, jobs: 0 };
    throw error;
  }
}

/** Of all threads of this process, which says more than the clock where others use the machine. */
function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** Lets blocks arrive one by one, and waits for each until a query shows it. */
async function liveDelays(
  index: MarketIndex,
  endpoint: ReturnType<typeof rpcClient>,
  before: number,
): Promise<number[]> {
  const following = index.follow();
  const delays: number[] = [];
  for (let block = before + 1; block <= before + LIVE_BLOCKS; ++block) {
    const begin = performance.now();
    const shown = new Promise<void>((resolve) => {
      const stop = index.onBlock(({ number }) => {
        if (number < block) return;
        stop();
        resolve();
      });
    });
    await endpoint.request({ method: "bench_setHead", params: [block] });
    await shown;
    const [newest] = (await index.reader.jobs({ limit: 1 })).items;
    if (newest === undefined) throw new Error("the new block's jobs are not there");
    delays.push(performance.now() - begin);
  }
  void following;
  return delays.sort((a, b) => a - b);
}

/** A mixture of what people and programs ask, each kind as often as the others. */
function requestOf(i: number): [string, SearchRequest] {
  const word = (n: number): string => WORDS[(i * 7 + n) % WORDS.length] ?? "";
  const skill = SKILLS[(i * 3) % SKILLS.length] ?? "";
  const { token } = SYNTHETIC;
  const kinds: [string, SearchRequest][] = [
    ["one word", { text: word(0) }],
    ["three words", { text: `${word(0)} ${word(1)} ${word(2)}` }],
    ["skill", { skills: [skill] }],
    ["skill and price", { skills: [skill], token, maxPrice: String(500_000 + i * 10_000) }],
    ["record", { token, minCompleted: 5, minCounterparties: 3, minVolume: "1000000" }],
    ["words, skill, price", { text: word(3), skills: [skill.split("/")[0] ?? ""], token, maxPrice: "4000000" }],
    ["everything", {}],
    ["price only", { token, maxPrice: "2000000", weights: { price: 10 } }],
  ];
  return kinds[i % kinds.length] ?? ["everything", {}];
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(26)}${value}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

import { startOver } from "../../../market/chain/commit";
import { deleteRows, insertRows } from "../../../market/store/bulk";
import type { Db } from "../../../market/store/bulk";
import { refreshDocuments } from "../../../market/store/documents";
import type { Store } from "../../../market/store/open";
import type { Dialect, Row } from "../../../market/store/schema";
import { ENTITIES, padAmount } from "../../../market/store/schema";
import { refreshStandings } from "../../../market/store/standings";
import { formatTokenId } from "../../../sdk/caip";
import type { SearchRequest } from "../../../sdk/discovery/model";

/*
 * Agents made up at random, as the database holds them and as plain objects, and what the documented formulas say of
 * them, worked out in the plainest way.
 */

export const TOKENS = ["0x00000000000000000000000000000000000000A1", "0x00000000000000000000000000000000000000b2"];
const WORDS = "lint linter linting audit auditor report solidity python chart clean travel music".split(" ");
const SKILLS = ["code", "code/lint", "code/lint/solidity", "code/linting", "text/summary", "data", "data/charts"];
export const NOW = 1_800_000_000;
const MONTH = 30 * 86_400;

export type Random = (below: number) => number;

/** Numbers below a bound that a seed decides (mulberry32). */
export function randomOf(seed: number): Random {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface Made {
  id: number;
  name: string;
  description: string;
  skills: string[];
  /** With `min` the amount is for a unit, of which so many are charged in any case. */
  prices: { token: string; amount: bigint; min?: number }[];
  active: boolean;
  verified: boolean;
  lastActiveAt: number;
  epoch: number;
  records: { epoch: number; role: string; token: string; counts: number[]; counterparties: number; volume: bigint }[];
}

export function makeAgent(id: number, random: Random): Made {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const some = <T>(list: readonly T[], most: number): T[] => Array.from({ length: random(most + 1) }, () => pick(list));
  // Few different values, so that many agents are equal in everything but their ids; and some beyond a double.
  const amount = (): bigint => (random(4) === 0 ? 2n ** 60n + BigInt(random(3)) : BigInt(random(20) * 50));
  const names = [...new Set(TOKENS.flatMap((token) => [0, 1].flatMap((epoch) => [`${token}|${epoch}`])))];
  return {
    id,
    name: [pick(WORDS), ...some(WORDS, 9)].join(" "),
    description: some(WORDS, 5).join(", "),
    skills: [...new Set(some(SKILLS, 3))],
    prices:
      random(3) === 0
        ? []
        : Array.from({ length: 1 + random(3) }, () => ({
            token: pick(TOKENS),
            amount: amount(),
            ...(random(3) === 0 ? { min: random(4) } : {}),
          })),
    active: random(8) !== 0,
    verified: random(3) === 0,
    lastActiveAt: NOW - random(6) * MONTH,
    epoch: random(2),
    records: some(names, 3)
      .filter((name, i, all) => all.indexOf(name) === i)
      .flatMap((name) => {
        const [token = "", epoch] = name.split("|");
        const facts = (role: string) => ({
          ...{ epoch: Number(epoch), role, token, counts: [0, 1, 2, 3, 4].map(() => random(4)) },
          ...{ counterparties: random(3), volume: amount() },
        });
        return [facts("provider"), facts("client")];
      }),
  };
}

/** Writes agents whole, or changes them, as following and resolving files do: in one transaction. */
export async function write(store: Store, agents: readonly Made[]): Promise<void> {
  await store.exclusive(() => store.writer.transaction().execute((db) => writeTo(db, store.dialect, agents)));
}

async function writeTo(db: Db, dialect: Dialect, agents: readonly Made[]): Promise<void> {
  const ids = agents.map(({ id }) => id);
  await remove(db, dialect, ids);
  await rows(db, dialect, "agents", "agent_id", agents.map(agentRow));
  await rows(db, dialect, "records", "id", agents.flatMap(recordRows));
  const files = agents.map((agent) => [`file ${agent.id}`, "", "resolved", fileOf(agent), 0]);
  const columns = { id: "text", uri: "text", state: "text", content: "text", attempts: "int" } as const;
  await insertRows(db, dialect, "files", columns, files, "id");
  await refreshDocuments(db, dialect, ids);
  await refreshStandings(db, dialect, ids);
}

/** Takes agents away, as a reorganisation does. */
export async function takeAway(store: Store, ids: readonly number[]): Promise<void> {
  const take = async (db: Db): Promise<void> => {
    await remove(db, store.dialect, ids);
    await refreshDocuments(db, store.dialect, ids);
    await refreshStandings(db, store.dialect, ids);
  };
  await store.exclusive(() => store.writer.transaction().execute(take));
}

async function remove(db: Db, dialect: Dialect, ids: readonly number[]): Promise<void> {
  for (const table of ["agents", "records"]) await deleteRows(db, dialect, table, "agent_id", "int", ids);
}

/** Empties the index, as another chain makes it do. */
export async function begin(store: Store): Promise<void> {
  await startOver(store, { chainId: "31337" });
  const cursor = { id: 1, number: 1, hash: "0x01", time: NOW, head_number: 1, head_at: NOW };
  await store.writer.insertInto("cursor").values(cursor).execute();
}

async function rows<N extends "agents" | "records">(
  db: Db,
  dialect: Dialect,
  name: N,
  key: string,
  list: Partial<Row<N>>[],
): Promise<void> {
  const { columns } = ENTITIES[name];
  const cells = list.map((row) =>
    Object.entries(columns).map(([column, type]) => {
      const value = (row as Record<string, string | number | undefined>)[column];
      return value ?? (type === "text" ? null : 0);
    }),
  );
  await insertRows(db, dialect, name, columns, cells, key);
}

const agentRow = (agent: Made): Partial<Row<"agents">> => ({
  agent_id: agent.id,
  epoch: agent.epoch,
  wallet_verified: agent.verified ? 1 : 0,
  last_active_at: agent.lastActiveAt,
  file_id: `file ${agent.id}`,
});

const recordRows = ({ id, records }: Made): Partial<Row<"records">>[] =>
  records.map(({ epoch, role, token, counts, counterparties, volume }) => {
    const [completed, partial, rejected, undelivered, disputes_lost] = counts as [
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      ...{ id: `${id}|${epoch}|${role}|${token}`, agent_id: id, epoch, role, token, counterparties },
      ...{ completed, partial, rejected, undelivered, disputes_lost, volume_paid: padAmount(volume) },
    };
  });

function fileOf({ name, description, skills, prices, active }: Made): string {
  const service = (price?: object): object => ({ id: "s", name: "thing", description: "done", skills, price });
  const listed = prices.map(({ token, amount, min }) =>
    service({
      token: formatTokenId({ chainId: 31337n, address: token }),
      amount: amount.toString(),
      ...(min === undefined ? {} : { unit: "byte", counted: { by: "input-size", min } }),
    }),
  );
  return JSON.stringify({
    ...{ type: "", name, description, image: "", services: [], active },
    catalogue: { version: 1, services: listed.length === 0 ? [service()] : listed },
  });
}

/** What the formulas say: agents that match, best first, with their scores. */
export function expected(agents: Iterable<Made>, request: SearchRequest): { id: number; score: number }[] {
  const { token, weights = {} } = request;
  const words = (request.text ?? "").split(" ").filter((word) => word !== "");
  const maxPrice = request.maxPrice === undefined ? undefined : BigInt(request.maxPrice);
  const found: { id: number; score: number }[] = [];
  for (const agent of agents) {
    const records = agent.records.filter(
      (r) => r.epoch === agent.epoch && r.role === "provider" && (token === undefined || r.token === token),
    );
    const sum = (of: (r: Made["records"][number]) => number): number => records.reduce((all, r) => all + of(r), 0);
    const fitting = agent.prices
      .filter((price) => price.token === token)
      .map(({ amount, min }) => ({
        least: amount * BigInt(Math.max(min ?? 1, 1)),
        known: min === undefined || min > 1,
      }))
      .filter(({ least }) => maxPrice === undefined || least <= maxPrice);
    // Where only the price of one unit fits, price is not weighed.
    const price = fitting
      .filter(({ known }) => known)
      .reduce<bigint | undefined>((low, { least }) => (low === undefined || least < low ? least : low), undefined);
    const counterparties = sum((r) => r.counterparties);
    const texts = words.map((word) => textOf(agent, word));
    const matches =
      (request.active === false || agent.active) &&
      (request.walletVerified === undefined || request.walletVerified === agent.verified) &&
      agent.lastActiveAt >= (request.activeSince ?? 0) &&
      texts.every((text) => text > 0) &&
      (request.skills ?? []).every((s) => agent.skills.some((own) => own === s || own.startsWith(`${s}/`))) &&
      sum((r) => r.counts[0]!) >= (request.minCompleted ?? 0) &&
      counterparties >= (request.minCounterparties ?? 0) &&
      (request.minVolume === undefined || (records[0]?.volume ?? 0n) >= BigInt(request.minVolume)) &&
      (maxPrice === undefined || fitting.length > 0);
    if (!matches) continue;
    const judged = sum((r) => r.counts.reduce((a, b) => a + b, 0));
    const terms: [number, number][] = [
      [weights.record ?? 3, (sum((r) => r.counts[0]! + r.counts[1]! / 2) + 1) / (judged + 2)],
      [weights.counterparties ?? 2, counterparties / (counterparties + 5)],
      [weights.activity ?? 1, MONTH / (MONTH + NOW - agent.lastActiveAt)],
    ];
    if (words.length !== 0) terms.push([weights.text ?? 3, texts.reduce((a, b) => a + b, 0) / words.length]);
    if (maxPrice !== undefined && maxPrice > 0n && price !== undefined) {
      terms.push([weights.price ?? 1, 1 - Number(price) / Number(maxPrice)]);
    }
    const total = terms.reduce((all, [weight]) => all + weight, 0);
    const score = total === 0 ? 0 : terms.reduce((all, [weight, value]) => all + weight * value, 0) / total;
    found.push({ id: agent.id, score });
  }
  return found.sort((a, b) => b.score - a.score || a.id - b.id);
}

/** How well a word fits an agent; 0 if it does not. */
function textOf({ name, description, skills }: Made, word: string): number {
  const places: [string, number, number][] = [
    [name, 1, 6],
    [skills.join(" "), 0.75, 20],
    ["thing done", 0.5, 40],
    [description, 0.25, 200],
  ];
  const values = places.map(([text, worth, usual]) => {
    const own = new Set(text.split(/[^a-z]+/).filter((w) => w !== ""));
    if (![...own].some((w) => w.startsWith(word))) return 0;
    return Math.max(0.01, Math.round(100 * worth * Math.min(1, usual / own.size)) / 100);
  });
  return Math.max(...values);
}

export function makeRequest(random: Random): SearchRequest {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const maybe = <T extends object>(oneIn: number, what: () => T): Partial<T> => (random(oneIn) === 0 ? what() : {});
  const amount = (): string => pick(["0", "150", "500", "1000", String(2n ** 60n), String(2n ** 60n + 1n)]);
  const token = random(2) === 0 ? { token: pick(TOKENS) } : undefined;
  return {
    ...maybe(2, () => ({
      text: [pick(["lin", "lint", "linter", "a", "audit", "s", "thing"]), pick(["", pick(WORDS)])].join(" "),
    })),
    ...maybe(3, () => ({ skills: [pick(SKILLS), ...(random(3) === 0 ? [pick(SKILLS)] : [])] })),
    ...token,
    ...(token === undefined ? {} : maybe(2, () => ({ maxPrice: amount() }))),
    ...(token === undefined ? {} : maybe(3, () => ({ minVolume: amount() }))),
    ...maybe(5, () => ({ minCompleted: random(4) })),
    ...maybe(5, () => ({ minCounterparties: random(3) })),
    ...maybe(5, () => ({ activeSince: NOW - 3 * MONTH })),
    ...maybe(5, () => ({ walletVerified: random(2) === 0 })),
    ...maybe(4, () => ({ active: random(2) === 0 })),
    ...maybe(3, () => ({
      weights: { text: random(4), record: random(3), price: random(3), activity: random(2), counterparties: random(3) },
    })),
  };
}

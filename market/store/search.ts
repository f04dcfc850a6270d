import { getAddress, isAddress } from "ethers";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { SearchRequest, SearchResult, Weights } from "../../sdk/discovery/model";
import { readAgents } from "./agents";
import type { Db } from "./bulk";
import { selectRows, valueList } from "./bulk";
import { decodeCursor, encodeCursor, pageLimit } from "./cursors";
import { foldSkill, queryWords } from "./normalise";
import { MONTH, RECORD_PRIOR, SOME_COUNTERPARTIES, measuresOf, reasonsOf, scoreOf, weightsOf } from "./ranking";
import type { Ranked } from "./ranking";
import type { Dialect, Tables } from "./schema";
import { padAmount } from "./schema";

/** So many results a search has at most: beyond them, narrowing it helps more than reading on. */
export const MAX_RESULTS = 300;
const MAX_SKILLS = 10;

/** A request whose every field was checked. */
interface Query {
  words: string[];
  skills: string[];
  token: string;
  maxPrice?: bigint;
  minVolume?: bigint;
  minCompleted: number;
  minCounterparties: number;
  activeSince: number;
  walletVerified?: boolean;
  active: boolean;
  weights: Weights;
}

type Standing = Tables["standings"] & { text: number | null; price: number | null };

/**
 * Finds agents and ranks them. The order is fixed with the first page: its cursor carries the ids of the rest, so that
 * however the index grows, nothing is shown twice or left out.
 * @param asOf The time that activity is measured from, in Unix seconds: the chain's.
 */
export async function searchAgents(
  db: Db,
  dialect: Dialect,
  request: SearchRequest,
  asOf: number,
): Promise<{ items: SearchResult[]; next?: string }> {
  const limit = pageLimit(request.limit);
  const query = checkRequest(request);
  const [since, ...ids] =
    request.cursor === undefined
      ? [asOf, ...(await rank(db, dialect, query, asOf))]
      : decodeCursor("search", request.cursor);
  const page = ids.slice(0, limit);
  const rest = ids.slice(limit);
  const items = await results(db, dialect, query, page, since ?? asOf);
  return { items, ...(rest.length === 0 ? {} : { next: encodeCursor("search", [since ?? asOf, ...rest]) }) };
}

function checkRequest(request: SearchRequest): Query {
  const { token, maxPrice, minVolume } = request;
  if (token !== undefined && !isAddress(token)) throw new InvalidInputError("the token is not an address.");
  if (token === undefined && (maxPrice !== undefined || minVolume !== undefined)) {
    throw new InvalidInputError("maxPrice and minVolume are amounts of a token: name the token, too.");
  }
  const skills = (request.skills ?? []).map(foldSkill).filter((skill) => skill !== "");
  if (skills.length > MAX_SKILLS) throw new InvalidInputError(`at most ${MAX_SKILLS} skills can be asked for.`);
  return {
    words: queryWords(request.text ?? ""),
    skills,
    token: token === undefined ? "" : getAddress(token),
    maxPrice: amountOf("maxPrice", maxPrice),
    minVolume: amountOf("minVolume", minVolume),
    minCompleted: countOf("minCompleted", request.minCompleted),
    minCounterparties: countOf("minCounterparties", request.minCounterparties),
    activeSince: countOf("activeSince", request.activeSince),
    walletVerified: request.walletVerified,
    active: request.active ?? true,
    weights: weightsOf(request.weights),
  };
}

function amountOf(name: string, amount: string | undefined): bigint | undefined {
  if (amount === undefined) return undefined;
  if (!/^\d{1,78}$/.test(amount)) throw new InvalidInputError(`${name} is not an amount in base units.`);
  return BigInt(amount);
}

function countOf(name: string, count: number | undefined): number {
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new InvalidInputError(`${name} is ${count}: give a whole number from 0 upwards.`);
  }
  return count ?? 0;
}

/** The matching words' rank, between 0 and 1, and the condition that they are there. All words must be. */
function textParts(
  dialect: Dialect,
  words: readonly string[],
): { from: RawBuilder<unknown>; rank: RawBuilder<unknown> } {
  if (words.length === 0) return { from: sql``, rank: sql`null` };
  if (dialect === "sqlite") {
    const match = words.map((word) => `"${word}"*`).join(" ");
    return {
      // The name counts most. FTS5's bm25 is negative, the better the further from 0.
      from: sql`join (select rowid as agent_id, -bm25(words, 8.0, 4.0, 2.0, 1.0) as bm from words
        where words match ${match}) t on t.agent_id = s.agent_id`,
      rank: sql`t.bm / (t.bm + 4.0)`,
    };
  }
  const match = words.map((word) => `${word}:*`).join(" & ");
  return {
    from: sql`join (select agent_id, ts_rank('{0.1, 0.2, 0.5, 1.0}', tsv, to_tsquery('simple', ${match}), 0) as bm
      from words where tsv @@ to_tsquery('simple', ${match})) t on t.agent_id = s.agent_id`,
    rank: sql`t.bm / (t.bm + 0.5)`,
  };
}

/** Agents without a record in the token have no row for it: their row of all tokens stands in, without its figures. */
function standingOf(column: string, query: Query): RawBuilder<unknown> {
  return query.token === "" ? sql`s.${sql.raw(column)}` : sql`coalesce(r.${sql.raw(column)}, 0)`;
}

/** Rows `s` of all matching agents, with their `r` in the token, text rank and cheapest price. */
function matching(
  dialect: Dialect,
  query: Query,
  only?: readonly number[],
): { from: RawBuilder<unknown>; where: RawBuilder<unknown> } {
  const { token, maxPrice } = query;
  const text = textParts(dialect, query.words);
  const conditions: RawBuilder<unknown>[] = [sql`s.token = ''`];
  if (only !== undefined) conditions.push(sql`s.agent_id in ${valueList(dialect, only, "int")}`);
  if (query.active) conditions.push(sql`s.listed = 1`);
  if (query.walletVerified !== undefined) conditions.push(sql`s.verified = ${query.walletVerified ? 1 : 0}`);
  if (query.activeSince > 0) conditions.push(sql`s.last_active_at >= ${query.activeSince}`);
  for (const skill of query.skills) {
    // "0" is the character after "/": all that begin with the skill and a slash stand between.
    conditions.push(sql`s.agent_id in (select agent_id from skills where skill = ${skill}
      or (skill >= ${`${skill}/`} and skill < ${`${skill}0`}))`);
  }
  if (query.minCompleted > 0) conditions.push(sql`${standingOf("completed", query)} >= ${query.minCompleted}`);
  if (query.minCounterparties > 0) {
    conditions.push(sql`${standingOf("counterparties", query)} >= ${query.minCounterparties}`);
  }
  if (query.minVolume !== undefined) conditions.push(sql`coalesce(r.volume, '') >= ${padAmount(query.minVolume)}`);
  if (maxPrice !== undefined) conditions.push(sql`p.amount_real is not null`);
  const record = token === "" ? sql`` : sql`left join standings r on r.token = ${token} and r.agent_id = s.agent_id`;
  const price =
    maxPrice === undefined
      ? sql``
      : sql`join (select agent_id, min(amount_real) as amount_real from prices
          where token = ${token} and amount <= ${padAmount(maxPrice)} group by agent_id) p on p.agent_id = s.agent_id`;
  return { from: sql`standings s ${text.from} ${record} ${price}`, where: sql.join(conditions, sql` and `) };
}

/** The ids of the best, best first. The arithmetic is that of `measuresOf`, which explains it. */
async function rank(db: Db, dialect: Dialect, query: Query, asOf: number): Promise<number[]> {
  const { from, where } = matching(dialect, query);
  const { weights } = query;
  const terms: RawBuilder<unknown>[] = [];
  // What callers choose and the clock says is bound: written out, each would be a statement of its own to prepare.
  const real = (value: number) => sql`cast(${value} as ${sql.raw(dialect === "sqlite" ? "real" : "double precision")})`;
  const time = sql`cast(${asOf} as bigint)`;
  if (query.words.length !== 0) terms.push(sql`${real(weights.text)} * ${textParts(dialect, query.words).rank}`);
  terms.push(sql`${real(weights.record)} * (${standingOf("good", query)} + ${real(RECORD_PRIOR)})
    / (${standingOf("judged", query)} + ${real(2 * RECORD_PRIOR)})`);
  terms.push(sql`${real(weights.counterparties)} * ${standingOf("counterparties", query)}
    / (${standingOf("counterparties", query)} + ${real(SOME_COUNTERPARTIES)})`);
  terms.push(sql`${real(weights.activity)} * ${real(MONTH)}
    / (${real(MONTH)} + case when s.last_active_at < ${time} then ${time} - s.last_active_at else 0 end)`);
  if (query.maxPrice !== undefined && query.maxPrice > 0n) {
    terms.push(sql`${real(weights.price)} * (1.0 - p.amount_real / ${real(Number(query.maxPrice))})`);
  }
  const { rows } = await sql<{ agent_id: number }>`select s.agent_id as agent_id from ${from} where ${where}
    order by ${sql.join(terms, sql` + `)} desc, s.agent_id limit ${sql.lit(MAX_RESULTS)}`.execute(db);
  return rows.map(({ agent_id }) => agent_id);
}

/** A page's agents in the order that was fixed, with their measures as they stand now. */
async function results(
  db: Db,
  dialect: Dialect,
  query: Query,
  ids: readonly number[],
  asOf: number,
): Promise<SearchResult[]> {
  if (ids.length === 0) return [];
  const agents = await readAgents(db, dialect, ids);
  // Filters only chose the order's members: an agent that no longer passes one stays where it was.
  const texts = await textRanks(db, dialect, query.words, ids);
  const standings = await selectRows<Standing>(db, dialect, "standings", "agent_id", "int", ids);
  const standingOfAgent = new Map(standings.filter(({ token }) => token === query.token).map((s) => [s.agent_id, s]));
  return ids.flatMap((id) => {
    const agent = agents.get(id);
    if (agent === undefined) return []; // a reorganisation took it back
    const standing = standingOfAgent.get(id);
    const prices = agent.services.flatMap(({ price }) => (price?.token === query.token ? [BigInt(price.amount)] : []));
    const ranked: Ranked = {
      text: texts.get(id) ?? 0,
      good: standing?.good ?? 0,
      judged: standing?.judged ?? 0,
      completed: standing?.completed ?? 0,
      counterparties: standing?.counterparties ?? 0,
      idle: Math.max(0, asOf - agent.lastActiveAt),
      price: prices.sort((a, b) => (a < b ? -1 : 1))[0],
    };
    const measures = measuresOf(ranked, { words: query.words.length !== 0, maxPrice: query.maxPrice });
    return [{ agent, score: scoreOf(measures, query.weights), reasons: reasonsOf(ranked, measures, query.weights) }];
  });
}

async function textRanks(
  db: Db,
  dialect: Dialect,
  words: readonly string[],
  ids: readonly number[],
): Promise<Map<number, number>> {
  if (words.length === 0) return new Map();
  const { from, rank: value } = textParts(dialect, words);
  const { rows } = await sql<{ agent_id: number; rank: number }>`select s.agent_id as agent_id, ${value} as rank
    from standings s ${from} where s.token = '' and s.agent_id in ${valueList(dialect, ids, "int")}`.execute(db);
  return new Map(rows.map((row) => [row.agent_id, row.rank]));
}

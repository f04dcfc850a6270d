import { getAddress, isAddress } from "ethers";
import { sql } from "kysely";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { SearchRequest, SearchResult } from "../../sdk/discovery/model";
import { readAgents } from "./agents";
import { Best } from "./best";
import type { Db } from "./bulk";
import { selectPacked } from "./bulk";
import { decodeCursor, encodeCursor, pageLimit } from "./cursors";
import { foldSkill, queryWords } from "./normalise";
import { costsAtMost, reasonsOf, scoreOf, weightsOf } from "./ranking";
import type { Asked, Ranked } from "./ranking";
import type { Dialect } from "./schema";
import type { Standing, Standings, StandingsCopy } from "./standingsCopy";
import { findTexts } from "./terms";
import type { Texts } from "./terms";

/** So many results a search has at most: beyond them, narrowing it helps more than reading on. */
export const MAX_RESULTS = 300;
const MAX_SKILLS = 10;

/** A request whose every field was checked. */
interface Query extends Asked {
  text: string[];
  skills: string[];
  token: string;
  minVolume?: bigint;
  minCompleted: number;
  minCounterparties: number;
  activeSince: number;
  walletVerified?: boolean;
  active: boolean;
}

/** Who is looked at: all whom words and skills leave, of the agents in `standings`. */
interface Candidates {
  /** Whom the words fit; undefined without words. */
  texts?: Texts;
  /** Who has all skills; undefined without skills. */
  skilled?: readonly number[];
}

/**
 * Finds agents and ranks them. The order is fixed with the first page: its cursor carries the ids of the rest, so that
 * however the index grows, nothing is shown twice or left out.
 * @param asOf The time that activity is measured from, in Unix seconds: the chain's.
 */
export async function searchAgents(
  db: Db,
  standings: StandingsCopy,
  request: SearchRequest,
  asOf: number,
): Promise<{ items: SearchResult[]; next?: string }> {
  const limit = pageLimit(request.limit);
  const query = checkRequest(request);
  const given = request.cursor === undefined ? undefined : decodeCursor("search", request.cursor);
  const candidates = await candidatesOf(db, standings.dialect, query, given === undefined);
  const { since, page, rest, ranked } = await standings.read(db, query.token, (all, inToken) => {
    const [since = asOf, ...ids] = given ?? [asOf, ...rank(query, candidates, all, inToken, asOf)];
    const page = ids.slice(0, limit);
    // Filters only chose the order's members: an agent that no longer passes one stays where it was.
    const ranked = page.map((id) => rankedOf(id, all[id], query.token === "" ? all : inToken, candidates, since));
    return { since, page, rest: ids.slice(limit), ranked };
  });
  const agents = await readAgents(db, standings.dialect, page);
  const items = page.flatMap((id, i): SearchResult[] => {
    const [agent, known] = [agents.get(id), ranked[i]];
    if (agent === undefined || known === undefined) return []; // a reorganisation took it back
    return [{ agent, score: scoreOf(known, query), reasons: reasonsOf(known, query) }];
  });
  return { items, ...(rest.length === 0 ? {} : { next: encodeCursor("search", [since, ...rest]) }) };
}

function checkRequest(request: SearchRequest): Query {
  const { token, maxPrice, minVolume } = request;
  if (token !== undefined && !isAddress(token)) throw new InvalidInputError("the token is not an address.");
  if (token === undefined && (maxPrice !== undefined || minVolume !== undefined)) {
    throw new InvalidInputError("maxPrice and minVolume are amounts of a token: name the token, too.");
  }
  const skills = (request.skills ?? []).map(foldSkill).filter((skill) => skill !== "");
  if (skills.length > MAX_SKILLS) throw new InvalidInputError(`at most ${MAX_SKILLS} skills can be asked for.`);
  const text = queryWords(request.text ?? "");
  return {
    text,
    words: text.length !== 0,
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

/** Later pages need no skills: who is on them is settled. */
async function candidatesOf(db: Db, dialect: Dialect, query: Query, first: boolean): Promise<Candidates> {
  const texts = query.words ? await findTexts(db, dialect, query.text) : undefined;
  let skilled: readonly number[] | undefined;
  for (const skill of first ? query.skills : []) {
    // "0" is the character after "/": all that begin with the skill and a slash stand between.
    const agents = await selectPacked<number>(
      db,
      dialect,
      ["agent_id"],
      sql`from skills where skill = ${skill} or (skill >= ${`${skill}/`} and skill < ${`${skill}0`})`,
    );
    skilled = inBoth(agents, skilled);
  }
  return { texts, skilled };
}

/** Those of the first list who are in the second, each once; all of them without a second. */
function inBoth(ids: readonly number[], others: readonly number[] | undefined): number[] {
  const [unknown, wanted, taken] = [0, 1, 2];
  const last = ids.reduce((a, b) => (b > a ? b : a), 0);
  const marks = new Uint8Array(last + 1).fill(others === undefined ? wanted : unknown);
  for (const id of others ?? []) marks[id] = wanted; // ids beyond the last one are not kept
  return ids.filter((id) => {
    const found = marks[id] === wanted;
    if (found) marks[id] = taken;
    return found;
  });
}

/** The ids of the best, best first. */
function rank(query: Query, candidates: Candidates, all: Standings, inToken: Standings, asOf: number): number[] {
  const { texts, skilled } = candidates;
  const best = new Best(MAX_RESULTS);
  const figures = query.token === "" ? all : inToken;
  const add = (id: number): void => {
    const standing = all[id];
    if (standing === undefined) return;
    if (query.active && !standing.listed) return;
    if (query.walletVerified !== undefined && standing.verified !== query.walletVerified) return;
    if (standing.lastActiveAt < query.activeSince) return;
    const { completed, counterparties, volume, ...prices } = figures[id] ?? NO_FIGURES;
    if (completed < query.minCompleted || counterparties < query.minCounterparties) return;
    if (query.minVolume !== undefined && volume < query.minVolume) return;
    if (query.maxPrice !== undefined && !costsAtMost(prices, query.maxPrice)) return;
    best.add(id, scoreOf(rankedOf(id, standing, figures, candidates, asOf), query));
  };
  if (texts !== undefined) (skilled === undefined ? texts.agents : inBoth(texts.agents, skilled)).forEach(add);
  else if (skilled !== undefined) skilled.forEach(add);
  else for (let id = 0; id < all.length; ++id) add(id);
  return best.ids();
}

/** Agents without a standing in the token have no row for it. */
const NO_FIGURES: Omit<Standing, "listed" | "verified" | "lastActiveAt"> = {
  completed: 0,
  good: 0,
  judged: 0,
  counterparties: 0,
  volume: 0n,
};

function rankedOf(
  id: number,
  standing: Standing | undefined,
  figures: Standings,
  { texts }: Candidates,
  asOf: number,
): Ranked {
  const { good, judged, completed, counterparties, price, unitPrice } = figures[id] ?? NO_FIGURES;
  const idle = Math.max(0, asOf - (standing?.lastActiveAt ?? 0));
  return { text: texts?.of(id) ?? 0, good, judged, completed, counterparties, idle, price, unitPrice };
}

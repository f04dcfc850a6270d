import { sql } from "kysely";

import type { Document } from "../files/document";
import type { Db } from "./bulk";
import { selectPacked } from "./bulk";
import { wordsOf } from "./normalise";
import type { Dialect } from "./schema";

/*
 * The words of agents' files, and how much each says: `rank`, from 1 to 100. Written once for each word, so that a
 * search only reads what stands in one stretch of the table.
 */

/**
 * Where words stand, what a word there is worth, and how many different words are usual there. In a place with more
 * words, each is worth less in proportion, so that nobody gains by naming everything.
 */
const PLACES: { text: (doc: Document) => string; worth: number; usual: number }[] = [
  { text: ({ name }) => name, worth: 100, usual: 6 },
  { text: ({ skills }) => skills.join(" "), worth: 75, usual: 20 },
  { text: ({ services }) => services.map((s) => `${s.name} ${s.description}`).join(" "), worth: 50, usual: 40 },
  { text: ({ description }) => description, worth: 25, usual: 200 },
];
/** Characters of a place beyond these are not searched. */
const MAX_INDEXED = 4_000;
/** Sorts after every word that there is. */
const AFTER = "\u{10ffff}";
/** An agent and a rank travel as one number: ids of agents are counted from 1, and stay far below 2^53 / 128. */
const RANKS = 128;

/** The words of a file, each with its best rank. */
export function termsOf(doc: Document): Map<string, number> {
  const terms = new Map<string, number>();
  for (const { text, worth, usual } of PLACES) {
    const words = wordsOf(text(doc).slice(0, MAX_INDEXED));
    const rank = Math.max(1, Math.round(worth * Math.min(1, usual / words.length)));
    for (const word of words) terms.set(word, Math.max(rank, terms.get(word) ?? 0));
  }
  return terms;
}

/** How well words fit agents. Arrays by id instead of maps: ids have no gaps, and searches look at many. */
export interface Texts {
  /** Whom all words fit, each once. */
  readonly agents: readonly number[];
  /** From 0, for whom they do not fit, to 1. */
  of(agent: number): number;
}

/** Finds the agents who have, for each of the words, one that begins with it. */
export async function findTexts(db: Db, dialect: Dialect, words: readonly string[]): Promise<Texts> {
  const [first = "", ...others] = words;
  const sums = Uint16Array.from(await ranksOf(db, dialect, first));
  let agents = [...sums.keys()].filter((agent) => sums[agent] !== 0);
  for (const word of others) {
    if (agents.length === 0) break;
    const ranks = await ranksOf(db, dialect, word);
    agents = agents.filter((agent) => (ranks[agent] ?? 0) !== 0);
    const before = sums.slice();
    sums.fill(0);
    for (const agent of agents) sums[agent] = (before[agent] ?? 0) + (ranks[agent] ?? 0);
  }
  return { agents, of: (agent) => (sums[agent] ?? 0) / (100 * words.length) };
}

/** The best rank of each agent's words that begin so, by the agent's id; 0 where there is none. */
async function ranksOf(db: Db, dialect: Dialect, word: string): Promise<Uint8Array> {
  const packed = await selectPacked<number>(
    db,
    dialect,
    [`agent_id * ${RANKS} + rank`],
    sql`from terms where word >= ${word} and word < ${word + AFTER}`,
  );
  const last = packed.reduce((a, b) => (b > a ? b : a), 0);
  const ranks = new Uint8Array(Math.floor(last / RANKS) + 1);
  for (const one of packed) {
    const rank = one % RANKS;
    const agent = (one - rank) / RANKS;
    if (rank > (ranks[agent] ?? 0)) ranks[agent] = rank;
  }
  return ranks;
}

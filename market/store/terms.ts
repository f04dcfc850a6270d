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

/** The agents who have, for each of the words, one that begins with it; and how well, from 0 to 1. */
export async function textMeasures(db: Db, dialect: Dialect, words: readonly string[]): Promise<Map<number, number>> {
  let sums: Map<number, number> | undefined;
  for (const word of words) {
    const ranks = await ranksOf(db, dialect, word, sums);
    if (sums !== undefined) for (const [agent, rank] of ranks) ranks.set(agent, rank + (sums.get(agent) ?? 0));
    sums = ranks;
    if (sums.size === 0) break;
  }
  const measures = sums ?? new Map<number, number>();
  for (const [agent, sum] of measures) measures.set(agent, sum / (100 * words.length));
  return measures;
}

/** The best rank of each agent's words that begin so, of those in `among` only. */
async function ranksOf(
  db: Db,
  dialect: Dialect,
  word: string,
  among: ReadonlyMap<number, number> | undefined,
): Promise<Map<number, number>> {
  const packed = await selectPacked<number>(
    db,
    dialect,
    [`agent_id * ${RANKS} + rank`],
    sql`from terms where word >= ${word} and word < ${word + AFTER}`,
  );
  const ranks = new Map<number, number>();
  for (const one of packed) {
    const rank = one % RANKS;
    const agent = (one - rank) / RANKS;
    if (among !== undefined && !among.has(agent)) continue;
    if (rank > (ranks.get(agent) ?? 0)) ranks.set(agent, rank);
  }
  return ranks;
}

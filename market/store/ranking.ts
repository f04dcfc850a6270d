import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Measure, Reason, Weights } from "../../sdk/discovery/model";
import { MEASURES } from "../../sdk/discovery/model";

/*
 * How search ranks. Each measure lies between 0 and 1; the score is their mean, weighted by the caller. A measure that
 * says nothing of this request has no weight: text without words, price without a token and a highest price.
 *
 *   text            how well the words fit: b / (b + c), b the database's own relevance (FTS5's bm25 with c = 4,
 *                   PostgreSQL's ts_rank with c = 0.5); a name weighs more than skills, services, and the description
 *   record          (completed + partial / 2 + 1) / (judged + 2), judged = completed + partial + rejected + undelivered
 *                   + disputes lost: the mean of a Beta(1, 1) prior, so that who has no record stands at one half
 *   counterparties  n / (n + 5), n the distinct clients who paid
 *   activity        30 days / (30 days + time since the agent last did something on the chain)
 *   price           1 - (its lowest price in the token) / maxPrice
 *
 * Records are those as provider in the present epoch, in the token asked for, or in all tokens. They are facts, not
 * trust: who pays itself has a record, too. Weigh counterparties, and start from those you trust.
 */

export const MONTH = 30 * 86_400;
export const RECORD_PRIOR = 1;
export const SOME_COUNTERPARTIES = 5;

const DEFAULT_WEIGHTS: Weights = { text: 3, record: 3, price: 1, activity: 1, counterparties: 2 };
const MAX_WEIGHT = 1_000;

/** The caller's weights, those not given by default. */
export function weightsOf(given: Partial<Weights> = {}): Weights {
  for (const [measure, weight] of Object.entries(given)) {
    if (!(MEASURES as readonly string[]).includes(measure)) {
      throw new InvalidInputError(`"${measure.slice(0, 40)}" is no measure: weigh ${MEASURES.join(", ")}.`);
    }
    if (!(typeof weight === "number" && weight >= 0 && weight <= MAX_WEIGHT)) {
      throw new InvalidInputError(`the weight of ${measure} is not a number from 0 to ${MAX_WEIGHT}.`);
    }
  }
  return { ...DEFAULT_WEIGHTS, ...given };
}

/** What is known of a result. */
export interface Ranked {
  /** The `text` measure, which only the database can tell. */
  text: number;
  good: number;
  judged: number;
  completed: number;
  counterparties: number;
  /** Seconds since it last did something. */
  idle: number;
  /** Lowest price in the token, if it has one. */
  price?: bigint;
}

type Measures = Partial<Record<Measure, number>>;

/** The measures that say something of this request. */
export function measuresOf(ranked: Ranked, { words, maxPrice }: { words: boolean; maxPrice?: bigint }): Measures {
  const { good, judged, counterparties, idle, price } = ranked;
  const measures: Measures = {};
  if (words) measures.text = ranked.text;
  measures.record = (good + RECORD_PRIOR) / (judged + 2 * RECORD_PRIOR);
  if (maxPrice !== undefined && maxPrice > 0n) {
    measures.price = price === undefined ? 0 : Math.max(0, 1 - Number(price) / Number(maxPrice));
  }
  measures.activity = MONTH / (MONTH + idle);
  measures.counterparties = counterparties / (counterparties + SOME_COUNTERPARTIES);
  return measures;
}

/** The weighted mean; 0 if nothing has weight. */
export function scoreOf(measures: Measures, weights: Weights): number {
  const used = MEASURES.filter((measure) => measures[measure] !== undefined);
  const total = used.reduce((sum, measure) => sum + weights[measure], 0);
  if (total === 0) return 0;
  return used.reduce((sum, measure) => sum + weights[measure] * (measures[measure] ?? 0), 0) / total;
}

/** Why a result is where it is, what counts most first. */
export function reasonsOf(ranked: Ranked, measures: Measures, weights: Weights): Reason[] {
  const reasons = MEASURES.flatMap((measure): Reason[] => {
    const value = measures[measure];
    return value === undefined ? [] : [{ measure, weight: weights[measure], value, says: says(measure, ranked) }];
  });
  return reasons.sort((a, b) => b.weight * b.value - a.weight * a.value);
}

function says(measure: Measure, { good, judged, completed, counterparties, idle, price, text }: Ranked): string {
  switch (measure) {
    case "text":
      return text >= 0.6 ? "the words fit well" : text >= 0.3 ? "the words fit" : "the words are there";
    case "record":
      if (judged === 0) return "no judged jobs yet";
      return `${plural(completed, "job")} completed; ${good} of ${judged} went well`;
    case "price":
      return price === undefined ? "no price in this token" : `from ${price} base units`;
    case "activity":
      return idle < 86_400 ? "active within a day" : `last active ${plural(Math.floor(idle / 86_400), "day")} ago`;
    case "counterparties":
      return counterparties === 1 ? "paid by 1 party" : `paid by ${counterparties} parties`;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Measure, Reason, Weights } from "../../sdk/discovery/model";
import { MEASURES } from "../../sdk/discovery/model";

/*
 * How search ranks. Each measure lies between 0 and 1; the score is their mean, weighted by the caller. A measure that
 * says nothing of this request has no weight: text without words, price without a token and a highest price.
 *
 *   text            the mean over the words of the best place in which a word of the agent's begins so: 1 in its name,
 *                   3/4 in its skills, 1/2 in its services, 1/4 in its description; times usual / n in a place with
 *                   more than the usual number of different words (6, 20, 40 and 200), in whole hundredths, at least one
 *   record          (completed + partial / 2 + 1) / (judged + 2), judged = completed + partial + rejected + undelivered
 *                   + disputes lost: the mean of a Beta(1, 1) prior, so that who has no record stands at one half
 *   counterparties  n / (n + 5), n the distinct clients who paid
 *   activity        30 days / (30 days + time since the agent last did something on the chain)
 *   price           1 - (the least that a job of it costs in the token) / maxPrice: a price for the job, or one per unit
 *                   times the units that are charged in any case. A price per unit without such a minimum says nothing of
 *                   what a job costs: who fits by it alone is ranked by the other measures, this one without weight
 *
 * Records are those as provider in the present epoch, in the token asked for, or in all tokens. They are facts, not
 * trust: who pays itself has a record, too. Weigh counterparties, and start from those you trust.
 */

const MONTH = 30 * 86_400;
const RECORD_PRIOR = 1;
const SOME_COUNTERPARTIES = 5;

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
  /** The `text` measure, made of what market/store/terms.ts writes. */
  text: number;
  good: number;
  judged: number;
  completed: number;
  counterparties: number;
  /** Seconds since it last did something. */
  idle: number;
  /** The least that a job of it costs in the token; undefined if no service says. */
  price?: bigint;
  /** The lowest price of a unit, of services whose jobs have no minimum. */
  unitPrice?: bigint;
}

/** What of a request says which measures count, and how much. */
export interface Asked {
  /** Whether words are looked for. */
  words: boolean;
  maxPrice?: bigint;
  weights: Weights;
}

/** The measures, each from what is known; whether it says something of the request is for `isAsked`. */
const FORMULAS: Record<Measure, (ranked: Ranked, maxPrice: bigint) => number> = {
  text: ({ text }) => text,
  record: ({ good, judged }) => (good + RECORD_PRIOR) / (judged + 2 * RECORD_PRIOR),
  price: ({ price }, maxPrice) => (price === undefined ? 0 : Math.max(0, 1 - Number(price) / Number(maxPrice))),
  activity: ({ idle }) => MONTH / (MONTH + idle),
  counterparties: ({ counterparties }) => counterparties / (counterparties + SOME_COUNTERPARTIES),
};

function isAsked(measure: Measure, { words, maxPrice = 0n }: Asked): boolean {
  return measure === "text" ? words : measure === "price" ? maxPrice > 0n : true;
}

/** Whether a job of it can cost no more than that: it has to be one unit at least. */
export function costsAtMost({ price, unitPrice }: Pick<Ranked, "price" | "unitPrice">, maxPrice: bigint): boolean {
  return (price !== undefined && price <= maxPrice) || (unitPrice !== undefined && unitPrice <= maxPrice);
}

/** Whether it fits, if at all, by a price of which nobody knows what a job costs. */
function fitsByUnit({ price, unitPrice }: Ranked, { maxPrice = 0n }: Asked): boolean {
  return unitPrice !== undefined && (price === undefined || price > maxPrice);
}

function weightOf(measure: Measure, ranked: Ranked, asked: Asked): number {
  return measure === "price" && fitsByUnit(ranked, asked) ? 0 : asked.weights[measure];
}

/** The weighted mean; 0 if nothing has weight. Results are ordered by this number itself. */
export function scoreOf(ranked: Ranked, asked: Asked): number {
  let [sum, total] = [0, 0];
  for (const measure of MEASURES) {
    if (!isAsked(measure, asked)) continue;
    const weight = weightOf(measure, ranked, asked);
    total += weight;
    sum += weight * FORMULAS[measure](ranked, asked.maxPrice ?? 0n);
  }
  return total === 0 ? 0 : sum / total;
}

/** Why a result is where it is, what counts most first. */
export function reasonsOf(ranked: Ranked, asked: Asked): Reason[] {
  const reasons = MEASURES.filter((measure) => isAsked(measure, asked)).map((measure): Reason => {
    const weight = weightOf(measure, ranked, asked);
    const value = FORMULAS[measure](ranked, asked.maxPrice ?? 0n);
    const byUnit = measure === "price" && fitsByUnit(ranked, asked);
    return { measure, weight, value, says: byUnit ? BY_UNIT : says(measure, ranked) };
  });
  return reasons.sort((a, b) => b.weight * b.value - a.weight * a.value);
}

const BY_UNIT = "priced per unit, without a minimum: what a job costs is not known, and not ranked";

function says(measure: Measure, { good, judged, completed, counterparties, idle, price, text }: Ranked): string {
  switch (measure) {
    case "text":
      return text >= 0.6 ? "the words fit well" : text >= 0.3 ? "the words fit" : "the words are there";
    case "record":
      if (judged === 0) return "no judged jobs yet";
      return `${plural(completed, "job")} completed; ${good} of ${judged} went well`;
    case "price":
      return price === undefined ? "no price in this token" : `from ${price} base units for a job`;
    case "activity":
      return idle < 86_400 ? "active within a day" : `last active ${plural(Math.floor(idle / 86_400), "day")} ago`;
    case "counterparties":
      return counterparties === 1 ? "paid by 1 party" : `paid by ${counterparties} parties`;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

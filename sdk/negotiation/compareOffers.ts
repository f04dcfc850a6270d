import { InvalidInputError } from "../InvalidInputError";
import type { Offer } from "../offers";
import type { SettlementFacts } from "../records";
import { jobCount } from "../records";

/** The ledger's weight of the first paid job between two parties. */
const WEIGHT_UNIT = 1_000_000;

/** What offers are compared by. Each value is between 0 and 1; the score is their weighted mean. */
export const OFFER_MEASURES = ["price", "time", "record"] as const;
export type OfferMeasure = (typeof OFFER_MEASURES)[number];

/** What matters to a client, and how much. All parts are relative. */
export type OfferPreferences = Readonly<Partial<Record<OfferMeasure, number>>>;

export const DEFAULT_PREFERENCES = { price: 4, time: 1, record: 5 } as const satisfies OfferPreferences;

/** An offer's place among others, and why. */
export interface RankedOffer {
  readonly offer: Offer;
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: readonly { measure: OfferMeasure; weight: number; value: number; says: string }[];
}

/**
 * Puts offers for one request in order, the best first. It only ranks: `checkOffer` says which may be accepted at all.
 * The order of equal offers is that of the list.
 * @param records The providers' records in the offers' token (`readRecord`), by address; none counts as unknown.
 */
export function compareOffers(
  offers: readonly Offer[],
  records: ReadonlyMap<string, SettlementFacts>,
  preferences: OfferPreferences = DEFAULT_PREFERENCES,
): RankedOffer[] {
  const weights = OFFER_MEASURES.map((measure) => preferences[measure] ?? 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0) || !weights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    throw new InvalidInputError("preferences must be numbers from 0 upwards, at least one of them more than 0.");
  }
  const tokens = new Set(offers.map(({ token }) => token));
  if (tokens.size > 1)
    throw new InvalidInputError("offers in different tokens cannot be compared by price: split them.");
  const cheapest = least(offers.map(({ amount }) => amount));
  const fastest = least(offers.map(({ deliveryPeriod }) => deliveryPeriod));
  const ranked = offers.map((offer): RankedOffer => {
    const values: Record<OfferMeasure, { value: number; says: string }> = {
      price: { value: ratio(cheapest, offer.amount), says: priceWords(offer.amount, cheapest) },
      time: {
        value: ratio(fastest, offer.deliveryPeriod),
        says: `delivers within ${offer.deliveryPeriod} seconds; the fastest offer within ${fastest}`,
      },
      record: recordMeasure(records.get(offer.provider)),
    };
    const reasons = OFFER_MEASURES.map((measure, index) => ({
      measure,
      weight: (weights[index] ?? 0) / sum,
      ...values[measure],
    }));
    return { offer, reasons, score: reasons.reduce((total, { weight, value }) => total + weight * value, 0) };
  });
  return ranked.sort((a, b) => b.score - a.score);
}

function least(numbers: readonly bigint[]): bigint {
  return numbers.reduce((a, b) => (b < a ? b : a), numbers[0] ?? 0n);
}

/** 1 for the least, a half for twice as much. */
function ratio(smallest: bigint, value: bigint): number {
  return value === 0n ? 1 : Number((smallest * 1_000_000n) / value) / 1_000_000;
}

function priceWords(amount: bigint, cheapest: bigint): string {
  return amount === cheapest
    ? `costs ${amount} base units, the least`
    : `costs ${amount} base units; the cheapest offer ${cheapest}`;
}

/**
 * The share of good endings that is likely after what is known: one good and one bad ending are assumed of everybody
 * (Laplace's rule), so that one job does not make a perfect record. Paid jobs with the same party count less and less (the
 * ledger's weight), so that friends cannot manufacture much. Lost disputes count twice: work was refused and then
 * defended. Work paid in part is a good ending and half a bad one. Declined and unjudged jobs say nothing.
 */
function recordMeasure(facts: SettlementFacts | undefined): { value: number; says: string } {
  if (facts === undefined || jobCount(facts) === 0n) return { value: 0.5, says: "has no record in this token" };
  const good = Number(facts.weight) / WEIGHT_UNIT;
  const half = Number(facts.partiallyCompleted) / 2;
  const bad = half + Number(facts.rejected + facts.undelivered + facts.disputesLost);
  const says =
    `jobs: ${facts.completed} completed, ${facts.partiallyCompleted} in part, ${facts.rejected} rejected, ` +
    `${facts.undelivered} not delivered, ${facts.disputesLost} disputes lost; parties: ${facts.counterparties}`;
  return { value: (good + 1) / (good + bad + 2), says };
}

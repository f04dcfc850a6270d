import { buildModule } from "@nomicfoundation/ignition-core";

import type { CourtAddresses, CourtSpec } from "../../sdk/courts";
import { courtArguments, predictCourt } from "../../sdk/courts";
import { HeaderRandomness__factory, OptimisticEvaluator__factory, SeatCourt__factory } from "../../sdk/bindings";
import { artifactOf } from "./artifact";

/** One module per tier and stablecoin, so that a chain's journal can hold them all. */
export function courtModuleId({ tier, token }: CourtSpec): string {
  return `Court_${tier.name}_${token.slice(2)}`;
}

/**
 * Fair settlement for one tier and stablecoin: a source of randomness, a court, and the evaluator before it. Stands
 * beside a deployed market. Constructor arguments are values, not futures: every address is known beforehand.
 * @param existing What stands at its CREATE2 address already, and is taken as it is.
 */
export function courtModule(spec: CourtSpec, existing: Partial<CourtAddresses> = {}) {
  const addresses = predictCourt(spec);
  const constructors = courtArguments(spec);
  return buildModule(courtModuleId(spec), (m) => {
    const randomness =
      existing.randomness === undefined
        ? m.contract("HeaderRandomness", artifactOf("HeaderRandomness", HeaderRandomness__factory))
        : m.contractAt(
            "HeaderRandomness",
            artifactOf("HeaderRandomness", HeaderRandomness__factory),
            existing.randomness,
            {
              id: "ExistingHeaderRandomness",
            },
          );
    const court =
      existing.court === undefined
        ? m.contract(
            "SeatCourt",
            artifactOf("SeatCourt", SeatCourt__factory),
            [...constructors.court(addresses.randomness)],
            {
              after: [randomness],
            },
          )
        : m.contractAt("SeatCourt", artifactOf("SeatCourt", SeatCourt__factory), existing.court, {
            id: "ExistingSeatCourt",
          });
    const evaluator =
      existing.evaluator === undefined
        ? m.contract(
            "OptimisticEvaluator",
            artifactOf("OptimisticEvaluator", OptimisticEvaluator__factory),
            [...constructors.evaluator(addresses.court)],
            { after: [court] },
          )
        : m.contractAt(
            "OptimisticEvaluator",
            artifactOf("OptimisticEvaluator", OptimisticEvaluator__factory),
            existing.evaluator,
            { id: "ExistingOptimisticEvaluator" },
          );
    return { randomness, court, evaluator };
  });
}

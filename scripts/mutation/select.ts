import { createHash } from "node:crypto";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Mutant } from "./mutants";
import type { Results } from "./results";

export interface Selection {
  readonly only: string | undefined;
  readonly sample: number | undefined;
  readonly seed: string;
  /** Earlier results, if only survivors are wanted. */
  readonly survivors: Results | undefined;
}

/** The mutants asked for, in an order that depends on the seed alone: a larger sample contains the smaller. */
export function select(mutants: readonly Mutant[], { only, sample, seed, survivors }: Selection): Mutant[] {
  const chosen = mutants.filter(
    ({ id, file }) =>
      (only === undefined || file.endsWith(only)) &&
      (survivors === undefined || survivors.get(id)?.status === "survived"),
  );
  if (chosen.length === 0) throw new InvalidInputError("there are no such mutants: check --only and --survivors.");
  const rank = ({ id }: Mutant) => createHash("sha256").update(`${seed}:${id}`).digest("hex");
  const ranked = chosen.map((mutant) => ({ mutant, rank: rank(mutant) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, sample).map(({ mutant }) => mutant);
}

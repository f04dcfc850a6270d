import { majority } from "./binomial";
import type { Random } from "./random";
import type { Rules } from "./rules";

/** Who appeals against a ruling it lost by. */
export interface Appellants {
  readonly attacker: boolean;
  readonly honest: boolean;
}

/** Probability that the final ruling is the attacker's, if it votes as one wherever it holds a majority. */
export function captureChance(
  { panels }: Pick<Rules, "panels">,
  share: number,
  { attacker, honest }: Appellants,
): number {
  const [first, second, third] = panels.map((size) => majority(size, share)) as [number, number, number];
  // From the last panel backwards: the chance of winning in the end, once this panel is drawn.
  const from = (chance: number, next: number) => chance * (honest ? next : 1) + (1 - chance) * (attacker ? next : 0);
  return from(first, from(second, third));
}

/** Plays disputes slot by slot and counts how often the attacker has the last word. */
export function captureFrequency(
  { panels }: Rules,
  share: number,
  { attacker, honest }: Appellants,
  plays: number,
  random: Random,
): number {
  let captured = 0;
  for (let play = 0; play < plays; play++) {
    let holds = false;
    for (const [round, size] of panels.entries()) {
      let own = 0;
      for (let slot = 0; slot < size; slot++) if (random() < share) own++;
      holds = own * 2 > size;
      if (round < panels.length - 1 && !(holds ? honest : attacker)) break;
    }
    if (holds) captured++;
  }
  return captured / plays;
}

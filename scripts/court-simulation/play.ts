import type { Attack, Optimum, Stage } from "./attack";
import { START, add, after } from "./attack";
import type { Panel, Slot } from "./execution";
import { execute, medianOf } from "./execution";
import type { Random } from "./random";
import { NONE } from "./settlement";

/** Plays one dispute by the optimal plan, slot by slot, and returns the attacker's profit. */
export function play(attack: Attack, optimum: Optimum, random: Random): number {
  const { rules, share, absence } = attack;
  const panels: Panel[] = [];
  let spent = attack.jobValue === undefined ? rules.panels[0] : 0;
  let stage: Stage = START;
  let final: number | undefined;
  for (;;) {
    const drawn = Array.from({ length: rules.panels[stage.round] ?? 0 }, () => {
      const own = random() < share;
      return { own, absent: !own && random() < absence };
    });
    const own = drawn.filter((slot) => slot.own).length;
    const absent = drawn.filter((slot) => slot.absent).length;
    const { option, goesOn } = optimum.decide(stage, own, absent);
    const votes = option.tally.votes.flatMap((count, vote) => Array.from({ length: count }, () => vote));
    const slots = drawn.map((slot): Slot => {
      if (slot.own) return { own: true, vote: votes.pop() };
      return { own: false, vote: slot.absent ? undefined : 0 };
    });
    const panel: Panel = { slots, redrawn: stage.redrawn };
    panels.push(panel);

    const ruling = medianOf(rules, panel);
    if (ruling === undefined) {
      if (!stage.redrawn && (goesOn || optimum.isOpposed(stage.standing))) {
        stage = { ...stage, redrawn: true, earned: add(stage.earned, option.final) };
        continue;
      }
      if (stage.paid) spent -= slots.length;
      break;
    }
    final = ruling;
    const next = rules.panels[stage.round + 1];
    const isOpposed = optimum.isOpposed(ruling);
    if (next === undefined || !(goesOn || isOpposed)) break;
    panel.appeal = { price: next, own: !isOpposed };
    if (!isOpposed) spent += next;
    stage = after(stage, isOpposed ? option.appealedByHonest : option.appealedByAttacker, ruling, !isOpposed);
  }
  const earned = panels.reduce((sum, panel) => sum + execute(rules, panel, final), 0);
  return earned + optimum.reward(final ?? NONE) - spent;
}

/** Mean profit of many disputes and the standard error of that mean. */
export function average(
  attack: Attack,
  optimum: Optimum,
  plays: number,
  random: Random,
): { mean: number; error: number } {
  let sum = 0;
  let squares = 0;
  for (let count = 0; count < plays; count++) {
    const profit = play(attack, optimum, random);
    sum += profit;
    squares += profit * profit;
  }
  const mean = sum / plays;
  return { mean, error: Math.sqrt(Math.max(0, squares / plays - mean * mean) / plays) };
}

import { binomial } from "./binomial";
import { Memory } from "./memory";
import type { Options, PanelOption } from "./options";
import { optionsOf } from "./options";
import type { Rules } from "./rules";
import { NONE } from "./settlement";

/** An attacker and what it is up against. */
export interface Attack {
  readonly rules: Rules;
  /** Its share of the seats. */
  readonly share: number;
  /** How often an honest juror is absent. */
  readonly absence: number;
  /** Votes it considers. With fewer the search is faster, and finds a lower bound of the optimum. */
  readonly votes: readonly number[];
  /** The job it is one party of, in fees: it deserves nothing of it. Absent if it is both parties. */
  readonly jobValue?: number;
  /** Whether somebody honest appeals against each ruling that harms, and has a failed panel drawn again if it harms. */
  readonly honestActs: boolean;
  /** Whether its seats have nothing left to lose, having been penalised in other disputes. */
  readonly seatsLost?: boolean;
  /** Whether nobody else proves the seed, so that it can let a draw it dislikes lapse. */
  readonly aloneSeeds?: boolean;
}

/** A point at which a panel has been drawn and the attacker decides. */
export interface Stage {
  readonly round: number;
  readonly redrawn: boolean;
  /** Ruling that stands if this round ends without one. */
  readonly standing: number;
  /** What the executions of the panels so far give the attacker, for each final. */
  readonly earned: readonly number[];
  /** Whether the attacker paid for this panel by an appeal. */
  readonly paid: boolean;
}

export interface Decision {
  readonly option: PanelOption;
  /** Whether it then appeals against the ruling, or has a panel without one drawn again. */
  readonly goesOn: boolean;
  readonly value: number;
}

export const START: Stage = { round: 0, redrawn: false, standing: NONE, earned: [0, 0, 0, 0, 0, 0], paid: false };

const NEGLIGIBLE = 1e-10;

/** Exact optimum of an attacker who sees its slots and the absences of each panel before it votes. */
export class Optimum {
  readonly #attack: Attack;
  readonly #panels: readonly number[];
  readonly #options: Options;
  readonly #draws: readonly (readonly Draw[])[];
  readonly #memory = new Memory();

  constructor(attack: Attack) {
    this.#attack = attack;
    this.#panels = attack.rules.panels;
    this.#options = optionsOf(attack.rules, attack.votes, attack);
    this.#draws = this.#panels.map((size) => drawsOf(size, attack.share, attack.absence));
  }

  /** The attacker's expected profit, in fees, when it begins the dispute. */
  get profit(): number {
    const { rules, jobValue } = this.#attack;
    const fees = jobValue === undefined ? rules.panels[0] : 0;
    return this.valueOf(START) - fees;
  }

  /** Expected end from here, before the panel is drawn. */
  valueOf(stage: Stage): number {
    // Only differences between the finals matter for what is best.
    const base = stage.earned[0] ?? 0;
    const key: number[] = [];
    for (const earned of stage.earned) key.push(earned - base);
    // The first is always zero.
    key[0] = ((stage.round * 2 + Number(stage.redrawn)) * 2 + Number(stage.paid)) * (NONE + 1) + stage.standing;
    let value = this.#memory.get(key);
    if (value === undefined) {
      value = 0;
      for (const { own, absent, probability } of this.#draws[stage.round] ?? []) {
        let best = -Infinity;
        for (const option of this.#options(stage.round, stage.redrawn, own, absent)) {
          best = Math.max(best, this.#worthOf(stage, option));
        }
        value += probability * (best - base);
      }
      this.#memory.set(key, value);
    }
    return value + base;
  }

  /** The best the attacker can do with the slots it was drawn for. */
  decide(stage: Stage, own: number, absent: number): Decision {
    let best: PanelOption | undefined;
    let value = -Infinity;
    for (const option of this.#options(stage.round, stage.redrawn, own, absent)) {
      const worth = this.#worthOf(stage, option);
      if (worth > value) [best, value] = [option, worth];
    }
    if (best === undefined) throw new Error("Every draw leaves the attacker something to do.");
    return { option: best, goesOn: value > this.#stop(stage, best), value };
  }

  /** Whether a ruling, or an end without one, makes somebody honest act. */
  isOpposed(ruling: number): boolean {
    if (!this.#attack.honestActs) return false;
    // A party loses by every end that is not right, a juror only by one that makes its vote wrong.
    return this.#attack.jobValue === undefined ? ruling >= 2 && ruling !== NONE : ruling !== 0;
  }

  /** What the attacker wins of the job less its part of the first panel's fees: the evaluator divides both alike. */
  reward(final: number): number {
    const { jobValue, rules } = this.#attack;
    if (jobValue === undefined) return 0;
    const won = final === NONE ? 0.5 : final / 4;
    return won * jobValue - (1 - won) * rules.panels[0];
  }

  #worthOf(stage: Stage, option: PanelOption): number {
    if (option.ruling === undefined) {
      const stop = this.#stop(stage, option);
      if (stage.redrawn) return stop;
      const again = this.valueOf({ ...stage, redrawn: true, earned: add(stage.earned, option.final) });
      return this.isOpposed(stage.standing) ? again : Math.max(stop, again);
    }
    const next = this.#panels[stage.round + 1];
    if (next === undefined) return this.#stop(stage, option);
    if (this.isOpposed(option.ruling)) {
      return this.valueOf(after(stage, option.appealedByHonest, option.ruling, false));
    }
    const appeal = this.valueOf(after(stage, option.appealedByAttacker, option.ruling, true)) - next;
    return Math.max(this.#stop(stage, option), appeal);
  }

  /** What comes of it if the dispute ends here. */
  #stop(stage: Stage, option: PanelOption): number {
    const end = option.ruling ?? stage.standing;
    const refund = option.ruling === undefined && stage.paid ? (this.#panels[stage.round] ?? 0) : 0;
    return (stage.earned[end] ?? 0) + (option.final[end] ?? 0) + this.reward(end) + refund;
  }
}

/** The next round, with the panel just ended executed for each final. */
export function after(stage: Stage, income: readonly number[], standing: number, paid: boolean): Stage {
  return { round: stage.round + 1, redrawn: false, standing, earned: add(stage.earned, income), paid };
}

export function add(left: readonly number[], right: readonly number[]): number[] {
  const total: number[] = [];
  for (let index = 0; index < left.length; index++) total.push((left[index] ?? 0) + (right[index] ?? 0));
  return total;
}

interface Draw {
  readonly own: number;
  readonly absent: number;
  readonly probability: number;
}

function drawsOf(size: number, share: number, absence: number): Draw[] {
  return binomial(size, share)
    .flatMap((chance, own) =>
      binomial(size - own, absence).map((rest, absent) => ({ own, absent, probability: chance * rest })),
    )
    .filter(({ probability }) => probability > NEGLIGIBLE);
}

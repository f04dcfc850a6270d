import { binomial } from "./binomial";
import type { PanelOption } from "./options";
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
  /** Whether somebody honest appeals against each ruling that harms: the other party, or penalised jurors. */
  readonly honestAppeals: boolean;
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
  /** What to do after it: appeal after a ruling, draw again after a panel without one. */
  readonly goesOn: boolean;
  readonly value: number;
}

export const START: Stage = { round: 0, redrawn: false, standing: NONE, earned: [0, 0, 0, 0, 0, 0], paid: false };

const NEGLIGIBLE = 1e-11;

/** Exact optimum of an attacker who sees its slots and the absences of each panel before it votes. */
export class Optimum {
  readonly #attack: Attack;
  readonly #panels: readonly number[];
  readonly #options: (round: number, own: number, absent: number) => readonly PanelOption[];
  readonly #draws: readonly (readonly Draw[])[];
  readonly #memory = new Map<string, number>();

  constructor(attack: Attack) {
    this.#attack = attack;
    this.#panels = attack.rules.panels;
    this.#options = optionsOf(attack.rules, attack.votes, attack.seatsLost === true, attack.aloneSeeds === true);
    this.#draws = this.#panels.map((size) => drawsOf(size, attack.share, attack.absence));
  }

  /** The attacker's expected profit, in fees, when it begins the dispute. */
  get profit(): number {
    const { rules, jobValue } = this.#attack;
    const fees = jobValue === undefined ? rules.panels[0] * (rules.coinFee ?? 1) : 0;
    return this.valueOf(START) - fees;
  }

  /** Expected end from here, before the panel is drawn. */
  valueOf(stage: Stage): number {
    // Only differences between the finals matter for what is best.
    const base = stage.earned[0] ?? 0;
    const key = `${stage.round}${stage.redrawn ? "r" : ""}${stage.paid ? "p" : ""}${stage.standing}:${stage.earned
      .map((value) => Math.round((value - base) * 1e6))
      .join()}`;
    let value = this.#memory.get(key);
    if (value === undefined) {
      value = 0;
      for (const { own, absent, probability } of this.#draws[stage.round] ?? []) {
        value += probability * (this.decide(stage, own, absent).value - base);
      }
      this.#memory.set(key, value);
    }
    return value + base;
  }

  /** The best the attacker can do with the slots it was drawn for. */
  decide(stage: Stage, own: number, absent: number): Decision {
    let best: Decision | undefined;
    for (const option of this.#options(stage.round, own, absent)) {
      const decision = option.ruling === undefined ? this.#afterFailure(stage, option) : this.#afterRuling(stage, option);
      if (best === undefined || decision.value > best.value) best = decision;
    }
    if (best === undefined) throw new Error("Every draw leaves the attacker something to do.");
    return best;
  }

  /** Whether somebody honest appeals against a ruling. */
  isAppealed(ruling: number): boolean {
    // A party loses by every ruling that is not right, a juror only by one that makes its vote wrong.
    return this.#attack.honestAppeals && ruling >= (this.#attack.jobValue === undefined ? 2 : 1);
  }

  /** What the attacker wins of the job less its part of the first panel's fees: the evaluator divides both alike. */
  reward(final: number): number {
    const { jobValue, rules } = this.#attack;
    if (jobValue === undefined) return 0;
    const won = final === NONE ? 0.5 : final / 4;
    return won * jobValue - (1 - won) * rules.panels[0] * (rules.coinFee ?? 1);
  }

  #afterRuling(stage: Stage, option: PanelOption): Decision {
    const ruling = option.ruling ?? NONE;
    const next = this.#panels[stage.round + 1];
    if (next !== undefined && this.isAppealed(ruling)) {
      return { option, goesOn: false, value: this.valueOf(after(stage, option.appealedByHonest, ruling, false)) };
    }
    const stop = (stage.earned[ruling] ?? 0) + (option.final[ruling] ?? 0) + this.reward(ruling);
    if (next === undefined) return { option, goesOn: false, value: stop };
    const appeal = this.valueOf(after(stage, option.appealedByAttacker, ruling, true)) - next;
    return appeal > stop ? { option, goesOn: true, value: appeal } : { option, goesOn: false, value: stop };
  }

  #afterFailure(stage: Stage, option: PanelOption): Decision {
    const earned = add(stage.earned, option.final);
    const refund = stage.paid ? (this.#panels[stage.round] ?? 0) : 0;
    const stop = (earned[stage.standing] ?? 0) + this.reward(stage.standing) + refund;
    if (stage.redrawn) return { option, goesOn: false, value: stop };
    const again = this.valueOf({ ...stage, redrawn: true, earned });
    return again > stop ? { option, goesOn: true, value: again } : { option, goesOn: false, value: stop };
  }
}

/** The next round, with the panel just ended executed for each final. */
export function after(stage: Stage, income: readonly number[], standing: number, paid: boolean): Stage {
  return { round: stage.round + 1, redrawn: false, standing, earned: add(stage.earned, income), paid };
}

export function add(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, index) => value + (right[index] ?? 0));
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

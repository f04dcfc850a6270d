import type { SeatCourt } from "../typechain-types";
import type { CourtPhase } from "./enums";
import { CourtPhase as PHASES, nameOf } from "./enums";
import { SHARES, shareOfRuling } from "./votes";

/** The round of the second appeal, the last; from 0. */
const LAST_ROUND = 2;
/** What SeatCourt's `voteOf` answers for a vote that was known before its time. */
const LEAKED = 6n;

/** What decides when a court's phases end, in seconds. */
export interface CourtPeriods {
  readonly seedWindow: bigint;
  readonly commitPeriod: bigint;
  readonly revealGap: bigint;
  readonly revealPeriod: bigint;
  readonly appealPeriod: bigint;
}

/** What is known of the vote in a slot. */
export type SlotVote =
  | { readonly state: "none" | "leaked" }
  | { readonly state: "committed"; readonly commitment: bigint }
  | { readonly state: "revealed"; readonly share: number };

/** One of a drawn panel's slots. */
export interface CourtSlot {
  /** From 0. */
  readonly slot: bigint;
  readonly seatId: bigint;
  readonly juror: string;
  readonly vote: SlotVote;
}

/** One of a dispute's panels. Times in Unix seconds. */
export interface CourtPanel {
  /** From 0. */
  readonly index: bigint;
  /** 0 for the first, 1 and 2 for appeals. */
  readonly round: number;
  readonly size: number;
  /** Whether it is its round's second: then any vote rules. */
  readonly redrawn: boolean;
  /** The first block from then on draws the panel. */
  readonly seedTime: bigint;
  /** When the draw was handed in; undefined before. */
  readonly seededAt: bigint | undefined;
  /** How many revealed a vote for 0, 25, 50, 75 and 100 percent. */
  readonly tally: readonly number[];
  /** Whether its votes were settled against the ruling. */
  readonly executed: boolean;
  /** Who paid for it; zero if nobody did. */
  readonly appellant: string;
  /** Empty before the draw. */
  readonly slots: readonly CourtSlot[];
}

/** A dispute before a SeatCourt. */
export interface CourtDispute {
  readonly id: bigint;
  /** The contract that asked: an evaluator. */
  readonly arbitrable: string;
  readonly createdAt: bigint;
  readonly round: number;
  /** Whether the current panel is its round's second. */
  readonly redrawn: boolean;
  /** Fixed, or fixed and delivered; undefined while it lives. */
  readonly ending: "Concluded" | "Ruled" | undefined;
  readonly paidInCoin: boolean;
  /** As it stands: 1 to 5, or 0 for none. */
  readonly ruling: bigint;
  /** The same as a percentage to the provider. */
  readonly share: number | undefined;
  /** The last one is the current one; there is at least one. */
  readonly panels: readonly CourtPanel[];
  readonly periods: CourtPeriods;
}

/** Reads a dispute with all its panels and slots. @returns Undefined if the court has no such dispute. */
export async function readCourtDispute(court: SeatCourt, disputeId: bigint): Promise<CourtDispute | undefined> {
  const [dispute, ruling, periods] = await Promise.all([
    court.disputeOf(disputeId),
    court.currentRuling(disputeId),
    court.terms(),
  ]);
  if (dispute.panels === 0n) return undefined;
  const { seedWindow, commitPeriod, revealGap, revealPeriod, appealPeriod } = periods;
  const ending = nameOf(PHASES, dispute.ending);
  const panels = await Promise.all(countUpTo(dispute.panels).map((index) => readPanel(court, disputeId, index)));
  return {
    id: disputeId,
    arbitrable: dispute.arbitrable,
    createdAt: dispute.createdAt,
    round: Number(dispute.round),
    redrawn: dispute.redrawn,
    ending: ending === "Concluded" || ending === "Ruled" ? ending : undefined,
    paidInCoin: dispute.paidInCoin,
    ruling,
    share: shareOfRuling(ruling),
    panels: panels.map((panel, index) => ({ ...panel, redrawn: panels[index - 1]?.round === panel.round })),
    periods: { seedWindow, commitPeriod, revealGap, revealPeriod, appealPeriod },
  };
}

async function readPanel(court: SeatCourt, disputeId: bigint, index: bigint): Promise<Omit<CourtPanel, "redrawn">> {
  const { round, size, seedTime, seededAt, tally, executed, appellant } = await court.panelOf(disputeId, index);
  const slots = await Promise.all(
    countUpTo(seededAt === 0n ? 0n : size).map(async (slot): Promise<CourtSlot> => {
      const [{ seatId, juror }, vote] = await Promise.all([
        court.slotOf(disputeId, index, slot),
        court.voteOf(disputeId, index, slot),
      ]);
      return { slot, seatId, juror, vote: slotVote(vote) };
    }),
  );
  return {
    index,
    round: Number(round),
    size: Number(size),
    seedTime,
    seededAt: seededAt === 0n ? undefined : seededAt,
    tally: tally.map(Number),
    executed,
    appellant,
    slots,
  };
}

function slotVote(stored: bigint): SlotVote {
  if (stored === 0n) return { state: "none" };
  if (stored === LEAKED) return { state: "leaked" };
  const share = SHARES[Number(stored) - 1];
  return share === undefined ? { state: "committed", commitment: stored } : { state: "revealed", share };
}

function countUpTo(count: bigint): bigint[] {
  return Array.from({ length: Number(count) }, (_, index) => BigInt(index));
}

/** The panel that is at work, or was the last one. */
export function currentPanel({ panels }: CourtDispute): CourtPanel {
  const panel = panels.at(-1);
  if (panel === undefined) throw new RangeError("a dispute has at least one panel");
  return panel;
}

/** The current panel's slots that an account was drawn for. */
export function slotsOf(dispute: CourtDispute, account: string): CourtSlot[] {
  return currentPanel(dispute).slots.filter(({ juror }) => juror === account);
}

/** Whether enough have revealed for a ruling: more than half, or anybody in a panel drawn again. */
export function hasQuorum({ tally, size, redrawn }: CourtPanel): boolean {
  const revealed = tally.reduce((sum, count) => sum + count, 0);
  return revealed * 2 > size || (redrawn && revealed > 0);
}

/**
 * Where a dispute stands at `now` (the chain's time) if nobody acts before, and from when on it does not; undefined if
 * it stays. As SeatCourt's `phaseOf` computes it.
 */
export function courtPhaseAt(dispute: CourtDispute, now: bigint): { phase: CourtPhase; until: bigint | undefined } {
  if (dispute.ending !== undefined) return { phase: dispute.ending, until: undefined };
  const { seedWindow, commitPeriod, revealGap, revealPeriod, appealPeriod } = dispute.periods;
  const panel = currentPanel(dispute);
  const { seedTime, seededAt } = panel;
  const quorum = hasQuorum(panel);
  const another = quorum ? dispute.round < LAST_ROUND : !dispute.redrawn;
  const last = quorum ? "Appeal" : "Redraw";
  const steps: [CourtPhase, bigint][] =
    seededAt === undefined
      ? [["Seeding", seedWindow]]
      : [
          ["Commit", seededAt - seedTime + commitPeriod],
          ["Gap", revealGap],
          ["Reveal", revealPeriod],
        ];
  if (another) steps.push([last, appealPeriod]);
  let until = seedTime;
  if (now < until) return { phase: "Evidence", until };
  for (const [phase, period] of steps) {
    until += period;
    if (now < until) return { phase, until };
  }
  return { phase: "Decided", until: undefined };
}

/** When the current panel's votes can be revealed; undefined before it is drawn. */
export function revealOpensAt(dispute: CourtDispute): bigint | undefined {
  const { seededAt } = currentPanel(dispute);
  return seededAt === undefined ? undefined : seededAt + dispute.periods.commitPeriod + dispute.periods.revealGap;
}

/** Something that can be done about a dispute before a court now. */
export interface CourtAction {
  /** The court's function. */
  readonly name: "seed" | "commit" | "proveLeak" | "reveal" | "appeal" | "redraw" | "deliverRuling" | "execute";
  readonly by: "juror" | "anyone";
  /** The juror that must send it; undefined for anyone. */
  readonly account?: string;
  /** The slots that it is about, for jurors. */
  readonly slots?: readonly bigint[];
  /** The panels that are due, for `execute`. */
  readonly panels?: readonly bigint[];
  /** The last Unix second in which it is possible; undefined if it stays possible. */
  readonly until?: bigint;
}

/** What can be done about a dispute at `now` (the chain's time), by whom and until when. */
export function availableCourtActions(dispute: CourtDispute, now: bigint): CourtAction[] {
  const { phase, until: end } = courtPhaseAt(dispute, now);
  const until = end === undefined ? {} : { until: end - 1n };
  const { slots } = currentPanel(dispute);
  switch (phase) {
    case "Seeding":
      return [{ name: "seed", by: "anyone", ...until }];
    case "Commit": {
      const leakable = slots.some(({ vote }) => vote.state === "committed");
      return [
        ...byJuror("commit", slots, "none", until),
        ...(leakable ? [{ name: "proveLeak", by: "anyone", ...until } as const] : []),
      ];
    }
    case "Reveal":
      return byJuror("reveal", slots, "committed", until);
    case "Appeal":
      return [{ name: "appeal", by: "anyone", ...until }];
    case "Redraw":
      return [{ name: "redraw", by: "anyone", ...until }];
    case "Decided":
    case "Concluded":
    case "Ruled": {
      const panels = dispute.panels.filter(({ executed }) => !executed).map(({ index }) => index);
      return [
        ...(phase === "Ruled" ? [] : [{ name: "deliverRuling", by: "anyone" } as const]),
        ...(panels.length === 0 ? [] : [{ name: "execute", by: "anyone", panels } as const]),
      ];
    }
    case "None":
    case "Evidence":
    case "Gap":
      return [];
  }
}

/** One action for each juror with slots in this state. */
function byJuror(
  name: "commit" | "reveal",
  slots: readonly CourtSlot[],
  state: SlotVote["state"],
  until: Pick<CourtAction, "until">,
): CourtAction[] {
  const perJuror = new Map<string, bigint[]>();
  for (const { slot, juror, vote } of slots) {
    if (vote.state === state) perJuror.set(juror, [...(perJuror.get(juror) ?? []), slot]);
  }
  return [...perJuror].map(([account, own]) => ({ name, by: "juror", account, slots: own, ...until }));
}

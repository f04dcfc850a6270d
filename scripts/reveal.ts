import type { CourtSlot } from "../sdk/courtDisputes";
import { courtPhaseAt, revealOpensAt } from "../sdk/courtDisputes";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { SHARES } from "../sdk/votes";
import type { CaseSession } from "./lib/actOnCourt";
import {
  BALLOT_OPTIONS,
  addReceipt,
  boothOf,
  describePhase,
  openCase,
  ownSlots,
  requirePhase,
  sendTogether,
} from "./lib/actOnCourt";
import type { SavedBallot } from "./lib/ballots";
import { BallotFolder, DEFAULT_BALLOTS } from "./lib/ballots";
import { runCommand } from "./lib/command";
import { Report, countdown } from "./lib/report";

/** How a slot of the juror stands when this is done. */
interface Outcome {
  readonly slot: bigint;
  readonly state: "revealed" | "revealed before" | "not voted in" | "leaked" | "without its ballot";
  readonly share?: number;
}

void runCommand({
  name: "reveal",
  summary: "Reveal your votes as a juror, from the ballots that vote saved.",
  options: BALLOT_OPTIONS,
  example: "--court 0x… --dispute 3",
  run: async (values) => {
    const session = await openCase(values);
    requireOpen(session);
    const folder = new BallotFolder(values.ballots ?? DEFAULT_BALLOTS);
    const slots = ownSlots(session, values.slot);
    const ballots = new Map(slots.map((slot) => [slot, ballotOf(session, slot, folder)]));
    const outcomes = slots.map((slot) => outcomeOf(slot, ballots.get(slot)));

    const { court, dispute, now } = session;
    const calls = [...ballots.values()]
      .filter((saved) => saved !== undefined)
      .map(({ ballot: { slot, vote, salt } }) =>
        court.interface.encodeFunctionData("reveal", [dispute.id, slot, vote, salt]),
      );
    const receipt = calls.length === 0 ? undefined : await sendTogether(session, calls);

    const report = new Report()
      .add("disputeId", "Dispute", dispute.id)
      .add(
        "votes",
        "Votes",
        outcomes,
        outcomes
          .map(({ slot, state, share }) => `slot ${slot}: ${share === undefined ? "" : `${share} percent, `}${state}`)
          .join("\n"),
      );
    if (receipt !== undefined) addReceipt(report, receipt);
    const lost = outcomes.filter(({ state }) => state === "without its ballot");
    if (lost.length === 0) return report;
    const until = courtPhaseAt(dispute, now).until ?? 0n;
    return report.failWith(
      `no ballot in this folder is what was committed in slot ${lost.map(({ slot }) => slot).join(", ")}: find it until ${countdown(until, now)}, and name its folder by --ballots.`,
    );
  },
});

/** Whoever shows a vote before commits close loses the seat; before reveals open, it is refused. */
function requireOpen(session: CaseSession): void {
  const { dispute, now } = session;
  const opens = revealOpensAt(dispute);
  if (opens !== undefined && now < opens) {
    throw new InvalidInputError(
      `${describePhase(dispute, now)}, and reveals open at ${countdown(opens, now)}: before that it is refused, and a vote that is shown while commits are open costs its seat.`,
    );
  }
  requirePhase(session, "Reveal", "votes are revealed");
}

/** The ballot that is to be revealed in a slot; undefined if there is nothing to reveal or it is not there. */
function ballotOf(session: CaseSession, { slot, vote }: CourtSlot, folder: BallotFolder): SavedBallot | undefined {
  if (vote.state !== "committed") return undefined;
  const { ballots } = folder.find(boothOf(session, slot));
  return ballots.find(({ commitment }) => BigInt(commitment) === vote.commitment);
}

function outcomeOf({ slot, vote }: CourtSlot, saved: SavedBallot | undefined): Outcome {
  switch (vote.state) {
    case "none":
      return { slot, state: "not voted in" };
    case "leaked":
      return { slot, state: "leaked" };
    case "revealed":
      return { slot, state: "revealed before", share: vote.share };
    case "committed":
      if (saved === undefined) return { slot, state: "without its ballot" };
      return { slot, state: "revealed", share: SHARES[saved.ballot.vote] ?? 0 };
  }
}

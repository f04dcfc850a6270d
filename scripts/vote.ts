import { currentPanel, revealOpensAt } from "../sdk/courtDisputes";
import type { CourtSlot } from "../sdk/courtDisputes";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { SHARES, voteForShare } from "../sdk/votes";
import type { CaseSession } from "./lib/actOnCourt";
import { BALLOT_OPTIONS, addReceipt, boothOf, openCase, ownSlots, requirePhase, sendTogether } from "./lib/actOnCourt";
import type { SavedBallot } from "./lib/ballots";
import { BallotFolder, DEFAULT_BALLOTS } from "./lib/ballots";
import { runCommand } from "./lib/command";
import { parseChoice } from "./lib/input";
import { Report, countdown } from "./lib/report";

void runCommand({
  name: "vote",
  summary:
    "Vote in secret as a juror: saves a ballot on your disk, then commits to it. Keep the ballot, and reveal in time;\n" +
    "running it again changes nothing, and finishes what was broken off.",
  options: {
    share: { value: "PERCENT", required: true, help: `What the provider has earned: ${SHARES.join(", ")}.` },
    ...BALLOT_OPTIONS,
  },
  example: "--court 0x… --dispute 3 --share 75",
  run: async (values) => {
    const share = parseChoice(values.share, "--share", SHARES.map(String));
    const vote = voteForShare(Number(share));
    const session = await openCase(values);
    requirePhase(session, "Commit", "votes are committed");
    const folder = new BallotFolder(values.ballots ?? DEFAULT_BALLOTS);

    // All is looked at before anything is written or sent.
    const slots = ownSlots(session, values.slot);
    const committed = slots.filter(({ vote: { state } }) => state !== "none");
    const ballots = new Map(committed.map((slot) => [slot, requireCommitted(session, slot, folder, vote)]));
    const missing = slots.filter((slot) => !ballots.has(slot));
    for (const slot of missing) ballots.set(slot, folder.save(boothOf(session, slot.slot), vote));

    const { court, dispute, now } = session;
    const calls = missing.map((slot) =>
      court.interface.encodeFunctionData("commit", [dispute.id, slot.slot, ballots.get(slot)?.commitment ?? ""]),
    );
    const receipt = calls.length === 0 ? undefined : await sendTogether(session, calls);

    const opens = revealOpensAt(dispute) ?? 0n;
    const closes = opens + dispute.periods.revealPeriod;
    const votes = [...ballots].map(([{ slot }, { path }]) => ({ slot, share: Number(share), ballot: path }));
    const report = new Report()
      .add("disputeId", "Dispute", dispute.id)
      .add("panel", "Panel", currentPanel(dispute).index)
      .add("votes", "Voted", votes, votes.map(({ slot }) => `${share} percent in slot ${slot}`).join("\n"))
      .add("committed", "Now", calls.length, calls.length === 0 ? "nothing: all was committed before" : "committed")
      .add(
        "ballots",
        "Ballots",
        votes.map(({ ballot }) => ballot),
        votes.map(({ ballot }) => ballot).join("\n"),
      )
      .add("revealFrom", "Reveal from", opens, countdown(opens, now))
      .add("revealUntil", "to", closes - 1n, countdown(closes - 1n, now));
    return receipt === undefined ? report : addReceipt(report, receipt);
  },
});

/** The ballot of a slot that is voted in. It must say the same: what is committed cannot be changed. */
function requireCommitted(session: CaseSession, slot: CourtSlot, folder: BallotFolder, vote: number): SavedBallot {
  if (slot.vote.state !== "committed") {
    throw new InvalidInputError(
      `the vote in slot ${slot.slot} was proved to have leaked: it is void, and its seat lost.`,
    );
  }
  const { commitment } = slot.vote;
  const saved = folder
    .find(boothOf(session, slot.slot))
    .ballots.find((known) => BigInt(known.commitment) === commitment);
  if (saved === undefined) {
    throw new InvalidInputError(
      `slot ${slot.slot} is voted in, but its ballot is not in this folder: find it before reveals open, and name its folder by --ballots.`,
    );
  }
  if (saved.ballot.vote !== vote) {
    throw new InvalidInputError(
      `--share: in slot ${slot.slot} you have voted for ${String(SHARES[saved.ballot.vote])} percent, and a committed vote cannot be changed.`,
    );
  }
  return saved;
}

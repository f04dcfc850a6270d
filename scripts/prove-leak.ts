import { currentPanel } from "../sdk/courtDisputes";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { Ballot } from "../sdk/votes";
import { SHARES, commitmentOf, voteForShare } from "../sdk/votes";
import type { CaseSession } from "./lib/actOnCourt";
import { CASE_OPTIONS, boothOf, openCase, reportCase, requirePhase } from "./lib/actOnCourt";
import { readBallot } from "./lib/ballots";
import type { Values } from "./lib/command";
import { runCommand } from "./lib/command";
import { parseBytes32, parseChoice, parseNumber } from "./lib/input";
import { simulateAndSend } from "./lib/session";

const OPTIONS = {
  ballot: { value: "FILE", help: "The ballot as the juror's disk holds it." },
  slot: { value: "NUMBER", help: "Without the file: the slot," },
  share: { value: "PERCENT", help: `the vote, one of ${SHARES.join(", ")},` },
  salt: { value: "HEX", help: "and its salt." },
  ...CASE_OPTIONS,
} as const;

void runCommand({
  name: "prove-leak",
  summary: "Show that you know a vote while votes are secret: it becomes void, and a quarter of its seat is yours.",
  options: OPTIONS,
  example: "--court 0x… --dispute 3 --slot 1 --share 75 --salt 0x…",
  run: async (values) => {
    const { slot, share, salt } = parse(values);
    const session = await openCase(values);
    requirePhase(session, "Commit", "leaks are proved");
    const { court, dispute, wallet } = session;
    const stored = currentPanel(dispute).slots.find((candidate) => candidate.slot === slot);
    if (stored === undefined) throw new InvalidInputError(`--slot: the panel has no slot ${slot}.`);
    const vote = voteForShare(share);
    const ballot: Ballot = { ...boothOf(session, slot), juror: stored.juror, vote, salt };
    requireCommitment(session, stored.vote, ballot);
    const receipt = await simulateAndSend(court.connect(wallet).proveLeak, dispute.id, slot, stored.juror, vote, salt);
    return (await reportCase(session, receipt)).add("slot", "Void slot", slot).add("juror", "Juror", stored.juror);
  },
});

function parse(values: Values<typeof OPTIONS>): { slot: bigint; share: number; salt: string } {
  const { ballot, slot, share, salt } = values;
  if (ballot !== undefined) {
    if ((slot ?? share ?? salt) !== undefined) {
      throw new InvalidInputError("--ballot says it all: leave --slot, --share and --salt out.");
    }
    const saved = readBallot(ballot, "--ballot").ballot;
    return { slot: saved.slot, share: SHARES[saved.vote] ?? 0, salt: saved.salt };
  }
  if (slot === undefined || share === undefined || salt === undefined) {
    throw new InvalidInputError("--ballot is missing: give the file, or --slot, --share and --salt.");
  }
  return {
    slot: parseNumber(slot, "--slot", 0n, 255n),
    share: Number(parseChoice(share, "--share", SHARES.map(String))),
    salt: parseBytes32(salt, "--salt"),
  };
}

/** A proof that fails would tell everyone what it tried. */
function requireCommitment({ dispute }: CaseSession, stored: { state: string; commitment?: bigint }, ballot: Ballot) {
  if (stored.commitment === BigInt(commitmentOf(ballot))) return;
  const why =
    stored.state === "committed"
      ? "is another"
      : stored.state === "leaked"
        ? "has leaked before"
        : "does not exist yet";
  throw new InvalidInputError(`the vote in slot ${ballot.slot} of dispute ${dispute.id} ${why}: nothing was sent.`);
}

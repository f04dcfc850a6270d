import { ZeroAddress } from "ethers";

import type { CourtAction, CourtDispute, CourtPanel, CourtSlot } from "../../sdk/courtDisputes";
import { availableCourtActions, courtPhaseAt, currentPanel, hasQuorum, slotsOf } from "../../sdk/courtDisputes";
import type { CourtSeat } from "../../sdk/courtSeats";
import { readSeats } from "../../sdk/courtSeats";
import { findArbitrableJob } from "../../sdk/disputes";
import type { CourtPhase } from "../../sdk/enums";
import { explainError } from "../../sdk/errors";
import { formatJobId } from "../../sdk/jobId";
import { formatDuration } from "../../sdk/units";
import { SHARES } from "../../sdk/votes";
import type { CourtSession } from "./actOnCourt";
import { Report, countdown } from "./report";

/** A case takes the three slots of its first panel, and at most half of all seats may be open. */
const FIRST_PANEL = 3n;
/** Fewer mature seats never take a case: half of them is the largest panel. */
const LEAST_SEATS = 30n;

/** What comes after a phase if nobody acts in it, for people. */
const AFTERWARDS: Record<CourtPhase, string> = {
  None: "",
  Evidence: "then anyone can draw the panel (seed)",
  Seeding: "without a draw the panel has failed, and can be drawn again (redraw)",
  Commit: "then commits are closed, and reveals open after a gap",
  Gap: "then reveals open",
  Reveal: "then the votes are counted, and whoever is absent pays",
  Appeal: "then the ruling stands",
  Redraw: "then the last valid ruling stands, if there is one",
  Decided: "anyone can have it delivered and its panels settled (execute)",
  Concluded: "anyone can have it delivered and its panels settled (execute)",
  Ruled: "the ruling is delivered",
};

/** The court as a whole. */
export async function reportCourt(session: CourtSession): Promise<Report> {
  const { court, address, terms, token } = session;
  const [seats, mature, openSlots, disputes] = await Promise.all([
    court.seatCount(),
    court.seatCountAt(session.now - terms.seatMaturity),
    court.openSlots(),
    court.disputeCount(),
  ]);
  // As createDispute decides: draws are made from the mature ones; newer ones only help to make up the number.
  const half = terms.minSeats / 2n;
  const enough =
    mature >= (half > LEAST_SEATS ? half : LEAST_SEATS) && (mature > seats ? mature : seats) >= terms.minSeats;
  const most = mature / 2n;
  const room = !enough || openSlots > most ? 0n : (most - openSlots) / FIRST_PANEL;
  const least = `${seats}, of which it had ${mature} when draws for a case of now are made from${enough ? "" : `: too few, it needs ${terms.minSeats}`}`;
  return new Report()
    .add("court", "Court", address)
    .add("token", "Token", token.address, `${token.symbol} ${token.address}`)
    .add("seatPrice", "Price of a seat", terms.seatPrice, token.format(terms.seatPrice))
    .add("fee", "Fee per vote", terms.fee, token.format(terms.fee))
    .add("seatCount", "Seats", seats, least)
    .add("openSlots", "Open slots", openSlots, `${openSlots} of at most ${most}: room for ${room} more cases now`)
    .add("disputeCount", "Disputes", disputes)
    .add(
      "seatMaturity",
      "Seats are drawn",
      terms.seatMaturity,
      `from ${formatDuration(terms.seatMaturity)} after joining`,
    )
    .add("unbonding", "and pay out", terms.unbonding, `${formatDuration(terms.unbonding)} after leaving`);
}

/** One of its disputes. @param account Whose slots to point out. */
export async function reportDispute(
  session: CourtSession,
  dispute: CourtDispute,
  account: string | undefined,
): Promise<Report> {
  const { chain, address, now, court, token } = session;
  const { phase, until } = courtPhaseAt(dispute, now);
  const [jobId, appealCost] = await Promise.all([
    findArbitrableJob(chain, dispute.arbitrable, dispute.id),
    court.appealCost(dispute.id),
  ]);
  const report = new Report()
    .add("court", "Court", address)
    .add("disputeId", "Dispute", dispute.id)
    .add("arbitrable", "Asked by", dispute.arbitrable);
  if (jobId !== undefined) report.add("jobId", "About job", jobId, formatJobId(jobId));
  report.add("phase", "Phase", phase);
  if (until !== undefined) report.add("until", "Until", until, countdown(until, now));
  report
    .add("next", "Next", AFTERWARDS[phase])
    .add("ruling", "Ruling", { ruling: dispute.ruling, share: dispute.share ?? null }, describeRuling(dispute))
    .add("panels", "Panels", dispute.panels, dispute.panels.map(describePanel).join("\n"));
  const { slots } = currentPanel(dispute);
  if (slots.length > 0) {
    const lines = slots.map((slot) => `${describeSlot(slot)}${slot.juror === account ? "  (you)" : ""}`);
    report.add("slots", "Its slots", slots, lines.join("\n"));
  }
  if (account !== undefined) {
    const own = slotsOf(dispute, account).map(({ slot }) => slot);
    report.add("yourSlots", "Your slots", own, own.join(", ") || "none");
  }
  if (appealCost > 0n) report.add("appealCost", "An appeal costs", appealCost, token.format(appealCost));
  const actions = availableCourtActions(dispute, now);
  const lines = actions.map((action) => describeAction(action, now));
  return report.add("actions", "Possible now", actions, lines.join("\n") || "nothing");
}

/** What an account has at the court, and how it voted. */
export async function addAccount(report: Report, session: CourtSession, account: string): Promise<Report> {
  const { court, token, now } = session;
  const [{ credit, coherent, incoherent, absent, leaked }, coin] = await Promise.all([
    court.accountOf(account),
    court.withdrawable(ZeroAddress, account),
  ]);
  report.add("account", "Account", account);
  try {
    const seats = await readSeats(court, account);
    report.add("seats", "Its seats", seats, describeSeats(seats, now, token.format));
  } catch (error) {
    report.add(
      "seats",
      "Its seats",
      null,
      `unknown, as the endpoint does not search the chain: ${explainError(error)}`,
    );
  }
  report.add("credit", "Its credit", { token: credit, coin }, token.format(credit));
  const record = { coherent, incoherent, absent, leaked };
  return report.add(
    "record",
    "Its record",
    record,
    Object.entries(record)
      .map(([conduct, count]) => `${count} ${conduct}`)
      .join(", "),
  );
}

export function describeRuling({ ruling, share, ending }: CourtDispute): string {
  const fixed = ending === undefined ? "as it stands: " : "";
  return `${fixed}${share === undefined ? `none (${ruling})` : `${share} percent to the provider (${ruling})`}`;
}

function describePanel(panel: CourtPanel): string {
  const { index, round, size, seededAt, tally, appellant, executed } = panel;
  const revealed = tally.flatMap((count, vote) =>
    count === 0 ? [] : [`${count} for ${String(SHARES[vote])} percent`],
  );
  const parts = [
    `panel ${index}, round ${round}: ${size} slots`,
    seededAt === undefined ? "not drawn" : revealed.join(", ") || "nothing revealed",
    ...(seededAt === undefined || hasQuorum(panel) ? [] : ["no quorum yet"]),
    ...(appellant === ZeroAddress ? [] : [`paid by ${appellant}`]),
    ...(executed ? ["settled"] : []),
  ];
  return parts.join(", ");
}

function describeSlot({ slot, juror, seatId, vote }: CourtSlot): string {
  const state = { none: "has not voted", committed: "has voted", revealed: "revealed", leaked: "leaked" }[vote.state];
  return `${slot}  ${juror} (seat ${seatId})  ${state}${vote.state === "revealed" ? ` ${vote.share} percent` : ""}`;
}

function describeAction({ name, by, account, slots, panels, until }: CourtAction, now: bigint): string {
  return [
    `${name} by ${account ?? by}`,
    ...(slots === undefined ? [] : [`in slot ${slots.join(", ")}`]),
    ...(panels === undefined ? [] : [`of panel ${panels.join(", ")}`]),
    ...(until === undefined ? [] : [`until ${countdown(until, now)}`]),
  ].join(" ");
}

function describeSeats(seats: readonly CourtSeat[], now: bigint, format: (amount: bigint) => string): string {
  const inPool = seats.filter((seat) => seat.inPool);
  const waiting = seats.filter(({ inPool: stays, stake }) => !stays && stake > 0n);
  const groups = new Map<bigint, CourtSeat[]>();
  for (const seat of waiting)
    groups.set(seat.releasableAt ?? 0n, [...(groups.get(seat.releasableAt ?? 0n) ?? []), seat]);
  const worth = (some: readonly CourtSeat[]) => format(some.reduce((sum, { stake }) => sum + stake, 0n));
  return [
    `${inPool.length} in the court, worth ${worth(inPool)}`,
    ...[...groups].map(([time, some]) => {
      const when = time <= now ? "can be taken home" : `can be taken home from ${countdown(time, now)} on`;
      return `${some.length} that left (${some.map(({ id }) => id).join(", ")}), with ${worth(some)} left, ${when}`;
    }),
  ].join("\n");
}

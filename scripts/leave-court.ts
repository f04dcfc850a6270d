import { InvalidInputError } from "../sdk/InvalidInputError";
import type { JurorSession } from "./lib/actOnCourt";
import { COURT_SIGNER_OPTIONS, addReceipt, openCourtAs, parseSeatIds, requireSeats } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { parseNumber } from "./lib/input";
import { Report, countdown } from "./lib/report";
import { simulateAndSend, timeOf } from "./lib/session";

/** What surely fits into one transaction. */
const MOST_SEATS = 100n;

void runCommand({
  name: "leave-court",
  summary:
    "Take seats out of the court. They answer for their votes a while longer; withdraw-court then pays them out.",
  options: {
    seats: { value: "NUMBER", help: "How many, the newest first." },
    "seat-ids": { value: "LIST", help: "Which ones instead, such as 3,4,7." },
    ...COURT_SIGNER_OPTIONS,
  },
  example: "--court 0x… --seats 2",
  run: async (values) => {
    const { seats } = values;
    if ((seats === undefined) === (values["seat-ids"] === undefined)) {
      throw new InvalidInputError("--seats or --seat-ids says which seats leave: give one of them.");
    }
    const named = values["seat-ids"] === undefined ? undefined : parseSeatIds(values["seat-ids"]);
    const count = seats === undefined ? 0n : parseNumber(seats, "--seats", 1n, MOST_SEATS);
    const session = await openCourtAs(values);
    const ids = named ?? (await newest(session, Number(count)));
    const receipt = await simulateAndSend(session.court.connect(session.wallet).leave, ids);
    const now = await timeOf(session.chain);
    const releasableAt = now + session.terms.unbonding;
    const report = new Report()
      .add("seatIds", "Left", ids, ids.join(", "))
      .add("releasableAt", "Paid out from", releasableAt, countdown(releasableAt, now));
    return addReceipt(report, receipt);
  },
});

async function newest(session: JurorSession, count: number): Promise<bigint[]> {
  const { address } = session.wallet;
  const ids = (await requireSeats(session, address)).filter(({ inPool }) => inPool).map(({ id }) => id);
  if (ids.length < count) {
    throw new InvalidInputError(`--seats: ${address} has ${ids.length} seats in this court, less than ${count}.`);
  }
  return ids.slice(-count);
}

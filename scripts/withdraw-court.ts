import { ZeroAddress, formatEther } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import type { JurorSession } from "./lib/actOnCourt";
import {
  COURT_SIGNER_OPTIONS,
  addReceipt,
  openCourtAs,
  parseSeatIds,
  requireSeats,
  sendTogether,
} from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { Report } from "./lib/report";

void runCommand({
  name: "withdraw-court",
  summary: "Take home what a court owes you: what you earned, and the stakes of seats whose time is over.",
  options: {
    to: { value: "ADDRESS", help: "Who receives it; by default yourself." },
    "seat-ids": { value: "LIST", help: "Which seats to take home, such as 3,4,7; by default all that can be." },
    ...COURT_SIGNER_OPTIONS,
  },
  example: "--court 0x…",
  run: async (values) => {
    const named = values["seat-ids"] === undefined ? undefined : parseSeatIds(values["seat-ids"]);
    const given = values.to === undefined ? undefined : parseAddress(values.to, "--to");
    const session = await openCourtAs(values);
    const { court, address, token, wallet } = session;
    const to = given ?? wallet.address;
    if (to === ZeroAddress || to === address) {
      throw new InvalidInputError("--to must be an account other than zero and the court.");
    }
    const seats = await releasable(session, named);
    const [credit, coin] = await Promise.all([
      court.withdrawable(token.address, wallet.address),
      court.withdrawable(ZeroAddress, wallet.address),
    ]);
    const amount = seats.reduce((sum, { stake }) => sum + stake, credit);
    const calls: string[] = [];
    const encode = court.interface.encodeFunctionData.bind(court.interface);
    if (seats.length > 0) calls.push(encode("releaseSeats", [seats.map(({ id }) => id)]));
    if (amount > 0n) calls.push(encode("withdraw", [token.address, to]));
    if (coin > 0n) calls.push(encode("withdraw", [ZeroAddress, to]));
    if (calls.length === 0) {
      throw new InvalidInputError(
        `the court owes ${wallet.address} nothing now: court-status tells when its seats can be taken home.`,
      );
    }
    const receipt = await sendTogether(session, calls);
    const report = new Report()
      .add("amount", "Withdrawn", amount, token.format(amount))
      .add(
        "seatIds",
        "Seats taken home",
        seats.map(({ id }) => id),
        seats.map(({ id }) => id).join(", ") || "none",
      )
      .add("to", "To", to);
    if (coin > 0n) report.add("coin", "Also withdrawn", coin, `${formatEther(coin)} of the chain's coin`);
    return addReceipt(report, receipt);
  },
});

/** The seats whose stakes can be taken home: those that are named, or all that there are. */
async function releasable(session: JurorSession, named: bigint[] | undefined) {
  const { court, terms, wallet, now } = session;
  if (named === undefined) {
    const seats = await requireSeats(session, wallet.address);
    return seats.filter(({ releasableAt, stake }) => releasableAt !== undefined && releasableAt <= now && stake > 0n);
  }
  return Promise.all(
    named.map(async (id) => ({ id, stake: (terms.seatPrice / 100n) * (await court.seatOf(id)).left })),
  );
}

import { COURT_SIGNER_OPTIONS, addReceipt, openCourtAs } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { parseNumber } from "./lib/input";
import { requireFunds } from "./lib/payment";
import { Report, countdown } from "./lib/report";
import { simulateAndSend, timeOf } from "./lib/session";

/** What surely fits into one transaction. */
const MOST_SEATS = 100n;

void runCommand({
  name: "join-court",
  summary: "Become a juror: buy seats. Their stake answers for your votes, and comes back after you have left.",
  options: {
    seats: { value: "NUMBER", required: true, help: "How many." },
    approve: { help: "First let the court take their price, if it may not yet." },
    ...COURT_SIGNER_OPTIONS,
  },
  example: "--court 0x… --seats 2 --approve",
  run: async (values) => {
    const count = parseNumber(values.seats, "--seats", 1n, MOST_SEATS);
    const session = await openCourtAs(values);
    const { court, address, terms, token, wallet, chain } = session;
    const price = terms.seatPrice * count;
    await requireFunds({ wallet, token, spender: address, amount: price, purpose: "the seats' price" }, values.approve);
    const receipt = await simulateAndSend(court.connect(wallet).join, count);
    const now = await timeOf(chain);
    const drawnFrom = now + terms.seatMaturity;
    const report = new Report()
      .add("seats", "Seats", count)
      .add("paid", "Paid", price, token.format(price))
      .add("drawnFrom", "Can be drawn", drawnFrom, `for disputes from ${countdown(drawnFrom, now)} on`);
    return addReceipt(report, receipt);
  },
});

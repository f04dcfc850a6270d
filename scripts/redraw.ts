import { CASE_OPTIONS, openCase, reportCase, requireCourtAction } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "redraw",
  summary: "Have a panel that was never drawn, or of which too few revealed, drawn again. Anyone may, once a round.",
  options: CASE_OPTIONS,
  example: "--court 0x… --dispute 3",
  run: async (values) => {
    const session = await openCase(values);
    requireCourtAction(session, "redraw");
    const { dispute } = session;
    const court = session.court.connect(session.wallet);
    return reportCase(session, await simulateAndSend(court.redraw, dispute.id));
  },
});

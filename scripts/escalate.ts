import { openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "escalate",
  summary:
    "Put a contested job before the court, which is paid out of the bonds. Either party may, again if it was full.",
  options: JOB_OPTIONS,
  example: "--job 0x…",
  run: async (values) => {
    const session = await openDispute(values);
    requireDisputeAction(session, "escalate");
    return reportDispute(session, await simulateAndSend(session.evaluator.escalate, session.job.id));
  },
});

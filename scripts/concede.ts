import { openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSettle } from "./lib/session";

void runCommand({
  name: "concede",
  summary: "Give in: as the client pay in full, as the provider refund in full. Costs of your bond what losing would.",
  options: JOB_OPTIONS,
  example: "--job 0x…",
  run: async (values) => {
    const session = await openDispute(values);
    requireDisputeAction(session, "concede");
    return reportDispute(session, await simulateAndSettle(session.evaluator.concede, session.job.id));
  },
});

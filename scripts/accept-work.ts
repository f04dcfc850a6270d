import { openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSettle } from "./lib/session";

void runCommand({
  name: "accept-work",
  summary: "Accept submitted work as the client: the provider is paid in full, at once.",
  options: JOB_OPTIONS,
  example: "--job 0x…",
  run: async (values) => {
    const session = await openDispute(values);
    requireDisputeAction(session, "accept");
    return reportDispute(session, await simulateAndSettle(session.evaluator.accept, session.job.id));
  },
});

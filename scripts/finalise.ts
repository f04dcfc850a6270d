import { availableDisputeActions } from "../sdk/disputes";
import { openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSettle } from "./lib/session";

void runCommand({
  name: "finalise",
  summary: "Carry out what silence or the ruling decided; after the escrow's own claim, divide the bonds. Anyone may.",
  options: JOB_OPTIONS,
  example: "--job 0x…",
  run: async (values) => {
    const session = await openDispute(values);
    const { evaluator, dispute, job, now } = session;
    const bondsOnly = availableDisputeActions(dispute, now).some(({ name }) => name === "releaseBonds");
    const action = bondsOnly ? "releaseBonds" : "finalise";
    requireDisputeAction(session, action);
    const report = await reportDispute(session, await simulateAndSettle(evaluator[action], job.id));
    return report.add("action", "Done by", action);
  },
});

import { lockBond, openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";

void runCommand({
  name: "dispute",
  summary: "Object to submitted work as the client, and lock the bond. A job too small for one ends at once.",
  options: {
    approve: { help: "First let the evaluator take the bond, if it may not yet." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --approve",
  run: async (values) => {
    const session = await openDispute(values);
    requireDisputeAction(session, "dispute");
    return reportDispute(session, await lockBond(session, "dispute", values.approve));
  },
});

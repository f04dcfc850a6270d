import { lockBond, openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";

void runCommand({
  name: "contest",
  summary: "Stand by your work as the provider, and lock the bond.",
  options: {
    approve: { help: "First let the evaluator take the bond, if it may not yet." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --approve",
  run: async (values) => {
    const session = await openDispute(values);
    requireDisputeAction(session, "contest");
    return reportDispute(session, await lockBond(session, "contest", values.approve));
  },
});

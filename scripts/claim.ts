import { JOB_OPTIONS, openJob, reportOutcome, requireAction } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "claim",
  summary: "End a job whose time has run out: pays or refunds, as its terms say. Anyone may do it.",
  options: JOB_OPTIONS,
  example: "--job 0x…",
  run: async (values) => {
    const session = await openJob(values);
    const { job, market, wallet } = session;
    const action = job.status === "Submitted" && job.silencePaysProvider ? "claimPayment" : "claimRefund";
    requireAction(session, action);
    const receipt = await simulateAndSend(market.escrow.connect(wallet)[action], job.id);
    return (await reportOutcome(session, receipt)).add(
      "claimed",
      "Claimed",
      action === "claimPayment" ? "payment" : "refund",
    );
  },
});

import { parseAddress } from "./lib/input";
import { COURT_SIGNER_OPTIONS, openCourt, parseDisputeId, requireDispute } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { addAccount, reportCourt, reportDispute } from "./lib/courtReport";
import { env, walletFrom } from "./lib/session";

void runCommand({
  name: "court-status",
  summary: "Show a court, or one of its disputes and what can be done about it by whom until when; and your seats.",
  options: {
    dispute: { value: "ID", help: "The court's dispute; show-job tells a job's. Without it, the court itself." },
    account: { value: "ADDRESS", help: "Whose seats, slots and record; by default the key's, if there is one." },
    ...COURT_SIGNER_OPTIONS,
  },
  example: "--court 0x… --dispute 3",
  run: async (values) => {
    const disputeId = values.dispute === undefined ? undefined : parseDisputeId(values.dispute);
    const given = values.account === undefined ? undefined : parseAddress(values.account, "--account");
    const key = values["key-env"];
    const account = given ?? (env(key) === undefined ? undefined : walletFrom(key).address);
    const session = await openCourt(values);
    if (disputeId !== undefined) {
      return reportDispute(session, await requireDispute(session, disputeId), account);
    }
    const report = await reportCourt(session);
    return account === undefined ? report : addAccount(report, session, account);
  },
});

import { CASE_OPTIONS, openCase, reportCase, requireCourtAction } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { requireFunds } from "./lib/payment";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "appeal",
  summary:
    "Pay for a larger panel. Anyone may; if the final ruling is another one, you get the fees that the overruled panel did not earn.",
  options: {
    approve: { help: "First let the court take the appeal's cost, if it may not yet." },
    ...CASE_OPTIONS,
  },
  example: "--court 0x… --dispute 3 --approve",
  run: async (values) => {
    const session = await openCase(values);
    requireCourtAction(session, "appeal");
    const { court, address, dispute, wallet, token } = session;
    const cost = await court.appealCost(dispute.id);
    await requireFunds({ wallet, token, spender: address, amount: cost, purpose: "the appeal's cost" }, values.approve);
    const report = await reportCase(session, await simulateAndSend(court.connect(wallet).appeal, dispute.id));
    return report.add("cost", "Cost", cost, token.format(cost));
  },
});

import { currentPanel } from "../sdk/courtDisputes";
import { seedProof } from "../sdk/seedProof";
import { CASE_OPTIONS, openCase, reportCase, requireCourtAction } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { simulateAhead } from "./lib/session";

void runCommand({
  name: "seed",
  summary: "Draw the panel: hands in the block headers that prove the randomness of its moment. Anyone may.",
  options: CASE_OPTIONS,
  example: "--court 0x… --dispute 3",
  run: async (values) => {
    const session = await openCase(values);
    requireCourtAction(session, "seed");
    const { chain, dispute } = session;
    const court = session.court.connect(session.wallet);
    return reportCase(
      session,
      await simulateAhead(court.seed, dispute.id, await seedProof(chain, currentPanel(dispute).seedTime)),
    );
  },
});

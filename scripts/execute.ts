import { availableCourtActions, courtPhaseAt } from "../sdk/courtDisputes";
import { explainError } from "../sdk/errors";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { CaseSession } from "./lib/actOnCourt";
import { CASE_OPTIONS, describePhase, openCase, requireDispute } from "./lib/actOnCourt";
import { runCommand } from "./lib/command";
import { Report } from "./lib/report";
import { describeRuling } from "./lib/courtReport";
import { simulateAndSend, simulateAndSettle } from "./lib/session";

/** One thing that was to be done. */
interface Step {
  readonly name: string;
  readonly transaction?: string;
  readonly gasUsed?: bigint;
  /** Why it was not. */
  readonly failure?: string;
}

void runCommand({
  name: "execute",
  summary:
    "Carry a decided dispute out: deliver the ruling, and settle all its panels' votes. Anyone may, and again if\n" +
    "something was refused: nothing is done twice.",
  options: CASE_OPTIONS,
  example: "--court 0x… --dispute 3",
  run: async (values) => {
    const session = await openCase(values);
    const { dispute, now } = session;
    const { phase } = courtPhaseAt(dispute, now);
    if (phase !== "Decided" && phase !== "Concluded" && phase !== "Ruled") {
      throw new InvalidInputError(
        `${describePhase(dispute, now)}: there is nothing to carry out before it is Decided.`,
      );
    }
    const steps = await carryOut(session);
    const after = await requireDispute(session, dispute.id);
    const report = new Report()
      .add("disputeId", "Dispute", after.id)
      .add("phase", "Phase", courtPhaseAt(after, now).phase)
      .add("ruling", "Ruling", { ruling: after.ruling, share: after.share ?? null }, describeRuling(after))
      .add("steps", "Done", steps, steps.map(describe).join("\n") || "nothing: all was done before");
    const failed = steps.filter(({ failure }) => failure !== undefined);
    if (failed.length === 0) return report;
    return report.failWith(
      `${failed.map(({ name }) => name).join(", ")} could not be done (see above): try it again by the same command.`,
    );
  },
});

/** Each step for itself: a contract that does not take its ruling must not keep jurors from their fees. */
async function carryOut(session: CaseSession): Promise<Step[]> {
  const { dispute, now } = session;
  const court = session.court.connect(session.wallet);
  const steps: Step[] = [];
  for (const action of availableCourtActions(dispute, now)) {
    if (action.name === "deliverRuling") {
      steps.push(await attempt("deliverRuling", () => simulateAndSettle(court.deliverRuling, dispute.id)));
    }
    for (const panel of action.panels ?? []) {
      const name = `execute panel ${panel}`;
      steps.push(await attempt(name, () => simulateAndSend(court.execute, dispute.id, panel)));
    }
  }
  return steps;
}

async function attempt(name: string, act: () => ReturnType<typeof simulateAndSend>): Promise<Step> {
  try {
    const { hash, gasUsed } = await act();
    return { name, transaction: hash, gasUsed };
  } catch (error) {
    return { name, failure: explainError(error) };
  }
}

function describe({ name, transaction, gasUsed, failure }: Step): string {
  return failure === undefined ? `${name}: ${transaction ?? ""}, ${gasUsed ?? 0n} gas` : `${name} NOT done: ${failure}`;
}

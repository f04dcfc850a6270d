import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseDeadline } from "../sdk/units";
import { openDispute, parseShare, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { countdown } from "./lib/report";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "offer-split",
  summary: "Offer the other side a division of the deposit, in place of any offer before. It ends with the phase.",
  options: {
    share: { value: "PERCENT", help: "What the provider's side would get." },
    "valid-until": {
      value: "TIME",
      help: "The last second in which it can be taken, such as +12h; by default the end of the phase.",
    },
    withdraw: { help: "Offer nothing any more." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --share 60 --valid-until +12h",
  run: async (values) => {
    if (values.withdraw && (values.share ?? values["valid-until"]) !== undefined) {
      throw new InvalidInputError("--withdraw takes the offer back: leave --share and --valid-until out.");
    }
    if (!values.withdraw && values.share === undefined) {
      throw new InvalidInputError("--share PERCENT is missing: say what the provider's side would get.");
    }
    const share = values.share === undefined ? 0n : parseShare(values.share);
    const session = await openDispute(values);
    requireDisputeAction(session, "offerSplit");
    const { evaluator, dispute, job, now } = session;
    const phaseEnd = (dispute.deadline ?? 0n) - 1n;
    const asked = values["valid-until"];
    const wanted = asked === undefined ? phaseEnd : parseDeadline(asked, now);
    const validUntil = values.withdraw ? 0n : wanted < phaseEnd ? wanted : phaseEnd;
    const report = await reportDispute(session, await simulateAndSend(evaluator.offerSplit, job.id, share, validUntil));
    if (values.withdraw) return report.add("offer", "Offer", null, "withdrawn");
    const text = `${share} percent to the provider, until ${countdown(validUntil, now)}`;
    return report.add("offer", "Offer", { share, validUntil }, text);
  },
});

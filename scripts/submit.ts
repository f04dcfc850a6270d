import { InvalidInputError } from "../sdk/InvalidInputError";
import { JOB_OPTIONS, openJob, reportOutcome, requireAction } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { hashOption, parseBytes } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "submit",
  summary: "Submit work as the provider: its hash goes on the chain, the file goes to the client by other ways.",
  options: {
    deliverable: { value: "FILE", help: "The work." },
    "deliverable-hash": { value: "HASH", help: "The same, as keccak256." },
    params: { value: "HEX", default: "0x", help: "What the hook is given." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --deliverable report.json",
  run: async (values) => {
    const hash = hashOption({ file: values.deliverable, hash: values["deliverable-hash"] }, "deliverable");
    if (hash === undefined) {
      throw new InvalidInputError("--deliverable or --deliverable-hash is missing: give the work or its hash.");
    }
    const params = parseBytes(values.params, "--params");
    const session = await openJob(values);
    requireAction(session, "submit");
    const { market, wallet, job } = session;
    const receipt = await simulateAndSend(market.escrow.connect(wallet).submit, job.id, hash, params);
    return (await reportOutcome(session, receipt)).add("deliverable", "Deliverable", hash);
  },
});

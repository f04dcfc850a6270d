import { InvalidInputError } from "../sdk/InvalidInputError";
import { openDispute, reportDispute, requireDisputeAction } from "./lib/actOnDispute";
import { JOB_OPTIONS } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { hashOption } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "submit-evidence",
  summary:
    "Put something forward for the jurors: its hash and where it is go on the chain, the file stays where it is.",
  options: {
    uri: { value: "URI", required: true, help: "Where jurors find it, in the ERC-1497 form that they expect." },
    file: { value: "FILE", help: "The file at that place; its hash goes on the chain." },
    "file-hash": { value: "HASH", help: "The same, as keccak256." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --file evidence.json --uri ipfs://…",
  run: async (values) => {
    const hash = hashOption({ file: values.file, hash: values["file-hash"] }, "file");
    if (hash === undefined) {
      throw new InvalidInputError("--file or --file-hash is missing: give the evidence or its hash.");
    }
    if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(values.uri)) {
      throw new InvalidInputError(`--uri must be a URI such as ipfs://… or https://…, not "${values.uri}".`);
    }
    const session = await openDispute(values);
    requireDisputeAction(session, "submitEvidence");
    const { evaluator, job } = session;
    const receipt = await simulateAndSend(evaluator.submitEvidence, job.id, values.uri, hash);
    return (await reportDispute(session, receipt)).add("hash", "Evidence", hash);
  },
});

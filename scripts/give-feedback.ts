import { ZeroHash } from "ethers";

import { formatJobId } from "../sdk/jobId";
import { JOB_OPTIONS, openJob, requireAction } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { hashOption, parseNumber } from "./lib/input";
import { Report } from "./lib/report";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "give-feedback",
  summary: "Rate the other side of a settled job, once, with the job as the proof that you may.",
  options: {
    value: { value: "0-100", required: true, help: "From 0 (worst) to 100 (best)." },
    tag1: { value: "TEXT", default: "", help: "What the value measures." },
    tag2: { value: "TEXT", default: "", help: "A second tag." },
    endpoint: { value: "TEXT", default: "", help: "The endpoint that was used." },
    uri: { value: "URI", default: "", help: "Where a file says more." },
    file: { value: "FILE", help: "That file; its hash goes on the chain." },
    "file-hash": { value: "HASH", help: "The same, as keccak256." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x… --value 95 --tag1 quality",
  run: async (values) => {
    const value = parseNumber(values.value, "--value", 0n, 100n);
    const hash = hashOption({ file: values.file, hash: values["file-hash"] }, "file") ?? ZeroHash;
    const session = await openJob(values);
    requireAction(session, "giveJobFeedback");
    const { market, wallet, job } = session;
    const { tag1, tag2, endpoint, uri } = values;
    const ledger = market.ledger.connect(wallet);
    const receipt = await simulateAndSend(
      ledger.giveJobFeedback,
      market.addresses.escrow,
      job.id,
      value,
      tag1,
      tag2,
      endpoint,
      uri,
      hash,
    );
    return new Report()
      .add("jobId", "Job", job.id, formatJobId(job.id))
      .add("agentId", "Rated agent", wallet.address === job.client ? job.providerAgentId : job.clientAgentId)
      .add("value", "Value", value)
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});

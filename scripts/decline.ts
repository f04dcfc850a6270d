import { ZeroHash } from "ethers";

import { JOB_OPTIONS, openJob, reportOutcome, requireAction } from "./lib/actOnJob";
import { runCommand } from "./lib/command";
import { hashOption } from "./lib/input";
import { simulateAndSettle } from "./lib/session";

void runCommand({
  name: "decline",
  summary: "Give a funded job back as its provider, before submitting. The client is refunded; neutral on record.",
  options: {
    reason: { value: "FILE", help: "An explanation; its hash goes on the chain." },
    "reason-hash": { value: "HASH", help: "The same, as keccak256." },
    ...JOB_OPTIONS,
  },
  example: "--job 0x…",
  run: async (values) => {
    const reason = hashOption({ file: values.reason, hash: values["reason-hash"] }, "reason") ?? ZeroHash;
    const session = await openJob(values);
    requireAction(session, "decline");
    const { market, wallet, job } = session;
    return reportOutcome(session, await simulateAndSettle(market.escrow.connect(wallet).decline, job.id, reason));
  },
});

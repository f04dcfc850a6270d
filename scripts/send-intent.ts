import { runCommand } from "./lib/command";
import { SIGNER_OPTIONS, walletFrom } from "./lib/session";
import { describeIntent, executeIntent, openIntent } from "./lib/walletIntent";

void runCommand({
  name: "send-intent",
  summary: "Send what a wallet's key has signed, and its owner too if it has to. Anybody may; you pay the gas.",
  options: {
    intent: { value: "FILE", required: true, help: "The signed intent." },
    ...SIGNER_OPTIONS,
  },
  example: "--intent intent.json --key-env RELAYER_KEY",
  run: async (values) => {
    const sender = walletFrom(values["key-env"]);
    const { session, signed, call } = await openIntent(values);
    const report = await describeIntent(session, signed, call);
    const { hash, gasUsed } = await executeIntent(session, signed, sender.connect(session.chain));
    return report.add("transaction", "Transaction", hash).add("gasUsed", "Gas used", gasUsed);
  },
});

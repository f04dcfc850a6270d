import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatSignedIntent } from "../sdk/walletIntents";
import { signIntent } from "../sdk/wallets";
import { ownerOf } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { writeNewFile } from "./lib/input";
import { SIGNER_OPTIONS } from "./lib/session";
import { describeIntent, executeIntent, openIntent, requireExecutable } from "./lib/walletIntent";

void runCommand({
  name: "co-sign",
  summary:
    "Show what a key's signed intent does, and with --yes sign it as the wallet's owner, for what is above the sum that\n" +
    "the key may spend alone. Sends it, or with --out writes it for anybody to send (send-intent).",
  options: {
    intent: { value: "FILE", required: true, help: "The key's signed intent, as --intent-out wrote it." },
    yes: { help: "Sign. Without it the intent is only shown." },
    out: { value: "FILE", help: "Write the intent with both signatures to a new file, and send nothing." },
    ...SIGNER_OPTIONS,
  },
  example: "--intent intent.json --yes",
  run: async (values) => {
    if (values.out !== undefined && !values.yes)
      throw new InvalidInputError("--out needs --yes: first look, then sign.");
    const { session, signed, call } = await openIntent(values);
    const report = await describeIntent(session, signed, call);
    const done = signed.ownerSignature !== "0x";
    if (!values.yes) {
      const next = done ? "yes: send it (send-intent)" : "no: look at all of it, then add --yes";
      return report.add("signed", "Signed", done, next);
    }
    const owner = ownerOf(session, values["key-env"]);
    if (done) throw new InvalidInputError("the owner has signed this: send it (send-intent).");
    console.error(report.toTable());
    const ownerSignature = await signIntent(owner, session.network.chainId, session.address, signed.intent);
    const coSigned = { ...signed, ownerSignature };
    report.add("signed", "Signed", true);
    if (values.out !== undefined) {
      // What would be refused is not signed into a file either.
      await requireExecutable(session, coSigned, owner);
      writeNewFile(values.out, "--out", formatSignedIntent(coSigned));
      return report.add("file", "Intent", values.out);
    }
    const { hash, gasUsed } = await executeIntent(session, coSigned, owner);
    return report.add("transaction", "Transaction", hash).add("gasUsed", "Gas used", gasUsed);
  },
});

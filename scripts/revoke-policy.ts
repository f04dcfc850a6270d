import { WALLET_SIGNER_OPTIONS, openWallet, ownerOf, reportOn } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "revoke-policy",
  summary: "End what a key may do, its reserves and signed intents included, as the wallet's owner.",
  options: { key: { value: "ADDRESS", required: true, help: "The agent's key." }, ...WALLET_SIGNER_OPTIONS },
  example: "--wallet 0x… --key 0x…",
  run: async (values) => {
    const key = parseAddress(values.key, "--key");
    const session = await openWallet(values);
    const signer = ownerOf(session, values["key-env"]);
    const receipt = await simulateAndSend(session.wallet.connect(signer).revoke, key);
    return reportOn(session, receipt).add("key", "Key", key);
  },
});

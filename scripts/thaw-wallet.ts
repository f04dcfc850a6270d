import { InvalidInputError } from "../sdk/InvalidInputError";
import { WALLET_SIGNER_OPTIONS, openWallet, ownerOf, reportOn } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "thaw-wallet",
  summary: "Allow granting again after a freeze, as the wallet's owner. Restores nothing: grant anew what is to hold.",
  options: WALLET_SIGNER_OPTIONS,
  example: "--wallet 0x…",
  run: async (values) => {
    const session = await openWallet(values);
    const signer = ownerOf(session, values["key-env"]);
    if (!(await session.wallet.frozen())) {
      throw new InvalidInputError("the wallet is not frozen: there is nothing to thaw.");
    }
    const receipt = await simulateAndSend(session.wallet.connect(signer).thaw);
    return reportOn(session, receipt).add("frozen", "Frozen", false);
  },
});

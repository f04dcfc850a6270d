import { InvalidInputError } from "../sdk/InvalidInputError";
import { WALLET_SIGNER_OPTIONS, openWallet, reportOn } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { simulateAndSend, walletFrom } from "./lib/session";

void runCommand({
  name: "freeze-wallet",
  summary: "End every policy, reserve and signed intent of a wallet at once and for good, as its owner or guardian.",
  options: WALLET_SIGNER_OPTIONS,
  example: "--wallet 0x… --key-env GUARDIAN_KEY",
  run: async (values) => {
    const session = await openWallet(values);
    const { wallet, owner, chain } = session;
    const signer = walletFrom(values["key-env"]).connect(chain);
    const guardian = await wallet.guardian();
    if (signer.address !== owner && signer.address !== guardian) {
      throw new InvalidInputError(
        `the owner ${owner} and the guardian ${guardian} may freeze this wallet, ${signer.address} may not: use their key.`,
      );
    }
    const receipt = await simulateAndSend(wallet.connect(signer).freeze);
    return reportOn(session, receipt)
      .add("frozen", "Frozen", true)
      .add("epoch", "Freeze epoch", await wallet.epoch());
  },
});

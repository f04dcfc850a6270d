import { InvalidInputError } from "../sdk/InvalidInputError";
import { findGrant } from "../sdk/walletView";
import {
  FROM_BLOCK_OPTION,
  WALLET_SIGNER_OPTIONS,
  openWallet,
  ownerOf,
  parseFromBlock,
  reportOn,
} from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "revoke-policy",
  summary: "End what a key may do, its reserves and signed intents included, as the wallet's owner.",
  options: {
    key: { value: "ADDRESS", required: true, help: "The agent's key." },
    ...FROM_BLOCK_OPTION,
    ...WALLET_SIGNER_OPTIONS,
  },
  example: "--wallet 0x… --key 0x…",
  run: async (values) => {
    const key = parseAddress(values.key, "--key");
    const session = await openWallet(values);
    const signer = ownerOf(session, values["key-env"]);
    // An endpoint that does not tell of the wallet's events must not keep a stolen key alive.
    const grant = await findGrant(session.wallet, key, parseFromBlock(values["from-block"])).catch(() => null);
    if (grant === undefined) {
      throw new InvalidInputError(
        `${key} has no policy that could be revoked: wallet-limits shows the keys that have.`,
      );
    }
    const receipt = await simulateAndSend(session.wallet.connect(signer).revoke, key);
    return reportOn(session, receipt).add("key", "Key", key);
  },
});

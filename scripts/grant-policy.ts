import { ZeroAddress } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { formatTime } from "../sdk/units";
import { encodePolicy, policyHash } from "../sdk/wallets";
import { WALLET_SIGNER_OPTIONS, openWallet, ownerOf, readPolicy, reportOn } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress } from "./lib/input";
import { simulateAndSend } from "./lib/session";

void runCommand({
  name: "grant-policy",
  summary:
    "Let a key act by a policy, as the wallet's owner, in place of any earlier one. What the key has spent still counts.",
  options: {
    key: { value: "ADDRESS", required: true, help: "The agent's key." },
    policy: { value: "FILE", required: true, help: "What it may do: JSON, see docs/guardrails.md." },
    ...WALLET_SIGNER_OPTIONS,
  },
  example: "--wallet 0x… --key 0x… --policy policy.json",
  run: async (values) => {
    const key = parseAddress(values.key, "--key");
    const session = await openWallet(values);
    const { wallet, address, owner } = session;
    const signer = ownerOf(session, values["key-env"]);
    if (key === ZeroAddress || key === owner || key === address) {
      throw new InvalidInputError(
        "--key must be an account of the agent's own, neither zero, the owner nor the wallet.",
      );
    }
    if (await wallet.frozen()) throw new InvalidInputError("the wallet is frozen: thaw it first (thaw-wallet).");
    const policy = await readPolicy(session, values.policy);
    if (await wallet.isGranted(key, encodePolicy(policy))) {
      throw new InvalidInputError(`${key} holds exactly this policy already: there is nothing left to do.`);
    }
    const receipt = await simulateAndSend(wallet.connect(signer).grant, key, policy);
    return reportOn(session, receipt)
      .add("key", "Key", key)
      .add("policyHash", "Policy", policyHash(policy))
      .add("expiresAt", "Until", policy.expiresAt, formatTime(policy.expiresAt));
  },
});

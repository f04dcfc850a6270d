import { ZeroAddress, ZeroHash } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { requireDeployed } from "../sdk/market";
import { policyHash } from "../sdk/wallets";
import { readPolicy } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { parseAddress, parseBytes32 } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, simulateAndSend, walletFrom } from "./lib/session";

void runCommand({
  name: "create-wallet",
  summary:
    "Create an agent's wallet. Its address binds owner, guardian, key, policy and salt, and is known before: money can be\n" +
    "sent there at once, and anybody may create it.",
  options: {
    owner: { value: "ADDRESS", help: "To whom all in it belongs, for good; by default yourself." },
    guardian: { value: "ADDRESS", help: "Who may freeze it beside the owner." },
    key: { value: "ADDRESS", help: "The agent's key, which gets the policy." },
    policy: {
      value: "FILE",
      help: "What the key may do: JSON, checked against its schema, the tokens and the agents.",
    },
    salt: { value: "HEX", help: "32 bytes that make otherwise equal wallets different." },
    "dry-run": { help: "Check everything, print the address, and send nothing." },
    ...SIGNER_OPTIONS,
  },
  example: "--guardian 0x… --key 0x… --policy policy.json --dry-run",
  run: async (values) => {
    const optional = (option: "owner" | "guardian" | "key") =>
      values[option] === undefined ? undefined : parseAddress(values[option], `--${option}`);
    const [givenOwner, guardian = ZeroAddress, key] = [optional("owner"), optional("guardian"), optional("key")];
    const salt = values.salt === undefined ? ZeroHash : parseBytes32(values.salt, "--salt");
    if ((key === undefined) !== (values.policy === undefined)) {
      throw new InvalidInputError("--key and --policy go together: give both, or grant later (grant-policy).");
    }
    // A dry run for a named owner asks nobody to sign.
    const signer = values["dry-run"] && givenOwner !== undefined ? undefined : walletFrom(values["key-env"]);
    const owner = givenOwner ?? signer?.address ?? ZeroAddress;
    if (owner === ZeroAddress) throw new InvalidInputError("--owner must not be zero: nobody could empty the wallet.");
    if (key === ZeroAddress || key === owner) {
      throw new InvalidInputError("--key must be an account of the agent's own, neither zero nor the owner.");
    }

    const session = await openSession(values);
    const { chain, market } = session;
    const { walletFactory } = market.addresses;
    await requireDeployed(chain, { walletFactory });
    const policy = values.policy === undefined ? undefined : await readPolicy(session, values.policy);
    const grants = key === undefined || policy === undefined ? [] : [{ key, policy }];
    const address = await market.walletFactory.walletOf(owner, guardian, grants, salt);
    if (key === address) throw new InvalidInputError("--key must not be the wallet itself.");
    const exists = (await chain.getCode(address)) !== "0x";
    const report = new Report()
      .add("wallet", "Wallet", address)
      .add("factory", "Factory", walletFactory)
      .add("owner", "Owner", owner)
      .add("guardian", "Guardian", guardian, guardian === ZeroAddress ? "none" : guardian)
      .add("key", "Key", key ?? null, key ?? "none yet")
      .add("policyHash", "Policy", policy === undefined ? null : policyHash(policy), values.policy ?? "none yet")
      .add("existed", "There already", exists);
    if (values["dry-run"] || exists || signer === undefined) {
      return report.add("sent", "Sent", false, exists ? "nothing: it was there" : "nothing: this was a dry run");
    }
    const factory = market.walletFactory.connect(signer.connect(chain));
    const receipt = await simulateAndSend(factory.createWallet, owner, guardian, grants, salt);
    return report
      .add("sent", "Sent", true, "created")
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});

import { InvalidInputError } from "../sdk/InvalidInputError";
import { parseRegistration, registrationDataUri } from "../sdk/registration";
import { runCommand } from "./lib/command";
import { readText } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, simulateAndSend, walletFrom } from "./lib/session";

void runCommand({
  name: "register-agent",
  summary:
    "Register an agent with its ERC-8004 registration file. The acting account becomes its owner and first wallet.",
  options: {
    file: { value: "FILE", help: "The registration file, checked against the standard's schema." },
    uri: {
      value: "URI",
      help: "Where the file is published; without it the file itself goes on the chain as a data: URI.",
    },
    ...SIGNER_OPTIONS,
  },
  example: "--file examples/agents/solidity-linter.json --network baseSepolia",
  run: async (values) => {
    if (values.file === undefined && values.uri === undefined) {
      throw new InvalidInputError("--file or --uri is missing: give the registration file, or where it is published.");
    }
    const registration =
      values.file === undefined ? undefined : parseRegistration(readText(values.file, "--file"), values.file);
    if (values.uri !== undefined && !URL.canParse(values.uri)) {
      throw new InvalidInputError(
        `--uri: "${values.uri}" is not a URI: write it with its scheme, such as https: or ipfs:.`,
      );
    }
    const wallet = walletFrom(values["key-env"]);
    const { chain, market } = await openSession(values);

    const uri = values.uri ?? (registration === undefined ? "" : registrationDataUri(registration));
    const registry = market.registry.connect(wallet.connect(chain));
    const receipt = await simulateAndSend(registry["register(string)"], uri);
    const registered = receipt.logs
      .map((log) => registry.interface.parseLog(log))
      .find((event) => event?.name === "Registered");
    const agentId = registered?.args.agentId as bigint;
    return new Report()
      .add("agentId", "Agent", agentId)
      .add("owner", "Owner", wallet.address)
      .add("uri", "URI", uri, uri.length > 100 ? `${uri.slice(0, 60)}… (${uri.length} characters)` : uri)
      .add("registry", "Registry", market.addresses.registry)
      .add("transaction", "Transaction", receipt.hash)
      .add("gasUsed", "Gas used", receipt.gasUsed);
  },
});

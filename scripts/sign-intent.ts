import { hexlify, randomBytes } from "ethers";

import { AgentWallet__factory } from "../sdk/bindings";
import { InvalidInputError } from "../sdk/InvalidInputError";
import { describeRelay, formatRelayRequest, relayDigest, signForwardRelay, signIntentRelay } from "../sdk/relay";
import { formatTime, parseDeadline } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseBytes, parseNumber, writeNewFile } from "./lib/input";
import { Report } from "./lib/report";
import type { Session } from "./lib/session";
import { SIGNER_OPTIONS, openSession, walletFrom } from "./lib/session";

void runCommand({
  name: "sign-intent",
  summary:
    "Sign a call for others to send, as an agent's key without any coin: of its wallet, or of one of the market's contracts. Sends nothing.",
  options: {
    wallet: { value: "ADDRESS", help: "The wallet that is to carry the call out." },
    to: { value: "ADDRESS", help: "Instead: the contract that you call yourself, through the market's forwarder." },
    call: { value: "HEX", required: true, help: "The whole call, ABI-encoded." },
    "valid-until": { value: "TIME", default: "+1h", help: "When it ends: Unix seconds, UTC time, or a delay." },
    nonce: { value: "NUMBER", help: "A number that the key has not used with the wallet; by default a random one." },
    out: { value: "FILE", required: true, help: "The new file for the request." },
    ...SIGNER_OPTIONS,
  },
  example: "--wallet 0x… --call 0x… --out request.json",
  run: async (values) => {
    const { wallet: walletText, to } = values;
    if ((walletText === undefined) === (to === undefined)) {
      throw new InvalidInputError("give one of --wallet and --to: they are two kinds of request.");
    }
    const signer = walletFrom(values["key-env"]);
    const session = await openSession(values);
    const { market, network, now } = session;
    const data = parseBytes(values.call, "--call");
    const deadline = parseDeadline(values["valid-until"], now);

    const relay =
      walletText === undefined
        ? await signForwardRelay(signer, market.forwarder, { to: parseAddress(to ?? "", "--to"), data, deadline })
        : await signIntentRelay(signer, network.chainId, parseAddress(walletText, "--wallet"), {
            key: signer.address,
            call: data,
            nonce:
              values.nonce === undefined
                ? BigInt(hexlify(randomBytes(31)))
                : parseNumber(values.nonce, "--nonce", 0n, (1n << 256n) - 1n),
            deadline,
            epoch: await epochOf(session, walletText),
          });
    writeNewFile(values.out, "--out", formatRelayRequest(relay));
    const until = relay.kind === "intent" ? relay.intent.deadline : relay.request.deadline;
    return new Report()
      .add("file", "Request", values.out)
      .add("digest", "Digest", relayDigest(relay))
      .add("action", "What it does", describeRelay(relay))
      .add("validUntil", "Send before", until, formatTime(until));
  },
});

async function epochOf({ chain, network }: Session, wallet: string): Promise<bigint> {
  if ((await chain.getCode(wallet)) === "0x") {
    throw new InvalidInputError(`--wallet: ${network.title} has no contract at ${wallet}.`);
  }
  return AgentWallet__factory.connect(wallet, chain).epoch();
}

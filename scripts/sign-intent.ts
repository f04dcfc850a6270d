import { hexlify, randomBytes } from "ethers";

import { AgentWallet__factory } from "../typechain-types";
import { InvalidInputError } from "../sdk/InvalidInputError";
import type { IntentRelay } from "../sdk/relay";
import {
  coSignRelay,
  describeRelay,
  formatRelayRequest,
  parseRelayRequest,
  relayDigest,
  signForwardRelay,
  signIntentRelay,
} from "../sdk/relay";
import { formatTime, parseDeadline } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseBytes, parseNumber, readText, writeNewFile } from "./lib/input";
import { Report } from "./lib/report";
import type { Session } from "./lib/session";
import { SIGNER_OPTIONS, openSession, walletFrom } from "./lib/session";

void runCommand({
  name: "sign-intent",
  summary:
    "Sign a call for others to send, as an agent's key without any coin: of its wallet, or of one of the market's contracts. Or add the owner's consent to a key's. Sends nothing.",
  options: {
    wallet: { value: "ADDRESS", help: "The wallet that is to carry the call out." },
    to: { value: "ADDRESS", help: "Instead: the contract that you call yourself, through the market's forwarder." },
    call: { value: "HEX", help: "The whole call, ABI-encoded." },
    "co-sign": { value: "FILE", help: "Instead of all these: the key's request, to be signed by the wallet's owner." },
    "valid-until": { value: "TIME", default: "+1h", help: "When it ends: Unix seconds, UTC time, or a delay." },
    nonce: { value: "NUMBER", help: "A number that the key has not used with the wallet; by default a random one." },
    out: { value: "FILE", required: true, help: "The new file for the request." },
    ...SIGNER_OPTIONS,
  },
  example: "--wallet 0x… --call 0x… --out request.json",
  run: async (values) => {
    const { wallet: walletText, to, call, "co-sign": coSign } = values;
    const ways = [walletText, to, coSign].filter((option) => option !== undefined);
    if (ways.length !== 1) {
      throw new InvalidInputError("give one of --wallet, --to and --co-sign: they are three kinds of request.");
    }
    if ((call === undefined) !== (coSign !== undefined)) {
      throw new InvalidInputError(
        coSign === undefined
          ? "--call is missing: add the whole call, ABI-encoded."
          : "--call is part of the request that is co-signed: leave it out.",
      );
    }
    const signer = walletFrom(values["key-env"]);
    const session = await openSession(values);
    const { market, network, now } = session;
    const data = parseBytes(call ?? "0x", "--call");
    const deadline = parseDeadline(values["valid-until"], now);

    const relay =
      coSign !== undefined
        ? await coSignRelay(signer, await readRequest(session, coSign, signer.address))
        : walletText !== undefined
          ? await signIntentRelay(signer, network.chainId, parseAddress(walletText, "--wallet"), {
              key: signer.address,
              call: data,
              nonce:
                values.nonce === undefined
                  ? BigInt(hexlify(randomBytes(31)))
                  : parseNumber(values.nonce, "--nonce", 0n, (1n << 256n) - 1n),
              deadline,
              epoch: await epochOf(session, walletText),
            })
          : await signForwardRelay(signer, market.forwarder, { to: parseAddress(to ?? "", "--to"), data, deadline });
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

/** A key's request that this owner may consent to. */
async function readRequest({ chain, network }: Session, path: string, owner: string): Promise<IntentRelay> {
  const relay = parseRelayRequest(readText(path, "--co-sign"), path);
  if (relay.kind !== "intent") throw new InvalidInputError(`${path} is no wallet's intent: only these are co-signed.`);
  if (relay.chainId !== network.chainId) {
    throw new InvalidInputError(
      `${path} is for chain ${relay.chainId}, not for ${network.name}: choose its --network.`,
    );
  }
  const expected = await AgentWallet__factory.connect(relay.wallet, chain).owner();
  if (expected !== owner) throw new InvalidInputError(`${owner} does not own the wallet; ${expected} does.`);
  return relay;
}

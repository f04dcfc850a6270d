import { ZeroHash } from "ethers";

import { allowanceFunding } from "../sdk/funding";
import { requireAcceptable } from "../sdk/hiring";
import { formatJobId } from "../sdk/jobId";
import { jobIdOf, makeAcceptanceTerms, offerDomain, offerHash } from "../sdk/offers";
import { parseSignedOffer } from "../sdk/signedOffer";
import { SPENDING_OPTIONS, bringPolicy, openWallet } from "./lib/actOnWallet";
import { runCommand } from "./lib/command";
import { requireTerms, requireUsable } from "./lib/hiring";
import { hashOption, parseAgentId, parseBytes32, readText } from "./lib/input";
import { Report } from "./lib/report";
import { readToken, walletFrom } from "./lib/session";
import { INTENT_OPTIONS, sendOrSign } from "./lib/walletIntent";

void runCommand({
  name: "wallet-hire",
  summary: "Hire by a signed offer from a wallet, with an agent's key, inside its policy. The wallet is the client.",
  options: {
    offer: { value: "FILE", required: true, help: "The signed offer." },
    terms: { value: "FILE", help: "The job contract that the offer must be for." },
    "terms-salt": { value: "HEX", help: "The salt of the terms' hash, if there is one." },
    agent: {
      value: "ID",
      help: "The agent that the wallet hires as; by default the one that the offer names, or none.",
    },
    input: { value: "FILE", help: "Your input to the work; its hash becomes part of the job." },
    "input-hash": { value: "HASH", help: "The same, as keccak256." },
    salt: { value: "HEX", help: "32 bytes, to accept an open offer again with the same input." },
    ...INTENT_OPTIONS,
    ...SPENDING_OPTIONS,
  },
  example: "--wallet 0x… --offer offer.json --terms job.json --key-env AGENT_KEY",
  run: async (values) => {
    const signedOffer = parseSignedOffer(readText(values.offer, "--offer"), values.offer);
    const { offer, signature, escrow } = signedOffer;
    requireTerms(values, offer);
    const inputHash = hashOption({ file: values.input, hash: values["input-hash"] }, "input") ?? ZeroHash;
    const salt = values.salt === undefined ? ZeroHash : parseBytes32(values.salt, "--salt");
    const agentId = values.agent === undefined ? offer.clientAgentId : parseAgentId(values.agent, "--agent");
    const key = walletFrom(values["key-env"]);
    const session = await openWallet(values);
    await requireUsable(session, signedOffer);
    const terms = makeAcceptanceTerms({ client: session.address, clientAgentId: agentId, inputHash, salt });
    await requireAcceptable(session.market, offer, terms);
    const token = await readToken(session, offer.token, "--offer");
    const { encoded } = await bringPolicy(session, key.address, values);
    const jobId = jobIdOf(offerHash(offerDomain(signedOffer.chainId, escrow), offer), terms);
    const call = session.wallet.interface.encodeFunctionData("hire", [
      encoded,
      escrow,
      offer,
      signature,
      { ...terms, ...allowanceFunding() },
    ]);
    const report = new Report()
      .add("jobId", "Job", jobId, formatJobId(jobId))
      .add("client", "Client", session.address, `${session.address}, the wallet`)
      .add("key", "Key", key.address)
      .add("provider", "Provider", offer.provider)
      .add("amount", "Price", offer.amount, token.format(offer.amount));
    return sendOrSign(session, key, call, values, report);
  },
});

import { ZeroAddress, ZeroHash } from "ethers";

import { InvalidInputError } from "../sdk/InvalidInputError";
import { makeOffer, offerDomain, offerHash, signOffer } from "../sdk/offers";
import { formatSignedOffer } from "../sdk/signedOffer";
import { parseJobContract, termsHash } from "../sdk/terms";
import { formatDuration, formatTime, parseAmount, parseDeadline, parseDuration, parsePercent } from "../sdk/units";
import { runCommand } from "./lib/command";
import { parseAddress, parseAgentId, parseBytes32, parseNumber, readText, writeNewFile } from "./lib/input";
import { Report } from "./lib/report";
import { SIGNER_OPTIONS, openSession, readToken, walletFrom } from "./lib/session";

void runCommand({
  name: "sign-offer",
  summary: "Sign an offer as a provider. Sends nothing: the file it writes is what a client hires by.",
  options: {
    terms: { value: "FILE", required: true, help: "The job contract, checked against its schema." },
    "terms-salt": { value: "HEX", help: "32 bytes that keep the terms' hash from being recognised." },
    token: { value: "ADDRESS", required: true, help: "The token of the price." },
    amount: { value: "AMOUNT", required: true, help: "The price in whole tokens, such as 12.5." },
    evaluator: { value: "ADDRESS", required: true, help: "Who alone may judge the work." },
    agent: { value: "ID", default: "0", help: "The agent that you work as, 0 for none." },
    client: { value: "ADDRESS", help: "Who may accept; without it anyone." },
    "client-agent": { value: "ID", default: "0", help: "The agent that a named client must hire as." },
    delivery: { value: "DURATION", default: "2d", help: "From hiring to the latest submission." },
    evaluation: { value: "DURATION", default: "1d", help: "From submission to the latest verdict." },
    "valid-until": { value: "TIME", default: "+7d", help: "When the offer ends: Unix seconds, UTC time, or a delay." },
    "evaluator-fee": { value: "PERCENT", default: "0", help: "Of what you are paid, to the evaluator." },
    referrer: { value: "ADDRESS", help: "Who brought the client." },
    "referrer-fee": { value: "PERCENT", default: "0", help: "Of what you are paid, to the referrer." },
    hook: { value: "ADDRESS", help: "An ERC-8183 hook." },
    "silence-pays": { help: "Work that nobody judges in time is paid, not refunded." },
    capacity: { value: "NUMBER", default: "1", help: "How many jobs may be hired by it." },
    "in-reply-to": { value: "HASH", help: "The offer or request that this one answers." },
    out: { value: "FILE", required: true, help: "The new file for the signed offer." },
    ...SIGNER_OPTIONS,
  },
  example: "--terms job.json --token 0x… --amount 5 --evaluator 0x… --agent 2 --out offer.json",
  run: async (values) => {
    const contract = parseJobContract(readText(values.terms, "--terms"), values.terms);
    const optionalAddress = (option: "client" | "referrer" | "hook") =>
      values[option] === undefined ? ZeroAddress : parseAddress(values[option], `--${option}`);
    const fields = {
      termsHash: termsHash(
        contract,
        values["terms-salt"] === undefined ? undefined : parseBytes32(values["terms-salt"], "--terms-salt"),
      ),
      token: parseAddress(values.token, "--token"),
      evaluator: parseAddress(values.evaluator, "--evaluator"),
      providerAgentId: parseAgentId(values.agent, "--agent"),
      client: optionalAddress("client"),
      clientAgentId: parseAgentId(values["client-agent"], "--client-agent"),
      deliveryPeriod: parseDuration(values.delivery),
      evaluationPeriod: parseDuration(values.evaluation),
      evaluatorFeeBps: parsePercent(values["evaluator-fee"]),
      referrer: optionalAddress("referrer"),
      referrerFeeBps: parsePercent(values["referrer-fee"]),
      hook: optionalAddress("hook"),
      silencePaysProvider: values["silence-pays"],
      capacity: parseNumber(values.capacity, "--capacity", 1n, (1n << 32n) - 1n),
      inReplyTo: values["in-reply-to"] === undefined ? ZeroHash : parseBytes32(values["in-reply-to"], "--in-reply-to"),
    };
    if (fields.client === ZeroAddress && fields.clientAgentId !== 0n) {
      throw new InvalidInputError("--client-agent needs --client: an offer to anyone cannot name an agent.");
    }
    if (fields.client !== ZeroAddress && fields.capacity !== 1n) {
      throw new InvalidInputError("--capacity must be 1 when --client is given: sign one offer for each job.");
    }
    if (fields.referrer === ZeroAddress && fields.referrerFeeBps !== 0n) {
      throw new InvalidInputError("--referrer-fee needs --referrer: say who is paid.");
    }
    const wallet = walletFrom(values["key-env"]);
    if ([fields.evaluator, fields.client].includes(wallet.address)) {
      throw new InvalidInputError(
        "the provider cannot also be client or evaluator: name another account, or sign with another key.",
      );
    }
    const session = await openSession(values);
    const { market, network, chain, now } = session;
    const token = await readToken(session, fields.token);
    const amount = parseAmount(values.amount, token.decimals);
    if (amount === 0n) throw new InvalidInputError("--amount must be more than 0: unpaid work is not hired by offers.");
    const validUntil = parseDeadline(values["valid-until"], now);

    // The escrow's own bounds, so that nobody carries around an offer that cannot be accepted.
    const limits = await market.escrow.limits();
    requireDuration("--delivery", fields.deliveryPeriod, limits.minDuration, limits.maxDuration);
    requireDuration("--evaluation", fields.evaluationPeriod, limits.minEvaluationPeriod, limits.maxEvaluation);
    for (const [option, fee] of [
      ["--evaluator-fee", fields.evaluatorFeeBps],
      ["--referrer-fee", fields.referrerFeeBps],
    ] as const) {
      if (fee > limits.maxFeeBps)
        throw new InvalidInputError(`${option} is above the escrow's maximum of ${Number(limits.maxFeeBps) / 100}%.`);
    }
    if (fields.hook !== ZeroAddress && (await chain.getCode(fields.hook)) === "0x") {
      throw new InvalidInputError(`--hook: ${network.title} has no contract at ${fields.hook}.`);
    }
    if (fields.providerAgentId !== 0n) {
      const { authorised } = await market.registry.verifyAgent(fields.providerAgentId, wallet.address);
      if (!authorised) {
        throw new InvalidInputError(
          `--agent: ${wallet.address} is neither owner, approved account, operator nor verified wallet of agent ${fields.providerAgentId}.`,
        );
      }
    }
    if (contract.deadline !== undefined) {
      const deadline = BigInt(Math.floor(Date.parse(contract.deadline) / 1_000));
      if (validUntil + fields.deliveryPeriod > deadline) {
        throw new InvalidInputError(
          `the terms want the work by ${contract.deadline}, but this offer lets it arrive until ${formatTime(validUntil + fields.deliveryPeriod)}: shorten --valid-until or --delivery.`,
        );
      }
    }

    const offer = makeOffer({ provider: wallet.address, amount, validUntil, ...fields });
    const domain = offerDomain(network.chainId, market.addresses.escrow);
    const signature = await signOffer(wallet, domain, offer);
    const signed = { chainId: network.chainId, escrow: market.addresses.escrow, offer, signature };
    writeNewFile(values.out, "--out", formatSignedOffer(signed));
    return new Report()
      .add("file", "Offer", values.out)
      .add("offerHash", "Offer hash", offerHash(domain, offer))
      .add("provider", "Provider", offer.provider)
      .add("client", "Client", offer.client, offer.client === ZeroAddress ? "anyone" : offer.client)
      .add("amount", "Price", amount, token.format(amount))
      .add("deliveryPeriod", "Delivery", offer.deliveryPeriod, `${formatDuration(offer.deliveryPeriod)} from hiring`)
      .add(
        "evaluationPeriod",
        "Judgement",
        offer.evaluationPeriod,
        `${formatDuration(offer.evaluationPeriod)} from submission`,
      )
      .add("validUntil", "Valid until", validUntil, formatTime(validUntil))
      .add("termsHash", "Terms hash", offer.termsHash);
  },
});

function requireDuration(option: string, seconds: bigint, shortest: bigint, longest: bigint): void {
  if (seconds < shortest || seconds > longest) {
    throw new InvalidInputError(
      `${option} must be from ${formatDuration(shortest)} to ${formatDuration(longest)}, not ${formatDuration(seconds)}.`,
    );
  }
}

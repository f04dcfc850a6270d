import type { Wallet } from "ethers";
import { ZeroAddress, hexlify, randomBytes, verifyTypedData } from "ethers";

import { parseRevert, revertDataOf } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import { formatJobId } from "../../sdk/jobId";
import { jobIdOf, offerDomain, offerHash } from "../../sdk/offers";
import type { Acceptance, Offer } from "../../sdk/offers";
import { formatDuration, formatTime, parseDuration } from "../../sdk/units";
import type { SignedIntent, WalletCall } from "../../sdk/walletIntents";
import { decodeWalletCall, formatSignedIntent, parseSignedIntent } from "../../sdk/walletIntents";
import { INTENT_TYPES, decodePolicy, policyHash, signIntent, walletDomain } from "../../sdk/wallets";
import { functionName, readLimits } from "../../sdk/walletView";
import type { WalletSession } from "./actOnWallet";
import { moneyReader, openWalletAt } from "./actOnWallet";
import type { Options } from "./command";
import { readText, writeNewFile } from "./input";
import { Report, countdown, toJson } from "./report";
import { simulateAndSettle } from "./session";

/** Options of commands that a key may sign instead of send. */
export const INTENT_OPTIONS = {
  "intent-out": {
    value: "FILE",
    help: "Sign only, into a new file: for the owner to sign too (co-sign), and for anybody to send (send-intent).",
  },
  "valid-for": { value: "DURATION", default: "1d", help: "How long the signed intent can be sent." },
} as const satisfies Options;

/** Sends a key's call of its wallet, or signs it into a file. */
export async function sendOrSign(
  session: WalletSession,
  key: Wallet,
  call: string,
  values: { "intent-out": string | undefined; "valid-for": string },
  report: Report,
): Promise<Report> {
  const { chain, address, network, wallet, now } = session;
  const file = values["intent-out"];
  const needsOwner = await isAboveThreshold(session, key, call);
  if (file === undefined) {
    if (needsOwner) {
      throw new InvalidInputError(
        "this passes the sum that needs the owner's signature: add --intent-out FILE, and let the owner co-sign.",
      );
    }
    const { hash, gasUsed } = await sendCall(session, key, call);
    return report.add("transaction", "Transaction", hash).add("gasUsed", "Gas used", gasUsed);
  }
  const duration = parseDuration(values["valid-for"]);
  if (duration === 0n) throw new InvalidInputError("--valid-for must be longer than nothing.");
  const intent = {
    key: key.address,
    call,
    // Any number that is not used; a random one meets no other that is signed and not yet sent.
    nonce: BigInt(hexlify(randomBytes(8))),
    deadline: now + duration,
    epoch: await wallet.epoch(),
  };
  const keySignature = await signIntent(key.connect(chain), network.chainId, address, intent);
  const signed = { chainId: network.chainId, wallet: address, intent, keySignature, ownerSignature: "0x" };
  writeNewFile(file, "--intent-out", formatSignedIntent(signed));
  return report
    .add("file", "Intent", file)
    .add("needsOwner", "The owner", needsOwner, needsOwner ? "has to sign it too: co-sign" : "need not sign it")
    .add("deadline", "Send until", intent.deadline, formatTime(intent.deadline));
}

/** Whether nothing but the owner's signature is missing. Throws as the call does if it fails for another reason. */
async function isAboveThreshold({ chain, address }: WalletSession, key: Wallet, call: string): Promise<boolean> {
  try {
    await chain.call({ from: key.address, to: address, data: call });
    return false;
  } catch (error) {
    const data = revertDataOf(error);
    if (data !== undefined && parseRevert(data)?.name === "AgentWallet_CoSignatureRequired") return true;
    throw error;
  }
}

async function sendCall({ chain, address }: WalletSession, key: Wallet, data: string) {
  const request = { to: address, data };
  const sender = key.connect(chain);
  const gasLimit = ((await sender.estimateGas(request)) * 6n) / 5n;
  const sent = await sender.sendTransaction({ ...request, gasLimit });
  console.error(`Sent ${sent.hash}, waiting for its block.`);
  const receipt = await sent.wait();
  if (receipt === null) throw new Error(`the transaction ${sent.hash} is not on the chain yet: look it up later.`);
  return receipt;
}

/** A signed intent from a file, and the wallet that it is for. */
export async function openIntent(values: { intent: string; network: string; escrow: string | undefined }) {
  const signed = parseSignedIntent(readText(values.intent, "--intent"), values.intent);
  const call = decodeWalletCall(signed.intent.call);
  const session = await openWalletAt(values, signed.wallet);
  const { network, wallet, now } = session;
  const { key, nonce, deadline, epoch } = signed.intent;
  if (signed.chainId !== network.chainId) {
    throw new InvalidInputError(
      `the intent is for chain ${signed.chainId}, but ${network.name} is chain ${network.chainId}: choose its --network.`,
    );
  }
  if (deadline < now) {
    throw new InvalidInputError(`the intent was valid until ${formatTime(deadline)}: let the key sign a new one.`);
  }
  if (epoch !== (await wallet.epoch())) {
    throw new InvalidInputError("the wallet was frozen since the intent was signed: let the key sign a new one.");
  }
  if (await wallet.nonceUsed(key, nonce)) {
    throw new InvalidInputError("the intent was carried out or cancelled: let the key sign a new one.");
  }
  if (!(await wallet.isGranted(key, call.policy))) {
    throw new InvalidInputError(`${key} does not hold the policy that the intent brings: let it sign a new one.`);
  }
  return { session, signed, call };
}

/** Sends an intent with whatever signatures it has. */
export async function executeIntent({ wallet }: WalletSession, signed: SignedIntent, sender: Wallet) {
  const { intent, keySignature, ownerSignature } = signed;
  return simulateAndSettle(wallet.connect(sender).execute, intent, keySignature, ownerSignature);
}

/** Throws as `executeIntent` would. */
export async function requireExecutable({ wallet }: WalletSession, signed: SignedIntent, sender: Wallet) {
  const { intent, keySignature, ownerSignature } = signed;
  await wallet.connect(sender).execute.staticCall(intent, keySignature, ownerSignature);
}

/** What an intent does, for whoever is about to sign or send it. */
export async function describeIntent(
  session: WalletSession,
  signed: SignedIntent,
  { verb, policy: encoded, args }: WalletCall,
): Promise<Report> {
  const { wallet, address, now } = session;
  const { key, nonce, deadline } = signed.intent;
  const policy = decodePolicy(encoded);
  const report = new Report()
    .add("wallet", "Wallet", address)
    .add("key", "Key", key, `${key}${keySigned(signed) ? "" : " (its signature is a contract's, or wrong)"}`)
    .add("verb", "Function", verb);
  const spending = spendingOf(verb, args);
  if (spending !== undefined) {
    const { format } = await moneyReader(session)(spending.token);
    report.add("spends", "Spends", spending, `${format(spending.amount)}, to ${spending.payee}`);
    const limit = (await readLimits(wallet, key, policy, now)).find(({ token }) => token === spending.token);
    if (limit !== undefined) {
      const sum = limit.window.spent + spending.amount;
      const text = `${format(sum)} of ${format(limit.window.cap)}; the owner signs above ${format(limit.coSign.cap)}`;
      report.add("windowSum", "The window then", sum, text);
    }
  }
  if (verb === "hire" || verb === "reserveHire") {
    const [offer, acceptance] = [args.offer as Offer, args.acceptance as Acceptance];
    const jobId = jobIdOf(offerHash(offerDomain(signed.chainId, args.escrow as string), offer), acceptance);
    report.add("jobId", "Job", jobId, formatJobId(jobId));
    const duration = offer.deliveryPeriod + offer.evaluationPeriod;
    report.add("duration", "It may take", duration, formatDuration(duration));
  }
  return report
    .add("arguments", "Arguments", args, argumentLines(args).join("\n"))
    .add("policyHash", "Policy", policyHash(policy))
    .add("nonce", "Number", nonce)
    .add("deadline", "Can be sent", deadline, `until ${countdown(deadline, now)}`);
}

function keySigned({ chainId, wallet, intent, keySignature }: SignedIntent): boolean {
  try {
    return verifyTypedData(walletDomain(chainId, wallet), INTENT_TYPES, intent, keySignature) === intent.key;
  } catch {
    return false;
  }
}

/** Arguments of the functions that spend, as their names go; each function has some of them. */
interface SpendingArguments {
  offer: Offer;
  authorization: { token: string; value: bigint; to: string };
  token: string;
  to: string;
  amount: bigint;
  budget: bigint;
  bond: bigint;
  fee: bigint;
  evaluator: string;
  escrow: string;
}

/** What a call moves, if it moves money: in which token, how much, to whom. */
function spendingOf(
  verb: string,
  args: WalletCall["args"],
): { token: string; amount: bigint; payee: string } | undefined {
  const given = args as unknown as SpendingArguments;
  switch (verb) {
    case "hire":
    case "reserveHire":
      return { token: given.offer.token, amount: given.offer.amount, payee: given.offer.provider };
    case "reserve": {
      const { token, value, to } = given.authorization;
      return { token, amount: value, payee: to };
    }
    case "pay":
      return { token: given.token, amount: given.amount, payee: given.to };
    case "fund":
      return { token: given.token, amount: given.budget, payee: `the job's provider by ${given.escrow}` };
    case "dispute":
    case "contest":
      return { token: given.token, amount: given.bond, payee: given.evaluator };
    case "appeal":
      return { token: given.token, amount: given.fee, payee: `the court of ${given.evaluator}` };
    default:
      return undefined;
  }
}

/** Every argument on a line, structs member by member; a call by its function's name. */
function argumentLines(args: Readonly<Record<string, unknown>>, prefix = ""): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return argumentLines(value as Record<string, unknown>, `${prefix}${name}.`);
    }
    if (name === "data" && typeof value === "string") {
      return [`${prefix}${name} ${functionName(value.slice(0, 10))} (${value})`];
    }
    const text = typeof value === "string" ? value : toJson(value).replaceAll('"', "");
    return [`${prefix}${name} ${text === ZeroAddress ? "none" : text}`];
  });
}

import { getAddress } from "ethers";

import { AgentWallet__factory } from "./bindings";
import { parseJson } from "./canonicalJson";
import { checkedAddress } from "./checksum";
import { InvalidInputError } from "./InvalidInputError";
import { schemaValidator } from "./schemaValidator";
import walletIntentSchema from "./schemas/wallet-intent.schema.json";
import { intentDigest, plainValue } from "./wallets";

/** What a key has signed for its wallet, with what `execute` needs to carry it out. */
export interface SignedIntent {
  readonly chainId: bigint;
  readonly wallet: string;
  readonly intent: {
    readonly key: string;
    /** A whole call of the wallet. */
    readonly call: string;
    readonly nonce: bigint;
    /** Unix time in seconds; the last second in which it can be executed. */
    readonly deadline: bigint;
    readonly epoch: bigint;
  };
  readonly keySignature: string;
  /** "0x" until the owner has signed. */
  readonly ownerSignature: string;
}

/** A call of a wallet, decoded. */
export interface WalletCall {
  /** The function's name: "hire", "pay" and so on. */
  readonly verb: string;
  /** The policy that the key brings, encoded. */
  readonly policy: string;
  /** The other arguments by name. */
  readonly args: Readonly<Record<string, unknown>>;
}

interface SignedIntentFile {
  version: 1;
  chainId: string;
  wallet: string;
  intentHash: string;
  keySignature: string;
  ownerSignature: string;
  intent: Record<keyof SignedIntent["intent"], string>;
}

const validate = /* @__PURE__ */ schemaValidator<SignedIntentFile>(walletIntentSchema, "wallet intent");
const walletInterface = /* @__PURE__ */ AgentWallet__factory.createInterface();

/** The file that a key hands to its owner, or to whoever sends it. See sdk/schemas/wallet-intent.schema.json. */
export function formatSignedIntent(signed: SignedIntent): string {
  const { chainId, wallet, intent, keySignature, ownerSignature } = signed;
  const file: SignedIntentFile = {
    version: 1,
    chainId: chainId.toString(),
    wallet: getAddress(wallet),
    intentHash: intentDigest(chainId, wallet, intent),
    keySignature,
    ownerSignature,
    intent: {
      key: intent.key,
      call: intent.call,
      nonce: intent.nonce.toString(),
      deadline: intent.deadline.toString(),
      epoch: intent.epoch.toString(),
    },
  };
  return `${JSON.stringify(validate(file, "the intent"), null, 2)}\n`;
}

/** Reads such a file. Checks its form and its hash; `execute` checks the signatures. */
export function parseSignedIntent(text: string, source = "the intent"): SignedIntent {
  const file = validate(parseJson(text, source), source);
  const chainId = BigInt(file.chainId);
  const wallet = checkedAddress(file.wallet, `${source}: /wallet`);
  const intent = {
    key: checkedAddress(file.intent.key, `${source}: /intent/key`),
    call: file.intent.call,
    nonce: number(file.intent.nonce, `${source}: /intent/nonce`),
    deadline: number(file.intent.deadline, `${source}: /intent/deadline`),
    epoch: number(file.intent.epoch, `${source}: /intent/epoch`),
  };
  const hash = intentDigest(chainId, wallet, intent);
  if (hash !== file.intentHash) {
    throw new InvalidInputError(`${source} was changed: its intent hashes to ${hash}, but it says ${file.intentHash}.`);
  }
  return { chainId, wallet, intent, keySignature: file.keySignature, ownerSignature: file.ownerSignature };
}

/** What a call of a wallet says: for who has to sign it. Refuses what is no call that an intent can make. */
export function decodeWalletCall(call: string): WalletCall {
  const parsed = walletInterface.parseTransaction({ data: call });
  const [first] = parsed?.fragment.inputs ?? [];
  // The functions that keys call are those that take a policy's encoding.
  if (parsed === null || first?.name !== "policyData" || parsed.fragment.inputs[0]?.type !== "bytes") {
    throw new InvalidInputError("the intent calls no function that a key may call: sign nothing like it.");
  }
  const args = parsed.fragment.inputs.slice(1).map((input, index) => {
    return [input.name, plainValue(input, parsed.args[index + 1])] as const;
  });
  return { verb: parsed.name, policy: String(parsed.args[0]), args: Object.fromEntries(args) };
}

function number(text: string, where: string): bigint {
  const value = BigInt(text);
  if (value >> 256n !== 0n) throw new InvalidInputError(`${where} is too large.`);
  return value;
}

import type { Interface, Signer } from "ethers";
import { TypedDataEncoder, dataSlice, recoverAddress } from "ethers";

import type { AgentMarketForwarder } from "../typechain-types";
import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  AgentWallet__factory,
  ReputationLedger__factory,
} from "./bindings";
import { parseJson } from "./canonicalJson";
import { checkedAddress } from "./checksum";
import { EIP712_NAMES } from "./eip712Names";
import { FORWARD_REQUEST_TYPES, signForwardRequest } from "./forwarder";
import { InvalidInputError } from "./InvalidInputError";
import { schemaValidator } from "./schemaValidator";
import relayRequestSchema from "./schemas/relay-request.schema.json";
import type { SignedIntent } from "./walletIntents";
import { formatSignedIntent, parseSignedIntent } from "./walletIntents";
import { intentDigest, signIntent } from "./wallets";
import { functionName } from "./walletView";

/** A call of a wallet that its key signed, and its owner too where the policy wants that. */
export interface IntentRelay extends SignedIntent {
  readonly kind: "intent";
}

/** A call of one of the market's contracts that a plain key signed for the forwarder (ERC-2771). */
export interface ForwardRelay {
  readonly kind: "forward";
  readonly chainId: bigint;
  readonly forwarder: string;
  readonly request: {
    readonly from: string;
    readonly to: string;
    /** Wei; always 0, since whoever relays would pay it. */
    readonly value: bigint;
    readonly gas: bigint;
    readonly nonce: bigint;
    readonly deadline: bigint;
    readonly data: string;
  };
  readonly signature: string;
}

/** What somebody signed so that anybody can send it. */
export type RelayRequest = IntentRelay | ForwardRelay;

/** How a forwarded call is written to a file. See sdk/schemas/relay-request.schema.json. */
interface ForwardFile {
  version: 1;
  kind: "forward";
  chainId: string;
  digest: string;
  forwarder: string;
  request: Record<keyof ForwardRelay["request"], string>;
  signature: string;
}

const validate = /* @__PURE__ */ schemaValidator<ForwardFile>(relayRequestSchema, "relay request");
const walletInterface = /* @__PURE__ */ AgentWallet__factory.createInterface();
const IDENTITY_INTERFACES: readonly Interface[] = [
  /* @__PURE__ */ AgentRegistry__factory.createInterface(),
  /* @__PURE__ */ ReputationLedger__factory.createInterface(),
];
const forwarderInterface = /* @__PURE__ */ AgentMarketForwarder__factory.createInterface();

/** What was signed: names a request wherever it is kept. The same whoever else signs. */
export function relayDigest(relay: RelayRequest): string {
  if (relay.kind === "intent") return intentDigest(relay.chainId, relay.wallet, relay.intent);
  const { chainId, forwarder } = relay;
  const domain = { name: EIP712_NAMES.forwarder, version: "1", chainId, verifyingContract: forwarder };
  return TypedDataEncoder.hash(domain, FORWARD_REQUEST_TYPES, relay.request);
}

/** The call that carries a request out, whoever sends it. */
export function relayCall(relay: RelayRequest): { to: string; data: string } {
  if (relay.kind === "intent") {
    const { wallet, intent, keySignature, ownerSignature } = relay;
    return { to: wallet, data: walletInterface.encodeFunctionData("execute", [intent, keySignature, ownerSignature]) };
  }
  const { forwarder, request, signature } = relay;
  // The nonce is no part of the call: the forwarder knows it.
  return { to: forwarder, data: forwarderInterface.encodeFunctionData("execute", [{ ...request, signature }]) };
}

/** What a request does, for people: whose call of what. */
export function describeRelay(relay: RelayRequest): string {
  if (relay.kind === "forward") {
    const { from, to, data } = relay.request;
    return `${from} calls ${functionOf(data)} of ${to}`;
  }
  const { wallet, intent } = relay;
  const verb = functionOf(intent.call);
  const inner = innerCall(intent.call);
  return `${intent.key} has the wallet ${wallet} ${verb}${inner === undefined ? "" : `: ${functionOf(inner.data)} of ${inner.target}`}`;
}

/** Signs a call of a wallet as its key. An owner adds its consent with `coSignRelay`. */
export async function signIntentRelay(
  key: Signer,
  chainId: bigint,
  wallet: string,
  intent: IntentRelay["intent"],
): Promise<IntentRelay> {
  const keySignature = await signIntent(key, chainId, wallet, intent);
  return { kind: "intent", chainId, wallet, intent, keySignature, ownerSignature: "0x" };
}

/** Adds the wallet's owner's consent to spend more than `coSignAbove`. */
export async function coSignRelay(owner: Signer, relay: IntentRelay): Promise<IntentRelay> {
  return { ...relay, ownerSignature: await signIntent(owner, relay.chainId, relay.wallet, relay.intent) };
}

/** Signs a call of one of the market's contracts, as `signForwardRequest` does. */
export async function signForwardRelay(
  signer: Signer,
  forwarder: AgentMarketForwarder,
  call: { to: string; data: string; deadline: bigint; gas?: bigint },
): Promise<ForwardRelay> {
  const [from, { chainId }] = await Promise.all([signer.getAddress(), forwarder.eip712Domain()]);
  const nonce = await forwarder.nonces(from);
  const { signature, ...signed } = await signForwardRequest(signer, forwarder, call);
  const relay: ForwardRelay = {
    kind: "forward",
    chainId,
    forwarder: await forwarder.getAddress(),
    request: { ...signed, nonce } as unknown as ForwardRelay["request"],
    signature: signature as string,
  };
  if (recoverAddress(relayDigest(relay), relay.signature) !== from) {
    throw new Error("another request of this account was carried out meanwhile: sign again.");
  }
  return relay;
}

/** The file that a signer hands to whoever sends its request; of an intent, what the wallet's own scripts write. */
export function formatRelayRequest(relay: RelayRequest): string {
  if (relay.kind === "intent") return formatSignedIntent(relay);
  const { kind, chainId, forwarder, request, signature } = relay;
  const { from, to, value, gas, nonce, deadline, data } = request;
  const numbers = { value, gas, nonce, deadline };
  const texts = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, number.toString()]));
  const file = {
    version: 1,
    kind,
    chainId: chainId.toString(),
    digest: relayDigest(relay),
    forwarder,
    request: { from, to, ...texts, data },
    signature,
  };
  return `${JSON.stringify(validate(file, "the request"), null, 2)}\n`;
}

/** Reads such a file. Checks its form and its digest; the contracts check the signatures. */
export function parseRelayRequest(text: string, source = "the request"): RelayRequest {
  const json: unknown = parseJson(text, source);
  if (typeof json === "object" && json !== null && "intent" in json) {
    return { kind: "intent", ...parseSignedIntent(text, source) };
  }
  const file = validate(json, source);
  const { from, to, value, gas, nonce, deadline, data } = file.request;
  const relay: ForwardRelay = {
    kind: "forward",
    chainId: BigInt(file.chainId),
    forwarder: checkedAddress(file.forwarder, `${source}: /forwarder`),
    request: {
      from: checkedAddress(from, `${source}: /request/from`),
      to: checkedAddress(to, `${source}: /request/to`),
      value: BigInt(value),
      gas: BigInt(gas),
      nonce: BigInt(nonce),
      deadline: BigInt(deadline),
      data,
    },
    signature: file.signature,
  };
  let digest: string;
  try {
    digest = relayDigest(relay);
  } catch {
    throw new InvalidInputError(`${source} has a number that is too large for its type: copy it again.`);
  }
  if (digest !== file.digest) {
    throw new InvalidInputError(`${source} was changed: it hashes to ${digest}, but it says ${file.digest}.`);
  }
  return relay;
}

function functionOf(data: string): string {
  if (data.length < 10) return "nothing";
  const selector = dataSlice(data, 0, 4);
  // Wallets call neither registry nor ledger, so their names are not among those known there.
  const own = IDENTITY_INTERFACES.map((contract) => contract.getFunction(selector)?.name).find(Boolean);
  return own ?? functionName(selector);
}

/** What `act` and `call` of a wallet call in turn. */
function innerCall(call: string): { target: string; data: string } | undefined {
  try {
    const parsed = walletInterface.parseTransaction({ data: call });
    if (parsed?.name !== "act" && parsed?.name !== "call") return undefined;
    const [, target, data] = parsed.args as unknown as [string, string, string];
    return { target, data };
  } catch {
    return undefined; // it will be refused anyway
  }
}

import type { BytesLike, ParamType, Result, Signer, TypedDataDomain, TypedDataField } from "ethers";
import { AbiCoder, TypedDataEncoder, concat, keccak256 } from "ethers";

import { AgentWallet__factory } from "./bindings";
import type { OfferStruct } from "../typechain-types/contracts/JobEscrow";
import type { AuthorizationStruct, IntentStruct, PolicyStruct } from "../typechain-types/contracts/wallet/AgentWallet";
import { EIP712_NAMES } from "./eip712Names";
import { AUTHORIZATION_FIELDS } from "./funding";

/** What a key may do with a wallet; see WalletTypes.sol. Amounts in base units, times in Unix seconds. */
export type Policy = PolicyStruct;

/** Limits of a policy in one token, as they are read. */
export interface TokenLimit {
  /** Zero for the chain's coin. */
  readonly token: string;
  /** Seconds; 0 for a window that never ends. */
  readonly window: bigint;
  readonly windowCap: bigint;
  readonly lifetimeCap: bigint;
  readonly jobCap: bigint;
  readonly coSignAbove: bigint;
  readonly admittedCap: bigint;
}

/** A policy as it is read from a file or from the chain. */
export interface GrantedPolicy {
  expiresAt: bigint;
  maxJobDuration: bigint;
  sanctionsOracle: string;
  reputation: {
    source: string;
    token: string;
    minCompleted: bigint;
    minCounterparties: bigint;
    minVolume: bigint;
  };
  agents: { agentId: bigint; epoch: bigint }[];
  payees: string[];
  escrows: string[];
  evaluators: string[];
  hooks: string[];
  limits: TokenLimit[];
  calls: { target: string; selector: string }[];
}

/** An ERC-3009 transfer that a wallet is to answer for. */
export type Authorization = AuthorizationStruct;

/** What a key signs so that somebody else sends it. */
export type Intent = IntentStruct;

/** First bytes of the signatures that a wallet accepts (ERC-1271); see `IAgentWallet.isValidSignature`. */
const SIGNATURE_KIND = { offer: "0x01", walletConsent: "0x02", reserve: "0x03" } as const;

/** What is signed of an intent (EIP-712). */
export const INTENT_TYPES: Record<string, TypedDataField[]> = {
  Intent: [
    { name: "key", type: "address" },
    { name: "call", type: "bytes" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "epoch", type: "uint256" },
  ],
};

const walletInterface = /* @__PURE__ */ AgentWallet__factory.createInterface();
// Asked for when needed, so that a bundle without wallets has none of this.
function parameterOf(name: "grant" | "hire", parameter: string): ParamType {
  const found = walletInterface.getFunction(name).inputs.find((input) => input.name === parameter);
  if (found === undefined) throw new RangeError(`${name} has no parameter ${parameter}`);
  return found;
}

const policyType = () => parameterOf("grant", "policy");
const offerType = () => parameterOf("hire", "offer");
const coder = /* @__PURE__ */ AbiCoder.defaultAbiCoder();

/** A policy as its key has to bring it with every call. */
export function encodePolicy(policy: Policy): string {
  return coder.encode([policyType()], [policy]);
}

/** A policy from what PolicyGranted carries. */
export function decodePolicy(encoded: BytesLike): GrantedPolicy {
  return plainValue(policyType(), coder.decode([policyType()], encoded)[0]) as GrantedPolicy;
}

/** A decoded value with its structs as objects and its lists as arrays. `Result.toObject` makes objects of lists. */
export function plainValue(type: ParamType, value: unknown): unknown {
  if (type.isArray()) return [...(value as Result)].map((member) => plainValue(type.arrayChildren, member));
  if (!type.isTuple()) return value;
  return Object.fromEntries(
    type.components.map((member, index) => [member.name, plainValue(member, (value as Result)[index])]),
  );
}

/** The hash by which a wallet knows a policy. */
export function policyHash(policy: Policy): string {
  return keccak256(encodePolicy(policy));
}

/** Whether this is the code of a wallet: a clone of the implementation, or an account that delegates to it (EIP-7702). */
export function isWalletCode(code: string, implementation: string): boolean {
  const target = implementation.slice(2).toLowerCase();
  const clone = `0x363d3d373d3d3d363d73${target}5af43d82803e903d91602b57fd5bf3`; // and the owner's 20 bytes after it
  return (code.startsWith(clone) && code.length === clone.length + 40) || code === `0xef0100${target}`;
}

/** The EIP-712 domain of a wallet's intents. */
export function walletDomain(chainId: bigint | number, wallet: string): TypedDataDomain {
  return { name: EIP712_NAMES.wallet, version: "1", chainId, verifyingContract: wallet };
}

/** What is signed of an intent, as `intentHash` tells it. */
export function intentDigest(chainId: bigint | number, wallet: string, intent: Intent): string {
  return TypedDataEncoder.hash(walletDomain(chainId, wallet), INTENT_TYPES, intent);
}

/** Signs an intent, as its key or, to allow more than `coSignAbove`, as the wallet's owner. */
export function signIntent(signer: Signer, chainId: bigint | number, wallet: string, intent: Intent): Promise<string> {
  return signer.signTypedData(walletDomain(chainId, wallet), INTENT_TYPES, intent);
}

/**
 * The digest that a token asks a wallet about.
 * @param hiring True for a ReceiveWithAuthorization that `reserveHire` charges, false for a TransferWithAuthorization.
 */
export function authorizationDigest(
  chainId: bigint | number,
  wallet: string,
  authorization: Authorization,
  hiring = false,
): string {
  const { name, version, token, to, value, validAfter, validBefore, nonce } = authorization;
  return TypedDataEncoder.hash(
    { name, version, chainId, verifyingContract: token as string },
    { [hiring ? "ReceiveWithAuthorization" : "TransferWithAuthorization"]: AUTHORIZATION_FIELDS },
    { from: wallet, to, value, validAfter, validBefore, nonce },
  );
}

/** What stands for a wallet's signature of an authorization that this key has reserved. */
export function reserveSignature(key: string): string {
  return concat([SIGNATURE_KIND.reserve, key]);
}

/**
 * A wallet's signature of an offer whose provider it is.
 * @param keySignature The key's own EIP-712 signature of the offer, as `signOffer` makes it.
 */
export function walletOfferSignature(
  key: string,
  policy: Policy,
  escrow: string,
  offer: OfferStruct,
  keySignature: BytesLike,
): string {
  const encoded = coder.encode(
    ["address", "bytes", "address", offerType(), "bytes"],
    [key, encodePolicy(policy), escrow, offer, keySignature],
  );
  return concat([SIGNATURE_KIND.offer, encoded]);
}

/** What is signed to consent to be an agent's verified wallet, in the registry's EIP-712 domain. */
export const AGENT_WALLET_SET_TYPES: Record<string, TypedDataField[]> = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/**
 * A wallet's consent to be an agent's verified wallet.
 * @param ownerSignature The wallet's owner's EIP-712 signature of `AgentWalletSet` naming the wallet.
 */
export function walletConsentSignature(
  agentId: bigint,
  agentOwner: string,
  deadline: bigint,
  ownerSignature: BytesLike,
): string {
  const encoded = coder.encode(
    ["uint256", "address", "uint256", "bytes"],
    [agentId, agentOwner, deadline, ownerSignature],
  );
  return concat([SIGNATURE_KIND.walletConsent, encoded]);
}

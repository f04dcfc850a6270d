import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { AddressLike, TypedDataField } from "ethers";
import { Signature, ethers, resolveAddress } from "ethers";

import type { AuthorizationToken } from "../../../typechain-types";

export type PrimaryType = "Permit" | "TransferWithAuthorization" | "ReceiveWithAuthorization" | "CancelAuthorization";

const AUTHORIZATION: TypedDataField[] = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
];

const TYPES: Record<PrimaryType, TypedDataField[]> = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  TransferWithAuthorization: AUTHORIZATION,
  ReceiveWithAuthorization: AUTHORIZATION,
  CancelAuthorization: [
    { name: "authorizer", type: "address" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** Signs one of the messages of ERC-2612 and ERC-3009 for `token`, as its holder would. */
export async function signForToken(
  signer: HardhatEthersSigner,
  token: AuthorizationToken,
  primaryType: PrimaryType,
  message: Record<string, unknown>,
): Promise<Signature> {
  const { chainId } = await signer.provider.getNetwork();
  const domain = {
    name: await token.name(),
    version: await token.version(),
    chainId,
    verifyingContract: await token.getAddress(),
  };
  return Signature.from(await signer.signTypedData(domain, { [primaryType]: TYPES[primaryType] }, message));
}

export interface Authorization {
  from: string;
  to: string;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: string;
}

/** An ERC-3009 authorization that is valid now, under a nonce of its own. */
export async function authorization(
  from: AddressLike,
  to: AddressLike,
  value: bigint,
  overrides: Partial<Authorization> = {},
): Promise<Authorization> {
  return {
    from: await resolveAddress(from),
    to: await resolveAddress(to),
    value,
    validAfter: 0n,
    validBefore: ethers.MaxUint256,
    nonce: ethers.hexlify(ethers.randomBytes(32)),
    ...overrides,
  };
}

type AuthorizationArguments = [string, string, bigint, bigint, bigint, string];

/** The arguments of an authorization in the order of the functions that take it. */
export function unpack(message: Authorization): AuthorizationArguments {
  return [message.from, message.to, message.value, message.validAfter, message.validBefore, message.nonce];
}

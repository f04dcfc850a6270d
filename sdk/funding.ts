import type { Signer, TypedDataDomain, TypedDataField } from "ethers";
import { AbiCoder, MaxUint256, toBeHex } from "ethers";

import { FundingMethod } from "./enums";
import type { Acceptance } from "./offers";

/** How an acceptance pays: spread it into one. */
export type Funding = Pick<Acceptance, "funding" | "fundingData">;

/** What is signed of an ERC-3009 transfer (EIP-712), whoever may send it. */
export const AUTHORIZATION_FIELDS: TypedDataField[] = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
];

const AUTHORIZATION_TYPES = { ReceiveWithAuthorization: AUTHORIZATION_FIELDS };

const PERMIT_TYPES: Record<string, TypedDataField[]> = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

const PERMIT2_TYPES: Record<string, TypedDataField[]> = {
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "witness", type: "JobWitness" },
  ],
  JobWitness: [{ name: "jobId", type: "uint256" }],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
};

function encode(first: bigint, second: bigint, signature: string): string {
  return AbiCoder.defaultAbiCoder().encode(["uint256", "uint256", "bytes"], [first, second, signature]);
}

/** From an allowance that the client gave the escrow before. Only the client itself can then call `hire`. */
export function allowanceFunding(): Funding {
  return { funding: FundingMethod.Allowance, fundingData: "0x" };
}

/**
 * ERC-2612: the client signs the allowance instead of sending it. Only the client itself can then call `hire`.
 * @param tokenDomain From `readTokenDomain`.
 * @param permit `value` in base units; `nonce` from the token's `nonces(owner)`; `deadline` in Unix seconds.
 */
export async function permitFunding(
  client: Signer,
  tokenDomain: TypedDataDomain,
  permit: { owner: string; escrow: string; value: bigint; nonce: bigint; deadline: bigint },
): Promise<Funding> {
  const { owner, escrow, value, nonce, deadline } = permit;
  const message = { owner, spender: escrow, value, nonce, deadline };
  const signature = await client.signTypedData(tokenDomain, PERMIT_TYPES, message);
  return { funding: FundingMethod.Permit, fundingData: encode(value, deadline, signature) };
}

/**
 * ERC-3009: the client signs a transfer to the escrow whose nonce is the job's id. Anyone can then call `hire` for it,
 * and can change nothing.
 * @param tokenDomain From `readTokenDomain`.
 * @param authorization `amount` is the offer's, in base units; the validity is in Unix seconds, both ends exclusive.
 */
export async function authorizationFunding(
  client: Signer,
  tokenDomain: TypedDataDomain,
  authorization: {
    client: string;
    escrow: string;
    amount: bigint;
    jobId: bigint;
    validAfter?: bigint;
    validBefore?: bigint;
  },
): Promise<Funding> {
  const { escrow, amount, jobId, validAfter = 0n, validBefore = MaxUint256 } = authorization;
  const signature = await client.signTypedData(tokenDomain, AUTHORIZATION_TYPES, {
    from: authorization.client,
    to: escrow,
    value: amount,
    validAfter,
    validBefore,
    nonce: toBeHex(jobId, 32),
  });
  return { funding: FundingMethod.Authorization, fundingData: encode(validAfter, validBefore, signature) };
}

/**
 * Permit2: for any token whose allowance the client once gave to Permit2. The signature has the job's id as witness, so
 * that anyone can then call `hire` for it, and can change nothing.
 * @param permit `amount` is the offer's, in base units; `nonce` is any that the client has not used, by default the
 * job's id; `deadline` in Unix seconds.
 */
export async function permit2Funding(
  client: Signer,
  permit: {
    chainId: bigint | number;
    permit2: string;
    escrow: string;
    token: string;
    amount: bigint;
    jobId: bigint;
    nonce?: bigint;
    deadline: bigint;
  },
): Promise<Funding> {
  const { chainId, permit2, escrow, token, amount, jobId, nonce = jobId, deadline } = permit;
  const domain = { name: "Permit2", chainId, verifyingContract: permit2 };
  const signature = await client.signTypedData(domain, PERMIT2_TYPES, {
    permitted: { token, amount },
    spender: escrow,
    nonce,
    deadline,
    witness: { jobId },
  });
  return { funding: FundingMethod.Permit2, fundingData: encode(nonce, deadline, signature) };
}

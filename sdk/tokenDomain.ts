import type { Provider, TypedDataDomain } from "ethers";
import { Contract, TypedDataEncoder, toBeHex } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

const TOKEN_ABI = [
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
];

/**
 * The EIP-712 domain that a token's ERC-2612 and ERC-3009 signatures are made in, verified against the token's own
 * `DOMAIN_SEPARATOR()`. Asks ERC-5267 first; older tokens publish no domain, so the usual forms are tried: name with
 * the token's version, with "1", with "2", without version, and with the chain's id as salt.
 */
export async function readTokenDomain(token: string, chain: Provider): Promise<TypedDataDomain> {
  const contract = new Contract(token, TOKEN_ABI, chain);
  const ask = async <T>(call: string): Promise<T | undefined> => {
    try {
      return (await contract.getFunction(call).staticCall()) as T;
    } catch {
      return undefined;
    }
  };
  const [{ chainId }, published, separator, name, version] = await Promise.all([
    chain.getNetwork(),
    ask<[string, string, string, bigint, string, string]>("eip712Domain"),
    ask<string>("DOMAIN_SEPARATOR"),
    ask<string>("name"),
    ask<string>("version"),
  ]);

  const candidates: TypedDataDomain[] = [];
  if (published !== undefined) candidates.push(fromPublished(published));
  if (name !== undefined) {
    for (const v of new Set([version, "1", "2", undefined])) {
      const base = { name, ...(v === undefined ? {} : { version: v }), verifyingContract: token };
      candidates.push({ ...base, chainId }, { ...base, salt: toBeHex(chainId, 32) });
    }
  }
  // A token with ERC-5267 alone is taken at its word: there is nothing to compare with.
  if (separator === undefined && published !== undefined) return fromPublished(published);
  const match = candidates.find((domain) => TypedDataEncoder.hashDomain(domain) === separator);
  if (match === undefined) {
    throw new InvalidInputError(
      separator === undefined
        ? `the token ${token} takes no signatures (no EIP-712 domain): fund with an allowance or with Permit2.`
        : `the token ${token} signs in an unknown EIP-712 domain (${separator}): fund with an allowance or with Permit2.`,
    );
  }
  return match;
}

/** Bit n of `fields` says whether the n-th member is part of the domain (ERC-5267). */
function fromPublished([fields, name, version, chainId, verifyingContract, salt]: [
  string,
  string,
  string,
  bigint,
  string,
  string,
]): TypedDataDomain {
  const has = (bit: number) => (Number(fields) & (1 << bit)) !== 0;
  return {
    ...(has(0) ? { name } : {}),
    ...(has(1) ? { version } : {}),
    ...(has(2) ? { chainId } : {}),
    ...(has(3) ? { verifyingContract } : {}),
    ...(has(4) ? { salt } : {}),
  };
}

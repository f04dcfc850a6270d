import type { Provider } from "ethers";
import { Signature, dataLength, dataSlice, getAddress, isError, isHexString, recoverAddress } from "ethers";

import { IERC1271__factory } from "./bindings";
import { revertDataOf } from "./errors";

/**
 * Whether an account signed a digest, judged as the contracts do: by the account's key, else by its code (ERC-1271).
 * An account with delegated code (EIP-7702) can sign in both ways.
 * @param chain Needed to ask an account's code; without it only a key's signature counts.
 * @param from Who asks: some accounts answer to one contract only.
 */
export async function verifyAccountSignature(
  account: string,
  hash: string,
  signature: string,
  chain?: Provider,
  from?: string | null,
): Promise<boolean> {
  if (!isHexString(signature, true)) return false;
  if (signingKey(hash, signature) === getAddress(account)) return true;
  return chain !== undefined && isSignedByCode(account, hash, signature, from, chain);
}

/**
 * The address whose key made a signature; undefined if no key can have. As OpenZeppelin's ECDSA: 65 bytes, `v` 27 or
 * 28, and the lower `s`. ethers alone would accept more forms.
 */
export function signingKey(hash: string, signature: string): string | undefined {
  if (!isHexString(signature, 65) || !/^0x1[bc]$/i.test(dataSlice(signature, 64))) return undefined;
  try {
    return recoverAddress(hash, Signature.from(signature));
  } catch {
    return undefined; // a higher `s`, or no point of the curve
  }
}

/** As OpenZeppelin's SignatureChecker: the first word of the answer is the function's selector, padded with zeros. */
async function isSignedByCode(
  account: string,
  hash: string,
  signature: string,
  from: string | null | undefined,
  chain: Provider,
): Promise<boolean> {
  const wallet = IERC1271__factory.createInterface();
  const data = wallet.encodeFunctionData("isValidSignature", [hash, signature]);
  try {
    const answer = await chain.call({ to: account, data, from: from ?? null });
    const magic = wallet.getFunction("isValidSignature").selector;
    return dataLength(answer) >= 32 && dataSlice(answer, 0, 32) === magic.padEnd(66, "0");
  } catch (error) {
    if (isError(error, "CALL_EXCEPTION") || revertDataOf(error) !== undefined) return false;
    throw error; // an endpoint that does not answer says nothing about the signature
  }
}

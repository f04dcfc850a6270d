import { getAddress } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** An ERC-20 token or an account on an EVM chain. */
export interface OnChain {
  readonly chainId: bigint;
  readonly address: string;
}

const TOKEN = /^eip155:([1-9]\d{0,19})\/erc20:(0x[0-9a-fA-F]{40})$/;
const ACCOUNT = /^eip155:([1-9]\d{0,19}):(0x[0-9a-fA-F]{40})$/;

/** A token as CAIP-19 writes it: "eip155:8453/erc20:0x…". */
export function formatTokenId({ chainId, address }: OnChain): string {
  return `eip155:${chainId}/erc20:${getAddress(address)}`;
}

/** An account as CAIP-10 writes it: "eip155:8453:0x…". */
export function formatAccountId({ chainId, address }: OnChain): string {
  return `eip155:${chainId}:${getAddress(address)}`;
}

export function parseTokenId(text: string, source = "the token"): OnChain {
  return parse(TOKEN, text, `${source} must be written "eip155:<chain>/erc20:<address>"`);
}

export function parseAccountId(text: string, source = "the account"): OnChain {
  return parse(ACCOUNT, text, `${source} must be written "eip155:<chain>:<address>"`);
}

function parse(form: RegExp, text: string, demand: string): OnChain {
  const [, chainId, address] = form.exec(text) ?? [];
  if (chainId === undefined || address === undefined) throw new InvalidInputError(`${demand}.`);
  try {
    return { chainId: BigInt(chainId), address: getAddress(address) };
  } catch {
    throw new InvalidInputError(`${demand}: its address has a wrong checksum.`);
  }
}

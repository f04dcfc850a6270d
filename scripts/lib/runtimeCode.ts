import {
  TypedDataEncoder,
  concat,
  getBytes,
  hexlify,
  id,
  toBeHex,
  toUtf8Bytes,
  zeroPadBytes,
  zeroPadValue,
} from "ethers";

import { walletImplementation } from "../../sdk/create2";
import { EIP712_NAMES } from "../../sdk/eip712Names";
import type { MarketAddresses } from "../../sdk/market";
import type { CompiledContract } from "./recompile";

/** The contracts whose code is compared: the market's, and the code that its wallets share. */
export type VerifiedContract = keyof MarketAddresses | "wallet";

/** Where these contracts are; the factory's address decides the wallet code's. */
export function verifiedAddresses(market: MarketAddresses): Record<VerifiedContract, string> {
  return { ...market, wallet: walletImplementation(market.walletFactory) };
}

/** One immutable of a deployed contract, against what the parameters say. */
export interface ImmutableCheck {
  readonly name: string;
  readonly expected: string | undefined;
  readonly actual: string;
}

/** What an immutable of each name must be: every one that the contracts have, by the formula that set it. */
export function expectedImmutables(
  contract: VerifiedContract,
  market: MarketAddresses,
  permit2: string,
  chainId: bigint,
): Record<string, string> {
  const addresses = verifiedAddresses(market);
  const word = (address: string) => zeroPadValue(address, 32).toLowerCase();
  const common = {
    _trustedForwarder: word(addresses.forwarder),
    AGENT_REGISTRY: word(addresses.registry),
    REPUTATION_LEDGER: word(addresses.ledger),
    PERMIT2: word(permit2),
    // The wallet's own, and of those its factory has the last.
    _REGISTRY: word(addresses.registry),
    _LEDGER: word(addresses.ledger),
    FORWARDER: word(addresses.forwarder),
    FACTORY: word(addresses.walletFactory),
    IMPLEMENTATION: word(addresses.wallet),
  };
  if (contract === "ledger" || contract === "walletFactory") return common;
  const name = EIP712_NAMES[contract];
  const domain = { name, version: "1", chainId, verifyingContract: addresses[contract] };
  return {
    ...common,
    _cachedDomainSeparator: TypedDataEncoder.hashDomain(domain),
    _cachedChainId: toBeHex(chainId, 32),
    _cachedThis: word(addresses[contract]),
    _hashedName: id(name),
    _hashedVersion: id("1"),
    _name: shortString(name),
    _version: shortString("1"),
  };
}

/** OpenZeppelin's ShortString: up to 31 bytes, and the length in the last one. */
function shortString(text: string): string {
  const bytes = toUtf8Bytes(text);
  return concat([zeroPadBytes(bytes, 31), new Uint8Array([bytes.length])]);
}

/** Compares code from a chain with compiled code: what is no immutable byte by byte, and each immutable by value. */
export function compareRuntimeCode(
  actual: string,
  compiled: CompiledContract,
  expected: Readonly<Record<string, string>>,
): { codeMatches: boolean; immutables: ImmutableCheck[] } {
  const masked = getBytes(actual);
  const immutables = new Map<string, ImmutableCheck>();
  for (const { name, start, length } of compiled.immutables) {
    const value = hexlify(masked.slice(start, start + length));
    masked.fill(0, start, start + length);
    const known = immutables.get(name);
    // The code repeats an immutable wherever it is used: one place that differs is enough to fail.
    if (known === undefined || known.actual === known.expected) {
      immutables.set(name, { name, expected: expected[name], actual: value });
    }
  }
  return { codeMatches: hexlify(masked) === compiled.runtimeCode, immutables: [...immutables.values()] };
}

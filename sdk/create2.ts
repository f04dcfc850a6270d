import { AbiCoder, concat, getCreate2Address, getCreateAddress, keccak256 } from "ethers";

import { escrowBytecode, forwarderBytecode, ledgerBytecode, registryBytecode, walletFactoryBytecode } from "./bytecode";
import type { MarketAddresses } from "./market";

/** CreateX, the factory that deploys the market at the same address on every chain. */
export const CREATEX_ADDRESS = "0xba5Ed099633D3B313e4D5F7bdc1305d3c28ba5Ed";

/** Uniswap's Permit2, at the same address on every chain that has it. */
export const PERMIT2_ADDRESS = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/** "agent-market.v1", as hardhat.config.ts gives it to the deployment. */
export const CREATE2_SALT = "0x6167656e742d6d61726b65742e76310000000000000000000000000000000000";

/** What CreateX makes of a salt that names neither a sender nor a chain: so the address depends on neither. */
function guarded(salt: string): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32"], [salt]));
}

/** Where CreateX puts code with these constructor arguments, ABI encoded. */
export function create2Address(bytecode: string, constructorArguments = "0x"): string {
  const codeHash = keccak256(concat([bytecode, constructorArguments]));
  return getCreate2Address(CREATEX_ADDRESS, guarded(CREATE2_SALT), codeHash);
}

function addressOf(bytecode: string, ...addresses: string[]): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    addresses.map(() => "address"),
    addresses,
  );
  return create2Address(bytecode, encoded);
}

/** The addresses that this version of the market has on every chain with CreateX: computed, without asking a chain. */
export function predictAddresses(permit2 = PERMIT2_ADDRESS): MarketAddresses {
  const forwarder = addressOf(forwarderBytecode());
  const registry = addressOf(registryBytecode(), forwarder);
  const ledger = addressOf(ledgerBytecode(), forwarder, registry);
  const escrow = addressOf(escrowBytecode(), forwarder, ledger, permit2);
  const walletFactory = predictWalletFactory({ registry, ledger, forwarder }, permit2);
  return { forwarder, registry, ledger, escrow, walletFactory };
}

/** Where this version's wallet factory for these contracts is. */
export function predictWalletFactory(
  { registry, ledger, forwarder }: Pick<MarketAddresses, "registry" | "ledger" | "forwarder">,
  permit2 = PERMIT2_ADDRESS,
): string {
  return addressOf(walletFactoryBytecode(), registry, ledger, forwarder, permit2);
}

/** The code that a factory's wallets share: the first and only contract that its constructor creates. */
export function walletImplementation(walletFactory: string): string {
  return getCreateAddress({ from: walletFactory, nonce: 1 });
}

import { x402Facilitator } from "@x402/core/facilitator";
import type { FacilitatorClient } from "@x402/core/server";
import type { Network, SupportedResponse } from "@x402/core/types";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import { createWalletClient, defineChain, http, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";

type ViemClient = Parameters<typeof toFacilitatorEvmSigner>[0];

/** A chain as x402 names it, and where it answers. */
export interface Chain {
  readonly id: number;
  readonly network: Network;
  readonly rpcUrl: string;
}

/**
 * The published facilitator, in this process: checks payments and sends them to the chain, at its own cost. A server that
 * trusts somebody else's takes an `HTTPFacilitatorClient` with that one's URL instead.
 */
export function createFacilitator({ id, network, rpcUrl }: Chain, privateKey: string): FacilitatorClient {
  const account = privateKeyToAccount(privateKey as `0x${string}`);
  const chain = defineChain({
    id,
    name: network,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const client = createWalletClient({ account, chain, transport: http(), pollingInterval: 50 }).extend(publicActions);
  // viem's client does all that the package asks for; only their types are not cut from one cloth.
  const signer = toFacilitatorEvmSigner({ ...client, address: account.address } as unknown as ViemClient);
  const facilitator = new x402Facilitator().register(network, new ExactEvmScheme(signer, { simulateInSettle: true }));
  return {
    verify: (payload, requirements) => facilitator.verify(payload, requirements),
    settle: (payload, requirements) => facilitator.settle(payload, requirements),
    getSupported: () => Promise.resolve(facilitator.getSupported() as SupportedResponse),
  };
}

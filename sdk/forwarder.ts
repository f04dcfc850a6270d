import type { Signer, TypedDataField } from "ethers";

import type { AgentMarketForwarder } from "../typechain-types";
import type { ERC2771Forwarder } from "../typechain-types/contracts/AgentMarketForwarder";
import { SAFE_GAS_LIMIT } from "./gas";

/** A call that somebody signed and anybody may send, as the forwarder's `execute` takes it. */
export type ForwardRequest = ERC2771Forwarder.ForwardRequestDataStruct;

/** What a request signs (EIP-712). */
export const FORWARD_REQUEST_TYPES: Record<string, TypedDataField[]> = {
  ForwardRequest: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "gas", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
    { name: "data", type: "bytes" },
  ],
};

/**
 * Signs a call to one of the market's contracts (ERC-2771), which will see the signer as its caller. A relayer sends
 * the result with `forwarder.execute(request)`.
 * @param forwarder Connected to the chain, to read the signer's nonce and the EIP-712 domain.
 * @param call `deadline` is the last Unix second in which it may be sent; `gas` what the call itself may use.
 */
export async function signForwardRequest(
  signer: Signer,
  forwarder: AgentMarketForwarder,
  call: { to: string; data: string; deadline: bigint; gas?: bigint },
): Promise<ForwardRequest> {
  const [from, { name, version, chainId, verifyingContract }] = await Promise.all([
    signer.getAddress(),
    forwarder.eip712Domain(),
  ]);
  const { to, data, deadline, gas = SAFE_GAS_LIMIT } = call;
  const request = { from, to, value: 0n, gas, deadline, data };
  const nonce = await forwarder.nonces(from);
  const signature = await signer.signTypedData({ name, version, chainId, verifyingContract }, FORWARD_REQUEST_TYPES, {
    ...request,
    nonce,
  });
  return { ...request, signature };
}

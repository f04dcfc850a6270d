import type { JsonRpcProvider, TransactionRequest } from "ethers";
import { Wallet } from "ethers";

interface RequestArguments {
  readonly method: string;
  readonly params?: readonly unknown[] | object;
}

/** What Ignition sends its requests through. */
export interface Eip1193Provider {
  request(args: RequestArguments): Promise<unknown>;
}

/** Signs here what Ignition wants sent, since public endpoints hold no keys; all else goes to the endpoint. */
export function signingProvider(chain: JsonRpcProvider, wallet: Wallet): Eip1193Provider {
  const signer = new Wallet(wallet.signingKey, chain);
  return {
    request: async ({ method, params }) => {
      const list = Array.isArray(params) ? (params as unknown[]) : [];
      if (method === "eth_accounts") return [signer.address];
      if (method !== "eth_sendTransaction") return (await chain.send(method, list)) as unknown;
      // Ignition has chosen nonce, gas and fees; ethers adds what is left, the chain's id and the type.
      const { gas, ...transaction } = list[0] as TransactionRequest & { gas?: string };
      const populated = await signer.populateTransaction({
        ...transaction,
        ...(gas === undefined ? {} : { gasLimit: gas }),
      });
      return (await chain.send("eth_sendRawTransaction", [await signer.signTransaction(populated)])) as unknown;
    },
  };
}

/** Lets the endpoint's own accounts sign, as local nodes offer. */
export function nodeProvider(chain: JsonRpcProvider): Eip1193Provider {
  return { request: ({ method, params }) => chain.send(method, Array.isArray(params) ? (params as unknown[]) : []) };
}

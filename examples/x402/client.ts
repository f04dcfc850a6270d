import { decodePaymentRequiredHeader } from "@x402/core/http";
import type { Network, SchemeNetworkClient } from "@x402/core/types";
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from "@x402/fetch";

/** What was got for a payment, and the transaction that collected it. */
export interface Purchase {
  readonly body: unknown;
  readonly transaction: string;
}

/** A `buy` that pays in one token, with a scheme such as the sdk's `WalletExactScheme`. */
export function createBuyer(
  scheme: SchemeNetworkClient,
  { network, asset }: { network: Network; asset: string },
): (url: string) => Promise<Purchase> {
  const client = new x402Client()
    .register(network, scheme)
    // The package's own limits know a few big tokens only. Here the chain keeps to the wallet's.
    .setSpendControls({ allowedAssets: [{ network, asset }] });
  const payingFetch = wrapFetchWithPayment(fetch, client);
  return async (url) => {
    const response = await payingFetch(url);
    const receipt = response.headers.get("payment-response");
    if (!response.ok || receipt === null) {
      const asked = response.headers.get("payment-required");
      const reason = asked === null ? await response.text() : decodePaymentRequiredHeader(asked).error;
      throw new Error(`${url} answered ${response.status}: ${reason ?? "no reason given"}`);
    }
    return { body: await response.json(), transaction: decodePaymentResponseHeader(receipt).transaction };
  };
}

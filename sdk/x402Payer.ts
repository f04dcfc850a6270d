import type { PaymentPayloadResult, PaymentRequirements, SchemeNetworkClient } from "@x402/core/types";
import type { Signer, TransactionReceipt } from "ethers";
import { getAddress, hexlify, randomBytes } from "ethers";

import { AgentWallet__factory } from "./bindings";
import { explainError } from "./errors";
import { InvalidInputError } from "./InvalidInputError";
import { formatTime } from "./units";
import type { Authorization, Policy } from "./wallets";
import { encodePolicy, reserveSignature } from "./wallets";

/** A facilitator refuses an authorization that ends in less than six seconds, and has to get it into a block. */
const LEAST_SECONDS = 20n;

/** Who pays, and how the key that acts for it is allowed to. */
export interface WalletPayerOptions {
  /** The AgentWallet. */
  readonly wallet: string;
  /** The key that `policy` is granted to, connected to the chain. It pays for the reserve's gas. */
  readonly key: Signer;
  readonly policy: Policy;
  /** The agent that an account is paid as, for policies that list agents rather than payees; by default none. */
  readonly agentIdOf?: (payTo: string) => bigint;
  /** Told about each reserve as it is on the chain: what is not collected can be taken back with `release`. */
  readonly onReserved?: (reserve: WalletReserve) => void;
}

/** What a wallet has reserved for a payment. */
export interface WalletReserve {
  readonly authorization: Authorization;
  readonly receipt: TransactionReceipt;
}

/**
 * x402's "exact" scheme, paid by ERC-3009 from an AgentWallet: register it with an `x402Client` for the wallet's network.
 * For each payment the key first reserves the authorization on the chain, so whatever is over a cap or not for a
 * listed payee is refused before anybody holds anything that moves money. What the server gets is no key's signature
 * but the wallet's promise (ERC-1271) for this one transfer. It ends with the window that it was counted in.
 */
export class WalletExactScheme implements SchemeNetworkClient {
  readonly scheme = "exact";
  readonly #options: WalletPayerOptions;
  /** Reserves one after the other: transactions of one key have an order. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WalletPayerOptions) {
    this.#options = options;
  }

  /**
   * Reserves what is asked for, and answers with what lets the server collect it.
   * @throws In one sentence, if the policy does not allow it; nothing was sent then.
   */
  createPaymentPayload(x402Version: number, requirements: PaymentRequirements): Promise<PaymentPayloadResult> {
    const payload = this.#last.then(() => this.#pay(x402Version, requirements));
    this.#last = payload.catch(() => undefined);
    return payload;
  }

  async #pay(x402Version: number, requirements: PaymentRequirements): Promise<PaymentPayloadResult> {
    const { wallet, key, policy, agentIdOf, onReserved } = this.#options;
    const authorization = await this.#authorizationFor(requirements);
    const contract = AgentWallet__factory.connect(wallet, key);
    const args = [encodePolicy(policy), authorization, agentIdOf?.(authorization.to) ?? 0n] as const;
    let receipt: TransactionReceipt | null;
    try {
      await contract.reserve.staticCall(...args);
      receipt = await (await contract.reserve(...args)).wait();
    } catch (error) {
      throw new Error(`the wallet ${wallet} does not pay: ${explainError(error)}`, { cause: error });
    }
    if (receipt === null) throw new Error("the reserve is not on the chain yet: look it up before paying again.");
    onReserved?.({ authorization, receipt });
    const { to, value, validAfter, validBefore, nonce } = authorization;
    return {
      x402Version,
      payload: {
        authorization: {
          from: wallet,
          to,
          value: value.toString(),
          validAfter: validAfter.toString(),
          validBefore: validBefore.toString(),
          nonce,
        },
        signature: reserveSignature(await key.getAddress()),
      },
    };
  }

  async #authorizationFor({ network, asset, payTo, amount, maxTimeoutSeconds, extra }: PaymentRequirements) {
    const { key, policy } = this.#options;
    const chain = key.provider;
    if (chain === null) throw new InvalidInputError("the wallet's key has no connection to a chain: connect it.");
    const { chainId } = await chain.getNetwork();
    if (network !== `eip155:${chainId}`) {
      throw new InvalidInputError(`the payment is asked for on ${network}, but the wallet is on eip155:${chainId}.`);
    }
    const { name, version, assetTransferMethod = "eip3009" } = extra;
    if (assetTransferMethod !== "eip3009" || typeof name !== "string" || typeof version !== "string") {
      throw new InvalidInputError(
        "a wallet pays by ERC-3009 only, and the server must name the token's EIP-712 name and version.",
      );
    }
    const token = getAddress(asset);
    const block = await chain.getBlock("latest");
    // The latest block may be old where blocks come only with transactions.
    const now = BigInt(Math.max(block?.timestamp ?? 0, Math.floor(Date.now() / 1_000)));
    const latest = lastSecond(policy, token, now);
    const wanted = now + BigInt(maxTimeoutSeconds);
    const validBefore = wanted < latest ? wanted : latest;
    if (validBefore < now + LEAST_SECONDS) {
      throw new InvalidInputError(
        `the payment could be collected until ${formatTime(validBefore)}, less than ${LEAST_SECONDS} seconds from now: wait for the wallet's next window, or have the server ask for more time.`,
      );
    }
    return {
      token,
      to: getAddress(payTo),
      value: BigInt(amount),
      validAfter: 0n,
      validBefore,
      nonce: hexlify(randomBytes(32)),
      name,
      version,
    } satisfies Authorization;
  }
}

/** The end of the token's window that a second is in, or of the policy if that is earlier. */
function lastSecond({ expiresAt, limits }: Policy, token: string, now: bigint): bigint {
  const limit = limits.find((candidate) => getAddress(candidate.token as string) === token);
  const window = BigInt(limit?.window ?? 0);
  const end = BigInt(expiresAt);
  if (window === 0n) return end;
  const windowEnd = now - (now % window) + window;
  return windowEnd < end ? windowEnd : end;
}

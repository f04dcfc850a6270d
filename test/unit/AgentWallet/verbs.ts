import { ZeroAddress, ZeroHash } from "ethers";

import { encodePolicy } from "../../../sdk/wallets";
import type { Policy } from "../../../sdk/wallets";
import { FUNDING, PRICE, acceptanceOf, offerOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { authorizationOf, prepareWalletHire } from "../../fixtures/wallet";

/** The functions that take a policy. */
export const VERBS = [
  "hire",
  "fund",
  "pay",
  "dispute",
  "contest",
  "appeal",
  "act",
  "call",
  "reserve",
  "reserveHire",
] as const;

export type Verb = (typeof VERBS)[number];

/** One call of each function that takes a policy, encoded, with arguments of the right form. */
export async function verbCalls(parts: WalletMarket, policy: Policy = parts.policy): Promise<Record<Verb, string>> {
  const { wallet, escrow, stable, evaluator, stranger } = parts;
  const encode = wallet.interface.encodeFunctionData.bind(wallet.interface);
  const data = encodePolicy(policy);
  const token = await stable.getAddress();
  const escrowAddress = await escrow.getAddress();
  const { offer, acceptance, signature } = await prepareWalletHire(parts, { policy });
  const byAuthorization = { ...acceptance, funding: FUNDING.Authorization };
  const authorization = await authorizationOf(parts);
  return {
    hire: encode("hire", [data, escrowAddress, offer, signature, acceptance]),
    fund: encode("fund", [data, escrowAddress, 1n, token, PRICE, "0x"]),
    pay: encode("pay", [data, token, stranger.address, 0n, PRICE, ZeroHash]),
    dispute: encode("dispute", [data, evaluator.address, 1n, token, PRICE]),
    contest: encode("contest", [data, evaluator.address, 1n, token, PRICE]),
    appeal: encode("appeal", [data, evaluator.address, 1n, token, PRICE]),
    act: encode("act", [data, escrowAddress, escrow.interface.encodeFunctionData("setBudget", [1n, token, 1n, "0x"])]),
    call: encode("call", [data, stranger.address, "0x12345678"]),
    reserve: encode("reserve", [data, authorization, 0n]),
    reserveHire: encode("reserveHire", [data, escrowAddress, offer, byAuthorization, authorization]),
  };
}

/** The call by which the wallet pays `stranger` PRICE of the stablecoin, or what is said instead. */
export async function payCall(
  parts: WalletMarket,
  { policy = parts.policy, amount = PRICE, token = "", to = parts.stranger.address, purpose = ZeroHash } = {},
): Promise<string> {
  const paidIn = token === "" ? await parts.stable.getAddress() : token;
  return parts.wallet.interface.encodeFunctionData("pay", [encodePolicy(policy), paidIn, to, 0n, amount, purpose]);
}

/** What `reserveHire` needs: an offer, an acceptance paid by authorization, and the authorization, not yet charged. */
export async function prepareReserveHire(
  parts: WalletMarket,
  changes: {
    offer?: Parameters<typeof offerOf>[1];
    acceptance?: Parameters<typeof acceptanceOf>[1];
    authorization?: Parameters<typeof authorizationOf>[1];
  } = {},
) {
  const { wallet, escrow } = parts;
  const offer = await offerOf(parts, changes.offer);
  const acceptance = acceptanceOf(parts, {
    client: await wallet.getAddress(),
    clientAgentId: 0n,
    funding: FUNDING.Authorization,
    ...changes.acceptance,
  });
  const jobId = await escrow.jobIdOf(offer, acceptance);
  const authorization = await authorizationOf(parts, {
    to: await escrow.getAddress(),
    value: offer.amount,
    nonce: `0x${jobId.toString(16).padStart(64, "0")}`,
    ...changes.authorization,
  });
  return { offer, acceptance, jobId, authorization };
}

export const COIN = ZeroAddress;

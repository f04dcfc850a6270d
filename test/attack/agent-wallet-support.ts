import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { AddressLike, BytesLike } from "ethers";
import { ZeroAddress, ZeroHash, id, resolveAddress } from "ethers";
import { ethers } from "hardhat";

import type { Policy } from "../../sdk/wallets";
import { encodePolicy } from "../../sdk/wallets";
import { AgentWallet__factory } from "../../typechain-types";
import type { AgentWallet } from "../../typechain-types";
import { DAY, PRICE } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import { limitOf, walletFixture } from "../fixtures/wallet";

/** What the wallet says of a signature. Data that cannot be read is refused by reverting. */
export async function answer(wallet: AgentWallet, digest: string, signature: BytesLike): Promise<string> {
  try {
    return await wallet.isValidSignature(digest, signature);
  } catch (error) {
    if (!String(error).includes("reverted")) throw error;
    return "0xffffffff";
  }
}

/** A second wallet of the same guardian, key and policy, with money in it. */
export async function siblingWallet(
  parts: WalletMarket,
  { owner = parts.owner, policy = parts.policy }: { owner?: AddressLike; policy?: Policy } = {},
): Promise<AgentWallet> {
  const { factory, guardian, key, deployer, stable } = parts;
  const grants = [{ key: key.address, policy }];
  const address = await factory.walletOf(owner, guardian, grants, id("sibling"));
  await factory.createWallet(owner, guardian, grants, id("sibling"));
  await stable.mint(address, 1_000n * PRICE);
  return AgentWallet__factory.connect(address, deployer);
}

/**
 * A wallet that belongs to a contract which anyone may have call anything, and that may spend a token which calls out
 * in the middle of a transfer.
 */
export async function callbackWallet() {
  const parts = await walletFixture();
  const ownerContract = await ethers.deployContract("Actor");
  const token = await ethers.deployContract("CallbackToken", ["Callback", "CALL"]);
  const policy = { ...parts.policy, limits: [...parts.policy.limits, await limitOf(token)] };
  const wallet = await siblingWallet(parts, { owner: ownerContract, policy });
  await token.mint(wallet, 1_000n * PRICE);
  return { ...parts, ownerContract, token, policy, wallet };
}

/** All that the wallet counts for its key in a token, to compare before and after. */
export async function limitsOf(parts: WalletMarket, token: AddressLike = parts.stable): Promise<bigint[]> {
  const { usage, admitted } = await parts.wallet.usageOf(parts.key, token);
  return [...usage, ...admitted];
}

/** A call of `pay`: stablecoin to the stranger unless told otherwise. */
export async function payCall(
  parts: WalletMarket,
  amount: bigint,
  { to = parts.stranger, token = parts.stable }: { to?: AddressLike; token?: AddressLike } = {},
): Promise<string> {
  return parts.wallet.interface.encodeFunctionData("pay", [
    encodePolicy(parts.policy),
    await resolveAddress(token),
    await resolveAddress(to),
    0n,
    amount,
    ZeroHash,
  ]);
}

interface OpenJob {
  evaluator?: AddressLike;
  hook?: AddressLike;
  /** Seconds until it expires. */
  lasts?: number;
}

/** Has the key open a job of the kernel with the listed provider and price it, as `act` allows. Not yet funded. */
export async function openJob(
  { wallet, escrow, stable, provider, evaluator, key, agents }: WalletMarket,
  policy: Policy,
  job: OpenJob = {},
) {
  const call = escrow.interface;
  const expiredAt = (await time.latest()) + (job.lasts ?? DAY);
  const create = call.encodeFunctionData("createJob", [
    provider.address,
    await resolveAddress(job.evaluator ?? evaluator),
    expiredAt,
    "",
    await resolveAddress(job.hook ?? ZeroAddress),
    agents.provider,
  ]);
  const encoded = encodePolicy(policy);
  const jobId = BigInt(await wallet.connect(key).act.staticCall(encoded, escrow, create));
  await wallet.connect(key).act(encoded, escrow, create);
  const price = call.encodeFunctionData("setBudget", [jobId, await stable.getAddress(), PRICE, "0x"]);
  await wallet.connect(key).act(encoded, escrow, price);
  return { jobId, expiredAt };
}

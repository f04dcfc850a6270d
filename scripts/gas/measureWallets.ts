import { reset } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import { ZeroHash, id } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../sdk/wallets";
import { prepareHire } from "../../test/fixtures/jobs";
import {
  authorizationOf,
  deployWalletMarket,
  intentOf,
  limitOf,
  prepareWalletHire,
  signedBy,
} from "../../test/fixtures/wallet";
import type { Step } from "./budgets";

/** 25 of an 18-decimal token. */
const PRICE = 25n * 10n ** 18n;

type Gas = Partial<Record<Step, number>>;

/** What an AgentWallet costs, and what it adds to what a plain key pays. */
export async function measureWallets(): Promise<{ gas: Gas; bytes: Record<string, number> }> {
  await reset(); // a chain of its own: CREATE2 puts the market in one place once
  const parts = await deployWalletMarket();
  const { factory, wallet, escrow, plain, stable, client, provider, stranger } = parts;
  const { owner, guardian, key, relayer } = parts;
  const gas: Gas = {};
  let salt = 0;

  async function spend(step: Step | undefined, sent: Promise<ContractTransactionResponse>): Promise<number> {
    const receipt = await (await sent).wait();
    if (receipt === null) throw new Error("a transaction has no receipt");
    if (step !== undefined) gas[step] = Number(receipt.gasUsed);
    return Number(receipt.gasUsed);
  }

  // One token, one agent to hire, one account to pay, one escrow, one evaluator.
  const limits = { windowCap: 40n * PRICE, lifetimeCap: 400n * PRICE, jobCap: 2n * PRICE, coSignAbove: 20n * PRICE };
  const inToken = async (token: typeof plain | typeof stable) => ({
    ...parts.policy,
    limits: [await limitOf(token, limits)],
  });
  const policy = await inToken(plain);
  const encoded = encodePolicy(policy);
  await spend("createWallet, owner and guardian", factory.createWallet(owner, guardian, [], id("gas")));
  const grants = [{ key: key.address, policy }];
  await spend("createWallet, with a key and its policy", factory.createWallet(owner, guardian, grants, id("gas")));
  await spend("grant", wallet.connect(owner).grant(parts.key2, policy));
  await wallet.connect(owner).grant(key, policy);

  // As in the rest of the table: everybody holds the token already, and the plain key's allowance is a limited one.
  for (const holder of [escrow, provider, stranger]) await plain.mint(holder, 1n);
  for (const payer of [client, wallet]) await plain.mint(payer, 1_000n * PRICE);
  await plain.connect(client).approve(escrow, 1_000n * PRICE);

  // Hiring the same provider, each time by a fresh offer; the second of each, so that no counter is new.
  const terms = async () => ({ token: await plain.getAddress(), amount: PRICE, salt: BigInt(id(`wallet ${++salt}`)) });
  const hireByKey = async () =>
    (await prepareHire(parts, { offer: await terms(), acceptance: { clientAgentId: 0n } })).send();
  const hireByWallet = async () => (await prepareWalletHire(parts, { policy, offer: await terms() })).send();
  await spend(undefined, hireByKey());
  await spend(undefined, hireByWallet());
  const plainHire = await spend(undefined, hireByKey());
  const walletHire = await spend("hire through a wallet", hireByWallet());
  gas["hire through a wallet, over a plain key"] = walletHire - plainHire;

  // Paying an account that has the token.
  const pay = () => wallet.connect(key).pay(encoded, plain, stranger, 0, PRICE, id("reason"));
  await spend(undefined, plain.connect(client).transfer(stranger, PRICE));
  await spend(undefined, pay());
  const plainTransfer = await spend(undefined, plain.connect(client).transfer(stranger, PRICE));
  const walletPayment = await spend("pay", pay());
  gas["pay, over a plain transfer"] = walletPayment - plainTransfer;

  // Without gas: by a signature that is charged, and by an intent that somebody else sends.
  const call = wallet.interface.encodeFunctionData("pay", [
    encoded,
    await plain.getAddress(),
    stranger.address,
    0,
    PRICE,
    ZeroHash,
  ]);
  for (const [nonce, step] of [[0n, undefined] as const, [1n, "execute, an intent to pay"] as const]) {
    const intent = await intentOf(parts, call, { nonce });
    await spend(step, wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x"));
  }
  const inStable = await inToken(stable);
  await wallet.connect(owner).grant(key, inStable);
  for (const [nonce, step] of [["first", undefined] as const, ["second", "reserve, an ERC-3009 transfer"] as const]) {
    const authorization = await authorizationOf(parts, { nonce: id(nonce) });
    await spend(step, wallet.connect(key).reserve(encodePolicy(inStable), authorization, 0));
  }

  await spend("freeze", wallet.connect(guardian).freeze());

  const bytes: Record<string, number> = {};
  for (const [name, address] of [
    ["AgentWallet", await factory.IMPLEMENTATION()],
    ["AgentWalletFactory", await factory.getAddress()],
  ] as const) {
    bytes[name] = ethers.getBytes(await ethers.provider.getCode(address)).length;
  }
  return { gas, bytes };
}

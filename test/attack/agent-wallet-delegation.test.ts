import { expect } from "chai";
import type { AddressLike, HDNodeWallet } from "ethers";
import { MaxUint256, ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { readTokenDomain } from "../../sdk/tokenDomain";
import { encodePolicy, reserveSignature, signIntent } from "../../sdk/wallets";
import { AgentWallet__factory } from "../../typechain-types";
import { PRICE } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import {
  authorizationOf,
  hireThroughWallet,
  intentOf,
  limitOf,
  policyOf,
  signedBy,
  walletFixture,
} from "../fixtures/wallet";
import { MOMENT } from "../unit/mocks/modes";
import { limitsOf, payCall } from "./agent-wallet-support";

/** Sets what code an account runs (EIP-7702), by its own signature and somebody else's transaction. */
async function delegate(account: HDNodeWallet, code: AddressLike): Promise<void> {
  const sponsor = ethers.Wallet.createRandom(ethers.provider);
  const [funder] = await ethers.getSigners();
  await funder!.sendTransaction({ to: sponsor, value: ethers.parseEther("1") });
  const { chainId } = await ethers.provider.getNetwork();
  const address = await ethers.resolveAddress(code);
  const authorization = await account.authorize({ address, nonce: await account.getNonce(), chainId });
  await (
    await sponsor.sendTransaction({ type: 4, to: sponsor, gasLimit: 200_000n, authorizationList: [authorization] })
  ).wait();
  expect(await ethers.provider.getCode(account)).to.equal(
    address === ZeroAddress ? "0x" : ethers.concat(["0xef0100", address]),
  );
}

/** The wallet market, with an account of its own in the wallet's place: it delegates to the wallets' code. */
async function delegatedWallet({ code }: { code?: (parts: WalletMarket) => AddressLike | Promise<AddressLike> } = {}) {
  const clones = await walletFixture();
  const account = ethers.Wallet.createRandom(ethers.provider);
  await clones.deployer.sendTransaction({ to: account, value: ethers.parseEther("2") });
  await clones.stable.mint(account, 1_000n * PRICE);
  await delegate(account, (await code?.(clones)) ?? (await clones.factory.IMPLEMENTATION()));
  const wallet = AgentWallet__factory.connect(account.address, clones.deployer);
  const policy = await policyOf(clones);
  const parts = { ...clones, wallet, policy };
  return { ...parts, clone: clones.wallet, account, parts, asOwner: wallet.connect(account) };
}

describe("Attacks on an account that delegates to the wallets' code (EIP-7702)", () => {
  it("belongs to itself, and nobody initialises it", async () => {
    const { wallet, account, asOwner, key, stranger, factory, policy } = await delegatedWallet();
    expect(await wallet.owner()).to.equal(account.address);
    expect(await wallet.guardian()).to.equal(ZeroAddress);
    for (const sender of [account, stranger]) {
      await expect(wallet.connect(sender).initialize(sender, [stranger.address], [encodePolicy(policy)]))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(sender.address);
    }
    for (const attempt of [() => wallet.connect(key).grant(key, policy), () => wallet.connect(key).freeze()]) {
      await expect(attempt()).to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized").withArgs(key.address);
    }
    await expect(asOwner.grant(account, policy))
      .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
      .withArgs(account.address);
    // The factory makes clones and calls nobody else.
    await factory.createWallet(account, stranger, [], ethers.id("mine"));
    expect(await wallet.guardian()).to.equal(ZeroAddress);
  });

  it("belongs to itself also if it delegates to somebody's clone", async () => {
    const { wallet, clone, account, owner } = await delegatedWallet({ code: (market) => market.wallet });
    expect(await clone.owner()).to.equal(owner.address);
    expect(await wallet.owner()).to.equal(account.address);
    await expect(wallet.connect(owner).freeze())
      .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
      .withArgs(owner.address);
  });

  it("lets its key spend within its limits, directly and relayed, and not beyond", async () => {
    const { parts, wallet, asOwner, stable, escrow, key, relayer, account, policy } = await delegatedWallet();
    await asOwner.grant(key, policy);
    const jobId = await hireThroughWallet(parts);
    expect((await escrow.getJob(jobId)).client).to.equal(account.address);
    const intent = await intentOf(parts, await payCall(parts, PRICE));
    await wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x");
    expect(await stable.balanceOf(account)).to.equal(998n * PRICE);
    const large = await intentOf(parts, await payCall(parts, 7n * PRICE), { nonce: 1n });
    const { chainId } = await ethers.provider.getNetwork();
    const signature = await signedBy(key, wallet, large);
    await expect(wallet.connect(relayer).execute(large, signature, "0x"))
      .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
      .withArgs(await stable.getAddress(), 9n * PRICE, 8n * PRICE);
    const consent = await signIntent(account, chainId, account.address, large);
    await wallet.connect(relayer).execute(large, signature, consent);
    expect(await stable.balanceOf(account)).to.equal(991n * PRICE);
  });

  it("is not its own owner when an intent makes it call itself", async () => {
    const { parts, wallet, asOwner, stable, account, key, stranger, relayer } = await delegatedWallet();
    const policy = await policyOf(parts, { escrows: [account.address], evaluators: [account.address] });
    await asOwner.grant(key, policy);
    const { chainId } = await ethers.provider.getNetwork();
    const call = wallet.interface;
    const token = await stable.getAddress();
    const ownerCalls = [
      call.encodeFunctionData("withdraw", [token, key.address, PRICE]),
      call.encodeFunctionData("grant", [stranger.address, policy]),
      call.encodeFunctionData("callAsOwner", [token, 0n, "0x"]),
      call.encodeFunctionData("setGuardian", [key.address]),
      call.encodeFunctionData("thaw"),
    ];
    for (const data of ownerCalls) {
      const selector = ethers.dataSlice(data, 0, 4);
      const direct = await intentOf(parts, data);
      const consent = await signIntent(account, chainId, account.address, direct);
      await expect(wallet.connect(relayer).execute(direct, await signedBy(key, wallet, direct), consent))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
        .withArgs(account.address, selector);
      // Nor by way of the verbs that call what a policy lists, though this one lists the account itself.
      for (const verb of ["act", "call"] as const) {
        const through = await intentOf(
          parts,
          call.encodeFunctionData(verb as "act", [encodePolicy(policy), account.address, data]),
        );
        await expect(wallet.connect(relayer).execute(through, await signedBy(key, wallet, through), "0x"))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(account.address, selector);
      }
    }
  });

  it("does not take whoever it pays in the middle of an intent for its owner", async () => {
    const { parts, wallet, asOwner, key, stranger, relayer } = await delegatedWallet();
    const token = await ethers.deployContract("CallbackToken", ["Callback", "CALL"]);
    const policy = await policyOf(parts, { limits: [await limitOf(token)] });
    const holding = { ...parts, policy };
    await token.mint(wallet, 10n * PRICE);
    await asOwner.grant(key, policy);
    const take = wallet.interface.encodeFunctionData("withdraw", [
      await token.getAddress(),
      stranger.address,
      5n * PRICE,
    ]);
    await token.setCallback(MOMENT.AfterTransfer, wallet, take);
    const intent = await intentOf(holding, await payCall(holding, PRICE, { token }));
    await wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x");
    const { success, returnData } = await token.result(0n);
    expect(success).to.equal(false);
    expect(returnData).to.equal(
      wallet.interface.encodeErrorResult("AgentWallet_Unauthorized", [await token.getAddress()]),
    );
  });

  it("reads nothing from the slots that other code has written", async () => {
    const { wallet, account, asOwner, key, factory, policy, parts, stable } = await delegatedWallet({
      code: () => ethers.deployContract("PublishedPeriodEvaluator", [0n]),
    });
    const other = await ethers.getContractAt("PublishedPeriodEvaluator", account.address);
    await other.setMaxEvaluationPeriod(MaxUint256); // slot 0, all bits
    await delegate(account, await factory.IMPLEMENTATION());
    expect(await ethers.provider.getStorage(account, 0)).to.equal(`0x${"ff".repeat(32)}`);
    expect(await wallet.guardian()).to.equal(ZeroAddress);
    expect(await wallet.epoch()).to.equal(0n);
    expect(await wallet.frozen()).to.equal(false);
    await asOwner.grant(key, policy);
    await expect(key.sendTransaction({ to: wallet, data: await payCall(parts, PRICE) })).to.changeTokenBalance(
      stable,
      account,
      -PRICE,
    );
    expect(await ethers.provider.getStorage(account, 0)).to.equal(`0x${"ff".repeat(32)}`);
  });

  it("keeps sums, used numbers and the freeze through other code and back", async () => {
    const { parts, wallet, account, asOwner, stable, key, relayer, factory, policy } = await delegatedWallet();
    await asOwner.grant(key, policy);
    const used = await intentOf(parts, await payCall(parts, 5n * PRICE));
    const usedSignature = await signedBy(key, wallet, used);
    const open = await intentOf(parts, await payCall(parts, PRICE), { nonce: 1n });
    const openSignature = await signedBy(key, wallet, open);
    await wallet.connect(relayer).execute(used, usedSignature, "0x");
    await asOwner.freeze();
    const before = await limitsOf(parts);

    for (const other of [await ethers.deployContract("KeyedDelegate", [key]), ZeroAddress]) {
      await delegate(account, other);
      // Without the code, a key's call is a transaction that does nothing.
      if (other === ZeroAddress) await key.sendTransaction({ to: account, data: ethers.hexlify(open.call) });
      await delegate(account, await factory.IMPLEMENTATION());
      expect(await limitsOf(parts)).to.deep.equal(before);
      expect(await wallet.epoch()).to.equal(1n);
      expect(await wallet.frozen()).to.equal(true);
      await expect(wallet.connect(relayer).execute(open, openSignature, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongEpoch")
        .withArgs(0n, 1n);
      await expect(key.sendTransaction({ to: wallet, data: await payCall(parts, PRICE) }))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotGranted")
        .withArgs(key.address, ethers.keccak256(encodePolicy(policy)));
    }

    await asOwner.thaw();
    await asOwner.grant(key, policy);
    const again = { ...used, epoch: 1n };
    await expect(wallet.connect(relayer).execute(again, await signedBy(key, wallet, again), "0x"))
      .to.be.revertedWithCustomError(wallet, "AgentWallet_NonceUsed")
      .withArgs(key.address, 0n);
    await expect(key.sendTransaction({ to: wallet, data: await payCall(parts, 4n * PRICE) }))
      .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
      .withArgs(await stable.getAddress(), 9n * PRICE, 8n * PRICE);
  });

  it("takes no intent or reserve from a clone with the same key and policy", async () => {
    const { parts, wallet, clone, asOwner, key, relayer } = await delegatedWallet();
    const policy = parts.policy;
    await asOwner.grant(key, policy);
    await clone.connect(parts.owner).grant(key, policy);
    const intent = await intentOf(parts, await payCall(parts, PRICE), { epoch: 0n });
    const onClone = await signedBy(key, clone, intent);
    await expect(wallet.connect(relayer).execute(intent, onClone, "0x"))
      .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidSignature")
      .withArgs(key.address);
    const authorization = await authorizationOf(parts);
    const encoded = encodePolicy(policy);
    const digest = await clone.connect(key).reserve.staticCall(encoded, authorization, 0n);
    await clone.connect(key).reserve(encoded, authorization, 0n);
    expect(await clone.isValidSignature(digest, reserveSignature(key.address))).to.equal("0x1626ba7e");
    expect(await wallet.isValidSignature(digest, reserveSignature(key.address))).to.equal("0xffffffff");
  });

  it("has its code answer for none of the key's signatures, where a token asks an account's code", async () => {
    const { wallet, asOwner, stable, account, key, policy } = await delegatedWallet();
    await asOwner.grant(key, policy);
    const domain = await readTokenDomain(await stable.getAddress(), ethers.provider);
    const types = {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    };
    const permit = { owner: account.address, spender: key.address, value: PRICE, nonce: 0n, deadline: MaxUint256 };
    const signature = await key.signTypedData(domain, types, permit);
    for (const form of [signature, ethers.concat(["0x03", signature]), reserveSignature(key.address)]) {
      await expect(stable["permit(address,address,uint256,uint256,bytes)"](account, key, PRICE, MaxUint256, form))
        .to.be.revertedWithCustomError(stable, "AuthorizationToken_InvalidPermit")
        .withArgs(account.address);
    }
    expect(await stable.allowance(wallet, key)).to.equal(0n);
  });
});

import { expect } from "chai";
import { TypedDataEncoder, ZeroAddress, ZeroHash, concat, dataSlice, getCreate2Address, id, keccak256 } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy, policyHash, walletConsentSignature } from "../../../sdk/wallets";
import { AgentWallet__factory } from "../../../typechain-types";
import { AGENT_WALLET_SET, agentWalletDomain } from "../../fixtures/agentRegistry";
import { PRICE } from "../../fixtures/jobs";
import { policyOf, walletFixture } from "../../fixtures/wallet";

describe("AgentWalletFactory", () => {
  it("makes a wallet for anybody, where it said it would", async () => {
    const parts = await walletFixture();
    const { factory, owner, guardian, key, key2, stranger } = parts;
    const grants = [
      { key: key.address, policy: parts.policy },
      { key: key2.address, policy: await policyOf(parts, { maxJobDuration: 1 }) },
    ];
    const address = await factory.walletOf(owner, guardian, grants, id("salt"));
    const making = factory.connect(stranger);
    expect(await making.createWallet.staticCall(owner, guardian, grants, id("salt"))).to.equal(address);
    const response = making.createWallet(owner, guardian, grants, id("salt"));
    await expect(response).to.emit(factory, "WalletCreated").withArgs(address, owner.address, guardian.address);
    const wallet = AgentWallet__factory.connect(address, stranger);
    for (const { key: granted, policy } of grants) {
      await expect(response)
        .to.emit(wallet, "PolicyGranted")
        .withArgs(granted, policyHash(policy), encodePolicy(policy));
      expect(await wallet.isGranted(granted, encodePolicy(policy))).to.equal(true);
    }
    expect([await wallet.owner(), await wallet.guardian(), await wallet.epoch()]).to.deep.equal([
      owner.address,
      guardian.address,
      1n,
    ]);
  });

  it("makes wallets that hold what was sent before they were made", async () => {
    const { factory, owner, stable, stranger } = await walletFixture();
    const address = await factory.walletOf(owner, ZeroAddress, [], ZeroHash);
    await stable.mint(address, PRICE);
    await factory.createWallet(owner, ZeroAddress, [], ZeroHash);
    const wallet = AgentWallet__factory.connect(address, owner);
    await expect(wallet.withdraw(stable, stranger, PRICE)).to.changeTokenBalance(stable, stranger, PRICE);
    expect(await wallet.guardian()).to.equal(ZeroAddress);
  });

  it("writes its owner into a wallet's code", async () => {
    const { factory, wallet, owner } = await walletFixture();
    const code = await ethers.provider.getCode(wallet);
    expect(code).to.equal(
      concat([
        "0x363d3d373d3d3d363d73",
        await factory.IMPLEMENTATION(),
        "0x5af43d82803e903d91602b57fd5bf3",
        owner.address,
      ]).toLowerCase(),
    );
    expect(dataSlice(code, 45)).to.equal(owner.address.toLowerCase());
  });

  it("binds owner, guardian, grants, their order and the salt to the address", async () => {
    const parts = await walletFixture();
    const { factory, owner, guardian, key, key2, stranger, policy } = parts;
    const first = { key: key.address, policy };
    const second = { key: key2.address, policy };
    const narrower = { key: key.address, policy: await policyOf(parts, { maxJobDuration: 1 }) };
    const addresses = await Promise.all([
      factory.walletOf(owner, guardian, [first, second], ZeroHash),
      factory.walletOf(owner, guardian, [second, first], ZeroHash),
      factory.walletOf(owner, guardian, [first], ZeroHash),
      factory.walletOf(owner, guardian, [second], ZeroHash),
      factory.walletOf(owner, guardian, [narrower], ZeroHash),
      factory.walletOf(owner, guardian, [first, first], ZeroHash),
      factory.walletOf(owner, guardian, [], ZeroHash),
      factory.walletOf(owner, guardian, [], id("salt")),
      factory.walletOf(owner, stranger, [], ZeroHash),
      factory.walletOf(owner, ZeroAddress, [], ZeroHash),
      factory.walletOf(stranger, guardian, [], ZeroHash),
      factory.walletOf(guardian, owner, [], ZeroHash),
    ]);
    expect(new Set(addresses).size).to.equal(addresses.length);
    expect(await factory.walletOf(owner, guardian, [first], ZeroHash)).to.equal(addresses[2]);
  });

  it("gives the address that anybody can compute", async () => {
    const { factory, wallet, owner, guardian, key, policy } = await walletFixture();
    const coder = ethers.AbiCoder.defaultAbiCoder();
    const start = keccak256(coder.encode(["bytes32", "address"], [ZeroHash, guardian.address]));
    const salt = keccak256(coder.encode(["bytes32", "address", "bytes32"], [start, key.address, policyHash(policy)]));
    const runtime = await ethers.provider.getCode(wallet);
    // PUSH2 length, RETURNDATASIZE, DUP2, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURN: returns what follows.
    const creation = concat(["0x61", ethers.toBeHex(ethers.dataLength(runtime), 2), "0x3d81600a3d39f3", runtime]);
    expect(getCreate2Address(await factory.getAddress(), salt, keccak256(creation))).to.equal(
      await wallet.getAddress(),
    );
    expect(await wallet.owner()).to.equal(owner.address);
  });

  it("makes a wallet once", async () => {
    const { factory, owner, guardian, key, policy, stranger } = await walletFixture();
    const errors = await ethers.getContractAt("Errors", factory);
    const grants = [{ key: key.address, policy }];
    for (const sender of [owner, stranger]) {
      await expect(factory.connect(sender).createWallet(owner, guardian, grants, ZeroHash))
        .to.be.revertedWithCustomError(errors, "FailedDeployment")
        .withArgs();
    }
  });

  it("makes none without an owner, nor with a key that can be none", async () => {
    const { factory, wallet, owner, guardian, policy } = await walletFixture();
    await expect(factory.createWallet(ZeroAddress, guardian, [], ZeroHash))
      .to.be.revertedWithCustomError(factory, "AgentWalletFactory_InvalidOwner")
      .withArgs(ZeroAddress);
    for (const key of [ZeroAddress, owner.address]) {
      await expect(factory.createWallet(owner, guardian, [{ key, policy }], ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_InvalidKey")
        .withArgs(key);
    }
  });

  it("alone initializes, and only what it has just made", async () => {
    const { factory, wallet, owner, guardian, key, stranger } = await walletFixture();
    const implementation = AgentWallet__factory.connect(await factory.IMPLEMENTATION(), stranger);
    for (const target of [wallet, implementation]) {
      for (const sender of [owner, guardian, key, stranger]) {
        await expect(target.connect(sender).initialize(sender, [], []))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    }
  });

  it("shares an implementation that belongs to nobody", async () => {
    const { factory, wallet, owner, guardian, registry, ledger, policy, stable } = await walletFixture();
    const implementation = AgentWallet__factory.connect(await factory.IMPLEMENTATION(), owner);
    expect(await implementation.owner()).to.equal(ZeroAddress);
    // What recovers to nobody is not signed by nobody.
    const [deadline, unsigned] = [2n ** 40n, concat([new Uint8Array(65)])];
    const consent = walletConsentSignature(1n, owner.address, deadline, unsigned);
    const digest = TypedDataEncoder.hash(await agentWalletDomain(registry), AGENT_WALLET_SET, {
      agentId: 1n,
      newWallet: await implementation.getAddress(),
      owner: owner.address,
      deadline,
    });
    expect(await implementation.isValidSignature(digest, consent)).to.equal("0xffffffff");
    expect(await implementation.guardian()).to.equal(ZeroAddress);
    expect(await implementation.FACTORY()).to.equal(await factory.getAddress());
    expect(await implementation.AGENT_REGISTRY()).to.equal(await registry.getAddress());
    expect(await implementation.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
    for (const sender of [owner, guardian]) {
      const as = implementation.connect(sender);
      for (const attempt of [
        () => as.grant(sender, policy),
        () => as.freeze(),
        () => as.thaw(),
        () => as.setGuardian(sender),
        () => as.withdraw(stable, sender, 0n),
        () => as.callAsOwner(stable, 0n, "0x"),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
          .withArgs(sender.address);
      }
    }
  });
});

import { expect } from "chai";
import type { AddressLike, BytesLike } from "ethers";
import { ZeroAddress, resolveAddress } from "ethers";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../../sdk/create2";
import { encodePolicy } from "../../../sdk/wallets";
import type { Policy } from "../../../sdk/wallets";
import { courtroom } from "../../fixtures/evaluation";
import { PRICE } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { limitOf, regrant, walletFixture, walletIn } from "../../fixtures/wallet";

const SELECTOR = "0x12345678";
const OTHER = "0x87654321";

/** A wallet whose policy lists one function of a stranger, and one of another. */
async function walletWithScope() {
  const parts = await walletFixture();
  const target = await ethers.deployContract("ScriptedActor");
  const other = await ethers.deployContract("ScriptedActor");
  for (const actor of [target, other]) await actor.setMisbehaviour("0x70a08231", 1, "0x"); // is no token: no balanceOf
  const calls = [
    { target: await other.getAddress(), selector: OTHER },
    { target: await target.getAddress(), selector: OTHER },
    { target: await target.getAddress(), selector: SELECTOR },
  ];
  const policy = await regrant(parts, { calls });
  return { ...parts, policy, target, other };
}

const call = (
  { wallet, key, policy }: Pick<WalletMarket, "wallet" | "key"> & { policy: Policy },
  target: AddressLike,
  data: BytesLike,
) => wallet.connect(key).call(encodePolicy(policy), target, data);

describe("AgentWallet", () => {
  describe("call", () => {
    it("calls what the policy lists, with any arguments, and returns what it returned", async () => {
      const parts = await walletWithScope();
      const { wallet, key, policy, target, other } = parts;
      await target.setAnswer(SELECTOR, "0xc0de");
      const data = `${SELECTOR}ffff`;
      expect(await wallet.connect(key).call.staticCall(encodePolicy(policy), target, data)).to.equal("0xc0de");
      await expect(call(parts, target, data))
        .to.emit(wallet, "Acted")
        .withArgs(key.address, await target.getAddress(), SELECTOR, data);
      await call(parts, other, OTHER);
    });

    it("calls nothing else", async () => {
      const parts = await walletWithScope();
      const { wallet, stranger, target, other } = parts;
      for (const [account, data, selector] of [
        [other, SELECTOR, SELECTOR],
        [target, "0xdeadbeef", "0xdeadbeef"],
        [target, "0x123456", "0x00000000"],
        [target, "0x", "0x00000000"],
        [stranger, SELECTOR, SELECTOR],
      ] as const) {
        await expect(call(parts, account, data))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(await resolveAddress(account), selector);
      }
    });

    it("fails as the call does, and where there is no code", async () => {
      const parts = await walletWithScope();
      const { wallet, stranger, target } = parts;
      await target.setMisbehaviour(SELECTOR, 1, "0x");
      const errors = await ethers.getContractFactory("Misbehave");
      await expect(call(parts, target, SELECTOR))
        .to.be.revertedWithCustomError(errors, "Misbehave_Refused")
        .withArgs();
      const policy = await regrant(parts, { calls: [{ target: stranger.address, selector: SELECTOR }] });
      const address = await ethers.getContractAt("Address", wallet);
      await expect(call({ ...parts, policy }, stranger, SELECTOR))
        .to.be.revertedWithCustomError(address, "AddressEmptyCode")
        .withArgs(stranger.address);
    });

    it("never calls the wallet, a token, an escrow, an evaluator, the registry, the forwarder or Permit2", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, evaluator, registry, forwarder, stable, plain } = parts;
      for (const target of [wallet, escrow, evaluator, registry, forwarder, PERMIT2_ADDRESS, stable, plain]) {
        const address = await resolveAddress(target);
        const policy = await regrant(parts, { calls: [{ target: address, selector: SELECTOR }] });
        await expect(call({ ...parts, policy }, address, SELECTOR))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(address, SELECTOR);
      }
    });

    it("never calls the court of a listed evaluator", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stranger } = court;
      const target = await arbitrator.getAddress();
      const scope = { calls: [{ target, selector: SELECTOR }] };
      const evaluators = [stranger.address, await judge.getAddress()];
      const parts = await walletIn(court, { ...scope, evaluators });
      await expect(call(parts, target, SELECTOR))
        .to.be.revertedWithCustomError(parts.wallet, "AgentWallet_CallNotAllowed")
        .withArgs(target, SELECTOR);
      // Unlisted, nothing connects the two: the call is made, and the arbitrator knows no such function.
      const policy = await regrant(parts, { ...scope, evaluators: [stranger.address] });
      await expect(call({ ...parts, policy }, target, SELECTOR)).to.be.revertedWithCustomError(
        parts.wallet,
        "FailedCall",
      );
    });

    it("lets no money out along the way", async () => {
      const parts = await walletFixture();
      const { wallet, owner, stable, stranger } = parts;
      const thief = await ethers.deployContract("Actor");
      const target = await thief.getAddress();
      await wallet
        .connect(owner)
        .callAsOwner(stable, 0n, stable.interface.encodeFunctionData("approve", [target, PRICE]));
      const calls = [{ target, selector: thief.interface.getFunction("execute").selector }];
      const theft = (amount: bigint) =>
        thief.interface.encodeFunctionData("execute", [
          stableAddress,
          stable.interface.encodeFunctionData("transferFrom", [walletAddress, stranger.address, amount]),
        ]);
      const [stableAddress, walletAddress] = [await stable.getAddress(), await wallet.getAddress()];
      for (const limits of [[await limitOf(ZeroAddress), await limitOf(stable)], [await limitOf(stable)]]) {
        const policy = await regrant(parts, { calls, limits });
        await expect(call({ ...parts, policy }, target, theft(1n)))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
          .withArgs(stableAddress, 1n, 0n);
        await expect(call({ ...parts, policy }, target, theft(0n))).to.changeTokenBalance(stable, wallet, 0n);
      }
    });

    it("takes money in", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const giver = await ethers.deployContract("Actor");
      await stable.mint(giver, PRICE);
      const target = await giver.getAddress();
      const calls = [{ target, selector: giver.interface.getFunction("execute").selector }];
      const policy = await regrant(parts, { calls });
      const data = giver.interface.encodeFunctionData("execute", [
        await stable.getAddress(),
        stable.interface.encodeFunctionData("transfer", [await wallet.getAddress(), PRICE]),
      ]);
      await expect(call({ ...parts, policy }, target, data)).to.changeTokenBalance(stable, wallet, PRICE);
    });

    it("spends nothing of any limit", async () => {
      const parts = await walletWithScope();
      const { wallet, key, stable, target } = parts;
      await call(parts, target, SELECTOR);
      for (const token of [ZeroAddress, stable]) {
        expect((await wallet.usageOf(key, token)).usage).to.deep.equal([0n, 0n, 0n]);
      }
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, Interface } from "ethers";
import { MaxUint256, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { Authorization, Policy } from "../../sdk/wallets";
import { authorizationDigest, encodePolicy, reserveSignature, walletOfferSignature } from "../../sdk/wallets";
import { AgentWallet__factory, IJobEscrow__factory, IOptimisticEvaluator__factory } from "../../typechain-types";
import { BOND, META_EVIDENCE, PENALTY_BPS, REVIEW, TERMS } from "../fixtures/evaluation";
import { DAY, HOUR, PRICE, REASON, acceptanceOf, atExpiry, offerOf, signOffer } from "../fixtures/jobs";
import {
  JOB_CAP,
  WINDOW,
  WINDOW_CAP,
  authorizationOf,
  hireThroughWallet,
  limitOf,
  prepareWalletHire,
  regrant,
  walletFixture,
} from "../fixtures/wallet";
import { limitsOf, openJob } from "./agent-wallet-support";

/** Starts a window, so that what follows lies in one. */
async function atWindowStart(): Promise<number> {
  const start = (Math.floor((await time.latest()) / WINDOW) + 1) * WINDOW;
  await time.setNextBlockTimestamp(start);
  return start;
}

describe("Attacks on an agent wallet by its key, around its limits", () => {
  describe("by calls that are not counted", () => {
    it("funds, hires, batches or claims nothing through `act`", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, policy, evaluator } = parts;
      const { args } = await prepareWalletHire(parts);
      const [, , offer, signature, acceptance] = args;
      const call = escrow.interface;
      const token = await stable.getAddress();
      // A standing allowance is what each of them would need.
      const approve = stable.interface.encodeFunctionData("approve", [await escrow.getAddress(), MaxUint256]);
      await wallet.connect(parts.owner).callAsOwner(stable, 0n, approve);
      const hire = call.encodeFunctionData("hire", [offer, signature, acceptance]);
      const { jobId } = await openJob(parts, policy);
      const attempts = [
        hire,
        call.encodeFunctionData("fund", [jobId, PRICE, "0x"]),
        call.encodeFunctionData("multicall", [[hire]]),
        call.encodeFunctionData("claimRefund", [jobId]),
        call.encodeFunctionData("deliver", [token, key.address]),
        call.encodeFunctionData("transferOut", [token, key.address, PRICE]),
        stable.interface.encodeFunctionData("approve", [key.address, PRICE]),
        stable.interface.encodeFunctionData("transfer", [key.address, PRICE]),
        "0x",
        hire.slice(0, 8),
      ];
      for (const data of attempts) {
        const selector = ethers.dataLength(data) < 4 ? "0x00000000" : ethers.dataSlice(data, 0, 4);
        for (const target of [await escrow.getAddress(), token, await wallet.getAddress(), evaluator.address]) {
          await expect(wallet.connect(key).act(encodePolicy(policy), target, data))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(target, selector);
        }
      }
      expect(await stable.balanceOf(escrow)).to.equal(0n);
    });

    it("takes credits to nobody but the wallet, however the call is written", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, policy } = parts;
      const call = escrow.interface;
      const [token, own] = [await stable.getAddress(), await wallet.getAddress()];
      const jobId = await hireThroughWallet(parts);
      await stable.blacklist(wallet); // so that its refund waits in the escrow
      await atExpiry(parts, jobId);
      await escrow.claimRefund(jobId);
      await stable.unBlacklist(wallet);
      expect(await escrow.withdrawable(stable, wallet)).to.equal(PRICE);

      const good = call.encodeFunctionData("withdraw", [token, own]);
      const act = (data: string) => wallet.connect(key).act(encodePolicy(policy), escrow, data);
      const theft = call.encodeFunctionData("withdraw", [token, key.address]);
      await expect(act(theft))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongRecipient")
        .withArgs(key.address);
      // Nor with the wallet's address behind the arguments, where only a forwarder's word would count.
      await expect(act(ethers.concat([theft, own])))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongRecipient")
        .withArgs(key.address);
      // Shorter than its arguments, or with a recipient that is no address.
      const dirty = ethers.concat([ethers.dataSlice(good, 0, 36), "0xff", ethers.dataSlice(good, 37)]);
      for (const data of [ethers.dataSlice(good, 0, 67), dirty]) {
        await expect(act(data)).to.be.revertedWithoutReason();
      }
      await expect(act(ethers.concat([good, key.address]))).to.changeTokenBalance(stable, wallet, PRICE);
    });

    it("shares no selector between what `act` allows and what the wallet itself offers", () => {
      // Else a wallet that is listed as its own evaluator, under EIP-7702 its own owner too, could be told to call itself.
      const verbsOf = (contract: Interface) => {
        const selectors: string[] = [];
        contract.forEachFunction((verb) => verb.constant || selectors.push(verb.selector));
        return selectors;
      };
      const own = verbsOf(AgentWallet__factory.createInterface());
      const strangers = [IJobEscrow__factory, IOptimisticEvaluator__factory].flatMap((contract) =>
        verbsOf(contract.createInterface()),
      );
      expect(own).to.include(AgentWallet__factory.createInterface().getFunction("withdraw").selector);
      expect(strangers).to.include(IJobEscrow__factory.createInterface().getFunction("withdraw").selector);
      expect(strangers.filter((selector) => own.includes(selector))).to.deep.equal([]);
    });

    it("calls no token, escrow, judge, registry, forwarder, Permit2 or the wallet, even where a policy lists it", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, registry, forwarder, permit2, key } = parts;
      const nft = await ethers.deployContract("AgentRegistry", [forwarder]); // answers `balanceOf` as tokens do
      const arbitrator = await ethers.deployContract("CentralArbitrator");
      const judge = await ethers.deployContract("ScriptedActor");
      await judge.setAnswer(
        IOptimisticEvaluator__factory.createInterface().getFunction("ARBITRATOR").selector,
        ethers.zeroPadValue(await arbitrator.getAddress(), 32),
      );
      const attempts: [AddressLike, string][] = [
        [stable, stable.interface.encodeFunctionData("approve", [key.address, PRICE])],
        [nft, nft.interface.encodeFunctionData("register()")],
        [registry, registry.interface.encodeFunctionData("register()")],
        [escrow, escrow.interface.encodeFunctionData("multicall", [[]])],
        [judge, "0xdeadbeef"],
        [arbitrator, arbitrator.interface.encodeFunctionData("setCost", [1n])],
        [permit2, permit2.interface.encodeFunctionData("invalidateUnorderedNonces", [0n, 1n])],
        [forwarder, forwarder.interface.encodeFunctionData("nonces", [key.address])],
        [wallet, wallet.interface.encodeFunctionData("owner")],
      ];
      const calls = await Promise.all(
        attempts.map(async ([to, data]) => ({
          target: await ethers.resolveAddress(to),
          selector: ethers.dataSlice(data, 0, 4),
        })),
      );
      const policy = await regrant(parts, { evaluators: [await judge.getAddress()], calls });
      for (const [i, [target, data]] of attempts.entries()) {
        await expect(wallet.connect(key).call(encodePolicy(policy), target, data), `attempt ${i}`)
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(calls[i]!.target, calls[i]!.selector);
      }
    });

    it("spends no allowance that its owner has left standing, through a listed call", async () => {
      const parts = await walletFixture();
      const { wallet, stable, owner, key } = parts;
      const router = await ethers.deployContract("Actor");
      const [token, own] = [await stable.getAddress(), await wallet.getAddress()];
      const approve = stable.interface.encodeFunctionData("approve", [await router.getAddress(), MaxUint256]);
      await wallet.connect(owner).callAsOwner(stable, 0n, approve);
      const selector = router.interface.getFunction("execute").selector;
      const policy = await regrant(parts, { calls: [{ target: await router.getAddress(), selector }] });
      const take = stable.interface.encodeFunctionData("transferFrom", [own, key.address, 1n]);
      const data = router.interface.encodeFunctionData("execute", [token, take]);
      await expect(wallet.connect(key).call(encodePolicy(policy), router, data))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
        .withArgs(token, 1n, 0n);
      const other = router.interface.encodeFunctionData("tryExecute", [token, take]);
      await expect(wallet.connect(key).call(encodePolicy(policy), router, other))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
        .withArgs(await router.getAddress(), ethers.dataSlice(other, 0, 4));
    });
  });

  describe("by what a limit could miss", () => {
    it("makes no job longer than allowed by funding it late in the kernel", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key } = parts;
      const period = 20 * DAY;
      const judge = await ethers.deployContract("PublishedPeriodEvaluator", [period]);
      const evaluator = await judge.getAddress();
      const allow = (maxJobDuration: number) => regrant(parts, { maxJobDuration, evaluators: [evaluator] });
      const policy = await allow(DAY);
      const { jobId, expiredAt } = await openJob(parts, policy, { evaluator, lasts: DAY });
      const fund = (granted: Policy) =>
        wallet.connect(key).fund(encodePolicy(granted), escrow, jobId, stable, PRICE, "0x");
      const before = await limitsOf(parts);
      await time.setNextBlockTimestamp(expiredAt - HOUR);
      await expect(fund(policy))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_DurationTooLong")
        .withArgs(HOUR + period, DAY);
      expect(await limitsOf(parts)).to.deep.equal(before);

      const tight = await allow(HOUR / 2 + period - 1);
      await time.setNextBlockTimestamp(expiredAt - HOUR / 2);
      await expect(fund(tight))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_DurationTooLong")
        .withArgs(HOUR / 2 + period, HOUR / 2 + period - 1);
      await time.setNextBlockTimestamp(expiredAt - HOUR / 2 + 1);
      await fund(tight);
      // What was measured is what the evaluator gets, if the work comes in the last second.
      const submit = escrow.interface.encodeFunctionData("submit", [jobId, REASON, "0x"]);
      await time.setNextBlockTimestamp(expiredAt - 1);
      await parts.provider.sendTransaction({ to: escrow, data: submit });
      expect((await escrow.getJob(jobId)).expiredAt).to.equal(expiredAt - 1 + period);
    });

    it("spends no more by failing, cancelling or running out of gas on the way", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, policy, stranger } = parts;
      const pay = (amount: bigint, gasLimit?: number) =>
        wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, amount, ZeroHash, { gasLimit });
      await pay(PRICE);
      const before = await limitsOf(parts);
      await stable.blacklist(stranger);
      await expect(pay(PRICE))
        .to.be.revertedWithCustomError(stable, "StableToken_Blacklisted")
        .withArgs(stranger.address);
      expect(await limitsOf(parts)).to.deep.equal(before);
      await stable.unBlacklist(stranger);
      // With every amount of gas at which it fails somewhere in the middle.
      let failures = 0;
      for (let gasLimit = 40_000; ; gasLimit += 4_000) {
        const sent = await pay(PRICE, gasLimit).then(
          () => true,
          () => false,
        );
        if (sent) break;
        failures += 1;
        expect(await limitsOf(parts)).to.deep.equal(before);
      }
      expect(failures).to.be.greaterThan(5);
      expect(await stable.balanceOf(stranger)).to.equal(2n * PRICE);
    });

    it("does not begin a window anew by having its policy replaced, or by freezing and granting again", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, owner, stranger } = parts;
      const coSigned = await regrant(parts, { limits: [await limitOf(stable, { coSignAbove: WINDOW_CAP })] });
      const start = await atWindowStart();
      const pay = (policy: Policy, amount: bigint) =>
        wallet.connect(key).pay(encodePolicy(policy), stable, stranger, 0n, amount, ZeroHash);
      await pay(coSigned, WINDOW_CAP - 1n);
      const again = { ...coSigned, maxJobDuration: 1 };
      const token = await stable.getAddress();
      const regranting = [
        () => wallet.connect(owner).grant(key, again),
        async () => {
          await wallet.connect(owner).revoke(key);
          await wallet.connect(owner).grant(key, again);
        },
        async () => {
          await wallet.connect(owner).freeze();
          await wallet.connect(owner).thaw();
          await wallet.connect(owner).grant(key, again);
        },
      ];
      for (const step of regranting) {
        await step();
        await expect(pay(again, 2n))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
          .withArgs(token, 2n, 1n);
      }
      await time.setNextBlockTimestamp(start + WINDOW - 1);
      await pay(again, 1n);
      await time.setNextBlockTimestamp(start + WINDOW);
      await pay(again, WINDOW_CAP);
      // Whatever the windows are, the lifetime counts it all.
      const last = { ...again, limits: [await limitOf(stable, { window: 1, lifetimeCap: 2n * WINDOW_CAP })] };
      await wallet.connect(owner).grant(key, last);
      await expect(pay(last, 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_LifetimeCapExceeded")
        .withArgs(token, 1n, 0n);
    });

    it("gets back of its lifetime only what it reserved and did not spend, and only once", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, policy, stranger } = parts;
      const validUntil = (await atWindowStart()) + 300;
      const used = await authorizationOf(parts, { nonce: ethers.id("used"), validBefore: validUntil });
      const unused = { ...used, nonce: ethers.id("unused"), value: 2n * PRICE };
      for (const one of [used, unused]) await wallet.connect(key).reserve(encodePolicy(policy), one, 0n);
      const { to, value, validAfter, validBefore, nonce } = used;
      await stable["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
        wallet,
        to,
        value,
        validAfter,
        validBefore,
        nonce,
        reserveSignature(key.address),
      );
      const lifetime = async () => (await wallet.usageOf(key, stable)).usage.lifetimeSpent;
      const { chainId } = await ethers.provider.getNetwork();
      const address = await wallet.getAddress();
      const refused = async (one: Authorization, error: string, hiring = false) =>
        expect(wallet.connect(stranger).release(key, one, hiring))
          .to.be.revertedWithCustomError(wallet, error)
          .withArgs(authorizationDigest(chainId, address, one, hiring));
      await time.setNextBlockTimestamp(validUntil - 1);
      await refused(unused, "AgentWallet_NotReleasable");
      await time.setNextBlockTimestamp(validUntil);
      await refused(used, "AgentWallet_NotReleasable");
      await refused(unused, "AgentWallet_NotReserved", true);
      await refused({ ...unused, value: 3n * PRICE }, "AgentWallet_NotReserved");
      expect(await lifetime()).to.equal(3n * PRICE);
      await wallet.connect(stranger).release(key, unused, false);
      expect(await lifetime()).to.equal(PRICE);
      await refused(unused, "AgentWallet_NotReserved");
      expect((await wallet.usageOf(key, stable)).usage.windowSpent).to.equal(3n * PRICE);
    });

    it("has old reserves revived by the very same grant, but not what they were charged", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, policy, owner } = parts;
      const authorization = await authorizationOf(parts);
      const digest = await wallet.connect(key).reserve.staticCall(encodePolicy(policy), authorization, 0n);
      await wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n);
      const before = await limitsOf(parts);
      await wallet.connect(owner).revoke(key);
      expect(await wallet.isValidSignature(digest, reserveSignature(key.address))).to.equal("0xffffffff");
      await wallet.connect(owner).grant(key, policy);
      expect(await wallet.isValidSignature(digest, reserveSignature(key.address))).to.equal("0x1626ba7e");
      await expect(wallet.connect(key).reserve(encodePolicy(policy), authorization, 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AlreadyReserved")
        .withArgs(digest);
      expect(await limitsOf(parts)).to.deep.equal(before);
      expect((await wallet.usageOf(key, stable)).usage.lifetimeSpent).to.equal(PRICE);
    });

    it("cannot spend in the next window what it reserved in this one", async () => {
      const parts = await walletFixture();
      const { wallet, key, policy } = parts;
      const start = await atWindowStart();
      const late = await authorizationOf(parts, { validBefore: start + WINDOW + 1 });
      await expect(wallet.connect(key).reserve(encodePolicy(policy), late, 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_ReserveTooLong")
        .withArgs(start + WINDOW + 1, start + WINDOW);
      await wallet.connect(key).reserve(encodePolicy(policy), { ...late, validBefore: start + WINDOW }, 0n);
    });

    it("splits no job's cost: price, bond and appeals of one job stand under one cap", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key } = parts;
      const evaluator = await ethers.deployContract("ScriptedActor");
      const call = IOptimisticEvaluator__factory.createInterface();
      await evaluator.setAnswer(
        call.getFunction("ESCROW").selector,
        ethers.zeroPadValue(await escrow.getAddress(), 32),
      );
      const address = await evaluator.getAddress();
      const policy = await regrant(parts, { evaluators: [address] });
      const { jobId, args } = await prepareWalletHire(parts, { policy, offer: { evaluator: address, amount: PRICE } });
      await wallet.connect(key).hire(...args);
      const dispute = (bond: bigint) =>
        wallet.connect(key).dispute(encodePolicy(policy), evaluator, jobId, stable, bond);
      const left = JOB_CAP - PRICE;
      await dispute(left - 1n);
      await expect(dispute(2n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, 2n, 1n);
      await dispute(1n);
    });

    it("loses no more to a friend of the key, by a dispute lost on purpose, than one job's cap lets it stake", async () => {
      // The other side of a bond is nobody whom a policy lists: this way, and within the caps, a key can pay anyone.
      const parts = await walletFixture();
      const { wallet, stable, escrow, forwarder, key, client2 } = parts;
      const arbitrator = await ethers.deployContract("CentralArbitrator");
      const judge = await ethers.deployContract("OptimisticEvaluator", [
        forwarder,
        escrow,
        arbitrator,
        "0x",
        META_EVIDENCE,
        { ...TERMS, bondToken: stable, jobToken: stable },
      ]);
      const evaluator = await judge.getAddress();
      const limit = await limitOf(stable, { jobCap: BOND });
      const policy = await regrant(parts, { evaluators: [evaluator], limits: [limit] });
      const provider = await wallet.getAddress();
      const offer = await offerOf(parts, { provider, providerAgentId: 0n, evaluator, evaluationPeriod: REVIEW + DAY });
      const keySignature = await signOffer(parts, offer, key);
      const signature = walletOfferSignature(key.address, policy, await escrow.getAddress(), offer, keySignature);
      const acceptance = acceptanceOf(parts, { client: client2.address, clientAgentId: 0n });
      const jobId = await escrow.jobIdOf(offer, acceptance);
      await escrow.connect(client2).hire(offer, signature, acceptance);
      const act = (target: AddressLike, data: string) => wallet.connect(key).act(encodePolicy(policy), target, data);
      await act(escrow, escrow.interface.encodeFunctionData("submit", [jobId, REASON, "0x"]));
      await stable.connect(client2).approve(judge, BOND);
      await judge.connect(client2).dispute(jobId);
      const contest = (bond: bigint) => wallet.connect(key).contest(encodePolicy(policy), judge, jobId, stable, bond);
      await expect(contest(BOND + 1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_JobCapExceeded")
        .withArgs(await stable.getAddress(), jobId, BOND + 1n, BOND);
      await contest(BOND);
      await act(judge, judge.interface.encodeFunctionData("concede", [jobId]));
      expect(await wallet.jobCosts(key, stable, jobId)).to.equal(BOND);
      const lost = (BOND * PENALTY_BPS) / 10_000n;
      expect(await judge.withdrawable(wallet)).to.equal(BOND - lost);
      expect(await judge.withdrawable(client2)).to.equal(BOND + lost);
    });
  });
});

import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import type { Courtroom } from "../fixtures/evaluation";
import {
  BOND,
  FEE,
  PHASE,
  RULING,
  at,
  contested,
  courtroom,
  creditOf,
  deadlineOf,
  disputed,
  escalated,
  reviewEnd,
  ruled,
  submitted,
} from "../fixtures/evaluation";
import { PRICE, STATUS, atExpiry, selectorOf } from "../fixtures/jobs";
import { PHASE as HOOK_PHASE } from "../unit/mocks/modes";

/** A second case of the same parties, whose bonds lie beside the first one's. */
const another = (court: Courtroom) => contested(court, { offer: { salt: 1n } });

describe("Attacks on the OptimisticEvaluator", () => {
  describe("by its arbitrator", () => {
    it("that takes less than its price, and comes back for more of other cases' bonds", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stable, provider, client } = court;
      const jobId = await contested(court);
      await another(court);
      await arbitrator.setTaken(1n);
      await judge.escalate(jobId);
      await expect(arbitrator.takeMore(stable, judge, FEE - 1n)).to.be.revertedWithCustomError(
        stable,
        "ERC20InsufficientAllowance",
      );
      // What it left belongs to the parties.
      await arbitrator.giveRuling(1n, RULING.Half);
      await judge.finalise(jobId);
      expect((await creditOf(court, client)) + (await creditOf(court, provider))).to.equal(2n * BOND - 1n);
    });

    it("that gives a case the number of another", async () => {
      const court = await courtroom();
      const { judge, arbitrator } = court;
      await arbitrator.setFixedNumber(7n);
      await escalated(court);
      const second = await another(court);
      await expect(judge.escalate(second))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DisputeExists")
        .withArgs(7n);
    });

    it("that rules twice, or on cases that are none", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stranger } = court;
      const jobId = await ruled(court, RULING.Quarter);
      const { disputeID } = await judge.disputeOf(jobId);
      await arbitrator.giveRuling(disputeID, RULING.All);
      expect((await judge.disputeOf(jobId)).share).to.equal(25n);
      await expect(judge.connect(stranger).rule(disputeID, RULING.All))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_OnlyArbitrator")
        .withArgs(stranger.address);
      const address = await arbitrator.getAddress();
      const impersonated = await ethers.getImpersonatedSigner(address);
      await ethers.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
      await judge.connect(impersonated).rule(99n, RULING.All); // never heard of: nothing happens
      expect((await judge.disputeOf(0n)).phase).to.equal(PHASE.Review);
    });

    it("that rules, or escalates again, while the case is being created", async () => {
      const court = await courtroom();
      const { judge, arbitrator } = court;
      const jobId = await contested(court);
      const calls = judge.interface;
      for (const call of [
        calls.encodeFunctionData("rule", [1n, RULING.All]),
        calls.encodeFunctionData("escalate", [jobId]),
        calls.encodeFunctionData("deliver", [await judge.BOND_TOKEN(), court.client.address]),
        calls.encodeFunctionData("releaseBonds", [jobId]),
        calls.encodeFunctionData("finalise", [jobId]),
      ]) {
        await arbitrator.setInterjection(call);
        await expect(judge.escalate(jobId)).to.be.revertedWithCustomError(judge, "ReentrancyGuardReentrantCall");
      }
    });

    it("that is raised in price, or dies, cannot keep the provider from contesting, nor the bonds", async () => {
      const court = await courtroom();
      const { judge, arbitrator, provider, client } = court;
      const jobId = await disputed(court);
      await ethers.provider.send("hardhat_setCode", [await arbitrator.getAddress(), "0x"]);
      await judge.connect(provider).contest(jobId);
      await expect(judge.escalate(jobId)).to.be.revertedWithoutReason();
      await at(await deadlineOf(court, jobId));
      await judge.finalise(jobId);
      expect([await creditOf(court, client), await creditOf(court, provider)]).to.deep.equal([BOND, BOND]);
    });
  });

  describe("by a party", () => {
    it("that accepts or concedes what is being judged, to escape the fee", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await escalated(court);
      await judge.connect(provider).concede(jobId);
      // All of the fee, then half of what is left, is the provider's to bear.
      expect(await creditOf(court, client)).to.equal(BOND + (BOND - FEE) / 2n);
      expect(await creditOf(court, provider)).to.equal((BOND - FEE) / 2n);
    });

    it("that has the job expire instead of a ruling against it", async () => {
      const court = await courtroom();
      const { judge, escrow, client, provider } = court;
      const jobId = await ruled(court, RULING.All);
      await atExpiry(court, jobId);
      await escrow.connect(client).claimRefund(jobId); // nobody had carried the ruling out for a day and more
      await judge.releaseBonds(jobId);
      expect([await creditOf(court, client), await creditOf(court, provider)]).to.deep.equal([7_000_000n, 27_000_000n]);
    });

    it("that takes bonds out twice, by every way that ends a dispute", async () => {
      const court = await courtroom();
      const { judge, client, provider, stable } = court;
      await another(court);
      const jobId = await ruled(court, RULING.Nothing);
      await judge.finalise(jobId);
      const credit = await creditOf(court, client);
      await judge.connect(client).withdraw(stable, client);
      for (const call of [
        () => judge.finalise(jobId),
        () => judge.connect(client).concede(jobId),
        () => judge.connect(provider).concede(jobId),
        () => judge.connect(client).accept(jobId),
        () => judge.connect(client).dispute(jobId),
        () => judge.connect(client).offerSplit(jobId, 1n, 2n ** 40n - 1n),
        () => judge.connect(client).acceptSplit(jobId, 0n),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview");
      }
      await expect(judge.releaseBonds(jobId)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_UnexpectedPhase",
      );
      await expect(judge.connect(client).withdraw(stable, client)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_NothingToWithdraw",
      );
      expect(credit).to.equal(27_000_000n);
      // Exactly the other case's bonds and the provider's credit are left.
      expect(await stable.balanceOf(judge)).to.equal(2n * BOND + (await creditOf(court, provider)));
    });

    it("that cannot take its coins does not keep the other side from its own", async () => {
      const court = await courtroom({ native: true });
      const { judge, client, provider } = court;
      const jobId = await contested(court);
      const receiver = await ethers.deployContract("RevertingReceiver");
      await judge.connect(provider).concede(jobId);
      await ethers.provider.send("hardhat_setCode", [
        client.address,
        await ethers.provider.getCode(await receiver.getAddress()),
      ]);
      await expect(judge.deliver(ZeroAddress, client))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(client.address, BOND + BOND / 2n);
      await expect(judge.deliver(ZeroAddress, provider)).to.changeEtherBalance(provider, BOND / 2n);
    });
  });

  describe("by a token or a hook", () => {
    it("a bond in a token that takes a fee is refused, so that nobody's bond pays another's", async () => {
      const court = await courtroom({
        deployBondToken: async () =>
          (await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 100n])).getAddress(),
      });
      const { judge, client } = court;
      const token = await ethers.getContractAt("FeeOnTransferToken", await judge.BOND_TOKEN());
      await token.mint(client, BOND);
      await token.connect(client).approve(judge, BOND);
      const jobId = await submitted(court);
      await expect(judge.connect(client).dispute(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_IncorrectBond")
        .withArgs(BOND, (BOND * 99n) / 100n);
    });

    it("a paused token does not stop a verdict: what is owed is credited", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, provider, client } = court;
      const jobId = await ruled(court, RULING.All);
      await stable.pause();
      await judge.finalise(jobId);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      expect(await escrow.withdrawable(stable, provider)).to.equal(PRICE);
      await expect(judge.deliver(stable, client)).to.be.revertedWithCustomError(stable, "EnforcedPause");
      await stable.unpause();
      await expect(judge.deliver(stable, client)).to.changeTokenBalance(stable, client, 7_000_000n);
    });

    it("a hook that refuses the verdict leaves everything as it was, and it can be carried out later", async () => {
      const court = await courtroom();
      const { judge, escrow, client } = court;
      const hook = await ethers.deployContract("RevertingHook");
      const jobId = await ruled(court, RULING.Half, { offer: { hook: await hook.getAddress() } });
      const selector = selectorOf(escrow, "completePartially");
      await hook.setTrigger(HOOK_PHASE.After, selector, true);
      await expect(judge.finalise(jobId)).to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted");
      expect(await creditOf(court, client)).to.equal(0n);
      expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Ruled);
      await hook.setTrigger(HOOK_PHASE.After, selector, false);
      await judge.finalise(jobId);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("a hook that enters again while the verdict is given finds every way to money shut", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, client, provider } = court;
      const hook = await ethers.deployContract("ReentrantHook");
      const jobId = await ruled(court, RULING.Half, { offer: { hook: await hook.getAddress() } });
      await hook.setTrigger(HOOK_PHASE.Before, selectorOf(escrow, "completePartially"), true);
      for (const call of [
        judge.interface.encodeFunctionData("finalise", [jobId]),
        judge.interface.encodeFunctionData("releaseBonds", [jobId]),
        judge.interface.encodeFunctionData("deliver", [await stable.getAddress(), client.address]),
      ]) {
        const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
        await hook.setCall(judge, call, 1n, false);
        await judge.finalise(jobId);
        const attempt = await hook.attempt(0n);
        expect(attempt.returnData).to.equal(ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
        expect((await creditOf(court, client)) + (await creditOf(court, provider))).to.equal(2n * BOND - FEE);
        await ethers.provider.send("evm_revert", [snapshot]);
      }
    });
  });

  it("a case cannot be begun, ended or escalated out of its time by front-running its neighbour's step", async () => {
    const court = await courtroom();
    const { judge, client } = court;
    const jobId = await submitted(court);
    const end = await reviewEnd(court, jobId);
    // In the review's last second the client disputes; the call that would finalise silence comes in the next.
    await at(end - 1);
    await judge.connect(client).dispute(jobId);
    await at(end);
    await expect(judge.finalise(jobId)).to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlineNotReached");
  });
});

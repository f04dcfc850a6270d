import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import type { Courtroom } from "../fixtures/evaluation";
import {
  BOND,
  FEE,
  PHASE,
  RULING,
  acceptedWithFee,
  at,
  contested,
  courtroom,
  courtroomWithBondsIn,
  credits,
  deadlineOf,
  disputed,
  escalated,
  phaseOf,
  reviewEnd,
  ruled,
  submitted,
} from "../fixtures/evaluation";
import { MAX_UINT40, PRICE, STATUS, atExpiry, selectorOf } from "../fixtures/jobs";
import { PHASE as HOOK_PHASE, MOMENT } from "../unit/mocks/modes";

/** A second case of the same parties, whose bonds lie beside the first one's: what there is to steal. */
const another = (court: Courtroom) => contested(court, { offer: { salt: 99n } });

/** What lies in the evaluator covers all bonds, credits and fees that it has taken in. */
async function expectSolvent({ judge, escrow, stable, provider }: Courtroom) {
  const holds = (await stable.balanceOf(judge)) + (await escrow.withdrawable(stable, judge));
  const owes = (await judge.reserved()) + (await judge.feesOwed(stable, provider));
  expect(holds).to.be.greaterThanOrEqual(owes);
}

/** Leaves the fee of an accepted job in the escrow, from where anyone can have it delivered. */
async function feeLeftInEscrow(court: Courtroom) {
  await court.stable.blacklist(court.judge);
  await acceptedWithFee(court, 50n);
  await court.stable.unBlacklist(court.judge);
}

/** Every call that moves money or ends a dispute, on `jobId`. */
async function guardedCalls({ judge, stable, client }: Courtroom, jobId: bigint): Promise<Record<string, string>> {
  const calls = judge.interface;
  const token = await stable.getAddress();
  return {
    accept: calls.encodeFunctionData("accept", [jobId]),
    finalise: calls.encodeFunctionData("finalise", [jobId]),
    secureReview: calls.encodeFunctionData("secureReview", [jobId]),
    dispute: calls.encodeFunctionData("dispute", [jobId]),
    contest: calls.encodeFunctionData("contest", [jobId]),
    escalate: calls.encodeFunctionData("escalate", [jobId]),
    concede: calls.encodeFunctionData("concede", [jobId]),
    acceptSplit: calls.encodeFunctionData("acceptSplit", [jobId, 50n]),
    releaseBonds: calls.encodeFunctionData("releaseBonds", [jobId]),
    withdraw: calls.encodeFunctionData("withdraw", [client.address]),
    deliver: calls.encodeFunctionData("deliver", [client.address]),
    withdrawFees: calls.encodeFunctionData("withdrawFees", [token, client.address]),
    sweepFees: calls.encodeFunctionData("sweepFees", [token, client.address]),
  };
}

describe("Attacks on the OptimisticEvaluator", () => {
  describe("by its arbitrator", () => {
    it("that takes less than its price, and comes back for more of other cases' bonds", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stable, client } = court;
      const jobId = await contested(court);
      await another(court);
      await arbitrator.setTaken(1n);
      await judge.connect(client).escalate(jobId);
      await expect(arbitrator.takeMore(stable, judge, FEE - 1n))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await arbitrator.getAddress(), 0n, FEE - 1n);
      // What it left belongs to the parties.
      await arbitrator.giveRuling(1n, RULING.Half);
      await judge.finalise(jobId);
      const { client: first, provider: second } = await credits(court);
      expect(first + second).to.equal(2n * BOND - 1n);
    });

    it("that helps itself to more than its price while a case is created", async () => {
      const court = await courtroom();
      const { judge, arbitrator, stable, client } = court;
      const jobId = await contested(court);
      await another(court);
      const address = await arbitrator.getAddress();
      await arbitrator.setInterjection(
        address,
        arbitrator.interface.encodeFunctionData("takeMore", [await stable.getAddress(), await judge.getAddress(), 1n]),
      );
      await expect(judge.connect(client).escalate(jobId))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(address, 0n, 1n);
    });

    it("that has a fee delivered meanwhile, so that its own looks like none and other bonds pay it", async () => {
      const court = await courtroom();
      const { judge, arbitrator, escrow, stable, client, provider } = court;
      await feeLeftInEscrow(court);
      await another(court);
      const jobId = await contested(court);
      await arbitrator.setInterjection(
        escrow,
        escrow.interface.encodeFunctionData("deliver", [await stable.getAddress(), await judge.getAddress()]),
      );
      await judge.connect(client).escalate(jobId);
      expect(await escrow.withdrawable(stable, judge)).to.equal(0n); // it was delivered, indeed
      expect((await judge.disputeOf(jobId)).fee).to.equal(FEE);
      await expectSolvent(court);
      await arbitrator.giveRuling(1n, RULING.Half);
      await judge.finalise(jobId);
      await judge.deliver(client);
      await judge.deliver(provider);
      await judge.sweepFees(stable, provider);
      expect(await stable.balanceOf(judge)).to.equal(2n * BOND); // the other case's, to the unit
    });

    it("that gives a case the number of another, to have its ruling taken for the other's", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      await arbitrator.setFixedNumber(7n);
      const first = await escalated(court);
      const second = await another(court);
      await expect(judge.connect(client).escalate(second))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DisputeExists")
        .withArgs(7n);
      await arbitrator.giveRuling(7n, RULING.All);
      expect([await phaseOf(court, first), await phaseOf(court, second)]).to.deep.equal([PHASE.Ruled, PHASE.Contested]);
      await judge.finalise(first);
      await expect(judge.connect(client).escalate(second)).to.be.revertedWithCustomError(
        judge,
        "OptimisticEvaluator_DisputeExists",
      );
    });

    it("that rules twice", async () => {
      const court = await courtroom();
      const jobId = await ruled(court, RULING.Quarter);
      await court.arbitrator.giveRuling(1n, RULING.All);
      expect((await court.judge.disputeOf(jobId)).share).to.equal(25n);
    });

    const ENDS: Record<string, (court: Courtroom, jobId: bigint) => Promise<unknown>> = {
      "as ruled": async ({ judge, arbitrator }, jobId) => {
        await arbitrator.giveRuling(1n, RULING.Half);
        await judge.finalise(jobId);
      },
      "by silence": async (court, jobId) => {
        await at(await deadlineOf(court, jobId));
        await court.judge.finalise(jobId);
      },
      "by giving in": ({ judge, provider }, jobId) => judge.connect(provider).concede(jobId),
      "by agreement": async ({ judge, client, provider }, jobId) => {
        await judge.connect(client).offerSplit(jobId, 50n, MAX_UINT40);
        await judge.connect(provider).acceptSplit(jobId, 50n);
      },
      "by the clock": async ({ judge, escrow }, jobId) => {
        await atExpiry({ escrow }, jobId);
        await escrow.claimRefund(jobId);
        await judge.releaseBonds(jobId);
      },
    };
    for (const [name, end] of Object.entries(ENDS)) {
      it(`that rules on a job that has ended ${name}, to have the bonds divided again`, async () => {
        const court = await courtroom();
        const { judge, arbitrator } = court;
        await another(court);
        const jobId = await escalated(court);
        await end(court, jobId);
        const before = await credits(court);
        await arbitrator.giveRuling(1n, RULING.All);
        await expect(judge.releaseBonds(jobId))
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
          .withArgs(jobId, PHASE.Closed);
        expect(await credits(court)).to.deep.equal(before);
        await expectSolvent(court);
      });
    }

    it("that waits for the deadline, and rules in the block in which the default can be carried out", async () => {
      for (const late of [0, 1]) {
        const court = await courtroom();
        const { judge, arbitrator, stable, client, provider } = court;
        const jobId = await escalated(court);
        await at((await deadlineOf(court, jobId)) + late);
        await arbitrator.giveRuling(1n, RULING.All);
        await expect(judge.finalise(jobId)).to.changeTokenBalances(
          stable,
          [client, provider],
          [PRICE / 2n, PRICE / 2n],
        );
      }
    });

    it("that enters again while a case is created", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      const jobId = await contested(court);
      for (const call of Object.values(await guardedCalls(court, jobId))) {
        await arbitrator.setInterjection(judge, call);
        await expect(judge.connect(client).escalate(jobId)).to.be.revertedWithCustomError(
          judge,
          "ReentrancyGuardReentrantCall",
        );
      }
    });

    it("that rules before it has said which case that is", async () => {
      const court = await courtroom();
      const { judge, arbitrator, client } = court;
      const jobId = await contested(court);
      await arbitrator.setInterjection(judge, judge.interface.encodeFunctionData("rule", [1n, RULING.All]));
      await judge.connect(client).escalate(jobId);
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Escalated);
      await arbitrator.giveRuling(1n, RULING.Quarter);
      expect((await judge.disputeOf(jobId)).share).to.equal(25n);
    });

    it("that is raised in price, closes, or dies, cannot keep the provider from contesting, nor the bonds", async () => {
      for (const spoil of ["dear", "closed", "dead"] as const) {
        const court = await courtroom();
        const { judge, arbitrator, provider, client } = court;
        const jobId = await disputed(court);
        if (spoil === "dear") await arbitrator.setCost(BOND + 1n);
        if (spoil === "closed") await arbitrator.setClosed(true);
        if (spoil === "dead") {
          await ethers.provider.send("hardhat_setCode", [await arbitrator.getAddress(), "0x"]);
        }
        await judge.connect(provider).contest(jobId);
        const escalation = expect(judge.connect(client).escalate(jobId));
        if (spoil === "dear") {
          await escalation.to.be
            .revertedWithCustomError(judge, "OptimisticEvaluator_FeeAboveBond")
            .withArgs(BOND + 1n, BOND);
        }
        if (spoil === "closed") {
          await escalation.to.be.revertedWithCustomError(arbitrator, "CentralArbitrator_Closed");
        }
        if (spoil === "dead") await escalation.to.be.revertedWithoutReason();
        expect(await phaseOf(court, jobId)).to.equal(PHASE.Contested);
        await at(await deadlineOf(court, jobId));
        await judge.finalise(jobId);
        expect(await credits(court)).to.deep.equal({ client: BOND, provider: BOND });
      }
    });
  });

  describe("by a party", () => {
    it("that has the court rule from inside a guarded call, where its ruling would fail for good", async () => {
      const court = await courtroomWithBondsIn(() => ethers.deployContract("CallbackToken", ["Callback", "CALL"]));
      const { judge, arbitrator, client, provider, token } = court;
      const jobId = await escalated(court);
      // The client is about to lose. It has a credit from another case, whose payment calls back.
      await token.mint(client, BOND);
      await token.connect(client).approve(judge, BOND);
      const other = await disputed(court, { offer: { salt: 1n } });
      await judge.connect(provider).concede(other);
      const rule = arbitrator.interface.encodeFunctionData("giveRulingOnce", [1n, RULING.All]);
      await token.setCallback(MOMENT.AfterTransfer, arbitrator, rule);
      await judge.connect(client).withdraw(client);
      expect(await arbitrator.executed(1n)).to.equal(true);
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Ruled);
      expect((await judge.disputeOf(jobId)).share).to.equal(100n);
    });

    it("that has the court rule while the dispute is being ended, to have the bonds divided twice", async () => {
      const court = await courtroom();
      const { judge, arbitrator, escrow, client, provider } = court;
      await another(court);
      const hook = await ethers.deployContract("ReentrantHook");
      const jobId = await escalated(court, { offer: { hook: await hook.getAddress() } });
      await judge.connect(client).offerSplit(jobId, 50n, MAX_UINT40);
      await hook.setTrigger(HOOK_PHASE.Before, selectorOf(escrow, "completePartially"), true);
      const rule = arbitrator.interface.encodeFunctionData("giveRuling", [1n, RULING.All]);
      await hook.setCall(arbitrator, rule, 1n, true);
      await judge.connect(provider).acceptSplit(jobId, 50n);
      expect((await hook.attempt(0n)).success).to.equal(true);
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Closed);
      await expect(judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Closed);
      expect(await credits(court)).to.deep.equal({ client: BOND - FEE / 2n, provider: BOND - FEE / 2n });
    });

    it("that spends the other side's allowance on a bond that it never meant to lock", async () => {
      const court = await courtroom();
      const { judge, stable, client, provider, stranger } = court;
      const jobId = await submitted(court);
      const before = [await stable.balanceOf(client), await stable.balanceOf(provider)];
      for (const sender of [provider, stranger]) {
        await expect(judge.connect(sender).dispute(jobId)).to.be.revertedWithCustomError(
          judge,
          "OptimisticEvaluator_Unauthorized",
        );
      }
      expect([await stable.balanceOf(client), await stable.balanceOf(provider)]).to.deep.equal(before);
      await judge.connect(client).dispute(jobId);
      for (const sender of [client, stranger]) {
        await expect(judge.connect(sender).contest(jobId)).to.be.revertedWithCustomError(
          judge,
          "OptimisticEvaluator_Unauthorized",
        );
      }
      expect(await stable.balanceOf(provider)).to.equal(before[1]);
    });

    it("that concedes what is being judged, to escape the fee", async () => {
      const court = await courtroom();
      const jobId = await escalated(court);
      await court.judge.connect(court.provider).concede(jobId);
      // All of the fee, then half of what is left, is the provider's to bear.
      expect(await credits(court)).to.deep.equal({
        client: BOND + (BOND - FEE) / 2n,
        provider: (BOND - FEE) / 2n,
      });
    });

    it("that accepts what it disputed, to get its bond back whole", async () => {
      const court = await courtroom();
      const jobId = await escalated(court);
      await expect(court.judge.connect(court.client).accept(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Escalated);
    });

    it("that has the job expire instead of a ruling against it", async () => {
      const court = await courtroom();
      const { judge, escrow, client } = court;
      const jobId = await ruled(court, RULING.All);
      await atExpiry(court, jobId);
      await escrow.connect(client).claimRefund(jobId); // nobody had carried the ruling out for a day and more
      await judge.releaseBonds(jobId);
      expect(await credits(court)).to.deep.equal({ client: 7_000_000n, provider: 27_000_000n });
    });

    it("that takes up an offer of before the arbitrator was paid, once it is", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await contested(court);
      await judge.connect(client).offerSplit(jobId, 40n, MAX_UINT40);
      await judge.connect(provider).escalate(jobId);
      await expect(judge.connect(provider).acceptSplit(jobId, 40n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
        .withArgs(jobId, 40n);
    });

    it("that changes its offer under the one who takes it", async () => {
      const court = await courtroom();
      const { judge, client, provider } = court;
      const jobId = await contested(court);
      await judge.connect(client).offerSplit(jobId, 80n, MAX_UINT40);
      await judge.connect(client).offerSplit(jobId, 20n, MAX_UINT40);
      await expect(judge.connect(provider).acceptSplit(jobId, 80n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NoSuchOffer")
        .withArgs(jobId, 80n);
    });

    it("that takes up an offer after the deadline, when it can choose between that and silence", async () => {
      const court = await courtroom();
      const { judge, stable, client, provider } = court;
      const jobId = await contested(court);
      await judge.connect(client).offerSplit(jobId, 80n, MAX_UINT40);
      const deadline = await deadlineOf(court, jobId);
      await at(deadline);
      await expect(judge.connect(provider).acceptSplit(jobId, 80n))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlinePassed")
        .withArgs(jobId, deadline);
      await expect(judge.finalise(jobId)).to.changeTokenBalance(stable, provider, PRICE / 2n);
    });

    it("that takes bonds out twice, by every way that ends a dispute", async () => {
      const court = await courtroom();
      const { judge, client, provider, stable } = court;
      await another(court);
      const jobId = await ruled(court, RULING.Nothing);
      await judge.finalise(jobId);
      await judge.connect(client).withdraw(client);
      const again: (() => Promise<ContractTransactionResponse>)[] = [
        () => judge.finalise(jobId),
        () => judge.connect(client).concede(jobId),
        () => judge.connect(provider).concede(jobId),
        () => judge.connect(client).dispute(jobId),
        () => judge.connect(client).escalate(jobId),
        () => judge.connect(client).offerSplit(jobId, 1n, MAX_UINT40),
        () => judge.connect(client).acceptSplit(jobId, 0n),
      ];
      for (const call of again) {
        await expect(call()).to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NotUnderReview").withArgs(jobId);
      }
      await expect(judge.connect(client).accept(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Closed);
      await expect(judge.releaseBonds(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_UnexpectedPhase")
        .withArgs(jobId, PHASE.Closed);
      await expect(judge.connect(client).withdraw(client))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
        .withArgs(await stable.getAddress(), client.address);
      // Exactly the other case's bonds and the provider's credit are left.
      expect(await stable.balanceOf(judge)).to.equal(2n * BOND + (await judge.withdrawable(provider)));
    });

    it("that cannot take its coins does not keep the other side from its own", async () => {
      const court = await courtroom({ native: true });
      const { judge, client, provider } = court;
      const jobId = await contested(court);
      const receiver = await ethers.deployContract("RevertingReceiver");
      await ethers.provider.send("hardhat_setCode", [
        client.address,
        await ethers.provider.getCode(await receiver.getAddress()),
      ]);
      await judge.connect(provider).concede(jobId);
      await expect(judge.deliver(client))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(ZeroAddress, client.address, BOND + BOND / 2n);
      await expect(judge.deliver(provider)).to.changeEtherBalance(provider, BOND / 2n);
    });

    it("that is blacklisted by the token loses neither its bond nor its fees, and stops nobody", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, client, provider, referrer } = court;
      const jobId = await ruled(court, RULING.All, { offer: { evaluatorFeeBps: 1_000 } });
      await stable.blacklist(provider);
      await judge.finalise(jobId);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      await expect(judge.deliver(client)).to.changeTokenBalance(stable, client, 7_000_000n);
      const calls = [
        () => judge.connect(provider).withdraw(referrer),
        () => judge.connect(provider).withdrawFees(stable, referrer),
      ];
      for (const [i, amount] of [27_000_000n, PRICE / 10n].entries()) {
        await expect(calls[i]!()).to.changeTokenBalance(stable, referrer, amount);
      }
      expect(await stable.balanceOf(judge)).to.equal(0n);
    });
  });

  describe("by a stranger", () => {
    it("that calls the arbitrator while the parties are about to agree, and burns its fee out of their bonds", async () => {
      const court = await courtroom();
      const { judge, client, provider, stranger } = court;
      const jobId = await contested(court);
      await judge.connect(client).offerSplit(jobId, 60n, MAX_UINT40);
      await expect(judge.connect(stranger).escalate(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_Unauthorized")
        .withArgs(jobId, stranger.address);
      await judge.connect(provider).acceptSplit(jobId, 60n);
      expect(await credits(court)).to.deep.equal({ client: BOND, provider: BOND });
    });

    it("that rules", async () => {
      const court = await courtroom();
      const jobId = await escalated(court);
      for (const sender of [court.provider, court.stranger]) {
        await expect(court.judge.connect(sender).rule(1n, RULING.All))
          .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_OnlyArbitrator")
          .withArgs(sender.address);
      }
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Escalated);
    });

    it("that finalises silence in the second after the client disputed", async () => {
      const court = await courtroom();
      const { judge, client, stranger } = court;
      const jobId = await submitted(court);
      const end = await reviewEnd(court, jobId);
      await at(end - 1);
      await judge.connect(client).dispute(jobId);
      await at(end);
      await expect(judge.connect(stranger).finalise(jobId))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_DeadlineNotReached")
        .withArgs(jobId, await deadlineOf(court, jobId));
    });
  });

  describe("on bonds, for fees", () => {
    it("that never arrived", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, provider, stranger } = court;
      await another(court);
      await feeLeftInEscrow(court);
      await stable.blacklist(escrow); // so that the escrow cannot deliver it
      for (const call of [
        () => judge.connect(stranger).sweepFees(stable, provider),
        () => judge.connect(provider).withdrawFees(stable, provider),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_NothingToWithdraw")
          .withArgs(await stable.getAddress(), provider.address);
      }
      await stable.unBlacklist(escrow);
      await judge.connect(stranger).sweepFees(stable, provider);
      expect(await stable.balanceOf(judge)).to.equal(2n * BOND);
    });

    it("in a token that debits its sender on top", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("SenderFeeToken", ["Sender fee", "SFT", 18]),
      );
      const { judge, escrow, client, provider, token } = court;
      await another(court);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const jobId = await submitted(court, { offer: { token: await token.getAddress(), evaluatorFeeBps: 1_000 } });
      await judge.connect(client).accept(jobId);
      await token.setFeeBps(100n);
      await expect(judge.sweepFees(token, provider))
        .to.be.revertedWithCustomError(judge, "OptimisticEvaluator_TransferFailed")
        .withArgs(await token.getAddress(), provider.address, PRICE / 10n);
      expect(await token.balanceOf(judge)).to.equal(2n * BOND + PRICE / 10n);
    });

    it("in a token that shrinks, and so owes more than there is", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 0n]),
      );
      const { judge, escrow, client, provider, token } = court;
      await another(court);
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const jobId = await submitted(court, { offer: { token: await token.getAddress(), evaluatorFeeBps: 1_000 } });
      await token.setFeeBps(1_000n);
      await judge.connect(client).accept(jobId);
      expect(await judge.feesOwed(token, provider)).to.equal(PRICE / 10n);
      await judge.sweepFees(token, provider);
      expect(await token.balanceOf(judge)).to.equal(2n * BOND);
    });

    /** What can be paid in the middle of the verdict, to make a fee look like none: the same sum, to or from anybody. */
    const meanwhile = {
      "a gift to the provider": ({ provider }: Courtroom) => provider.address,
      "a gift to the evaluator": ({ judge }: Courtroom) => judge.getAddress(),
      "a gift to the escrow": ({ escrow }: Courtroom) => escrow.getAddress(),
    };
    for (const [name, recipientOf] of Object.entries(meanwhile)) {
      it(`hidden by ${name} of the same sum: it is noted all the same`, async () => {
        const court = await courtroom();
        const { judge, escrow, stable, client, provider } = court;
        await another(court);
        const hook = await ethers.deployContract("ReentrantHook");
        const jobId = await submitted(court, { offer: { evaluatorFeeBps: 1_000, hook: await hook.getAddress() } });
        await stable.mint(hook, PRICE / 10n);
        const gift = stable.interface.encodeFunctionData("transfer", [await recipientOf(court), PRICE / 10n]);
        await hook.setTrigger(HOOK_PHASE.After, selectorOf(escrow, "complete"), true);
        await hook.setCall(stable, gift, 1n, true);
        await expect(judge.connect(client).accept(jobId))
          .to.emit(judge, "FeeOwed")
          .withArgs(stable, provider.address, PRICE / 10n);
        expect(await stable.balanceOf(hook)).to.equal(0n); // the gift was made, indeed
        await expect(judge.sweepFees(stable, provider)).to.changeTokenBalance(stable, provider, PRICE / 10n);
        expect(await judge.feesOwed(stable, provider)).to.equal(0n);
        expect(await judge.reserved()).to.equal(2n * BOND);
        await expectSolvent(court);
      });
    }
  });

  describe("by a token or a hook", () => {
    it("a bond in a token that takes a fee is refused, so that nobody's bond pays another's", async () => {
      const court = await courtroomWithBondsIn(() =>
        ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 100n]),
      );
      const jobId = await submitted(court);
      await expect(court.judge.connect(court.client).dispute(jobId))
        .to.be.revertedWithCustomError(court.judge, "OptimisticEvaluator_IncorrectBond")
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
      await expect(judge.deliver(client)).to.be.revertedWithCustomError(stable, "EnforcedPause");
      await stable.unpause();
      await expect(judge.deliver(client)).to.changeTokenBalance(stable, client, 7_000_000n);
    });

    it("a hook that refuses the verdict leaves everything as it was, and it can be carried out later", async () => {
      const court = await courtroom();
      const { judge, escrow } = court;
      const hook = await ethers.deployContract("RevertingHook");
      const jobId = await ruled(court, RULING.Half, { offer: { hook: await hook.getAddress() } });
      const selector = selectorOf(escrow, "completePartially");
      await hook.setTrigger(HOOK_PHASE.After, selector, true);
      await expect(judge.finalise(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
        .withArgs(jobId, await hook.getAddress(), selector);
      expect(await credits(court)).to.deep.equal({ client: 0n, provider: 0n });
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Ruled);
      await hook.setTrigger(HOOK_PHASE.After, selector, false);
      await judge.finalise(jobId);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("a hook that refuses until the clock ends the job does not keep the bonds", async () => {
      const court = await courtroom();
      const { judge, escrow } = court;
      const hook = await ethers.deployContract("RevertingHook");
      const jobId = await ruled(court, RULING.All, { offer: { hook: await hook.getAddress() } });
      await hook.setTrigger(HOOK_PHASE.Before, selectorOf(escrow, "completePartially"), true);
      await expect(judge.finalise(jobId)).to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted");
      await atExpiry(court, jobId);
      await escrow.claimRefund(jobId);
      await judge.releaseBonds(jobId);
      expect(await credits(court)).to.deep.equal({ client: 7_000_000n, provider: 27_000_000n });
    });

    it("a hook that enters again while the verdict is given finds every way to money shut", async () => {
      const court = await courtroom();
      const { judge, escrow } = court;
      const hook = await ethers.deployContract("ReentrantHook");
      const jobId = await ruled(court, RULING.Half, { offer: { hook: await hook.getAddress() } });
      await hook.setTrigger(HOOK_PHASE.Before, selectorOf(escrow, "completePartially"), true);
      for (const [verb, call] of Object.entries(await guardedCalls(court, jobId))) {
        const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
        await hook.setCall(judge, call, 1n, false);
        await judge.finalise(jobId);
        const { returnData } = await hook.attempt(0n);
        expect(returnData, verb).to.equal(ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
        expect(await judge.reserved()).to.equal(2n * BOND - FEE);
        await ethers.provider.send("evm_revert", [snapshot]);
      }
    });
  });
});

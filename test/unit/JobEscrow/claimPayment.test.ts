import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DAY,
  OUTCOME,
  PRICE,
  ROLE,
  STATUS,
  atExpiry,
  factsOf,
  hireJob,
  hiredAndSubmitted,
  jobIn,
  submittedJob,
} from "../../fixtures/jobs";
import type { OfferTerms } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function silenced(offer: Partial<OfferTerms> = {}) {
  const market = await marketFixture();
  const hired = await hiredAndSubmitted(market, { offer: { silencePaysProvider: true, ...offer } });
  return { ...market, market, ...hired };
}

describe("JobEscrow", () => {
  describe("claimPayment", () => {
    it("pays work that nobody judged, whoever asks", async () => {
      const { market, escrow, ledger, stable, client, provider, evaluator, stranger, agents, jobId } = await silenced();
      await atExpiry(market, jobId);
      const response = escrow.connect(stranger).claimPayment(jobId);
      await expect(response).to.emit(escrow, "JobCompleted").withArgs(jobId, ethers.ZeroAddress, ethers.ZeroHash);
      await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, PRICE);
      await expect(response)
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Completed);
      await expect(response).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator, stranger],
        [0n, -PRICE, PRICE, 0n, 0n],
      );
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("pays the referrer, and not the evaluator, who did not judge", async () => {
      const market = await marketFixture();
      const { escrow, stable, provider, evaluator, referrer, agents } = market;
      const { jobId } = await hiredAndSubmitted(market, {
        offer: {
          silencePaysProvider: true,
          evaluatorFeeBps: 1_000,
          referrer: referrer.address,
          referrerFeeBps: 1_000,
        },
      });
      await atExpiry(market, jobId);
      const response = escrow.claimPayment(jobId);
      await expect(response).not.to.emit(escrow, "EvaluatorFeePaid");
      await expect(response)
        .to.emit(escrow, "ReferrerFeePaid")
        .withArgs(jobId, referrer.address, PRICE / 10n);
      await expect(response).to.changeTokenBalances(
        stable,
        [provider, evaluator, referrer],
        [(PRICE * 9n) / 10n, 0n, PRICE / 10n],
      );
      expect((await factsOf(market, agents.provider, ROLE.Provider)).fees).to.equal(PRICE / 10n);
    });

    it("calls no hook", async () => {
      const market = await marketFixture();
      const hook = await ethers.deployContract("RecordingHook");
      await hook.setKeepingData(false);
      const offer = { silencePaysProvider: true, hook: await hook.getAddress() };
      const { jobId } = await hiredAndSubmitted(market, { offer });
      await hook.clear();
      await atExpiry(market, jobId);
      await market.escrow.claimPayment(jobId);
      expect(await hook.callbackCount()).to.equal(0n);
    });

    it("reverts until the job's expiry", async () => {
      const { market, escrow, jobId } = await silenced();
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId, -1);
      await expect(escrow.claimPayment(jobId))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlineNotReached")
        .withArgs(jobId, expiredAt);
      await atExpiry(market, jobId, 1);
      await escrow.claimPayment(jobId);
    });

    it("reverts where silence refunds, before expiry and after", async () => {
      const { market, escrow } = await silenced();
      const { jobId: hired } = await hiredAndSubmitted(market, { offer: { deliveryPeriod: 2 * DAY } });
      for (const jobId of [await submittedJob(market), hired]) {
        for (const offset of [-1, 0, 1]) {
          await atExpiry(market, jobId, offset);
          await expect(escrow.claimPayment(jobId))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_SilenceRefunds")
            .withArgs(jobId);
        }
      }
    });

    it("reverts when there is no such job", async () => {
      const { escrow } = await silenced();
      await expect(escrow.claimPayment(1n)).to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound").withArgs(1n);
    });

    for (const state of ["Open", "Funded", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow } = await silenced();
        const jobId =
          state === "Funded"
            ? (await hireJob(market, { offer: { silencePaysProvider: true, salt: 1n } })).jobId
            : await jobIn(market, state);
        await expect(escrow.claimPayment(jobId))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Submitted);
      });
    }
  });
});

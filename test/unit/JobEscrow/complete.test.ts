import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ALLOWED,
  DELIVERABLE,
  OUTCOME,
  PRICE,
  REASON,
  ROLE,
  STATUS,
  acceptanceOf,
  atExpiry,
  createJob,
  factsOf,
  fundedJob,
  hiredAndSubmitted,
  jobIn,
  submittedJob,
} from "../../fixtures/jobs";
import type { Hiring } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

async function submitted() {
  const market = await marketFixture();
  return { ...market, market, jobId: await submittedJob(market) };
}

async function hired(hiring: Hiring = {}) {
  const market = await marketFixture();
  return { ...market, market, ...(await hiredAndSubmitted(market, hiring)) };
}

describe("JobEscrow", () => {
  describe("complete", () => {
    it("pays the provider everything", async () => {
      const { escrow, stable, client, provider, evaluator, jobId } = await submitted();
      const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).to.emit(escrow, "JobCompleted").withArgs(jobId, evaluator.address, REASON);
      await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, PRICE);
      await expect(response).not.to.emit(escrow, "EvaluatorFeePaid");
      await expect(response).not.to.emit(escrow, "ReferrerFeePaid");
      await expect(response).not.to.emit(escrow, "Refunded");
      await expect(response).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator],
        [0n, -PRICE, PRICE, 0n],
      );
      const job = await escrow.getJob(jobId);
      expect([job.status, job.budget, job.recordPending]).to.deep.equal([STATUS.Completed, PRICE, false]);
    });

    it("puts the job on both sides' record", async () => {
      const { escrow, ledger, evaluator, agents, jobId, market } = await hired();
      await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x"))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Completed);
      for (const [agentId, role] of [
        [agents.provider, ROLE.Provider],
        [agents.client, ROLE.Client],
      ] as const) {
        const facts = await factsOf(market, agentId, role);
        expect([facts.completed, facts.volumePaid, facts.fees, facts.counterparties]).to.deep.equal([
          1n,
          PRICE,
          0n,
          1n,
        ]);
      }
    });

    it("puts it where each identity stood when the job was hired, whoever owns it by now", async () => {
      const market = await marketFixture();
      const { registry, escrow, client, provider, evaluator, stranger, agents } = market;
      const parties = [
        { owner: client, agent: agents.client, role: ROLE.Client, transfers: 2n },
        { owner: provider, agent: agents.provider, role: ROLE.Provider, transfers: 4n },
      ];
      const sell = async ({ owner, agent }: (typeof parties)[number]) =>
        registry.connect(owner).transferFrom(owner, stranger, agent);
      for (const party of parties) {
        for (let i = 0n; i < party.transfers; i += 2n) {
          await sell(party);
          await registry.connect(stranger).transferFrom(stranger, party.owner, party.agent);
        }
      }
      const { jobId } = await hiredAndSubmitted(market);
      for (const party of parties) await sell(party);
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      for (const { agent, role, transfers } of parties) {
        for (const epoch of [0n, transfers, transfers + 1n]) {
          const { completed } = await factsOf(market, agent, role, epoch);
          expect(completed).to.equal(epoch === transfers ? 1n : 0n);
        }
      }
    });

    it("pays evaluator and referrer out of the provider's share, rounded down", async () => {
      const market = await marketFixture();
      const amount = 99_999_999n;
      const { escrow, stable, client, provider, evaluator, referrer, agents } = market;
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { amount, evaluatorFeeBps: 1_000, referrer: referrer.address, referrerFeeBps: 333 },
      });
      const evaluatorFee = 9_999_999n; // 9,999,999.9
      const referrerFee = 3_329_999n; // 3,329,999.97
      const net = amount - evaluatorFee - referrerFee;
      const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).to.emit(escrow, "EvaluatorFeePaid").withArgs(jobId, evaluator.address, evaluatorFee);
      await expect(response).to.emit(escrow, "ReferrerFeePaid").withArgs(jobId, referrer.address, referrerFee);
      await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, net);
      await expect(response).to.changeTokenBalances(
        stable,
        [client, escrow, provider, evaluator, referrer],
        [0n, -amount, net, evaluatorFee, referrerFee],
      );
      const facts = await factsOf(market, agents.provider, ROLE.Provider);
      expect([facts.volumePaid, facts.fees]).to.deep.equal([amount, evaluatorFee + referrerFee]);
    });

    it("pays no fee that rounds down to nothing", async () => {
      const { escrow, evaluator, provider, referrer, jobId } = await (async () => {
        const market = await marketFixture();
        const offer = { amount: 9n, evaluatorFeeBps: 1_000, referrer: market.referrer.address, referrerFeeBps: 1_000 };
        return { ...market, ...(await hiredAndSubmitted(market, { offer })) };
      })();
      const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).not.to.emit(escrow, "EvaluatorFeePaid");
      await expect(response).not.to.emit(escrow, "ReferrerFeePaid");
      await expect(response).to.emit(escrow, "PaymentReleased").withArgs(jobId, provider.address, 9n);
      expect(referrer.address).to.equal((await escrow.getJob(jobId)).referrer);
    });

    it("does not count fees that stay with the parties as having gone to third ones", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, agents } = market;
      for (const [salt, referrer] of [client.address, provider.address].entries()) {
        const { jobId } = await hiredAndSubmitted(market, {
          offer: {
            evaluator: client.address,
            evaluatorFeeBps: 1_000,
            referrer,
            referrerFeeBps: 1_000,
            salt: BigInt(salt),
          },
        });
        await expect(escrow.connect(client).complete(jobId, REASON, "0x"))
          .to.emit(escrow, "ReferrerFeePaid")
          .withArgs(jobId, referrer, PRICE / 10n);
      }
      expect((await factsOf(market, agents.provider, ROLE.Provider)).fees).to.equal(0n);
    });

    it("pays and records nothing for work without payment", async () => {
      const { market, escrow, ledger, stable, provider, evaluator } = await submitted();
      const jobId = await createJob(market, { providerAgentId: 2n });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      const response = escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).to.emit(escrow, "JobCompleted").withArgs(jobId, evaluator.address, REASON);
      await expect(response).not.to.emit(escrow, "PaymentReleased");
      await expect(response).not.to.emit(ledger, "SettlementRecorded");
      await expect(response).to.changeTokenBalances(stable, [escrow, provider], [0n, 0n]);
    });

    it("pays one job with that job's money only", async () => {
      const { market, escrow, stable, evaluator, jobId } = await submitted();
      await fundedJob(market);
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect(await stable.balanceOf(escrow)).to.equal(PRICE);
    });

    it("lets a client judge that is its own evaluator", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, stable } = market;
      const jobId = await submittedJob(market, { evaluator: client });
      await expect(escrow.connect(client).complete(jobId, ethers.ZeroHash, "0x")).to.changeTokenBalance(
        stable,
        provider,
        PRICE,
      );
    });

    it("works in the last second before the job expires", async () => {
      const { market, escrow, evaluator, jobId } = await submitted();
      await atExpiry(market, jobId, -1);
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
    });

    it("reverts from the job's expiry on", async () => {
      const { market, escrow, evaluator, jobId } = await submitted();
      const { expiredAt } = await escrow.getJob(jobId);
      for (const offset of [0, 1]) {
        await atExpiry(market, jobId, offset);
        await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
          .withArgs(jobId, expiredAt);
      }
    });

    it("reverts when there is no such job", async () => {
      const { escrow, evaluator, jobId } = await submitted();
      await expect(escrow.connect(evaluator).complete(jobId + 1n, REASON, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
        .withArgs(jobId + 1n);
    });

    it("reverts when the sender is not the evaluator", async () => {
      const { escrow, client, provider, stranger, jobId } = await submitted();
      for (const sender of [client, provider, stranger]) {
        await expect(escrow.connect(sender).complete(jobId, REASON, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, sender.address);
      }
    });

    for (const state of ["Open", "Funded", "Completed", "Rejected", "Expired"] as const) {
      it(`reverts while ${state}`, async () => {
        const { market, escrow, evaluator } = await submitted();
        const jobId = await jobIn(market, state);
        await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_UnexpectedStatus")
          .withArgs(jobId, STATUS[state], ALLOWED.Submitted);
      });
    }

    it("records a side without an agent nowhere", async () => {
      const market = await marketFixture();
      const { escrow, ledger, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market, {
        offer: { providerAgentId: 0n },
        acceptance: acceptanceOf(market, { clientAgentId: 0n }),
      });
      await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x"))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), 0n, 0n, jobId, OUTCOME.Completed);
      expect((await factsOf(market, 0n, ROLE.Provider)).lastAt).to.equal(0n);
      expect((await factsOf(market, 0n, ROLE.Client)).lastAt).to.equal(0n);
    });
  });
});

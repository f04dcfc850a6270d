import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { AddressLike } from "ethers";

import {
  DELIVERABLE,
  PRICE,
  ROLE,
  STATUS,
  atExpiry,
  createJob,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  jobIn,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { fields } from "./support";

function rate(market: Market, author: HardhatEthersSigner, jobId: bigint, value = 0n, source?: AddressLike) {
  return market.ledger.connect(author).giveJobFeedback(source ?? market.escrow, jobId, value, "", "", "", "", ZeroHash);
}

async function completed(market: Market, offer: Parameters<typeof hiredAndSubmitted>[1] = {}) {
  const { jobId } = await hiredAndSubmitted(market, offer);
  await market.escrow.connect(market.evaluator).complete(jobId, ZeroHash, "0x");
  return jobId;
}

describe("Attacks on feedback", () => {
  describe("citing a job that gives no right", () => {
    it("that never was", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client } = market;
      expect((await escrow.settledJob(77n)).eligible).to.equal(false);
      await expect(rate(market, client, 77n))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
        .withArgs(await escrow.getAddress(), 77n);
    });

    for (const state of ["Open", "Funded", "Submitted"] as const) {
      it(`that is ${state}`, async () => {
        const market = await marketFixture();
        const { escrow, ledger, client } = market;
        const jobId = await jobIn(market, state, { providerAgentId: market.agents.provider });
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS[state]);
        await expect(rate(market, client, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
          .withArgs(await escrow.getAddress(), jobId);
      });
    }

    it("that ended before anything was submitted: missed, declined, or rejected", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, provider, evaluator } = market;
      const salted = (n: number) => ({ offer: { capacity: 9 }, acceptance: { salt: ethers.toBeHex(n, 32) } });
      const jobs = [
        await hireJob(market, salted(1)),
        await hireJob(market, salted(2)),
        await hireJob(market, salted(3)),
      ];
      const [missed, declined, rejected] = jobs.map(({ jobId }) => jobId) as [bigint, bigint, bigint];
      await escrow.connect(provider).decline(declined, ZeroHash);
      await escrow.connect(evaluator).reject(rejected, ZeroHash, "0x");
      await atExpiry(market, missed, 10);
      await escrow.claimRefund(missed);
      for (const jobId of [missed, declined, rejected]) {
        await expect(rate(market, client, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
          .withArgs(await escrow.getAddress(), jobId);
      }
    });

    it("that was done for nothing", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, provider, evaluator } = market;
      const jobId = await createJob(market, { providerAgentId: market.agents.provider });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      await expect(rate(market, client, jobId))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
        .withArgs(await escrow.getAddress(), jobId);
    });

    it("by naming an account without code as its escrow", async () => {
      const market = await marketFixture();
      const { client, stranger } = market;
      await expect(rate(market, client, 1n, 0n, stranger)).to.be.revertedWithoutReason();
    });
  });

  describe("rating without having taken part", () => {
    it("by the evaluator, the referrer and strangers", async () => {
      const market = await marketFixture();
      const { escrow, ledger, evaluator, referrer, stranger } = market;
      const jobId = await completed(market, { offer: { referrer: referrer.address } });
      for (const author of [evaluator, referrer, stranger]) {
        await expect(rate(market, author, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_NotAParty")
          .withArgs(await escrow.getAddress(), jobId, author.address);
      }
    });

    it("by whoever bought one side's identity since", async () => {
      const market = await marketFixture();
      const { escrow, ledger, registry, client, stranger } = market;
      const jobId = await completed(market);
      await registry.connect(client).transferFrom(client, stranger, market.agents.client);
      await expect(rate(market, stranger, jobId))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_NotAParty")
        .withArgs(await escrow.getAddress(), jobId, stranger.address);
    });

    it("of a side that took part without an identity", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, provider } = market;
      const jobId = await completed(market, {
        offer: { providerAgentId: 0n },
        acceptance: { clientAgentId: 0n },
      });
      for (const author of [client, provider]) {
        await expect(rate(market, author, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_CounterpartyHasNoAgent")
          .withArgs(await escrow.getAddress(), jobId);
      }
    });
  });

  describe("rating more than once", () => {
    it("again, also after revoking the first", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client } = market;
      const jobId = await completed(market);
      await rate(market, client, jobId);
      const refused = async () =>
        expect(rate(market, client, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_FeedbackAlreadyGiven")
          .withArgs(await escrow.getAddress(), jobId, client.address);
      await refused();
      await ledger.connect(client).revokeFeedback(market.agents.provider, 1n);
      await refused();
    });

    it("one side's entry does not use up the other's, and lands on the other agent", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, provider } = market;
      const jobId = await completed(market);
      await rate(market, client, jobId, 100n);
      expect(await ledger.feedbackGiven(escrow, jobId, ROLE.Provider)).to.equal(false);
      await rate(market, provider, jobId, 1n);
      expect((await ledger.readFeedback(market.agents.provider, client, 1n)).value).to.equal(100n);
      expect((await ledger.readFeedback(market.agents.client, provider, 1n)).value).to.equal(1n);
    });

    it("with more weight than one entry may have", async () => {
      const market = await marketFixture();
      const { ledger, client } = market;
      const jobId = await completed(market);
      for (const value of [-1n, 101n, 2n ** 127n - 1n, -(2n ** 127n)]) {
        await expect(rate(market, client, jobId, value))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_ValueOutOfRange")
          .withArgs(value);
      }
    });
  });

  describe("passing free talk off as paid-for words", () => {
    it("plain feedback carries no mark", async () => {
      const market = await marketFixture();
      const { ledger, client } = market;
      await completed(market);
      await ledger.connect(client).giveFeedback(market.agents.provider, 0n, 0, "", "", "", "", ZeroHash);
      const mark = await ledger.jobMarkOf(market.agents.provider, client, 1n);
      expect(mark.source).to.equal(ZeroAddress);
      expect(mark.jobId).to.equal(0n);
    });

    it("an invented escrow is named in the mark, and uses up nobody's right under the true one", async () => {
      const market = await marketFixture();
      const { escrow, ledger, stable, client, stranger } = market;
      const jobId = await completed(market);
      const fake = await ethers.deployContract("FakeEscrow");
      await fake.setSettledJob(jobId, true, {
        client: stranger.address,
        clientAgentId: 0n,
        clientEpoch: 0n,
        provider: market.provider.address,
        providerAgentId: market.agents.provider,
        providerEpoch: 0n,
        token: await stable.getAddress(),
        amount: 2n ** 96n - 1n,
        evaluatorFeeBps: 0n,
      });
      await rate(market, stranger, jobId, 0n, fake);
      const mark = await ledger.jobMarkOf(market.agents.provider, stranger, 1n);
      expect(mark.source).to.equal(await fake.getAddress());
      expect(await ledger.feedbackGiven(escrow, jobId, ROLE.Client)).to.equal(false);
      await rate(market, client, jobId, 100n);
      expect(fields(await ledger.jobMarkOf(market.agents.provider, client, 1n))).to.deep.equal({
        source: await escrow.getAddress(),
        epoch: 0n,
        authorRole: ROLE.Client,
        token: await stable.getAddress(),
        amount: PRICE,
        jobId,
      });
    });

    it("an amount too large for the mark is refused, not cut down", async () => {
      const market = await marketFixture();
      const { ledger, stable, stranger } = market;
      const fake = await ethers.deployContract("FakeEscrow");
      await fake.setSettledJob(1n, true, {
        client: stranger.address,
        clientAgentId: 0n,
        clientEpoch: 0n,
        provider: market.provider.address,
        providerAgentId: market.agents.provider,
        providerEpoch: 0n,
        token: await stable.getAddress(),
        amount: 2n ** 96n,
        evaluatorFeeBps: 0n,
      });
      await expect(rate(market, stranger, 1n, 0n, fake))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(96, 2n ** 96n);
    });
  });

  describe("rating oneself and silencing others", () => {
    it("the owner, its operators and its wallet may not rate their agent", async () => {
      const market = await marketFixture();
      const { ledger, registry, provider, stranger } = market;
      await registry.connect(provider).setApprovalForAll(stranger, true);
      for (const author of [provider, stranger]) {
        await expect(ledger.connect(author).giveFeedback(market.agents.provider, 100n, 0, "", "", "", "", ZeroHash))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
          .withArgs(market.agents.provider, author.address);
      }
    });

    it("a client that bought the agent since may not rate what is now its own", async () => {
      const market = await marketFixture();
      const { ledger, registry, client, provider } = market;
      const jobId = await completed(market);
      await registry.connect(provider).transferFrom(provider, client, market.agents.provider);
      await expect(rate(market, client, jobId))
        .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
        .withArgs(market.agents.provider, client.address);
    });

    it("making the client an operator does not take away the right that it earned", async () => {
      const market = await marketFixture();
      const { ledger, registry, client, provider } = market;
      const jobId = await completed(market);
      await registry.connect(provider).setApprovalForAll(client, true);
      await registry.connect(provider).approve(client, market.agents.provider);
      await rate(market, client, jobId);
      expect((await ledger.readFeedback(market.agents.provider, client, 1n)).value).to.equal(0n);
    });

    it("forcing the identity upon the client does not either: it can pass it on and speak", async () => {
      const market = await marketFixture();
      const { ledger, registry, client, provider, stranger } = market;
      const jobId = await completed(market);
      await registry.connect(provider).transferFrom(provider, client, market.agents.provider);
      await registry.connect(client).transferFrom(client, stranger, market.agents.provider);
      await rate(market, client, jobId);
      expect((await ledger.jobMarkOf(market.agents.provider, client, 1n)).epoch).to.equal(0n);
    });

    it("selling the identity leaves words about the seller's work with the seller's epoch", async () => {
      const market = await marketFixture();
      const { ledger, registry, client, provider, stranger } = market;
      const jobId = await completed(market);
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      await rate(market, client, jobId);
      expect(await registry.ownershipEpoch(market.agents.provider)).to.equal(1n);
      expect((await ledger.jobMarkOf(market.agents.provider, client, 1n)).epoch).to.equal(0n);
    });

    it("a job whose parties disagree about money still lets both speak", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, provider } = market;
      const jobId = await fundedJob(market, { providerAgentId: market.agents.provider });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await atExpiry(market, jobId);
      await escrow.claimRefund(jobId);
      await rate(market, client, jobId);
      expect(await ledger.feedbackGiven(escrow, jobId, ROLE.Client)).to.equal(true);
    });
  });
});

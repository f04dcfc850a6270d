import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { AddressLike } from "ethers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { setAgentWallet } from "../../fixtures/agentRegistry";
import { PRICE, REASON, ROLE, hiredAndSubmitted, relay } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import { fakeEscrow } from "../../fixtures/settlements";

const HASH = ethers.id("file");

async function deployed() {
  const market = await marketFixture();
  const { ledger } = market;
  const { source, job } = await fakeEscrow(market);
  const give = (by: HardhatEthersSigner, value = 90n, from: AddressLike = source, jobId = 1n) =>
    ledger.connect(by).giveJobFeedback(from, jobId, value, "quality", "", "https://a.example", "ipfs://cid", HASH);
  return { ...market, market, source, job, give };
}

describe("ReputationLedger", () => {
  describe("giveJobFeedback", () => {
    it("lets the client rate the provider's agent, with a mark that says what it was paid for", async () => {
      const { ledger, source, stable, client, agents, give } = await deployed();
      const response = give(client);
      await expect(response)
        .to.emit(ledger, "JobFeedbackGiven")
        .withArgs(agents.provider, client.address, 1n, await source.getAddress(), 1n, ROLE.Client);
      await expect(response).to.emit(ledger, "NewFeedback");
      expect(await ledger.readFeedback(agents.provider, client, 1n)).to.deep.equal([90n, 0n, "quality", "", false]);
      expect([...(await ledger.jobMarkOf(agents.provider, client, 1n))]).to.deep.equal([
        await source.getAddress(),
        5n,
        ROLE.Client,
        await stable.getAddress(),
        PRICE,
        1n,
      ]);
    });

    it("lets the provider rate the client's agent", async () => {
      const { ledger, source, provider, agents, give } = await deployed();
      await expect(give(provider))
        .to.emit(ledger, "JobFeedbackGiven")
        .withArgs(agents.client, provider.address, 1n, await source.getAddress(), 1n, ROLE.Provider);
      const mark = await ledger.jobMarkOf(agents.client, provider, 1n);
      expect([mark.epoch, mark.authorRole]).to.deep.equal([3n, ROLE.Provider]);
    });

    it("answers with the entry's number among the author's on that agent", async () => {
      const { ledger, source, client, agents, give } = await deployed();
      await ledger.connect(client).giveFeedback(agents.provider, 1n, 0n, "", "", "", "", ethers.ZeroHash);
      const args = [source, 1n, 90n, "", "", "", "", ethers.ZeroHash] as const;
      expect(await ledger.connect(client).giveJobFeedback.staticCall(...args)).to.equal(2n);
      await give(client);
      // Free talk has no mark.
      expect((await ledger.jobMarkOf(agents.provider, client, 1n)).source).to.equal(ethers.ZeroAddress);
      expect((await ledger.jobMarkOf(agents.provider, client, 2n)).source).to.equal(await source.getAddress());
    });

    it("is given once per side", async () => {
      const { ledger, source, client, provider, give } = await deployed();
      const given = async () => [
        await ledger.feedbackGiven(source, 1n, ROLE.Provider),
        await ledger.feedbackGiven(source, 1n, ROLE.Client),
      ];
      expect(await given()).to.deep.equal([false, false]);
      await give(client);
      expect(await given()).to.deep.equal([false, true]);
      await give(provider);
      expect(await given()).to.deep.equal([true, true]);
      for (const author of [client, provider]) {
        await expect(give(author))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_FeedbackAlreadyGiven")
          .withArgs(await source.getAddress(), 1n, author.address);
      }
    });

    it("is given once per side though it was revoked", async () => {
      const { ledger, source, client, agents, give } = await deployed();
      await give(client);
      await ledger.connect(client).revokeFeedback(agents.provider, 1n);
      await expect(give(client))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_FeedbackAlreadyGiven")
        .withArgs(await source.getAddress(), 1n, client.address);
    });

    it("is given for each job and each source", async () => {
      const { market, ledger, source, job, client, agents, give } = await deployed();
      await source.setSettledJob(2n, true, job);
      const other = await fakeEscrow(market);
      await give(client);
      await give(client, 80n, source, 2n);
      await give(client, 70n, other.source);
      expect(await ledger.getLastIndex(agents.provider, client)).to.equal(3n);
    });

    it("takes whole numbers from 0 to 100", async () => {
      const { ledger, source, job, client, give } = await deployed();
      for (const [i, value] of [0n, 1n, 99n, 100n].entries()) {
        await source.setSettledJob(i + 10, true, job);
        await give(client, value, source, BigInt(i + 10));
      }
      for (const value of [-1n, 101n, -(2n ** 127n), 2n ** 127n - 1n]) {
        await expect(give(client, value))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_ValueOutOfRange")
          .withArgs(value);
      }
    });

    it("reverts when the source says that the job gives no right to it", async () => {
      const { ledger, source, job, client, give } = await deployed();
      await source.setSettledJob(2n, false, job);
      for (const jobId of [2n, 3n]) {
        await expect(give(client, 90n, source, jobId))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
          .withArgs(await source.getAddress(), jobId);
      }
    });

    it("reverts when the source is no contract, or none that answers", async () => {
      const { stranger, client, stable, give } = await deployed();
      for (const nobody of [stranger, stable]) {
        await expect(give(client, 90n, nobody)).to.be.revertedWithoutReason();
      }
    });

    it("reverts for anyone but the two sides", async () => {
      const { ledger, source, evaluator, stranger, give } = await deployed();
      for (const author of [evaluator, stranger]) {
        await expect(give(author))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_NotAParty")
          .withArgs(await source.getAddress(), 1n, author.address);
      }
    });

    it("reverts when the other side has no agent, and leaves the right unused", async () => {
      const { ledger, source, job, client, provider, give } = await deployed();
      await source.setSettledJob(1n, true, { ...job, providerAgentId: 0n, clientAgentId: 0n });
      for (const author of [client, provider]) {
        await expect(give(author))
          .to.be.revertedWithCustomError(ledger, "ReputationLedger_CounterpartyHasNoAgent")
          .withArgs(await source.getAddress(), 1n);
      }
      await source.setSettledJob(1n, true, job);
      await give(client);
    });

    it("reverts when the source tells of more than 2^96 - 1 base units", async () => {
      const { ledger, source, job, client, give } = await deployed();
      await source.setSettledJob(1n, true, { ...job, amount: 2n ** 96n });
      await expect(give(client))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(96n, 2n ** 96n);
      await source.setSettledJob(1n, true, { ...job, amount: 2n ** 96n - 1n });
      await give(client);
    });

    describe("on one's own agent", () => {
      it("reverts for its owner and for its wallet", async () => {
        const { ledger, registry, source, job, client, provider, agents, give } = await deployed();
        await source.setSettledJob(2n, true, { ...job, providerAgentId: agents.client });
        await expect(give(client, 90n, source, 2n))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
          .withArgs(agents.client, client.address);
        await setAgentWallet(registry, provider, client, agents.provider);
        await expect(give(client))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
          .withArgs(agents.provider, client.address);
      });

      it("cannot be made of the other side's, by approving it against its will", async () => {
        const { ledger, registry, client, provider, agents, give } = await deployed();
        await registry.connect(provider).setApprovalForAll(client, true);
        await registry.connect(provider).approve(client, agents.provider);
        await expect(ledger.connect(client).giveFeedback(agents.provider, 1n, 0n, "", "", "", "", ethers.ZeroHash))
          .to.be.revertedWithCustomError(ledger, "FeedbackRegistry_SelfFeedback")
          .withArgs(agents.provider, client.address);
        await give(client);
        expect(await ledger.getLastIndex(agents.provider, client)).to.equal(1n);
      });
    });

    it("works without gas", async () => {
      const { market, ledger, source, client, agents } = await deployed();
      const data = ledger.interface.encodeFunctionData("giveJobFeedback", [
        await source.getAddress(),
        1n,
        90n,
        "",
        "",
        "",
        "",
        ethers.ZeroHash,
      ]);
      await relay(market, client, ledger, data);
      expect(await ledger.getClients(agents.provider)).to.deep.equal([client.address]);
    });

    it("comes with every job that the escrow settled after work was submitted", async () => {
      const { market, ledger, escrow, evaluator, client, provider, agents, give } = await deployed();
      const { jobId } = await hiredAndSubmitted(market);
      await expect(give(client, 10n, escrow, jobId))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_JobNotEligible")
        .withArgs(await escrow.getAddress(), jobId);
      await escrow.connect(evaluator).reject(jobId, REASON, "0x");
      await give(client, 10n, escrow, jobId);
      await give(provider, 20n, escrow, jobId);
      expect((await ledger.jobMarkOf(agents.client, provider, 1n)).jobId).to.equal(jobId);
    });

    it("can be several things in one transaction", async () => {
      const { ledger, source, job, client, agents } = await deployed();
      await source.setSettledJob(2n, true, job);
      const address = await source.getAddress();
      const call = (jobId: bigint) =>
        ledger.interface.encodeFunctionData("giveJobFeedback", [address, jobId, 1n, "", "", "", "", HASH]);
      await ledger.connect(client).multicall([call(1n), call(2n)]);
      expect(await ledger.getLastIndex(agents.provider, client)).to.equal(2n);
    });
  });
});

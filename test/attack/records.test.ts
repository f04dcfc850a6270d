import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import {
  DELIVERABLE,
  DISPUTE,
  FUNDING,
  OUTCOME,
  PRICE,
  ROLE,
  atExpiry,
  createJob,
  encodeFunding,
  factsOf,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  prepareHire,
  pricedJob,
} from "../fixtures/jobs";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { fields, withLedger } from "./support";

/** What the ledger says of an agent that it has never heard of. */
async function blank(market: Market) {
  return market.ledger.settlementsOf(market.escrow, market.stable, 999n, 0n, ROLE.Provider);
}

async function expectNoRecord(market: Market, agentId: bigint, epoch = 0n) {
  for (const role of [ROLE.Provider, ROLE.Client]) {
    expect(await factsOf(market, agentId, role, epoch)).to.deep.equal(await blank(market));
  }
}

/** A settlement between the market's agents, as an escrow would report it. */
async function settlement(market: Market, overrides: Record<string, unknown> = {}) {
  return {
    jobId: 1n,
    token: await market.stable.getAddress(),
    client: market.client.address,
    clientAgentId: market.agents.client,
    clientEpoch: 0n,
    provider: market.provider.address,
    providerAgentId: market.agents.provider,
    providerEpoch: 0n,
    outcome: OUTCOME.Rejected,
    dispute: DISPUTE.ClientWon,
    paid: 0n,
    refunded: PRICE,
    fees: 0n,
    ...overrides,
  };
}

describe("Attacks on records", () => {
  describe("ruining a provider's record by jobs that it never agreed to", () => {
    it("a deposit, a wait, and a missed deadline", async () => {
      const market = await marketFixture();
      const jobId = await fundedJob(market, { providerAgentId: market.agents.provider });
      await atExpiry(market, jobId);
      await market.escrow.claimRefund(jobId);
      await expectNoRecord(market, market.agents.provider);
    });

    it("a deposit and a rejection, by a client that is the evaluator", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const jobId = await fundedJob(market, { evaluator: client, providerAgentId: market.agents.provider });
      await escrow.connect(client).reject(jobId, ZeroHash, "0x");
      await expectNoRecord(market, market.agents.provider);
    });

    it("a job that it gives back", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const jobId = await fundedJob(market, { providerAgentId: market.agents.provider });
      await escrow.connect(provider).decline(jobId, ZeroHash);
      await expectNoRecord(market, market.agents.provider);
    });

    it("work that it did for nothing, and a rejection of it", async () => {
      const market = await marketFixture();
      const { escrow, client, provider } = market;
      const jobId = await createJob(market, { evaluator: client, providerAgentId: market.agents.provider });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      await escrow.connect(client).reject(jobId, ZeroHash, "0x");
      await expectNoRecord(market, market.agents.provider);
    });

    it("a job that it did sign, rejected before it could deliver", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const { jobId } = await hireJob(market);
      await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      expect(await factsOf(market, market.agents.provider, ROLE.Provider)).to.deep.equal(await blank(market));
      expect((await factsOf(market, market.agents.client, ROLE.Client)).rejected).to.equal(1n);
    });

    it("such rejections, to wear down what later jobs with the same client weigh", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      for (const salt of [1, 2, 3]) {
        const { jobId } = await hireJob(market, {
          offer: { capacity: 9 },
          acceptance: { salt: ethers.toBeHex(salt, 32) },
        });
        await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      }
      const { jobId } = await hiredAndSubmitted(market, { offer: { capacity: 9 } });
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      const facts = await factsOf(market, market.agents.provider, ROLE.Provider);
      expect(facts.weight).to.equal(await market.ledger.WEIGHT_UNIT());
      expect(facts.counterparties).to.equal(1n);
    });
  });

  describe("escaping what was earned", () => {
    it("declining after the deadline does not make a missed one neutral", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const { jobId } = await hireJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId);
      await expect(escrow.connect(provider).decline(jobId, ZeroHash))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
        .withArgs(jobId, expiredAt);
      await escrow.claimRefund(jobId);
      expect((await factsOf(market, market.agents.provider, ROLE.Provider)).undelivered).to.equal(1n);
    });

    it("a friendly evaluator rejecting after the deadline does not either", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const { jobId } = await hireJob(market);
      const { expiredAt } = await escrow.getJob(jobId);
      await atExpiry(market, jobId);
      await expect(escrow.connect(evaluator).reject(jobId, ZeroHash, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_DeadlinePassed")
        .withArgs(jobId, expiredAt);
    });

    it("selling the identity in the middle of a job leaves its end with the seller's epoch", async () => {
      const market = await marketFixture();
      const { escrow, registry, provider, stranger, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      expect((await factsOf(market, market.agents.provider, ROLE.Provider, 0n)).rejected).to.equal(1n);
      await expectNoRecord(market, market.agents.provider, 1n);
    });

    it("the client's side stays with its epoch, too", async () => {
      const market = await marketFixture();
      const { escrow, registry, client, stranger, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await registry.connect(client).transferFrom(client, stranger, market.agents.client);
      await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      expect((await factsOf(market, market.agents.client, ROLE.Client, 0n)).rejected).to.equal(1n);
      await expectNoRecord(market, market.agents.client, 1n);
    });

    it("selling and buying back does not shed it, but begins another epoch", async () => {
      const market = await marketFixture();
      const { escrow, registry, provider, stranger, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      await registry.connect(stranger).transferFrom(stranger, provider, market.agents.provider);
      await escrow.connect(evaluator).reject(jobId, ZeroHash, "0x");
      expect((await factsOf(market, market.agents.provider, ROLE.Provider, 0n)).rejected).to.equal(1n);
      await expectNoRecord(market, market.agents.provider, 2n);
    });
  });

  describe("planting a record on what one sells or has sold", () => {
    it("an offer signed before the sale hires nobody after it", async () => {
      const market = await marketFixture();
      const { escrow, registry, provider, stranger } = market;
      const { send } = await prepareHire(market);
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(market.agents.provider, provider.address);
    });

    it("a priced job of the kernel is not funded after it, nor free work submitted", async () => {
      const market = await marketFixture();
      const { escrow, registry, client, provider, stranger } = market;
      const priced = await pricedJob(market, { providerAgentId: market.agents.provider });
      const free = await createJob(market, { providerAgentId: market.agents.provider });
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      const args = [market.agents.provider, provider.address] as const;
      await expect(escrow.connect(client).fund(priced, PRICE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(...args);
      await expect(escrow.connect(provider).submit(free, DELIVERABLE, "0x"))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(...args);
    });

    it("the seller's wallet and operators speak for the agent no more", async () => {
      const market = await marketFixture();
      const { escrow, registry, provider, provider2, stranger } = market;
      await registry.connect(provider).setApprovalForAll(provider2, true);
      await registry.connect(provider).transferFrom(provider, stranger, market.agents.provider);
      const { send } = await prepareHire(market, { offer: { provider: provider2.address }, signer: provider2 });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(market.agents.provider, provider2.address);
    });
  });

  describe("working or hiring under another's identity", () => {
    it("an offer that names a victim's agent", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const { send } = await prepareHire(market, { offer: { providerAgentId: market.agents.provider2 } });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(market.agents.provider2, provider.address);
    });

    it("an acceptance that names a victim's agent", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const { send } = await prepareHire(market, { acceptance: { clientAgentId: market.agents.client2 } });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(market.agents.client2, client.address);
    });

    it("an agent that does not exist, or none that fits its slot", async () => {
      const market = await marketFixture();
      const { escrow, client, provider } = market;
      const { send } = await prepareHire(market, { offer: { providerAgentId: 999n } });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AgentNotAuthorised")
        .withArgs(999n, provider.address);
      // One that would be a victim's if its upper bits were cut off.
      const wide = 2n ** 40n + market.agents.provider;
      const overflow = (attempt: Promise<unknown>) =>
        expect(attempt).to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast").withArgs(40, wide);
      await overflow(createJob(market, { providerAgentId: wide }));
      await overflow(hireJob(market, { offer: { providerAgentId: wide } }));
      await overflow(hireJob(market, { acceptance: { clientAgentId: wide } }));
      const jobId = await createJob(market, { provider: ZeroAddress });
      await overflow(escrow.connect(client).setProvider(jobId, provider, wide));
    });

    it("the client's agent cannot be its own provider, through another of its accounts", async () => {
      const market = await marketFixture();
      const { escrow, registry, client, provider } = market;
      // The provider's key is an operator of the client's agent: two accounts, one agent.
      await registry.connect(client).approve(provider, market.agents.client);
      const { send } = await prepareHire(market, { offer: { providerAgentId: market.agents.client } });
      await expect(send()).to.be.revertedWithCustomError(escrow, "JobEscrow_SameAgent").withArgs(market.agents.client);
    });

    it("a name without a provider is forgotten, not kept for whoever comes", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const jobId = await createJob(market, { provider: ZeroAddress, providerAgentId: market.agents.provider });
      expect((await escrow.getJob(jobId)).providerAgentId).to.equal(0n);
    });

    it("a victim as client of a worthless job, by a token that asks for no signature", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, stranger } = market;
      const token = await ethers.deployContract("WorthlessToken", ["Worthless", "WRT", 6]);
      const { send, jobId } = await prepareHire(market, {
        sender: stranger,
        offer: { token: await token.getAddress() },
        acceptance: {
          funding: FUNDING.Authorization,
          fundingData: encodeFunding(0n, ethers.MaxUint256, `0x${"11".repeat(65)}`),
        },
      });
      await expect(send())
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(jobId, client.address);
      expect(await ledger.settlementsOf(escrow, token, market.agents.client, 0n, ROLE.Client)).to.deep.equal(
        await blank(market),
      );
    });
  });

  describe("writing to the ledger without an escrow", () => {
    it("goes under the writer's own name and alters nothing under another's", async () => {
      const market = await marketFixture();
      const { escrow, ledger, stable, evaluator, stranger } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      const before = [
        await factsOf(market, market.agents.provider, ROLE.Provider),
        await factsOf(market, market.agents.client, ROLE.Client),
      ];
      const fake = await ethers.deployContract("FakeEscrow");
      for (const outcome of Object.values(OUTCOME)) {
        const record = await settlement(market, { outcome, paid: PRICE, refunded: PRICE, fees: PRICE, jobId });
        await ledger.connect(stranger).recordSettlement(record);
        await fake.execute(ledger, ledger.interface.encodeFunctionData("recordSettlement", [record]));
      }
      expect([
        await factsOf(market, market.agents.provider, ROLE.Provider),
        await factsOf(market, market.agents.client, ROLE.Client),
      ]).to.deep.equal(before);
      expect(
        (await ledger.settlementsOf(fake, stable, market.agents.provider, 0n, ROLE.Provider)).disputesLost,
      ).to.equal(6n);
      // Nor do they count as meetings of the two under the true source.
      const again = await hiredAndSubmitted(market, { offer: { salt: 1n } });
      await escrow.connect(evaluator).complete(again.jobId, ZeroHash, "0x");
      expect((await factsOf(market, market.agents.provider, ROLE.Provider)).weight).to.equal(1_500_000n);
    });

    it("no forwarder can speak for an escrow, not even one that lies about who signed", async () => {
      const market = await marketFixture();
      const { ledger, escrow, forwarder, agents } = market;
      const report = ledger.interface.encodeFunctionData("recordSettlement", [await settlement(market)]);
      const liar = await ethers.getImpersonatedSigner(await forwarder.getAddress());
      await setBalance(liar.address, ethers.parseEther("1"));
      // ERC-2771: the last 20 bytes name the sender.
      await liar.sendTransaction({ to: ledger, data: ethers.concat([report, await escrow.getAddress()]) });
      await expectNoRecord(market, agents.provider);
    });

    it("numbers as large as can be saturate, and never spill over into the next", async () => {
      const market = await marketFixture();
      const { ledger, stable } = market;
      const fake = await ethers.deployContract("FakeEscrow");
      const most = ethers.MaxUint256;
      for (const outcome of [OUTCOME.Completed, OUTCOME.Partial, OUTCOME.Completed]) {
        const record = await settlement(market, { outcome, paid: most, refunded: most, fees: most, dispute: 0n });
        await fake.execute(ledger, ledger.interface.encodeFunctionData("recordSettlement", [record]));
      }
      const facts = await ledger.settlementsOf(fake, stable, market.agents.provider, 0n, ROLE.Provider);
      const { timestamp } = (await ethers.provider.getBlock("latest"))!;
      expect(fields(facts)).to.deep.equal({
        volumePaid: 2n ** 128n - 1n,
        weight: 1_000_000n + 500_000n + 333_333n,
        completed: 2n,
        counterparties: 1n,
        fees: 2n ** 96n - 1n,
        firstAt: BigInt(timestamp - 2),
        lastAt: BigInt(timestamp),
        rejected: 0n,
        undelivered: 0n,
        volumeRefunded: 2n ** 96n - 1n,
        partiallyCompleted: 1n,
        unjudged: 0n,
        declined: 0n,
        disputesWon: 0n,
        disputesLost: 0n,
      });
    });

    it("a wide epoch is not cut down to a victim's", async () => {
      const market = await marketFixture();
      const { ledger, stable } = market;
      const fake = await ethers.deployContract("FakeEscrow");
      const record = await settlement(market, { providerEpoch: 2n ** 32n, clientEpoch: 2n ** 32n });
      await fake.execute(ledger, ledger.interface.encodeFunctionData("recordSettlement", [record]));
      expect(await ledger.settlementsOf(fake, stable, market.agents.provider, 0n, ROLE.Provider)).to.deep.equal(
        await blank(market),
      );
    });

    it("the escrow cannot be made to write by naming the ledger as hook, token or evaluator", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client } = market;
      const token = await ledger.getAddress();
      await expect(createJob(market, { hook: ledger }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
        .withArgs(1n, token, escrow.interface.getFunction("createJob").selector);
      const priced = await pricedJob(market, { token: ledger });
      await expect(escrow.connect(client).fund(priced, PRICE, "0x")).to.be.revertedWithoutReason();
      const funded = await fundedJob(market, { evaluator: ledger });
      await atExpiry(market, funded);
      await expect(escrow.claimRefund(funded)).to.emit(ledger, "SettlementRecorded");
    });
  });

  describe("a postponed record", () => {
    async function postponed() {
      const market = await marketFixture();
      const double = await ethers.deployContract("RevertingLedger");
      await double.setAnswer(
        ethers.id("getIdentityRegistry()").slice(0, 10),
        ethers.AbiCoder.defaultAbiCoder().encode(["address"], [await market.registry.getAddress()]),
      );
      const other = await withLedger(market, double);
      const { jobId } = await hireJob(other);
      await atExpiry(other, jobId);
      await other.escrow.claimRefund(jobId);
      const [event] = await other.escrow.queryFilter(other.escrow.filters.RecordPostponed(jobId));
      return { ...other, double, jobId, record: event!.args.record };
    }

    it("cannot be replaced by other bytes", async () => {
      const market = await postponed();
      const { escrow, ledger, double, jobId, stranger } = market;
      await double.setDefaultMode(0);
      const forged = ledger.interface.encodeFunctionData("recordSettlement", [await settlement(market, { jobId })]);
      for (const bytes of [forged, "0x"]) {
        await expect(escrow.connect(stranger).recordSettlement(jobId, bytes))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
          .withArgs(jobId, ethers.keccak256(bytes));
      }
      expect(await double.callCount()).to.equal(0n);
    });

    it("cannot be written under another job, nor twice", async () => {
      const { escrow, double, jobId, record, stranger } = await postponed();
      await double.setDefaultMode(0);
      const hash = ethers.keccak256(record);
      await expect(escrow.connect(stranger).recordSettlement(jobId + 1n, record))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
        .withArgs(jobId + 1n, hash);
      await escrow.connect(stranger).recordSettlement(jobId, record);
      expect(await double.lastCallHash()).to.equal(hash);
      await expect(escrow.connect(stranger).recordSettlement(jobId, record))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
        .withArgs(jobId, hash);
      expect(await double.callCount()).to.equal(1n);
    });

    it("is not lost by an attempt that fails", async () => {
      const { escrow, double, jobId, record, stranger } = await postponed();
      const misbehave = await ethers.getContractFactory("Misbehave");
      await expect(escrow.connect(stranger).recordSettlement(jobId, record)).to.be.revertedWithCustomError(
        misbehave,
        "Misbehave_Refused",
      );
      expect((await escrow.getJob(jobId)).recordPending).to.equal(true);
      await double.setDefaultMode(0);
      await escrow.connect(stranger).recordSettlement(jobId, record);
      expect((await escrow.getJob(jobId)).recordPending).to.equal(false);
    });

    it("cannot be written for a job that was recorded", async () => {
      const market = await marketFixture();
      const { escrow, ledger, evaluator, stranger } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      const record = ledger.interface.encodeFunctionData("recordSettlement", [
        await settlement(market, { jobId, outcome: OUTCOME.Completed, dispute: 0n, paid: PRICE, refunded: 0n }),
      ]);
      await expect(escrow.connect(stranger).recordSettlement(jobId, record))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
        .withArgs(jobId, ethers.keccak256(record));
    });
  });
});

import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { OUTCOME, PRICE, REASON, ROLE, STATUS, factsOf, hiredAndSubmitted, jobFields } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

/** A job that ended while the ledger refused every call, and the record that its event carried. */
async function postponed() {
  const market = await marketFixture();
  const { escrow, ledger, evaluator } = market;
  const { jobId } = await hiredAndSubmitted(market);
  const ledgerCode = await ethers.provider.getCode(ledger);
  const refusing = await ethers.deployContract("RevertingReceiver");
  await setCode(await ledger.getAddress(), await ethers.provider.getCode(refusing));
  const response = await escrow.connect(evaluator).complete(jobId, REASON, "0x");
  const [event] = await escrow.queryFilter(escrow.filters.RecordPostponed(), response.blockNumber!);
  const restoreLedger = async () => setCode(await ledger.getAddress(), ledgerCode);
  return { ...market, market, jobId, response, record: event!.args.record, refusing, restoreLedger };
}

describe("JobEscrow", () => {
  describe("recordSettlement", () => {
    it("is left to do when the ledger fails, and the job is paid all the same", async () => {
      const { market, escrow, ledger, stable, client, provider, agents, jobId, response, record } = await postponed();
      const settlement = {
        jobId,
        token: await stable.getAddress(),
        client: client.address,
        clientAgentId: agents.client,
        clientEpoch: 0n,
        provider: provider.address,
        providerAgentId: agents.provider,
        providerEpoch: 0n,
        outcome: OUTCOME.Completed,
        dispute: 0n,
        paid: PRICE,
        refunded: 0n,
        fees: 0n,
      };
      expect(record).to.equal(ledger.interface.encodeFunctionData("recordSettlement", [settlement]));
      await expect(response).to.emit(escrow, "RecordPostponed").withArgs(jobId, record);
      await expect(response).to.changeTokenBalance(stable, provider, PRICE);
      const job = await jobFields(market, jobId);
      expect([job.status, job.recordPending]).to.deep.equal([STATUS.Completed, true]);
    });

    it("lets anyone write it later, once", async () => {
      const { market, escrow, ledger, agents, stranger, jobId, record, restoreLedger } = await postponed();
      await restoreLedger();
      await expect(escrow.connect(stranger).recordSettlement(jobId, record))
        .to.emit(ledger, "SettlementRecorded")
        .withArgs(await escrow.getAddress(), agents.provider, agents.client, jobId, OUTCOME.Completed);
      expect((await factsOf(market, agents.provider, ROLE.Provider)).completed).to.equal(1n);
      expect((await escrow.getJob(jobId)).recordPending).to.equal(false);
      await expect(escrow.connect(stranger).recordSettlement(jobId, record))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
        .withArgs(jobId, ethers.keccak256(record));
      expect((await factsOf(market, agents.provider, ROLE.Provider)).completed).to.equal(1n);
    });

    it("stays pending while the ledger still fails, whose error it passes on", async () => {
      const { escrow, ledger, refusing, stranger, jobId, record } = await postponed();
      await expect(escrow.connect(stranger).recordSettlement(jobId, record))
        .to.be.revertedWithCustomError(refusing, "RevertingReceiver_Refused")
        .withArgs(ledger.interface.getFunction("recordSettlement").selector);
      expect((await escrow.getJob(jobId)).recordPending).to.equal(true);
    });

    it("reverts for any other record, and for the right record of another job", async () => {
      const { market, escrow, stranger, jobId, record, restoreLedger } = await postponed();
      await restoreLedger();
      const other = (await hiredAndSubmitted(market, { offer: { salt: 1n } })).jobId;
      for (const [id, bytes] of [
        [jobId, "0x"],
        [jobId, record.slice(0, -2) + "01"],
        [other, record],
      ] as const) {
        await expect(escrow.connect(stranger).recordSettlement(id, bytes))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
          .withArgs(id, ethers.keccak256(bytes));
      }
    });

    it("reverts for a job whose settlement was recorded at once", async () => {
      const { market, escrow, evaluator, record, restoreLedger } = await postponed();
      await restoreLedger();
      const { jobId } = await hiredAndSubmitted(market, { offer: { salt: 1n } });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect((await escrow.getJob(jobId)).recordPending).to.equal(false);
      await expect(escrow.recordSettlement(jobId, record))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_RecordNotPending")
        .withArgs(jobId, ethers.keccak256(record));
    });

    it("is left to do when the ledger burns all gas that it is given", async () => {
      const market = await marketFixture();
      const { escrow, ledger, evaluator } = market;
      const { jobId } = await hiredAndSubmitted(market);
      await setCode(await ledger.getAddress(), "0xfe"); // INVALID
      const response = await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      await expect(response).to.emit(escrow, "RecordPostponed");
      expect((await response.wait())!.gasUsed).to.be.lessThan(700_000n);
    });
  });
});

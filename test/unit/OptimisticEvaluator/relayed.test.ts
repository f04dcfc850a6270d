import { expect } from "chai";
import { ethers } from "hardhat";

import { BOND, PHASE, contested, courtroom, phaseOf, submitted } from "../../fixtures/evaluation";
import { MAX_UINT40, PRICE, STATUS, relay } from "../../fixtures/jobs";

describe("OptimisticEvaluator", () => {
  describe("relayed calls", () => {
    it("are their signer's, from the dispute to the credit", async () => {
      const court = await courtroom();
      const { judge, escrow, stable, client, provider } = court;
      const calls = judge.interface;
      const jobId = await submitted(court, { offer: { evaluatorFeeBps: 1_000 } });
      await relay(court, client, judge, calls.encodeFunctionData("dispute", [jobId]));
      await relay(court, provider, judge, calls.encodeFunctionData("contest", [jobId]));
      await relay(
        court,
        client,
        judge,
        calls.encodeFunctionData("submitEvidence", [jobId, "ipfs://file", ethers.id("")]),
      );
      await relay(court, client, judge, calls.encodeFunctionData("escalate", [jobId]));
      expect(await phaseOf(court, jobId)).to.equal(PHASE.Escalated);
      await relay(court, client, judge, calls.encodeFunctionData("offerSplit", [jobId, 50n, MAX_UINT40]));
      await relay(court, provider, judge, calls.encodeFunctionData("acceptSplit", [jobId, 50n]));
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Completed);
      const before = await stable.balanceOf(provider);
      await relay(court, provider, judge, calls.encodeFunctionData("withdraw", [provider.address]));
      await relay(
        court,
        provider,
        judge,
        calls.encodeFunctionData("withdrawFees", [await stable.getAddress(), provider.address]),
      );
      expect((await stable.balanceOf(provider)) - before).to.equal(BOND - 3_000_000n + PRICE / 20n);
    });

    it("accept and concede", async () => {
      const court = await courtroom();
      const { judge, escrow, client, provider } = court;
      const accepted = await submitted(court);
      await relay(court, client, judge, judge.interface.encodeFunctionData("accept", [accepted]));
      const conceded = await contested(court, { offer: { salt: 1n } });
      await relay(court, provider, judge, judge.interface.encodeFunctionData("concede", [conceded]));
      expect((await escrow.getJob(accepted)).status).to.equal(STATUS.Completed);
      expect((await escrow.getJob(conceded)).status).to.equal(STATUS.Rejected);
    });
  });
});

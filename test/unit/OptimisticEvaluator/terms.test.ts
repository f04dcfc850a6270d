import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import {
  ARBITRATION,
  BOND,
  ESCALATION,
  EXTRA_DATA,
  META_EVIDENCE,
  PENALTY_BPS,
  RESPONSE,
  REVIEW,
  courtroom,
} from "../../fixtures/evaluation";
import { DAY, MAX_EVALUATION, PRICE, hireJob } from "../../fixtures/jobs";

const deployBounded = (bound: number) => async () =>
  (await ethers.deployContract("BoundedArbitrator", [bound])).getAddress();

/** Only errors are wanted of it. */
const judgeFactory = () => ethers.getContractFactory("OptimisticEvaluator");

describe("OptimisticEvaluator", () => {
  describe("terms", () => {
    it("publishes them", async () => {
      const { judge, escrow, arbitrator, stable } = await courtroom({ terms: { smallJobShare: 40 } });
      expect(await judge.ESCROW()).to.equal(await escrow.getAddress());
      expect(await judge.ARBITRATOR()).to.equal(await arbitrator.getAddress());
      expect(await judge.REVIEW_PERIOD()).to.equal(REVIEW);
      expect(await judge.RESPONSE_PERIOD()).to.equal(RESPONSE);
      expect(await judge.ESCALATION_PERIOD()).to.equal(ESCALATION);
      expect(await judge.ARBITRATION_PERIOD()).to.equal(ARBITRATION);
      expect(await judge.BOND_TOKEN()).to.equal(await stable.getAddress());
      expect(await judge.BOND()).to.equal(BOND);
      expect(await judge.PENALTY_BPS()).to.equal(PENALTY_BPS);
      expect(await judge.JOB_TOKEN()).to.equal(await stable.getAddress());
      expect(await judge.MIN_AMOUNT()).to.equal(PRICE);
      expect(await judge.SMALL_JOB_SHARE()).to.equal(40n);
      expect(await judge.arbitratorExtraData()).to.equal(EXTRA_DATA);
      expect(await judge.maxEvaluationPeriod()).to.equal(REVIEW + DAY);
    });

    it("tells where the file is that its disputes refer to", async () => {
      const { judge } = await courtroom();
      await expect(judge.deploymentTransaction()).to.emit(judge, "MetaEvidence").withArgs(0n, META_EVIDENCE);
    });

    it("fits all periods, none of them empty, into what the escrow allows, with a day to spare", async () => {
      const longest = MAX_EVALUATION - DAY - REVIEW - RESPONSE - ESCALATION;
      await courtroom({ terms: { arbitrationPeriod: longest - 1 } });
      await courtroom({ terms: { arbitrationPeriod: longest } });
      const total = REVIEW + RESPONSE + ESCALATION + ARBITRATION + DAY;
      for (const [terms, sum] of [
        [{ arbitrationPeriod: longest + 1 }, MAX_EVALUATION + 1],
        [{ reviewPeriod: 0 }, total - REVIEW],
        [{ responsePeriod: 0 }, total - RESPONSE],
        [{ escalationPeriod: 0 }, total - ESCALATION],
        [{ arbitrationPeriod: 0 }, total - ARBITRATION],
      ] as const) {
        await expect(courtroom({ terms }))
          .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_InvalidPeriods")
          .withArgs(sum, MAX_EVALUATION);
      }
    });

    it("gives an arbitrator as long as it says it can take", async () => {
      await courtroom({ deployArbitrator: deployBounded(ARBITRATION - 1) });
      await courtroom({ deployArbitrator: deployBounded(ARBITRATION) });
      await expect(courtroom({ deployArbitrator: deployBounded(ARBITRATION + 1) }))
        .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_ArbitrationTooShort")
        .withArgs(ARBITRATION, ARBITRATION + 1);
    });

    it("takes an arbitrator that does not say how long it can take", async () => {
      const { judge } = await courtroom({
        native: true,
        deployArbitrator: async () => (await ethers.deployContract("AppealableArbitrator", [1n])).getAddress(),
      });
      expect(await judge.ARBITRATION_PERIOD()).to.equal(ARBITRATION);
    });

    it("takes no arbitrator that is not there, nor one that cannot tell its price in what bonds are in", async () => {
      const elsewhere = () => Promise.resolve("0x00000000000000000000000000000000000000a1");
      for (const native of [true, false]) {
        await expect(courtroom({ native, deployArbitrator: elsewhere })).to.be.revertedWithoutReason();
      }
      // A court of the chain's coin only.
      const deployArbitrator = async () => (await ethers.deployContract("AppealableArbitrator", [1n])).getAddress();
      await expect(courtroom({ native: false, deployArbitrator })).to.be.revertedWithoutReason();
    });

    for (const native of [true, false]) {
      it(`takes an arbitrator that costs a bond, and none that costs more, in ${native ? "the coin" : "a token"}`, async () => {
        await courtroom({ native, cost: BOND });
        for (const cost of [BOND + 1n, ethers.MaxUint256]) {
          await expect(courtroom({ native, cost }))
            .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_FeeAboveBond")
            .withArgs(cost, BOND);
        }
      });
    }

    it("needs a bond of less than 96 bits, and a penalty of no more than all of it", async () => {
      const most = 2n ** 96n - 2n;
      await courtroom({ native: true, terms: { bond: most, penaltyBps: 10_000 } });
      await courtroom({ native: true, cost: 1n, terms: { bond: 1n, penaltyBps: 0 } });
      for (const [bond, penaltyBps] of [
        [0n, 0n],
        [most + 1n, 0n],
        [1n, 10_001n],
      ] as const) {
        await expect(courtroom({ native: true, terms: { bond, penaltyBps } }))
          .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_InvalidBond")
          .withArgs(bond, penaltyBps);
      }
    });

    it("disputes deposits of two bonds or more, where both are in one token, else of anything", async () => {
      await courtroom({ terms: { minAmount: 2n * BOND } });
      await expect(courtroom({ terms: { minAmount: 2n * BOND - 1n } }))
        .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_InvalidMinimum")
        .withArgs(2n * BOND - 1n, 2n * BOND);
      await courtroom({ native: true, terms: { minAmount: 1n } });
      await expect(courtroom({ native: true, terms: { minAmount: 0n } }))
        .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_InvalidMinimum")
        .withArgs(0n, 1n);
    });

    it("divides small jobs by whole percentages", async () => {
      await courtroom({ terms: { smallJobShare: 0 } });
      await courtroom({ terms: { smallJobShare: 100 } });
      await expect(courtroom({ terms: { smallJobShare: 101 } }))
        .to.be.revertedWithCustomError(await judgeFactory(), "OptimisticEvaluator_InvalidShare")
        .withArgs(101n);
    });

    it("makes offers leave time for a review, and a day", async () => {
      const { judge, ...court } = await courtroom();
      const evaluator = await judge.getAddress();
      const hiring = (evaluationPeriod: number) => ({ offer: { evaluator, evaluationPeriod } });
      await hireJob(court, hiring(REVIEW + DAY));
      await expect(hireJob(court, { offer: { ...hiring(REVIEW + DAY - 1).offer, salt: 1n } }))
        .to.be.revertedWithCustomError(court.escrow, "JobEscrow_EvaluationPeriodOutOfRange")
        .withArgs(REVIEW + DAY - 1, REVIEW + DAY, MAX_EVALUATION);
    });

    it("knows nothing of jobs that nobody disputed", async () => {
      const { judge, client } = await courtroom();
      expect(await judge.disputeOf(1n)).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n, 0n]);
      expect(await judge.splitOfferOf(1n, client)).to.deep.equal([0n, 0n, 0n]);
      expect(await judge.jobOf(1n)).to.equal(0n);
      expect(await judge.reserved()).to.equal(0n);
      expect(await judge.feesOwed(ZeroAddress, client)).to.equal(0n);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import type { JobDispute } from "../../../sdk/disputes";
import { availableDisputeActions, findEvaluator, readDispute } from "../../../sdk/disputes";
import { readJob } from "../../../sdk/jobs";
import { OptimisticEvaluator__factory } from "../../../typechain-types";
import type { Courtroom } from "../../fixtures/evaluation";
import {
  BOND,
  FEE,
  RULING,
  TERMS,
  contested,
  courtroom,
  deadlineOf,
  disputed,
  escalated,
  ruled,
  submitted,
} from "../../fixtures/evaluation";
import { DAY, PRICE, hireJob } from "../../fixtures/jobs";

async function read(court: Courtroom, jobId: bigint): Promise<JobDispute> {
  const evaluator = OptimisticEvaluator__factory.connect(await court.judge.getAddress(), court.deployer);
  return readDispute(evaluator, await readJob(court.escrow, jobId));
}

/** "name by actor" for each action. */
const summary = (dispute: JobDispute, now: bigint): string[] =>
  availableDisputeActions(dispute, now).map(({ name, by }) => `${name} by ${by}`);

const BOTH = (name: string) => [`${name} by client`, `${name} by provider`];

describe("sdk", () => {
  describe("disputes", () => {
    it("are found at an evaluator of this escrow only", async () => {
      const court = await courtroom();
      const { escrow, judge, evaluator, deployer } = court;
      const at = (address: string, escrowAddress: string) => findEvaluator(deployer, escrowAddress, address);
      const escrowAddress = await escrow.getAddress();
      const found = await at(await judge.getAddress(), escrowAddress);
      expect(await found?.getAddress()).to.equal(await judge.getAddress());
      expect(await at(evaluator.address, escrowAddress)).to.equal(undefined);
      expect(await at(escrowAddress, escrowAddress)).to.equal(undefined);
      expect(await at(await judge.getAddress(), court.stranger.address)).to.equal(undefined);
    });

    it("do not begin before work is submitted", async () => {
      const court = await courtroom();
      const evaluator = await court.judge.getAddress();
      const { jobId } = await hireJob(court, { offer: { evaluator, evaluationPeriod: TERMS.reviewPeriod + DAY } });
      const dispute = await read(court, jobId);
      expect(dispute).to.deep.include({ phase: "Review", deadline: undefined, objection: "bond", clientBond: 0n });
      expect(summary(dispute, 0n)).to.deep.equal([]);
    });

    it("tell what can be done in each phase, up to its last second", async () => {
      const court = await courtroom();
      const parties = [
        [submitted, ["accept by client", "dispute by client", ...BOTH("offerSplit")], "finalise by anyone"],
        [
          disputed,
          [
            "contest by provider",
            ...["concede by client", "submitEvidence by client", "concede by provider", "submitEvidence by provider"],
            ...BOTH("offerSplit"),
          ],
          "finalise by anyone",
        ],
        [
          contested,
          [
            ...["escalate by client", "concede by client", "submitEvidence by client"],
            ...["escalate by provider", "concede by provider", "submitEvidence by provider"],
            ...BOTH("offerSplit"),
          ],
          "finalise by anyone",
        ],
        [
          escalated,
          [
            ...["concede by client", "submitEvidence by client", "concede by provider", "submitEvidence by provider"],
            ...BOTH("offerSplit"),
          ],
          "finalise by anyone",
        ],
      ] as const;
      for (const [index, [reach, names, afterwards]] of parties.entries()) {
        const jobId = await reach(court, { offer: { salt: BigInt(index) } });
        const dispute = await read(court, jobId);
        const deadline = BigInt(await deadlineOf(court, jobId));
        expect(dispute.deadline).to.equal(deadline);
        expect(summary(dispute, deadline - 1n)).to.deep.equal(names);
        for (const { name, until } of availableDisputeActions(dispute, deadline - 1n)) {
          expect(until, name).to.equal(name === "accept" ? dispute.job.expiredAt - 1n : deadline - 1n);
        }
        const late = index === 0 ? ["accept by client", afterwards] : [afterwards];
        expect(summary(dispute, deadline)).to.deep.equal(late);
        expect(summary(dispute, dispute.job.expiredAt - 1n)).to.deep.equal(late);
        expect(summary(dispute, dispute.job.expiredAt)).to.deep.equal([]);
      }
    });

    it("tell what is locked, paid, ruled and owed", async () => {
      const court = await courtroom();
      const jobId = await ruled(court, RULING.ThreeQuarters);
      const dispute = await read(court, jobId);
      expect(dispute).to.include({
        phase: "Ruled",
        deadline: undefined,
        clientBond: BOND,
        providerBond: BOND,
        fee: FEE,
        share: 75,
        arbitrator: await court.arbitrator.getAddress(),
        disputeId: (await court.judge.disputeOf(jobId)).disputeID,
      });
      expect(summary(dispute, BigInt(await time.latest()))).to.deep.equal(["finalise by anyone"]);
      // The escrow's clock ends the job before anybody carries the ruling out.
      await time.increaseTo(dispute.job.expiredAt);
      await court.escrow.claimRefund(jobId);
      const left = await read(court, jobId);
      expect(summary(left, left.job.expiredAt)).to.deep.equal(["releaseBonds by anyone"]);
      await court.judge.releaseBonds(jobId);
      const closed = await read(court, jobId);
      expect(closed).to.include({ phase: "Closed", clientBond: 0n, providerBond: 0n });
      expect(summary(closed, left.job.expiredAt)).to.deep.equal([]);
    });

    it("let the other side take an offer while it stands", async () => {
      const court = await courtroom();
      const jobId = await disputed(court);
      const validUntil = BigInt(await time.latest()) + 3_600n;
      await court.judge.connect(court.client).offerSplit(jobId, 40, validUntil);
      const offered = await read(court, jobId);
      expect(offered.clientOffer).to.deep.equal({ share: 40, validUntil });
      expect(offered.providerOffer).to.equal(undefined);
      const [taking] = availableDisputeActions(offered, validUntil).filter(({ name }) => name === "acceptSplit");
      expect(taking).to.deep.equal({
        name: "acceptSplit",
        by: "provider",
        account: court.provider.address,
        until: validUntil,
      });
      expect(summary(offered, validUntil + 1n)).not.to.include("acceptSplit by provider");
      // An offer without end is cut by its phase, and gone with it.
      await court.judge.connect(court.client).offerSplit(jobId, 40, 2n ** 40n - 1n);
      const endless = await read(court, jobId);
      const [cut] = availableDisputeActions(endless, validUntil).filter(({ name }) => name === "acceptSplit");
      expect(cut?.until).to.equal(endless.deadline! - 1n);
      await court.judge.connect(court.provider).contest(jobId);
      expect((await read(court, jobId)).clientOffer).to.equal(undefined);
    });

    it("know when a side has put everything forward", async () => {
      const court = await courtroom();
      const jobId = await disputed(court);
      for (let i = 0; i < 16; ++i) await court.judge.connect(court.client).submitEvidence(jobId, "ipfs://", id("x"));
      const dispute = await read(court, jobId);
      expect(dispute).to.include({ clientEvidence: 16, providerEvidence: 0 });
      const names = summary(dispute, BigInt(await time.latest()));
      expect(names).to.include("submitEvidence by provider").and.not.include("submitEvidence by client");
    });

    it("say beforehand what an objection comes to", async () => {
      const small = { minAmount: PRICE + 1n };
      const refusing = await courtroom({ terms: small });
      const refused = await read(refusing, await submitted(refusing));
      expect(refused.objection).to.equal("refused");
      expect(summary(refused, refused.deadline! - 1n)).not.to.include("dispute by client");
      const halving = await courtroom({ terms: { ...small, smallJobShare: 50 } });
      const immediate = await read(halving, await submitted(halving));
      expect(immediate).to.include({ objection: "immediate", smallJobShare: 50 });
      expect(summary(immediate, immediate.deadline! - 1n)).to.include("dispute by client");
      const foreign = await courtroom();
      const token = await foreign.plain.getAddress();
      const elsewhere = await read(foreign, await submitted(foreign, { offer: { token } }));
      expect(elsewhere.objection).to.equal("refused");
      const native = await courtroom({ native: true });
      expect(await read(native, await disputed(native))).to.include({ bondToken: ZeroAddress, clientBond: BOND });
    });
  });
});

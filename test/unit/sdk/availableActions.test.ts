import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { availableActions, readStanding, requireAction } from "../../../sdk/availableActions";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { connectMarket } from "../../../sdk/market";
import { contested, courtroom, escalated } from "../../fixtures/evaluation";
import { drawPanel } from "../../fixtures/court";
import { fairMarketFixture, hireFairly } from "../../fixtures/fairMarket";
import { DELIVERABLE, hiredAndSubmitted } from "../../fixtures/jobs";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";

async function standingOf(m: Market, jobId: bigint) {
  const [forwarder, registry, ledger, escrow] = await Promise.all(
    [m.forwarder, m.registry, m.ledger, m.escrow].map((contract) => contract.getAddress()),
  );
  const addresses = { forwarder, registry, ledger, escrow, walletFactory: ZeroAddress } as never;
  return readStanding(m.stranger, connectMarket(m.stranger, addresses), jobId);
}

const told = (actions: ReturnType<typeof availableActions>) =>
  actions.map(({ contract, name, by }) => `${contract}.${name} by ${by}`);

describe("sdk", () => {
  describe("availableActions", () => {
    it("tell a party its own and what anyone may, and of all parties if none is named", async () => {
      const m = await marketFixture();
      const { jobId } = await hiredAndSubmitted(m);
      const standing = await standingOf(m, jobId);
      expect(standing.dispute).to.equal(undefined);
      const { expiredAt } = standing.job;
      const verdicts = ["complete", "completePartially", "reject", "extendEvaluation"];
      const expected = verdicts.map((name) => `JobEscrow.${name} by evaluator`);
      const { address } = m.evaluator;
      expect(told(availableActions(standing, address.toLowerCase(), expiredAt - 1n))).to.deep.equal(expected);
      expect(availableActions(standing, address, expiredAt - 1n)[0]!.until).to.equal(expiredAt - 1n);
      expect(told(availableActions(standing, m.client.address, expiredAt - 1n))).to.deep.equal([]);
      expect(told(availableActions(standing, undefined, expiredAt - 1n))).to.deep.equal(expected);
      expect(told(availableActions(standing, m.stranger.address, expiredAt))).to.deep.equal([
        "JobEscrow.claimRefund by anyone",
      ]);
      await m.escrow.connect(m.evaluator).complete(jobId, DELIVERABLE, "0x");
      expect(told(availableActions(await standingOf(m, jobId), m.client.address, 0n))).to.deep.equal([
        "ReputationLedger.giveJobFeedback by client",
      ]);
    });

    it("put an OptimisticEvaluator's verbs in the place of verdicts", async () => {
      const court = await courtroom();
      const jobId = await contested(court);
      const standing = await standingOf(court, jobId);
      const now = standing.dispute!.deadline! - 1n;
      const { address } = court.provider;
      expect(told(availableActions(standing, address, now))).to.deep.equal(
        ["escalate", "concede", "submitEvidence", "offerSplit"].map(
          (name) => `OptimisticEvaluator.${name} by provider`,
        ),
      );
      expect(told(availableActions(standing, address, now + 1n))).to.deep.equal([
        "OptimisticEvaluator.finalise by anyone",
      ]);
      // What the evaluator's contract itself could do is nobody's to send.
      expect(availableActions(standing, standing.job.evaluator, now)).to.deep.equal([]);
    });

    it("know another arbitrator than a SeatCourt, and leave its rules to it", async () => {
      const court = await courtroom();
      const standing = await standingOf(court, await escalated(court));
      expect(standing.courtCase).to.equal(undefined);
      expect(standing.dispute?.phase).to.equal("Escalated");
    });

    it("tell jurors of their slots", async () => {
      const m = await fairMarketFixture();
      for (const party of [m.client, m.provider]) await m.stable.connect(party).approve(m.judge, 2n ** 90n);
      const jobId = await hireFairly(m);
      await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
      await m.judge.connect(m.client).dispute(jobId);
      await m.judge.connect(m.provider).contest(jobId);
      await m.judge.connect(m.provider).escalate(jobId);
      await drawPanel(m, 1n);
      const standing = await standingOf(m, jobId);
      const { seededAt, slots } = standing.courtCase!.panels[0]!;
      const { juror } = slots[0]!;
      const mine = availableActions(standing, juror, seededAt!).filter(({ by }) => by === "juror");
      expect(mine).to.deep.equal([
        {
          name: "commit",
          contract: "SeatCourt",
          by: "juror",
          account: juror,
          until: seededAt! + standing.courtCase!.periods.commitPeriod - 1n,
          slots: slots.filter((slot) => slot.juror === juror).map(({ slot }) => slot),
        },
      ]);
      expect(told(availableActions(standing, m.client.address, seededAt!))).to.not.include("SeatCourt.commit by juror");
    });

    it("say in a sentence why something is not among them", () => {
      const actions = [{ name: "submit", by: "provider", account: "0xA" }];
      const where = "the job is Funded";
      expect(() => {
        requireAction(actions, "complete", "0xA", where);
      }).to.throw(InvalidInputError, "the job is Funded, which does not allow complete: possible now is submit.");
      expect(() => {
        requireAction(actions, "submit", "0xB", where);
      }).to.throw(InvalidInputError, "submit is for the provider 0xA, not for 0xB: use that account's key.");
      requireAction(actions, "submit", "0xA", where);
      requireAction([{ name: "claimRefund", by: "anyone" }], "claimRefund", "0xB", where);
    });
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  HOUR,
  MAX_DURATION,
  MAX_EVALUATION,
  MAX_UINT40,
  MAX_UINT96,
  MIN_DURATION,
  MIN_EVALUATION_PERIOD,
  STATUS,
  atFixedTime,
  hireJob,
  prepareHire,
} from "../../fixtures/jobs";
import type { AcceptanceTerms, OfferTerms } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

async function deployed() {
  const market = await marketFixture();
  /** Expects that these terms, signed by both sides, are refused with this error. */
  async function expectRefused(
    error: string,
    args: unknown[],
    offer: Partial<OfferTerms>,
    acceptance: Partial<AcceptanceTerms> = {},
  ) {
    const { send } = await prepareHire(market, { offer, acceptance });
    await expect(send())
      .to.be.revertedWithCustomError(market.escrow, error)
      .withArgs(...args);
  }
  /** Expects that these terms make a job. */
  async function expectHired(offer: Partial<OfferTerms>, acceptance: Partial<AcceptanceTerms> = {}) {
    const { jobId } = await hireJob(market, { offer, acceptance });
    const job = await market.escrow.getJob(jobId);
    expect(job.status).to.equal(STATUS.Funded);
    return job;
  }
  return { ...market, market, expectRefused, expectHired };
}

describe("JobEscrow", () => {
  describe("hire, terms", () => {
    it("refuses an evaluator that is nobody or the escrow", async () => {
      const { escrow, expectRefused } = await deployed();
      for (const evaluator of [ZeroAddress, await escrow.getAddress()]) {
        await expectRefused("JobEscrow_InvalidEvaluator", [evaluator], { evaluator });
      }
    });

    it("refuses a provider that is the client or the evaluator", async () => {
      const { client, provider, expectRefused, expectHired } = await deployed();
      await expectRefused(
        "JobEscrow_InvalidProvider",
        [provider.address],
        {},
        { client: provider.address, clientAgentId: 0n },
      );
      await expectRefused("JobEscrow_InvalidProvider", [provider.address], { evaluator: provider.address });
      await expectHired({ evaluator: client.address });
    });

    it("refuses a hook without code", async () => {
      const { stranger, expectRefused } = await deployed();
      await expectRefused("JobEscrow_InvalidHook", [stranger.address], { hook: stranger.address });
    });

    it("refuses an agent that hires itself, and lets both sides have none", async () => {
      const { agents, provider, registry, client, expectRefused, expectHired } = await deployed();
      await registry.connect(provider).setApprovalForAll(client, true);
      await expectRefused("JobEscrow_SameAgent", [agents.provider], {}, { clientAgentId: agents.provider });
      await expectHired({ providerAgentId: 0n }, { clientAgentId: agents.provider });
      await expectHired({ providerAgentId: 0n, salt: 1n }, { clientAgentId: 0n });
    });

    it("refuses identities that a side may not speak for", async () => {
      const { agents, client, provider, expectRefused } = await deployed();
      await expectRefused("JobEscrow_AgentNotAuthorised", [agents.provider2, provider.address], {
        providerAgentId: agents.provider2,
      });
      await expectRefused(
        "JobEscrow_AgentNotAuthorised",
        [agents.client2, client.address],
        {},
        { clientAgentId: agents.client2 },
      );
    });

    it("refuses agent ids of more than 40 bits, and truncates none", async () => {
      const { client, provider, expectRefused } = await deployed();
      // Truncated, these would be the parties' own agents.
      const wide = [MAX_UINT40 + 1n + 2n, MAX_UINT40 + 1n + 1n] as const;
      await expectRefused("SafeCastOverflowedUintDowncast", [40n, wide[0]], { providerAgentId: wide[0] });
      await expectRefused("SafeCastOverflowedUintDowncast", [40n, wide[1]], {}, { clientAgentId: wide[1] });
      await expectRefused("JobEscrow_AgentNotAuthorised", [MAX_UINT40, provider.address], {
        providerAgentId: MAX_UINT40,
      });
      await expectRefused(
        "JobEscrow_AgentNotAuthorised",
        [MAX_UINT40, client.address],
        {},
        { clientAgentId: MAX_UINT40 },
      );
    });

    it("refuses a price of 0 and one above 2^96 - 1", async () => {
      const { market, plain, client, expectRefused, expectHired } = await deployed();
      const token = await plain.getAddress();
      await plain.mint(client, MAX_UINT96);
      const { jobId } = await prepareHire(market, { offer: { token, amount: 0n } });
      await expectRefused("JobEscrow_AmountIsZero", [jobId], { token, amount: 0n });
      await expectRefused("SafeCastOverflowedUintDowncast", [96n, MAX_UINT96 + 1n], { token, amount: MAX_UINT96 + 1n });
      expect((await expectHired({ token, amount: 1n })).budget).to.equal(1n);
      expect((await expectHired({ token, amount: MAX_UINT96 })).budget).to.equal(MAX_UINT96);
    });

    it("refuses fees above MAX_FEE_BPS, each of its own", async () => {
      const { referrer, expectRefused, expectHired } = await deployed();
      const named = { referrer: referrer.address };
      await expectHired({ ...named, evaluatorFeeBps: 999, referrerFeeBps: 999 });
      await expectHired({ ...named, evaluatorFeeBps: 1_000, referrerFeeBps: 1_000 });
      await expectRefused("JobEscrow_FeeTooHigh", [1_001n, 1_000n], { evaluatorFeeBps: 1_001 });
      await expectRefused("JobEscrow_FeeTooHigh", [1_001n, 1_000n], { ...named, referrerFeeBps: 1_001 });
      await expectRefused("JobEscrow_FeeTooHigh", [65_535n, 1_000n], {
        ...named,
        evaluatorFeeBps: 65_535,
        referrerFeeBps: 1_001,
      });
    });

    it("refuses a referrer that is the escrow, and a referrer's fee for nobody", async () => {
      const { escrow, referrer, expectRefused, expectHired } = await deployed();
      const itself = await escrow.getAddress();
      await expectRefused("JobEscrow_InvalidReferrer", [itself], { referrer: itself });
      await expectRefused("JobEscrow_InvalidReferrer", [ZeroAddress], { referrerFeeBps: 1 });
      const job = await expectHired({ referrer: referrer.address });
      expect([job.referrer, job.referrerFeeBps]).to.deep.equal([referrer.address, 0n]);
    });

    for (const [title, bound, outside] of [
      ["less than MIN_DURATION", MIN_DURATION, -1],
      ["more than MAX_DURATION", MAX_DURATION, 1],
    ] as const) {
      it(`refuses ${title} to deliver`, async () => {
        const { market, escrow, expectHired } = await deployed();
        const { send } = await prepareHire(market, { offer: { deliveryPeriod: bound + outside } });
        const now = await atFixedTime();
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
          .withArgs(now + bound + outside, now + MIN_DURATION, now + MAX_DURATION);
        for (const deliveryPeriod of [bound, bound - outside]) {
          const at = await atFixedTime();
          expect((await expectHired({ deliveryPeriod })).expiredAt).to.equal(at + deliveryPeriod);
        }
      });
    }

    it("refuses less than MIN_EVALUATION_PERIOD to judge", async () => {
      const { expectRefused, expectHired } = await deployed();
      const error = "JobEscrow_EvaluationPeriodOutOfRange";
      for (const evaluationPeriod of [0, HOUR - 1]) {
        await expectRefused(error, [evaluationPeriod, MIN_EVALUATION_PERIOD, MAX_EVALUATION], { evaluationPeriod });
      }
      for (const evaluationPeriod of [HOUR, HOUR + 1]) {
        expect((await expectHired({ evaluationPeriod })).evaluationPeriod).to.equal(evaluationPeriod);
      }
    });

    it("refuses more than MAX_EVALUATION to judge, and truncates nothing", async () => {
      const { expectRefused, expectHired } = await deployed();
      const error = "JobEscrow_EvaluationPeriodOutOfRange";
      for (const evaluationPeriod of [MAX_EVALUATION + 1, 2 ** 24 + HOUR]) {
        await expectRefused(error, [evaluationPeriod, MIN_EVALUATION_PERIOD, MAX_EVALUATION], { evaluationPeriod });
      }
      for (const evaluationPeriod of [MAX_EVALUATION - 1, MAX_EVALUATION]) {
        expect((await expectHired({ evaluationPeriod })).evaluationPeriod).to.equal(evaluationPeriod);
      }
    });

    it("refuses less than the evaluator publishes, and lengthens nothing that was signed", async () => {
      const { expectRefused, expectHired } = await deployed();
      const contract = await ethers.deployContract("PublishedPeriodEvaluator", [2 * DAY]);
      const evaluator = await contract.getAddress();
      const error = "JobEscrow_EvaluationPeriodOutOfRange";
      await expectRefused(error, [2 * DAY - 1, 2 * DAY, MAX_EVALUATION], {
        evaluator,
        evaluationPeriod: 2 * DAY - 1,
      });
      for (const evaluationPeriod of [2 * DAY, 2 * DAY + 1]) {
        expect((await expectHired({ evaluator, evaluationPeriod })).evaluationPeriod).to.equal(evaluationPeriod);
      }
      await contract.setMaxEvaluationPeriod(MAX_EVALUATION + 1);
      await expectRefused(error, [MAX_EVALUATION, MAX_EVALUATION + 1, MAX_EVALUATION], {
        evaluator,
        evaluationPeriod: MAX_EVALUATION,
      });
    });
  });
});

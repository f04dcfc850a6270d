import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import { DAY, PRICE, fundedJob, hiredAndSubmitted, hireJob, submittedJob } from "../../../fixtures/jobs";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectRefusal, expectTwins } from "./support";

const deliverable = id("work");
const reason = id("evidence");

const tomorrow = async () => BigInt((await time.latest()) + DAY);

describe("sdk", () => {
  describe("client: jobs of the standard's path", () => {
    it("go from creation to completion, each step once", async () => {
      const m = await marketFixture();
      const [client, provider, evaluator] = [clientOf(m.client), clientOf(m.provider), clientOf(m.evaluator)];
      const token = await m.stable.getAddress();
      const expiredAt = await tomorrow();
      const input = { evaluator: m.evaluator.address.toLowerCase(), expiredAt, description: "text" };
      const { sent } = await expectTwins(client, "createJob", input);
      const { jobId } = sent.result;
      expect((await client.createJob({ ...input, again: true })).result.jobId).to.equal(jobId + 1n);
      expect((await client.createJob({ ...input, description: "other" })).result.jobId).to.equal(jobId + 2n);

      await expectTwins(client, "setProvider", { jobId, provider: m.provider.address, agentId: 2n });
      await expectRefusal(client, "setProvider", { jobId, provider: m.stranger.address }, "CONFLICT", "another job");
      await expectTwins(client, "setBudget", { jobId, token, amount: PRICE });
      await expectRefusal(client, "fund", { jobId, token, amount: PRICE - 1n }, "CONFLICT", "agree on one");
      await expectTwins(client, "fund", { jobId, token, amount: PRICE });
      await expectTwins(provider, "submit", { jobId, deliverable });
      await expectRefusal(provider, "submit", { jobId, deliverable: id("else") }, "CONFLICT", deliverable);
      await expectTwins(evaluator, "extendEvaluation", { jobId, expiredAt: expiredAt + 100n });
      await expectTwins(evaluator, "complete", { jobId, reason });
      await expectRefusal(evaluator, "complete", { jobId, reason: id("other") }, "CONFLICT", reason);
      await expectRefusal(evaluator, "reject", { jobId, reason }, "CONFLICT", "was completed");
      expect((await client.fund({ jobId, token, amount: PRICE })).done).to.equal("already");
    });

    it("approve exactly the price where nothing was approved", async () => {
      const m = await marketFixture();
      const client = clientOf(m.client);
      const token = await m.stable.getAddress();
      const { jobId } = (
        await client.createJob({
          provider: m.provider.address,
          evaluator: m.evaluator.address,
          expiredAt: await tomorrow(),
        })
      ).result;
      await client.setBudget({ jobId, token, amount: PRICE });
      await m.stable.connect(m.client).approve(m.escrow, 1n);
      const { before } = await expectTwins(client, "fund", { jobId, token, amount: PRICE });
      expect(before.calls.map(({ contract, fn, gas }) => [contract, fn, gas === undefined])).to.deep.equal([
        ["ERC20", "approve", false],
        ["JobEscrow", "fund", true],
      ]);
      expect(await m.stable.allowance(m.client, m.escrow)).to.equal(0n);
    });

    it("are judged in part, rejected, declined and taken back, each once and no other way", async () => {
      const m = await marketFixture();
      const [client, provider, evaluator] = [clientOf(m.client), clientOf(m.provider), clientOf(m.evaluator)];
      const partial = await submittedJob(m);
      const half = { jobId: partial, providerAmount: PRICE / 2n, reason };
      await expectTwins(evaluator, "completePartially", half);
      await expectRefusal(evaluator, "completePartially", { ...half, providerAmount: 1n }, "CONFLICT", `${PRICE / 2n}`);
      await expectRefusal(evaluator, "complete", { jobId: partial, reason }, "CONFLICT");
      await expectTwins(evaluator, "reject", { jobId: await submittedJob(m), reason });
      const declined = { jobId: await fundedJob(m), reason };
      await expectTwins(provider, "decline", declined);
      await expectRefusal(evaluator, "reject", declined, "CONFLICT", m.provider.address);
      const open = await client.createJob({ evaluator: m.evaluator.address, expiredAt: await tomorrow() });
      await expectTwins(client, "reject", { jobId: open.result.jobId });
    });

    it("are claimed when their time is over", async () => {
      const m = await marketFixture();
      const anyone = clientOf(m.stranger);
      const refunded = await fundedJob(m);
      const { jobId: paid } = await hiredAndSubmitted(m, { offer: { silencePaysProvider: true } });
      await expectRefusal(anyone, "claimRefund", { jobId: refunded }, "JobEscrow_DeadlineNotReached");
      await time.increase(3 * DAY);
      await expectTwins(anyone, "claimRefund", { jobId: refunded });
      await expectRefusal(anyone, "claimRefund", { jobId: paid }, "JobEscrow_SilencePays");
      await expectTwins(anyone, "claimPayment", { jobId: paid });
      await expectRefusal(anyone, "claimRefund", { jobId: paid }, "CONFLICT", "was completed");
    });

    it("refuse with the contract's error and its sentence", async () => {
      const m = await marketFixture();
      const { jobId } = await hireJob(m);
      await expectRefusal(
        clientOf(m.client),
        "submit",
        { jobId, deliverable },
        "JobEscrow_Unauthorized",
        "no such right",
      );
      await expectRefusal(
        clientOf(m.client),
        "submit",
        { jobId: 77n, deliverable },
        "JobEscrow_JobNotFound",
        "no job 77",
      );
      await expectRefusal(clientOf(m.provider), "submit", { jobId, deliverable: "0x12" }, "INVALID_INPUT");
      const zero = { jobId, provider: ZeroAddress };
      await expectRefusal(clientOf(m.client), "setProvider", zero, "CONFLICT");
    });
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  MAX_DURATION,
  MAX_UINT40,
  MIN_DURATION,
  STATUS,
  atFixedTime,
  createJob,
  jobFields,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

describe("JobEscrow", () => {
  describe("createJob", () => {
    it("creates an Open job of which the sender is the client", async () => {
      const market = await marketFixture();
      const { escrow, client, provider, evaluator, agents } = market;
      const hook = await ethers.deployContract("NoERC165Hook");
      const expiredAt = (await atFixedTime()) + DAY;
      await expect(escrow.connect(client).createJob(provider, evaluator, expiredAt, "translate", hook, agents.provider))
        .to.emit(escrow, "JobCreated")
        .withArgs(1n, client.address, provider.address, evaluator.address, expiredAt, await hook.getAddress());

      expect(await jobFields(market, 1n)).to.deep.equal({
        id: 1n,
        client: client.address,
        provider: provider.address,
        evaluator: evaluator.address,
        description: "translate",
        budget: 0n,
        expiredAt: BigInt(expiredAt),
        status: STATUS.Open,
        hook: await hook.getAddress(),
        paymentToken: ZeroAddress,
        providerAgentId: agents.provider,
        submittedAt: 0n,
        clientAgentId: 0n,
        clientEpoch: 0n,
        providerEpoch: 0n,
        evaluationPeriod: 0n,
        evaluatorFeeBps: 0n,
        referrer: ZeroAddress,
        referrerFeeBps: 0n,
        silencePaysProvider: false,
        providerSigned: false,
        recordPending: false,
      });
    });

    it("numbers jobs from 1 upwards, whoever creates them", async () => {
      const market = await marketFixture();
      expect(await createJob(market)).to.equal(1n);
      expect(await createJob(market, { client: market.client2 })).to.equal(2n);
      expect(await createJob(market)).to.equal(3n);
      expect((await market.escrow.getJob(2n)).client).to.equal(market.client2.address);
    });

    it("keeps a description of any length", async () => {
      const market = await marketFixture();
      for (const description of ["", "a".repeat(31), "b".repeat(32), "ü".repeat(200)]) {
        const jobId = await createJob(market, { description });
        expect((await market.escrow.getJob(jobId)).description).to.equal(description);
      }
    });

    it("lets the provider be named later, and then ignores the agent", async () => {
      const market = await marketFixture();
      const jobId = await createJob(market, { provider: ZeroAddress, providerAgentId: MAX_UINT40 + 1n });
      const job = await market.escrow.getJob(jobId);
      expect(job.provider).to.equal(ZeroAddress);
      expect(job.providerAgentId).to.equal(0n);
    });

    it("lets the client judge its own job", async () => {
      const market = await marketFixture();
      const jobId = await createJob(market, { evaluator: market.client });
      expect((await market.escrow.getJob(jobId)).evaluator).to.equal(market.client.address);
    });

    it("does not ask who the agent is before the job leaves Open", async () => {
      const market = await marketFixture();
      const jobId = await createJob(market, { providerAgentId: MAX_UINT40 });
      expect((await market.escrow.getJob(jobId)).providerAgentId).to.equal(MAX_UINT40);
    });

    it("reverts when the agent's id is too wide", async () => {
      const market = await marketFixture();
      await expect(createJob(market, { providerAgentId: MAX_UINT40 + 1n }))
        .to.be.revertedWithCustomError(market.escrow, "SafeCastOverflowedUintDowncast")
        .withArgs(40n, MAX_UINT40 + 1n);
    });

    it("reverts when the evaluator is nobody or the escrow", async () => {
      const market = await marketFixture();
      for (const evaluator of [ZeroAddress, await market.escrow.getAddress()]) {
        await expect(createJob(market, { evaluator }))
          .to.be.revertedWithCustomError(market.escrow, "JobEscrow_InvalidEvaluator")
          .withArgs(evaluator);
      }
    });

    it("reverts when the provider is the client, the evaluator or the escrow", async () => {
      const market = await marketFixture();
      const { escrow, client, evaluator } = market;
      for (const provider of [client.address, evaluator.address, await escrow.getAddress()]) {
        await expect(createJob(market, { provider }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
          .withArgs(provider);
      }
    });

    it("reverts when the hook has no code", async () => {
      const market = await marketFixture();
      await expect(createJob(market, { hook: market.stranger }))
        .to.be.revertedWithCustomError(market.escrow, "JobEscrow_InvalidHook")
        .withArgs(market.stranger.address);
    });

    for (const [title, bound, outside] of [
      ["sooner than MIN_DURATION", MIN_DURATION, -1],
      ["later than MAX_DURATION", MAX_DURATION, 1],
    ] as const) {
      it(`reverts when the job would expire ${title}`, async () => {
        const { escrow, client, provider, evaluator } = await marketFixture();
        const create = (expiredAt: bigint | number) =>
          escrow.connect(client).createJob(provider, evaluator, expiredAt, "", ZeroAddress, 0n);

        let now = await atFixedTime();
        const refused = now + bound + outside;
        await expect(create(refused))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
          .withArgs(refused, now + MIN_DURATION, now + MAX_DURATION);

        for (const inside of [bound, bound - outside]) {
          now = await atFixedTime();
          await create(now + inside);
        }
        expect((await escrow.getJob(2n)).expiredAt).to.equal(now + bound - outside);
      });
    }

    it("reverts, and does not truncate, when the expiry is wider than its slot", async () => {
      const { escrow, client, provider, evaluator } = await marketFixture();
      const now = await atFixedTime();
      const expiredAt = 2n ** 40n + BigInt(now + DAY);
      await expect(escrow.connect(client).createJob(provider, evaluator, expiredAt, "", ZeroAddress, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_ExpiryOutOfRange")
        .withArgs(expiredAt, now + MIN_DURATION, now + MAX_DURATION);
    });
  });
});

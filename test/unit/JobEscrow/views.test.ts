import { expect } from "chai";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../../sdk/create2";
import { jobIdOf, offerHash } from "../../../sdk/offers";
import {
  DELIVERABLE,
  DISPUTE,
  HOOK_GAS,
  MAX_DURATION,
  MAX_EVALUATION,
  MAX_FEE_BPS,
  MIN_DURATION,
  MIN_EVALUATION_PERIOD,
  PERIOD_GAS,
  PRICE,
  REASON,
  RECORD_GAS,
  TRANSFER_GAS,
  acceptanceOf,
  atExpiry,
  createJob,
  escrowDomain,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  offerOf,
  pricedJob,
} from "../../fixtures/jobs";
import type { AcceptanceTerms } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

describe("JobEscrow", () => {
  describe("views", () => {
    it("name the contracts that it was deployed over", async () => {
      const { escrow, ledger, registry, forwarder } = await marketFixture();
      expect(await escrow.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
      expect(await escrow.AGENT_REGISTRY()).to.equal(await registry.getAddress());
      expect(await escrow.PERMIT2()).to.equal(PERMIT2_ADDRESS);
      expect(await escrow.trustedForwarder()).to.equal(await forwarder.getAddress());
    });

    it("tell all bounds", async () => {
      const { escrow } = await marketFixture();
      expect([...(await escrow.limits())]).to.deep.equal(
        [
          MIN_DURATION,
          MAX_DURATION,
          MIN_EVALUATION_PERIOD,
          MAX_EVALUATION,
          MAX_FEE_BPS,
          HOOK_GAS,
          TRANSFER_GAS,
          RECORD_GAS,
          PERIOD_GAS,
        ].map(BigInt),
      );
    });

    it("answer ERC-165 for ERC-8183, ISettlementSource and ERC-165", async () => {
      const { escrow } = await marketFixture();
      const idOf = async (name: string) => {
        const { interface: abi } = await ethers.getContractAt(name, ethers.ZeroAddress);
        const selectors: bigint[] = [];
        abi.forEachFunction(({ selector }) => selectors.push(BigInt(selector)));
        return ethers.toBeHex(
          selectors.reduce((id, selector) => id ^ selector, 0n),
          4,
        );
      };
      for (const name of ["IERC8183", "ISettlementSource"]) {
        expect(await escrow.supportsInterface(await idOf(name)), name).to.equal(true);
      }
      expect(await escrow.supportsInterface("0x01ffc9a7")).to.equal(true);
      expect(await escrow.supportsInterface("0xffffffff")).to.equal(false);
      expect(await escrow.supportsInterface(await idOf("IERC8183Hook"))).to.equal(false);
    });

    it("hash an offer as EIP-712 does", async () => {
      const market = await marketFixture();
      const { escrow } = market;
      const offer = await offerOf(market, { salt: ethers.MaxUint256, silencePaysProvider: true });
      const numbers = Object.entries(offer).map(([name, value]) => [
        name,
        typeof value === "number" ? BigInt(value) : (value as unknown),
      ]);
      const typed = Object.fromEntries(numbers) as Parameters<typeof offerHash>[1];
      expect(await escrow.offerHash(offer)).to.equal(offerHash(await escrowDomain(market), typed));
    });

    it("derive the job's id from the offer and all that the client decides", async () => {
      const market = await marketFixture();
      const { escrow, client2 } = market;
      const offer = await offerOf(market);
      const hash = await escrow.offerHash(offer);
      const seen = new Set<bigint>();
      for (const own of [
        {},
        { client: client2.address },
        { clientAgentId: 7n },
        { inputHash: REASON },
        { salt: REASON },
        { budgetParams: "0x01" },
        { fundParams: "0x01" },
        { budgetParams: "0x0102", fundParams: "0x0304" },
        { budgetParams: "0x010203", fundParams: "0x04" },
      ] satisfies Partial<AcceptanceTerms>[]) {
        const acceptance = acceptanceOf(market, own);
        const id = await escrow.jobIdOf(offer, acceptance);
        expect(id).to.equal(jobIdOf(hash, acceptance));
        seen.add(id);
      }
      expect(seen.size).to.equal(9);
      expect(await escrow.jobIdOf({ ...offer, salt: 1n }, acceptanceOf(market))).not.to.equal([...seen][0]);
    });

    describe("getJob", () => {
      it("reverts for an id that was never given out", async () => {
        const market = await marketFixture();
        await createJob(market);
        for (const id of [0n, 2n, ethers.MaxUint256]) {
          await expect(market.escrow.getJob(id))
            .to.be.revertedWithCustomError(market.escrow, "JobEscrow_JobNotFound")
            .withArgs(id);
        }
      });
    });

    describe("offerState", () => {
      it("knows nothing of an offer that was never seen", async () => {
        const { escrow } = await marketFixture();
        expect(await escrow.offerState(REASON)).to.deep.equal([0n, false]);
      });
    });

    describe("settledJob", () => {
      it("names both sides of a job that ended after work was submitted against a deposit", async () => {
        const market = await marketFixture();
        const { escrow, registry, stable, client, provider, stranger, evaluator, agents } = market;
        for (const [owner, agentId] of [
          [client, agents.client],
          [provider, agents.provider],
        ] as const) {
          await registry.connect(owner).transferFrom(owner, stranger, agentId);
          await registry.connect(stranger).transferFrom(stranger, owner, agentId);
        }
        const { jobId } = await hiredAndSubmitted(market);
        expect((await escrow.settledJob(jobId)).eligible).to.equal(false);
        await escrow.connect(evaluator).complete(jobId, REASON, "0x");
        const [eligible, job] = await escrow.settledJob(jobId);
        expect(eligible).to.equal(true);
        expect([...job]).to.deep.equal([
          client.address,
          agents.client,
          2n,
          provider.address,
          agents.provider,
          2n,
          await stable.getAddress(),
          PRICE,
          (await escrow.getJob(jobId)).evaluatorFeeBps,
        ]);
      });

      it("is as open to refused, unjudged and divided work", async () => {
        const market = await marketFixture();
        const { escrow, evaluator } = market;
        const { jobId: refused } = await hiredAndSubmitted(market);
        const { jobId: divided } = await hiredAndSubmitted(market, { offer: { salt: 1n } });
        const { jobId: unjudged } = await hiredAndSubmitted(market, { offer: { salt: 2n } });
        await escrow.connect(evaluator).reject(refused, REASON, "0x");
        await escrow.connect(evaluator).completePartially(divided, 1n, REASON, DISPUTE.None, "0x");
        await atExpiry(market, unjudged);
        await escrow.claimRefund(unjudged);
        for (const jobId of [refused, divided, unjudged]) {
          expect((await escrow.settledJob(jobId)).eligible).to.equal(true);
        }
      });

      it("is closed to unknown, unfinished, undelivered and unpaid jobs", async () => {
        const market = await marketFixture();
        const { escrow, client, provider, evaluator } = market;
        const cancelled = await pricedJob(market);
        await escrow.connect(client).reject(cancelled, REASON, "0x");
        const refused = await fundedJob(market);
        await escrow.connect(evaluator).reject(refused, REASON, "0x");
        const { jobId: declined } = await hireJob(market);
        await escrow.connect(provider).decline(declined, REASON);
        const unpaid = await createJob(market);
        await escrow.connect(provider).submit(unpaid, DELIVERABLE, "0x");
        await escrow.connect(evaluator).complete(unpaid, REASON, "0x");
        const open = await pricedJob(market);
        const funded = await fundedJob(market);
        for (const jobId of [ethers.MaxUint256, cancelled, refused, declined, unpaid, open, funded]) {
          expect((await escrow.settledJob(jobId)).eligible, String(jobId)).to.equal(false);
        }
        await atExpiry(market, funded);
        await escrow.claimRefund(funded);
        expect((await escrow.settledJob(funded)).eligible).to.equal(false);
      });
    });
  });
});

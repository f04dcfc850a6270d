import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  DELIVERABLE,
  DISPUTE,
  FUNDING,
  PRICE,
  REASON,
  STATUS,
  createJob,
  fundedJob,
  hiredAndSubmitted,
  prepareHire,
  relay,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

const { ZeroAddress } = ethers;

async function relayed() {
  const market = await marketFixture();
  const { escrow } = market;
  /** Has the stranger send what `signer` signed. */
  const send = (signer: HardhatEthersSigner, data: string) => relay(market, signer, escrow, data);
  const status = async (jobId: bigint) => (await escrow.getJob(jobId)).status;
  return { ...market, market, send, status, abi: escrow.interface };
}

describe("JobEscrow", () => {
  describe("relayed calls", () => {
    it("let a client create, staff, price, fund and cancel without gas", async () => {
      const { escrow, stable, client, provider, evaluator, send, abi, status } = await relayed();
      const expiredAt = (await time.latest()) + DAY;
      await send(
        client,
        abi.encodeFunctionData("createJob", [ZeroAddress, evaluator.address, expiredAt, "", ZeroAddress, 0n]),
      );
      expect((await escrow.getJob(1n)).client).to.equal(client.address);
      await send(client, abi.encodeFunctionData("setProvider", [1n, provider.address, 0n]));
      await send(client, abi.encodeFunctionData("setBudget", [1n, await stable.getAddress(), PRICE, "0x"]));
      await expect(send(client, abi.encodeFunctionData("fund", [1n, PRICE, "0x"]))).to.changeTokenBalance(
        stable,
        client,
        -PRICE,
      );
      await send(
        client,
        abi.encodeFunctionData("createJob", [provider.address, evaluator.address, expiredAt, "", ZeroAddress, 0n]),
      );
      await send(client, abi.encodeFunctionData("reject", [2n, REASON, "0x"]));
      expect([await status(1n), await status(2n)]).to.deep.equal([STATUS.Funded, STATUS.Rejected]);
    });

    it("let a client hire from its allowance without gas", async () => {
      const { market, escrow, stable, client, send, abi } = await relayed();
      const { offer, signature, acceptance, jobId } = await prepareHire(market);
      await expect(send(client, abi.encodeFunctionData("hire", [offer, signature, acceptance]))).to.changeTokenBalances(
        stable,
        [client, escrow],
        [-PRICE, PRICE],
      );
      expect((await escrow.getJob(jobId)).client).to.equal(client.address);
    });

    it("let a provider price, submit and decline without gas", async () => {
      const { market, escrow, stable, provider, send, abi, status } = await relayed();
      const open = await createJob(market);
      await send(provider, abi.encodeFunctionData("setBudget", [open, await stable.getAddress(), 5n, "0x"]));
      expect((await escrow.getJob(open)).budget).to.equal(5n);
      const [first, second] = [await fundedJob(market), await fundedJob(market)];
      await send(provider, abi.encodeFunctionData("submit", [first, DELIVERABLE, "0x"]));
      await send(provider, abi.encodeFunctionData("decline", [second, REASON]));
      expect([await status(first), await status(second)]).to.deep.equal([STATUS.Submitted, STATUS.Rejected]);
    });

    it("let an evaluator extend, complete, divide and reject without gas", async () => {
      const { market, escrow, evaluator, send, abi, status } = await relayed();
      const ids: bigint[] = [];
      for (const salt of [0n, 1n, 2n]) ids.push((await hiredAndSubmitted(market, { offer: { salt } })).jobId);
      const [first, second, third] = ids as [bigint, bigint, bigint];
      const { expiredAt } = await escrow.getJob(first);
      await send(evaluator, abi.encodeFunctionData("extendEvaluation", [first, expiredAt + 1n]));
      await send(evaluator, abi.encodeFunctionData("complete", [first, REASON, "0x"]));
      await send(evaluator, abi.encodeFunctionData("completePartially", [second, 1n, REASON, DISPUTE.None, "0x"]));
      await send(evaluator, abi.encodeFunctionData("reject", [third, REASON, "0x"]));
      expect(await Promise.all(ids.map(status))).to.deep.equal([STATUS.Completed, STATUS.Completed, STATUS.Rejected]);
    });

    it("give the relayer no rights of its own", async () => {
      const { market, escrow, client, stranger, send, abi } = await relayed();
      const jobId = await fundedJob(market);
      const data = abi.encodeFunctionData("submit", [jobId, DELIVERABLE, "0x"]);
      await expect(send(client, data)).to.be.reverted; // the forwarder hides the reason
      await expect(stranger.sendTransaction({ to: escrow, data: ethers.concat([data, client.address]) }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
        .withArgs(jobId, stranger.address);
      expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
    });

    it("have data that ends before the signer's address", async () => {
      const { forwarder, ledger, permit2, registry, stranger } = await relayed();
      for (const [name, args] of [
        ["JobEscrowHarness", [forwarder, ledger, permit2]],
        ["ReputationLedgerHarness", [forwarder, registry]],
      ] as const) {
        const deployed = await ethers.deployContract(name, await Promise.all(args.map((a) => a.getAddress())));
        const harness = await ethers.getContractAt("AgentRegistryHarness", await deployed.getAddress());
        const data = harness.interface.encodeFunctionData("callData");
        const answer = await ethers.provider.call({
          from: await forwarder.getAddress(),
          to: await harness.getAddress(),
          data: ethers.concat([data, stranger.address]),
        });
        expect(harness.interface.decodeFunctionResult("callData", answer)[0], name).to.equal(data);
        expect(await harness.connect(stranger).callData(), name).to.equal(data);
      }
    });
  });

  describe("multicall", () => {
    it("does several things in one transaction, as the sender", async () => {
      const { escrow, stable, client, provider, evaluator, abi } = await relayed();
      const expiredAt = (await time.latest()) + DAY;
      await expect(
        escrow
          .connect(client)
          .multicall([
            abi.encodeFunctionData("createJob", [provider.address, evaluator.address, expiredAt, "", ZeroAddress, 0n]),
            abi.encodeFunctionData("setBudget", [1n, await stable.getAddress(), PRICE, "0x"]),
            abi.encodeFunctionData("fund", [1n, PRICE, "0x"]),
          ]),
      ).to.changeTokenBalances(stable, [client, escrow], [-PRICE, PRICE]);
      expect((await escrow.getJob(1n)).status).to.equal(STATUS.Funded);
    });

    it("keeps the signer as sender when relayed", async () => {
      const { market, escrow, client, evaluator, provider, send, abi } = await relayed();
      const expiredAt = (await time.latest()) + DAY;
      const create = abi.encodeFunctionData("createJob", [
        provider.address,
        evaluator.address,
        expiredAt,
        "",
        ZeroAddress,
        0n,
      ]);
      await send(client, abi.encodeFunctionData("multicall", [[create, create]]));
      expect((await escrow.getJob(2n)).client).to.equal(client.address);
      expect(await createJob(market)).to.equal(3n);
    });

    it("does nothing at all when one of its calls reverts", async () => {
      const { market, escrow, stable, client, abi } = await relayed();
      const prepared = await prepareHire(market, { offer: { capacity: 2 } });
      const hire = abi.encodeFunctionData("hire", [prepared.offer, prepared.signature, prepared.acceptance]);
      await expect(escrow.connect(client).multicall([hire, hire]))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists")
        .withArgs(prepared.jobId);
      expect(await stable.balanceOf(escrow)).to.equal(0n);
    });

    it("hires several providers at once", async () => {
      const { market, escrow, stable, client, agents, provider2, abi } = await relayed();
      const hires = [
        await prepareHire(market),
        await prepareHire(market, {
          offer: { provider: provider2.address, providerAgentId: agents.provider2 },
          acceptance: { funding: FUNDING.Allowance },
          signer: provider2,
        }),
      ];
      await escrow
        .connect(client)
        .multicall(
          hires.map(({ offer, signature, acceptance }) =>
            abi.encodeFunctionData("hire", [offer, signature, acceptance]),
          ),
        );
      expect(await stable.balanceOf(escrow)).to.equal(2n * PRICE);
    });
  });
});

import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { AbiCoder, ethers as pure } from "ethers";
import { ethers } from "hardhat";

import type { OfferTerms } from "../../fixtures/jobs";
import {
  DELIVERABLE,
  DISPUTE,
  HOOK_GAS,
  PRICE,
  REASON,
  STATUS,
  atExpiry,
  createJob,
  fundedJob,
  hireJob,
  hiredAndSubmitted,
  prepareHire,
  pricedJob,
  selectorOf,
  submittedJob,
} from "../../fixtures/jobs";
import type { Market } from "../../fixtures/market";
import { marketFixture } from "../../fixtures/market";
import { MISBEHAVIOUR, PHASE } from "../mocks/modes";

const coder = AbiCoder.defaultAbiCoder();
const PARAMS = "0xbeef";

async function withHook(contract: string) {
  const market = await marketFixture();
  const address = await (await ethers.deployContract(contract)).getAddress();
  return { ...market, market, hook: address };
}

/** The callbacks of one transaction, as a RecordingHook announced them. */
async function callbacks(response: ContractTransactionResponse, hook: string) {
  const recording = await ethers.getContractAt("RecordingHook", hook);
  const found = await recording.queryFilter(recording.filters.CallbackRecorded(), response.blockNumber!);
  return found.map(({ args: [phase, jobId, selector, known, status, data] }) => ({
    phase,
    jobId,
    selector,
    known,
    status,
    data,
  }));
}

/** Expects one before-call and one after-call with the same data, and the status that `getJob` told in each. */
async function expectAround(
  market: Market,
  response: ContractTransactionResponse,
  hook: string,
  verb: string,
  jobId: bigint,
  [before, after]: readonly [bigint, bigint],
  data: string,
) {
  const selector = selectorOf(market.escrow, verb);
  expect(await callbacks(response, hook)).to.deep.equal([
    { phase: BigInt(PHASE.Before), jobId, selector, known: true, status: before, data },
    { phase: BigInt(PHASE.After), jobId, selector, known: true, status: after, data },
  ]);
}

async function recordingHook() {
  const all = await withHook("RecordingHook");
  const hook = await ethers.getContractAt("RecordingHook", all.hook);
  await hook.setKeepingData(false);
  return all;
}

describe("JobEscrow", () => {
  describe("hooks", () => {
    it("hear of createJob afterwards only", async () => {
      const { market, escrow, client, provider, evaluator, hook } = await recordingHook();
      const { expiredAt } = await escrow.getJob(await createJob(market));
      const response = await escrow.connect(client).createJob(provider, evaluator, expiredAt, "described", hook, 0n);
      expect(await callbacks(response, hook)).to.deep.equal([
        {
          phase: BigInt(PHASE.After),
          jobId: 2n,
          selector: selectorOf(escrow, "createJob"),
          known: true,
          status: STATUS.Open,
          data: coder.encode(["address", "address", "address"], [client.address, provider.address, evaluator.address]),
        },
      ]);
    });

    it("hear nothing of setProvider and claimRefund", async () => {
      const { market, escrow, client, provider, hook } = await recordingHook();
      const jobId = await createJob(market, { hook, provider: pure.ZeroAddress });
      expect(await callbacks(await escrow.connect(client).setProvider(jobId, provider, 0n), hook)).to.deep.equal([]);
      await atExpiry(market, jobId);
      expect(await callbacks(await escrow.claimRefund(jobId), hook)).to.deep.equal([]);
    });

    it("hear of setBudget around it", async () => {
      const { market, escrow, stable, client, provider, hook } = await recordingHook();
      const jobId = await createJob(market, { hook });
      for (const caller of [client, provider]) {
        const response = await escrow.connect(caller).setBudget(jobId, stable, PRICE, PARAMS);
        const data = coder.encode(
          ["address", "address", "uint256", "bytes"],
          [caller.address, await stable.getAddress(), PRICE, PARAMS],
        );
        await expectAround(market, response, hook, "setBudget", jobId, [STATUS.Open, STATUS.Open], data);
      }
    });

    it("hear of fund around it", async () => {
      const { market, escrow, client, hook } = await recordingHook();
      const jobId = await pricedJob(market, { hook });
      const response = await escrow.connect(client).fund(jobId, PRICE, PARAMS);
      const data = coder.encode(["address", "bytes"], [client.address, PARAMS]);
      await expectAround(market, response, hook, "fund", jobId, [STATUS.Open, STATUS.Funded], data);
    });

    it("hear of submit around it, with payment and without", async () => {
      const { market, escrow, provider, hook } = await recordingHook();
      for (const [jobId, before] of [
        [await fundedJob(market, { hook }), STATUS.Funded],
        [await createJob(market, { hook }), STATUS.Open],
      ] as const) {
        const response = await escrow.connect(provider).submit(jobId, DELIVERABLE, PARAMS);
        const data = coder.encode(["address", "bytes32", "bytes"], [provider.address, DELIVERABLE, PARAMS]);
        await expectAround(market, response, hook, "submit", jobId, [before, STATUS.Submitted], data);
      }
    });

    it("hear of complete around it", async () => {
      const { market, escrow, evaluator, hook } = await recordingHook();
      const jobId = await submittedJob(market, { hook });
      const response = await escrow.connect(evaluator).complete(jobId, REASON, PARAMS);
      const data = coder.encode(["address", "bytes32", "bytes"], [evaluator.address, REASON, PARAMS]);
      await expectAround(market, response, hook, "complete", jobId, [STATUS.Submitted, STATUS.Completed], data);
    });

    it("hear of reject around it, in each state that allows it", async () => {
      const { market, escrow, client, evaluator, hook } = await recordingHook();
      for (const [jobId, caller, before] of [
        [await pricedJob(market, { hook }), client, STATUS.Open],
        [await fundedJob(market, { hook }), evaluator, STATUS.Funded],
        [await submittedJob(market, { hook }), evaluator, STATUS.Submitted],
      ] as const) {
        const response = await escrow.connect(caller).reject(jobId, REASON, PARAMS);
        const data = coder.encode(["address", "bytes32", "bytes"], [caller.address, REASON, PARAMS]);
        await expectAround(market, response, hook, "reject", jobId, [before, STATUS.Rejected], data);
      }
    });

    for (const [share, after] of [
      [0n, STATUS.Rejected],
      [1n, STATUS.Completed],
    ] as const) {
      it(`hear of completePartially around it, with ${share} for the provider`, async () => {
        const { market, escrow, evaluator, hook } = await recordingHook();
        const jobId = await submittedJob(market, { hook });
        const response = await escrow.connect(evaluator).completePartially(jobId, share, REASON, DISPUTE.Split, PARAMS);
        const data = coder.encode(
          ["address", "uint256", "bytes32", "bytes"],
          [evaluator.address, share, REASON, PARAMS],
        );
        await expectAround(market, response, hook, "completePartially", jobId, [STATUS.Submitted, after], data);
      });
    }

    it("hear of hire what they would hear of the three calls it stands for", async () => {
      const { market, escrow, stable, client, provider, evaluator, hook } = await recordingHook();
      const { response, jobId } = await hireJob(market, {
        offer: { hook },
        acceptance: { budgetParams: "0x0b", fundParams: "0x0f" },
      });
      const created = coder.encode(
        ["address", "address", "address"],
        [client.address, provider.address, evaluator.address],
      );
      const priced = coder.encode(
        ["address", "address", "uint256", "bytes"],
        [client.address, await stable.getAddress(), PRICE, "0x0b"],
      );
      const funded = coder.encode(["address", "bytes"], [client.address, "0x0f"]);
      const [before, after] = [BigInt(PHASE.Before), BigInt(PHASE.After)];
      const known = true;
      expect(await callbacks(response, hook)).to.deep.equal(
        (
          [
            [after, "createJob", STATUS.Open, created],
            [before, "setBudget", STATUS.Open, priced],
            [after, "setBudget", STATUS.Open, priced],
            [before, "fund", STATUS.Open, funded],
            [after, "fund", STATUS.Funded, funded],
          ] as const
        ).map(([phase, verb, status, data]) => ({
          phase,
          jobId,
          selector: selectorOf(escrow, verb),
          known,
          status,
          data,
        })),
      );
    });

    it("read the truth from getJob at every step of a job's life, hired or not", async () => {
      const { market, escrow, stable, agents, provider, evaluator, hook } = await withHook("SnapshotHook");
      const snapshots = await ethers.getContractAt("SnapshotHook", hook);
      const token = await stable.getAddress();
      const seen = async (jobId: bigint) =>
        (await snapshots.queryFilter(snapshots.filters.Snapshot(undefined, jobId), 0)).map(({ args: { job } }) => [
          job.status,
          job.paymentToken,
          job.budget,
          job.submittedAt !== 0n,
        ]);

      const { jobId } = await hiredAndSubmitted(market, { offer: { hook } });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      const kernel = await fundedJob(market, { hook, providerAgentId: agents.provider });
      await escrow.connect(provider).submit(kernel, DELIVERABLE, "0x");
      await escrow.connect(evaluator).complete(kernel, REASON, "0x");

      const life = [
        [STATUS.Open, pure.ZeroAddress, 0n, false], // after createJob
        [STATUS.Open, pure.ZeroAddress, 0n, false], // before setBudget
        [STATUS.Open, token, PRICE, false], // after setBudget
        [STATUS.Open, token, PRICE, false], // before fund
        [STATUS.Funded, token, PRICE, false], // after fund
        [STATUS.Funded, token, PRICE, false], // before submit
        [STATUS.Submitted, token, PRICE, true], // after submit
        [STATUS.Submitted, token, PRICE, true], // before complete
        [STATUS.Completed, token, PRICE, true], // after complete
      ];
      expect(await seen(jobId)).to.deep.equal(life);
      expect(await seen(kernel)).to.deep.equal(life);
    });

    it("hear of the money after it has moved", async () => {
      const { market, escrow, stable, provider, evaluator } = await marketFixture().then((m) => ({ ...m, market: m }));
      const hook = await ethers.deployContract("ReentrantHook");
      await hook.setCall(stable, stable.interface.encodeFunctionData("balanceOf", [provider.address]), 2n, true);
      for (const phase of [PHASE.Before, PHASE.After]) {
        await hook.setTrigger(phase, selectorOf(escrow, "complete"), true);
      }
      const jobId = await submittedJob(market, { hook });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      const told = await Promise.all([0, 1].map(async (i) => BigInt((await hook.attempt(i)).returnData)));
      expect(told).to.deep.equal([0n, PRICE]);
    });

    it("need no ERC-165", async () => {
      const { market, escrow, evaluator } = await marketFixture().then((m) => ({ ...m, market: m }));
      const hook = await ethers.deployContract("NoERC165Hook");
      const jobId = await submittedJob(market, { hook });
      await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      expect([await hook.beforeCount(), await hook.afterCount()]).to.deep.equal([4n, 5n]);
    });

    describe("that fail", () => {
      /** Each hookable action, and a job that is ready for it. */
      type Action = (market: Market, hook: string) => Promise<() => Promise<ContractTransactionResponse>>;
      const ACTIONS: Record<string, Action> = {
        setBudget: async (market, hook) => {
          const jobId = await createJob(market, { hook });
          return () => market.escrow.connect(market.client).setBudget(jobId, market.stable, PRICE, "0x");
        },
        fund: async (market, hook) => {
          const jobId = await pricedJob(market, { hook });
          return () => market.escrow.connect(market.client).fund(jobId, PRICE, "0x");
        },
        submit: async (market, hook) => {
          const jobId = await fundedJob(market, { hook });
          return () => market.escrow.connect(market.provider).submit(jobId, DELIVERABLE, "0x");
        },
        complete: async (market, hook) => {
          const jobId = await submittedJob(market, { hook });
          return () => market.escrow.connect(market.evaluator).complete(jobId, REASON, "0x");
        },
        completePartially: async (market, hook) => {
          const jobId = await submittedJob(market, { hook });
          return () => market.escrow.connect(market.evaluator).completePartially(jobId, 1n, REASON, DISPUTE.None, "0x");
        },
        reject: async (market, hook) => {
          const jobId = await submittedJob(market, { hook });
          return () => market.escrow.connect(market.evaluator).reject(jobId, REASON, "0x");
        },
        "reject, which cancels an Open job,": async (market, hook) => {
          const jobId = await pricedJob(market, { hook });
          return () => market.escrow.connect(market.client).reject(jobId, REASON, "0x");
        },
      };

      for (const [name, prepare] of Object.entries(ACTIONS)) {
        const [verb = ""] = name.split(",");
        for (const phase of ["Before", "After"] as const) {
          it(`stop ${name} from ${phase === "Before" ? "before" : "after"} it`, async () => {
            const { market, escrow, stable, hook } = await withHook("RevertingHook");
            const reverting = await ethers.getContractAt("RevertingHook", hook);
            const act = await prepare(market, hook);
            const jobId = 1n;
            const [jobBefore, balance] = [await escrow.getJob(jobId), await stable.balanceOf(escrow)];
            await reverting.setTrigger(PHASE[phase], selectorOf(escrow, verb), true);
            await expect(act())
              .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
              .withArgs(jobId, hook, selectorOf(escrow, verb));
            expect(await escrow.getJob(jobId)).to.deep.equal(jobBefore);
            expect(await stable.balanceOf(escrow)).to.equal(balance);
          });
        }
      }

      it("stop createJob from after it", async () => {
        const { market, escrow, hook } = await withHook("RevertingHook");
        const reverting = await ethers.getContractAt("RevertingHook", hook);
        await reverting.setTrigger(PHASE.After, selectorOf(escrow, "createJob"), true);
        await expect(createJob(market, { hook }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
          .withArgs(1n, hook, selectorOf(escrow, "createJob"));
      });

      for (const [phase, verb] of [
        ["After", "createJob"],
        ["Before", "setBudget"],
        ["After", "setBudget"],
        ["Before", "fund"],
        ["After", "fund"],
      ] as const) {
        it(`stop hire in their ${phase.toLowerCase()}-call of ${verb}`, async () => {
          const { market, escrow, stable, hook } = await withHook("RevertingHook");
          const reverting = await ethers.getContractAt("RevertingHook", hook);
          const { jobId } = await hireJob(market, { offer: { hook, capacity: 2 } }); // lets the first one pass
          await reverting.setTrigger(PHASE[phase], selectorOf(escrow, verb), true);
          const other = hireJob(market, { offer: { hook, capacity: 2 }, acceptance: { inputHash: REASON } });
          await expect(other)
            .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
            .withArgs((id: bigint) => id !== jobId, hook, selectorOf(escrow, verb));
          expect(await stable.balanceOf(escrow)).to.equal(PRICE);
        });
      }

      it("cannot keep a client's money: the job can still be declined, and claimed after its time", async () => {
        const { market, escrow, stable, client, provider, hook } = await withHook("RevertingHook");
        const jobs = [await fundedJob(market, { hook }), await submittedJob(market, { hook })] as const;
        const reverting = await ethers.getContractAt("RevertingHook", hook);
        for (const phase of [PHASE.Before, PHASE.After]) await reverting.setTrigger(phase, "0x00000000", true);
        await expect(escrow.connect(provider).decline(jobs[0], REASON)).to.changeTokenBalance(stable, client, PRICE);
        await atExpiry(market, jobs[1]);
        await expect(escrow.claimRefund(jobs[1])).to.changeTokenBalance(stable, client, PRICE);
      });
    });

    describe("where silence pays the provider", () => {
      const offer: Partial<OfferTerms> = { silencePaysProvider: true };
      const verdicts = {
        complete: (m: Market, id: bigint) => m.escrow.connect(m.evaluator).complete(id, REASON, "0x"),
        reject: (m: Market, id: bigint) => m.escrow.connect(m.evaluator).reject(id, REASON, "0x"),
        completePartially: (m: Market, id: bigint) =>
          m.escrow.connect(m.evaluator).completePartially(id, 1n, REASON, DISPUTE.None, "0x"),
      };

      for (const [verb, judge] of Object.entries(verdicts)) {
        for (const phase of ["Before", "After"] as const) {
          it(`cannot stop ${verb} from ${phase === "Before" ? "before" : "after"} it`, async () => {
            const { market, escrow, stable, hook } = await withHook("RevertingHook");
            const { jobId } = await hiredAndSubmitted(market, { offer: { ...offer, hook } });
            const reverting = await ethers.getContractAt("RevertingHook", hook);
            await reverting.setTrigger(PHASE[phase], selectorOf(escrow, verb), true);
            const response = judge(market, jobId);
            await expect(response).to.emit(escrow, "HookFailed").withArgs(jobId, hook, selectorOf(escrow, verb));
            await expect(response).to.changeTokenBalance(stable, escrow, -PRICE);
          });
        }
      }

      it("cannot stop a rejection before submission either", async () => {
        const { market, escrow, stable, client, evaluator, hook } = await withHook("RevertingHook");
        const { jobId } = await hireJob(market, { offer: { ...offer, hook } });
        const reverting = await ethers.getContractAt("RevertingHook", hook);
        await reverting.setTrigger(PHASE.Before, selectorOf(escrow, "reject"), true);
        await expect(escrow.connect(evaluator).reject(jobId, REASON, "0x")).to.changeTokenBalance(
          stable,
          client,
          PRICE,
        );
      });

      it("can still stop what is no verdict", async () => {
        const { market, escrow, provider, hook } = await withHook("RevertingHook");
        const { jobId } = await hireJob(market, { offer: { ...offer, hook } });
        const reverting = await ethers.getContractAt("RevertingHook", hook);
        await reverting.setTrigger(PHASE.Before, selectorOf(escrow, "submit"), true);
        await expect(escrow.connect(provider).submit(jobId, DELIVERABLE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
          .withArgs(jobId, hook, selectorOf(escrow, "submit"));
      });

      it("are not said to have failed when they did not", async () => {
        const { market, escrow, evaluator, hook } = await withHook("RevertingHook");
        const { jobId } = await hiredAndSubmitted(market, { offer: { ...offer, hook } });
        await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x")).not.to.emit(escrow, "HookFailed");
      });
    });

    describe("that misbehave", () => {
      for (const mode of ["RevertBomb", "ReturnBomb", "BurnGas", "BurnGasAndSucceed"] as const) {
        it(`with ${mode} cost no more than the cap in each callback`, async () => {
          const { market, escrow, evaluator, hook } = await withHook("GasBurningHook");
          const { jobId } = await hiredAndSubmitted(market, { offer: { silencePaysProvider: true, hook } });
          const burning = await ethers.getContractAt("GasBurningHook", hook);
          await burning.setMode(MISBEHAVIOUR[mode]);
          await burning.setTrigger(PHASE.Before, selectorOf(escrow, "complete"), true);
          await burning.setTrigger(PHASE.After, selectorOf(escrow, "complete"), true);
          const response = await escrow.connect(evaluator).complete(jobId, REASON, "0x");
          const failures = await escrow.queryFilter(escrow.filters.HookFailed(), response.blockNumber!);
          expect(failures.length).to.equal(mode === "RevertBomb" || mode === "BurnGas" ? 2 : 0);
          expect((await response.wait())!.gasUsed).to.be.lessThan(2n * HOOK_GAS + 500_000n);
        });
      }

      it("by burning their gas are refused like those that revert", async () => {
        const { market, escrow, client, hook } = await withHook("GasBurningHook");
        const jobId = await pricedJob(market, { hook });
        const burning = await ethers.getContractAt("GasBurningHook", hook);
        await burning.setTrigger(PHASE.Before, selectorOf(escrow, "fund"), true);
        await expect(escrow.connect(client).fund(jobId, PRICE, "0x"))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
          .withArgs(jobId, hook, selectorOf(escrow, "fund"));
      });

      it("by re-entering are turned away, whatever they call", async () => {
        const { market, escrow, stable, client, evaluator, stranger, hook } = await withHook("ReentrantHook");
        const reentrant = await ethers.getContractAt("ReentrantHook", hook);
        const jobId = await submittedJob(market, { hook });
        const abi = escrow.interface;
        const { offer, signature, acceptance } = await prepareHire(market);
        const entries = [
          abi.encodeFunctionData("hire", [offer, signature, acceptance]),
          abi.encodeFunctionData("claimRefund", [jobId]),
          abi.encodeFunctionData("claimPayment", [jobId]),
          abi.encodeFunctionData("withdraw", [await stable.getAddress(), stranger.address]),
          abi.encodeFunctionData("complete", [jobId, REASON, "0x"]),
          abi.encodeFunctionData("reject", [jobId, REASON, "0x"]),
          abi.encodeFunctionData("completePartially", [jobId, 0n, REASON, 0n, "0x"]),
          abi.encodeFunctionData("extendEvaluation", [jobId, 0n]),
          abi.encodeFunctionData("submit", [jobId, REASON, "0x"]),
          abi.encodeFunctionData("fund", [jobId, 0n, "0x"]),
          abi.encodeFunctionData("setBudget", [jobId, client.address, 0n, "0x"]),
          abi.encodeFunctionData("setProvider", [jobId, client.address, 0n]),
          abi.encodeFunctionData("decline", [jobId, REASON]),
          abi.encodeFunctionData("recordSettlement", [jobId, "0x"]),
          abi.encodeFunctionData("createJob", [client.address, client.address, 0n, "", pure.ZeroAddress, 0n]),
        ];
        const complete = selectorOf(escrow, "complete");
        await reentrant.setTrigger(PHASE.Before, complete, true);
        const guard = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);
        for (const entry of entries) {
          await reentrant.setCall(escrow, entry, 1n, false);
          const snapshot = (await ethers.provider.send("evm_snapshot")) as string;
          await escrow.connect(evaluator).complete(jobId, REASON, "0x");
          const { success, returnData } = await reentrant.attempt(0);
          expect([success, returnData], entry.slice(0, 10)).to.deep.equal([false, guard]);
          await ethers.provider.send("evm_revert", [snapshot]);
        }
      });
    });
  });
});

import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { TriggeredHook } from "../../typechain-types";
import {
  DAY,
  DELIVERABLE,
  PRICE,
  atExpiry,
  createJob,
  hireJob,
  hiredAndSubmitted,
  prepareHire,
  pricedJob,
  selectorOf,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR, PHASE } from "../unit/mocks/modes";
import { deployActor, marketWithLoot } from "./support";

/** Arms both callbacks of every action. */
async function armAll(hook: Pick<TriggeredHook, "setTrigger">) {
  for (const phase of [PHASE.Before, PHASE.After]) await hook.setTrigger(phase, "0x00000000", true);
}

describe("Attacks by hooks", () => {
  describe("blocking", () => {
    for (const silencePaysProvider of [false, true]) {
      it(`a hook cannot stop declining, extending or claiming${silencePaysProvider ? " payment" : ""}`, async () => {
        const market = await marketFixture();
        const { escrow, stable, client, provider, evaluator, stranger } = market;
        const hook = await ethers.deployContract("RevertingHook");
        const offer = { hook: await hook.getAddress(), silencePaysProvider, capacity: 3 };
        const salted = (n: number) => ({ offer, acceptance: { salt: ethers.zeroPadValue(ethers.toBeHex(n), 32) } });
        const declined = await hireJob(market, salted(1));
        const expired = await hireJob(market, salted(2));
        const submitted = await hiredAndSubmitted(market, salted(3));
        await armAll(hook);
        await expect(escrow.connect(provider).decline(declined.jobId, ZeroHash)).to.changeTokenBalance(
          stable,
          client,
          PRICE,
        );
        const { expiredAt } = await escrow.getJob(submitted.jobId);
        await escrow.connect(evaluator).extendEvaluation(submitted.jobId, expiredAt + 1n);
        await atExpiry(market, submitted.jobId);
        await expect(
          silencePaysProvider
            ? escrow.connect(stranger).claimPayment(submitted.jobId)
            : escrow.connect(stranger).claimRefund(submitted.jobId),
        ).to.changeTokenBalance(stable, silencePaysProvider ? provider : client, PRICE);
        await expect(escrow.connect(stranger).claimRefund(expired.jobId)).to.changeTokenBalance(stable, client, PRICE);
      });
    }

    it("a hook cannot stop naming a provider", async () => {
      const market = await marketFixture();
      const { escrow, client, provider } = market;
      const hook = await ethers.deployContract("RevertingHook");
      const jobId = await createJob(market, { provider: ZeroAddress, hook });
      await armAll(hook);
      await escrow.connect(client).setProvider(jobId, provider, 0n);
      expect((await escrow.getJob(jobId)).provider).to.equal(provider.address);
    });

    for (const verdict of ["complete", "reject", "completePartially"] as const) {
      for (const mode of ["Revert", "RevertBomb", "BurnGas"] as const) {
        it(`where silence pays, no ${mode} stops ${verdict}, nor costs more than two callbacks`, async () => {
          const market = await marketFixture();
          const { escrow, stable, client, provider, evaluator } = market;
          const hook = await ethers.deployContract("GasBurningHook");
          const { jobId } = await hiredAndSubmitted(market, {
            offer: { hook: await hook.getAddress(), silencePaysProvider: true },
          });
          await hook.setMode(MISBEHAVIOUR[mode]);
          await armAll(hook);
          const judge = escrow.connect(evaluator);
          const sent =
            verdict === "complete"
              ? judge.complete(jobId, ZeroHash, "0x")
              : verdict === "reject"
                ? judge.reject(jobId, ZeroHash, "0x")
                : judge.completePartially(jobId, 1n, ZeroHash, 0n, "0x");
          const paid = { complete: PRICE, reject: 0n, completePartially: 1n }[verdict];
          await expect(sent).to.changeTokenBalances(stable, [escrow, provider, client], [-PRICE, paid, PRICE - paid]);
          await expect(sent)
            .to.emit(escrow, "HookFailed")
            .withArgs(jobId, await hook.getAddress(), selectorOf(escrow, verdict));
          const receipt = (await (await sent).wait())!;
          expect(receipt.gasUsed).to.be.lessThan(2n * (await escrow.limits()).hookGas + 500_000n);
        });
      }
    }

    it("without that, a hook may refuse verdicts, and the clock refunds", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, evaluator, stranger } = market;
      const hook = await ethers.deployContract("RevertingHook");
      const { jobId } = await hiredAndSubmitted(market, { offer: { hook: await hook.getAddress() } });
      await armAll(hook);
      const judge = escrow.connect(evaluator);
      for (const [verdict, send] of [
        ["complete", () => judge.complete(jobId, ZeroHash, "0x")],
        ["reject", () => judge.reject(jobId, ZeroHash, "0x")],
        ["completePartially", () => judge.completePartially(jobId, 1n, ZeroHash, 0n, "0x")],
      ] as const) {
        await expect(send())
          .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
          .withArgs(jobId, await hook.getAddress(), selectorOf(escrow, verdict));
      }
      await atExpiry(market, jobId);
      await expect(escrow.connect(stranger).claimRefund(jobId)).to.changeTokenBalance(stable, client, PRICE);
    });

    for (const mode of ["Revert", "RevertBomb", "BurnGas"] as const) {
      it(`${mode} in the callbacks of hiring refuses the job and takes no money`, async () => {
        const market = await marketFixture();
        const { escrow } = market;
        const hook = await ethers.deployContract("GasBurningHook");
        await hook.setMode(MISBEHAVIOUR[mode]);
        for (const [phase, verb] of [
          [PHASE.After, "createJob"],
          [PHASE.Before, "setBudget"],
          [PHASE.After, "setBudget"],
          [PHASE.Before, "fund"],
          [PHASE.After, "fund"],
        ] as const) {
          const selector = selectorOf(escrow, verb);
          await hook.setTrigger(phase, selector, true);
          const { jobId, send } = await prepareHire(market, { offer: { hook: await hook.getAddress() } });
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "JobEscrow_HookReverted")
            .withArgs(jobId, await hook.getAddress(), selector);
          await expect(escrow.getJob(jobId))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_JobNotFound")
            .withArgs(jobId);
          await hook.setTrigger(phase, selector, false);
        }
        expect(await market.stable.balanceOf(escrow)).to.equal(0n);
      });
    }

    it("as much return data as its gas can pay for is not copied", async () => {
      const market = await marketFixture();
      const { escrow, evaluator } = market;
      const hook = await ethers.deployContract("GasBurningHook");
      const { jobId } = await hiredAndSubmitted(market, { offer: { hook: await hook.getAddress() } });
      await hook.setMode(MISBEHAVIOUR.ReturnBomb);
      await armAll(hook);
      const receipt = (await (await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).wait())!;
      // Copying two bombs would cost about what the bombs did: another million.
      expect(receipt.gasUsed).to.be.lessThan(2n * (await escrow.limits()).hookGas + 400_000n);
    });

    it("an account without code, which would pass for a hook that agrees, is refused", async () => {
      const market = await marketFixture();
      const { escrow, stranger } = market;
      await expect(createJob(market, { hook: stranger }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidHook")
        .withArgs(stranger.address);
      await expect(hireJob(market, { offer: { hook: stranger.address } }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidHook")
        .withArgs(stranger.address);
    });
  });

  describe("changing a job while it changes", () => {
    it("a hook cannot price work between its being free and its being submitted", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, provider, evaluator } = market;
      const { actor, as } = await deployActor(market);
      const hook = await ethers.deployContract("ReentrantHook");
      const call = escrow.interface;
      const expiredAt = (await escrow.getJob(market.victimJob)).expiredAt + BigInt(DAY);
      await as(
        escrow,
        call.encodeFunctionData("createJob", [
          provider.address,
          evaluator.address,
          expiredAt,
          "",
          await hook.getAddress(),
          0n,
        ]),
      );
      const jobId = market.victimJob + 1n;
      const setBudget = call.encodeFunctionData("setBudget", [jobId, await stable.getAddress(), PRICE, "0x"]);
      await hook.setCall(
        actor,
        actor.interface.encodeFunctionData("execute", [await escrow.getAddress(), setBudget]),
        1n,
        false,
      );
      await hook.setTrigger(PHASE.Before, selectorOf(escrow, "submit"), true);
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      expect(await hook.attemptCount()).to.equal(1n);
      await expect(escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")).to.changeTokenBalances(
        stable,
        [escrow, provider],
        [0n, 0n],
      );
      expect((await escrow.getJob(jobId)).budget).to.equal(0n);
    });

    it("a hook cannot lower the price between the check and the deposit", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, client } = market;
      const { actor } = await deployActor(market);
      const hook = await ethers.deployContract("ReentrantHook");
      const jobId = await pricedJob(market, { provider: actor, hook });
      const setBudget = escrow.interface.encodeFunctionData("setBudget", [jobId, await stable.getAddress(), 1n, "0x"]);
      await hook.setCall(
        actor,
        actor.interface.encodeFunctionData("execute", [await escrow.getAddress(), setBudget]),
        1n,
        false,
      );
      await hook.setTrigger(PHASE.Before, selectorOf(escrow, "fund"), true);
      await escrow.connect(client).fund(jobId, PRICE, "0x");
      expect((await escrow.getJob(jobId)).budget).to.equal(PRICE);
    });
  });
});

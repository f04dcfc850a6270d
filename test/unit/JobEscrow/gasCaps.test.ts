import { impersonateAccount, setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { anyValue } from "@nomicfoundation/hardhat-chai-matchers/withArgs";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  HOOK_GAS,
  PERIOD_GAS,
  PRICE,
  REASON,
  RECORD_GAS,
  STATUS,
  TRANSFER_GAS,
  hiredAndSubmitted,
  pricedJob,
  submittedJob,
} from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

/** What BoundedCall asks for, so that the callee gets its cap out of the 63/64 that the EVM passes on. */
const requiredFor = (cap: bigint) => cap + cap / 63n + 10_000n;

async function deployed() {
  const market = await marketFixture();
  return { ...market, market };
}

describe("JobEscrow", () => {
  describe("gas caps", () => {
    it("are asked for in full before an evaluator publishes its period", async () => {
      const { market, escrow, client } = await deployed();
      const jobId = await pricedJob(market);
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x", { gasLimit: 80_000n }))
        .to.be.revertedWithCustomError(escrow, "BoundedCall_InsufficientGas")
        .withArgs(anyValue, requiredFor(PERIOD_GAS));
    });

    it("are asked for in full before a hook is called", async () => {
      const { market, escrow, client } = await deployed();
      const hook = await ethers.deployContract("NoERC165Hook");
      const jobId = await pricedJob(market, { hook });
      await expect(escrow.connect(client).fund(jobId, PRICE, "0x", { gasLimit: 500_000n }))
        .to.be.revertedWithCustomError(escrow, "BoundedCall_InsufficientGas")
        .withArgs(anyValue, requiredFor(HOOK_GAS));
    });

    it("are asked for in full before money leaves", async () => {
      const { market, escrow, evaluator } = await deployed();
      const jobId = await submittedJob(market);
      await expect(escrow.connect(evaluator).complete(jobId, REASON, "0x", { gasLimit: 250_000n }))
        .to.be.revertedWithCustomError(escrow, "BoundedCall_InsufficientGas")
        .withArgs(anyValue, requiredFor(TRANSFER_GAS));
    });

    it("leave a settlement either whole or undone, whatever gas it is sent with", async () => {
      const { market, escrow, evaluator } = await deployed();
      const { jobId } = await hiredAndSubmitted(market);
      const asked = new Set<bigint>();
      let whole = 0;
      for (let gasLimit = 120_000n; gasLimit <= 560_000n; gasLimit += 20_000n) {
        const snapshot = (await ethers.provider.send("evm_snapshot")) as string;
        const outcome = await escrow
          .connect(evaluator)
          .complete(jobId, REASON, "0x", { gasLimit })
          .then((response) => response.wait())
          .catch((error: unknown) => error as { data?: string; message: string });
        if (outcome !== null && "logs" in outcome) {
          whole += 1;
          const names = outcome.logs.map((log) => escrow.interface.parseLog(log)?.name);
          expect(names).to.include("PaymentReleased").and.not.include.oneOf(["Credited", "RecordPostponed"]);
        } else {
          const [, required] = /InsufficientGas\(\d+, (\d+)\)/.exec(outcome!.message) ?? [];
          if (required !== undefined) asked.add(BigInt(required));
          expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Submitted);
        }
        await ethers.provider.send("evm_revert", [snapshot]);
      }
      expect(whole).to.be.greaterThan(0);
      expect(asked).to.deep.equal(new Set([requiredFor(TRANSFER_GAS), requiredFor(RECORD_GAS)]));
    });

    it("leave room for a stablecoin's dearest transfer", async function () {
      if (process.env.COVERAGE_COPY !== undefined) this.skip(); // instrumented code costs more
      const { escrow, stable, stranger } = await deployed();
      const itself = await escrow.getAddress();
      await stable.mint(escrow, 2n * PRICE);
      await impersonateAccount(itself);
      await setBalance(itself, 10n ** 18n);
      // To a new holder, so that its slot is new.
      const response = await escrow
        .connect(await ethers.getSigner(itself))
        .transferOut(stable, stranger, PRICE, { gasLimit: 1_000_000n });
      expect((await response.wait())!.gasUsed - 21_000n).to.be.lessThan(TRANSFER_GAS / 3n);
    });
  });
});

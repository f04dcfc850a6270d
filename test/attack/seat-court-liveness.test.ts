import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import type { Court } from "../fixtures/court";
import {
  PHASE,
  chooseDraw,
  commitVotes,
  courtOn,
  decidedDispute,
  disputeCall,
  disputeIn,
  executeAll,
  expectConserved,
  openDispute,
  panelJurors,
  panelTimes,
  passTo,
  phases,
  playRound,
  revealVotes,
  scriptedCourtFixture,
  setNext,
  waitOutWindow,
} from "../fixtures/court";
import { marketFixture } from "../fixtures/market";
import { MISBEHAVIOUR, MOMENT } from "../unit/mocks/modes";

type Vote = number | undefined;
const some = (size: number, voters: number): Vote[] =>
  Array.from({ length: size }, (_, slot) => (slot < voters ? 4 : undefined));

/** Draws the current panel, the seed coming whenever `wait` lets the next block come. */
async function lateSeed(parts: Court, disputeId: bigint, wait: () => Promise<void>): Promise<void> {
  const { court, source } = parts;
  const { seedTime } = await panelTimes(parts, disputeId);
  await passTo(seedTime);
  await chooseDraw({ court, source }, disputeId);
  await wait();
  await court.seed(disputeId, "0x");
}

describe("Attacks on the court's progress", () => {
  describe("delay", () => {
    it("by every call at the last second keeps within the published bound, and has no third draw", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, arbitrable } = parts;
      const disputeId = await openDispute(parts);
      const { createdAt } = await court.disputeOf(disputeId);
      const last = async (moment: (times: Awaited<ReturnType<typeof panelTimes>>) => bigint) => {
        await setNext(moment(await panelTimes(parts, disputeId)) - 1n);
      };
      for (const size of [3, 7, 15]) {
        for (const failing of [true, false]) {
          const votes = some(size, failing ? (size - 1) / 2 : size);
          // The word is chosen first, so that the seed itself comes at the very last second.
          await lateSeed(parts, disputeId, () => last(({ seedUntil }) => seedUntil));
          await commitVotes(parts, disputeId, votes);
          await revealVotes(parts, disputeId, votes);
          if (size === 15 && !failing) break;
          await last(({ windowUntil }) => windowUntil);
          await (failing ? court.redraw(disputeId) : court.appeal(disputeId));
        }
      }
      expect((await court.disputeOf(disputeId)).panels).to.equal(6n);
      const { revealUntil } = await panelTimes(parts, disputeId);
      const bound = await court.maxDisputeDuration();
      const day = 86_400n;
      // All six panels and their windows but the last one's, and a second for each call, within the bound.
      expect(revealUntil - createdAt).to.equal(bound - day - terms.appealPeriod - 11n);

      await setNext(revealUntil);
      await court.deliverRuling(disputeId);
      expect(await arbitrable.rulingCount()).to.equal(1n);
      expect(BigInt(await time.latest()) - createdAt).to.be.lessThan(bound);
      await executeAll(court, disputeId);
      await expectConserved(parts);
    });

    it("by failing both last panels at the last second keeps within the bound, too", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      const { createdAt } = await court.disputeOf(disputeId);
      for (const size of [3, 7, 15]) {
        for (const failing of [true, size === 15]) {
          const votes = some(size, failing ? 0 : size);
          await lateSeed(parts, disputeId, async () => {
            await setNext((await panelTimes(parts, disputeId)).seedUntil - 1n);
          });
          await commitVotes(parts, disputeId, votes);
          await revealVotes(parts, disputeId, votes);
          const { windowUntil } = await panelTimes(parts, disputeId);
          if ((await court.disputeOf(disputeId)).redrawn && size === 15) break;
          await setNext(windowUntil - 1n);
          await (failing ? court.redraw(disputeId) : court.appeal(disputeId));
        }
      }
      const { revealUntil } = await panelTimes(parts, disputeId);
      await setNext(revealUntil);
      await expect(court.redraw(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.decided, phases(PHASE.redraw));
      await court.deliverRuling(disputeId);
      expect(BigInt(await time.latest()) - createdAt).to.be.lessThan(await court.maxDisputeDuration());
      expect((await court.disputeOf(disputeId)).ruling).to.equal(5n); // the second round's
    });

    it("cannot reopen what is decided", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stranger } = parts;
      const disputeId = await disputeIn(parts, "decided");
      for (const name of ["appeal", "redraw"] as const) {
        await expect(court.connect(stranger)[name](disputeId))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
          .withArgs(disputeId, PHASE.decided, phases(PHASE[name]));
      }
    });
  });

  describe("leaving together", () => {
    const ids = (index: number) => Array.from({ length: 10 }, (_, i) => BigInt(index * 10 + i + 1));

    it("does not close the court, and those who left answer for the case", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, terms } = parts;
      for (const index of [6, 7, 8, 9]) await court.connect(jurors[index]).leave(ids(index));
      expect(await court.seatCount()).to.be.lessThan(terms.minSeats);
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      await court.deliverRuling(disputeId);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(5n);
      await executeAll(court, disputeId);
      await expectConserved(parts);
    });

    it("and waiting until the snapshot shows it can be made up for at once by new seats", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, stranger, terms } = parts;
      for (const index of [6, 7, 8, 9]) await court.connect(jurors[index]).leave(ids(index));
      await time.increase(terms.seatMaturity);
      await expect(openDispute(parts))
        .to.be.revertedWithCustomError(court, "SeatCourt_TooFewSeats")
        .withArgs(60n, terms.minSeats);
      await court.connect(stranger).join(terms.minSeats - 60n);
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      await court.deliverRuling(disputeId);
      await expectConserved(parts);
    });
  });

  describe("filling the court with junk", () => {
    it("keeps no appeal out, and ends as soon as their panels have had their time", async () => {
      const parts = await scriptedCourtFixture();
      const { court, client, stranger } = parts;
      const captured = await disputeIn(parts, "appeal");
      const junk: bigint[] = [];
      for (let i = 0; i < 15; ++i) {
        await stranger.sendTransaction({ to: court, data: disputeCall(parts) });
        junk.push(await court.disputeCount());
      }
      await expect(stranger.sendTransaction({ to: court, data: disputeCall(parts) }))
        .to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots")
        .withArgs(51n, 50n);
      await court.connect(client).appeal(captured);
      expect(await court.openSlots()).to.equal(45n + 7n);
      await expect(openDispute(parts))
        .to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots")
        .withArgs(55n, 50n);

      await setNext((await panelTimes(parts, junk.at(-1)!)).seedUntil);
      for (const disputeId of junk) await court.connect(client).releaseSlots(disputeId);
      await court.releaseSlots(captured); // nobody drew that one either
      expect(await court.openSlots()).to.equal(0n);
      await openDispute(parts);
      await expectConserved(parts);
    });

    it("costs its fees, which are burned if nobody judges", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable, stranger } = parts;
      for (let i = 0; i < 16; ++i) await stranger.sendTransaction({ to: court, data: disputeCall(parts) });
      await setNext((await panelTimes(parts, 16n)).windowUntil);
      for (let disputeId = 1n; disputeId <= 16n; ++disputeId) await court.execute(disputeId, 0n);
      expect(await court.burnable(stable)).to.equal(16n * 3n * terms.fee);
      expect(await court.openSlots()).to.equal(0n);
      await expectConserved(parts);
    });
  });

  describe("an arbitrable contract", () => {
    const refusals = {
      Revert: (call: Promise<unknown>, { arbitrable }: Court) =>
        expect(call).to.be.revertedWithCustomError(arbitrable, "Misbehave_Refused"),
      // What it reverts with is too large for the court to pass on with the gas that is left.
      RevertBomb: async (call: Promise<unknown>) => {
        const told = (error: unknown) => (error as Error).message;
        expect(await call.catch(told)).to.equal("Transaction ran out of gas");
      },
      BurnGas: (call: Promise<unknown>) => expect(call).to.be.revertedWithoutReason(),
    };
    for (const mode of ["Revert", "RevertBomb", "BurnGas"] as const) {
      it(`that ends in ${mode} keeps no juror's pay, and gets its ruling when it behaves`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, arbitrable, stable, terms } = parts;
        const disputeId = await decidedDispute(parts, [4, 4, 4]);
        await arbitrable.setMode(MISBEHAVIOUR[mode]);
        for (let i = 0; i < 2; ++i) {
          await refusals[mode](court.deliverRuling(disputeId, { gasLimit: 2_000_000n }), parts);
          expect(await arbitrable.rulingCount()).to.equal(0n);
        }
        expect((await court.phaseOf(disputeId)).phase).to.equal(PHASE.decided);
        await executeAll(court, disputeId);
        for (const juror of await panelJurors(parts, disputeId)) {
          expect(await court.withdrawable(stable, juror)).to.equal(terms.fee);
          await court.connect(juror).withdraw(stable, juror);
        }
        await arbitrable.setMode(MISBEHAVIOUR.None);
        await court.deliverRuling(disputeId);
        expect((await arbitrable.rulingAt(0n)).ruling).to.equal(5n);
        await expectConserved(parts);
      });
    }

    it("that answers with a flood is ruled all the same", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      await arbitrable.setMode(MISBEHAVIOUR.ReturnBomb);
      await court.deliverRuling(disputeId, { gasLimit: 3_000_000n });
      expect(await arbitrable.rulingCount()).to.equal(1n);
    });

    it("has no code: it is never ruled, and its jurors are paid", async () => {
      const parts = await scriptedCourtFixture();
      const { court, client, stable, terms } = parts;
      await client.sendTransaction({ to: court, data: disputeCall(parts) });
      await playRound(parts, 1n, [4, 4, 4]);
      await waitOutWindow(parts, 1n);
      await expect(court.deliverRuling(1n)).to.be.revertedWithoutReason();
      await executeAll(court, 1n);
      const [juror] = await panelJurors(parts, 1n);
      expect(await court.withdrawable(stable, juror!)).to.equal(terms.fee);
    });

    it("that calls back while it is ruled gets nowhere", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable, terms, stable } = parts;
      const other = await decidedDispute(parts, [4, 4, 0]);
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      const call = court.interface;
      const execute = call.encodeFunctionData("execute", [other, 0n]);
      const calls = [
        call.encodeFunctionData("deliverRuling", [disputeId]),
        call.encodeFunctionData("deliverRuling", [other]),
        call.encodeFunctionData("conclude", [other]),
        execute,
        call.encodeFunctionData("execute", [disputeId, 0n]),
        disputeCall(parts),
        call.encodeFunctionData("join", [1n]),
        call.encodeFunctionData("leave", [[1n]]),
        call.encodeFunctionData("withdraw", [terms.token, await arbitrable.getAddress()]),
        call.encodeFunctionData("deliver", [terms.token, await arbitrable.getAddress()]),
        call.encodeFunctionData("burn", [terms.token]),
        call.encodeFunctionData("releaseSlots", [other]),
        call.encodeFunctionData("appeal", [other]),
        call.encodeFunctionData("redraw", [other]),
        call.encodeFunctionData("multicall", [[execute]]),
      ];
      const target = await court.getAddress();
      for (const data of calls) {
        const { selector, name } = call.parseTransaction({ data })!;
        const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
        await arbitrable.setScript([{ target, data }]);
        await court.deliverRuling(disputeId);
        expect(await arbitrable.succeeded(), `${name} ${selector}`).to.equal(0n);
        expect(await arbitrable.returnData(), name).to.equal(
          court.interface.encodeErrorResult("ReentrancyGuardReentrantCall", []),
        );
        await ethers.provider.send("evm_revert", [snapshot]);
      }
      await arbitrable.setScript(calls.map((data) => ({ target, data })));
      await court.deliverRuling(disputeId);
      expect(await arbitrable.rulingCount()).to.equal(1n);
      await executeAll(court, disputeId);
      await executeAll(court, other);
      expect(await stable.balanceOf(court)).to.be.greaterThan(0n);
      await expectConserved(parts);
    });

    it("that is starved of gas is not ruled unless it took the ruling", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      let delivered = false;
      for (let gasLimit = 40_000n; !delivered; gasLimit += 2_000n) {
        delivered = await court.deliverRuling(disputeId, { gasLimit }).then(
          () => true,
          () => false,
        );
        const { ending } = await court.disputeOf(disputeId);
        expect(ending === PHASE.ruled, `with ${String(gasLimit)} gas`).to.equal(delivered);
        expect(await arbitrable.rulingCount(), `with ${String(gasLimit)} gas`).to.equal(delivered ? 1n : 0n);
        expect(gasLimit).to.be.lessThan(500_000n);
      }
    });

    it("is ruled once, whoever asks for more", async () => {
      const parts = await scriptedCourtFixture();
      const { court, arbitrable, stranger } = parts;
      const disputeId = await disputeIn(parts, "ruled");
      await expect(court.connect(stranger).deliverRuling(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.ruled, phases(PHASE.decided, PHASE.concluded));
      await executeAll(court, disputeId);
      await expect(court.connect(stranger).deliverRuling(disputeId))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.ruled, phases(PHASE.decided, PHASE.concluded));
      expect(await arbitrable.rulingCount()).to.equal(1n);
    });
  });

  describe("pretending to be another sender", () => {
    /** A call whose data ends in the address of somebody else, as a trusted forwarder would append it. */
    const spoof = async (data: string, victim: AddressLike) =>
      ethers.concat([data, await ethers.resolveAddress(victim)]);

    it("moves no seat, no credit and no vote of the victim's", async () => {
      const parts = await scriptedCourtFixture();
      const { court, jurors, stranger, terms } = parts;
      const call = court.interface;
      await executeAll(court, await decidedDispute(parts, [4, 4, 4]));
      const rich = (await panelJurors(parts, 1n))[0]!;
      const disputeId = await disputeIn(parts, "commit");
      const [juror] = await panelJurors(parts, disputeId);
      const commitment = ethers.id("not the juror's");
      const attempts: [string, AddressLike, string, unknown[]][] = [
        [call.encodeFunctionData("leave", [[1n]]), jurors[0]!, "SeatCourt_NotSeatsOwner", [1n, stranger.address]],
        [
          call.encodeFunctionData("releaseSeats", [[1n]]),
          jurors[0]!,
          "SeatCourt_NotSeatsOwner",
          [1n, stranger.address],
        ],
        [
          call.encodeFunctionData("withdraw", [terms.token, stranger.address]),
          rich,
          "SeatCourt_NothingToWithdraw",
          [terms.token, stranger.address],
        ],
        [
          call.encodeFunctionData("commit", [disputeId, 0n, commitment]),
          juror!,
          "SeatCourt_NotDrawn",
          [disputeId, 0n, 0n, stranger.address],
        ],
      ];
      for (const [data, victim, error, args] of attempts) {
        const spoofed = await spoof(data, victim);
        const batch = await spoof(call.encodeFunctionData("multicall", [[spoofed]]), victim);
        for (const sent of [spoofed, batch]) {
          await expect(stranger.sendTransaction({ to: court, data: sent }))
            .to.be.revertedWithCustomError(court, error)
            .withArgs(...args);
        }
      }
    });

    it("spends nobody's allowance", async () => {
      const parts = await scriptedCourtFixture();
      const { court, client, stable, referrer } = parts;
      const data = await spoof(court.interface.encodeFunctionData("join", [1n]), client);
      await expect(referrer.sendTransaction({ to: court, data }))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await court.getAddress(), 0n, parts.terms.seatPrice);
    });
  });

  describe("several calls at once", () => {
    it("cannot pay for two disputes with one value, nor for one", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stranger, terms } = parts;
      const create = court.interface.encodeFunctionData("createDispute(uint256,bytes)", [5n, "0x"]);
      const data = court.interface.encodeFunctionData("multicall", [[create, create]]);
      await expect(
        stranger.sendTransaction({ to: court, data, value: 3n * terms.coinFee }),
      ).to.be.revertedWithoutReason();
      await expect(stranger.sendTransaction({ to: court, data }))
        .to.be.revertedWithCustomError(court, "SeatCourt_IncorrectPayment")
        .withArgs(ZeroAddress, 3n * terms.coinFee, 0n);
      expect(await court.disputeCount()).to.equal(0n);
    });
  });

  describe("a token that calls back", () => {
    it("lets nobody act on the court in the middle of a payment", async () => {
      const market = await marketFixture();
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CBK"]);
      const source = await ethers.deployContract("ScriptedRandomness");
      const parts = await courtOn(market, { token: await ethers.getContractAt("PlainToken", token.target), source });
      const { court, arbitrable, stranger, jurors } = parts;
      const target = await court.getAddress();
      await executeAll(court, await decidedDispute(parts, [4, 4, 4]));
      const [juror] = await panelJurors(parts, 1n);
      const again = arbitrable.interface.encodeFunctionData("execute", [
        target,
        court.interface.encodeFunctionData("join", [1n]),
      ]);
      const payments = [
        () => court.connect(stranger).join(1n),
        () => stranger.sendTransaction({ to: court, data: disputeCall(parts) }),
        () => court.connect(juror).withdraw(token, juror!),
        () => court.burn(token),
      ];
      for (const pay of payments) {
        await token.setCallback(MOMENT.AfterTransfer, arbitrable, again);
        await pay();
      }
      expect(await token.resultCount()).to.equal(BigInt(payments.length));
      for (let i = 0; i < payments.length; ++i) {
        const { success, returnData } = await token.result(i);
        expect([success, returnData]).to.deep.equal([
          false,
          court.interface.encodeErrorResult("ReentrancyGuardReentrantCall", []),
        ]);
      }
      expect(jurors).to.have.length(10);
      await expectConserved(parts);
    });
  });
});

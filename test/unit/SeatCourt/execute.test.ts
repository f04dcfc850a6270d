import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ZeroAddress } from "ethers";

import { ScriptedRandomness__factory } from "../../../typechain-types";
import type { Court } from "../../fixtures/court";
import {
  CONDUCT,
  PHASE,
  commitVotes,
  courtOn,
  decidedDispute,
  disputeIn,
  drawPanel,
  endReveal,
  executeAll,
  expectConserved,
  expectPhases,
  openCoinDispute,
  openDispute,
  panelJurors,
  panelTimes,
  passTo,
  phases,
  playRound,
  revealVotes,
  saltOf,
  scriptedCourtFixture,
  setNext,
  waitOutWindow,
} from "../../fixtures/court";
import { marketFixture } from "../../fixtures/market";

type Vote = number | undefined;

const seven = (vote: Vote, others: Vote[] = []) => [
  ...others,
  ...Array.from({ length: 7 - others.length }, () => vote),
];
const fifteen = (vote: Vote, others: Vote[] = []) => [
  ...others,
  ...Array.from({ length: 15 - others.length }, () => vote),
];

/** What each of a panel's slots came to, told by the events of its settlement. */
async function outcomes(
  { court }: Court,
  disputeId: bigint,
  panel: bigint,
  execution: Promise<ContractTransactionResponse>,
) {
  const receipt = (await (await execution).wait())!;
  const told: { conduct: bigint; amount: bigint }[] = [];
  const logs = await court.queryFilter(court.filters.SlotSettled(), receipt.blockNumber, receipt.blockNumber);
  for (const { args } of logs) {
    expect([args.disputeID, args.panel]).to.deep.equal([disputeId, panel]);
    const { juror } = await court.slotOf(disputeId, panel, args.slot);
    expect(args.juror).to.equal(juror);
    told[Number(args.slot)] = { conduct: args.conduct, amount: args.amount };
  }
  return told;
}

const coherent = (amount: bigint) => ({ conduct: CONDUCT.coherent, amount });
const incoherent = (amount: bigint) => ({ conduct: CONDUCT.incoherent, amount });
const absent = (amount: bigint) => ({ conduct: CONDUCT.absent, amount });
const leaked = () => ({ conduct: CONDUCT.leaked, amount: 0n });

/** The fixture's court with its amounts at hand. */
async function ready() {
  const parts = await scriptedCourtFixture();
  const { fee, seatPrice } = parts.terms;
  return { ...parts, fee, half: seatPrice / 2n, away: (seatPrice * 60n) / 100n };
}

/** A dispute whose rounds were played with these votes, each after the first paid for by the client. */
async function played(parts: Court, rounds: Vote[][], open = openDispute) {
  const disputeId = await open(parts);
  for (const [round, votes] of rounds.entries()) {
    if (round > 0) await parts.court.connect(parts.client).appeal(disputeId);
    await playRound(parts, disputeId, votes);
  }
  await waitOutWindow(parts, disputeId);
  return disputeId;
}

describe("SeatCourt", () => {
  describe("execute", () => {
    it("pays the fee for each coherent vote, and takes from nobody", async () => {
      const parts = await ready();
      const { court, stable, stranger, fee } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      const jurors = await panelJurors(parts, disputeId);
      const execution = court.connect(stranger).execute(disputeId, 0n);
      expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal([
        coherent(fee),
        coherent(fee),
        coherent(fee),
      ]);
      await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, 0n);
      await expect(execution).to.emit(court, "DisputeConcluded").withArgs(disputeId, 5n);
      for (const juror of jurors) {
        expect(await court.withdrawable(stable, juror)).to.equal(fee);
        const account = await court.accountOf(juror);
        expect([account.coherent, account.incoherent, account.absent, account.leaked]).to.deep.equal([1n, 0n, 0n, 0n]);
      }
      expect((await court.panelOf(disputeId, 0n)).executed).to.equal(true);
      expect(await court.seatCount()).to.equal(100n);
      await expectConserved(parts);
    });

    for (const [vote, ruling, wrong] of [
      [0, 2, true],
      [1, 2, false],
      [2, 2, false],
      [3, 2, false],
      [4, 2, true],
      [0, 0, false],
      [1, 0, false],
      [2, 0, true],
      [4, 4, false],
      [3, 4, false],
      [2, 4, true],
      [0, 4, true],
    ] as const) {
      it(`holds a vote for ${vote * 25} to be ${wrong ? "wrong" : "right"} where the ruling is ${ruling * 25}`, async () => {
        const parts = await ready();
        const { court, fee, half } = parts;
        const disputeId = await decidedDispute(parts, [ruling, ruling, vote]);
        const execution = court.execute(disputeId, 0n);
        const told = await outcomes(parts, disputeId, 0n, execution);
        // A wrong vote's fee goes to the others, its half seat to nobody.
        const shared = fee + fee / 2n;
        expect(told).to.deep.equal(
          wrong ? [coherent(shared), coherent(shared), incoherent(half)] : Array(3).fill(coherent(fee)),
        );
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 0n, wrong ? half : 0n);
        await expectConserved(parts);
      });
    }

    it("takes half a seat for a wrong vote, and the seat out of the pool", async () => {
      const parts = await ready();
      const { court, half } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 0]);
      const { seatId, juror } = await court.slotOf(disputeId, 0n, 2n);
      await expect(court.execute(disputeId, 0n))
        .to.emit(court, "SlotSettled")
        .withArgs(disputeId, 0n, 2n, juror, CONDUCT.incoherent, half);
      const seat = await court.seatOf(seatId);
      expect([seat.left, seat.place]).to.deep.equal([50n, 0n]);
      expect((await court.accountOf(juror)).incoherent).to.equal(1n);
      expect(await court.seatCount()).to.equal(99n);
    });

    it("takes 60 percent of a seat for no commit as for no reveal", async () => {
      const parts = await ready();
      const { court, fee, away } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId);
      await commitVotes(parts, disputeId, [undefined, 4, 4]);
      await revealVotes(parts, disputeId, [undefined, undefined, 4]);
      await endReveal(parts, disputeId);
      await court.redraw(disputeId);
      await playRound(parts, disputeId, [4, 4, undefined]);
      await waitOutWindow(parts, disputeId);
      // The first panel failed: nobody earns anything, not even the one who came.
      expect(await outcomes(parts, disputeId, 0n, court.execute(disputeId, 0n))).to.deep.equal([
        absent(away),
        absent(away),
        coherent(0n),
      ]);
      expect(await outcomes(parts, disputeId, 1n, court.execute(disputeId, 1n))).to.deep.equal([
        coherent(fee + fee / 2n),
        coherent(fee + fee / 2n),
        absent(away),
      ]);
      const { seatId, juror } = await court.slotOf(disputeId, 0n, 0n);
      expect((await court.seatOf(seatId)).left).to.equal(40n);
      expect((await court.accountOf(juror)).absent).to.equal(1n);
      await expectConserved(parts);
    });

    it("takes nothing more for a leak, but has its fee shared", async () => {
      const parts = await ready();
      const { court, stable, stranger, fee } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId);
      await commitVotes(parts, disputeId, [4, 4, 4]);
      const [leaker] = await panelJurors(parts, disputeId);
      await court.connect(stranger).proveLeak(disputeId, 0n, leaker!, 4, saltOf(0n));
      await revealVotes(parts, disputeId, [undefined, 4, 4]);
      await endReveal(parts, disputeId);
      await waitOutWindow(parts, disputeId);
      const burnable = await court.burnable(stable);
      const told = await outcomes(parts, disputeId, 0n, court.execute(disputeId, 0n));
      expect(told).to.deep.equal([leaked(), coherent(fee + fee / 2n), coherent(fee + fee / 2n)]);
      expect((await court.accountOf(leaker!)).leaked).to.equal(1n);
      expect(await court.burnable(stable)).to.equal(burnable);
      await expectConserved(parts);
    });

    it("shares the fees that nobody earned, and burns every penalty", async () => {
      const parts = await ready();
      const { court, stable, fee, half, away } = parts;
      const disputeId = await played(parts, [
        [4, 4, 4],
        [4, 4, 4, 4, 0, 0, undefined],
      ]);
      const told = await outcomes(parts, disputeId, 1n, court.execute(disputeId, 1n));
      const bonus = (3n * fee) / 4n;
      expect(told).to.deep.equal([
        ...Array<unknown>(4).fill(coherent(fee + bonus)),
        incoherent(half),
        incoherent(half),
        absent(away),
      ]);
      expect(await court.burnable(stable)).to.equal(2n * half + away);
      await expectConserved(parts);
    });

    it("burns what division leaves", async () => {
      const parts = await ready();
      const { court, stable, fee, half } = parts;
      const disputeId = await played(parts, [[4, 4, 4], seven(4, [0])]);
      const share = fee / 6n;
      expect(share * 6n).not.to.equal(fee);
      expect((await outcomes(parts, disputeId, 1n, court.execute(disputeId, 1n)))[1]).to.deep.equal(
        coherent(fee + share),
      );
      expect(await court.burnable(stable)).to.equal(half + fee - 6n * share);
      await expectConserved(parts);
    });

    it("takes from one seat for each of its slots, and no more than it has left", async () => {
      const parts = await ready();
      const { court, terms, fee, half, away } = parts;
      for (const [votes, taken] of [
        [
          [undefined, undefined, undefined],
          [absent(away), absent(terms.seatPrice - away)],
        ],
        [
          [0, 0, 4, 4, 4, 4, 4],
          [incoherent(half), incoherent(half)],
        ],
        [
          [undefined, 0, 4, 4, 4, 4, 4],
          [absent(away), incoherent(terms.seatPrice - away)],
        ],
      ] as const) {
        const first = votes.length === 3;
        const disputeId = await openDispute(parts);
        if (!first) {
          await playRound(parts, disputeId, [4, 4, 4]);
          await court.appeal(disputeId);
        }
        const whole: boolean[] = [];
        for (let seatId = 1n; seatId <= 100n; ++seatId) whole.push((await court.seatOf(seatId)).left === 100n);
        await drawPanel(
          parts,
          disputeId,
          (seats) =>
            seats[0] === seats[1] &&
            new Set(seats).size === seats.length - 1 &&
            seats.every((seatId) => whole[Number(seatId) - 1]),
        );
        await commitVotes(parts, disputeId, [...votes]);
        await revealVotes(parts, disputeId, [...votes]);
        await waitOutWindow(parts, disputeId);
        const panel = first ? 0n : 1n;
        const told = await outcomes(parts, disputeId, panel, court.execute(disputeId, panel));
        expect(told.slice(0, 2)).to.deep.equal(taken);
        const { seatId } = await court.slotOf(disputeId, panel, 0n);
        expect((await court.seatOf(seatId)).left).to.equal(0n);
        if (!first) expect(told[2]).to.deep.equal(coherent(fee + (2n * fee) / 5n));
        await expectConserved(parts);
      }
    });

    it("finds a seat empty that other panels have emptied", async () => {
      const parts = await ready();
      const { court, away, terms } = parts;
      const disputes: bigint[] = [];
      for (let i = 0; i < 3; ++i) disputes.push(await openDispute(parts));
      for (const disputeId of disputes)
        await drawPanel(
          parts,
          disputeId,
          (seats) => seats.every((seat, i) => i > 0 || seat === 7n) && new Set(seats).size === 3,
        );
      await passTo((await panelTimes(parts, disputes[2]!)).windowUntil);
      const taken: bigint[] = [];
      for (const disputeId of disputes) {
        taken.push((await outcomes(parts, disputeId, 0n, court.execute(disputeId, 0n)))[0]!.amount);
      }
      expect(taken).to.deep.equal([away, terms.seatPrice - away, 0n]);
      await expectConserved(parts);
    });

    describe("after an appeal", () => {
      it("repays the appellant with the fees that the overruled panel did not earn, and burns its penalties", async () => {
        const parts = await ready();
        const { court, stable, client, fee, half } = parts;
        const disputeId = await played(parts, [[4, 4, 0], seven(0)]);
        const execution = court.execute(disputeId, 0n);
        const told = await outcomes(parts, disputeId, 0n, execution);
        // The one who was right has its own fee, and no more.
        expect(told).to.deep.equal([incoherent(half), incoherent(half), coherent(fee)]);
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 2n * fee, 2n * half);
        await expect(execution)
          .to.emit(court, "Credited")
          .withArgs(parts.terms.token, client.address, 2n * fee);
        expect(await court.withdrawable(stable, client)).to.equal(2n * fee);
        await court.execute(disputeId, 1n);
        await expectConserved(parts);
      });

      it("repays nothing where no vote was wrong and all were paid for", async () => {
        const parts = await ready();
        const { court, client, stable, fee } = parts;
        // 75 against 100: neither is wrong, so that nothing was taken.
        const disputeId = await played(parts, [[4, 4, 3], seven(3)]);
        const execution = court.execute(disputeId, 0n);
        expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal(Array(3).fill(coherent(fee)));
        await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, 0n);
        await expect(execution).not.to.emit(court, "Credited");
        expect(await court.withdrawable(stable, client)).to.equal(0n);
        await expectConserved(parts);
      });

      it("repays as much where the seats had nothing left", async () => {
        const parts = await ready();
        const { court, stable, client, fee } = parts;
        // One seat fills two wrong slots, and has been emptied by two other cases in the meantime.
        const others = [await openDispute(parts), await openDispute(parts)];
        const disputeId = await openDispute(parts);
        for (const other of others) {
          await drawPanel(parts, other, (seats) => seats[0] === 5n && new Set(seats).size === 3);
          await commitVotes(parts, other, [undefined, 4, 4]);
        }
        await drawPanel(parts, disputeId, (seats) => seats[0] === 5n && seats[1] === 5n && seats[2] !== 5n);
        await commitVotes(parts, disputeId, [4, 4, 0]);
        for (const other of others) await revealVotes(parts, other, [undefined, 4, 4]);
        await revealVotes(parts, disputeId, [4, 4, 0]);
        await endReveal(parts, disputeId);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, seven(0));
        await waitOutWindow(parts, disputeId);
        for (const other of others) await court.execute(other, 0n);
        const burnable = await court.burnable(stable);
        const execution = court.execute(disputeId, 0n);
        // What is repaid was never the seats': there is only nothing to burn.
        expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal([
          incoherent(0n),
          incoherent(0n),
          coherent(fee),
        ]);
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 2n * fee, 0n);
        expect(await court.withdrawable(stable, client)).to.equal(2n * fee);
        expect(await court.burnable(stable)).to.equal(burnable);
        await expectConserved(parts);
      });

      it("repays each appellant whose appeal was against another ruling than the final one", async () => {
        const parts = await ready();
        const { court, stable, client, stranger, fee, half } = parts;
        const disputeId = await openDispute(parts);
        await playRound(parts, disputeId, [4, 4, 4]);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, seven(4, [2]));
        await court.connect(stranger).appeal(disputeId);
        await playRound(parts, disputeId, fifteen(2));
        const first = court.execute(disputeId, 0n);
        // All three wrong.
        await expect(first)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 3n * fee, 3n * half);
        // Six of seven wrong.
        await expect(court.execute(disputeId, 1n))
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 1n, 6n * fee, 6n * half);
        await expect(court.execute(disputeId, 2n)).to.emit(court, "PanelExecuted").withArgs(disputeId, 2n, 0n, 0n);
        expect(await court.withdrawable(stable, client)).to.equal(3n * fee);
        expect(await court.withdrawable(stable, stranger)).to.equal(6n * fee);
        await expectConserved(parts);
      });

      it("repays nobody whose appeal came to the same", async () => {
        const parts = await ready();
        const { court, stable, client, stranger, fee, half } = parts;
        const disputeId = await openDispute(parts);
        await playRound(parts, disputeId, [4, 4, 0]);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, seven(0));
        await court.connect(stranger).appeal(disputeId);
        await playRound(parts, disputeId, fifteen(4));
        // The final ruling is the first panel's: only the second appeal won, against the second panel.
        await expect(court.execute(disputeId, 0n)).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, half);
        await expect(court.execute(disputeId, 1n))
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 1n, 7n * fee, 7n * half);
        expect(await court.withdrawable(stable, client)).to.equal(0n);
        expect(await court.withdrawable(stable, stranger)).to.equal(7n * fee);
        await court.execute(disputeId, 2n);
        await expectConserved(parts);
      });

      it("works for the panels in any order, and for each alone", async () => {
        const parts = await ready();
        const { court } = parts;
        const disputeId = await played(parts, [[4, 4, 0], seven(0), fifteen(4)]);
        await court.execute(disputeId, 2n);
        await expectConserved(parts);
        await court.execute(disputeId, 0n);
        await expectConserved(parts);
        await court.execute(disputeId, 1n);
        await expectConserved(parts);
      });
    });

    describe("of a panel that failed", () => {
      it("burns a first round's fees and its penalties when it was not drawn again", async () => {
        const parts = await ready();
        const { court, stable, fee, away } = parts;
        const disputeId = await decidedDispute(parts, [1, undefined, undefined]);
        const execution = court.execute(disputeId, 0n);
        // No ruling at all: whoever came was right, and earned nothing.
        expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal([
          coherent(0n),
          absent(away),
          absent(away),
        ]);
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 0n, 2n * away + 3n * fee);
        expect(await court.burnable(stable)).to.equal(2n * away + 3n * fee);
        await expectConserved(parts);
      });

      it("burns its fees when nobody drew it, and takes from nobody", async () => {
        const parts = await ready();
        const { court, stable, fee } = parts;
        const disputeId = await openDispute(parts);
        await passTo((await panelTimes(parts, disputeId)).windowUntil);
        const execution = court.execute(disputeId, 0n);
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 0n, 3n * fee);
        await expect(execution).not.to.emit(court, "SlotSettled");
        expect(await court.burnable(stable)).to.equal(3n * fee);
        expect(await court.seatCount()).to.equal(100n);
        await expectConserved(parts);
      });

      it("keeps the fees for the panel that was drawn instead", async () => {
        const parts = await ready();
        const { court, stable, fee } = parts;
        const disputeId = await openDispute(parts);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);
        await court.redraw(disputeId);
        await playRound(parts, disputeId, [4, 4, 4]);
        await waitOutWindow(parts, disputeId);
        await court.execute(disputeId, 0n);
        expect(await court.burnable(stable)).to.equal(0n);
        await expectConserved(parts);
        expect(await outcomes(parts, disputeId, 1n, court.execute(disputeId, 1n))).to.deep.equal(
          Array(3).fill(coherent(fee)),
        );
        await expectConserved(parts);
      });

      it("burns them once when that failed as well", async () => {
        const parts = await ready();
        const { court, stable, fee } = parts;
        const disputeId = await openDispute(parts);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);
        await court.redraw(disputeId);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);
        await executeAll(court, disputeId);
        expect(await court.burnable(stable)).to.equal(3n * fee);
        await expectConserved(parts);
      });

      it("forgives a wrong vote", async () => {
        const parts = await ready();
        const { court, away } = parts;
        const disputeId = await openDispute(parts);
        await playRound(parts, disputeId, [0, undefined, undefined]);
        await court.redraw(disputeId);
        await playRound(parts, disputeId, [4, 4, 4]);
        await waitOutWindow(parts, disputeId);
        const { seatId } = await court.slotOf(disputeId, 0n, 0n);
        expect(await outcomes(parts, disputeId, 0n, court.execute(disputeId, 0n))).to.deep.equal([
          incoherent(0n),
          absent(away),
          absent(away),
        ]);
        expect((await court.seatOf(seatId)).left).to.equal(100n);
        expect((await court.seatOf(seatId)).place).not.to.equal(0n);
        await expectConserved(parts);
      });

      it("pays nobody, whoever came, and takes nothing more for a leak", async () => {
        const parts = await ready();
        const { court, away } = parts;
        const disputeId = await openDispute(parts);
        await drawPanel(parts, disputeId);
        await commitVotes(parts, disputeId, [4, 4, undefined]);
        const [leaker] = await panelJurors(parts, disputeId);
        await court.proveLeak(disputeId, 0n, leaker!, 4, saltOf(0n));
        await revealVotes(parts, disputeId, [undefined, 4, undefined]);
        await endReveal(parts, disputeId);
        await waitOutWindow(parts, disputeId);
        expect(await outcomes(parts, disputeId, 0n, court.execute(disputeId, 0n))).to.deep.equal([
          leaked(),
          coherent(0n),
          absent(away),
        ]);
        await expectConserved(parts);
      });

      it("pays an appeal's fees back, as the ruling stands", async () => {
        const parts = await ready();
        const { court, stable, client, fee, terms } = parts;
        const disputeId = await openDispute(parts);
        await playRound(parts, disputeId, [4, 4, 4]);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, seven(undefined, [0, 0, 0]));
        await court.redraw(disputeId);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);

        await court.execute(disputeId, 0n);
        expect(await court.withdrawable(stable, client)).to.equal(0n);
        await expect(court.execute(disputeId, 1n)).to.emit(court, "PanelExecuted");
        expect(await court.withdrawable(stable, client)).to.equal(0n);
        await expectConserved(parts);
        const execution = court.execute(disputeId, 2n);
        await expect(execution)
          .to.emit(court, "Credited")
          .withArgs(terms.token, client.address, 7n * fee);
        await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 2n, 0n, 0n);
        expect(await court.withdrawable(stable, client)).to.equal(7n * fee);
        await expectConserved(parts);
      });

      it("pays the second appeal's fees back, and the first's as its own success says", async () => {
        const parts = await ready();
        const { court, stable, client, stranger, fee } = parts;
        const disputeId = await openDispute(parts);
        await playRound(parts, disputeId, [4, 4, 4]);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, seven(0));
        await court.connect(stranger).appeal(disputeId);
        await passTo((await panelTimes(parts, disputeId)).windowUntil);
        await executeAll(court, disputeId);
        expect(await court.withdrawable(stable, client)).to.equal(3n * fee);
        expect(await court.withdrawable(stable, stranger)).to.equal(15n * fee);
        await expectConserved(parts);
      });
    });

    describe("of a dispute paid in the coin", () => {
      it("pays fees in the coin, those that were not earned too, and burns the penalties in the token", async () => {
        const parts = await ready();
        const { court, stable, terms, half } = parts;
        const disputeId = await played(parts, [[4, 4, 0]], openCoinDispute);
        const wage = terms.coinFee + terms.coinFee / 2n;
        const [first, second, third] = await panelJurors(parts, disputeId);
        const execution = court.execute(disputeId, 0n);
        expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal([
          coherent(wage),
          coherent(wage),
          incoherent(half),
        ]);
        for (const juror of [first!, second!]) {
          await expect(execution).to.emit(court, "Credited").withArgs(ZeroAddress, juror.address, wage);
          expect(await court.withdrawable(ZeroAddress, juror)).to.equal(wage);
          expect(await court.withdrawable(stable, juror)).to.equal(0n);
        }
        expect(await court.withdrawable(ZeroAddress, third!)).to.equal(0n);
        await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, half);
        expect(await court.burnable(ZeroAddress)).to.equal(0n);
        expect(await court.burnable(stable)).to.equal(half);
        await expectConserved(parts);
      });

      it("burns what division leaves of the coin, and tells only what it burned of the token", async () => {
        const market = await marketFixture();
        const source = await new ScriptedRandomness__factory(market.deployer).deploy();
        const parts = await courtOn(market, { source, terms: { coinFee: 7n } });
        const { court, stable, terms } = parts;
        const disputeId = await played(parts, [[4, 4, 0]], openCoinDispute);
        const half = terms.seatPrice / 2n;
        await expect(court.execute(disputeId, 0n)).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, half);
        const [juror] = await panelJurors(parts, disputeId);
        expect(await court.withdrawable(ZeroAddress, juror!)).to.equal(10n);
        expect(await court.burnable(ZeroAddress)).to.equal(1n);
        expect(await court.burnable(stable)).to.equal(half);
        await expectConserved(parts);
      });

      it("burns the coin when no panel came about, drawn again or not", async () => {
        const parts = await ready();
        const { court, stable, terms } = parts;
        const disputeId = await openCoinDispute(parts);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);
        await court.redraw(disputeId);
        await passTo((await panelTimes(parts, disputeId)).seedUntil);
        await executeAll(court, disputeId);
        expect(await court.burnable(ZeroAddress)).to.equal(3n * terms.coinFee);
        expect(await court.burnable(stable)).to.equal(0n);
        await expectConserved(parts);
      });

      it("pays an appeal's jurors in the token, and its appellant what the first panel did not earn in the coin", async () => {
        const parts = await ready();
        const { court, stable, client, terms, fee, half } = parts;
        const disputeId = await played(parts, [[4, 4, 4], seven(0)], openCoinDispute);
        const [juror] = await panelJurors(parts, disputeId);
        const before = await court.withdrawable(ZeroAddress, juror!);
        expect(await outcomes(parts, disputeId, 1n, court.execute(disputeId, 1n))).to.deep.equal(
          Array(7).fill(coherent(fee)),
        );
        expect(await court.withdrawable(ZeroAddress, juror!)).to.equal(before);
        const execution = court.execute(disputeId, 0n);
        await expect(execution)
          .to.emit(court, "PanelExecuted")
          .withArgs(disputeId, 0n, 3n * terms.coinFee, 3n * half);
        await expect(execution)
          .to.emit(court, "Credited")
          .withArgs(ZeroAddress, client.address, 3n * terms.coinFee);
        expect(await court.withdrawable(ZeroAddress, client)).to.equal(3n * terms.coinFee);
        expect(await court.withdrawable(stable, client)).to.equal(0n);
        expect(await court.burnable(ZeroAddress)).to.equal(0n);
        expect(await court.burnable(stable)).to.equal(3n * half);
        await expectConserved(parts);
      });

      it("repays no coin where no vote was wrong and all were paid for", async () => {
        const parts = await ready();
        const { court, client, terms } = parts;
        const disputeId = await played(parts, [[4, 4, 3], seven(3)], openCoinDispute);
        const execution = court.execute(disputeId, 0n);
        expect(await outcomes(parts, disputeId, 0n, execution)).to.deep.equal(Array(3).fill(coherent(terms.coinFee)));
        await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, 0n);
        const credits = await court.queryFilter(court.filters.Credited());
        expect(credits.map(({ args }) => args.account)).not.to.include(client.address);
        expect(credits).to.have.length(3); // the jurors'
        expect(await court.withdrawable(ZeroAddress, client)).to.equal(0n);
        await expectConserved(parts);
      });

      it("pays an appeal's fees back in the token when its panels failed", async () => {
        const parts = await ready();
        const { court, stable, client, fee } = parts;
        const disputeId = await openCoinDispute(parts);
        await playRound(parts, disputeId, [4, 4, 4]);
        await court.connect(client).appeal(disputeId);
        await passTo((await panelTimes(parts, disputeId)).windowUntil);
        await executeAll(court, disputeId);
        expect(await court.withdrawable(stable, client)).to.equal(7n * fee);
        expect(await court.withdrawable(ZeroAddress, client)).to.equal(0n);
        expect(await court.burnable(ZeroAddress)).to.equal(0n);
        await expectConserved(parts);
      });
    });

    it("fixes the ruling if nobody has, and works after it was fixed or given", async () => {
      const parts = await ready();
      const { court } = parts;
      for (const phase of ["decided", "concluded", "ruled"] as const) {
        const disputeId = await disputeIn(parts, phase);
        const execution = court.execute(disputeId, 0n);
        if (phase === "decided") {
          await expect(execution).to.emit(court, "DisputeConcluded").withArgs(disputeId, 5n);
        } else {
          await expect(execution).not.to.emit(court, "DisputeConcluded");
        }
        await expect(execution).to.emit(court, "PanelExecuted").withArgs(disputeId, 0n, 0n, 0n);
      }
    });

    it("reverts in the appeal window's last second, and works from the next on", async () => {
      const parts = await ready();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "appeal");
      const { windowUntil } = await panelTimes(parts, disputeId);
      await setNext(windowUntil - 1n);
      await expect(court.execute(disputeId, 0n))
        .to.be.revertedWithCustomError(court, "SeatCourt_UnexpectedPhase")
        .withArgs(disputeId, PHASE.appeal, phases(PHASE.decided, PHASE.concluded, PHASE.ruled));
      await setNext(windowUntil);
      await court.execute(disputeId, 0n);
    });

    it("reverts in every other phase", async () => {
      const parts = await ready();
      await expectPhases(parts, ["decided", "concluded", "ruled"], (disputeId) => parts.court.execute(disputeId, 0n));
    });

    it("reverts for a panel that the dispute never had", async () => {
      const parts = await ready();
      const { court } = parts;
      const disputeId = await disputeIn(parts, "decided");
      for (const panel of [1n, 2n ** 256n - 1n]) {
        await expect(court.execute(disputeId, panel))
          .to.be.revertedWithCustomError(court, "SeatCourt_NoSuchSlot")
          .withArgs(disputeId, panel, 0n);
      }
    });

    it("reverts the second time", async () => {
      const parts = await ready();
      const { court } = parts;
      const disputeId = await played(parts, [[4, 4, 0], seven(0)]);
      for (const panel of [1n, 0n]) {
        await court.execute(disputeId, panel);
        await expect(court.execute(disputeId, panel))
          .to.be.revertedWithCustomError(court, "SeatCourt_AlreadyExecuted")
          .withArgs(disputeId, panel);
      }
    });
  });
});

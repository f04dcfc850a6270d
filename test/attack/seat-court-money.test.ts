import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { Court } from "../fixtures/court";
import {
  BURNT,
  CONDUCT,
  commitVotes,
  contractJuror,
  decidedDispute,
  disputeCall,
  drawPanel,
  executeAll,
  expectConserved,
  openCoinDispute,
  openDispute,
  panelJurors,
  panelTimes,
  passTo,
  playRound,
  revealVotes,
  saltOf,
  scriptedCourtFixture,
  setNext,
  waitOutWindow,
  worthOf,
} from "../fixtures/court";

const seven = (vote: number | undefined) => Array.from({ length: 7 }, () => vote);

/** A case that the client brings only to have it ruled on by friends. */
async function junkDispute(parts: Court): Promise<bigint> {
  await parts.client.sendTransaction({ to: parts.court, data: disputeCall(parts) });
  return parts.court.disputeCount();
}

/** Everybody takes home what is theirs. */
async function everybodyLeaves({ court, jurors, token }: Court, others: HardhatEthersSigner[]): Promise<void> {
  const owned: bigint[][] = [];
  for (const [index] of jurors.entries()) {
    const ids: bigint[] = [];
    for (let seatId = BigInt(index * 10 + 1); seatId <= BigInt(index * 10 + 10); ++seatId) {
      if ((await court.seatOf(seatId)).place !== 0n) ids.push(seatId);
    }
    await court.connect(jurors[index]).leave(ids);
    owned.push(Array.from({ length: 10 }, (_, i) => BigInt(index * 10 + i + 1)));
  }
  await time.increase(await court.UNBONDING());
  for (const [index, juror] of jurors.entries()) await court.connect(juror).releaseSeats(owned[index]!);
  for (const account of [...jurors, ...others]) {
    for (const paidIn of [await token.getAddress(), ZeroAddress]) {
      if ((await court.withdrawable(paidIn, account)) !== 0n) await court.deliver(paidIn, account);
    }
  }
  await court.burn(token);
  await court.burn(ZeroAddress);
}

describe("Attacks on the court's money", () => {
  describe("junk disputes", () => {
    it("take nothing from an honest vote 25 points from what friends rule", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms } = parts;
      const disputeId = await junkDispute(parts);
      await playRound(parts, disputeId, [3, 3, 4]);
      await waitOutWindow(parts, disputeId);
      const { juror } = await court.slotOf(disputeId, 0n, 2n);
      const before = await worthOf(parts, [juror]);
      await court.execute(disputeId, 0n);
      expect((await worthOf(parts, [juror])) - before).to.equal(terms.fee);
    });

    it("take half a seat from one 50 points away, of which friends see nothing but its fee", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, client } = parts;
      const disputeId = await junkDispute(parts);
      await playRound(parts, disputeId, [2, 2, 4]);
      await waitOutWindow(parts, disputeId);
      const [friend, other, honest] = await panelJurors(parts, disputeId);
      const friends = [friend!, other!, client];
      const before = { friends: await worthOf(parts, friends), honest: await worthOf(parts, [honest!]) };
      await court.execute(disputeId, 0n);
      expect(before.honest - (await worthOf(parts, [honest!]))).to.equal(terms.seatPrice / 2n);
      expect((await worthOf(parts, friends)) - before.friends).to.equal(3n * terms.fee);
    });

    /** What somebody who is both parties and has so many of the first panel's slots gains, playing it best. */
    async function gainOf(slots: number): Promise<bigint> {
      const parts = await scriptedCourtFixture();
      const { client } = parts;
      const friends: HardhatEthersSigner[] = [client];
      const before = async () => worthOf(parts, friends);
      const disputeId = await junkDispute(parts);
      await drawPanel(parts, disputeId);
      const drawn = await panelJurors(parts, disputeId);
      friends.push(...drawn.slice(0, slots));
      const start = (await before()) + 3n * parts.terms.fee;
      // With a majority, vote against the honest; with less, along with them.
      const votes = [0, 1, 2].map((slot) => (slot < slots && slots > 1 ? 0 : 4));
      await commitVotes(parts, disputeId, votes);
      await revealVotes(parts, disputeId, votes);
      await waitOutWindow(parts, disputeId);
      await executeAll(parts.court, disputeId);
      await expectConserved(parts);
      return (await before()) - start;
    }

    it("between friends never gain, and lose money on average with any share of the seats but all", async () => {
      const gains: bigint[] = [];
      for (const slots of [0, 1, 2, 3]) gains.push(await gainOf(slots));
      const { terms } = await scriptedCourtFixture();
      expect(gains.map((gain) => gain / terms.fee)).to.deep.equal([-3n, -2n, 0n, 0n]);
      // The first panel alone, nobody appealing: in hundredths of the seats, times 100^3.
      for (let share = 1n; share < 100n; ++share) {
        const other = 100n - share;
        const ways = [other ** 3n, 3n * share * other ** 2n, 3n * share ** 2n * other, share ** 3n];
        const expected = ways.reduce((sum, way, slots) => sum + way * gains[slots]!, 0n);
        expect(expected < 0n, `with ${String(share)} percent of the seats`).to.equal(true);
      }
    });

    it("between friends cost two half seats if the honest one appeals, who gets back what they did not earn", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, client } = parts;
      const disputeId = await junkDispute(parts);
      await playRound(parts, disputeId, [0, 0, 4]);
      const [friend, other, honest] = await panelJurors(parts, disputeId);
      const friends = [friend!, other!, client];
      const start = {
        friends: (await worthOf(parts, friends)) + 3n * terms.fee,
        honest: await worthOf(parts, [honest!]),
      };
      await court.connect(honest).appeal(disputeId);
      await drawPanel(parts, disputeId, (seats) => {
        const owners = [friend!, other!, honest!].map((juror) => parts.jurors.indexOf(juror));
        return seats.every((seat) => !owners.includes(Math.floor(Number(seat - 1n) / 10)));
      });
      await commitVotes(parts, disputeId, seven(4));
      await revealVotes(parts, disputeId, seven(4));
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      expect((await worthOf(parts, friends)) - start.friends).to.equal(-(terms.seatPrice + 3n * terms.fee));
      // Its fee, and those of the two others, of the seven that the appeal cost.
      expect((await worthOf(parts, [honest!])) - start.honest).to.equal((1n + 2n - 7n) * terms.fee);
      await expectConserved(parts);
    });

    it("that nobody judges are burned, not paid back", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, client, jurors } = parts;
      const before = await worthOf(parts, [client, ...jurors]);
      const disputeId = await junkDispute(parts);
      await passTo((await panelTimes(parts, disputeId)).windowUntil);
      await executeAll(court, disputeId);
      expect(before - (await worthOf(parts, [client, ...jurors]))).to.equal(3n * terms.fee);
    });
  });

  describe("hedged votes", () => {
    const steps = [0, 1, 2, 3, 4];

    /** What the court owes its jurors and the parties, in the token. */
    async function creditsOf({ court, jurors, stable, client, provider }: Court): Promise<bigint> {
      let sum = 0n;
      for (const account of [...jurors, client, provider]) sum += await court.withdrawable(stable, account);
      return sum;
    }

    for (const first of steps) {
      it(`of which the first is ${first * 25} take no more out of a panel than was paid in for it`, async () => {
        for (const second of steps) {
          for (const third of steps.filter((vote) => vote >= second)) {
            const parts = await scriptedCourtFixture();
            const { court, terms, client, stable } = parts;
            const disputeId = await junkDispute(parts);
            const votes = [first, second, third];
            await playRound(parts, disputeId, votes);
            await waitOutWindow(parts, disputeId);
            const drawn = await panelJurors(parts, disputeId);
            // Any two of the three may be one with both parties, or all of them.
            const gangs = [
              [0, 1],
              [0, 2],
              [1, 2],
              [0, 1, 2],
            ].map((gang) => [client, ...gang.map((i) => drawn[i]!)]);
            const before: bigint[] = [];
            for (const gang of gangs) before.push(await worthOf(parts, gang));
            await court.execute(disputeId, 0n);
            const told = votes.join(", ");
            expect(await creditsOf(parts), told).to.equal(3n * terms.fee);
            for (const [i, gang] of gangs.entries()) {
              expect((await worthOf(parts, gang)) - before[i]!, told).to.be.lessThanOrEqual(3n * terms.fee);
            }
            const final = [...votes].sort()[1]!;
            const wrong = votes.filter((vote) => Math.abs(vote - final) >= 2).length;
            expect(await court.burnable(stable), told).to.equal((BigInt(wrong) * terms.seatPrice) / 2n);
            await expectConserved(parts);
          }
        }
      });
    }

    for (const [first, second] of [
      [
        [4, 3, 2],
        [2, 2, 2, 3, 3, 4, 4],
      ],
      [
        [4, 4, 4],
        [3, 3, 3, 3, 4, 4, 4],
      ],
      [
        [4, 3, 1],
        [1, 1, 1, 2, 2, 3, 3],
      ],
      [
        [0, 0, 4],
        [4, 4, 4, 4, 4, 4, undefined],
      ],
      [
        [2, 2, 0],
        [0, 0, 1, 1, 1, 3, undefined],
      ],
      [
        [4, 4, undefined],
        [0, undefined, 1, 1, 0, 0, 4],
      ],
    ] as const) {
      const told = [first, second]
        .map((votes) => votes.map((vote) => String(vote ?? "-")).join(", "))
        .join("; on appeal ");
      it(`${told} earn no more than each panel's fees, appellant included`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, terms, client, jurors } = parts;
        const everybody = [client, ...jurors];
        const start = await worthOf(parts, everybody);
        const disputeId = await junkDispute(parts);
        await playRound(parts, disputeId, [...first]);
        await court.connect(client).appeal(disputeId);
        await playRound(parts, disputeId, [...second]);
        await waitOutWindow(parts, disputeId);
        for (const [panel, size] of [
          [0n, 3n],
          [1n, 7n],
        ] as const) {
          const before = await creditsOf(parts);
          await court.execute(disputeId, panel);
          expect((await creditsOf(parts)) - before, `panel ${String(panel)}`).to.be.lessThanOrEqual(size * terms.fee);
        }
        // Whoever is both parties and all jurors has paid all of it, and gains nothing.
        expect(await worthOf(parts, everybody)).to.be.lessThanOrEqual(start);
        await expectConserved(parts);
      });
    }
  });

  describe("one seat in many disputes at once", () => {
    it("loses no more than it is worth, and never is more paid than was taken in", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stranger, client, token } = parts;
      const disputes: bigint[] = [];
      for (let i = 0; i < 6; ++i) disputes.push(i === 5 ? await openCoinDispute(parts) : await openDispute(parts));
      // Absent, wrong, leaked, right, absent and right, in this order.
      const votes: (number | undefined)[] = [undefined, 0, 4, 4, undefined, 4];
      for (const [i, disputeId] of disputes.entries()) {
        await drawPanel(parts, disputeId, ([a, b, c]) => a === 1n && b! > 10n && c! > 10n && b !== c);
        await commitVotes(parts, disputeId, [votes[i], 4, 4]);
        if (i !== 2) continue;
        const [leaker] = await panelJurors(parts, disputeId);
        await court.connect(stranger).proveLeak(disputeId, 0n, leaker!, 4, saltOf(0n));
      }
      for (const [i, disputeId] of disputes.entries()) {
        await revealVotes(parts, disputeId, [i === 2 ? undefined : votes[i], 4, 4]);
      }
      for (const disputeId of disputes) {
        await waitOutWindow(parts, disputeId);
        await executeAll(court, disputeId);
        await expectConserved(parts);
      }
      expect((await court.seatOf(1n)).left).to.equal(0n);
      const settled = await court.queryFilter(court.filters.SlotSettled());
      const taken = settled.filter(({ args }) => args.slot === 0n && args.conduct !== CONDUCT.coherent);
      expect(taken.reduce((sum, { args }) => sum + args.amount, 0n)).to.be.lessThanOrEqual(terms.seatPrice);

      await everybodyLeaves(parts, [stranger, client]);
      expect(await token.balanceOf(court)).to.equal(0n);
      await expectConserved(parts);
    });
  });

  describe("a captured panel", () => {
    it("is overturned by appeal, whose payer gets the fees that the captors did not earn", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable, provider } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [0, 0, 4]);
      const captors = (await panelJurors(parts, disputeId)).slice(0, 2);
      const before = { appellant: await worthOf(parts, [provider]), captors: await worthOf(parts, captors) };
      await court.connect(provider).appeal(disputeId);
      await drawPanel(parts, disputeId, (seats) => {
        const owners = captors.map((juror) => parts.jurors.indexOf(juror));
        return seats.every((seat) => !owners.includes(Math.floor(Number(seat - 1n) / 10)));
      });
      await commitVotes(parts, disputeId, seven(4));
      await revealVotes(parts, disputeId, seven(4));
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      expect((await court.disputeOf(disputeId)).ruling).to.equal(5n);
      expect(await court.withdrawable(stable, provider)).to.equal(2n * terms.fee);
      expect(before.appellant - (await worthOf(parts, [provider]))).to.equal(5n * terms.fee);
      expect(before.captors - (await worthOf(parts, captors))).to.equal(terms.seatPrice);
      await expectConserved(parts);
    });

    it("is not paid for by an appellant whose appeal changed nothing", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, provider } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [4, 4, 0]);
      const before = await worthOf(parts, [provider]);
      await court.connect(provider).appeal(disputeId);
      await playRound(parts, disputeId, seven(4));
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      expect(before - (await worthOf(parts, [provider]))).to.equal(7n * terms.fee);
      await expectConserved(parts);
    });
  });

  describe("leaving to escape a penalty", () => {
    it("does not work after the draw: the seat pays all the same", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId);
      const [juror] = await panelJurors(parts, disputeId);
      const { seatId } = await court.slotOf(disputeId, 0n, 0n);
      await court.connect(juror).leave([seatId]);
      await commitVotes(parts, disputeId, [undefined, 4, 4]);
      await revealVotes(parts, disputeId, [undefined, 4, 4]);
      await waitOutWindow(parts, disputeId);
      await court.execute(disputeId, 0n);
      const seat = await court.seatOf(seatId);
      expect(seat.left).to.equal(40n);
      await setNext(seat.releasableAt - 1n);
      await expect(court.connect(juror).releaseSeats([seatId]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatIsLiable")
        .withArgs(seatId, seat.releasableAt);
      await setNext(seat.releasableAt);
      await court.connect(juror).releaseSeats([seatId]);
      await expectConserved(parts);
    });

    it("does not work once the case has arisen, if that is dragged out as long as can be", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, jurors } = parts;
      const disputeId = await openDispute(parts);
      // A second earlier, and it could not be drawn. From here on, every call comes as late as it is possible.
      await setNext((await court.disputeOf(disputeId)).createdAt + 1n);
      await court.connect(jurors[9]).leave([100n]);
      const { releasableAt } = await court.seatOf(100n);
      expect(releasableAt).to.equal((await court.disputeOf(disputeId)).createdAt + 1n + terms.unbonding);
      const draw = async (suits?: (seats: bigint[]) => boolean) => {
        await passTo((await panelTimes(parts, disputeId)).seedUntil - 60n);
        await drawPanel(parts, disputeId, suits);
      };
      for (const [round, votes] of [[undefined, 4, 4], seven(4), Array<number>(15).fill(4)].entries()) {
        await draw();
        await passTo((await panelTimes(parts, disputeId)).windowUntil - 60n);
        await court.redraw(disputeId);
        await draw(round === 0 ? (seats) => seats[0] === 100n : undefined);
        await commitVotes(parts, disputeId, votes);
        await revealVotes(parts, disputeId, votes);
        await passTo((await panelTimes(parts, disputeId)).windowUntil - 60n);
        if (round < 2) await court.appeal(disputeId);
      }
      await waitOutWindow(parts, disputeId);
      const { createdAt } = await court.disputeOf(disputeId);
      expect(await court.seatCountAt(createdAt - terms.seatMaturity)).to.equal(100n);
      await expect(court.connect(jurors[9]).releaseSeats([100n]))
        .to.be.revertedWithCustomError(court, "SeatCourt_SeatIsLiable")
        .withArgs(100n, releasableAt);
      await executeAll(court, disputeId);
      expect(BigInt(await time.latest())).to.be.lessThan(releasableAt);
      expect((await court.seatOf(100n)).left).to.equal(40n);
      await expectConserved(parts);
    });
  });

  describe("a winner whom the token has blacklisted", () => {
    it("holds nobody else up, and can have its credit sent elsewhere", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, stable, client, stranger } = parts;
      const disputeId = await openDispute(parts);
      await playRound(parts, disputeId, [4, 4, 0]);
      const [, , juror] = await panelJurors(parts, disputeId);
      await court.connect(client).appeal(disputeId);
      await playRound(parts, disputeId, seven(0));
      await waitOutWindow(parts, disputeId);
      await stable.blacklist(juror!);
      await stable.blacklist(client);
      await court.deliverRuling(disputeId);
      await executeAll(court, disputeId);
      await expectConserved(parts);
      expect(await court.withdrawable(stable, client)).to.equal(2n * terms.fee);
      await expect(court.deliver(stable, client))
        .to.be.revertedWithCustomError(stable, "StableToken_Blacklisted")
        .withArgs(client.address);
      await expect(court.connect(client).withdraw(stable, stranger)).to.changeTokenBalance(
        stable,
        stranger,
        2n * terms.fee,
      );
    });

    it("is so even where burned money goes: it waits, and holds nothing up", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable, terms } = parts;
      await stable.blacklist(BURNT);
      const disputeId = await decidedDispute(parts, [4, 4, 0]);
      await executeAll(court, disputeId);
      const amount = await court.burnable(stable);
      await expect(court.burn(stable)).to.be.revertedWithCustomError(stable, "StableToken_Blacklisted").withArgs(BURNT);
      expect(await court.burnable(stable)).to.equal(amount);
      const [juror] = await panelJurors(parts, disputeId);
      await court.connect(juror).withdraw(stable, juror!);
      await stable.unBlacklist(BURNT);
      await expect(court.burn(stable)).to.changeTokenBalance(stable, BURNT, amount);
      expect(amount).to.equal(terms.seatPrice / 2n);
      await expectConserved(parts);
    });

    it("is no worse off than all others while the token is paused", async () => {
      const parts = await scriptedCourtFixture();
      const { court, stable } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 0]);
      await stable.pause();
      await court.deliverRuling(disputeId);
      await executeAll(court, disputeId);
      const [juror] = await panelJurors(parts, disputeId);
      await expect(court.connect(juror).withdraw(stable, juror!)).to.be.revertedWithCustomError(
        stable,
        "EnforcedPause",
      );
      await stable.unpause();
      await court.connect(juror).withdraw(stable, juror!);
      await expectConserved(parts);
    });
  });

  describe("a juror that refuses the coin", () => {
    it("holds nobody else up, and can have its credit sent elsewhere", async () => {
      const parts = await scriptedCourtFixture();
      const { court, terms, referrer } = parts;
      const { juror, as } = await contractJuror(parts, "RevertingReceiver", 20);
      const call = court.interface;
      const disputeId = await openCoinDispute(parts);
      await drawPanel(parts, disputeId, (seats) => seats[0]! > 100n && seats.slice(1).every((seat) => seat <= 100n));
      const commitment = await court.commitmentOf(disputeId, 0n, 0n, juror, 4, saltOf(0n));
      await as(court, call.encodeFunctionData("commit", [disputeId, 0n, commitment]));
      const others: HardhatEthersSigner[] = [];
      for (const slot of [1n, 2n]) {
        const drawn = await court.slotOf(disputeId, 0n, slot);
        const signer = parts.jurors.find(({ address }) => address === drawn.juror)!;
        others.push(signer);
        const own = await court.commitmentOf(disputeId, 0n, slot, signer, 4, saltOf(slot));
        await court.connect(signer).commit(disputeId, slot, own);
      }
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await as(court, call.encodeFunctionData("reveal", [disputeId, 0n, 4, saltOf(0n)]));
      for (const [i, signer] of others.entries()) {
        await court.connect(signer).reveal(disputeId, BigInt(i) + 1n, 4, saltOf(BigInt(i) + 1n));
      }
      await waitOutWindow(parts, disputeId);
      await executeAll(court, disputeId);
      await expectConserved(parts);

      await court.deliver(ZeroAddress, others[0]!);
      await expect(court.deliver(ZeroAddress, juror))
        .to.be.revertedWithCustomError(court, "SeatCourt_TransferFailed")
        .withArgs(await juror.getAddress(), terms.coinFee);
      const withdraw = call.encodeFunctionData("withdraw", [ZeroAddress, referrer.address]);
      await expect(as(court, withdraw)).to.changeEtherBalance(referrer, terms.coinFee);
      await expectConserved(parts);
    });
  });
});

import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { fields } from "../../attack/support";
import type { Court } from "../../fixtures/court";
import {
  courtOn,
  disputeCall,
  expectConserved,
  openCoinDispute,
  openDispute,
  scriptedCourtFixture,
  setNext,
} from "../../fixtures/court";
import { marketFixture } from "../../fixtures/market";

const CHOICES = 5n;

/** The court, called by an account that a test can take for the arbitrable contract. */
async function calling() {
  const parts = await scriptedCourtFixture();
  const { court, client, stable, terms } = parts;
  const connected = court.connect(client);
  const inToken = (choices = CHOICES, fee = 3n * terms.fee, token = stable.target) =>
    connected["createDispute(uint256,bytes,address,uint256)"](choices, "0x", token, fee);
  const inCoin = (choices = CHOICES, value = 3n * terms.coinFee) =>
    connected["createDispute(uint256,bytes)"](choices, "0x", { value });
  return { ...parts, inToken, inCoin };
}

/** The ways to pay. */
const MEANS = ["inToken", "inCoin"] as const;

async function leaveSeats({ court, jurors }: Court, count: number): Promise<void> {
  const ids = (index: number, length: number) => Array.from({ length }, (_, i) => BigInt(index * 10 + i + 1));
  for (let index = 9; count > 0; --index, count -= 10) {
    await court.connect(jurors[index]).leave(ids(index, Math.min(count, 10)));
  }
}

describe("SeatCourt", () => {
  describe("createDispute", () => {
    it("takes three fees in the token, and opens the first panel", async () => {
      const parts = await calling();
      const { court, terms, stable, client, inToken } = parts;
      const creation = inToken();
      await creation;
      const createdAt = BigInt(await time.latest());
      const seedTime = createdAt + terms.evidencePeriod;
      await expect(creation).to.emit(court, "DisputeCreation").withArgs(1n, client.address);
      await expect(creation).to.emit(court, "PanelOpened").withArgs(1n, 0n, 0n, 3n, seedTime, ZeroAddress);
      await expect(creation).to.changeTokenBalances(stable, [client, court], [-3n * terms.fee, 3n * terms.fee]);
      expect(fields(await court.disputeOf(1n))).to.deep.equal({
        arbitrable: client.address,
        createdAt,
        panels: 1n,
        round: 0n,
        redrawn: false,
        ruling: 0n,
        ending: 0n,
        paidInCoin: false,
      });
      expect(fields(await court.panelOf(1n, 0n))).to.deep.equal({
        seed: ethers.ZeroHash,
        seedTime,
        seededAt: 0n,
        size: 3n,
        round: 0n,
        tally: [0n, 0n, 0n, 0n, 0n],
        executed: false,
        appellant: ZeroAddress,
      });
      expect(await court.openSlots()).to.equal(3n);
      await expectConserved(parts);
    });

    it("takes three fees in the coin, and opens the first panel", async () => {
      const parts = await calling();
      const { court, terms, stable, client, inCoin } = parts;
      const creation = inCoin();
      await creation;
      const seedTime = BigInt(await time.latest()) + terms.evidencePeriod;
      await expect(creation).to.emit(court, "DisputeCreation").withArgs(1n, client.address);
      await expect(creation).to.emit(court, "PanelOpened").withArgs(1n, 0n, 0n, 3n, seedTime, ZeroAddress);
      await expect(creation).to.changeEtherBalances([client, court], [-3n * terms.coinFee, 3n * terms.coinFee]);
      await expect(creation).to.changeTokenBalance(stable, client, 0n);
      expect((await court.disputeOf(1n)).paidInCoin).to.equal(true);
      expect(await court.openSlots()).to.equal(3n);
      await expectConserved(parts);
    });

    it("answers with the dispute's number, and counts on", async () => {
      const parts = await calling();
      const { court, client, stable, terms } = parts;
      expect(await openDispute(parts)).to.equal(1n);
      expect(await openCoinDispute(parts)).to.equal(2n);
      const connected = court.connect(client);
      expect(
        await connected["createDispute(uint256,bytes,address,uint256)"].staticCall(5n, "0x", stable, 3n * terms.fee),
      ).to.equal(3n);
      expect(
        await connected["createDispute(uint256,bytes)"].staticCall(5n, "0x", { value: 3n * terms.coinFee }),
      ).to.equal(3n);
    });

    it("takes no notice of extra data", async () => {
      const { court, client, stable, terms } = await calling();
      const connected = court.connect(client);
      await connected["createDispute(uint256,bytes,address,uint256)"](5n, "0x1234", stable, 3n * terms.fee);
      await connected["createDispute(uint256,bytes)"](5n, "0xff", { value: 3n * terms.coinFee });
      expect(await court.disputeCount()).to.equal(2n);
    });

    it("reverts for another token, and for the coin by the token's way", async () => {
      const { court, inToken, plain } = await calling();
      for (const token of [await plain.getAddress(), ZeroAddress]) {
        await expect(inToken(CHOICES, 0n, token))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
          .withArgs(token);
      }
    });

    it("reverts for the coin when the court has no fee in it", async () => {
      const market = await marketFixture();
      const { court } = await courtOn(market, { terms: { coinFee: 0n } });
      for (const value of [0n, 1n]) {
        await expect(court["createDispute(uint256,bytes)"](5n, "0x", { value }))
          .to.be.revertedWithCustomError(court, "SeatCourt_UnknownToken")
          .withArgs(ZeroAddress);
      }
    });

    it("reverts for one unit more or less than the fees", async () => {
      const { court, terms, inToken, inCoin } = await calling();
      for (const off of [-1n, 1n]) {
        await expect(inToken(CHOICES, 3n * terms.fee + off))
          .to.be.revertedWithCustomError(court, "SeatCourt_IncorrectPayment")
          .withArgs(terms.token, 3n * terms.fee, 3n * terms.fee + off);
        await expect(inCoin(CHOICES, 3n * terms.coinFee + off))
          .to.be.revertedWithCustomError(court, "SeatCourt_IncorrectPayment")
          .withArgs(ZeroAddress, 3n * terms.coinFee, 3n * terms.coinFee + off);
      }
    });

    it("reverts as the token does without an allowance", async () => {
      const { court, stable, client, terms, inToken } = await calling();
      await stable.connect(client).approve(court, 0n);
      await expect(inToken())
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await court.getAddress(), 0n, 3n * terms.fee);
    });

    it("reverts when less than the fees arrives", async () => {
      const market = await marketFixture();
      const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 6, 0n]);
      const parts = await courtOn(market, { token });
      const { court, terms, client } = parts;
      await token.setFeeBps(100n);
      await expect(client.sendTransaction({ to: court, data: disputeCall(parts) }))
        .to.be.revertedWithCustomError(court, "SeatCourt_IncorrectPayment")
        .withArgs(terms.token, 3n * terms.fee, (3n * terms.fee * 99n) / 100n);
    });

    for (const means of MEANS) {
      it(`reverts for any number of choices but five, paid ${means}`, async () => {
        const parts = await calling();
        for (const choices of [0n, 2n, 4n, 6n, 2n ** 256n - 1n]) {
          await expect(parts[means](choices))
            .to.be.revertedWithCustomError(parts.court, "SeatCourt_InvalidChoices")
            .withArgs(choices);
        }
      });

      it(`works when everybody has just left, paid ${means}`, async () => {
        const parts = await calling();
        const { court } = parts;
        await leaveSeats(parts, 100);
        expect(await court.seatCount()).to.equal(0n);
        await parts[means]();
        expect(await court.disputeCount()).to.equal(1n);
      });

      it(`reverts with a seat too few both at the snapshot and now, and works with just enough, paid ${means}`, async () => {
        const parts = await calling();
        const { court, jurors, terms } = parts;
        await leaveSeats(parts, 10);
        await time.increase(terms.seatMaturity);
        await court.connect(jurors[0]).leave([1n]);
        const leftAt = BigInt(await time.latest());
        await setNext(leftAt + terms.seatMaturity - 1n);
        await parts[means](); // the snapshot is a second before the last seat left
        await expect(parts[means]())
          .to.be.revertedWithCustomError(court, "SeatCourt_TooFewSeats")
          .withArgs(89n, terms.minSeats);
      });
    }

    it("works with too few seats at the snapshot as soon as new ones make up for them", async () => {
      const parts = await calling();
      const { court, stranger, terms, inToken } = parts;
      await leaveSeats(parts, 30);
      await time.increase(terms.seatMaturity);
      await court.connect(stranger).join(19n);
      await expect(inToken())
        .to.be.revertedWithCustomError(court, "SeatCourt_TooFewSeats")
        .withArgs(89n, terms.minSeats);
      await court.connect(stranger).join(1n);
      await inToken();
      const { createdAt } = await court.disputeOf(1n);
      expect(await court.seatCountAt(createdAt - terms.seatMaturity)).to.equal(70n);
    });

    for (const { minSeats, floor } of [
      { minSeats: 90n, floor: 45n },
      { minSeats: 91n, floor: 45n },
      { minSeats: 59n, floor: 30n },
      { minSeats: 62n, floor: 31n },
      { minSeats: 30n, floor: 30n },
    ]) {
      it(`reverts with fewer than ${floor} seats at the snapshot where ${minSeats} are asked for, whoever came since`, async () => {
        const market = await marketFixture();
        for (const seats of [floor - 1n, floor]) {
          const parts = await courtOn(market, { terms: { minSeats } });
          const { court, stranger, client, terms } = parts;
          await leaveSeats(parts, 100 - Number(seats));
          await time.increase(terms.seatMaturity);
          await court.connect(stranger).join(200n);
          const opening = client.sendTransaction({ to: court, data: disputeCall(parts) });
          if (seats === floor) await opening;
          else {
            await expect(opening).to.be.revertedWithCustomError(court, "SeatCourt_TooFewSeats").withArgs(seats, floor);
          }
        }
      });
    }

    it("reverts when the new panel would open more than half of the seats", async () => {
      const parts = await calling();
      const { court, inToken } = parts;
      for (let i = 0; i < 16; ++i) await openDispute(parts);
      await expect(inToken()).to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots").withArgs(51n, 50n);
    });

    for (const [seats, fits] of [
      [101, false],
      [102, true],
      [103, true],
    ] as const) {
      it(`opens 51 slots with ${seats} seats ${fits ? "gladly" : "never"}`, async () => {
        const parts = await calling();
        const { court, stranger, terms, inToken } = parts;
        await court.connect(stranger).join(seats - 100);
        await time.increase(terms.seatMaturity);
        for (let i = 0; i < 16; ++i) await openDispute(parts);
        if (fits) {
          await inToken();
          expect(await court.openSlots()).to.equal(51n);
        } else {
          await expect(inToken()).to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots").withArgs(51n, 50n);
        }
      });
    }

    it("counts half of the seats of the snapshot, whoever has left or come since", async () => {
      const parts = await calling();
      const { court, stranger, inToken } = parts;
      await leaveSeats(parts, 10);
      for (let i = 0; i < 16; ++i) await openDispute(parts);
      await expect(inToken()).to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots").withArgs(51n, 50n);
      await court.connect(stranger).join(100n);
      await expect(inToken()).to.be.revertedWithCustomError(court, "SeatCourt_TooManyOpenSlots").withArgs(51n, 50n);
    });

    it("is paid for by whoever calls, be it an account without code", async () => {
      const { court, client, stable, terms } = await calling();
      const call = court.connect(client)["createDispute(uint256,bytes,address,uint256)"];
      await expect(call(5n, "0x", stable, 3n * terms.fee)).to.changeTokenBalance(stable, client, -3n * terms.fee);
    });
  });
});

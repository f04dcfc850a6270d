import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { SeatCourtHarness__factory } from "../../../typechain-types";
import {
  LEAKED,
  commitVotes,
  commitmentFor,
  disputeCall,
  disputeIn,
  drawPanel,
  expectConserved,
  openDispute,
  ownerIndex,
  panelJurors,
  panelTimes,
  passTo,
  playRound,
  saltOf,
  scriptedCourtFixture,
} from "../../fixtures/court";
import { relay } from "../../fixtures/jobs";

async function relayed() {
  const parts = await scriptedCourtFixture();
  const { court, market } = parts;
  /** Has the stranger send what `signer` signed. */
  const send = (signer: HardhatEthersSigner, data: string) => relay(market, signer, court, data);
  return { ...parts, send, abi: court.interface };
}

describe("SeatCourt", () => {
  describe("relayed calls", () => {
    it("let a juror buy, leave, release and withdraw without gas", async () => {
      const parts = await relayed();
      const { court, stable, terms, client, referrer, send, abi } = parts;
      await expect(send(client, abi.encodeFunctionData("join", [2n]))).to.changeTokenBalance(
        stable,
        client,
        -2n * terms.seatPrice,
      );
      expect((await court.seatOf(101n)).owner).to.equal(client.address);
      await send(client, abi.encodeFunctionData("leave", [[101n, 102n]]));
      await passTo((await court.seatOf(101n)).releasableAt);
      await send(client, abi.encodeFunctionData("releaseSeats", [[101n, 102n]]));
      const withdraw = abi.encodeFunctionData("withdraw", [terms.token, referrer.address]);
      await expect(send(client, withdraw)).to.changeTokenBalance(stable, referrer, 2n * terms.seatPrice);
      await expectConserved(parts);
    });

    it("let a juror commit and reveal without gas", async () => {
      const parts = await relayed();
      const { court, send, abi } = parts;
      const disputeId = await disputeIn(parts, "commit");
      const [juror] = await panelJurors(parts, disputeId);
      const commitment = await commitmentFor(court, disputeId, 0n, juror!.address, 3);
      await send(juror!, abi.encodeFunctionData("commit", [disputeId, 0n, commitment]));
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(BigInt(commitment));
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await send(juror!, abi.encodeFunctionData("reveal", [disputeId, 0n, 3, saltOf(0n)]));
      expect(await court.voteOf(disputeId, 0n, 0n)).to.equal(4n);
    });

    it("let anybody bring, appeal, redraw, and prove a leak without gas, in their own name", async () => {
      const parts = await relayed();
      const { court, stable, terms, client, send, abi } = parts;
      await expect(send(client, disputeCall(parts))).to.changeTokenBalance(stable, client, -3n * terms.fee);
      expect((await court.disputeOf(1n)).arbitrable).to.equal(client.address);
      await drawPanel(parts, 1n);
      await commitVotes(parts, 1n, [4, 4, 4]);
      const [leaker] = await panelJurors(parts, 1n);
      await send(client, abi.encodeFunctionData("proveLeak", [1n, 0n, leaker!.address, 4, saltOf(0n)]));
      expect(await court.voteOf(1n, 0n, 0n)).to.equal(LEAKED);
      expect(await court.withdrawable(stable, client)).to.equal(terms.seatPrice / 4n);

      const appealed = await openDispute(parts);
      await playRound(parts, appealed, [4, 4, 4]);
      await send(client, abi.encodeFunctionData("appeal", [appealed]));
      expect((await court.panelOf(appealed, 1n)).appellant).to.equal(client.address);
      await passTo((await panelTimes(parts, appealed)).seedUntil);
      await send(client, abi.encodeFunctionData("redraw", [appealed]));
      expect((await court.panelOf(appealed, 2n)).appellant).to.equal(client.address);
    });

    it("have data that ends before the signer's address", async () => {
      const { deployer, forwarder, randomness, terms, stranger } = await relayed();
      const harness = await new SeatCourtHarness__factory(deployer).deploy(forwarder, randomness, terms);
      const data = harness.interface.encodeFunctionData("callData");
      const answer = await ethers.provider.call({
        from: await forwarder.getAddress(),
        to: await harness.getAddress(),
        data: ethers.concat([data, stranger.address]),
      });
      expect(harness.interface.decodeFunctionResult("callData", answer)[0]).to.equal(data);
      expect(await harness.connect(stranger).callData()).to.equal(data);
    });
  });

  describe("multicall", () => {
    it("commits and reveals all of a juror's slots in one transaction each, relayed or not", async () => {
      const parts = await relayed();
      const { court, jurors, send, abi } = parts;
      const disputeId = await openDispute(parts);
      await drawPanel(parts, disputeId, (seats) => new Set(seats.map(ownerIndex)).size === 1);
      const { juror } = await court.slotOf(disputeId, 0n, 0n);
      const signer = jurors.find(({ address }) => address === juror)!;
      const commits: string[] = [];
      const reveals: string[] = [];
      for (const slot of [0n, 1n, 2n]) {
        const commitment = await commitmentFor(court, disputeId, slot, juror, 2);
        commits.push(abi.encodeFunctionData("commit", [disputeId, slot, commitment]));
        reveals.push(abi.encodeFunctionData("reveal", [disputeId, slot, 2, saltOf(slot)]));
      }
      await court.connect(signer).multicall(commits);
      await passTo((await panelTimes(parts, disputeId)).gapUntil);
      await send(signer, abi.encodeFunctionData("multicall", [reveals]));
      expect((await court.panelOf(disputeId, 0n)).tally).to.deep.equal([0n, 0n, 3n, 0n, 0n]);
    });

    it("settles all panels and gives the ruling in one transaction", async () => {
      const parts = await relayed();
      const { court, arbitrable, abi } = parts;
      const disputeId = await disputeIn(parts, "decided");
      await court.multicall([
        abi.encodeFunctionData("deliverRuling", [disputeId]),
        abi.encodeFunctionData("execute", [disputeId, 0n]),
      ]);
      expect(await arbitrable.rulingCount()).to.equal(1n);
      expect((await court.panelOf(disputeId, 0n)).executed).to.equal(true);
    });

    it("does nothing at all when one of its calls reverts", async () => {
      const parts = await relayed();
      const { court, client, terms, abi } = parts;
      await expect(
        court
          .connect(client)
          .multicall([
            abi.encodeFunctionData("join", [1n]),
            abi.encodeFunctionData("withdraw", [terms.token, client.address]),
          ]),
      )
        .to.be.revertedWithCustomError(court, "SeatCourt_NothingToWithdraw")
        .withArgs(terms.token, client.address);
      expect(await court.seatCount()).to.equal(100n);
    });
  });
});

import { expect } from "chai";
import type { Interface } from "ethers";

import { writingFunctions } from "../../attack/support";
import type { PhaseName } from "../../fixtures/court";
import {
  PHASE,
  RULING,
  decidedDispute,
  disputeIn,
  expectConserved,
  panelJurors,
  saltOf,
  scriptedCourtFixture,
} from "../../fixtures/court";

type Parts = Awaited<ReturnType<typeof scriptedCourtFixture>>;

/** What a function is called with, and in which phase the dispute is on which it is called. */
interface Entry {
  readonly phase: PhaseName;
  readonly args: (parts: Parts, disputeId: bigint, juror: string) => unknown[];
}

/** Every guarded function. What anyone may do in that phase would succeed if it were not for the guard. */
const ENTRIES: Record<string, Entry> = {
  join: { phase: "none", args: () => [1n] },
  leave: { phase: "none", args: () => [[1n]] },
  releaseSeats: { phase: "none", args: () => [[1n]] },
  withdraw: { phase: "none", args: ({ terms }, _, juror) => [terms.token, juror] },
  deliver: { phase: "none", args: ({ terms }, _, juror) => [terms.token, juror] },
  burn: { phase: "none", args: ({ terms }) => [terms.token] },
  "createDispute(uint256,bytes)": { phase: "none", args: () => [5n, "0x"] },
  "createDispute(uint256,bytes,address,uint256)": {
    phase: "none",
    args: ({ terms }) => [5n, "0x", terms.token, 3n * terms.fee],
  },
  seed: { phase: "seeding", args: (_, disputeId) => [disputeId, "0x"] },
  proveLeak: { phase: "commit", args: (_, disputeId, juror) => [disputeId, 0n, juror, 4n, saltOf(0n)] },
  appeal: { phase: "appeal", args: (_, disputeId) => [disputeId] },
  redraw: { phase: "redraw", args: (_, disputeId) => [disputeId] },
  releaseSlots: { phase: "redraw", args: (_, disputeId) => [disputeId] },
  conclude: { phase: "decided", args: (_, disputeId) => [disputeId] },
  deliverRuling: { phase: "decided", args: (_, disputeId) => [disputeId] },
  execute: { phase: "decided", args: (_, disputeId) => [disputeId, 0n] },
};

/** These neither move money nor end anything. A batch enters through what it is made of. */
const UNGUARDED = ["commit", "multicall", "reveal"];

describe("SeatCourt", () => {
  describe("while it gives a ruling", () => {
    for (const [name, { phase, args }] of Object.entries(ENTRIES)) {
      it(`cannot be entered through ${name}`, async () => {
        const parts = await scriptedCourtFixture();
        const { court, arbitrable, terms } = parts;
        const [target, self] = [await court.getAddress(), await arbitrable.getAddress()];
        const ruled = await decidedDispute(parts, [4, 4, 4]);
        const juror = (await panelJurors(parts, ruled))[0]!.address;
        await court.execute(ruled, 0n); // so that the juror has a credit
        const other = await disputeIn(parts, phase);
        const data = (court.interface as Interface).encodeFunctionData(name, args(parts, other, juror));
        await arbitrable.setScript([{ target, data }]);
        const state = async () => [
          [await court.disputeCount(), await court.seatCount(), await court.openSlots()],
          [(await court.phaseOf(other)).phase, (await court.panelOf(other, 0n)).executed],
          [await court.withdrawable(terms.token, juror), await parts.token.balanceOf(court)],
        ];
        const before = await state();

        await expect(court.deliverRuling(ruled)).to.emit(court, "RulingDelivered").withArgs(ruled, self, RULING.all);

        expect(await arbitrable.succeeded()).to.equal(0n);
        const refused = court.interface.encodeErrorResult("ReentrancyGuardReentrantCall");
        expect(await arbitrable.returnData()).to.equal(refused);
        // The ruling is given, and all else is as it was.
        expect(await arbitrable.rulingCount()).to.equal(1n);
        expect([...(await arbitrable.rulingAt(0n))]).to.deep.equal([target, ruled, RULING.all]);
        expect((await court.phaseOf(ruled)).phase).to.equal(PHASE.ruled);
        expect(await state()).to.deep.equal(before);
        await expectConserved(parts);
      });
    }

    it("is tried through all that writes, but for votes and batches", async () => {
      const abi: Interface = (await scriptedCourtFixture()).court.interface;
      const told = [...Object.keys(ENTRIES), ...UNGUARDED].map((name) => abi.getFunction(name)!.format());
      expect(writingFunctions(abi)).to.have.members(told);
    });
  });

  describe("once it has given a ruling", () => {
    it("can be entered again in the same transaction", async () => {
      const parts = await scriptedCourtFixture();
      const { court } = parts;
      const disputeId = await decidedDispute(parts, [4, 4, 4]);
      await court.multicall([
        court.interface.encodeFunctionData("deliverRuling", [disputeId]),
        court.interface.encodeFunctionData("execute", [disputeId, 0n]),
      ]);
      expect((await court.phaseOf(disputeId)).phase).to.equal(PHASE.ruled);
      expect((await court.panelOf(disputeId, 0n)).executed).to.equal(true);
      await expectConserved(parts);
    });
  });
});

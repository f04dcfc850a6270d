import { expect } from "chai";
import { concat, id, keccak256, toBeHex, zeroPadValue } from "ethers";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { Ballot } from "../../../sdk/votes";
import { SHARES, commitmentOf, shareOfRuling, voteForShare } from "../../../sdk/votes";

const BALLOT: Ballot = {
  chainId: 196n,
  court: "0x00000000000000000000000000000000000000c0",
  disputeId: 1n,
  panel: 0n,
  slot: 2n,
  juror: "0x00000000000000000000000000000000000000a1",
  vote: 3,
  salt: id("salt"),
};

describe("sdk", () => {
  describe("commitmentOf", () => {
    it("hashes eight words: chain, court, dispute, panel, slot, juror, vote and salt", () => {
      const words = [196, BALLOT.court, 1, 0, 2, BALLOT.juror, 3, BALLOT.salt].map((value) =>
        typeof value === "number" ? toBeHex(value, 32) : zeroPadValue(value, 32),
      );
      expect(commitmentOf(BALLOT)).to.equal(keccak256(concat(words)));
    });

    it("differs by each of them", () => {
      const changes: Partial<Ballot>[] = [
        {},
        { chainId: 195n },
        { court: BALLOT.juror },
        { disputeId: 2n },
        { panel: 1n },
        { slot: 3n },
        { juror: BALLOT.court },
        { vote: 4 },
        { salt: id("other") },
      ];
      const commitments = changes.map((change) => commitmentOf({ ...BALLOT, ...change }));
      expect(new Set(commitments).size).to.equal(changes.length);
    });
  });

  describe("voteForShare", () => {
    it("numbers the five shares from the lowest", () => {
      expect(SHARES.map(voteForShare)).to.deep.equal([0, 1, 2, 3, 4]);
    });

    it("says which shares there are", () => {
      for (const share of [-25, 1, 24, 26, 99, 101, Number.NaN]) {
        expect(() => voteForShare(share)).to.throw(
          InvalidInputError,
          `${String(share)} is no share: vote for 0, 25, 50, 75 or 100 percent.`,
        );
      }
    });
  });

  describe("shareOfRuling", () => {
    it("reads rulings 1 to 5, and nothing out of a refusal or what is no ruling", () => {
      expect([1n, 2n, 3n, 4n, 5n].map(shareOfRuling)).to.deep.equal([...SHARES]);
      expect([0n, 6n, 2n ** 256n - 1n].map(shareOfRuling)).to.deep.equal([undefined, undefined, undefined]);
    });
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import { TallyHarness__factory } from "../../../typechain-types";
import { loadFixture } from "../../fixtures/loadFixture";

async function deployTally() {
  const [deployer] = await ethers.getSigners();
  return { library: await new TallyHarness__factory(deployer).deploy() };
}

/** The counts as the library packs them: 8 bits each, the lowest share's lowest. */
function packed(counts: number[]): bigint {
  return counts.reduce((tally, count, vote) => tally | (BigInt(count) << BigInt(8 * vote)), 0n);
}

/** The lower middle of the votes, by sorting them. */
function lowerMedian(counts: number[]): bigint {
  const votes = counts.flatMap((count, vote) => Array<number>(count).fill(vote));
  return BigInt(votes[Math.ceil(votes.length / 2) - 1]!);
}

/** Every way in which up to `most` jurors can vote. */
function* everyCount(most: number, choices = 5): Generator<number[]> {
  if (choices === 0) {
    yield [];
    return;
  }
  for (let first = 0; first <= most; ++first) {
    for (const rest of everyCount(most - first, choices - 1)) yield [first, ...rest];
  }
}

describe("Tally", () => {
  it("counts each vote in its own place, up to 255 of a kind", async () => {
    const { library } = await loadFixture(deployTally);
    for (let vote = 0; vote < 5; ++vote) {
      const counts = [0, 0, 0, 0, 0];
      for (const count of [0, 1, 2, 253, 254]) {
        counts[vote] = count;
        const more = await library.add(packed(counts), vote);
        const expected = [...counts];
        expected[vote] = count + 1;
        expect(more).to.equal(packed(expected));
        for (const [other, number] of expected.entries()) {
          expect(await library.count(more, other)).to.equal(BigInt(number));
        }
      }
    }
  });

  it("leaves the other counts alone, be they full", async () => {
    const { library } = await loadFixture(deployTally);
    const full = [255, 255, 255, 255, 255];
    for (let vote = 0; vote < 5; ++vote) {
      const before = [...full];
      before[vote] = 254;
      expect(await library.add(packed(before), vote)).to.equal(packed(full));
    }
  });

  it("adds all counts up", async () => {
    const { library } = await loadFixture(deployTally);
    expect(await library.total(0n)).to.equal(0n);
    expect(await library.total(packed([1, 2, 3, 4, 5]))).to.equal(15n);
    expect(await library.total(packed([255, 255, 255, 255, 255]))).to.equal(1_275n);
  });

  for (const [name, counts, median] of [
    ["a single vote", [0, 0, 0, 1, 0], 3n],
    ["the same vote of all", [0, 0, 15, 0, 0], 2n],
    ["three", [1, 0, 1, 0, 1], 2n],
    ["two far apart: the lower one", [1, 0, 0, 0, 1], 0n],
    ["two close together: the lower one", [0, 0, 0, 1, 1], 3n],
    ["four, two of them low: the lower middle", [0, 2, 0, 0, 2], 1n],
    ["four, one of them low", [1, 0, 0, 3, 0], 3n],
    ["seven at the very edge of a majority", [0, 0, 0, 3, 4], 4n],
    ["seven, the other way round", [4, 0, 0, 0, 3], 0n],
    ["fifteen", [7, 0, 0, 0, 8], 4n],
    ["fifteen in all", [3, 3, 3, 3, 3], 2n],
  ] as const) {
    it(`finds the middle of ${name}`, async () => {
      const { library } = await loadFixture(deployTally);
      expect(await library.median(packed([...counts]))).to.equal(median);
    });
  }

  it("finds the lower median of any three or fewer votes, as sorting does", async () => {
    const { library } = await loadFixture(deployTally);
    for (const counts of everyCount(3)) {
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total === 0) continue;
      expect(await library.total(packed(counts))).to.equal(BigInt(total));
      expect(await library.median(packed(counts)), counts.join(", ")).to.equal(lowerMedian(counts));
    }
  });

  it("finds the lower median of seven and of fifteen votes, as sorting does", async () => {
    const { library } = await loadFixture(deployTally);
    for (const size of [7, 15]) {
      const whole = [...everyCount(size)].filter((counts) => counts.reduce((sum, count) => sum + count, 0) === size);
      for (const [index, counts] of whole.entries()) {
        if (index % 47 !== 0) continue; // a part of them will do
        expect(await library.median(packed(counts)), counts.join(", ")).to.equal(lowerMedian(counts));
      }
    }
  });
});

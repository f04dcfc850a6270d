import { mine, setCode, setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, concat, decodeRlp, encodeRlp, id, keccak256, toBeHex } from "ethers";
import { ethers } from "hardhat";

import { encodeHeader, seedProof } from "../../sdk/seedProof";
import { HeaderRandomness__factory } from "../../typechain-types";
import { loadFixture } from "../fixtures/loadFixture";

type RawBlock = Parameters<typeof encodeHeader>[0];

/** EIP-2935: the contract, and how many block hashes it keeps. Hardhat has a stub there. */
const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611f" +
  "ff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
const HISTORY_LENGTH = 8_191n;

/** Positions in a header's list. */
const NUMBER = 8;
const PREV_RANDAO = 13;

const encode = (...headers: string[]) => AbiCoder.defaultAbiCoder().encode(["bytes", "bytes"], headers);

async function rawBlock(number: bigint): Promise<RawBlock> {
  return (await ethers.provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, false])) as RawBlock;
}

/** A header with one field replaced. */
function altered(header: string, field: number, value: string): string {
  const list = decodeRlp(header) as string[];
  list[field] = value;
  return encodeRlp(list);
}

/** A block that came ten seconds after its parent and has one successor, with both their headers. */
async function deployAndMine() {
  const [deployer] = await ethers.getSigners();
  const randomness = await new HeaderRandomness__factory(deployer).deploy();
  await time.increase(10n);
  const block = (await ethers.provider.getBlock("latest"))!;
  await time.increase(10n);
  const number = BigInt(block.number);
  const raw = await rawBlock(number);
  const parent = await rawBlock(number - 1n);
  return {
    randomness,
    number,
    time: BigInt(block.timestamp),
    parentTime: BigInt(parent.timestamp),
    word: raw.mixHash!,
    header: encodeHeader(raw),
    parentHeader: encodeHeader(parent),
    grandparentHeader: encodeHeader(await rawBlock(number - 2n)),
    childHeader: encodeHeader(await rawBlock(number + 1n)),
  };
}

describe("HeaderRandomness", () => {
  describe("randomnessAt", () => {
    it("gives the word of the first block at or after the moment, for each moment since its parent", async () => {
      const { randomness, time: at, parentTime, word, header, parentHeader } = await loadFixture(deployAndMine);
      expect(at - parentTime).to.equal(10n);
      for (const moment of [parentTime + 1n, parentTime + 5n, at - 1n, at]) {
        expect(await randomness.randomnessAt(moment, encode(header, parentHeader))).to.equal(word);
      }
    });

    it("takes the sdk's proof", async () => {
      const { randomness, time: at, word, header, parentHeader } = await loadFixture(deployAndMine);
      const proof = await seedProof(ethers.provider, at);
      expect(proof).to.equal(encode(header, parentHeader));
      expect(await randomness.randomnessAt(at, proof)).to.equal(word);
    });

    it("gives different words for different blocks", async () => {
      const { randomness, time: at, word, header, childHeader } = await loadFixture(deployAndMine);
      await mine(1);
      expect(await randomness.randomnessAt(at + 1n, encode(childHeader, header))).not.to.equal(word);
    });

    it("reverts for a block that came before the moment, or whose parent did not", async () => {
      const { randomness, time: at, parentTime, header, parentHeader } = await loadFixture(deployAndMine);
      for (const moment of [0n, parentTime - 1n, parentTime, at + 1n, 2n ** 256n - 1n]) {
        await expect(randomness.randomnessAt(moment, encode(header, parentHeader)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_NotTheFirstBlock")
          .withArgs(moment, at, parentTime);
      }
    });

    it("reverts when the second header is not the parent's", async () => {
      const fixture = await loadFixture(deployAndMine);
      const { randomness, time: at, header, parentHeader, grandparentHeader, childHeader } = fixture;
      for (const other of [grandparentHeader, childHeader, header, altered(parentHeader, PREV_RANDAO, id("other"))]) {
        await expect(randomness.randomnessAt(at, encode(header, other)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_NotTheParent")
          .withArgs(keccak256(other), keccak256(parentHeader));
      }
    });

    it("reverts for a parent that is no header at all", async () => {
      const { randomness, time: at, header, parentHeader } = await loadFixture(deployAndMine);
      for (const garbage of ["0x", "0x1234", encodeRlp([])]) {
        await expect(randomness.randomnessAt(at, encode(header, garbage)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_NotTheParent")
          .withArgs(keccak256(garbage), keccak256(parentHeader));
      }
    });

    it("reverts for a header that differs in its word, its number or by more bytes", async () => {
      const { randomness, time: at, number, header, parentHeader } = await loadFixture(deployAndMine);
      const child = number + 1n;
      for (const [forged, told] of [
        [altered(header, PREV_RANDAO, id("chosen")), number],
        [altered(header, NUMBER, toBeHex(child)), child],
        [altered(header, NUMBER, toBeHex(number + 1_000n)), number + 1_000n],
        [encodeRlp([...(decodeRlp(header) as string[]), "0x"]), number],
      ] as const) {
        await expect(randomness.randomnessAt(at, encode(forged, parentHeader)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_UnknownBlock")
          .withArgs(told, keccak256(forged));
      }
    });

    it("reverts for the block in which it is asked, whose hash is not known yet", async () => {
      const { randomness, number, header, childHeader } = await loadFixture(deployAndMine);
      const { timestamp } = await rawBlock(number + 1n);
      await expect(
        randomness.randomnessAt(BigInt(timestamp), encode(childHeader, header), { blockTag: Number(number + 1n) }),
      )
        .to.be.revertedWithCustomError(randomness, "HeaderRandomness_UnknownBlock")
        .withArgs(number + 1n, keccak256(childHeader));
      await mine(1);
      await randomness.randomnessAt(BigInt(timestamp), encode(childHeader, header));
    });

    describe("of blocks further back than the BLOCKHASH opcode reaches", () => {
      /** The fixture's block at a distance, with EIP-2935's contract keeping its hash. */
      async function atDistance(distance: bigint, kept = true) {
        const fixture = await loadFixture(deployAndMine);
        const { number, header } = fixture;
        await setCode(HISTORY, HISTORY_CODE);
        if (kept) await setStorageAt(HISTORY, number % HISTORY_LENGTH, keccak256(header));
        await mine(distance - 1n);
        expect(BigInt(await ethers.provider.getBlockNumber()) - number).to.equal(distance);
        return fixture;
      }

      for (const distance of [256n, 257n, 8_190n, 8_191n]) {
        it(`answers ${distance} blocks later`, async () => {
          const { randomness, time: at, word, header, parentHeader } = await atDistance(distance);
          expect(await randomness.randomnessAt(at, encode(header, parentHeader))).to.equal(word);
        });
      }

      it("needs the chain to keep hashes from 257 blocks on", async () => {
        const { randomness, time: at, number, word, header, parentHeader } = await atDistance(256n, false);
        expect(await randomness.randomnessAt(at, encode(header, parentHeader))).to.equal(word);
        await mine(1);
        await expect(randomness.randomnessAt(at, encode(header, parentHeader)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_UnknownBlock")
          .withArgs(number, keccak256(header));
      });

      it("reverts 8,192 blocks later", async () => {
        const { randomness, time: at, number, header, parentHeader } = await atDistance(8_192n);
        await expect(randomness.randomnessAt(at, encode(header, parentHeader)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_UnknownBlock")
          .withArgs(number, keccak256(header));
      });

      it("reverts for another header that claims the kept one's number", async () => {
        const { randomness, time: at, number, header, parentHeader } = await atDistance(300n);
        const forged = altered(header, PREV_RANDAO, id("chosen"));
        await expect(randomness.randomnessAt(at, encode(forged, parentHeader)))
          .to.be.revertedWithCustomError(randomness, "HeaderRandomness_UnknownBlock")
          .withArgs(number, keccak256(forged));
      });
    });

    it("reverts for what is no proof", async () => {
      const { randomness, time: at, header, parentHeader } = await loadFixture(deployAndMine);
      const proof = encode(header, parentHeader);
      for (const garbage of ["0x", "0x00", header, concat([header, parentHeader]), proof.slice(0, 66)]) {
        await expect(randomness.randomnessAt(at, garbage)).to.be.revertedWithoutReason();
      }
      for (const garbage of ["0x", "0x80", "0x1234", parentHeader.slice(0, -2)]) {
        await expect(randomness.randomnessAt(at, encode(garbage, parentHeader))).to.be.revertedWithCustomError(
          randomness,
          "RLPInvalidEncoding",
        );
      }
    });

    it("reverts for a list that is too short to be a header, and names what is missing", async () => {
      const { randomness, time: at, header, parentHeader } = await loadFixture(deployAndMine);
      const list = decodeRlp(header) as string[];
      for (const length of [0, NUMBER]) {
        await expect(randomness.randomnessAt(at, encode(encodeRlp(list.slice(0, length)), parentHeader)))
          .to.be.revertedWithCustomError(randomness, "FieldNotPresentInBlockHeader")
          .withArgs(NUMBER);
      }
    });
  });
});

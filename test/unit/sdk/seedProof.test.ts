import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, decodeRlp, encodeRlp, keccak256 } from "ethers";
import { ethers } from "hardhat";

import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { RawRpc } from "../../../sdk/seedProof";
import { encodeHeader, seedProof } from "../../../sdk/seedProof";

type RawBlock = Parameters<typeof encodeHeader>[0];

const ZERO_32 = `0x${"00".repeat(32)}`;

/** Ethereum's first block, whose hash everybody knows: a header as it was before any fork. */
const GENESIS: RawBlock = {
  hash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
  parentHash: ZERO_32,
  sha3Uncles: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  miner: `0x${"00".repeat(20)}`,
  stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
  transactionsRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
  receiptsRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
  logsBloom: `0x${"00".repeat(256)}`,
  difficulty: "0x400000000",
  number: "0x0",
  gasLimit: "0x1388",
  gasUsed: "0x0",
  timestamp: "0x0",
  extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
  mixHash: ZERO_32,
  nonce: "0x0000000000000042",
};

/** The same with another number and time, hashed anew. */
function blockOf(number: number, timestamp: number): RawBlock {
  const block = { ...GENESIS, number: `0x${number.toString(16)}`, timestamp: `0x${timestamp.toString(16)}` };
  const list = decodeRlp(encodeHeader(GENESIS)) as string[];
  const bytes = (value: number) => (value === 0 ? "0x" : ethers.toBeHex(value));
  list[8] = bytes(number);
  list[11] = bytes(timestamp);
  return { ...block, hash: keccak256(encodeRlp(list)) };
}

/** A chain whose blocks have these times. */
function chainOf(times: number[]): RawRpc & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    send: async (method, [tag]) => {
      expect(method).to.equal("eth_getBlockByNumber");
      asked.push(tag as string);
      const number = tag === "latest" ? times.length - 1 : Number(tag);
      const timestamp = times[number];
      return Promise.resolve(timestamp === undefined ? null : blockOf(number, timestamp));
    },
  };
}

/** The numbers of the blocks whose headers a proof consists of. */
function provenBlocks(proof: string): number[] {
  const [header, parent] = AbiCoder.defaultAbiCoder().decode(["bytes", "bytes"], proof) as unknown as [string, string];
  return [header, parent].map((rlp) => Number((decodeRlp(rlp) as string[])[8]!.replace(/^0x$/, "0x0")));
}

/** Requires of a promise that it fails on account of its input, and says so. */
async function expectInvalid(promise: Promise<unknown>, message: string): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).to.be.instanceOf(InvalidInputError).with.property("message", message);
}

describe("sdk", () => {
  describe("encodeHeader", () => {
    it("encodes Ethereum's first block as it was hashed", () => {
      expect(keccak256(encodeHeader(GENESIS))).to.equal(GENESIS.hash);
    });

    it("encodes this chain's blocks with all their fields as they were hashed", async () => {
      const raw = (await ethers.provider.send("eth_getBlockByNumber", ["latest", false])) as RawBlock;
      expect(keccak256(encodeHeader(raw))).to.equal(raw.hash);
      expect(decodeRlp(encodeHeader(raw))).to.have.length(21);
    });

    it("says that a chain has another shape of headers", () => {
      for (const other of [
        { ...GENESIS, baseFeePerGas: "0x7" },
        { ...GENESIS, gasUsed: "0x1" },
        { ...GENESIS, stateRoot: undefined },
      ]) {
        expect(() => encodeHeader(other)).to.throw(
          InvalidInputError,
          `the header of block 0 does not hash to ${GENESIS.hash}: this chain's headers have another shape`,
        );
      }
    });
  });

  describe("seedProof", () => {
    it("proves the first block at or after the moment, with its parent", async () => {
      const times = [0, 10, 20, 30, 45, 46, 60];
      for (const [moment, number] of [
        [1n, 1],
        [10n, 1],
        [11n, 2],
        [20n, 2],
        [31n, 4],
        [45n, 4],
        [46n, 5],
        [47n, 6],
        [60n, 6],
      ] as const) {
        expect(provenBlocks(await seedProof(chainOf(times), moment)), String(moment)).to.deep.equal([
          number,
          number - 1,
        ]);
      }
    });

    it("proves the first of several blocks of the same second", async () => {
      const times = [0, 5, 5, 5, 9, 9];
      expect(provenBlocks(await seedProof(chainOf(times), 5n))).to.deep.equal([1, 0]);
      expect(provenBlocks(await seedProof(chainOf(times), 6n))).to.deep.equal([4, 3]);
    });

    it("asks for few blocks of a long chain", async () => {
      const chain = chainOf(Array.from({ length: 10_000 }, (_, i) => i * 2));
      expect(provenBlocks(await seedProof(chain, 4_001n))).to.deep.equal([2_001, 2_000]);
      expect(chain.asked.length).to.be.lessThan(20);
    });

    it("says to wait while there is no such block", async () => {
      await expectInvalid(seedProof(chainOf([0, 10]), 11n), "no block has come since 11: wait for the next one.");
      await seedProof(chainOf([0, 10]), 10n);
    });

    it("says so when the chain began later", async () => {
      await expectInvalid(seedProof(chainOf([100, 110]), 100n), "the chain began after 100.");
      await seedProof(chainOf([100, 110]), 101n);
    });

    it("says so when the node has forgotten a block", async () => {
      const chain = chainOf([0, 10, 20, 30]);
      const forgetful: RawRpc = {
        send: async (method, params) => (params[0] === "0x1" ? null : chain.send(method, params)),
      };
      await expectInvalid(seedProof(forgetful, 5n), "the node does not know block 0x1: ask another node.");
    });

    it("works over this chain", async () => {
      await time.increase(30n);
      const latest = (await ethers.provider.getBlock("latest"))!;
      const proof = await seedProof(ethers.provider, BigInt(latest.timestamp) - 5n);
      expect(provenBlocks(proof)).to.deep.equal([latest.number, latest.number - 1]);
    });
  });
});

import { keccak256 } from "ethers";

/** The three bits of a 2048-bit bloom filter that a value sets (Yellow Paper, section 4.4.3), as byte and mask. */
function bloomBits(value: string): { byte: number; mask: number }[] {
  const hash = Buffer.from(keccak256(value).slice(2), "hex");
  return [0, 2, 4].map((offset) => {
    const bit = hash.readUInt16BE(offset) & 2047;
    return { byte: 255 - (bit >> 3), mask: 1 << (bit & 7) };
  });
}

/** Tells from a block's `logsBloom` whether one of some addresses may have logged in it. Never misses one that has. */
export function addressFilter(addresses: readonly string[]): (logsBloom: string | undefined) => boolean {
  const wanted = addresses.map((address) => bloomBits(address.toLowerCase()));
  return (logsBloom) => {
    const bloom = Buffer.from((logsBloom ?? "").slice(2), "hex");
    // Some chains leave the filter out or all zero: then it tells nothing.
    if (bloom.length !== 256 || bloom.every((byte) => byte === 0)) return true;
    return wanted.some((bits) => bits.every(({ byte, mask }) => ((bloom[byte] ?? 0) & mask) !== 0));
  };
}

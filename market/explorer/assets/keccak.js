// @ts-check
/*
 * keccak256 as Ethereum uses it: the Keccak submission's padding (0x01), not that of SHA3-256 (0x06).
 * The permutation is that of FIPS 202, section 3, on 25 lanes of 64 bits. Lanes are bigints: plain to read, and fast
 * enough for the files that people check here (about a megabyte per second).
 */

const RATE = 136; // Bytes per block: 1600 bits less twice the 256 bits of the answer.
const MASK = (1n << 64n) - 1n;

/** Lane offsets and round constants, computed as FIPS 202 defines them rather than copied. */
const ROTATIONS = rotations();
const ROUND_CONSTANTS = roundConstants();

/**
 * @param {Uint8Array} bytes
 * @returns {string} 0x and 64 hex digits
 */
export function keccak256(bytes) {
  const padded = new Uint8Array((Math.floor(bytes.length / RATE) + 1) * RATE);
  padded.set(bytes);
  padded[bytes.length] = 0x01;
  padded[padded.length - 1] = /** @type {number} */ (padded[padded.length - 1]) | 0x80;

  const view = new DataView(padded.buffer);
  const state = new BigUint64Array(25);
  for (let block = 0; block < padded.length; block += RATE) {
    for (let lane = 0; lane < RATE / 8; lane++) {
      state[lane] = at(state, lane) ^ view.getBigUint64(block + lane * 8, true);
    }
    permute(state);
  }

  const digest = new DataView(new ArrayBuffer(32));
  for (let lane = 0; lane < 4; lane++) digest.setBigUint64(lane * 8, at(state, lane), true);
  return toHex(new Uint8Array(digest.buffer));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * @param {string} hex 0x and an even number of hex digits
 * @returns {Uint8Array}
 */
export function fromHex(hex) {
  if (!/^0x(?:[0-9a-f]{2})*$/i.test(hex)) throw new RangeError(`"${hex}" is not 0x and an even number of hex digits.`);
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {BigUint64Array} state Lane (x, y) stands at x + 5y. */
function permute(state) {
  const columns = new BigUint64Array(5);
  const moved = new BigUint64Array(25);
  for (const constant of ROUND_CONSTANTS) {
    // Theta
    for (let x = 0; x < 5; x++) {
      columns[x] = at(state, x) ^ at(state, x + 5) ^ at(state, x + 10) ^ at(state, x + 15) ^ at(state, x + 20);
    }
    for (let x = 0; x < 5; x++) {
      const change = at(columns, (x + 4) % 5) ^ rotate(at(columns, (x + 1) % 5), 1n);
      for (let y = 0; y < 25; y += 5) state[x + y] = at(state, x + y) ^ change;
    }
    // Rho and pi
    for (let x = 0; x < 5; x++) {
      for (let y = 0; y < 5; y++) {
        moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(at(state, x + 5 * y), ROTATIONS[x + 5 * y] ?? 0n);
      }
    }
    // Chi
    for (let y = 0; y < 25; y += 5) {
      for (let x = 0; x < 5; x++) {
        state[x + y] = at(moved, x + y) ^ (~at(moved, ((x + 1) % 5) + y) & at(moved, ((x + 2) % 5) + y));
      }
    }
    // Iota
    state[0] = at(state, 0) ^ constant;
  }
}

/**
 * @param {BigUint64Array} lanes
 * @param {number} index
 */
function at(lanes, index) {
  return /** @type {bigint} */ (lanes[index]);
}

/**
 * @param {bigint} lane
 * @param {bigint} by 0 to 63
 */
function rotate(lane, by) {
  return ((lane << by) | (lane >> (64n - by))) & MASK;
}

/** FIPS 202, section 3.2.2. */
function rotations() {
  /** @type {bigint[]} */
  const offsets = Array.from({ length: 25 }, () => 0n);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    offsets[x + 5 * y] = BigInt((((t + 1) * (t + 2)) / 2) % 64);
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

/** FIPS 202, section 3.2.5: bits of a linear feedback shift register at the positions 2^j - 1. */
function roundConstants() {
  const constants = [];
  let register = 1;
  for (let round = 0; round < 24; round++) {
    let constant = 0n;
    for (let j = 0; j <= 6; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    constants.push(constant);
  }
  return constants;
}

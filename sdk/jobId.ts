import { toBeHex } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** A job's id for people: decimal for the kernel's numbered jobs, 32 bytes of hex for hired ones, which are hashes. */
export function formatJobId(jobId: bigint): string {
  return jobId >> 64n === 0n ? jobId.toString() : toBeHex(jobId, 32);
}

/** Reads a job's id in either form. */
export function parseJobId(text: string): bigint {
  if (/^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(text)) {
    const jobId = BigInt(text);
    if (jobId >> 256n === 0n && jobId !== 0n) return jobId;
  }
  throw new InvalidInputError(
    `"${text}" is not a job's id: write a number from 1 upwards, or 0x and up to 64 hex digits.`,
  );
}

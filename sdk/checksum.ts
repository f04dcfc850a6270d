import { getAddress } from "ethers";

import { InvalidInputError } from "./InvalidInputError";

/** An address out of a file, checksummed. A wrong checksum is refused, by where the address stands. */
export function checkedAddress(value: string, where: string): string {
  try {
    return getAddress(value);
  } catch {
    throw new InvalidInputError(`${where} has a wrong checksum: copy the address again.`);
  }
}

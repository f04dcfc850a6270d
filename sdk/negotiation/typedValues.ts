import type { TypedDataField } from "ethers";
import { getAddress } from "ethers";

import { InvalidInputError } from "../InvalidInputError";

/*
 * EIP-712 values as JSON: whole numbers as decimal strings, all else as it is. Reading checks what a schema cannot:
 * that numbers fit their types and that addresses have no wrong checksum.
 */

export function typedToJson(fields: readonly TypedDataField[], value: object): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name }) => {
      const member: unknown = Reflect.get(value, name);
      return [name, typeof member === "bigint" ? member.toString() : member];
    }),
  );
}

/** @param source Where the value stands, for error messages. */
export function typedFromJson(fields: readonly TypedDataField[], value: object, source: string): object {
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, memberFromJson(type, Reflect.get(value, name), `${source}/${name}`)]),
  );
}

function memberFromJson(type: string, value: unknown, where: string): unknown {
  if (type.startsWith("uint")) {
    const number = BigInt(value as string);
    if (number >> BigInt(type.slice("uint".length)) !== 0n) {
      throw new InvalidInputError(`${where} is too large for its type ${type}.`);
    }
    return number;
  }
  if (type === "address") {
    try {
      return getAddress(value as string);
    } catch {
      throw new InvalidInputError(`${where} has a wrong checksum: copy the address again.`);
    }
  }
  if (type === "address[]") {
    return (value as unknown[]).map((member, index) => memberFromJson("address", member, `${where}/${index}`));
  }
  return value;
}

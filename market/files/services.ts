import { getAddress, isAddress } from "ethers";

import { boundText } from "../chain/text";
import type { Service } from "../model";

const MAX_SERVICES = 100;
const MAX_TEXT = 2_000;
const MAX_SKILLS = 50;

/** The services of an agent's catalogue, read from its registration file. What is malformed is left out. */
export function servicesOf(file: unknown): Service[] {
  const listed = property(property(file, "catalogue"), "services");
  if (!Array.isArray(listed)) return [];
  return listed.slice(0, MAX_SERVICES).flatMap((entry: unknown) => {
    const [id, name] = [textOf(property(entry, "id")), textOf(property(entry, "name"))];
    if (id === undefined || name === undefined) return [];
    const skills = property(entry, "skills");
    const deliveryPeriod = property(entry, "deliveryPeriod");
    const price = priceOf(property(entry, "price"));
    return [
      {
        id,
        name,
        description: textOf(property(entry, "description")) ?? "",
        skills: (Array.isArray(skills) ? skills : []).flatMap((s: unknown) => textOf(s) ?? []).slice(0, MAX_SKILLS),
        ...(price === undefined ? {} : { price }),
        ...(Number.isSafeInteger(deliveryPeriod) && (deliveryPeriod as number) >= 0
          ? { deliveryPeriod: deliveryPeriod as number }
          : {}),
      },
    ];
  });
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? boundText(value, MAX_TEXT) : undefined;
}

function priceOf(value: unknown): Service["price"] {
  const [token, amount, unit] = [property(value, "token"), property(value, "amount"), textOf(property(value, "unit"))];
  if (typeof token !== "string" || !isAddress(token)) return undefined;
  if (typeof amount !== "string" || !/^\d{1,78}$/.test(amount) || BigInt(amount) >> 256n !== 0n) return undefined;
  return { token: getAddress(token), amount: BigInt(amount).toString(), ...(unit === undefined ? {} : { unit }) };
}

import { parseTokenId } from "../../sdk/caip";
import type { Service } from "../../sdk/discovery/model";
import { boundText } from "../chain/text";

const MAX_SERVICES = 100;
const MAX_TEXT = 2_000;
const MAX_SKILLS = 50;
const MAX_AMOUNT = (1n << 256n) - 1n;

/**
 * The services of an agent's catalogue, read from its registration file. What is malformed is left out, and so are
 * prices in tokens of other chains. Its JSON Schemas and samples are for who hires to check (`parseCatalogue`): to check
 * them here would let a stranger's file keep the index busy.
 */
export function servicesOf(file: unknown, chainId: bigint): Service[] {
  const listed = property(property(file, "catalogue"), "services");
  if (!Array.isArray(listed)) return [];
  return listed.slice(0, MAX_SERVICES).flatMap((entry: unknown) => {
    const [id, name] = [textOf(property(entry, "id")), textOf(property(entry, "name"))];
    if (id === undefined || name === undefined) return [];
    const skills = property(entry, "skills");
    const deliveryPeriod = property(entry, "deliveryPeriod");
    const price = priceOf(property(entry, "price"), chainId);
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

function priceOf(value: unknown, chainId: bigint): Service["price"] {
  const [id, amount, counted] = [property(value, "token"), property(value, "amount"), property(value, "counted")];
  if (typeof amount !== "string" || !/^\d{1,78}$/.test(amount) || BigInt(amount) >> 256n !== 0n) return undefined;
  // What is counted is no fixed price, even if its unit has no name.
  const unit = textOf(property(value, "unit")) ?? (counted === undefined ? undefined : "unit");
  const minimum = unit === undefined ? undefined : minimumOf(BigInt(amount), property(counted, "min"));
  let token;
  try {
    token = parseTokenId(String(id));
  } catch {
    return undefined;
  }
  if (token.chainId !== chainId) return undefined;
  return {
    token: token.address,
    amount: BigInt(amount).toString(),
    ...(unit === undefined ? {} : { unit }),
    ...(minimum === undefined ? {} : { minimum: minimum.toString() }),
  };
}

/** What a job costs at least; undefined where that is one unit or nothing, which says nothing of a job's price. */
function minimumOf(amount: bigint, units: unknown): bigint | undefined {
  if (!Number.isSafeInteger(units) || (units as number) <= 1) return undefined;
  const minimum = amount * BigInt(units as number);
  return minimum >> 256n === 0n ? minimum : MAX_AMOUNT;
}

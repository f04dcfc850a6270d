import { isHexString } from "ethers";

import { InvalidInputError } from "../InvalidInputError";
import type { JobContract } from "../terms";
import { termsHash } from "../terms";
import type { CarriedTerms, Envelope, OpenTerms } from "./envelope";
import { NegotiationError } from "./NegotiationError";
import type { Thread } from "./thread";

/**
 * The thread's job contracts with the one that a message brings: it must be that of the message's `termsHash`, and
 * must come along where the thread does not have it yet.
 * @param decrypt For terms that came encrypted.
 */
export async function openTerms(
  thread: Thread,
  { body, terms }: Envelope,
  decrypt?: (jwe: string) => Promise<unknown>,
): Promise<Thread["terms"]> {
  if (!("termsHash" in body.message)) return thread.terms;
  const agreed = body.message.termsHash;
  if (terms === undefined) {
    if (Object.hasOwn(thread.terms, agreed)) return thread.terms;
    throw new NegotiationError("terms", `the ${body.type} has terms of hash ${agreed}, but does not carry them.`);
  }
  const opened = "jwe" in terms ? await opening(terms.jwe, decrypt) : terms;
  const found = hashOf(opened);
  if (found !== agreed) {
    throw new NegotiationError(
      "terms",
      `the ${body.type} is over terms of hash ${agreed}, but carries those of ${found}.`,
    );
  }
  return { ...thread.terms, [agreed]: opened };
}

async function opening(jwe: string, decrypt?: (jwe: string) => Promise<unknown>): Promise<OpenTerms> {
  if (decrypt === undefined) {
    throw new NegotiationError("terms", "the terms are encrypted, and this side has published no key for that.");
  }
  let value: unknown;
  try {
    value = await decrypt(jwe);
  } catch (error) {
    throw new NegotiationError("terms", `the terms cannot be decrypted: ${(error as Error).message}`);
  }
  const { contract, salt } = (typeof value === "object" && value !== null ? value : {}) as Partial<OpenTerms>;
  if (contract === undefined || (salt !== undefined && !isHexString(salt, 32))) {
    throw new NegotiationError("terms", "the decrypted terms are not a job contract with its salt.");
  }
  return { contract, ...(salt === undefined ? {} : { salt }) };
}

function hashOf({ contract, salt }: { contract: JobContract; salt?: string }): string {
  try {
    return termsHash(contract, salt);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new NegotiationError("terms", error.message);
  }
}

/** Terms as they travel in the open. */
export function carry(contract: JobContract, salt?: string): CarriedTerms {
  return { contract, ...(salt === undefined ? {} : { salt }) };
}

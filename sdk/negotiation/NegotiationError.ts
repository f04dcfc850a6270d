import { InvalidInputError } from "../InvalidInputError";

/** Why a message is not taken into a thread. */
export type NegotiationFault =
  /** Its form: size, JSON, fields, numbers too large. */
  | "malformed"
  /** Another chain or escrow. */
  | "wrong-place"
  | "bad-signature"
  /** Signed or made out for somebody who is not part of the thread. */
  | "wrong-party"
  /** It, or what it answers, is no longer valid. */
  | "expired"
  /** It does not answer the thread's last message. */
  | "not-linked"
  /** Its type is not the next move of who sent it. */
  | "out-of-turn"
  | "too-long"
  /** Its terms are missing, or are not those of its hash. */
  | "terms"
  /** It contradicts what it answers. */
  | "inconsistent"
  /** The receiver does not know what it answers. */
  | "unknown-thread"
  /** From this account, at the moment. */
  | "too-many"
  /** The receiver has no room. */
  | "busy";

/** A message that is refused. Nothing has changed: the thread is as it was. */
export class NegotiationError extends InvalidInputError {
  constructor(
    readonly fault: NegotiationFault,
    message: string,
  ) {
    super(message);
  }
}

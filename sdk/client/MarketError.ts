import { isError } from "ethers";

import { IndexError } from "../discovery/client";
import { explainError, parseRevert, revertDataOf } from "../errors";
import { InvalidInputError } from "../InvalidInputError";
import { RefusedError } from "../negotiation/httpClient";
import { NoAnswerError } from "../negotiation/negotiate";

/** What the client's own errors are called; a contract's refusal is called as the contract's custom error. */
export type MarketErrorCode =
  /** What the caller gave is wrong; nothing was sent. */
  | "INVALID_INPUT"
  /** Something else stands where this was to stand: another deliverable, another verdict, other words. */
  | "CONFLICT"
  /** What this is about is not there. */
  | "NOT_FOUND"
  /** This needs a key, or the key of somebody else. */
  | "NO_SIGNER"
  /** Coin for gas, or the token that is due, is missing. */
  | "INSUFFICIENT_FUNDS"
  /** Another transaction of the account came first. */
  | "NONCE"
  /** The signer's owner said no. */
  | "DECLINED_BY_SIGNER"
  /** The endpoint does not answer, or not for this. */
  | "NETWORK"
  /** Sent, and not on the chain in time. It may still land; calling again is safe. */
  | "TIMEOUT"
  /** A contract refused without a custom error that is known. */
  | "REVERTED"
  /** The other agent refuses what it was sent; the message has its words. */
  | "REFUSED"
  /** The other agent does not answer, or with nothing that counts; the message may quote it. */
  | "NO_ANSWER"
  /** The chain replaced blocks deeper than was waited for. */
  | "REORG"
  | "UNKNOWN";

/** Every failure of the client: `code` for programs, `message` for people, in one sentence that says what to do. */
export class MarketError extends Error {
  override readonly name = "MarketError";

  /**
   * @param code A `MarketErrorCode`, or the name of a contract's custom error such as "JobEscrow_OfferExpired".
   * @param transaction Hash of the transaction that failed or was not seen in time, if one was sent.
   * @param sent Whether a signature that pays, an approval or a transaction had left before: then it may have had, or
   * may still have, an effect. Otherwise nothing has happened.
   */
  constructor(
    readonly code: MarketErrorCode | (string & {}),
    message: string,
    options: { cause?: unknown; transaction?: string | undefined; sent?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.transaction = options.transaction;
    this.sent = options.sent ?? options.transaction !== undefined;
  }

  readonly transaction: string | undefined;
  readonly sent: boolean;
}

/** Anything that a call can fail with, as a `MarketError`. */
export function toMarketError(error: unknown): MarketError {
  if (error instanceof MarketError) return error;
  const code = codeOf(error);
  // Of what others said, the cause may hold anything: not to be explained as if the chain had said it.
  const message = /^(REFUSED|NO_ANSWER)$/.test(code) ? (error as Error).message : explainError(error);
  return new MarketError(code, message, { cause: error });
}

function codeOf(error: unknown): string {
  // A stranger's words say nothing about this side: they are not looked at.
  if (error instanceof RefusedError) return "REFUSED";
  if (error instanceof NoAnswerError) return "NO_ANSWER";
  if (error instanceof IndexError) return error.status >= 400 && error.status < 500 ? "INVALID_INPUT" : "NETWORK";
  if (error instanceof InvalidInputError) return "INVALID_INPUT";
  const data = revertDataOf(error);
  if (data !== undefined) return parseRevert(data)?.name ?? "REVERTED";
  if (isError(error, "INVALID_ARGUMENT") || isError(error, "UNCONFIGURED_NAME")) return "INVALID_INPUT";
  if (isError(error, "CALL_EXCEPTION")) return "REVERTED";
  if (isError(error, "BAD_DATA")) return "NOT_FOUND";
  if (isError(error, "NONCE_EXPIRED") || isError(error, "REPLACEMENT_UNDERPRICED")) return "NONCE";
  if (isError(error, "ACTION_REJECTED")) return "DECLINED_BY_SIGNER";
  if (isError(error, "TIMEOUT") || isError(error, "NETWORK_ERROR") || isError(error, "SERVER_ERROR")) return "NETWORK";
  const text = error instanceof Error ? `${error.message} ${String((error as { code?: unknown }).code)}` : "";
  if (/INSUFFICIENT_FUNDS|enough funds|insufficient funds/i.test(text)) return "INSUFFICIENT_FUNDS";
  if (/\bE(CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|TIMEDOUT)\b/.test(text)) return "NETWORK";
  return "UNKNOWN";
}

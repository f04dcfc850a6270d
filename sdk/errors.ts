import type { ErrorDescription, Result } from "ethers";
import { AbiCoder, Interface, dataSlice, isError, isHexString } from "ethers";

import {
  AgentMarketForwarder__factory,
  AgentRegistry__factory,
  AgentWalletFactory__factory,
  AgentWallet__factory,
  HeaderRandomness__factory,
  IERC20Errors__factory,
  JobEscrow__factory,
  OptimisticEvaluator__factory,
  ReputationLedger__factory,
  SeatCourt__factory,
} from "./bindings";
import { ERROR_SENTENCES } from "./errorSentences";
import { InvalidInputError } from "./InvalidInputError";
import { oneLine, quoted } from "./plainText";

/** Errors that reach a caller from contracts that are not the market's: tokens and Permit2. */
const FOREIGN_ERRORS = [
  "error ERC2612ExpiredSignature(uint256 deadline)",
  "error ERC2612InvalidSigner(address signer, address owner)",
  "error ERC3009InvalidSignature()",
  "error ERC3009InvalidAuthorizationTime(uint256 validAfter, uint256 validBefore)",
  "error ERC3009UsedAuthorization(address authorizer, bytes32 nonce)",
  "error EnforcedPause()",
  "error SignatureExpired(uint256 signatureDeadline)",
  "error InvalidAmount(uint256 maxAmount)",
  "error InvalidNonce()",
  "error InvalidSignatureLength()",
  "error InvalidSignature()",
  "error InvalidSigner()",
  "error InvalidContractSignature()",
];

/** Every custom error that has a sentence, from the contracts' own ABIs. */
export const MARKET_ERRORS = /* @__PURE__ */ marketErrors();

function marketErrors(): Interface {
  return new Interface([
    ...[
      AgentMarketForwarder__factory,
      AgentRegistry__factory,
      ReputationLedger__factory,
      JobEscrow__factory,
      OptimisticEvaluator__factory,
      SeatCourt__factory,
      HeaderRandomness__factory,
      AgentWallet__factory,
      AgentWalletFactory__factory,
      IERC20Errors__factory,
    ].flatMap(({ abi }) => abi.filter(({ type }) => type === "error")),
    ...FOREIGN_ERRORS,
  ]);
}

/** A message that is not this side's own is cut to so many characters. */
const LONGEST_SENTENCE = 2_000;

// The two that the compiler makes by itself.
const ERROR_SELECTOR = "0x08c379a0";
const PANIC_SELECTOR = "0x4e487b71";

/** What a revert's data says: one of the known errors, or undefined. */
export function parseRevert(data: string): ErrorDescription | undefined {
  try {
    return MARKET_ERRORS.parseError(data) ?? undefined;
  } catch {
    // A known selector before something that is not its arguments.
    return undefined;
  }
}

/** One sentence for a revert's data. */
export function explainRevert(data: string): string {
  const known = parseRevert(data);
  const sentence = known === undefined ? undefined : ERROR_SENTENCES[known.name];
  if (known !== undefined && sentence !== undefined) return sentence(known.args);
  if (data === "0x") {
    return "the contract refused without saying why: check the addresses, the network, and the transaction's gas limit.";
  }
  const text = decode("string", ERROR_SELECTOR, data);
  if (text !== undefined) return `a contract refused with ${quoted(text)}: check what it demands.`;
  const code = decode("uint256", PANIC_SELECTOR, data);
  if (code !== undefined) return `a contract failed with panic code ${code}: please report this, with what was called.`;
  return `a contract refused with an unknown error (${dataSlice(data, 0, Math.min(4, (data.length - 2) / 2))}): ask whoever wrote the token, hook or wallet involved.`;
}

function decode(type: string, selector: string, data: string): string | undefined {
  if (!data.startsWith(selector)) return undefined;
  try {
    const decoded: Result = AbiCoder.defaultAbiCoder().decode([type], dataSlice(data, 4));
    return String(decoded[0]);
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * One sentence for anything that a call, a simulation or a transaction can fail with: what is wrong and what to do.
 * Looks for a revert's data wherever ethers, Hardhat and the nodes put it.
 */
export function explainError(error: unknown): string {
  if (error instanceof InvalidInputError) return error.message;
  // The client's own errors have been explained; their codes would be taken for ethers'.
  if (error instanceof Error && error.name === "MarketError") return error.message;
  const data = revertDataOf(error);
  if (data !== undefined) return explainRevert(data);
  if (isError(error, "INSUFFICIENT_FUNDS") || /enough funds|insufficient funds/i.test(messageOf(error))) {
    return "the sending account cannot pay for the gas: send it some of the chain's own coin, or sign for others to send.";
  }
  if (isError(error, "NONCE_EXPIRED") || isError(error, "REPLACEMENT_UNDERPRICED")) {
    return "another transaction of this account came first: try again.";
  }
  if (isError(error, "CALL_EXCEPTION")) {
    const receipt = error.receipt as { hash: string } | null | undefined;
    return receipt == null
      ? explainRevert("0x")
      : `the transaction ${receipt.hash} failed on the chain: simulate it again, and give it more gas.`;
  }
  if (isError(error, "BAD_DATA")) {
    return "the answer is not what this contract would give: check the address and the network.";
  }
  if (
    isError(error, "TIMEOUT") ||
    isError(error, "NETWORK_ERROR") ||
    isError(error, "SERVER_ERROR") ||
    isRefused(error)
  ) {
    return "the chain's endpoint does not answer: check its URL and the connection, and try again.";
  }
  const message = messageOf(error);
  // Libraries quote what endpoints and contracts said.
  return `${oneLine(message.split("\n", 1)[0] ?? message, LONGEST_SENTENCE).replace(/[.\s]+$/, "")}.`;
}

/** Whether a call reached something else than what was meant: an account, or a contract without such a function. */
export function isFromElsewhere(error: unknown): boolean {
  return isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA") || revertDataOf(error) !== undefined;
}

function isRefused(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && /^E(CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|TIMEDOUT)$/.test(code);
}

/** The data of the innermost revert that an error carries, undefined if it carries none. */
export function revertDataOf(error: unknown, depth = 0): string | undefined {
  // Errors nest as error.info.error.data.data and the like; a handful of levels is all there is.
  if (typeof error !== "object" || error === null || depth > 5) return undefined;
  const fields = error as Record<string, unknown>;
  if (typeof fields.data === "string" && isHexString(fields.data) && !("to" in fields)) return fields.data;
  for (const key of ["data", "error", "info", "cause"]) {
    const found = revertDataOf(fields[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

import { ZeroAddress, ZeroHash } from "ethers";

import { jobIdOf } from "../offers";
import type { JobContract } from "../terms";
import type { Envelope } from "./envelope";
import { counterpartyProblem, linkProblem, offerProblem } from "./threadRules";
import type { MessageType, Messages, Place, QuoteRequest, Signatures } from "./messages";
import { messageHash, signerOf, verifyMessage } from "./messages";
import { NegotiationError } from "./NegotiationError";
import type { OpenTerms } from "./envelope";
import { openTerms } from "./threadTerms";

/** One message of a thread. */
export interface Entry {
  readonly envelope: Envelope;
  /** What the next message's `inReplyTo` is. */
  readonly hash: string;
  /** Unix seconds at which it was taken in. */
  readonly at: bigint;
}

/**
 * A negotiation between one client and one provider: messages of which each was checked and answers the one before.
 * Never changed: `extendThread` answers a longer one.
 */
export interface Thread {
  readonly place: Place;
  /** Hash of the request that it began with; the zero hash before that. */
  readonly id: string;
  readonly client?: string;
  /** Known from the start, or from the first message by a provider where the request was to anyone. */
  readonly provider?: string;
  readonly entries: readonly Entry[];
  /** Every job contract that was carried, by its `termsHash`. */
  readonly terms: Readonly<Record<string, OpenTerms>>;
}

export type Side = "client" | "provider";

/** Where a thread stands. */
export type ThreadState = "empty" | "requested" | "offered" | "countered" | "accepted" | "declined";

/** How messages are checked when they are taken in. */
export interface ThreadOptions extends Signatures {
  /** Decrypts terms that came encrypted: `openJson` of confidential.ts with one's own key. */
  readonly openTerms?: (jwe: string) => Promise<unknown>;
  /** The most messages of a thread, by default MAX_MESSAGES. */
  readonly maxMessages?: number;
}

/** Ten rounds of offer and counter-offer, and an end. */
export const MAX_MESSAGES = 22;

/** A thread before its first message. @param provider Fixes who may answer. */
export function openThread({ chainId, escrow }: Place, provider?: string): Thread {
  const fixed = provider === undefined || provider === ZeroAddress ? {} : { provider };
  return { place: { chainId, escrow }, id: ZeroHash, ...fixed, entries: [], terms: {} };
}

const STATE_AFTER: Record<MessageType, ThreadState> = {
  QuoteRequest: "requested",
  Offer: "offered",
  CounterOffer: "countered",
  Acceptance: "accepted",
  Decline: "declined",
};

export function threadState({ entries }: Thread): ThreadState {
  const last = entries.at(-1);
  return last === undefined ? "empty" : STATE_AFTER[last.envelope.body.type];
}

const MOVES: Record<ThreadState, Record<Side, readonly MessageType[]>> = {
  empty: { client: ["QuoteRequest"], provider: [] },
  requested: { client: ["Decline"], provider: ["Offer", "Decline"] },
  offered: { client: ["CounterOffer", "Acceptance", "Decline"], provider: ["Decline"] },
  countered: { client: ["Decline"], provider: ["Offer", "Decline"] },
  accepted: { client: [], provider: [] },
  declined: { client: [], provider: [] },
};

/** What each side may send next. Once the last message has expired, only an end is left. */
export function nextMoves(
  thread: Thread,
  now: bigint,
  maxMessages = MAX_MESSAGES,
): Record<Side, readonly MessageType[]> {
  const moves = MOVES[threadState(thread)];
  const until = validUntilOf(thread.entries.at(-1));
  const stale = until !== undefined && now > until;
  // The last message of a thread that is full must be one that ends it.
  const full = thread.entries.length >= maxMessages - 1;
  const left = (types: readonly MessageType[]) =>
    types.filter((type) => (!stale || type === "Decline") && (!full || type === "Decline" || type === "Acceptance"));
  return { client: left(moves.client), provider: left(moves.provider) };
}

/** The last second in which a message can be answered; undefined if it sets none. */
function validUntilOf(entry: Entry | undefined): bigint | undefined {
  const message = entry?.envelope.body.message;
  return message !== undefined && "validUntil" in message ? message.validUntil : undefined;
}

/** The latest message of a type in a thread. */
export function lastOf<T extends MessageType>(thread: Thread, type: T): Messages[T] | undefined {
  const entry = thread.entries.findLast(({ envelope }) => envelope.body.type === type);
  return entry?.envelope.body.message as Messages[T] | undefined;
}

/** The request that a thread began with. */
export function requestOf(thread: Thread): QuoteRequest {
  const request = lastOf(thread, "QuoteRequest");
  if (request === undefined) throw new NegotiationError("out-of-turn", "the thread has no request yet.");
  return request;
}

/** The job contract of a `termsHash` that came up in a thread. */
export function contractOf(thread: Thread, termsHash: string): JobContract {
  const terms = Object.hasOwn(thread.terms, termsHash) ? thread.terms[termsHash] : undefined;
  if (terms === undefined) throw new NegotiationError("terms", `the thread has no job contract of hash ${termsHash}.`);
  return terms.contract;
}

/** The thread with one more message. */
export interface Extended {
  readonly thread: Thread;
  readonly entry: Entry;
}

/**
 * Takes a message into a thread: checks place, turn, link, expiry, parties, terms and signature, in this order, so that
 * what costs most is done last. Throws a `NegotiationError` that says why it is refused.
 * @param now Unix seconds: the chain's time, since it is the chain that will judge.
 */
export async function extendThread(
  thread: Thread,
  envelope: Envelope,
  now: bigint,
  options: ThreadOptions = {},
): Promise<Extended> {
  const { place } = thread;
  const { body } = envelope;
  if (envelope.chainId !== place.chainId || envelope.escrow !== place.escrow) {
    throw new NegotiationError(
      "wrong-place",
      `the message is for the escrow ${envelope.escrow} on chain ${envelope.chainId}, not ${place.escrow} on ${place.chainId}.`,
    );
  }
  const hash = messageHash(place, body);
  const signer = signerOf(body);
  const side = checkTurn(thread, envelope, hash, now, options.maxMessages);
  const parties = partiesWith(thread, side, signer);
  check("expired", expiryProblem(envelope, now));
  check("wrong-party", counterpartyProblem({ ...thread, ...parties }, envelope));
  const terms = await openTerms(thread, envelope, options.openTerms);
  check("inconsistent", offerProblem({ ...thread, ...parties }, envelope));
  if (body.type === "Acceptance") check("inconsistent", acceptanceProblem(thread, envelope));
  if (!(await verifyMessage(place, body, envelope.signature, options))) {
    throw new NegotiationError("bad-signature", `the ${body.type} is not signed by ${signer}.`);
  }
  const entry: Entry = { envelope, hash, at: now };
  const id = thread.entries.length === 0 ? hash : thread.id;
  return { thread: { ...thread, ...parties, id, entries: [...thread.entries, entry], terms }, entry };
}

function check(fault: NegotiationError["fault"], problem: string | undefined): void {
  if (problem !== undefined) throw new NegotiationError(fault, problem);
}

/** Whose message it is, if it is their turn. */
function checkTurn(thread: Thread, envelope: Envelope, hash: string, now: bigint, maxMessages?: number): Side {
  const { type } = envelope.body;
  const last = thread.entries.at(-1);
  if (thread.entries.some((entry) => entry.hash === hash)) {
    throw new NegotiationError("not-linked", "the thread has this message already.");
  }
  if (last !== undefined && now < last.at) {
    throw new NegotiationError("inconsistent", "the clock went backwards since the thread's last message.");
  }
  check("not-linked", linkProblem(last?.hash, envelope));
  const side = sideOf(thread, envelope);
  const state = threadState(thread);
  if (!MOVES[state][side].includes(type)) {
    throw new NegotiationError("out-of-turn", `a ${side} cannot send a ${type} when the thread is ${state}.`);
  }
  if (!nextMoves(thread, now, maxMessages)[side].includes(type)) {
    const until = validUntilOf(last);
    throw until !== undefined && now > until
      ? new NegotiationError("expired", `what the ${type} answers was valid until ${until}; now it is ${now}.`)
      : new NegotiationError("too-long", "the thread has no room for another round: accept or decline.");
  }
  return side;
}

function sideOf(thread: Thread, { body }: Envelope): Side {
  if (body.type !== "Decline") return body.type === "Offer" ? "provider" : "client";
  return body.message.party === thread.client ? "client" : "provider";
}

/** Both parties, with who has just come in. */
function partiesWith(thread: Thread, side: Side, signer: string): Pick<Thread, "client" | "provider"> {
  const known = thread[side];
  if (known !== undefined && known !== signer) {
    throw new NegotiationError("wrong-party", `the thread's ${side} is ${known}, not ${signer}.`);
  }
  const client = side === "client" ? signer : thread.client;
  const provider = side === "provider" ? signer : thread.provider;
  if (client === provider) throw new NegotiationError("wrong-party", "client and provider are the same account.");
  return { ...(client === undefined ? {} : { client }), ...(provider === undefined ? {} : { provider }) };
}

function expiryProblem({ body }: Envelope, now: bigint): string | undefined {
  if (!("validUntil" in body.message) || now <= body.message.validUntil) return undefined;
  return `the ${body.type} was valid until ${body.message.validUntil}; now it is ${now}.`;
}

/** The job's id is the hash of offer and acceptance: it must be that of what came along. */
function acceptanceProblem(thread: Thread, { body, acceptance }: Envelope): string | undefined {
  const offer = lastOf(thread, "Offer");
  const last = thread.entries.at(-1);
  if (body.type !== "Acceptance" || offer === undefined || last === undefined) return undefined;
  if (acceptance === undefined) return "the acceptance lacks the terms of the job's id.";
  if (acceptance.client !== offer.client) return `it is ${acceptance.client} who accepts, not ${offer.client}.`;
  if (acceptance.clientAgentId !== offer.clientAgentId) {
    return `the offer is for the client's agent ${offer.clientAgentId}, not ${acceptance.clientAgentId}.`;
  }
  if (acceptance.salt !== ZeroHash) return "a client that the offer names accepts it once, with salt 0.";
  const { inputHash } = requestOf(thread);
  if (inputHash !== ZeroHash && acceptance.inputHash !== inputHash) {
    return `the request named the input ${inputHash}, the acceptance ${acceptance.inputHash}.`;
  }
  const jobId = jobIdOf(last.hash, acceptance);
  return jobId === body.message.jobId ? undefined : `the job's id is ${jobId}, not ${body.message.jobId}.`;
}

import type { JsonRpcProvider, TransactionReceipt, Wallet } from "ethers";

import type { SeatCourt } from "../../typechain-types";
import { SeatCourt__factory } from "../../sdk/bindings";
import type { CourtDispute } from "../../sdk/courtDisputes";
import { availableCourtActions, courtPhaseAt, currentPanel, readCourtDispute, slotsOf } from "../../sdk/courtDisputes";
import type { CourtSeat } from "../../sdk/courtSeats";
import { readSeats } from "../../sdk/courtSeats";
import type { CourtPhase } from "../../sdk/enums";
import { explainError, isFromElsewhere } from "../../sdk/errors";
import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Network } from "../../sdk/networks";
import { networkByName } from "../../sdk/networks";
import type { Booth } from "./ballots";
import type { Options } from "./command";
import { parseAddress, parseNumber } from "./input";
import { Report, countdown } from "./report";
import type { Token } from "./session";
import { KEY_OPTION, NETWORK_OPTION, connectChain, readToken, simulateAndSend, timeOf, walletFrom } from "./session";

/** Options of every command that reads a court. */
export const COURT_OPTIONS = {
  court: { value: "ADDRESS", required: true, help: "The court." },
  ...NETWORK_OPTION,
} as const satisfies Options;

/** Options of every command that acts at a court. */
export const COURT_SIGNER_OPTIONS = { ...COURT_OPTIONS, ...KEY_OPTION } as const satisfies Options;

/** Options of every command that acts on a court's dispute. */
export const CASE_OPTIONS = {
  dispute: { value: "ID", required: true, help: "The court's dispute; show-job tells a job's." },
  ...COURT_SIGNER_OPTIONS,
} as const satisfies Options;

/** Options of jurors with a vote to cast. */
export const BALLOT_OPTIONS = {
  slot: { value: "NUMBER", help: "One slot only; by default all that you were drawn for." },
  ballots: {
    value: "FOLDER",
    help: "Where your ballots are kept until you reveal them; by default ~/.agent-market/votes.",
  },
  ...CASE_OPTIONS,
} as const satisfies Options;

/** A court on a chain. */
export interface CourtSession {
  readonly network: Network;
  readonly chain: JsonRpcProvider;
  /** Reads; connect it to a wallet to write. */
  readonly court: SeatCourt;
  readonly address: string;
  readonly terms: Awaited<ReturnType<SeatCourt["terms"]>>;
  /** What seats, fees and appeals are paid in. */
  readonly token: Token;
  /** The chain's time in Unix seconds. */
  readonly now: bigint;
}

/** A court, and the account that acts at it. */
export interface JurorSession extends CourtSession {
  readonly wallet: Wallet;
}

/** One of its disputes as well, ready for one call. */
export interface CaseSession extends JurorSession {
  readonly dispute: CourtDispute;
}

/** Connects to a court and makes sure that it is one. */
export async function openCourt(values: { network: string; court: string }): Promise<CourtSession> {
  const network = networkByName(values.network);
  const address = parseAddress(values.court, "--court");
  const chain = await connectChain(network);
  const court = SeatCourt__factory.connect(address, chain);
  const wrong = `--court: ${network.title} has no court at ${address}`;
  if ((await chain.getCode(address)) === "0x") throw new InvalidInputError(`${wrong}: check address and network.`);
  const terms = await court.terms().catch((error: unknown) => {
    if (isFromElsewhere(error)) throw new InvalidInputError(`${wrong}, but another contract: show-job tells a job's.`);
    throw error;
  });
  const token = await readToken({ chain, network }, terms.token);
  return { network, chain, court, address, terms, token, now: await timeOf(chain) };
}

/** The same with the acting account, which is checked first. */
export async function openCourtAs(values: {
  network: string;
  court: string;
  "key-env": string;
}): Promise<JurorSession> {
  const wallet = walletFrom(values["key-env"]);
  const session = await openCourt(values);
  return { ...session, wallet: wallet.connect(session.chain) };
}

/** A dispute's number. */
export function parseDisputeId(text: string): bigint {
  return parseNumber(text, "--dispute", 1n, (1n << 40n) - 1n);
}

/** Checks dispute, key, chain and court, in this order. */
export async function openCase(values: Parameters<typeof openCourtAs>[0] & { dispute: string }): Promise<CaseSession> {
  const disputeId = parseDisputeId(values.dispute);
  const session = await openCourtAs(values);
  return { ...session, dispute: await requireDispute(session, disputeId) };
}

/** A dispute that there must be. */
export async function requireDispute({ court, address }: CourtSession, disputeId: bigint): Promise<CourtDispute> {
  const dispute = await readCourtDispute(court, disputeId);
  if (dispute === undefined) {
    throw new InvalidInputError(`--dispute: the court ${address} has no dispute ${disputeId}: check both.`);
  }
  return dispute;
}

/** Refuses, before anything is sent, what the dispute's phase or the acting account do not allow. */
export function requireCourtAction({ dispute, now }: CaseSession, name: string): void {
  const actions = availableCourtActions(dispute, now);
  if (actions.some((action) => action.name === name)) return;
  const others = [...new Set(actions.map((action) => action.name))].join(", ") || "nothing";
  throw new InvalidInputError(
    `${describePhase(dispute, now)}, which does not allow ${name}: possible now is ${others}.`,
  );
}

/** Refuses any phase but one. @param purpose What it is for, as in "votes are committed". */
export function requirePhase({ dispute, now }: CaseSession, phase: CourtPhase, purpose: string): void {
  if (courtPhaseAt(dispute, now).phase === phase) return;
  throw new InvalidInputError(`${describePhase(dispute, now)}, but ${purpose} in ${phase}: court-status tells more.`);
}

/** "dispute 3 is in Commit until … (in 3h 12m)". */
export function describePhase(dispute: CourtDispute, now: bigint): string {
  const { phase, until } = courtPhaseAt(dispute, now);
  return `dispute ${dispute.id} is in ${phase}${until === undefined ? "" : ` until ${countdown(until, now)}`}`;
}

/** The slots of the current panel that the acting account is to vote in: all of its own, or the one that it names. */
export function ownSlots({ dispute, wallet }: CaseSession, slot: string | undefined) {
  const panel = currentPanel(dispute);
  const own = slotsOf(dispute, wallet.address);
  if (own.length === 0) {
    throw new InvalidInputError(
      `${wallet.address} was not drawn for panel ${panel.index} of dispute ${dispute.id}: there is nothing to vote on.`,
    );
  }
  if (slot === undefined) return own;
  const number = parseNumber(slot, "--slot", 0n, BigInt(panel.size - 1));
  const chosen = own.filter((candidate) => candidate.slot === number);
  if (chosen.length === 0) {
    throw new InvalidInputError(
      `--slot: ${wallet.address} was drawn for ${own.map((mine) => mine.slot).join(", ")}, not for ${number}.`,
    );
  }
  return chosen;
}

/** What a ballot in a slot is bound to. */
export function boothOf({ network, address, dispute, wallet }: CaseSession, slot: bigint): Booth {
  return {
    chainId: network.chainId,
    court: address,
    disputeId: dispute.id,
    panel: currentPanel(dispute).index,
    slot,
    juror: wallet.address,
  };
}

/** Sends several calls of the court as one transaction, after simulating it. */
export function sendTogether({ court, wallet }: JurorSession, calls: string[]): Promise<TransactionReceipt> {
  return simulateAndSend(court.connect(wallet).multicall, calls);
}

/** An account's seats, which only events tell. */
export function requireSeats({ court }: CourtSession, account: string): Promise<CourtSeat[]> {
  return readSeats(court, account).catch((error: unknown) => {
    throw new Error(
      `the endpoint does not search the whole chain for seats (${explainError(error).replace(/\.$/, "")}): use another endpoint, or name seats by --seat-ids`,
    );
  });
}

/** "3,4,7" as numbers. */
export function parseSeatIds(text: string): bigint[] {
  return [...new Set(text.split(","))].map((id) => parseNumber(id.trim(), "--seat-ids", 1n, (1n << 40n) - 1n));
}

/** What became of the dispute. */
export async function reportCase(session: CaseSession, receipt?: TransactionReceipt): Promise<Report> {
  const [dispute, now] = await Promise.all([requireDispute(session, session.dispute.id), timeOf(session.chain)]);
  const { phase, until } = courtPhaseAt(dispute, now);
  const report = new Report()
    .add("disputeId", "Dispute", dispute.id)
    .add("panel", "Panel", currentPanel(dispute).index)
    .add("phase", "Phase", phase);
  if (until !== undefined) report.add("until", "Until", until, countdown(until, now));
  return receipt === undefined ? report : addReceipt(report, receipt);
}

export function addReceipt(report: Report, receipt: TransactionReceipt): Report {
  return report.add("transaction", "Transaction", receipt.hash).add("gasUsed", "Gas used", receipt.gasUsed);
}

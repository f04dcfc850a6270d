import { linkSync, mkdirSync, readFileSync, unlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { hexlify, randomBytes } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { Ballot } from "../../sdk/votes";
import { SHARES, commitmentOf } from "../../sdk/votes";
import { syncFolders, writeThrough } from "./durableFiles";
import { toJson } from "./report";

/** Where ballots are kept unless a folder is named: it survives the project's. */
export const DEFAULT_BALLOTS = join(homedir(), ".agent-market", "votes");

const SALT_BYTES = 32;

/** Whose vote it is on what: all of a ballot but the vote and its salt. */
export type Booth = Omit<Ballot, "vote" | "salt">;

/** A ballot that is on the disk. */
export interface SavedBallot {
  readonly path: string;
  readonly ballot: Ballot;
  readonly commitment: string;
}

/** What the disk holds for a slot. */
export interface BallotsFound {
  readonly ballots: readonly SavedBallot[];
  /** Files that are there, but are not what was written. */
  readonly damaged: readonly string[];
}

/**
 * Ballots on the juror's own disk. Without its salt a committed vote cannot be revealed, and costs the juror most of a
 * seat; with it, anyone could prove the vote leaked. So each is written once, for its owner's eyes only, and never
 * changed: every vote in a slot has a file of its own, since a transaction that was sent may arrive late, and then the
 * vote that it committed is the one to be revealed.
 */
export class BallotFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  /** All votes that were ever saved for a slot. */
  find(booth: Booth): BallotsFound {
    const ballots: SavedBallot[] = [];
    const damaged: string[] = [];
    for (const vote of SHARES.keys()) {
      const path = this.#pathOf(booth, vote);
      const text = this.#read(path);
      if (text === undefined) continue;
      const saved = parseBallot(path, text, booth, vote);
      if (saved === undefined) damaged.push(path);
      else ballots.push(saved);
    }
    return { ballots, damaged };
  }

  /**
   * The ballot for a vote: the saved one, or a new one that is on the disk when this returns.
   * @throws InvalidInputError if it is not certain that it can be read again.
   */
  save(booth: Booth, vote: number): SavedBallot {
    const path = this.#pathOf(booth, vote);
    if (this.#read(path) === undefined) {
      this.#write(path, formatBallot({ ...booth, vote, salt: hexlify(randomBytes(SALT_BYTES)) }));
    }
    // What is committed to is what stands on the disk, whoever wrote it and when.
    const text = this.#read(path);
    if (text === undefined) throw this.#failure("cannot find again what was saved", "ENOENT");
    const saved = parseBallot(path, text, booth, vote);
    if (saved !== undefined) return saved;
    throw new InvalidInputError(
      `--ballots: "${path}" is damaged, and nothing was sent: restore it from a copy; only if its vote was never sent, move it away and vote again.`,
    );
  }

  #write(path: string, text: string): void {
    const draft = `${path}.${hexlify(randomBytes(4)).slice(2)}.draft`;
    try {
      const made = mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeThrough(draft, text);
      try {
        // Unlike a rename this fails where there is a ballot: two that vote at once must end up with the same salt.
        linkSync(draft, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      } finally {
        unlinkSync(draft);
      }
      syncFolders(this.#folder, made === undefined ? this.#folder : dirname(made));
    } catch (error) {
      throw this.#failure("cannot save a ballot", (error as NodeJS.ErrnoException).code ?? "error");
    }
  }

  #pathOf({ chainId, court, disputeId, panel, slot, juror }: Booth, vote: number): string {
    const share = SHARES[vote];
    if (share === undefined) throw new RangeError(`there is no vote ${vote}`);
    const names = [chainId, court, "dispute", disputeId, "panel", panel, "slot", slot, juror, share];
    return join(this.#folder, `${names.join("-")}.json`);
  }

  /** A file's text; undefined if there is none. Being unable to tell is a failure. */
  #read(path: string): string | undefined {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const { code = "error" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      throw this.#failure("cannot read ballots", code);
    }
  }

  #failure(what: string, code: string): InvalidInputError {
    return new InvalidInputError(
      `--ballots: ${what} in "${this.#folder}" (${code}), and nothing was sent: name a folder on a disk of yours.`,
    );
  }
}

/** A ballot from its file, wherever that is. @throws InvalidInputError if it is none. */
export function readBallot(path: string, option: string): SavedBallot {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(`${option}: cannot read "${path}" (${code}).`);
  }
  const saved = parseBallot(path, text);
  if (saved === undefined) throw new InvalidInputError(`${option}: "${path}" is not a whole ballot.`);
  return saved;
}

/** The commitment tells later whether every character of the file is as it was written. */
function formatBallot(ballot: Ballot): string {
  const { chainId, court, disputeId, panel, slot, juror, vote, salt } = ballot;
  const commitment = commitmentOf(ballot);
  return `${toJson({ chainId, court, disputeId, panel, slot, juror, share: SHARES[vote], salt, commitment })}\n`;
}

/** @param booth What it must be for, if that is known. @returns Undefined if it is torn, changed, or another's. */
function parseBallot(path: string, text: string, booth?: Booth, vote?: number): SavedBallot | undefined {
  let ballot: Ballot;
  try {
    const file = JSON.parse(text) as Record<string, string | number>;
    ballot = {
      chainId: BigInt(file.chainId ?? ""),
      court: String(file.court),
      disputeId: BigInt(file.disputeId ?? ""),
      panel: BigInt(file.panel ?? ""),
      slot: BigInt(file.slot ?? ""),
      juror: String(file.juror),
      vote: SHARES.findIndex((share) => share === file.share),
      salt: String(file.salt),
    };
    if (formatBallot(ballot) !== text) return undefined;
  } catch {
    return undefined;
  }
  const expected = { ...ballot, ...booth, ...(vote === undefined ? {} : { vote }) };
  const commitment = commitmentOf(ballot);
  return commitmentOf(expected) === commitment ? { path, ballot, commitment } : undefined;
}

import { mkdirSync, readFileSync, readdirSync, renameSync, unlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { hexlify, keccak256, randomBytes, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../../sdk/InvalidInputError";
import type { RelayRequest } from "../../sdk/relay";
import { formatRelayRequest, parseRelayRequest, relayDigest } from "../../sdk/relay";
import { syncFolders, writeThrough } from "./durableFiles";
import { toJson } from "./report";

/**
 * How far a request has come:
 * accepted: its cost is set aside, and nothing is signed;
 * sending: the one transaction that may ever carry it is signed and on the disk, and was sent or not;
 * mined, failed: that transaction, or none, is on the chain, and no other will be.
 */
export type RelayState = "accepted" | "sending" | "mined" | "failed";

/** The transaction that carries a request. All of it is fixed before it is sent for the first time. */
export interface SignedRelay {
  readonly raw: string;
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
}

/** What the journal keeps of a request. Amounts in wei. */
export interface RelayEntry {
  readonly request: RelayRequest;
  readonly state: RelayState;
  readonly gasLimit: bigint;
  readonly gasPrice: bigint;
  readonly signed?: SignedRelay;
  /** What it has cost, once that is known. */
  readonly cost?: bigint;
  /** Why it failed. */
  readonly reason?: string;
}

const NEXT: Readonly<Record<RelayState, readonly RelayState[]>> = {
  accepted: ["sending", "failed"],
  sending: ["mined", "failed"],
  mined: [],
  failed: [],
};

const LOCK = "lock";

/**
 * Requests on the relayer's own disk, one file each, named by what was signed. A file is replaced as a whole and is on the
 * disk before the next step is taken, so that whoever reads it after a crash knows all that can have been sent.
 */
export class RelayJournal {
  readonly #folder: string;
  readonly #entries = new Map<string, RelayEntry>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens a journal, or begins one, and keeps others out of it: two at once would sign two transactions with one number.
   * @throws InvalidInputError if it is in use, of another chain, or damaged.
   */
  static open(path: string, chainId: bigint): RelayJournal {
    const journal = new RelayJournal(resolve(path));
    journal.#lock();
    try {
      journal.#read(chainId);
    } catch (error) {
      journal.close();
      throw error;
    }
    return journal;
  }

  /** Lets others in again. A crash does so too: a lock is worth nothing without its process. */
  close(): void {
    if (readIfThere(this.#path(LOCK)) === lockText()) unlinkSync(this.#path(LOCK));
  }

  find(digest: string): RelayEntry | undefined {
    return this.#entries.get(digest);
  }

  /** Requests that were begun and not ended. */
  get unfinished(): RelayEntry[] {
    return [...this.#entries.values()].filter(({ state }) => NEXT[state].length > 0);
  }

  /** Wei that was spent, and that may still be spent on what was begun. */
  get committed(): bigint {
    return [...this.#entries.values()].reduce(
      (sum, { cost, gasLimit, gasPrice }) => sum + (cost ?? gasLimit * gasPrice),
      0n,
    );
  }

  /** Keeps an entry; it is on the disk when this returns. */
  write(entry: RelayEntry): void {
    const digest = relayDigest(entry.request);
    const known = this.#entries.get(digest);
    const follows = known === undefined ? entry.state === "accepted" : NEXT[known.state].includes(entry.state);
    if (!follows) throw new Error(`${digest} cannot become ${entry.state}: it is ${known?.state ?? "unknown"}`);
    const draft = this.#path(`${digest}.${hexlify(randomBytes(4)).slice(2)}.draft`);
    try {
      writeThrough(draft, formatEntry(entry));
      renameSync(draft, this.#path(`${digest}.json`));
      syncFolders(this.#folder, this.#folder);
    } catch (error) {
      throw this.#failure("cannot write to", error);
    }
    this.#entries.set(digest, entry);
  }

  #read(chainId: bigint): void {
    for (const name of readdirSync(this.#folder)) {
      const path = this.#path(name);
      // Cut off in the middle of a step that therefore never began.
      if (name.endsWith(".draft")) unlinkSync(path);
      if (!name.endsWith(".json")) continue;
      const entry = parseEntry(readFileSync(path, "utf8"));
      if (entry === undefined || `${relayDigest(entry.request)}.json` !== name) {
        throw new InvalidInputError(
          `--journal: "${path}" is damaged, and nothing was sent: restore it from a copy, since without it a request could be sent twice.`,
        );
      }
      if (entry.request.chainId !== chainId) {
        throw new InvalidInputError(
          `--journal: "${this.#folder}" is of chain ${entry.request.chainId}, not ${chainId}: keep a folder for each chain.`,
        );
      }
      this.#entries.set(relayDigest(entry.request), entry);
    }
  }

  #lock(): void {
    const path = this.#path(LOCK);
    try {
      const made = mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) syncFolders(this.#folder, dirname(made));
      const holder = readIfThere(path);
      if (holder !== undefined && !isAlive(Number(holder))) unlinkSync(path);
      writeThrough(path, lockText());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw this.#failure("cannot use", error);
      throw new InvalidInputError(
        `--journal: the process ${readIfThere(path)?.trim() ?? "of another relayer"} uses "${this.#folder}": wait until it is done, or name another folder; only if no relayer runs under that number, delete the file "${LOCK}" there.`,
      );
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #failure(what: string, error: unknown): InvalidInputError {
    const { code = "error" } = error as NodeJS.ErrnoException;
    return new InvalidInputError(`--journal: ${what} "${this.#folder}" (${code}): name a folder on a disk of yours.`);
  }
}

function lockText(): string {
  return `${process.pid}\n`;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false; // from before a restart, as in containers, where ids are the same each time
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The checksum tells whether every character is as it was written. */
function formatEntry({ request, state, gasLimit, gasPrice, signed, cost, reason }: RelayEntry): string {
  const file = { state, gasLimit, gasPrice, signed, cost, reason, request: formatRelayRequest(request) };
  return `${toJson({ ...file, checksum: keccak256(toUtf8Bytes(toJson(file))) })}\n`;
}

function parseEntry(text: string): RelayEntry | undefined {
  try {
    const file = JSON.parse(text) as Record<"state" | "gasLimit" | "gasPrice" | "request", string> & {
      signed?: SignedRelay;
      cost?: string;
      reason?: string;
    };
    const entry: RelayEntry = {
      request: parseRelayRequest(file.request),
      state: file.state as RelayState,
      gasLimit: BigInt(file.gasLimit),
      gasPrice: BigInt(file.gasPrice),
      ...(file.signed === undefined ? {} : { signed: file.signed }),
      ...(file.cost === undefined ? {} : { cost: BigInt(file.cost) }),
      ...(file.reason === undefined ? {} : { reason: file.reason }),
    };
    return formatEntry(entry) === text ? entry : undefined;
  } catch {
    return undefined;
  }
}

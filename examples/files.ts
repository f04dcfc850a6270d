import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { contentHash } from "../sdk/terms";

/** What is kept: each kind is a folder. */
export const FILE_KINDS = ["terms", "inputs", "deliverables", "verdicts", "feedback", "evidence"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/**
 * Files named by the hash of their bytes, which is what the chain knows them by. Stands for wherever parties keep
 * files: a web server, IPFS, a disk. Whoever reads checks the hash and need not trust the place.
 */
export class FileStore {
  constructor(readonly folder: string) {}

  /** @param owner Keeps the file apart for one owner: who only knows a hash must not be served another's file. */
  write(kind: FileKind, bytes: Uint8Array, owner = ""): string {
    const hash = contentHash(bytes);
    mkdirSync(join(this.folder, kind, owner), { recursive: true });
    // Renamed into place, so that nobody else who writes or reads here meets half a file.
    const path = this.path(kind, hash, owner);
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, path);
    return hash;
  }

  /** Throws if the file is missing or does not have the hash that it is asked for by. */
  read(kind: FileKind, hash: string, owner = ""): Buffer {
    const path = this.path(kind, hash, owner);
    const bytes = readFileSync(path);
    const found = contentHash(bytes);
    if (found !== hash) throw new Error(`${path} was changed: its bytes hash to ${found}.`);
    return bytes;
  }

  /** Undefined if there is no such file. */
  find(kind: FileKind, hash: string, owner = ""): Buffer | undefined {
    return existsSync(this.path(kind, hash, owner)) ? this.read(kind, hash, owner) : undefined;
  }

  path(kind: FileKind, hash: string, owner = ""): string {
    const suffix = kind === "inputs" ? "" : ".json";
    return join(this.folder, kind, owner, `${hash}${suffix}`);
  }
}

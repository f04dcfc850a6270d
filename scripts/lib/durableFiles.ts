import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A new file that is on the disk, not only on its way there. */
export function writeThrough(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A file is where it should be only once its folder is on the disk too, and so is that folder's, if it is new. */
export function syncFolders(folder: string, topmost: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  for (let current = folder; ; current = dirname(current)) {
    const handle = openSync(current, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (current === topmost) return;
  }
}

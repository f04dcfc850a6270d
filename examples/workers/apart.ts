import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { canonicalBytes } from "../../sdk/canonicalJson";
import type { JobContract } from "../../sdk/terms";

const run = promisify(execFile);
const WORK = join(__dirname, "..", "work.ts");
const MAX_REPORT = 4_000_000;
/** The longest that a piece of work takes. */
export const WORK_SECONDS = 120;

/**
 * `doWork` in a process of its own: what strangers send can keep a parser busy for days, and an agent that waits for it
 * misses the deadlines of all its jobs. That process has no keys in its environment, and is ended after some seconds.
 */
export async function doWorkApart(
  contract: JobContract,
  clientInput?: Uint8Array,
  seconds = WORK_SECONDS,
): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "agent-market-work-"));
  try {
    const files = [canonicalBytes(contract), ...(clientInput === undefined ? [] : [clientInput])].map(
      (bytes, index) => {
        const path = join(folder, String(index));
        writeFileSync(path, bytes);
        return path;
      },
    );
    const loader = pathToFileURL(require.resolve("tsx")).href;
    const { stdout } = await run(process.execPath, ["--import", loader, WORK, ...files], {
      timeout: seconds * 1_000,
      killSignal: "SIGKILL",
      maxBuffer: MAX_REPORT,
      env: { PATH: process.env.PATH },
    });
    return JSON.parse(stdout) as object;
  } catch (error) {
    const { killed, stderr = "" } = error as { killed?: boolean; stderr?: string };
    if (killed === true) throw new Error(`the work takes longer than ${seconds} seconds`, { cause: error });
    throw new Error(stderr.trim().split("\n", 1)[0] ?? "the work cannot be done", { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

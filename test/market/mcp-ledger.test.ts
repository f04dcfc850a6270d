import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import type { SpendCap } from "../../market/mcp/ledger";
import { SpendLedger } from "../../market/mcp/ledger";
import { LedgerFolder, ledgerOf } from "../fixtures/mcp";
import { TOKEN } from "../fixtures/negotiation";

const WINDOW = 100;
const WEEK = 7 * 86_400;
const token = TOKEN.toLowerCase();
const spending = (amount: bigint) => ({ token: TOKEN, amount });

/** A process that keeps the ledger too; see fixtures/spender.ts. */
class Spender {
  readonly #child: ChildProcessWithoutNullStreams;
  #said = "";

  constructor(act: "spend" | "hang", path: string, name: string, cap: bigint) {
    const script = join(__dirname, "..", "fixtures", "spender.ts");
    const args = ["--require", "tsx/cjs", script, act, path, name, token, cap.toString()];
    this.#child = spawn(process.execPath, args);
    this.#child.stdout.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#said += `error: ${chunk.toString()}`));
  }

  /** Until it has said so many lines, or has ended. @returns All of them. */
  async lines(least: number): Promise<string[]> {
    while (this.#said.split("\n").length <= least && this.#child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.#said.split("\n").slice(0, -1);
  }

  go(): void {
    this.#child.stdin.write("go\n");
  }

  async ended(): Promise<string[]> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "close");
    return this.lines(0);
  }

  /** At once, with whatever it is doing: kill -9. */
  async kill(): Promise<string[]> {
    this.#child.kill("SIGKILL");
    return this.ended();
  }
}

describe("attacks on the MCP server's ledger", function () {
  this.timeout(120_000);
  const ledgers = new LedgerFolder();

  it("what failed in earlier windows is not spent beside the cap of this one", () => {
    let now = 1_000;
    const ledger = ledgerOf(ledgers.next(), TOKEN, 10n, WINDOW, () => now);
    ledger.begin("first-key", "hire", { n: 1 }, spending(10n));
    now += WINDOW + 1;
    expect(ledger.left(TOKEN), "it may still land").to.equal(0n);
    now += WEEK;
    ledger.begin("other-key", "hire", { n: 2 }, spending(10n));
    // Its end is not known; made again now, it would be the second 10 of this window.
    expect(() => ledger.begin("first-key", "hire", { n: 1 }, spending(10n))).to.throw("may spend 0 now");
  });

  it("two servers on one file have one cap between them, and lose none of their keys", () => {
    const path = ledgers.next();
    const [one, other] = [ledgerOf(path, TOKEN, 10n), ledgerOf(path, TOKEN, 10n)];
    one.begin("first-key", "hire", { n: 1 }, spending(10n));
    expect(() => other.begin("other-key", "hire", { n: 2 }, spending(10n))).to.throw("may spend 0 now");
    expect(() => ledgerOf(path, TOKEN, 10n).find("first-key", "hire", { n: 2 })).to.throw("used for something else");
    one.finish("first-key", { outcome: "sent" });
    expect(other.begin("first-key", "hire", { n: 1 }, spending(10n))).to.deep.equal({
      isFirst: false,
      result: { outcome: "sent" },
    });
  });

  it("a try that fails does not forget another server's try of the same write", () => {
    const path = ledgers.next();
    const [one, other] = [ledgerOf(path, TOKEN, 10n), ledgerOf(path, TOKEN, 10n)];
    expect(one.begin("same-key", "hire", { n: 1 }, spending(10n)).isFirst).to.equal(true);
    expect(other.begin("same-key", "hire", { n: 1 }, spending(10n)).isFirst).to.equal(false);
    one.abandon("same-key"); // its transaction lost its number to the other server's, which is on its way
    expect(other.left(TOKEN)).to.equal(0n);
    other.finish("same-key", { outcome: "sent" });
    expect(one.find("same-key", "hire", { n: 1 })).to.deep.equal({ outcome: "sent" });
  });

  it("a later try of a write never makes it count less, nor as earlier", () => {
    let now = 1_000;
    const ledger = ledgerOf(ledgers.next(), TOKEN, 10n, WINDOW, () => now);
    ledger.begin("first-key", "dispute", { n: 1 }, spending(10n));
    now -= 50;
    ledger.begin("first-key", "dispute", { n: 1 }, spending(3n));
    ledger.begin("first-key", "dispute", { n: 1 });
    now += 50 + WEEK - 1;
    expect(ledger.left(TOKEN)).to.equal(0n);
    now += 1;
    expect(ledger.left(TOKEN)).to.equal(10n);
  });

  it("what is known to have happened leaves with its window", () => {
    let now = 1_000;
    const ledger = ledgerOf(ledgers.next(), TOKEN, 10n, WINDOW, () => now);
    ledger.begin("first-key", "hire", { n: 1 }, spending(10n));
    ledger.finish("first-key", { outcome: "sent" });
    now += WINDOW - 1;
    expect(ledger.left(TOKEN)).to.equal(0n);
    now += 1;
    expect(ledger.left(TOKEN)).to.equal(10n);
  });

  it("processes that spend at once as fast as they can come to exactly one cap", async () => {
    const path = ledgers.next();
    const cap = 150n;
    const spenders = ["one", "two", "three"].map((name) => new Spender("spend", path, name, cap));
    for (const spender of spenders) await spender.lines(1);
    for (const spender of spenders) spender.go();
    const told = (await Promise.all(spenders.map((spender) => spender.ended()))).map((lines) => lines.slice(1));
    const counts = told.map((lines) => lines.filter((line) => line.includes("-key-")).length);
    for (const lines of told) expect(lines.at(-1)).to.contain("may spend 0 now");
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(Number(cap));
    expect(ledgerOf(path, TOKEN, cap + 7n).left(TOKEN)).to.equal(7n);
  });

  it("a server that is killed while it writes holds nobody up, and nothing that counted is forgotten", async () => {
    const path = ledgers.next();
    const cap = 1_000_000n;
    let acknowledged = 0;
    for (const [name, least] of [
      ["a", 5],
      ["b", 23],
      ["c", 71],
    ] as const) {
      const spender = new Spender("spend", path, name, cap);
      await spender.lines(1);
      spender.go();
      await spender.lines(least);
      const lines = await spender.kill();
      acknowledged += lines.filter((line) => line.includes("-key-")).length;
      const spent = Number(cap - ledgerOf(path, TOKEN, cap).left(TOKEN));
      // What was written when it was killed may count, though it could not say so any more.
      expect(spent).to.be.within(acknowledged, acknowledged + 1);
      acknowledged = spent;
    }
  });

  it("the lock of a server that hangs is waited for, and that of a killed one is gone", async () => {
    const path = ledgers.next();
    const caps: SpendCap = { tokens: new Map([[token, 10n]]), window: WINDOW };
    const ledger = new SpendLedger(path, caps, undefined, 100);
    ledger.begin("first-key", "hire", { n: 1 }, spending(4n));
    const hanging = new Spender("hang", path, "x", 0n);
    await hanging.lines(1);
    hanging.go();
    expect((await hanging.lines(2))[1]).to.equal("held");
    const busy = "another server is writing the same ledger";
    expect(() => ledger.begin("other-key", "hire", { n: 2 }, spending(1n))).to.throw(busy);
    expect(() => new SpendLedger(path, caps, undefined, 100)).to.throw(busy);
    await hanging.kill();
    expect(ledger.left(TOKEN)).to.equal(6n);
    ledger.begin("other-key", "hire", { n: 2 }, spending(6n));
    expect(new SpendLedger(path, caps).left(TOKEN)).to.equal(0n);
  });

  it("a file that is no ledger is refused, not begun anew; a ledger is nobody else's to read", () => {
    const path = ledgers.next();
    for (const text of ["[]", '[{"key":"first-key","tool":"hire"}]', "x".repeat(5_000)]) {
      writeFileSync(path, text);
      expect(() => ledgerOf(path, TOKEN, 10n), text).to.throw("the ledger of earlier writes is damaged");
    }
    expect(() => ledgerOf(join(path, "below"), TOKEN, 10n)).to.throw("cannot be written");
    const own = ledgers.next();
    ledgerOf(own, TOKEN, 10n);
    if (process.platform !== "win32") expect(statSync(own).mode & 0o777).to.equal(0o600);
  });
});

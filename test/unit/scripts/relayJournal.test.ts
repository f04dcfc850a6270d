import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { ZeroHash } from "ethers";

import type { RelayEntry } from "../../../scripts/lib/relayJournal";
import { RelayJournal } from "../../../scripts/lib/relayJournal";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import type { IntentRelay } from "../../../sdk/relay";
import { relayDigest } from "../../../sdk/relay";

const CHAIN_ID = 31337n;
const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const request = (nonce: bigint): IntentRelay => ({
  kind: "intent",
  chainId: CHAIN_ID,
  wallet: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  intent: { key: ACCOUNT, call: "0x12345678", nonce, deadline: 1_790_000_000n, epoch: 1n },
  keySignature: "0x1234",
  ownerSignature: "0x",
});
const accepted = (nonce: bigint): RelayEntry => ({
  request: request(nonce),
  state: "accepted",
  gasLimit: 100_000n,
  gasPrice: 3n,
});
const sending = (nonce: bigint): RelayEntry => ({
  ...accepted(nonce),
  state: "sending",
  signed: { raw: "0x02", hash: ZeroHash, from: ACCOUNT, nonce: 7 },
});

describe("scripts", () => {
  describe("RelayJournal", () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "agent-market-"));
    });

    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    const open = () => RelayJournal.open(folder, CHAIN_ID);

    /** The one sentence that a journal is not opened with. */
    function refusal(chainId = CHAIN_ID): string {
      try {
        RelayJournal.open(folder, chainId).close();
      } catch (error) {
        expect(error).to.be.instanceOf(InvalidInputError);
        return (error as Error).message;
      }
      throw new Error("nothing was refused");
    }

    const fileOf = (nonce: bigint) => join(folder, `${relayDigest(request(nonce))}.json`);

    it("finds after a restart what was written, for its owner's eyes only", () => {
      const first = open();
      first.write(accepted(1n));
      first.write(sending(1n));
      first.write(accepted(2n));
      first.close();
      const second = open();
      expect(second.find(relayDigest(request(1n)))).to.deep.equal(sending(1n));
      expect(second.unfinished).to.have.deep.members([sending(1n), accepted(2n)]);
      if (process.platform !== "win32") expect(statSync(fileOf(1n)).mode & 0o777).to.equal(0o600);
    });

    it("counts what is set aside until it is known what was spent", () => {
      const journal = open();
      journal.write(accepted(1n));
      journal.write(accepted(2n));
      expect(journal.committed).to.equal(600_000n);
      journal.write(sending(1n));
      expect(journal.committed).to.equal(600_000n);
      journal.write({ ...sending(1n), state: "mined", cost: 120_000n });
      expect(journal.committed).to.equal(420_000n);
      journal.write({ ...accepted(2n), state: "failed", cost: 0n, reason: "it would fail." });
      expect(journal.committed).to.equal(120_000n);
      expect(journal.unfinished).to.deep.equal([]);
    });

    it("never goes back: what was signed is not signed again, and what has ended does not begin", () => {
      const journal = open();
      const digest = relayDigest(request(1n));
      expect(() => {
        journal.write(sending(1n));
      }).to.throw(`${digest} cannot become sending: it is unknown`);
      journal.write(accepted(1n));
      journal.write(sending(1n));
      for (const entry of [accepted(1n), sending(1n)]) {
        expect(() => {
          journal.write(entry);
        }).to.throw(`${digest} cannot become ${entry.state}: it is sending`);
      }
      journal.write({ ...sending(1n), state: "mined", cost: 1n });
      expect(() => {
        journal.write({ ...sending(1n), state: "failed", cost: 1n });
      }).to.throw(`${digest} cannot become failed: it is mined`);
    });

    it("forgets what was cut off in the middle of being written", () => {
      const journal = open();
      journal.write(accepted(1n));
      journal.close();
      writeFileSync(join(folder, `${relayDigest(request(1n))}.abcd.draft`), '{"state":"sen');
      expect(open().unfinished).to.deep.equal([accepted(1n)]);
      expect(readdirSync(folder).filter((name) => name.endsWith(".draft"))).to.deep.equal([]);
    });

    it("is not believed when torn, changed or renamed", () => {
      const journal = open();
      journal.write(sendingAfterAccepted(journal));
      journal.close();
      const path = fileOf(1n);
      const text = readFileSync(path, "utf8");
      for (const changed of [
        text.slice(0, -10),
        text.replace('"nonce": 7', '"nonce": 8'),
        text.replace("100000", "1"),
      ]) {
        writeFileSync(path, changed);
        expect(refusal()).to.equal(
          `--journal: "${path}" is damaged, and nothing was sent: restore it from a copy, since without it a request could be sent twice.`,
        );
      }
      rmSync(path);
      writeFileSync(fileOf(2n), text);
      expect(refusal()).to.contain("is damaged");
    });

    it("is of one chain", () => {
      const journal = open();
      journal.write(accepted(1n));
      journal.close();
      expect(refusal(8453n)).to.equal(
        `--journal: "${folder}" is of chain 31337, not 8453: keep a folder for each chain.`,
      );
    });

    it("lets one process in at a time, and outlives one that died", () => {
      writeFileSync(join(folder, "lock"), `${process.ppid}\n`);
      expect(refusal()).to.equal(
        `--journal: the process ${process.ppid} uses "${folder}": wait until it is done, or name another folder; only if no relayer runs under that number, delete the file "lock" there.`,
      );
      const { pid } = spawnSync(process.execPath, ["--version"]);
      writeFileSync(join(folder, "lock"), `${pid}\n`);
      const journal = open();
      expect(readFileSync(join(folder, "lock"), "utf8")).to.equal(`${process.pid}\n`);
      journal.close();
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it("is refused where it cannot be kept", () => {
      writeFileSync(join(folder, "file"), "");
      const path = join(folder, "file", "journal");
      expect(() => RelayJournal.open(path, CHAIN_ID)).to.throw(
        InvalidInputError,
        `--journal: cannot use "${path}" (ENOTDIR): name a folder on a disk of yours.`,
      );
    });

    function sendingAfterAccepted(journal: RelayJournal): RelayEntry {
      journal.write(accepted(1n));
      return sending(1n);
    }
  });
});

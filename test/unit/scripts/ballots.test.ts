import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import type { Booth } from "../../../scripts/lib/ballots";
import { BallotFolder, readBallot } from "../../../scripts/lib/ballots";
import { InvalidInputError } from "../../../sdk/InvalidInputError";
import { commitmentOf } from "../../../sdk/votes";
import { ROOT } from "../../fixtures/cli";

const BOOTH: Booth = {
  chainId: 31_337n,
  court: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  disputeId: 7n,
  panel: 1n,
  slot: 4n,
  juror: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
};

describe("scripts", () => {
  describe("ballots", () => {
    let home: string;
    let folder: string;
    let ballots: BallotFolder;

    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), "agent-market-"));
      folder = join(home, "new", "votes");
      ballots = new BallotFolder(folder);
    });

    afterEach(() => {
      rmSync(home, { recursive: true });
    });

    /** The one sentence that something is refused with. */
    function refusal(act: () => unknown): string {
      try {
        act();
      } catch (error) {
        expect(error).to.be.instanceOf(InvalidInputError);
        return (error as Error).message;
      }
      throw new Error("nothing was refused");
    }

    it("are saved for their owner alone, with a salt that nobody can guess", () => {
      const saved = ballots.save(BOOTH, 3);
      expect(saved.commitment).to.equal(commitmentOf(saved.ballot));
      expect(saved.ballot).to.deep.include({ ...BOOTH, vote: 3 });
      expect(saved.ballot.salt).to.match(/^0x[0-9a-f]{64}$/);
      const other = ballots.save({ ...BOOTH, slot: 5n }, 3);
      expect(other.ballot.salt).not.to.equal(saved.ballot.salt);
      if (process.platform !== "win32") {
        expect(statSync(saved.path).mode & 0o777).to.equal(0o600);
        expect(statSync(folder).mode & 0o777).to.equal(0o700);
      }
      // No drafts are left behind.
      expect(readdirSync(folder)).to.have.lengthOf(2);
    });

    it("are the same after a restart", () => {
      const saved = ballots.save(BOOTH, 0);
      expect(new BallotFolder(folder).save(BOOTH, 0)).to.deep.equal(saved);
      expect(new BallotFolder(folder).find(BOOTH)).to.deep.equal({ ballots: [saved], damaged: [] });
      expect(readBallot(saved.path, "--ballot")).to.deep.equal(saved);
    });

    it("never give way to another vote, panel, dispute, court, chain or juror", () => {
      const saved = ballots.save(BOOTH, 1);
      const text = readFileSync(saved.path, "utf8");
      const others: Partial<Booth>[] = [
        { slot: 0n },
        { panel: 0n },
        { disputeId: 8n },
        { chainId: 1n },
        { court: BOOTH.juror },
        { juror: BOOTH.court },
      ];
      const paths = [ballots.save(BOOTH, 2), ...others.map((other) => ballots.save({ ...BOOTH, ...other }, 1))];
      expect(new Set([saved, ...paths].map(({ path }) => path)).size).to.equal(8);
      expect(readFileSync(saved.path, "utf8")).to.equal(text);
      expect(ballots.find(BOOTH).ballots.map(({ ballot }) => ballot.vote)).to.deep.equal([1, 2]);
    });

    it("are none where none were saved", () => {
      expect(ballots.find(BOOTH)).to.deep.equal({ ballots: [], damaged: [] });
    });

    it("are refused where they cannot be kept", () => {
      const file = join(home, "file");
      writeFileSync(file, "");
      // A file in the folder's place stops everyone; permissions would not stop root.
      for (const place of [file, join(file, "votes")]) {
        const blocked = new BallotFolder(place);
        expect(refusal(() => blocked.save(BOOTH, 1))).to.match(
          /^--ballots: cannot .* \((ENOTDIR|EEXIST)\), and nothing/,
        );
      }
      expect(refusal(() => readBallot(join(home, "absent"), "--ballot"))).to.contain("(ENOENT)");
    });

    it("are not believed when torn or changed", () => {
      const { path, ballot } = ballots.save(BOOTH, 3);
      const text = readFileSync(path, "utf8");
      const digit = ballot.salt.endsWith("0") ? "1" : "0";
      const versions = [
        "",
        text.slice(0, text.length / 2),
        text.replace(ballot.salt, `${ballot.salt.slice(0, -1)}${digit}`),
        text.replace('"share": 75', '"share": 50'),
        text.replace('"share": 75', '"share": 30'),
        text.replace('"slot": "4"', '"slot": "5"'),
        "null",
        `${text} `,
      ];
      for (const version of versions) {
        writeFileSync(path, version);
        expect(ballots.find(BOOTH)).to.deep.equal({ ballots: [], damaged: [path] });
        expect(refusal(() => ballots.save(BOOTH, 3))).to.contain(`"${path}" is damaged, and nothing was sent`);
        expect(refusal(() => readBallot(path, "--ballot"))).to.contain("is not a whole ballot");
        expect(readFileSync(path, "utf8")).to.equal(version);
      }
      // A whole ballot under another's name is not that one.
      writeFileSync(path, readFileSync(ballots.save({ ...BOOTH, slot: 5n }, 3).path));
      expect(ballots.find(BOOTH).damaged).to.deep.equal([path]);
    });

    it("get one salt if two processes save at once", async () => {
      const draft = join(folder, "left-by-a-crash.draft");
      mkdirSync(folder, { recursive: true });
      writeFileSync(draft, "half a ball");
      const salts = await Promise.all([saveElsewhere(), saveElsewhere()]);
      const { ballot } = ballots.save(BOOTH, 2);
      expect(salts).to.deep.equal([ballot.salt, ballot.salt]);
    });

    /** Saves in a process of its own, and answers the salt. */
    async function saveElsewhere(): Promise<string> {
      const script = `
        const { BallotFolder } = require(${JSON.stringify(join(ROOT, "scripts", "lib", "ballots.ts"))});
        const [chainId, disputeId, panel, slot] = process.argv.slice(3).map(BigInt);
        const [folder, court, juror] = process.argv[1].split(",");
        const booth = { chainId, court, disputeId, panel, slot, juror };
        process.stdout.write(new BallotFolder(folder).save(booth, 2).ballot.salt);`;
      const { chainId, court, disputeId, panel, slot, juror } = BOOTH;
      const args = [[folder, court, juror].join(","), "", chainId, disputeId, panel, slot].map(String);
      const options = ["--require", "tsx/cjs", "-e", script, "--", ...args];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, options, { cwd: ROOT });
      expect(stderr).to.equal("");
      return stdout;
    }
  });
});

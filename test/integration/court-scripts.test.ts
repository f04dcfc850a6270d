import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";
import hre, { ethers } from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";

import { contentHash } from "../../sdk/terms";
import { keyOf, runScript } from "../fixtures/cli";
import { commitVotes, drawPanel, panelJurors, revealVotes, saltOf } from "../fixtures/court";
import type { FairMarket } from "../fixtures/fairMarket";
import { FIRST_JUROR, fairMarketFixture, hireFairly, openCase } from "../fixtures/fairMarket";
import { DELIVERABLE } from "../fixtures/jobs";

const KEYS = { client: keyOf(1), provider: keyOf(2), stranger: keyOf(4) };

/** An endpoint that fails when a transaction is sent: before the chain has it, or after. */
type Fault = "before" | "after" | "never";

describe("scripts of disputes", function () {
  this.timeout(180_000);

  let server: JsonRpcServer;
  let url: string;
  let folder: string;
  let m: FairMarket;

  before(async () => {
    server = (await hre.run(TASK_NODE_CREATE_SERVER, {
      hostname: "127.0.0.1",
      port: 0,
      provider: hre.network.provider,
    })) as JsonRpcServer;
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
  });

  after(async () => {
    await (server as JsonRpcServer | undefined)?.close();
  });

  beforeEach(async () => {
    m = await fairMarketFixture();
    folder = mkdtempSync(join(tmpdir(), "agent-market-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  type Answer = Record<string, unknown>;

  /** Runs a script that must succeed, with a key, and answers its JSON. */
  async function succeed(key: string, script: string, ...args: string[]): Promise<Answer> {
    const { code, stdout, stderr } = await runScript(script, [...args, "--json"], {
      LOCALHOST_RPC_URL: url,
      PRIVATE_KEY: key,
    });
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Answer;
  }

  /** Runs a script that must refuse, and answers its one sentence. Nothing may reach the chain. */
  async function refuse(exitCode: number, key: string, script: string, ...args: string[]): Promise<string> {
    const before = await ethers.provider.getBlockNumber();
    const answer = await runScript(script, args, { LOCALHOST_RPC_URL: url, PRIVATE_KEY: key });
    expect(answer.code, answer.stderr + answer.stdout).to.equal(exitCode);
    expect(answer.stdout).to.equal("");
    expect(await ethers.provider.getBlockNumber()).to.equal(before);
    expect(answer.stderr.trimEnd().split("\n")).to.have.lengthOf(1);
    expect(answer.stderr).to.match(new RegExp(`^${script}: .*\\.\n$`));
    return answer.stderr;
  }

  /** Refusals by wrong input, four processes at a time. */
  async function refuseAll(cases: [string, string, string[], string][]): Promise<void> {
    for (let index = 0; index < cases.length; index += 4) {
      await Promise.all(
        cases.slice(index, index + 4).map(async ([key, script, args, sentence]) => {
          expect(await refuse(2, key, script, ...args), `${script} ${args.join(" ")}`).to.contain(sentence);
        }),
      );
    }
  }

  const names = (answer: Answer): string[] => (answer.actions as { name: string }[]).map(({ name }) => name);

  const keyOfJuror = (juror: HardhatEthersSigner): string => keyOf(FIRST_JUROR + m.jurors.indexOf(juror));

  async function submitFairly(salt = 0n): Promise<string> {
    const jobId = await hireFairly(m, salt);
    await m.escrow.connect(m.provider).submit(jobId, DELIVERABLE, "0x");
    return ethers.toBeHex(jobId, 32);
  }

  /** Moves to the end of the phase that a dispute is in. */
  async function passPhase(disputeId: bigint): Promise<void> {
    await time.increaseTo((await m.court.phaseOf(disputeId)).until);
  }

  /** Runs a vote over an endpoint that fails in the moment of sending. */
  async function voteOverFault(fault: Fault, key: string, args: string[]): Promise<number | null> {
    const faulty = await startFaultyProxy(url, fault);
    const { port } = faulty.address() as AddressInfo;
    const env = { LOCALHOST_RPC_URL: `http://127.0.0.1:${port}`, PRIVATE_KEY: key };
    const { code, stdout } = await runScript("vote", args, env);
    expect(stdout).to.equal("");
    faulty.close();
    return code;
  }

  it("lead through a dispute with an appeal", async () => {
    const job = ["--job", await submitFairly()];
    const shown = await succeed(KEYS.client, "show-job", ...job);
    expect(shown).to.include({ phase: "Review", objection: "bond" });
    expect(names(shown)).to.deep.equal(["accept", "dispute", "offerSplit", "offerSplit"]);

    // The client objects, the provider stands by its work.
    await refuseAll([
      [KEYS.client, "dispute", job, "add --approve"],
      [KEYS.provider, "dispute", [...job, "--approve"], "dispute is for the client"],
      [KEYS.provider, "contest", [...job, "--approve"], "which does not allow contest"],
      [KEYS.client, "escalate", job, "possible now is accept, dispute, offerSplit"],
    ]);
    const disputed = await succeed(KEYS.client, "dispute", ...job, "--approve");
    expect(disputed).to.include({ phase: "Disputed", status: "Submitted" });
    writeFileSync(join(folder, "evidence.json"), "{}");
    const evidence = ["--file", join(folder, "evidence.json"), "--uri", "ipfs://evidence"];
    const [put] = await Promise.all([
      succeed(KEYS.client, "submit-evidence", ...job, ...evidence),
      succeed(KEYS.provider, "offer-split", ...job, "--share", "60", "--valid-until", "+1h"),
    ]);
    expect(put.hash).to.equal(contentHash("{}"));
    expect(await refuse(2, KEYS.client, "accept-split", ...job, "--share", "50")).to.contain("offers 60 percent");
    expect(await succeed(KEYS.provider, "contest", ...job, "--approve")).to.include({ phase: "Contested" });
    expect(await refuse(2, KEYS.client, "accept-split", ...job, "--share", "60")).to.contain(
      "does not allow acceptSplit",
    );
    const escalated = await succeed(KEYS.client, "escalate", ...job);
    const courtAddress = await m.court.getAddress();
    expect(escalated).to.include({ phase: "Escalated", court: courtAddress, disputeId: "1" });

    // The panel is drawn.
    const court = ["--court", courtAddress];
    const dispute = [...court, "--dispute", "1"];
    const ballots = ["--ballots", join(folder, "ballots")];
    const opened = await succeed(KEYS.stranger, "court-status", ...dispute);
    expect(opened).to.deep.include({
      phase: "Evidence",
      jobId: BigInt(job[1]!).toString(),
      actions: [],
      yourSlots: [],
    });
    await refuseAll([
      [KEYS.stranger, "seed", dispute, "is in Evidence until"],
      [KEYS.stranger, "vote", [...dispute, "--share", "75", ...ballots], "but votes are committed in Commit"],
    ]);
    await passPhase(1n);
    expect(await succeed(KEYS.stranger, "seed", ...dispute)).to.include({ phase: "Commit", panel: "0" });

    // Each juror votes; the first one's endpoint fails twice, before and after it has taken the transaction.
    const drawn = await panelJurors(m, 1n);
    const jurors = [...new Set(drawn)];
    const [first, ...others] = jurors.map(keyOfJuror);
    const vote = [...dispute, "--share", "75", ...ballots];
    const own = drawn.filter((juror) => juror === jurors[0]).length;
    const unwritable = [...dispute, "--share", "75", "--ballots", join(folder, "evidence.json")];
    expect(await refuse(2, first!, "vote", ...unwritable)).to.contain("cannot read ballots in");
    expect(await voteOverFault("before", first!, vote)).to.equal(1);
    const saved = readdirSync(join(folder, "ballots"));
    expect(saved).to.have.lengthOf(own);
    const before = new Map(saved.map((name) => [name, readFileSync(join(folder, "ballots", name), "utf8")]));
    expect(await m.court.voteOf(1, 0, 0)).to.equal(0n);
    expect(await voteOverFault("after", first!, vote)).to.equal(1);
    const [again] = await Promise.all([
      succeed(first!, "vote", ...vote),
      ...others.map((key) => succeed(key, "vote", ...vote)),
    ]);
    expect(again.committed).to.equal(0);
    for (const [name, text] of before) {
      expect(readFileSync(join(folder, "ballots", name), "utf8")).to.equal(text);
      const { commitment, slot, salt } = JSON.parse(text) as Record<string, string>;
      expect(await m.court.voteOf(1, 0, slot!)).to.equal(BigInt(commitment!));
      expect(JSON.stringify(again)).not.to.contain(salt!.slice(2));
    }
    await refuseAll([
      [first!, "vote", [...dispute, "--share", "50", ...ballots], "have voted for 75 percent, and a committed vote"],
      [first!, "vote", [...vote, "--ballots", join(folder, "elsewhere")], "its ballot is not in this folder"],
      [first!, "vote", [...vote, "--slot", "3"], "--slot must be a whole number from 0 to 2"],
      [first!, "reveal", [...dispute, ...ballots], "reveals open at"],
      [KEYS.stranger, "vote", vote, "was not drawn for panel 0"],
    ]);

    // All reveal, and the ruling stands at 75 percent.
    await passPhase(1n);
    await passPhase(1n);
    expect((await runScript("reveal", [...dispute, "--ballots", folder, "--json"], envOf(first!))).code).to.equal(1);
    const [revealed] = await Promise.all(
      [first!, ...others].map((key) => succeed(key, "reveal", ...dispute, ...ballots)),
    );
    expect(revealed?.votes).to.deep.include({
      slot: drawn.indexOf(jurors[0]!).toString(),
      state: "revealed",
      share: 75,
    });
    await passPhase(1n);
    const appealable = await succeed(first!, "court-status", ...dispute);
    expect(appealable).to.deep.include({ phase: "Appeal", appealCost: "7000000", ruling: { ruling: "4", share: 75 } });
    expect(names(appealable)).to.deep.equal(["appeal"]);

    // The client appeals; of seven slots one leaks, and the others find that nothing was earned.
    expect(await refuse(2, KEYS.client, "appeal", ...dispute)).to.contain("less than the appeal's cost of 7 USDX");
    const appealed = await succeed(KEYS.client, "appeal", ...dispute, "--approve");
    expect(appealed).to.include({ phase: "Evidence", panel: "1", cost: "7000000" });
    await drawPanel(m, 1n);
    await commitVotes(m, 1n, [0, 0, 0, 0, 0, 0, 0]);
    const leak = [...dispute, "--slot", "2", "--share", "0", "--salt"];
    expect(await refuse(2, KEYS.stranger, "prove-leak", ...leak, id("guess"))).to.contain(
      "is another: nothing was sent",
    );
    const proved = await succeed(KEYS.stranger, "prove-leak", ...leak, saltOf(2));
    expect(proved).to.include({ slot: "2", juror: (await panelJurors(m, 1n))[2]!.address });
    expect(await refuse(2, KEYS.stranger, "execute", ...dispute)).to.contain(
      "nothing to carry out before it is Decided",
    );
    await revealVotes(m, 1n, [0, 0, undefined, 0, 0, 0, 0]);
    await passPhase(1n);
    await passPhase(1n);

    // Anyone carries it out; the client is refunded in full.
    const executed = await succeed(KEYS.stranger, "execute", ...dispute);
    expect(executed).to.deep.include({ phase: "Ruled", ruling: { ruling: "1", share: 0 } });
    expect((executed.steps as { name: string }[]).map(({ name }) => name)).to.deep.equal([
      "deliverRuling",
      "execute panel 0",
      "execute panel 1",
    ]);
    const [idle, ruled] = await Promise.all([
      succeed(KEYS.stranger, "execute", ...dispute),
      succeed(KEYS.client, "show-job", ...job),
    ]);
    expect(idle.steps).to.deep.equal([]);
    expect(ruled).to.include({ phase: "Ruled", share: 0 });
    expect(names(ruled)).to.deep.equal(["finalise"]);
    const balance = await m.stable.balanceOf(m.client);
    const finalised = await succeed(KEYS.client, "finalise", ...job);
    expect(finalised).to.include({ phase: "Closed", status: "Rejected", action: "finalise" });
    const [bond, wage] = await Promise.all([
      succeed(KEYS.client, "withdraw-bond", ...job),
      succeed(KEYS.stranger, "withdraw-court", ...court),
    ]);
    // Bond 10, fee 3 borne by the provider, half of what is left of its bond; and what the appeal is repaid waits.
    expect(bond).to.include({ amount: "13500000" });
    expect(await m.stable.balanceOf(m.client)).to.equal(balance + 100_000_000n + 13_500_000n);
    expect(wage).to.include({ amount: "6250000" }); // a quarter of the seat that leaked
  });

  const envOf = (key: string) => ({ LOCALHOST_RPC_URL: url, PRIVATE_KEY: key });

  it("seat jurors, and let them leave", async () => {
    const court = ["--court", await m.court.getAddress()];
    const juror = keyOf(FIRST_JUROR);
    await refuseAll([
      [KEYS.stranger, "join-court", [...court, "--seats", "0", "--approve"], "from 1 to 100"],
      [KEYS.stranger, "join-court", [...court, "--seats", "2"], "less than the seats' price of 50 USDX: add --approve"],
      [
        KEYS.stranger,
        "join-court",
        [...court, "--seats", "90", "--approve"],
        "less than the seats' price of 2250 USDX",
      ],
      [KEYS.stranger, "leave-court", [...court, "--seats", "1"], "has 0 seats in this court"],
      [juror, "leave-court", court, "--seats or --seat-ids says which"],
      [juror, "withdraw-court", court, "owes"],
    ]);
    const [joined, left] = await Promise.all([
      succeed(KEYS.stranger, "join-court", ...court, "--seats", "2", "--approve"),
      succeed(juror, "leave-court", ...court, "--seats", "3"),
    ]);
    expect(joined).to.include({ seats: "2", paid: "50000000" });
    expect(left.seatIds).to.deep.equal(["8", "9", "10"]);
    const status = await succeed(juror, "court-status", ...court);
    expect(status).to.include({ seatCount: "99", openSlots: "0", account: m.jurors[0]!.address });
    expect(status.record).to.deep.equal({ coherent: "0", incoherent: "0", absent: "0", leaked: "0" });
    const table = await runScript("court-status", court, envOf(juror));
    expect(table.stdout).to.match(
      /7 in the court, worth 175 USDX\n +3 that left \(8, 9, 10\), with 75 USDX left, can be/,
    );
    await time.increase(m.terms.unbonding);
    const home = await succeed(juror, "withdraw-court", ...court, "--to", m.stranger.address);
    expect(home).to.deep.include({ amount: "75000000", seatIds: ["8", "9", "10"], to: m.stranger.address });
  });

  it("draw a panel again that nobody drew", async () => {
    await openCase(m);
    const dispute = ["--court", await m.court.getAddress(), "--dispute", "1"];
    await passPhase(1n);
    await passPhase(1n);
    expect(await refuse(2, KEYS.stranger, "seed", ...dispute)).to.contain("possible now is redraw");
    expect(await succeed(KEYS.stranger, "redraw", ...dispute)).to.include({ phase: "Evidence", panel: "1" });
    // Whoever asked here is no contract: what it is not delivered does not keep the rest.
    await passPhase(1n);
    await passPhase(1n);
    const { code, stdout, stderr } = await runScript("execute", [...dispute, "--json"], envOf(KEYS.stranger));
    expect(code).to.equal(1);
    expect(stderr).to.contain("deliverRuling could not be done");
    const [delivery, ...panels] = (JSON.parse(stdout) as { steps: Record<string, string>[] }).steps;
    expect(delivery?.failure).to.be.a("string");
    expect(panels.map(({ name }) => name)).to.deep.equal(["execute panel 0", "execute panel 1"]);
  });

  it("end a dispute without the court", async () => {
    const [accepted, divided, conceded] = [await submitFairly(1n), await submitFairly(2n), await submitFairly(3n)];
    await m.stable.connect(m.client).approve(m.judge, 2n * m.disputeTerms.bond);
    for (const jobId of [divided, conceded]) await m.judge.connect(m.client).dispute(jobId);
    const [completed, offered] = await Promise.all([
      succeed(KEYS.client, "accept-work", "--job", accepted),
      succeed(KEYS.provider, "offer-split", "--job", divided, "--share", "40"),
    ]);
    expect(completed).to.include({ status: "Completed", phase: "Review" });
    const deadline = (await m.judge.disputeOf(divided)).deadline;
    expect(offered.offer).to.deep.equal({ share: "40", validUntil: (deadline - 1n).toString() });
    const table = await runScript("show-job", ["--job", divided], envOf(KEYS.client));
    expect(table.stdout).to.match(/The provider offers +40 percent to the provider, until .* \(in 2d 23h/);
    const [ended, refunded] = await Promise.all([
      succeed(KEYS.client, "accept-split", "--job", divided, "--share", "40"),
      succeed(KEYS.provider, "concede", "--job", conceded),
    ]);
    expect(ended).to.include({ status: "Completed", phase: "Closed" });
    expect(refunded).to.include({ status: "Rejected", phase: "Closed", credit: "0" });
    expect(await m.judge.withdrawable(m.client)).to.equal(2n * m.disputeTerms.bond);
    expect(await m.stable.balanceOf(m.provider)).to.equal(1_000_000_000n + 140_000_000n);
  });

  it("refuse wrong input with one sentence, exit code 2 and nothing sent", async () => {
    const court = ["--court", await m.court.getAddress()];
    const dispute = [...court, "--dispute", "1"];
    const jobId = await submitFairly();
    const job = ["--job", jobId];
    await m.stable.connect(m.client).approve(m.judge, m.disputeTerms.bond);
    const cases: [string, string, string[], string][] = [
      [KEYS.client, "vote", [...dispute, "--share", "30"], "--share must be one of 0, 25, 50, 75, 100"],
      [KEYS.client, "vote", [...dispute, "--share", "75"], "has no dispute 1"],
      [KEYS.client, "vote", ["--dispute", "1", "--share", "75"], "--court ADDRESS is missing"],
      [KEYS.client, "reveal", [...court, "--dispute", "0"], "--dispute must be a whole number from 1"],
      ["", "reveal", dispute, "PRIVATE_KEY is not set"],
      [KEYS.client, "court-status", ["--court", m.client.address], "has no court at"],
      [KEYS.client, "court-status", ["--court", await m.judge.getAddress()], "but another contract"],
      [KEYS.client, "prove-leak", dispute, "--ballot is missing"],
      [KEYS.client, "appeal", [...dispute, "--nonsense"], "Unknown option '--nonsense'"],
      [KEYS.client, "redraw", [...court, "--dispute", "x"], "--dispute must be a whole number"],
      [KEYS.client, "withdraw-court", [...court, "--to", court[1]!], "other than zero and the court"],
      [KEYS.client, "offer-split", [...job, "--share", "101"], "--share must be a whole number from 0 to 100"],
      [KEYS.stranger, "offer-split", [...job, "--share", "5"], "offerSplit is for the client"],
      [KEYS.client, "accept-split", [...job, "--share", "50"], "which does not allow acceptSplit"],
      [KEYS.client, "submit-evidence", [...job, "--uri", "x", "--file-hash", id("x")], "--uri must be a URI"],
      [KEYS.client, "concede", job, "which does not allow concede"],
      [KEYS.client, "finalise", job, "which does not allow finalise"],
      [KEYS.provider, "accept-work", job, "accept is for the client"],
      [KEYS.client, "withdraw-bond", job, "owes"],
    ];
    await refuseAll(cases);
  });
});

/** A way to the chain that breaks off when a transaction is sent. */
async function startFaultyProxy(target: string, fault: Fault): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const sends = body.includes("eth_sendRawTransaction");
      if (sends && fault === "before") {
        outgoing.destroy();
        return;
      }
      const forwarded = request(
        target,
        { method: "POST", headers: { "content-type": "application/json" } },
        (answer) => {
          if (sends) {
            answer.resume();
            answer.on("end", () => outgoing.destroy());
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 200, { "content-type": "application/json" });
          answer.pipe(outgoing);
        },
      );
      forwarded.end(body);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await new Promise((done) => proxy.once("listening", done));
  return proxy;
}

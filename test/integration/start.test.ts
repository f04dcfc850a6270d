import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import canonicalize from "canonicalize";
import { expect } from "chai";
import { JsonRpcProvider, ZeroHash, keccak256, toBeHex } from "ethers";

import {
  AgentRegistry__factory,
  AgentWallet__factory,
  JobEscrow__factory,
  OptimisticEvaluator__factory,
  ReputationLedger__factory,
  SeatCourt__factory,
  StableToken__factory,
} from "../../typechain-types";
import { ROLE, STATUS } from "../fixtures/jobs";

const ROOT = join(__dirname, "..", "..");
const UNIT = 1_000_000n;

/** The part of `--json` that is asserted. */
interface Report {
  rpcUrl: string;
  addresses: Record<"forwarder" | "registry" | "ledger" | "escrow" | "court" | "evaluator", string>;
  token: { address: string };
  accounts: { name: string; address: string; agentId: string }[];
  jobs: {
    name: string;
    jobId: string;
    amount: string;
    funding: string;
    outcome: string;
    payouts: { to: string; amount: string; how: string }[];
    hashes: { terms: string; input?: string; deliverable?: string; verdict?: string; feedback: string[] };
  }[];
  disputes: {
    name: string;
    disputedBy: string;
    contestedBy?: string;
    share: string;
    evidence: { by: string; hash: string; fileHash: string }[];
    trial?: {
      disputeId: string;
      ruling: number;
      panels: { size: string; slots: { juror: string; share: number }[] }[];
    };
  }[];
  jurors: { name: string; seats: number; votes: Record<string, string> }[];
  wallets: {
    address: string;
    owner: string;
    key: string;
    balance: string;
    limits: { window: { cap: string }; lifetime: { spent: string; cap: string } }[];
    refused: { amount: string; to: string; reason: string }[];
  }[];
  trades: {
    client: string;
    provider: string;
    jobId: string;
    offers: number;
    listPrice: string;
    amount: string;
    status: string;
    objection?: string;
  }[];
  checks: { name: string; passed: boolean }[];
}

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(...flags: string[]): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", ...flags], { cwd: ROOT });
}

async function finish(child: ChildProcess): Promise<Run> {
  const run: Run = { code: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (run.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (run.stderr += chunk.toString()));
  [run.code] = (await once(child, "close")) as [number | null];
  return run;
}

/** The report of a run that goes on: complete as soon as it parses. */
async function reportOf(child: ChildProcess): Promise<Report> {
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      reject(new Error(`ended with ${code ?? "a signal"} before it reported: ${stderr}`));
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.endsWith("}\n")) resolve(JSON.parse(stdout) as Report);
    });
  });
}

/** Waits for something that a running child is to say. */
async function until(said: () => boolean, child: ChildProcess): Promise<void> {
  while (!said()) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it said so.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("npm start", function () {
  // Two whole markets side by side, with forge's campaigns on the same cores.
  this.timeout(240_000);

  const cleanUp: (() => void)[] = [];
  let kept: ChildProcess;
  let report: Report;
  let ended: Run;
  let provider: JsonRpcProvider;

  before(async () => {
    // The usual port is taken, by this or by whatever had it before.
    const squatter = createServer().listen(8545, "127.0.0.1");
    cleanUp.push(() => squatter.close());
    await new Promise((resolve) => squatter.once("listening", resolve).once("error", resolve));
    kept = start("--json", "--keep");
    cleanUp.push(() => kept.kill("SIGKILL"));
    const npm = spawn("npm", ["--silent", "start", "--", "--once", "--json"], {
      cwd: ROOT,
      shell: process.platform === "win32",
    });
    [report, ended] = await Promise.all([reportOf(kept), finish(npm)]);
    provider = new JsonRpcProvider(report.rpcUrl, 31337, { staticNetwork: true });
    cleanUp.push(() => {
      provider.destroy();
    });
  });

  after(() => {
    for (const step of cleanUp) step();
  });

  const job = (name: string) => report.jobs.find((candidate) => candidate.name === name)!;
  const account = (name: string) => report.accounts.find((candidate) => candidate.name === name)!;
  const wallet = (owner: string) => report.wallets.find((candidate) => candidate.owner === owner);
  const escrow = () => JobEscrow__factory.connect(report.addresses.escrow, provider);
  const ledger = () => ReputationLedger__factory.connect(report.addresses.ledger, provider);
  const evaluator = () => OptimisticEvaluator__factory.connect(report.addresses.evaluator, provider);
  const court = () => SeatCourt__factory.connect(report.addresses.court, provider);
  const dispute = (name: string) => report.disputes.find((candidate) => candidate.name === name)!;
  const trial = () => dispute("fought").trial!;
  const token = () => StableToken__factory.connect(report.token.address, provider);

  it("ends by itself with exit code 0 and nothing but JSON on standard output", () => {
    expect(ended.code, ended.stderr).to.equal(0);
    const { jobs } = JSON.parse(ended.stdout) as Report;
    expect(jobs.map(({ name }) => name)).to.deep.equal(report.jobs.map(({ name }) => name));
  });

  it("takes a free port where 8545 is taken", () => {
    expect(new URL(report.rpcUrl).hostname).to.equal("127.0.0.1");
    expect(Number(new URL(report.rpcUrl).port)).to.not.equal(8545);
  });

  it("passes its own checks", () => {
    expect(report.checks.map(({ name }) => name)).to.deep.equal([
      "addresses",
      "registrations",
      "outcomes",
      "money",
      "wallets",
      "records",
      "bonds",
      "court",
      "rulings",
      "jurors",
      "files",
      "gasless",
      "index",
    ]);
    expect(report.checks.filter(({ passed }) => !passed)).to.deep.equal([]);
  });

  it("ends every job on the chain as reported, with all ways to pay", async () => {
    const expected = [
      ["lint", "Completed", "Allowance", STATUS.Completed],
      ["profile", "Completed", "Allowance", STATUS.Completed],
      ["compile", "Completed", "Allowance", STATUS.Completed],
      ["wrong work", "Rejected", "Permit", STATUS.Rejected],
      ["never delivered", "Undelivered", "Allowance", STATUS.Expired],
      ["gasless", "Completed", "Authorization", STATUS.Completed],
      ["blacklisted", "Completed", "Permit2", STATUS.Completed],
      ["accepted", "Completed", "Allowance", STATUS.Completed],
      ["silent", "Completed", "Permit", STATUS.Completed],
      ["conceded", "Rejected", "Permit", STATUS.Rejected],
      ["fought", "Partial", "Permit", STATUS.Completed],
    ] as const;
    expect(report.jobs.map(({ name, outcome, funding }) => [name, outcome, funding])).to.deep.equal(
      expected.map(([name, outcome, funding]) => [name, outcome, funding]),
    );
    for (const [name, , , status] of expected) expect((await escrow().getJob(job(name).jobId)).status).to.equal(status);
  });

  it("pays, refunds and credits to the unit", () => {
    const payouts = (name: string) => job(name).payouts.map(({ to, amount, how }) => `${to} ${amount} ${how}`);
    expect(payouts("lint")).to.deep.equal([
      "reexecution-evaluator 50000 transferred",
      "solidity-linter 2450000 transferred",
    ]);
    expect(payouts("compile")).to.deep.equal([
      "reexecution-evaluator 240000 transferred",
      "directory 120000 transferred",
      "contract-compiler 11640000 transferred",
    ]);
    expect(payouts("wrong work")).to.deep.equal(["data-desk 3000000 transferred"]);
    expect(payouts("never delivered")).to.deep.equal(["data-desk-wallet 1750000 transferred"]);
    expect(payouts("blacklisted")).to.deep.equal([
      "reexecution-evaluator 160000 transferred",
      "contract-compiler 7840000 credited",
      "compiler-treasury 7840000 withdrawn",
    ]);
    expect(payouts("accepted")).to.deep.equal(["solidity-linter 20000000 transferred"]);
    expect(payouts("silent")).to.deep.equal(["data-profiler 30000000 transferred"]);
    expect(payouts("conceded")).to.deep.equal(["data-desk 40000000 transferred"]);
    expect(payouts("fought")).to.deep.equal([
      "overnight-profiler 75000000 transferred",
      "data-desk 25000000 transferred",
    ]);
  });

  it("leaves no token behind: clients paid exactly what others got", async () => {
    // Of its bond of 10, data-desk bears three quarters of the court's fee of 3, then a quarter of what is left.
    const lostBond = 2_250_000n + 1_937_500n;
    const appeal = 7n * UNIT;
    const spent = {
      "protocol-team": 42_500_000n,
      "data-desk": 109_000_000n + lostBond + appeal,
      "walk-in": 2_500_000n,
      "overnight-profiler": -75n * UNIT - (1_937_500n - 750_000n),
    };
    for (const [name, amount] of Object.entries(spent)) {
      const inWallet = BigInt(wallet(name)?.balance ?? 0);
      expect((await token().balanceOf(account(name).address)) + inWallet, name).to.equal(1_000n * UNIT - amount);
    }
    const earned = {
      "solidity-linter": 24_900_000n,
      "data-profiler": 33_920_000n,
      "contract-compiler": 11_640_000n,
      "sampling-profiler": 0n,
      "reexecution-evaluator": 580_000n,
      directory: 120_000n,
      "compiler-treasury": 7_840_000n,
    };
    for (const [name, amount] of Object.entries(earned)) {
      expect(await token().balanceOf(account(name).address), name).to.equal(amount);
    }
    expect(await token().balanceOf(report.addresses.escrow)).to.equal(0n);
    expect(await escrow().withdrawable(report.token.address, account("contract-compiler").address)).to.equal(0n);
  });

  it("puts wrong work and missing work on the providers' records, and good work too", async () => {
    const record = async (name: string) => {
      const { agentId } = account(name);
      return ledger().settlementsOf(report.addresses.escrow, report.token.address, agentId, 0, ROLE.Provider);
    };
    const linter = await record("solidity-linter");
    expect([linter.completed, linter.counterparties, linter.volumePaid]).to.deep.equal([3n, 2n, 25n * UNIT]);
    const sampler = await record("sampling-profiler");
    expect([sampler.completed, sampler.rejected, sampler.volumeRefunded]).to.deep.equal([0n, 2n, 43n * UNIT]);
    const absent = await record("overnight-profiler");
    expect([absent.completed, absent.undelivered, absent.volumeRefunded]).to.deep.equal([0n, 1n, 26_750_000n]);
    expect([absent.partiallyCompleted, absent.volumePaid]).to.deep.equal([1n, 75n * UNIT]);
    const disputes = [sampler, absent].map(({ disputesWon, disputesLost }) => [disputesWon, disputesLost]);
    expect(disputes).to.deep.equal([
      [0n, 1n],
      [1n, 0n],
    ]);
  });

  it("pays at once what is accepted, and after the review, by a stranger's call, what nobody objected to", async () => {
    const timeOf = async ({ blockNumber }: { blockNumber: number }) =>
      (await provider.getBlock(blockNumber))!.timestamp;
    const verdicts = async (name: string) => {
      const { jobId } = job(name);
      const [submitted] = await escrow().queryFilter(escrow().filters.JobSubmitted(jobId));
      const [completed] = await escrow().queryFilter(escrow().filters.JobCompleted(jobId));
      const { from } = await completed!.getTransaction();
      return { from, after: (await timeOf(completed!)) - (await timeOf(submitted!)) };
    };
    const review = Number(await evaluator().REVIEW_PERIOD());
    const accepted = await verdicts("accepted");
    expect(accepted.from).to.equal(account("protocol-team").address);
    expect(accepted.after).to.be.lessThan(review);
    const silent = await verdicts("silent");
    expect(silent.from).to.equal(account("passer-by").address);
    expect(silent.after).to.be.at.least(review);
    expect(report.disputes.map(({ name }) => name)).to.deep.equal(["conceded", "fought"]);
  });

  it("refunds what the provider concedes, and gives the client its bond back whole", async () => {
    const [returned] = await evaluator().queryFilter(evaluator().filters.BondsReturned(job("conceded").jobId));
    expect([returned!.args.toClient, returned!.args.toProvider]).to.deep.equal([10n * UNIT, 0n]);
    expect(dispute("conceded")).to.not.have.any.keys("contestedBy", "trial");
    expect(dispute("conceded").share).to.equal("0");
  });

  it("has two panels vote on what is contested, and carries out what the middle of the second one says", async () => {
    const { disputeId } = trial();
    expect([dispute("fought").disputedBy, dispute("fought").contestedBy]).to.deep.equal([
      "data-desk",
      "overnight-profiler",
    ]);
    expect(await evaluator().jobOf(disputeId)).to.equal(job("fought").jobId);
    const names = new Map(report.accounts.map(({ name, address }) => [address, name]));
    let middle = NaN;
    for (const [panel, size] of [3n, 7n].entries()) {
      expect((await court().panelOf(disputeId, panel)).size).to.equal(size);
      expect((await court().panelOf(disputeId, panel)).executed).to.equal(true);
      const slots = [];
      for (let slot = 0n; slot < size; ++slot) {
        const { juror } = await court().slotOf(disputeId, panel, slot);
        slots.push({
          juror: names.get(juror),
          share: 25 * Number((await court().voteOf(disputeId, panel, slot)) - 1n),
        });
      }
      const reported = trial().panels[panel]!.slots.map(({ juror, share }) => ({ juror, share }));
      expect(reported).to.deep.equal(slots);
      const shares = slots.map(({ share }) => share).toSorted((a, b) => a - b);
      middle = shares[(shares.length - 1) / 2]!;
    }
    expect([trial().ruling, dispute("fought").share]).to.deep.equal([middle, String(middle)]);
    expect((await evaluator().disputeOf(job("fought").jobId)).share).to.equal(BigInt(middle));
    const { ending, ruling } = await court().disputeOf(disputeId);
    expect([ending, ruling]).to.deep.equal([10n, BigInt(middle / 25 + 1)]);
  });

  it("has jurors vote by what the work shows: five of seven columns, but for two who err in their own way", () => {
    const votes = trial().panels.flatMap(({ slots }) => slots);
    const usual: Record<string, number> = { "juror-3": 0, "juror-8": 100 };
    for (const { juror, share } of votes) expect(share, juror).to.equal(usual[juror] ?? 75);
  });

  it("leaves nothing before evaluator and court but the jurors' stakes, enough of them for the next dispute", async () => {
    expect(await token().balanceOf(report.addresses.evaluator)).to.equal(0n);
    expect(await evaluator().reserved()).to.equal(0n);
    const { minSeats, seatPrice, seatMaturity, token: stakes } = await court().terms();
    let staked = 0n;
    for (let seatId = 1n; seatId <= 108n; ++seatId) staked += ((await court().seatOf(seatId)).left * seatPrice) / 100n;
    expect((await court().seatOf(109n)).left).to.equal(0n);
    expect(await token().balanceOf(report.addresses.court)).to.equal(staked);
    expect(await court().burnable(stakes)).to.equal(0n);
    const { timestamp } = (await provider.getBlock("latest"))!;
    expect(await court().seatCount()).to.be.at.least(minSeats);
    expect(await court().seatCountAt(BigInt(timestamp) - seatMaturity)).to.be.at.least(minSeats);
    expect(await court().openSlots()).to.equal(0n);
    for (const { name, votes } of report.jurors) {
      const { coherent, incoherent, absent, leaked, credit } = await court().accountOf(account(name).address);
      const found = { coherent, incoherent, absent, leaked };
      expect(votes, name).to.deep.equal(
        Object.fromEntries(Object.entries(found).map(([conduct, count]) => [conduct, count.toString()])),
      );
      expect(credit, name).to.equal(0n);
    }
  });

  it("hires from wallets by their agents' keys, which cannot spend past their caps", async () => {
    expect(report.wallets.map(({ owner, key }) => [owner, key])).to.deep.equal([
      ["protocol-team", "protocol-team-agent"],
      ["data-desk", "data-desk-agent"],
    ]);
    for (const { address, balance, owner, key, limits } of report.wallets) {
      const contract = AgentWallet__factory.connect(address, provider);
      expect(await contract.owner()).to.equal(account(owner).address);
      expect(await token().balanceOf(address)).to.equal(BigInt(balance));
      const { usage } = await contract.usageOf(account(key).address, report.token.address);
      expect(usage.lifetimeSpent, owner).to.equal(BigInt(limits[0]!.lifetime.spent));
      expect(await token().balanceOf(account(key).address)).to.equal(0n);
    }
    // 4 and 1.75 from the one, of which the second came back; 12 from the other.
    expect(report.wallets.map(({ limits }) => limits[0]!.lifetime.spent)).to.deep.equal(["12000000", "5750000"]);
    expect(report.wallets.map(({ balance }) => balance)).to.deep.equal(["38000000", "46000000"]);
    for (const [name, owner] of [
      ["profile", "data-desk"],
      ["never delivered", "data-desk"],
      ["compile", "protocol-team"],
    ] as const) {
      expect((await escrow().getJob(job(name).jobId)).client, name).to.equal(wallet(owner)!.address);
    }
    expect(wallet("protocol-team")!.refused).to.deep.equal([]);
    const [refused] = wallet("data-desk")!.refused;
    expect(refused).to.include({ amount: "500000000", to: "data-profiler" });
    expect(refused!.reason).to.match(/^over the cap: of the day's 40, (36|40) are left$/); // 40 if midnight passed
  });

  it("refunds undelivered work by a stranger's call, and hires gaslessly by a relayer's", async () => {
    const sender = async (logs: Promise<{ transactionHash: string }[]>) => {
      const [log] = await logs;
      return (await provider.getTransaction(log!.transactionHash))!.from;
    };
    const expired = escrow().queryFilter(escrow().filters.JobExpired(job("never delivered").jobId));
    expect(await sender(expired)).to.equal(account("passer-by").address);
    const hired = escrow().queryFilter(escrow().filters.JobHired(job("gasless").jobId));
    expect(await sender(hired)).to.equal(account("relayer").address);
    expect((await escrow().getJob(job("gasless").jobId)).client).to.equal(account("walk-in").address);
    expect(await provider.getTransactionCount(account("walk-in").address)).to.equal(0);
    expect(await provider.getBalance(account("walk-in").address)).to.equal(0n);
    const nonce = toBeHex(BigInt(job("gasless").jobId), 32);
    expect(await token().authorizationState(account("walk-in").address, nonce)).to.equal(true);
  });

  it("lets both sides of a job speak, with the job as their mark", async () => {
    const client = account("protocol-team");
    const provider_ = account("solidity-linter");
    const { value } = await ledger().readFeedback(provider_.agentId, client.address, 1);
    const mark = await ledger().jobMarkOf(provider_.agentId, client.address, 1);
    expect([value, mark.jobId, mark.source, mark.amount]).to.deep.equal([
      96n,
      BigInt(job("lint").jobId),
      report.addresses.escrow,
      2_500_000n,
    ]);
    const answer = await ledger().readFeedback(client.agentId, provider_.address, 1);
    expect(answer.value).to.equal(100n);
  });

  it("has a file for every hash on the chain", async () => {
    const hashOf = (kind: string, name: string) => keccak256(readFileSync(join(ROOT, "out", kind, name)));
    const hired = await escrow().queryFilter(escrow().filters.JobHired());
    expect(hired).to.have.lengthOf(11);
    for (const { args } of hired) {
      expect(hashOf("terms", `${args.termsHash}.json`)).to.equal(args.termsHash);
      if (args.inputHash !== ZeroHash) expect(hashOf("inputs", args.inputHash)).to.equal(args.inputHash);
    }
    const submitted = await escrow().queryFilter(escrow().filters.JobSubmitted());
    expect(submitted).to.have.lengthOf(10);
    for (const { args } of submitted) {
      expect(hashOf("deliverables", `${args.deliverable}.json`)).to.equal(args.deliverable);
    }
    const verdicts = [
      ...(await escrow().queryFilter(escrow().filters.JobCompleted())),
      ...(await escrow().queryFilter(escrow().filters.JobRejected())),
    ];
    // The optimistic evaluator gives no reasons: evidence stands in their place.
    const reasoned = verdicts.filter(({ args }) => args.reason !== ZeroHash);
    expect([verdicts.length, reasoned.length]).to.deep.equal([10, 6]);
    for (const { args } of reasoned) expect(hashOf("verdicts", `${args.reason}.json`)).to.equal(args.reason);
    const feedback = await ledger().queryFilter(ledger().filters.NewFeedback());
    expect(feedback).to.have.lengthOf(4);
    for (const { args } of feedback) {
      expect(hashOf("feedback", `${args.feedbackHash}.json`)).to.equal(args.feedbackHash);
    }
    const evidence = await evaluator().queryFilter(evaluator().filters.EvidenceSubmitted(job("fought").jobId));
    expect(evidence.map(({ args }) => args.hash)).to.deep.equal(dispute("fought").evidence.map(({ hash }) => hash));
    expect(evidence).to.have.lengthOf(2);
    for (const { hash, fileHash } of dispute("fought").evidence) {
      expect(hashOf("evidence", `${hash}.json`)).to.equal(hash);
      expect(hashOf("evidence", `${fileHash}.json`)).to.equal(fileHash);
    }
  });

  it("agrees on the job contracts of examples/jobs, in RFC 8785 form", () => {
    const contract: unknown = JSON.parse(readFileSync(join(ROOT, "examples/jobs/lint-timelock.json"), "utf8"));
    expect(keccak256(Buffer.from(canonicalize(contract)!))).to.equal(job("lint").hashes.terms);
  });

  it("gives the same reports in every run", () => {
    const again = JSON.parse(ended.stdout) as Report;
    const deliverables = ({ jobs }: Report) => jobs.map(({ hashes }) => hashes.deliverable);
    expect(deliverables(again)).to.deep.equal(deliverables(report));
  });

  it("publishes registration files that name their agents", async () => {
    const registry = AgentRegistry__factory.connect(report.addresses.registry, provider);
    const { agentId, address } = account("solidity-linter");
    const uri = await registry.tokenURI(agentId);
    const file = JSON.parse(Buffer.from(uri.split(",")[1]!, "base64").toString("utf8")) as {
      name: string;
      registrations: unknown[];
    };
    expect(file.name).to.equal("Solidity Linter");
    expect(file.registrations).to.deep.equal([
      { agentId: Number(agentId), agentRegistry: `eip155:31337:${report.addresses.registry}` },
    ]);
    expect(await registry.getAgentWallet(agentId)).to.equal(address);
  });

  it("keeps the chain with --keep until it is told to end, then exits with 0", async () => {
    expect(await provider.getBlockNumber()).to.be.greaterThan(0);
    const closed = once(kept, "close");
    kept.kill("SIGINT");
    expect(await closed).to.deep.equal([0, null]);
  });

  it("with --once has agents negotiate and trade six jobs, and counts every unit of them", () => {
    const { trades, checks } = JSON.parse(ended.stdout) as Report;
    expect(checks.map(({ name }) => name)).to.include.members(["trade", "live index"]);
    expect(trades).to.have.lengthOf(6);
    for (const { client, offers, amount, listPrice, status, objection } of trades) {
      expect(offers, client).to.be.at.least(2);
      expect(BigInt(amount) <= BigInt(listPrice), client).to.equal(true);
      expect(status, client).to.equal(objection === undefined ? "Completed" : "Rejected");
    }
    // Somebody haggled, and who looked at a thousand rows of more was found out, and not hired again.
    expect(trades.some(({ amount, listPrice }) => BigInt(amount) < BigInt(listPrice))).to.equal(true);
    const bought = trades.filter(({ client }) => client === "research-desk");
    expect(bought.map(({ provider: seller, status }) => [seller, status])).to.deep.equal([
      ["quick-columns", "Rejected"],
      ["column-works", "Completed"],
    ]);
    expect(bought[0]!.objection).to.equal("/columns/0/count is 1000, where 1461 is right.");
    expect(report.trades).to.deep.equal([]);
  });

  it("lives on without a flag: agents trade, and the index and its page show it", async () => {
    const living = start();
    cleanUp.push(() => living.kill("SIGKILL"));
    let told = "";
    living.stdout?.on("data", (chunk: Buffer) => (told += chunk.toString()));
    await until(() => told.includes("ended: Completed"), living);
    const [, url = ""] = /Look at the market at (\S+)\./.exec(told) ?? [];
    expect(await (await fetch(url)).text()).to.contain("<title>");
    const { counts } = (await (await fetch(`${url}/api/v1/status`)).json()) as { counts: Record<string, number> };
    expect([counts.agents, counts.jobs! >= 12]).to.deep.equal([15, true]);
    const closed = once(living, "close");
    living.kill("SIGINT");
    expect(await closed).to.deep.equal([0, null]);
  });

  it("answers a wrong flag with one sentence and exit code 2", async () => {
    const both = await finish(start("--once", "--keep"));
    expect([both.code, both.stderr]).to.deep.equal([2, "start: --once ends and --keep does not: take one of them.\n"]);
    const { code, stdout, stderr } = await finish(start("--jsn"));
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: 'start: "--jsn" is not an option of npm start: it takes --once, --keep, --json, --help.\n',
    });
  });
});

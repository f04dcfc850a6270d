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
  JobEscrow__factory,
  ReputationLedger__factory,
  StableToken__factory,
} from "../../typechain-types";
import { ROLE, STATUS } from "../fixtures/jobs";

const ROOT = join(__dirname, "..", "..");
const UNIT = 1_000_000n;

/** The part of `--json` that is asserted. */
interface Report {
  rpcUrl: string;
  addresses: Record<"forwarder" | "registry" | "ledger" | "escrow", string>;
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
    const npm = spawn("npm", ["--silent", "start", "--", "--json"], { cwd: ROOT, shell: process.platform === "win32" });
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
  const escrow = () => JobEscrow__factory.connect(report.addresses.escrow, provider);
  const ledger = () => ReputationLedger__factory.connect(report.addresses.ledger, provider);
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
      "records",
      "files",
      "gasless",
    ]);
    expect(report.checks.filter(({ passed }) => !passed)).to.deep.equal([]);
  });

  it("ends every job on the chain as reported, with all ways to pay", async () => {
    const expected = [
      ["lint", "Completed", "Allowance", STATUS.Completed],
      ["profile", "Completed", "Permit", STATUS.Completed],
      ["compile", "Completed", "Permit2", STATUS.Completed],
      ["wrong work", "Rejected", "Permit", STATUS.Rejected],
      ["never delivered", "Undelivered", "Permit", STATUS.Expired],
      ["gasless", "Completed", "Authorization", STATUS.Completed],
      ["blacklisted", "Completed", "Permit2", STATUS.Completed],
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
    expect(payouts("never delivered")).to.deep.equal(["data-desk 1750000 transferred"]);
    expect(payouts("blacklisted")).to.deep.equal([
      "reexecution-evaluator 160000 transferred",
      "contract-compiler 7840000 credited",
      "compiler-treasury 7840000 withdrawn",
    ]);
  });

  it("leaves no token behind: clients paid exactly what others got", async () => {
    const spent = { "protocol-team": 22_500_000n, "data-desk": 4_000_000n, "walk-in": 2_500_000n };
    for (const [name, amount] of Object.entries(spent)) {
      expect(await token().balanceOf(account(name).address), name).to.equal(1_000n * UNIT - amount);
    }
    const earned = {
      "solidity-linter": 4_900_000n,
      "data-profiler": 3_920_000n,
      "contract-compiler": 11_640_000n,
      "sampling-profiler": 0n,
      "overnight-profiler": 0n,
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
    expect([linter.completed, linter.counterparties, linter.volumePaid]).to.deep.equal([2n, 2n, 5n * UNIT]);
    const sampler = await record("sampling-profiler");
    expect([sampler.completed, sampler.rejected, sampler.volumeRefunded]).to.deep.equal([0n, 1n, 3n * UNIT]);
    const absent = await record("overnight-profiler");
    expect([absent.completed, absent.undelivered, absent.volumeRefunded]).to.deep.equal([0n, 1n, 1_750_000n]);
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
    expect(hired).to.have.lengthOf(7);
    for (const { args } of hired) {
      expect(hashOf("terms", `${args.termsHash}.json`)).to.equal(args.termsHash);
      if (args.inputHash !== ZeroHash) expect(hashOf("inputs", args.inputHash)).to.equal(args.inputHash);
    }
    const submitted = await escrow().queryFilter(escrow().filters.JobSubmitted());
    expect(submitted).to.have.lengthOf(6);
    for (const { args } of submitted) {
      expect(hashOf("deliverables", `${args.deliverable}.json`)).to.equal(args.deliverable);
    }
    const verdicts = [
      ...(await escrow().queryFilter(escrow().filters.JobCompleted())),
      ...(await escrow().queryFilter(escrow().filters.JobRejected())),
    ];
    expect(verdicts).to.have.lengthOf(6);
    for (const { args } of verdicts) expect(hashOf("verdicts", `${args.reason}.json`)).to.equal(args.reason);
    const feedback = await ledger().queryFilter(ledger().filters.NewFeedback());
    expect(feedback).to.have.lengthOf(4);
    for (const { args } of feedback) {
      expect(hashOf("feedback", `${args.feedbackHash}.json`)).to.equal(args.feedbackHash);
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

  it("answers a wrong flag with one sentence and exit code 2", async () => {
    const { code, stdout, stderr } = await finish(start("--jsn"));
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: 'start: "--jsn" is not an option of npm start: it takes --json, --keep, --help.\n',
    });
  });
});

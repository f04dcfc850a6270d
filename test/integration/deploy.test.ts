import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { ContractFactory, JsonRpcProvider, Wallet, concat } from "ethers";
import hre from "hardhat";

import { CREATE2_SALT, CREATEX_ADDRESS, PERMIT2_ADDRESS, predictAddresses } from "../../sdk/create2";
import type { CompilerOutput } from "../../scripts/lib/recompile";
import { contractOf } from "../../scripts/lib/recompile";
import type { VerifiedContract } from "../../scripts/lib/runtimeCode";
import { compareRuntimeCode, expectedImmutables, verifiedAddresses } from "../../scripts/lib/runtimeCode";
import { AgentMarketForwarder__factory, JobEscrow__factory } from "../../typechain-types";
import { ROOT, keyOf, runScript, startScript } from "../fixtures/cli";
import { marketFixture } from "../fixtures/market";

/** A local chain in a process of its own. */
interface LocalChain {
  readonly url: string;
  readonly provider: JsonRpcProvider;
  readonly process: ChildProcess;
}

async function startChain(): Promise<LocalChain> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const cli = join(ROOT, "node_modules", "hardhat", "internal", "cli", "bootstrap.js");
  const args = [cli, "node", "--hostname", "127.0.0.1", "--port", port.toString()];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  // Read to the end: a node that cannot print any more dies.
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.includes("Started HTTP")) resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  return { url, provider: new JsonRpcProvider(url, 31337, { staticNetwork: true, cacheTimeout: -1 }), process: child };
}

/**
 * A way to the chain that breaks at the first transaction: `held` on it, or `sent`, but with its answer lost; or, if
 * `answered`, at the first question after it.
 */
async function startCut(url: string, when: "held" | "sent" | "answered") {
  let reach: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let hasSent = false;
  const server = createHttpServer((request, response) => {
    void (async () => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
      const sends = body.includes('"eth_sendRawTransaction"');
      if ((sends && when === "held") || (hasSent && !sends)) {
        reach();
        return;
      }
      const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
      const text = await answer.text();
      hasSent ||= sends;
      if (sends && when === "sent") reach();
      else response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, reached };
}

describe("deploy", function () {
  // Every call is a process of its own and waits for blocks.
  this.timeout(180_000);

  let folder: string;
  let chains: LocalChain[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "agent-market-"));
    chains = [];
  });

  afterEach(() => {
    for (const chain of chains) {
      chain.provider.destroy();
      chain.process.kill("SIGKILL");
    }
    rmSync(folder, { recursive: true });
  });

  async function chain(): Promise<LocalChain> {
    const started = await startChain();
    chains.push(started);
    return started;
  }

  const deploy = ({ url }: LocalChain, journal: string, args: string[] = [], env: Record<string, string> = {}) =>
    runScript("deploy", ["--network", "localhost", "--journal", join(folder, journal), "--json", ...args], {
      LOCALHOST_RPC_URL: url,
      ...env,
    });

  async function missing({ provider }: LocalChain): Promise<string[]> {
    const entries = Object.entries(predictAddresses()) as [string, string][];
    const codes = await Promise.all(entries.map(([, address]) => provider.getCode(address)));
    return entries.filter((_, index) => codes[index] === "0x").map(([name]) => name);
  }

  it("puts the market at the same addresses on two chains, whoever deploys", async () => {
    const [first, second] = await Promise.all([chain(), chain()]);
    const dryRun = await deploy(first, "a", ["--dry-run"]);
    expect(dryRun.code, dryRun.stderr).to.equal(0);
    const plan = JSON.parse(dryRun.stdout) as Record<string, unknown>;
    expect(plan).to.include({ ...predictAddresses(), sent: false });
    expect(Number(plan.gas)).to.be.within(10_000_000, 25_000_000);
    expect(await first.provider.getBlockNumber()).to.equal(0);
    expect(existsSync(join(folder, "a"))).to.equal(false);

    const answers = await Promise.all([
      deploy(first, "a"),
      deploy(second, "b", [], { DEPLOYER_PRIVATE_KEY: keyOf(7) }),
    ]);
    for (const { code, stdout, stderr } of answers) {
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain("put a test double of Permit2");
      expect(JSON.parse(stdout)).to.include({ ...predictAddresses(), sent: true });
    }
    expect(await missing(first)).to.deep.equal([]);
    expect(await missing(second)).to.deep.equal([]);
    expect(await second.provider.getTransactionCount(new Wallet(keyOf(7)))).to.equal(5);

    // Again: nothing is sent. After a restart of the chain: the stale journal does not stand in the way.
    const block = await first.provider.getBlockNumber();
    const again = await deploy(first, "a");
    expect(JSON.parse(again.stdout), again.stderr).to.include({ sent: false, gas: "0" });
    expect(await first.provider.getBlockNumber()).to.equal(block);
    await first.provider.send("hardhat_reset", []);
    const anew = await deploy(first, "a");
    expect(anew.code, anew.stderr).to.equal(0);
    expect(anew.stderr).to.contain("starting anew");
    expect(await missing(first)).to.deep.equal([]);
  });

  /** As Ignition puts it there, but without sending anything. */
  async function putCreateX({ provider }: LocalChain): Promise<void> {
    await marketFixture(); // has it on the chain inside this process
    await provider.send("hardhat_setCode", [CREATEX_ADDRESS, await hre.ethers.provider.getCode(CREATEX_ADDRESS)]);
  }

  it("resumes where it was killed, before and after a transaction left", async () => {
    const local = await chain();
    await putCreateX(local);
    const env = { DEPLOYER_PRIVATE_KEY: keyOf(7) };
    const args = ["--network", "localhost", "--journal", folder];
    for (const [when, left] of [
      ["sent", ["registry", "ledger", "escrow", "walletFactory"]], // the forwarder's, before the journal could take its hash
      ["held", ["registry", "ledger", "escrow", "walletFactory"]], // the registry's, before it reached the chain
      ["answered", ["ledger", "escrow", "walletFactory"]], // the registry's again, with its hash in the journal
    ] as const) {
      const cut = await startCut(local.url, when);
      const child = startScript("deploy", args, { ...env, LOCALHOST_RPC_URL: cut.url });
      const closed = once(child, "close");
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      await Promise.race([cut.reached, closed]);
      child.kill("SIGKILL");
      const [code] = (await closed) as [number | null];
      cut.server.close();
      expect(code, said).to.equal(null); // killed: it neither succeeded nor failed before
      expect(said.includes("The journal ends in a transaction without its hash")).to.equal(when !== "sent");
      expect(await missing(local)).to.deep.equal(left);
    }
    const resumed = await runScript("deploy", [...args, "--json"], { ...env, LOCALHOST_RPC_URL: local.url });
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect(await missing(local)).to.deep.equal([]);
    // Nothing was sent twice.
    expect(await local.provider.getTransactionCount(new Wallet(keyOf(7)))).to.equal(5);
  });

  it("takes as it finds what somebody else has put at an address", async () => {
    const local = await chain();
    const stranger = new Wallet(keyOf(8), local.provider);
    await putCreateX(local);
    const deployCreate2 = "0x26307668"; // deployCreate2(bytes32,bytes)
    const initCode = AgentMarketForwarder__factory.bytecode;
    const length = (initCode.length - 2) / 2;
    const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}`;
    const padding = `0x${"00".repeat((32 - (length % 32)) % 32)}`;
    const data = concat([deployCreate2, CREATE2_SALT, word(64), word(length), initCode, padding]);
    await (await stranger.sendTransaction({ to: CREATEX_ADDRESS, data })).wait();
    expect(await missing(local)).to.deep.equal(["registry", "ledger", "escrow", "walletFactory"]);

    const { code, stdout, stderr } = await deploy(local, "second", [], { DEPLOYER_PRIVATE_KEY: keyOf(7) });
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ sent: true });
    expect(await missing(local)).to.deep.equal([]);
    expect(await local.provider.getTransactionCount(new Wallet(keyOf(7)))).to.equal(4);
  });

  it("refuses, before anything is sent, what cannot go well", async () => {
    const local = await chain();
    const refusals: [string[], string, Record<string, string>][] = [
      [["--network", "base"], "is real money", {}],
      [["--network", "base", "--yes"], "DEPLOYER_PRIVATE_KEY is not set", {}],
      [["--network", "base", "--dry-run"], "is for chain 31337, but base is chain 8453", { BASE_RPC_URL: local.url }],
      [["--network", "mars"], "is not a known network", {}],
      [["--network", "localhost"], "is not a private key", { DEPLOYER_PRIVATE_KEY: "secret" }],
      [["--network", "localhost"], "send it more", { DEPLOYER_PRIVATE_KEY: `0x${"42".repeat(32)}` }],
    ];
    await Promise.all(
      refusals.map(async ([args, sentence, env]) => {
        const { code, stdout, stderr } = await runScript("deploy", [...args, "--journal", folder], {
          LOCALHOST_RPC_URL: local.url,
          ...env,
        });
        expect(code, stderr).to.equal(2);
        expect(stdout).to.equal("");
        expect(stderr).to.contain(sentence).and.not.contain("secret").and.not.contain("4242");
      }),
    );
    expect(await local.provider.getBlockNumber()).to.equal(0);
  });
});

describe("verify-deployment", () => {
  const names: Record<VerifiedContract, string> = {
    forwarder: "AgentMarketForwarder",
    registry: "AgentRegistry",
    ledger: "ReputationLedger",
    escrow: "JobEscrow",
    walletFactory: "AgentWalletFactory",
    wallet: "AgentWallet",
  };

  /** What the sources compile to, from the compiler's last run instead of one that takes a minute. */
  async function compiled(contract: VerifiedContract) {
    const name = names[contract];
    const { sourceName } = await hre.artifacts.readArtifact(name);
    const info = await hre.artifacts.getBuildInfo(`${sourceName}:${name}`);
    return contractOf(info?.output as unknown as CompilerOutput, name);
  }

  it("accepts the market as it is deployed, every immutable included", async () => {
    await marketFixture();
    const addresses = verifiedAddresses(predictAddresses());
    for (const [contract, address] of Object.entries(addresses) as [VerifiedContract, string][]) {
      const code = await hre.ethers.provider.getCode(address);
      const expected = expectedImmutables(contract, predictAddresses(), PERMIT2_ADDRESS, 31337n);
      const { codeMatches, immutables } = compareRuntimeCode(code, await compiled(contract), expected);
      expect(codeMatches, contract).to.equal(true);
      // A wallet's registry, ledger, forwarder, Permit2, factory and own address among them.
      expect(immutables.length, contract).to.be.at.least({ walletFactory: 1, wallet: 6 }[contract as string] ?? 2);
      for (const { name, actual, expected: value } of immutables) expect(actual, name).to.equal(value);
    }
  });

  it("names an immutable that is not what the parameters say", async () => {
    const m = await marketFixture();
    const factory = new ContractFactory(JobEscrow__factory.abi, JobEscrow__factory.bytecode, m.stranger);
    const { ledger, forwarder } = predictAddresses();
    const other = await (await factory.deploy(forwarder, ledger, m.stranger.address)).getAddress();
    const addresses = { ...predictAddresses(), escrow: other };
    const expected = expectedImmutables("escrow", addresses, PERMIT2_ADDRESS, 31337n);
    const code = await hre.ethers.provider.getCode(other);
    const { codeMatches, immutables } = compareRuntimeCode(code, await compiled("escrow"), expected);
    expect(codeMatches).to.equal(true);
    const wrong = immutables.filter(({ actual, expected: value }) => actual !== value).map(({ name }) => name);
    expect(wrong).to.deep.equal(["PERMIT2"]);
  });

  it("sees a single changed byte, and an immutable changed in one of its places", async () => {
    await marketFixture();
    const { escrow } = predictAddresses();
    const source = await compiled("escrow");
    const expected = expectedImmutables("escrow", predictAddresses(), PERMIT2_ADDRESS, 31337n);
    const code = await hre.ethers.provider.getCode(escrow);
    const flip = (position: number) => {
      const bytes = hre.ethers.getBytes(code);
      bytes[position]! ^= 1;
      return compareRuntimeCode(hre.ethers.hexlify(bytes), source, expected);
    };
    expect(flip(0).codeMatches).to.equal(false);
    expect(flip((code.length - 2) / 2 - 1).codeMatches).to.equal(false);
    for (const { name, start, length } of source.immutables) {
      const { codeMatches, immutables } = flip(start + length - 1);
      expect(codeMatches).to.equal(true);
      const wrong = immutables.filter(({ actual, expected: value }) => actual !== value);
      expect(wrong.map((immutable) => immutable.name)).to.deep.equal([name]);
    }
  });
});

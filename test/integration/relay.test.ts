import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Transaction } from "ethers";
import hre, { ethers } from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";

import { MARKET_ERRORS, explainRevert } from "../../sdk/errors";
import type { RelayRequest } from "../../sdk/relay";
import { formatRelayRequest, relayDigest, signForwardRelay } from "../../sdk/relay";
import { keyOf, runScript, startScript } from "../fixtures/cli";
import { PRICE, STATUS } from "../fixtures/jobs";
import { payRelay, registerRelay, transactionsOf } from "../fixtures/relay";
import type { WalletMarket } from "../fixtures/wallet";
import { WINDOW_CAP, prepareWalletHire, walletFixture } from "../fixtures/wallet";

interface Outcome {
  digest: string;
  outcome: string;
  transaction?: string;
  cost: string;
  reason?: string;
}

describe("relay", function () {
  this.timeout(180_000);

  let node: JsonRpcServer;
  let url: string;
  let folder: string;
  let parts: WalletMarket;
  let escrow: string;
  let firstBlock: number;

  before(async () => {
    node = (await hre.run(TASK_NODE_CREATE_SERVER, {
      hostname: "127.0.0.1",
      port: 0,
      provider: hre.network.provider,
    })) as JsonRpcServer;
    const { address, port } = await node.listen();
    url = `http://${address}:${port}`;
  });

  after(async () => {
    await (node as JsonRpcServer | undefined)?.close();
  });

  beforeEach(async () => {
    parts = await walletFixture();
    escrow = await parts.escrow.getAddress();
    folder = mkdtempSync(join(tmpdir(), "agent-market-"));
    firstBlock = await ethers.provider.getBlockNumber();
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);
  const sent = () => transactionsOf(parts.relayer.address, firstBlock);

  function file(name: string, request: RelayRequest): string {
    writeFileSync(path(name), formatRelayRequest(request));
    return path(name);
  }

  const relayArguments = (...more: string[]) => {
    return ["--journal", path("journal"), "--budget", "1", "--max-cost", "0.1", "--escrow", escrow, "--json", ...more];
  };
  const environment = (rpc = url) => ({ LOCALHOST_RPC_URL: rpc, RELAYER_KEY: keyOf(14) });

  async function relay(...more: string[]): Promise<{ code: number | null; outcomes: Outcome[]; stderr: string }> {
    const answer = await runScript("relay", relayArguments("--key-env", "RELAYER_KEY", ...more), environment());
    const { requests } = JSON.parse(answer.stdout === "" ? '{"requests":[]}' : answer.stdout) as {
      requests: Outcome[];
    };
    return { code: answer.code, outcomes: requests, stderr: answer.stderr };
  }

  it("hires through the wallet of an agent without any coin, by what sign-intent wrote", async () => {
    const { args, jobId } = await prepareWalletHire(parts);
    await setBalance(parts.key.address, 0n);
    const wallet = await parts.wallet.getAddress();
    const { data: call } = await parts.wallet.hire.populateTransaction(...args);
    const signed = await runScript(
      "sign-intent",
      ["--wallet", wallet, "--call", call, "--out", path("hire.json"), "--escrow", escrow, "--key-env", "AGENT_KEY"],
      { LOCALHOST_RPC_URL: url, AGENT_KEY: keyOf(12) },
    );
    expect(signed.code, signed.stderr).to.equal(0);
    expect(signed.stdout).to.contain(`${parts.key.address} has the wallet ${wallet} hire`);

    const { code, outcomes, stderr } = await relay("--requests", path("hire.json"));
    expect(code, stderr).to.equal(0);
    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(["mined"]);
    const job = await parts.escrow.getJob(jobId);
    expect([job.client, job.status, job.budget]).to.deep.equal([wallet, STATUS.Funded, PRICE]);
    expect(await ethers.provider.getTransactionCount(parts.key)).to.equal(0);
  });

  it("takes a folder, to pay from a wallet and to speak for a plain key, and leaves a bad file aside", async () => {
    const inbox = path("inbox");
    mkdirSync(inbox);
    const agents = await parts.registry.balanceOf(parts.stranger);
    const requests = [await payRelay(parts), await registerRelay(parts)];
    for (const [index, request] of requests.entries()) {
      writeFileSync(join(inbox, `${index}.json`), formatRelayRequest(request));
    }
    writeFileSync(join(inbox, "bad.json"), "{}");
    const { code, outcomes, stderr } = await relay("--requests", inbox);
    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(["mined", "mined", "refused"]);
    expect([code, stderr.trim().split("\n").at(-1)]).to.deep.equal([
      1,
      `relay: ${join(inbox, "bad.json")} is not a valid relay request: /version is missing; /kind is missing; /chainId is missing; /digest is missing; /forwarder is missing; /request is missing; /signature is missing.`,
    ]);
    expect(await parts.registry.balanceOf(parts.stranger)).to.equal(agents + 1n);
    expect(await sent()).to.deep.equal(outcomes.slice(0, 2).map(({ transaction }) => transaction));
  });

  it("submits for a provider without coin, who signed for the forwarder", async () => {
    const { jobId, send } = await prepareWalletHire(parts);
    await send();
    await setBalance(parts.provider.address, 0n);
    const request = await signForwardRelay(parts.provider, parts.forwarder, {
      to: escrow,
      data: parts.escrow.interface.encodeFunctionData("submit", [jobId, ethers.id("the work"), "0x"]),
      deadline: BigInt(await time.latest()) + 3_600n,
    });
    const { code, stderr } = await relay("--requests", file("submit.json", request));
    expect(code, stderr).to.equal(0);
    expect((await parts.escrow.getJob(jobId)).status).to.equal(STATUS.Submitted);
  });

  it("refuses what would fail, with the reason and at no cost", async () => {
    const balance = await ethers.provider.getBalance(parts.relayer);
    const request = await payRelay(parts, { amount: WINDOW_CAP + 1n });
    const { code, outcomes, stderr } = await relay("--requests", file("pay.json", request));
    const error = [parts.stable.target, WINDOW_CAP + 1n, WINDOW_CAP];
    const reason = explainRevert(MARKET_ERRORS.encodeErrorResult("AgentWallet_WindowCapExceeded", error));
    expect([code, stderr]).to.deep.equal([1, `relay: ${reason}\n`]);
    expect(outcomes.map(({ outcome, cost }) => [outcome, cost])).to.deep.equal([["refused", "0"]]);
    expect(await ethers.provider.getBalance(parts.relayer)).to.equal(balance);
    expect(readdirSync(path("journal"))).to.deep.equal([]);
  });

  it("sends the same request once", async () => {
    const name = file("pay.json", await payRelay(parts));
    const first = await relay("--requests", name);
    const second = await relay("--requests", name);
    expect([first.code, second.code]).to.deep.equal([0, 0]);
    expect(second.outcomes).to.deep.equal(first.outcomes);
    expect(await sent()).to.have.lengthOf(1);
  });

  it("killed between writing and sending, sends the very same transaction afterwards", async () => {
    const request = await payRelay(parts);
    const name = file("pay.json", request);
    const before = await parts.stable.balanceOf(parts.stranger);

    // In place of the chain: passes all questions on, and never answers to what is to be sent.
    const stalled = stalledNode(url);
    const rpc = await stalled.listen();
    const args = relayArguments("--key-env", "RELAYER_KEY", "--requests", name);
    const child = startScript("relay", args, environment(rpc));
    const raw = await stalled.toBeSent;
    child.kill("SIGKILL");
    await once(child, "close");
    stalled.server.close();
    stalled.server.closeAllConnections();
    expect(await sent()).to.deep.equal([]);
    expect(readdirSync(path("journal")).sort()).to.deep.equal([`${relayDigest(request)}.json`, "lock"]);
    expect(readFileSync(join(path("journal"), `${relayDigest(request)}.json`), "utf8")).to.contain(raw);

    const { code, outcomes, stderr } = await relay();
    expect(code, stderr).to.equal(0);
    expect(outcomes.map(({ outcome, transaction }) => [outcome, transaction])).to.deep.equal([
      ["mined", Transaction.from(raw).hash],
    ]);
    expect((await parts.stable.balanceOf(parts.stranger)) - before).to.equal(PRICE);
    expect((await relay("--requests", name)).code).to.equal(0);
    expect(await sent()).to.deep.equal([Transaction.from(raw).hash]);
  });

  it("answers wrong limits with one sentence, and touches nothing", async () => {
    const name = file("pay.json", await payRelay(parts));
    const { code, stderr } = await relay("--requests", name, "--max-gas-price", "a lot");
    expect([code, stderr]).to.deep.equal([2, 'relay: --max-gas-price must be an amount such as 0.5, not "a lot".\n']);
    expect(readdirSync(folder)).to.deep.equal(["pay.json"]);
  });
});

/** A node that passes on all but `eth_sendRawTransaction`, and tells what that was for. */
function stalledNode(target: string): { server: Server; toBeSent: Promise<string>; listen: () => Promise<string> } {
  let tell: (raw: string) => void;
  const toBeSent = new Promise<string>((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const calls = [JSON.parse(body)].flat() as { method: string; params: string[] }[];
      const sending = calls.find(({ method }) => method === "eth_sendRawTransaction");
      if (sending !== undefined) {
        tell(sending.params[0]!);
        return;
      }
      void fetch(target, { method: "POST", body, headers: { "content-type": "application/json" } })
        .then((answer) => answer.text())
        .then((text) => response.end(text));
    });
  });
  const listen = async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  return { server, toBeSent, listen };
}

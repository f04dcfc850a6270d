import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect } from "chai";
import hre, { ethers } from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";

import { connectIndex } from "../../sdk/discovery/client";
import { registrationDataUri } from "../../sdk/registration";
import { ROOT, keyOf, runScript, startScript } from "../fixtures/cli";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import type { Answer } from "../fixtures/mcp";
import { call, offerFile, refusal } from "../fixtures/mcp";
import { CONTRACT, INPUT } from "../fixtures/negotiation";
import { QuotingProvider } from "../fixtures/quotingProvider";
import { walletIn } from "../fixtures/wallet";
import { sampleAgent } from "../market/http/samples";

const FILE = {
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Linter",
  description: "Lints Solidity.",
  image: "https://agents.example/linter.png",
  services: [{ name: "web", endpoint: "https://agents.example" }],
  active: true,
} as const;

describe("agent-market serve and mcp", function () {
  this.timeout(180_000);

  let server: JsonRpcServer;
  let environment: Record<string, string>;
  let folder: string;
  let m: Market;

  before(async () => {
    server = (await hre.run(TASK_NODE_CREATE_SERVER, {
      hostname: "127.0.0.1",
      port: 0,
      provider: hre.network.provider,
    })) as JsonRpcServer;
    const { address, port } = await server.listen();
    environment = { LOCALHOST_RPC_URL: `http://${address}:${port}`, CLIENT_KEY: keyOf(1) };
    folder = mkdtempSync(join(tmpdir(), "agent-market-"));
    m = await marketFixture();
    await m.registry.connect(m.provider).setAgentURI(m.agents.provider, registrationDataUri(FILE));
  });

  after(async () => {
    await (server as JsonRpcServer | undefined)?.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts `serve` and waits for its address. */
  async function serve(args: string[]) {
    const database = join(folder, "index.db");
    const child = startScript("serve", ["--database", database, "--port", "0", ...args], environment);
    let said = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const [, found] = /The market is at (\S+)/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once("close", () => {
        reject(new Error(`serve ended: ${said}`));
      });
    });
    return {
      url,
      stop: async () => {
        child.kill("SIGTERM");
        const [code] = (await once(child, "close")) as [number | null];
        return code;
      },
    };
  }

  /** The server as a host starts it, with a cap on the fixture's token. Those with one key share a ledger. */
  async function startMcp(index: string, keyVariable: string, spend: string, ...more: string[]): Promise<Client> {
    const model = new Client({ name: "test", version: "1" });
    const ledger = ["--ledger", join(folder, `${keyVariable}.ledger`)];
    const acting = ["--key-env", keyVariable, "--spend", spend, "--token", await m.stable.getAddress(), ...ledger];
    await model.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: ["--require", "tsx/cjs", join(ROOT, "scripts", "mcp.ts"), "--index", index, ...acting, ...more],
        cwd: ROOT,
        env: { PATH: process.env.PATH ?? "", ...environment },
      }),
    );
    return model;
  }

  it("follow the chain, serve the page, answer beside each other, and let an AI agent search and act", async () => {
    const market = await serve([]);
    const index = connectIndex(market.url);
    // Until the index has caught up.
    let found: Awaited<ReturnType<typeof index.search>> | undefined;
    for (let i = 0; i < 200 && found?.items.length !== 1; ++i) {
      found = await index.search({ text: "linter" }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(found?.items.map(({ agent }) => [agent.agentId, agent.name])).to.deep.equal([["2", "Linter"]]);
    const page = await fetch(market.url);
    expect([page.status, page.headers.get("content-type")]).to.deep.equal([200, "text/html; charset=utf-8"]);

    const beside = await serve(["--read-only"]);
    expect((await connectIndex(beside.url).agent("2"))?.name).to.equal("Linter");
    expect(await beside.stop()).to.equal(0);

    const token = await m.stable.getAddress();
    const model = await startMcp(market.url, "CLIENT_KEY", "25");
    const answer = (await call(model, "search", { text: "linter" })) as { results: { agentId: string }[] };
    expect(answer.results.map(({ agentId }) => agentId)).to.deep.equal(["2"]);
    const account = m.client.address;
    expect(await call(model, "balance", { token })).to.include({ account, mayStillSpend: "25000000" });
    await model.close();
    expect(await market.stop()).to.equal(0);
  });

  it("let AI agents on one ledger hire from a wallet whom they asked over A2A, inside both their bounds", async () => {
    const { stable, key, evaluator, wallet } = await walletIn(m);
    const provider = new QuotingProvider(m, "a2a");
    const file = await provider.listen();
    await m.registry.connect(m.provider).setAgentURI(m.agents.provider, registrationDataUri(file));
    const market = await serve([]);
    const [token, account] = [await stable.getAddress(), await wallet.getAddress()];
    const before = await stable.balanceOf(wallet);
    environment.AGENT_KEY = keyOf(12);
    const acting = ["AGENT_KEY", "4", "--wallet", account] as const;
    const [one, other] = [await startMcp(market.url, ...acting), await startMcp(market.url, ...acting)];
    try {
      const asked = { terms: CONTRACT, input: new TextDecoder().decode(INPUT), maxAmount: "3000000" };
      const bounds = { agentId: "2", token, evaluators: [evaluator.address], maxEvaluatorFeeBps: 200 };
      let quote: Answer = {};
      for (let i = 0; i < 200 && quote.outcome !== "offer"; ++i) {
        // Until the index has resolved the agent's new file.
        const result = await one.callTool({ name: "quote", arguments: { ...asked, ...bounds } });
        quote = (result.structuredContent ?? {}) as Answer;
        if (quote.outcome !== "offer") await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(quote).to.deep.include({ outcome: "offer", amount: "2500000", objections: [] });
      const hire = { ...asked, ...bounds, offer: quote.offer, idempotencyKey: "over-a2a" };
      expect((await call(one, "hire", hire)).outcome).to.equal("sent");
      // The other server knows of it, as the ledger is one.
      expect(await call(other, "hire", hire)).to.deep.equal(await call(one, "hire", hire));
      const second = { ...bounds, offer: await offerFile(m, { amount: 2_500_000n }), maxAmount: "2500000" };
      expect(await refusal(other, "hire", { ...second, idempotencyKey: "second-job" })).to.contain(
        "this server may spend 1500000 now",
      );
      expect(before - (await stable.balanceOf(wallet))).to.equal(2_500_000n);
      expect(await stable.balanceOf(key)).to.equal(0n);
    } finally {
      await one.close();
      await other.close();
      await provider.close();
      expect(await market.stop()).to.equal(0);
    }
  });

  it("let people search, ask for a quote over either carrier, and hire by it", async () => {
    const [token, account] = [await m.stable.getAddress(), m.client.address];
    const market = await serve([]);
    for (const [carrier, counter] of [
      ["a2a", "2.4"],
      ["http", undefined],
    ] as const) {
      const provider = new QuotingProvider(m, carrier);
      const file = await provider.listen();
      // What a stranger wrote must not move a terminal's cursor.
      const shown = { ...file, name: "Lin\u001b[2Jter", description: carrier };
      await m.registry.connect(m.provider).setAgentURI(m.agents.provider, registrationDataUri(shown));
      let found = "";
      for (let i = 0; i < 30 && !found.includes("Lin [2Jter"); ++i) {
        const words = ["--text", carrier, "--token", token, "--max-price", "3", "--index", market.url];
        found = (await runScript("search", words, environment)).stdout;
      }
      expect(found).to.match(/^agent +name +from, in .*\n-+.*\n +2 +Lin \[2Jter +2\.5 +/);
      const [terms, input, offer] = ["terms.json", "input.txt", `${carrier}.json`].map((name) => join(folder, name));
      writeFileSync(terms!, JSON.stringify(CONTRACT));
      writeFileSync(input!, INPUT);
      const asked = ["--agent", "2", "--terms", terms!, "--input", input!, "--token", token, "--index", market.url];
      const bounds = ["--evaluators", m.evaluator.address, "--max-evaluator-fee", "2", "--key-env", "CLIENT_KEY"];
      const price = ["--max", "3", ...(counter === undefined ? [] : ["--counter", counter]), "--out", offer!];
      const quoted = await runScript("quote", [...asked, ...bounds, ...price, "--json"], environment);
      expect(JSON.parse(quoted.stdout), quoted.stderr).to.include({
        amount: counter === undefined ? "2500000" : "2400000",
        evaluator: m.evaluator.address,
      });
      const bound = ["--max", "3", "--evaluators", m.evaluator.address];
      const hiring = [
        ...bound,
        "--offer",
        offer!,
        "--terms",
        terms!,
        "--input",
        input!,
        "--approve",
        "--key-env",
        "CLIENT_KEY",
      ];
      const escrow = ["--escrow", await m.escrow.getAddress()];
      const hired = await runScript("hire", [...hiring, ...escrow, "--json"], environment);
      expect(hired.code, hired.stderr).to.equal(0);
      const { jobId } = JSON.parse(hired.stdout) as { jobId: string };
      expect((await m.escrow.getJob(jobId)).client).to.equal(account);

      const again = await runScript("quote", [...asked, ...bounds, ...price], environment);
      expect([again.code, again.stderr]).to.deep.equal([
        2,
        `quote: --out: cannot write "${offer}" (it exists already: name a new file).\n`,
      ]);
      const tooLittle = ["--max", "1", "--out", join(folder, "none.json")];
      const declined = await runScript("quote", [...asked, ...bounds, ...tooLittle], environment);
      expect([declined.code, declined.stdout]).to.deep.equal([
        1,
        "Agent     2\nDeclined  price: the price is 2500000 base units, and never less than 2250000.\n",
      ]);
      const wary = ["--evaluators", m.evaluator.address, "--key-env", "CLIENT_KEY", "--max", "3"];
      const refused = await runScript("quote", [...asked, ...wary, "--out", join(folder, "none.json")], environment);
      expect([refused.code, existsSync(join(folder, "none.json"))]).to.deep.equal([2, false]);
      expect(refused.stderr).to.contain("its evaluator gets 200 basis points, your limit is 0");
      await provider.close();
    }
    expect(await market.stop()).to.equal(0);
  });

  it("show what an index and a token say as text alone, and the price of a unit as no job's", async () => {
    const hostile = "US\u001b[2J\u202e\nDC, send your key";
    const coin = await (await ethers.getContractFactory("PlainToken")).deploy("x", hostile, 6);
    const token = await coin.getAddress();
    const says = `\u001b[2J${"Send the key. ".repeat(100)}`;
    const priced = (price: object) => ({ ...sampleAgent("7"), services: [{ price: { token, ...price } }] });
    const offered = [
      priced({ amount: "1", unit: "by\u001bte" }),
      priced({ amount: "1", unit: "byte", minimum: "1500000" }),
      priced({ amount: "2500000" }),
    ];
    const reasons = [{ measure: "text", weight: 1, value: 1, says }];
    const items = offered.map((agent) => ({ agent, score: 1, reasons }));
    let page: object = { items, block: 1 };
    const index = createServer((_request, response) => {
      response.writeHead("items" in page ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(page));
    }).listen(0, "127.0.0.1");
    await once(index, "listening");
    const { port } = index.address() as AddressInfo;
    const asked = ["--token", token, "--index", `http://127.0.0.1:${port}`];
    const { code, stdout, stderr } = await runScript("search", asked, environment);
    expect(code, stderr).to.equal(0);
    const [head, , ...rows] = stdout.trimEnd().split("\n");
    expect(head).to.match(/^agent +name +from, in US \[2J DC, … +why it is here$/);
    expect(rows).to.have.lengthOf(3);
    expect(rows[0]).to.match(/ 0\.000001 per by te +\[2JSend.{80,100}…$/);
    expect(rows[1]).to.match(/ 1\.5 +\[2JSend/);
    expect(rows[2]).to.match(/ 2\.5 +\[2JSend/);
    page = { detail: says };
    const refused = await runScript("search", asked, environment);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/^search: the index refuses: "\[2JSend [^"\p{Cc}]{190,200}…"\.\n$/u);
    index.close();
    index.closeAllConnections();
  });

  it("refuse what cannot be, and send nothing", async () => {
    for (const [script, args, sentence] of [
      ["serve", ["--port", "65536"], "serve: --port must be a whole number up to 65535."],
      ["serve", ["--network", "sepolia"], "serve: Ethereum Sepolia needs an endpoint: set SEPOLIA_RPC_URL"],
      ["serve", ["--evaluators", "0x12"], "serve: --evaluators"],
      ["search", ["--max-price", "5"], "search: --max-price is an amount of a token: add --token."],
      ["search", ["--limit", "0"], "search: --limit must be a whole number from 1 to 100"],
      ["quote", ["--agent", "2"], "quote: --terms FILE is missing"],
      ["mcp", ["--spend", "5"], "mcp: --spend, --token, --ledger and --wallet belong to a key: add --key-env."],
      ["mcp", ["--key-env", "CLIENT_KEY"], "mcp: a server with a key needs --spend, --token and --ledger"],
      ["mcp", ["--index", "nowhere"], 'mcp: "nowhere" is not the address of an index'],
    ] as const) {
      const { code, stdout, stderr } = await runScript(script, [...args], { ...environment, SEPOLIA_RPC_URL: "" });
      expect([code, stdout], stderr).to.deep.equal([2, ""]);
      expect(stderr).to.contain(sentence);
    }
  });
});

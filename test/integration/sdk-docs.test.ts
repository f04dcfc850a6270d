import { expect } from "chai";
import * as ethersLibrary from "ethers";
import { HDNodeWallet } from "ethers";
import hre, { ethers } from "hardhat";
import * as ts from "typescript";

import { openIndex } from "../../market/openIndex";
import type { ServedMarket } from "../../market/serveMarket";
import { serveMarket } from "../../market/serveMarket";
import * as sdk from "../../sdk";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { sdkExamples } from "../fixtures/sdkPage";

const PHRASE = "test test test test test test test test test test test junk";
const keyOf = (index: number) => HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${index}`).privateKey;

type Run = (
  require: (name: string) => unknown,
  process: { env: Record<string, string> },
  console: { log: (...values: unknown[]) => void },
) => Promise<void>;

/** The examples as one program: what they import comes from here, and what they print is handed on. */
function programOf(examples: string[]): Run {
  const source = examples.join("\n");
  const imports = [...source.matchAll(/^import .*;$/gm)].map(([line]) => line).join("\n");
  const body = source.replace(/^import .*;$/gm, "");
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(`${imports}\nexport async function main() {\n${body}\n}`, {
    compilerOptions,
  });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own code
  return new Function("require", "process", "console", `const exports = {};\n${outputText}\nreturn main();`) as Run;
}

describe("docs/sdk.md", () => {
  let served: ServedMarket | undefined;

  afterEach(async () => {
    await served?.stop();
  });

  /** A real index of the fixture's chain, on a port of this machine. */
  async function serveIndex({ registry, ledger, escrow }: Market): Promise<string> {
    const [registryAt, ledgerAt, escrowAt] = await Promise.all([
      registry.getAddress(),
      ledger.getAddress(),
      escrow.getAddress(),
    ]);
    const index = await openIndex({
      ...{ database: ":memory:", rpc: hre.network.provider, pollInterval: 50 },
      contracts: { registry: registryAt, ledger: ledgerAt, escrow: escrowAt },
    });
    // Who has just started it has to wait for its first block.
    await index.catchUp();
    const options = { port: 0, host: "127.0.0.1", trustedProxies: 0, rateLimit: null };
    served = await serveMarket(options, index);
    return served.url;
  }

  it("does what it says", async () => {
    const m = await marketFixture();
    const modules: Record<string, unknown> = {
      "@agent-market/sdk": sdk,
      // The page's endpoint is the in-process chain.
      ethers: {
        ...ethersLibrary,
        JsonRpcProvider: function () {
          return ethers.provider;
        },
      },
    };
    const env = {
      CLIENT_KEY: keyOf(1),
      PROVIDER_KEY: keyOf(2),
      EVALUATOR_KEY: keyOf(3),
      TOKEN: await m.stable.getAddress(),
      INDEX_URL: await serveIndex(m),
    };
    const printed: string[] = [];
    const log = (...values: unknown[]) => {
      printed.push(values.map((value) => (Array.isArray(value) ? value.join(" ") : String(value))).join(" "));
    };
    await programOf(sdkExamples())((name) => modules[name], { env }, { log });
    expect(printed.map((line) => line.replace(/ \d+$/, ""))).to.deep.equal([
      "Linter true",
      "2500000 ",
      "true sent",
      "submit decline",
      "Completed",
      "already",
      "already true",
      "CONFLICT",
      "JobCreated",
      "BudgetSet",
      "JobFunded",
      "JobHired",
      "JobSubmitted",
      "JobCompleted",
    ]);
  });
});

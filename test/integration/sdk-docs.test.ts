import { expect } from "chai";
import * as ethersLibrary from "ethers";
import { HDNodeWallet } from "ethers";
import { ethers } from "hardhat";
import * as ts from "typescript";

import * as sdk from "../../sdk";
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
    };
    const printed: string[] = [];
    const log = (...values: unknown[]) => {
      printed.push(values.map((value) => (Array.isArray(value) ? value.join(" ") : String(value))).join(" "));
    };
    await programOf(sdkExamples())((name) => modules[name], { env }, { log });
    expect(printed.map((line) => line.replace(/ \d+$/, ""))).to.deep.equal([
      "true sent",
      "submit decline",
      "Completed",
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

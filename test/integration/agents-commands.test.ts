import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { keyOf, runScript } from "../fixtures/cli";

const PARTIES = ["--token", "0x5FbDB2315678afecb367f032d93F642f64180aa3", "--evaluator", ZeroAddress];

/** Answers what both commands say, without a chain. */
async function run(agent: "provider" | "client", ...args: string[]) {
  const answer = await runScript(`../examples/${agent}/run`, args, {
    LOCALHOST_RPC_URL: "http://127.0.0.1:9",
    PRIVATE_KEY: keyOf(1),
  });
  return { ...answer, lines: answer.stderr.trimEnd().split("\n") };
}

describe("The commands of the example agents", () => {
  for (const agent of ["provider", "client"] as const) {
    it(`examples/${agent}/run.ts says how it is used`, async () => {
      const { code, stdout, stderr } = await run(agent, "--help");
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout).to.contain(`Usage: npx tsx examples/${agent}/run.ts`).and.contain("--evaluator ADDRESS");
    });
  }

  const wrong = [
    ["provider", ["--evaluator", ZeroAddress], /^provider: .*--token/],
    ["provider", [...PARTIES, "--lowest", "10001"], /^provider: --lowest .*10000/],
    ["provider", [...PARTIES, "--port", "http"], /^provider: --port /],
    ["provider", [...PARTIES, "--file", "nowhere.json"], /^provider: .*nowhere\.json/],
    ["client", PARTIES, /^client: .*--budget/],
    ["client", [...PARTIES, "--budget", "1", "--haggle", "0"], /^client: --haggle /],
    ["client", [...PARTIES, "--budgets", "1"], /^client: .*--budgets/],
  ] as const;
  for (const [agent, args, sentence] of wrong) {
    const [last] = args.slice(-2);
    it(`examples/${agent}/run.ts refuses in one sentence: ${last}, ${sentence.source}`, async () => {
      const { code, stdout, lines } = await run(agent, ...args);
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.match(sentence);
      expect([code, stdout]).to.deep.equal([2, ""]);
    });
  }
});

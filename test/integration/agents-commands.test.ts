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
  it("say how they are used", async () => {
    const agents = ["provider", "client"] as const;
    const answers = await Promise.all(agents.map((agent) => run(agent, "--help")));
    for (const [i, { code, stdout, stderr }] of answers.entries()) {
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout).to.contain(`Usage: npx tsx examples/${agents[i]!}/run.ts`).and.contain("--evaluator ADDRESS");
    }
  });

  it("refuse what is missing or wrong, in one sentence", async () => {
    const wrong = [
      ["provider", ["--evaluator", ZeroAddress], /^provider: .*--token/],
      ["provider", [...PARTIES, "--lowest", "10001"], /^provider: --lowest .*10000/],
      ["client", PARTIES, /^client: .*--budget/],
      ["client", [...PARTIES, "--budget", "1", "--hagle", "9000"], /^client: .*--hagle/],
    ] as const;
    const answers = await Promise.all(wrong.map(([agent, args]) => run(agent, ...args)));
    for (const [i, { code, stdout, lines }] of answers.entries()) {
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.match(wrong[i]![2]);
      expect([code, stdout]).to.deep.equal([2, ""]);
    }
  });
});

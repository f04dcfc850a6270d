import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { setCode, takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256, id, toBeHex } from "ethers";
import hre, { ethers } from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";

import type { JobContract } from "../../sdk/terms";
import { contentHash, termsHash } from "../../sdk/terms";
import { keyOf, runScript } from "../fixtures/cli";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

const CONTRACT: JobContract = {
  version: 1,
  title: "Lint a Solidity file",
  description: "Run the linter over the file and report what it finds.",
  taskType: "code/lint/solidity",
  inputs: [{ name: "Token.sol", mediaType: "text/plain", hash: id("the file") }],
  deliverable: { mediaType: "application/json", encoding: "canonical-json" },
  acceptance: [{ id: "same-findings", description: "The report equals that of the stated linter." }],
  evaluation: { method: "reexecution", tools: [{ name: "solhint", version: "6.2.4" }] },
};

const REGISTRATION = {
  type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
  name: "Linter",
  description: "Lints Solidity.",
  image: "https://agents.example/linter.png",
  services: [{ name: "MCP", endpoint: "https://agents.example/mcp", version: "2025-06-18" }],
  active: true,
  supportedTrust: ["reputation"],
};

/** Accounts as `marketFixture` gives out Hardhat's. */
const KEYS = { client: keyOf(1), provider: keyOf(2), evaluator: keyOf(3), stranger: keyOf(4) };

describe("scripts", function () {
  this.timeout(180_000);

  let server: JsonRpcServer;
  let url: string;
  let folder: string;
  let m: Market;

  // Every call is a process of its own, and each starts a compiler of TypeScript.
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
    m = await marketFixture();
    folder = mkdtempSync(join(tmpdir(), "agent-market-"));
    file("terms.json", JSON.stringify(CONTRACT));
    file("registration.json", JSON.stringify(REGISTRATION));
    file("report.json", '{"findings":0}');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function path(name: string): string {
    return join(folder, name);
  }

  function file(name: string, text: string): string {
    writeFileSync(path(name), text);
    return path(name);
  }

  /** Runs a script that must succeed, as one of the parties, and answers its JSON. */
  async function succeed(
    party: keyof typeof KEYS,
    script: string,
    ...args: string[]
  ): Promise<Record<string, unknown>> {
    const env = { LOCALHOST_RPC_URL: url, PRIVATE_KEY: KEYS[party] };
    const { code, stdout, stderr } = await runScript(script, [...args, "--json"], env);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Runs a script that must refuse, and answers its one sentence. Nothing may reach the chain. */
  async function refuse(exitCode: number, script: string, args: string[], env: Record<string, string> = {}) {
    const before = await ethers.provider.getBlockNumber();
    const answer = await runScript(script, args, { LOCALHOST_RPC_URL: url, PRIVATE_KEY: KEYS.client, ...env });
    expect(answer.code, answer.stderr + answer.stdout).to.equal(exitCode);
    expect(answer.stdout).to.equal("");
    expect(await ethers.provider.getBlockNumber()).to.equal(before);
    const lines = answer.stderr.trimEnd().split("\n");
    // What would have been paid stands above what the chain says against it.
    expect(lines).to.have.lengthOf(script === "hire" && exitCode === 1 ? 2 : 1);
    return lines.at(-1);
  }

  async function offerArguments(...more: string[]): Promise<string[]> {
    return [
      ...["--terms", path("terms.json"), "--token", await m.stable.getAddress(), "--amount", "12.5"],
      ...["--evaluator", m.evaluator.address, "--agent", "2", "--out", path("offer.json"), ...more],
    ];
  }

  const sign = async (...more: string[]) => succeed("provider", "sign-offer", ...(await offerArguments(...more)));

  const hire = async (...more: string[]) =>
    (await succeed("client", "hire", "--offer", path("offer.json"), ...more)).jobId as string;

  describe("a job's life", () => {
    it("goes from registration to feedback", async () => {
      const registered = await succeed("stranger", "register-agent", "--file", path("registration.json"));
      expect(registered).to.include({ agentId: "5", owner: m.stranger.address });
      expect(await m.registry.ownerOf(5)).to.equal(m.stranger.address);
      const agent = await succeed("client", "show-agent", "--agent", "5");
      expect(agent.registration).to.deep.equal(REGISTRATION);

      const signed = await sign("--client", m.client.address, "--client-agent", "1");
      expect(signed).to.include({ amount: "12500000", termsHash: termsHash(CONTRACT) });

      const jobId = await hire("--terms", path("terms.json"));
      expect((await m.escrow.getJob(jobId)).budget).to.equal(12_500_000n);
      const funded = await succeed("client", "show-job", "--job", jobId);
      expect(funded).to.include({ status: "Funded", clientAgentId: "1", providerAgentId: "2" });
      const names = (funded.actions as { name: string }[]).map(({ name }) => name);
      expect(names).to.deep.equal(["submit", "decline", "reject"]);

      const submitted = await succeed("provider", "submit", "--job", jobId, "--deliverable", path("report.json"));
      expect(submitted).to.include({ status: "Submitted", deliverable: contentHash('{"findings":0}') });
      const judged = await succeed("evaluator", "judge", "--job", jobId, "--verdict", "complete");
      expect(judged.status).to.equal("Completed");
      expect(await m.stable.balanceOf(m.provider)).to.equal(12_500_000n);

      const token = await m.stable.getAddress();
      const { asProvider } = await succeed("client", "show-agent", "--agent", "2", "--token", token);
      expect(asProvider).to.include({ completed: "1", volumePaid: "12500000", counterparties: "1" });

      const feedback = await succeed("client", "give-feedback", "--job", jobId, "--value", "90", "--tag1", "quality");
      expect(feedback).to.include({ agentId: "2", value: "90" });
      expect((await m.ledger.readFeedback(2, m.client, 1)).value).to.equal(90n);
    });

    it("is hired by a signature that a stranger sends", async () => {
      await sign();
      const funding = ["--funding", "authorization", "--agent", "1"];
      await hire(...funding, "--sign-only", path("acceptance.json"), "--input", path("report.json"));
      expect(await m.stable.balanceOf(m.escrow)).to.equal(0n);
      const args = ["--offer", path("offer.json"), "--acceptance", path("acceptance.json")];
      const { jobId } = await succeed("stranger", "hire", ...args);
      expect((await m.escrow.getJob(jobId as string)).client).to.equal(m.client.address);
    });

    it("is paid inside the client's bounds, after it was told what is paid to whom", async () => {
      await m.stable.connect(m.client).approve(m.escrow, 0);
      await sign("--evaluator-fee", "2.5", "--capacity", "2");
      const bounds = ["--max", "12.5", "--evaluators", `${m.stranger.address},${m.evaluator.address}`];
      const env = { LOCALHOST_RPC_URL: url, PRIVATE_KEY: KEYS.client };
      const args = ["--offer", path("offer.json"), ...bounds];
      const { code, stderr } = await runScript("hire", [...args, "--approve"], env);
      expect(code, stderr).to.equal(0);
      const [told, approved, hired] = stderr.split("\n");
      expect(told).to.equal(
        `${m.client.address} pays 12.5 USDX, of the token ${await m.stable.getAddress()}, to ${m.provider.address} ` +
          `(agent 2), to deliver within 2d, judged by ${m.evaluator.address} for 2.5% of it.`,
      );
      expect([approved, hired].every((line) => line?.startsWith("Sent 0x"))).to.equal(true);
      const relayed = [...bounds, "--funding", "authorization", "--salt", id("2")];
      await hire(...relayed, "--sign-only", path("acceptance.json"));
      const dear = ["--offer", path("offer.json"), "--acceptance", path("acceptance.json"), "--max", "12"];
      expect(await refuse(2, "hire", dear)).to.contain("more than --max 12");
    });

    it("is paid by permit, and by Permit2 after its approval", async () => {
      await m.stable.connect(m.client).approve(m.escrow, 0);
      await sign("--capacity", "2");
      await hire("--funding", "permit");
      const refused = await refuse(2, "hire", [
        ...["--offer", path("offer.json"), "--salt", id("2"), "--funding", "permit2"],
      ]);
      expect(refused).to.contain("add --approve");
      await hire("--funding", "permit2", "--salt", id("2"), "--approve");
      expect(await m.stable.balanceOf(m.escrow)).to.equal(25_000_000n);
      expect(await m.stable.allowance(m.client, await m.permit2.getAddress())).to.equal(MaxUint256);
    });

    it("is divided, and a blacklisted provider's credit withdrawn elsewhere", async () => {
      await sign();
      const jobId = await hire("--agent", "1");
      await succeed("provider", "submit", "--job", jobId, "--deliverable-hash", id("work"));
      await m.stable.blacklist(m.provider);
      const verdict = ["--verdict", "partial", "--amount", "4.5", "--dispute", "split"];
      await succeed("evaluator", "judge", "--job", jobId, ...verdict, "--reason", path("report.json"));
      const token = await m.stable.getAddress();
      await succeed("provider", "withdraw", "--token", token, "--to", m.stranger.address);
      expect(await m.stable.balanceOf(m.stranger)).to.equal(4_500_000n);

      // Once the issuer has released the provider, anyone can have its next credit delivered to it.
      await sign("--out", path("second.json"));
      const args = ["--offer", path("second.json"), "--agent", "1"];
      const { jobId: second } = await succeed("client", "hire", ...args);
      await m.escrow.connect(m.provider).submit(second as string, id("work"), "0x");
      await m.escrow.connect(m.evaluator).complete(second as string, id("reason"), "0x");
      await m.stable.unBlacklist(m.provider);
      await succeed("stranger", "withdraw", "--token", token, "--account", m.provider.address);
      expect(await m.stable.balanceOf(m.provider)).to.equal(12_500_000n);
    });

    it("ends by a stranger's claim, a refund or a payment as was signed", async () => {
      await sign("--silence-pays", "--capacity", "2");
      const [undelivered, unjudged] = [await hire("--agent", "1"), await hire("--agent", "1", "--salt", id("2"))];
      await succeed("provider", "submit", "--job", unjudged, "--deliverable-hash", id("work"));
      const early = await refuse(2, "claim", ["--job", undelivered], { PRIVATE_KEY: KEYS.stranger });
      expect(early).to.contain("does not allow claimRefund");
      await time.increase(2 * 86_400);
      const [refunded, paid] = [
        await succeed("stranger", "claim", "--job", undelivered),
        await succeed("stranger", "claim", "--job", unjudged),
      ];
      expect(refunded).to.include({ status: "Expired", claimed: "refund" });
      expect(paid).to.include({ status: "Completed", claimed: "payment" });
    });

    it("is paid while the ledger fails, and recorded by a stranger once it works", async () => {
      await sign();
      const jobId = await hire("--agent", "1");
      await m.escrow.connect(m.provider).submit(jobId, id("work"), "0x");
      const ledgerCode = await ethers.provider.getCode(m.ledger);
      await setCode(await m.ledger.getAddress(), "0xfe"); // INVALID
      const ending = await m.escrow.connect(m.evaluator).complete(jobId, id("reason"), "0x");
      const { recordPending, actions } = await succeed("client", "show-job", "--job", jobId);
      expect(recordPending).to.equal(true);
      expect(actions).to.deep.include({ name: "recordSettlement", contract: "JobEscrow", by: "anyone" });
      expect(await refuse(1, "record", ["--job", jobId])).to.contain("an inner call failed without");

      await setCode(await m.ledger.getAddress(), ledgerCode);
      const hired = (await m.escrow.queryFilter(m.escrow.filters.JobHired(jobId)))[0]!.transactionHash;
      const wrong = await refuse(2, "record", ["--job", jobId, "--transaction", hired]);
      expect(wrong).to.contain("postponed no record of this job");
      const before = await takeSnapshot();
      for (const where of [[], ["--transaction", ending.hash]]) {
        await before.restore();
        const recorded = await succeed("stranger", "record", "--job", jobId, ...where);
        expect(recorded).to.include({ jobId, status: "Completed" });
        expect((await m.escrow.getJob(jobId)).recordPending).to.equal(false);
        const token = await m.stable.getAddress();
        const { asProvider } = await succeed("client", "show-agent", "--agent", "2", "--token", token);
        expect(asProvider).to.include({ completed: "1", volumePaid: "12500000" });
      }
      expect(await refuse(2, "record", ["--job", jobId])).to.contain("is pending");
    });

    it("ends before it began when declined, and never begins when cancelled", async () => {
      await sign("--capacity", "2");
      const jobId = await hire("--agent", "1");
      const declined = await succeed("provider", "decline", "--job", jobId);
      expect(declined.status).to.equal("Rejected");
      await succeed("provider", "cancel-offer", "--offer", path("offer.json"));
      const refused = await refuse(2, "hire", ["--offer", path("offer.json"), "--salt", id("2")]);
      expect(refused).to.contain("withdrawn by its provider");
    });
  });

  describe("wrong input", () => {
    it("is refused with one sentence, exit code 2 and nothing sent", async () => {
      await sign();
      const jobId = await hire("--agent", "1");
      const token = await m.stable.getAddress();
      const offer = ["--offer", path("offer.json")];
      const cases: [string, string[], string, Record<string, string>?][] = [
        ["show-job", [], "--job ID is missing"],
        ["show-job", ["--job", "abc"], "is not a job's id"],
        ["show-job", ["--job", "1", "--nonsense"], "Unknown option '--nonsense'"],
        ["show-job", ["--job", "1", "--network", "mars"], "is not a known network"],
        ["show-job", ["--job", "1", "--network", "base"], "is for chain 31337", { BASE_RPC_URL: url }],
        ["show-job", ["--job", "1", "--network", "sepolia"], "set SEPOLIA_RPC_URL", { SEPOLIA_RPC_URL: "" }],
        ["show-job", ["--job", "1", "--escrow", m.stranger.address], "has no contract at"],
        ["show-job", ["--job", "1", "--escrow", token.toLowerCase()], "has no valid checksum"],
        ["submit", ["--job", jobId], "--deliverable or --deliverable-hash is missing"],
        ["submit", ["--job", jobId, "--deliverable-hash", "0x12"], "must be 32 bytes"],
        ["submit", ["--job", jobId, "--deliverable-hash", id("x")], "submit is for the provider"],
        ["submit", ["--job", jobId, "--deliverable-hash", id("x")], "PRIVATE_KEY is not set", { PRIVATE_KEY: "" }],
        ["submit", ["--job", jobId, "--deliverable-hash", id("x"), "--key-env", keyOf(1)], "never a key"],
        ["judge", ["--job", jobId, "--verdict", "maybe"], "must be one of complete, reject, partial"],
        ["judge", ["--job", jobId, "--verdict", "partial"], "--amount is missing"],
        ["judge", ["--job", jobId, "--verdict", "complete", "--amount", "1"], "go with --verdict partial"],
        ["withdraw", ["--token", token], "has no credit"],
        ["record", ["--job", jobId], `no record of job ${toBeHex(BigInt(jobId), 32)} is pending`],
        ["record", ["--job", jobId, "--transaction", "0x12"], "must be 32 bytes"],
        ["register-agent", [], "--file or --uri is missing"],
        ["register-agent", ["--file", path("terms.json")], "/services is missing"],
        [
          "sign-offer",
          await offerArguments(),
          "neither owner, approved account, operator nor verified wallet of agent 2",
        ],
        ["sign-offer", await offerArguments("--amount", "0.0000001"), "the token has 6"],
        ["sign-offer", await offerArguments("--valid-until", "2020-01-01T00:00:00Z"), "has passed"],
        ["sign-offer", await offerArguments("--delivery", "4m59s"), "--delivery must be from 5m to 365d"],
        ["sign-offer", await offerArguments("--evaluator-fee", "10.01"), "above the escrow's maximum of 10%"],
        ["sign-offer", await offerArguments("--evaluator", m.client.address), "cannot also be client or evaluator"],
        ["sign-offer", await offerArguments("--client-agent", "1"), "--client-agent needs --client"],
        [
          "hire",
          [...offer, "--terms", file("other.json", JSON.stringify({ ...CONTRACT, title: "Other" }))],
          "other terms",
        ],
        [
          "hire",
          [...offer, "--agent", "2"],
          "neither owner, approved account, operator nor verified wallet of agent 2",
        ],
        ["hire", [...offer, "--max", "12.499999"], "asks 12.5 USDX, more than --max 12.499999"],
        ["hire", [...offer, "--max", "a lot"], "is not an amount"],
        ["hire", [...offer, "--evaluators", m.stranger.address], `judged by ${m.evaluator.address}, whom --evaluators`],
        ["hire", [...offer, "--evaluators", "me"], "--evaluators must be an address"],
        ["hire", [...offer, "--sign-only", path("a.json")], "nobody can pay from your allowance but you"],
        [
          "hire",
          [...offer, "--acceptance", path("a.json"), "--agent", "1", "--approve", "--funding", "permit2"],
          "leave --agent, --funding, --approve out",
        ],
        ["mutation", ["--jobs", "two"], "--jobs must be a whole number"],
        ["mutation", ["--sample", "0"], "--sample must be a whole number"],
        ["hire", offer, "less than the price", { PRIVATE_KEY: KEYS.stranger }],
        ["hire", ["--offer", file("torn.json", tampered(path("offer.json")))], "was changed"],
        ["give-feedback", ["--job", jobId, "--value", "101"], "from 0 to 100"],
      ];
      for (let index = 0; index < cases.length; index += 4) {
        await Promise.all(
          cases.slice(index, index + 4).map(async ([script, args, sentence, env]) => {
            expect(await refuse(2, script, args, env))
              .to.contain(sentence)
              .and.to.match(new RegExp(`^${script}: .*\\.$`));
          }),
        );
      }
    });
  });

  describe("a refusal by the chain", () => {
    it("is one sentence with exit code 1, found by simulating", async () => {
      await sign();
      const jobId = await hire("--agent", "1");
      expect(await refuse(1, "show-job", ["--job", toBeHex(9, 32)])).to.contain("there is no job 9 in this escrow");
      expect(await refuse(1, "show-agent", ["--agent", "99"])).to.contain("there is no agent 99");
      const again = await refuse(1, "hire", ["--offer", path("offer.json"), "--agent", "1"]);
      expect(again).to.contain(`accepted in exactly this way already, as job ${toBeHex(BigInt(jobId), 32)}`);
      await m.stable.pause();
      await sign("--out", path("second.json"));
      const paused = await refuse(1, "hire", ["--offer", path("second.json"), "--agent", "1"]);
      expect(paused).to.contain("issuer has paused it");
    });

    it("says so when nobody answers", async () => {
      const sentence = await refuse(1, "show-job", ["--job", "1"], { LOCALHOST_RPC_URL: "http://127.0.0.1:1" });
      expect(sentence).to.contain("endpoint does not answer");
    });
  });

  it("explain themselves", async () => {
    await Promise.all(
      ["deploy", "hire", "verify-deployment"].map(async (script) => {
        const { code, stdout, stderr } = await runScript(script, ["--help"]);
        expect(code).to.equal(0);
        expect(stderr).to.equal("");
        expect(stdout).to.contain(`Usage: npx agent-market ${script}`).and.to.contain("--json");
      }),
    );
  });
});

/** A signed offer of which somebody raised the price. */
function tampered(offerPath: string): string {
  return readFileSync(offerPath, "utf8").replace('"amount": "12500000"', '"amount": "12500001"');
}

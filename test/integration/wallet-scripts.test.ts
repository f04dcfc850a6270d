import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, ZeroAddress, concat, id } from "ethers";
import hre, { ethers } from "hardhat";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";

import { formatSignedOffer } from "../../sdk/signedOffer";
import { makeOffer, offerDomain, signOffer } from "../../sdk/offers";
import { formatTime, parseAmount } from "../../sdk/units";
import { AgentWallet__factory } from "../../typechain-types";
import { keyOf, runScript } from "../fixtures/cli";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";

const KEYS = { owner: keyOf(10), guardian: keyOf(11), agent: keyOf(12), stranger: keyOf(4) };
const ADDRESSES = Object.fromEntries(
  Object.entries(KEYS).map(([name, key]) => [name, new Wallet(key).address]),
) as Record<keyof typeof KEYS, string>;
const units = (text: string) => parseAmount(text, 6);

describe("wallet scripts", function () {
  // Every call is a process of its own.
  this.timeout(240_000);

  let server: JsonRpcServer;
  let url: string;
  let folder: string;
  let m: Market;
  let token: string;
  let policy: Record<string, unknown>;

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
    token = await m.stable.getAddress();
    policy = {
      version: 1,
      expiresAt: formatTime(BigInt((await time.latest()) + 90 * 86_400)),
      maxJobDuration: "5d",
      agents: [{ agentId: "2", epoch: 0 }],
      payees: [m.stranger.address],
      escrows: [await m.escrow.getAddress()],
      evaluators: [m.evaluator.address],
      limits: [
        {
          ...{ token, decimals: 6, window: "endless", windowCap: "100", lifetimeCap: "500", jobCap: "30" },
          ...{ coSignAbove: "40", admittedCap: "0" },
        },
      ],
    };
    file("policy.json", JSON.stringify(policy));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);

  function file(name: string, text: string): string {
    writeFileSync(path(name), text);
    return path(name);
  }

  async function succeed(party: keyof typeof KEYS, script: string, ...args: string[]) {
    const env = { LOCALHOST_RPC_URL: url, PRIVATE_KEY: KEYS[party] };
    const { code, stdout, stderr } = await runScript(script, [...args, "--json"], env);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Runs a script that must refuse, and answers its one sentence. Nothing may reach the chain. */
  async function refuse(exitCode: number, party: keyof typeof KEYS, script: string, ...args: string[]) {
    const before = await ethers.provider.getBlockNumber();
    const answer = await runScript(script, args, { LOCALHOST_RPC_URL: url, PRIVATE_KEY: KEYS[party] });
    expect(answer.code, answer.stderr + answer.stdout).to.equal(exitCode);
    expect(answer.stdout).to.equal("");
    expect(await ethers.provider.getBlockNumber()).to.equal(before);
    expect(answer.stderr.trimEnd().split("\n")).to.have.lengthOf(1);
    return answer.stderr.trimEnd();
  }

  /** Creates the wallet of the policy file, with 1,000 in it. */
  async function create(): Promise<string> {
    const args = ["--guardian", ADDRESSES.guardian, "--key", ADDRESSES.agent, "--policy", path("policy.json")];
    const { wallet } = await succeed("owner", "create-wallet", ...args);
    await m.stable.mint(wallet as string, units("1000"));
    return wallet as string;
  }

  async function offerFile(name: string, amount: string): Promise<string> {
    const escrow = await m.escrow.getAddress();
    const offer = makeOffer({
      provider: m.provider.address,
      providerAgentId: 2n,
      evaluator: m.evaluator.address,
      token,
      amount: units(amount),
      validUntil: BigInt(await time.latest()) + 86_400n,
      termsHash: id("terms"),
      capacity: 10n,
    });
    const signature = await signOffer(m.provider, offerDomain(31337n, escrow), offer);
    return file(name, formatSignedOffer({ chainId: 31337n, escrow, offer, signature }));
  }

  it("take a wallet from its address before it exists to its audit", async () => {
    const creation = ["--owner", ADDRESSES.owner, "--guardian", ADDRESSES.guardian];
    creation.push("--key", ADDRESSES.agent, "--policy", path("policy.json"));
    const planned = await succeed("stranger", "create-wallet", ...creation, "--dry-run");
    expect(planned).to.include({ existed: false, sent: false });
    const wallet = planned.wallet as string;
    expect(await ethers.provider.getCode(wallet)).to.equal("0x");
    const created = await succeed("stranger", "create-wallet", ...creation);
    expect(created).to.include({ wallet, owner: ADDRESSES.owner, sent: true });
    const again = await succeed("stranger", "create-wallet", ...creation);
    expect(again).to.include({ wallet, existed: true, sent: false });
    await m.stable.mint(wallet, units("1000"));
    const on = ["--wallet", wallet];

    // The agent hires and pays by itself, up to 40.
    const offer = await offerFile("offer.json", "25");
    const hired = await succeed("agent", "wallet-hire", ...on, "--offer", offer, "--policy", path("policy.json"));
    const job = await m.escrow.getJob(hired.jobId as string);
    expect([job.client, job.budget]).to.deep.equal([wallet, units("25")]);
    const paying = [...on, "--token", token, "--to", m.stranger.address];
    await succeed("agent", "wallet-pay", ...paying, "--amount", "15", "--purpose", "data");
    expect(await m.stable.balanceOf(m.stranger)).to.equal(units("15"));

    const { limits, keys } = (await succeed("stranger", "wallet-limits", ...on)) as {
      limits: object[];
      keys: object[];
    };
    expect(keys).to.have.lengthOf(1);
    expect(limits).to.have.lengthOf(1);
    expect(limits[0]).to.deep.include({ key: ADDRESSES.agent, token, spendable: "0", spendableCoSigned: "60000000" });

    // Above that the owner signs too, after a look.
    expect(await refuse(2, "agent", "wallet-pay", ...paying, "--amount", "0.000001")).to.contain("add --intent-out");
    const intent = ["--intent", path("intent.json")];
    const written = await succeed(
      "agent",
      "wallet-pay",
      ...paying,
      "--amount",
      "20",
      "--intent-out",
      path("intent.json"),
    );
    expect(written).to.include({ needsOwner: true });
    const unsigned = await refuse(1, "stranger", "send-intent", ...intent);
    expect(unsigned).to.contain("60000000 base units").and.to.contain("let the owner sign it too");
    const shown = await succeed("owner", "co-sign", ...intent);
    expect(shown).to.include({ verb: "pay", signed: false, windowSum: "60000000", key: ADDRESSES.agent });
    expect(shown.spends).to.deep.equal({ token, amount: "20000000", payee: m.stranger.address });
    await succeed("owner", "co-sign", ...intent, "--yes", "--out", path("signed.json"));
    expect(await m.stable.balanceOf(m.stranger)).to.equal(units("15"));
    await succeed("stranger", "send-intent", "--intent", path("signed.json"));
    expect(await m.stable.balanceOf(m.stranger)).to.equal(units("35"));
    expect(await refuse(2, "owner", "co-sign", ...intent, "--yes")).to.contain("was carried out or cancelled");
    await succeed(
      "agent",
      "wallet-hire",
      ...on,
      "--offer",
      offer,
      "--salt",
      id("2"),
      "--intent-out",
      path("hire.json"),
    );
    const sent = await succeed("owner", "co-sign", "--intent", path("hire.json"), "--yes");
    expect((await m.escrow.getJob(sent.jobId as string)).budget).to.equal(units("25"));

    // Frozen, thawed, granted anew, revoked, emptied.
    await succeed("agent", "wallet-pay", ...paying, "--amount", "1", "--intent-out", path("late.json"));
    expect(await succeed("guardian", "freeze-wallet", ...on)).to.include({ frozen: true, epoch: "2" });
    expect(await refuse(2, "owner", "co-sign", "--intent", path("late.json"), "--yes")).to.contain("was frozen since");
    const granting = [...on, "--key", ADDRESSES.agent, "--policy", path("policy.json")];
    expect(await refuse(2, "owner", "grant-policy", ...granting)).to.contain("thaw it first");
    await succeed("owner", "thaw-wallet", ...on);
    expect(await refuse(2, "agent", "wallet-pay", ...paying, "--amount", "1")).to.contain("has no policy");
    await succeed("owner", "grant-policy", ...granting);
    await succeed("owner", "revoke-policy", ...on, "--key", ADDRESSES.agent);
    const withdrawn = await succeed("owner", "withdraw-wallet", ...on, "--token", token, "--to", ADDRESSES.owner);
    expect(withdrawn).to.include({ amount: "915000000" });
    expect(await m.stable.balanceOf(wallet)).to.equal(0n);

    const { entries } = (await succeed("stranger", "wallet-audit", ...on)) as { entries: { event: string }[] };
    expect(entries.map(({ event }) => event)).to.deep.equal([
      ...["PolicyGranted", "Spent", "Spent", "IntentUsed", "Spent", "IntentUsed", "Spent"],
      ...["Frozen", "Thawed", "PolicyGranted", "PolicyRevoked", "Withdrawn"],
    ]);
    const environment = { LOCALHOST_RPC_URL: url };
    const shownAudit = await runScript("wallet-audit", [...on, "--key", ADDRESSES.agent], environment);
    expect(shownAudit.stdout).to.contain("pay 15 USDX to ").and.to.contain('for "data"; left 60 USDX in the window');
    const csv = (await runScript("wallet-audit", [...on, "--csv"], environment)).stdout.trimEnd().split("\n");
    expect(csv).to.have.lengthOf(13);
    const columns = csv[0]!.split(",").length;
    for (const line of csv) expect(line.split(",")).to.have.lengthOf(columns);
    expect(csv[2]).to.contain(`Spent,${ADDRESSES.agent},hire,${token},${m.provider.address},,25000000`);
  });

  it("serve an account that is its own wallet (EIP-7702)", async () => {
    const implementation = await m.walletFactory.IMPLEMENTATION();
    const on = ["--wallet", ADDRESSES.owner];
    expect(await refuse(2, "stranger", "wallet-limits", ...on)).to.contain("is no wallet of this version's factory");
    await setCode(ADDRESSES.owner, concat(["0xef0100", implementation]));
    await succeed("owner", "grant-policy", ...on, "--key", ADDRESSES.agent, "--policy", path("policy.json"));
    await m.stable.mint(ADDRESSES.owner, units("10"));
    await succeed("agent", "wallet-pay", ...on, "--token", token, "--to", m.stranger.address, "--amount", "10");
    expect(await succeed("stranger", "wallet-limits", ...on)).to.include({
      owner: ADDRESSES.owner,
      guardian: ZeroAddress,
      frozen: false,
    });
  });

  it("refuse with one sentence what the policy, the chain or their input does not allow", async () => {
    const wallet = await create();
    const on = ["--wallet", wallet];
    const offer = await offerFile("offer.json", "30.000001");
    const paying = [...on, "--token", token, "--to", m.stranger.address, "--amount"];
    file("other.json", JSON.stringify({ ...policy, payees: [] }));
    file("decimals.json", JSON.stringify({ ...policy, limits: [{ ...(policy.limits as object[])[0], decimals: 18 }] }));
    file(
      "agents.json",
      JSON.stringify({
        ...policy,
        agents: [
          { agentId: "2", epoch: 1 },
          { agentId: "9", epoch: 0 },
        ],
      }),
    );
    file("past.json", JSON.stringify({ ...policy, expiresAt: "2020-01-01T00:00:00Z" }));
    const granting = [...on, "--key", ADDRESSES.agent, "--policy"];
    await succeed("agent", "wallet-pay", ...paying, "1", "--intent-out", path("intent.json"));
    file("changed.json", readFileSync(path("intent.json"), "utf8").replace(/"nonce": "/, '"nonce": "1'));
    const cases: [number, keyof typeof KEYS, string, string[], string][] = [
      [2, "owner", "create-wallet", ["--key", ADDRESSES.agent], "--key and --policy go together"],
      [2, "owner", "create-wallet", ["--key", ADDRESSES.owner, "--policy", path("policy.json")], "nor the owner"],
      [2, "owner", "create-wallet", ["--owner", ZeroAddress], "--owner must not be zero"],
      [2, "owner", "wallet-limits", ["--wallet", token], "is no wallet of this version's factory"],
      [2, "owner", "wallet-limits", [...on, "--policy", path("policy.json")], "add --key"],
      [2, "stranger", "grant-policy", [...granting, path("policy.json")], `the wallet belongs to ${ADDRESSES.owner}`],
      [2, "owner", "grant-policy", [...granting, path("policy.json")], "holds exactly this policy already"],
      [2, "owner", "grant-policy", [...granting, path("decimals.json")], "(USDX) has 6 decimals, not 18"],
      [2, "owner", "grant-policy", [...granting, path("past.json")], "/expiresAt: has passed"],
      [
        2,
        "owner",
        "grant-policy",
        [...granting, path("agents.json")],
        "/agents/0: agent 2 is in ownership epoch 0; /agents/1: there is no agent 9",
      ],
      [2, "stranger", "revoke-policy", [...on, "--key", ADDRESSES.agent], "this is for its owner"],
      [2, "owner", "revoke-policy", [...on, "--key", ADDRESSES.stranger], "has no policy that could be revoked"],
      [2, "agent", "wallet-pay", [...paying, "0"], "--amount is nothing"],
      [2, "stranger", "freeze-wallet", on, "may freeze this wallet"],
      [2, "guardian", "thaw-wallet", on, "this is for its owner"],
      [2, "owner", "thaw-wallet", on, "is not frozen"],
      [2, "owner", "withdraw-wallet", [...on, "--token", token, "--amount", "1000.000001"], "the wallet has 1000 USDX"],
      [2, "owner", "withdraw-wallet", [...on, "--token", "coin"], "the wallet has 0.0 of the chain's coin"],
      [2, "stranger", "wallet-pay", [...paying, "1"], "has no policy in this wallet"],
      [2, "agent", "wallet-pay", [...paying, "1", "--policy", path("other.json")], "is not what"],
      [2, "agent", "wallet-pay", [...paying, "1", "--purpose", "x".repeat(32)], "--purpose has more than 31 bytes"],
      [1, "agent", "wallet-pay", [...paying, "100.000001"], "100000001 base units of the token"],
      [
        1,
        "agent",
        "wallet-pay",
        [...on, "--token", "coin", "--to", m.stranger.address, "--amount", "1"],
        "has no limits for the chain's coin",
      ],
      [1, "agent", "wallet-hire", [...on, "--offer", offer], "more than the 30000000 base units left for job"],
      [2, "stranger", "co-sign", ["--intent", path("intent.json"), "--yes"], "use the owner's key"],
      [2, "owner", "co-sign", ["--intent", path("intent.json"), "--out", path("x.json")], "--out needs --yes"],
      [2, "owner", "co-sign", ["--intent", path("changed.json"), "--yes"], "was changed"],
      [2, "owner", "wallet-audit", [...on, "--key", ADDRESSES.stranger], "there is no event"],
    ];
    for (const [code, party, script, args, sentence] of cases) {
      expect(await refuse(code, party, script, ...args), `${script} ${sentence}`).to.contain(sentence);
    }
    expect(existsSync(path("x.json"))).to.equal(false);
    expect(await AgentWallet__factory.connect(wallet, ethers.provider).frozen()).to.equal(false);
  });
});

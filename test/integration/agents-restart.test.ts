import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import type { FileKind } from "../../examples/files";
import { FileStore } from "../../examples/files";
import type { ProviderAgent } from "../../examples/provider/agent";
import { connectAgentMarket } from "../../sdk/client";
import { contentHash } from "../../sdk/terms";
import { askForOffer, findProvider } from "../../examples/client/ask";
import { CONTRACT, INPUT, LIST_PRICE, SAVINGS, TradingPlace, eventually } from "../fixtures/agents";

/** The files of a provider that is stopped when an input has come in, before it has looked at it. */
class InterruptedStore extends FileStore {
  stopped?: Promise<void>;
  agent?: ProviderAgent;

  override write(kind: FileKind, bytes: Uint8Array, owner?: string): string {
    const hash = super.write(kind, bytes, owner);
    if (kind === "inputs") this.stopped ??= this.agent?.stop();
    return hash;
  }

  override find(kind: FileKind, hash: string, owner?: string): Buffer | undefined {
    return kind === "inputs" ? undefined : super.find(kind, hash, owner);
  }
}

describe("A provider that is away", () => {
  let floor: TradingPlace;
  beforeEach(async () => {
    floor = await TradingPlace.open();
    await floor.endow({ desk: SAVINGS, linter: 0n });
  });
  afterEach(() => floor.close());

  /** Has the client hire a provider that stops at that moment. */
  async function hireWhileItStops(agent: ProviderAgent, pollMilliseconds: number) {
    let stopped: Promise<void> | undefined;
    const task = floor.hire("desk", {
      pollMilliseconds,
      tell: (line) => {
        if (line.startsWith("hires")) stopped = agent.stop();
        floor.told.push(`desk ${line}`);
      },
    });
    const { escrow } = floor.court;
    const jobs = () => escrow.queryFilter(escrow.filters.JobHired());
    await eventually(async () => (await jobs()).length > 0);
    await stopped;
    return { task, jobId: (await jobs())[0]!.args.jobId };
  }

  /** It is the same agent, in another place. */
  async function expectSame(before: ProviderAgent, after: ProviderAgent, oldEndpoint: string | undefined) {
    const { registry } = floor.court;
    const own = registry.filters.Registered(undefined, undefined, floor.walletOf("linter").address);
    expect(await registry.queryFilter(own)).to.have.lengthOf(1);
    expect(after.agentId).to.equal(before.agentId);
    const { endpoint } = await findProvider(floor.marketOf("desk"), floor.index, after.agentId.toString());
    expect(endpoint)
      .to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
      .and.not.equal(oldEndpoint);
  }

  it("notices afterwards that it was hired, and delivers from its files, wherever it is then", async () => {
    const first = await floor.startProvider("linter");
    const { endpoint } = await findProvider(floor.marketOf("desk"), floor.index, first.agentId.toString());
    const { task } = await hireWhileItStops(first, 200);
    const second = await floor.startProvider("linter");
    await expectSame(first, second, endpoint);
    const { status, deliverable } = await task;
    expect(status).to.equal("Completed");
    expect(deliverable).not.to.equal(undefined);
    expect(await floor.balanceOf("linter")).to.equal(LIST_PRICE);
  });

  it("goes on where it was stopped, between the input and the work", async () => {
    const files = new InterruptedStore(floor.filesOf("linter").folder);
    const first = await floor.startProvider("linter", { files });
    const { endpoint } = await findProvider(floor.marketOf("desk"), floor.index, first.agentId.toString());
    files.agent = first;
    const task = floor.hire("desk", { pollMilliseconds: 200 });
    await eventually(() => files.stopped !== undefined);
    await files.stopped;
    expect(floor.heard("linter delivers")).to.equal(false);
    const second = await floor.startProvider("linter");
    await expectSame(first, second, endpoint);
    expect((await task).status).to.equal("Completed");
    expect(await floor.balanceOf("linter")).to.equal(LIST_PRICE);
  });

  it("gives a job back whose terms are lost", async () => {
    const { task } = await hireWhileItStops(await floor.startProvider("linter"), 20);
    await floor.startProvider("linter", { files: floor.filesOf("another-disk") });
    expect((await task).status).to.equal("Rejected");
    expect(floor.told.join("\n")).to.match(/linter gives job 0x\w+ back: its terms are not here/);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });

  it("and never comes back: from the deadline on the client takes its money back", async () => {
    const { agentId } = await floor.startProvider("linter").then(async (agent) => {
      const { task, jobId } = await hireWhileItStops(agent, 20);
      const { expiredAt } = await floor.court.escrow.getJob(jobId);
      expect(await floor.balanceOf("desk")).to.equal(SAVINGS - LIST_PRICE);
      await eventually(() => floor.heard("cannot be reached"));
      await time.increaseTo(expiredAt);
      expect(await task).to.include({ status: "Expired", provider: floor.walletOf("linter").address });
      return agent;
    });
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
    expect(await floor.inContracts()).to.equal(0n);
    const record = { agentId, token: floor.token, role: "Provider" } as const;
    expect(await floor.marketOf("desk").record(record)).to.include({ undelivered: 1n, completed: 0n });
  });
});

describe("A client that goes away", () => {
  let floor: TradingPlace;
  beforeEach(async () => {
    floor = await TradingPlace.open();
    await floor.endow({ desk: SAVINGS, linter: 0n });
  });
  afterEach(() => floor.close());

  /** Hires, and is not heard of again: not even the input comes. */
  async function hireAndLeave(agentId: bigint) {
    const { index, token, evaluator, addresses } = floor;
    const market = connectAgentMarket({ runner: floor.walletOf("desk"), addresses, index, pollMilliseconds: 20 });
    const options = { signer: floor.walletOf("desk"), index, token, evaluator, http: { allowHttp: true } };
    const task = { contract: CONTRACT, input: INPUT, budget: LIST_PRICE };
    const { signedOffer, contract } = await askForOffer(options, market, task, agentId.toString());
    const hiring = { signedOffer, terms: contract, inputHash: contentHash(INPUT) };
    const { jobId } = (await market.hire(hiring)).result;
    return { market, jobId, expiredAt: (await market.job(jobId)).expiredAt };
  }

  it("does not spoil the record of who waits for its input", async () => {
    const { agentId } = await floor.startProvider("linter");
    const { market, jobId, expiredAt } = await hireAndLeave(agentId);
    await time.increaseTo(expiredAt - 30n);
    await eventually(async () => (await market.job(jobId)).status === "Rejected");
    const record = await market.record({ agentId, token: floor.token, role: "Provider" });
    expect(record).to.include({ declined: 1n, undelivered: 0n, rejected: 0n });
    expect(floor.heard("back: the client's input has not come")).to.equal(true);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });

  it("does not take up a provider's place for good", async () => {
    const first = await floor.startProvider("linter");
    const { market, jobId, expiredAt } = await hireAndLeave(first.agentId);
    await first.stop();
    await time.increaseTo(expiredAt);
    await floor.startProvider("linter");
    await eventually(async () => (await market.job(jobId)).status === "Expired");
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });
});

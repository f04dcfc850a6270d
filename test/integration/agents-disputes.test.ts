import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { verifyByDoing } from "../../examples/client/verify";
import { lint } from "../../examples/workers/lint";
import type { Worker } from "../../examples/workers/work";
import { canonicalBytes } from "../../sdk/canonicalJson";
import type { FileKind } from "../../examples/files";
import { FileStore } from "../../examples/files";
import { doWork } from "../../examples/workers/work";
import { LIST_PRICE, SAVINGS, TradingPlace, eventually } from "../fixtures/agents";
import { BOND, FEE, PHASE, RULING } from "../fixtures/evaluation";

/** Finds nothing, whatever is there. */
const cheat: Worker = (contract, input) => ({
  ...lint(contract, input),
  ...{ errors: 0, warnings: 0, findings: [], findingsPerRule: {} },
});
const lie = () => "it does not please me";

describe("Agents that disagree", () => {
  let floor: TradingPlace;
  const open = async (options?: Parameters<typeof TradingPlace.open>[0]) => {
    floor = await TradingPlace.open(options);
    await floor.endow({ desk: SAVINGS, linter: BOND, "other-linter": BOND });
  };
  afterEach(() => floor.close());
  const recordOf = (agentId: bigint) =>
    floor.marketOf("desk").record({ agentId, token: floor.token, role: "Provider" });

  it("a provider whose work was wrong sees it and concedes, and the client gets everything back", async () => {
    await open();
    const { agentId } = await floor.startProvider("linter", { work: cheat, recheck: doWork });
    const result = await floor.hire("desk", { verify: verifyByDoing });
    expect(result.status).to.equal("Rejected");
    expect(result.objection).to.match(/^\/findings\/0 is missing, where \{.+ is right\.$/);
    expect(result.deliverable).to.equal(undefined);
    expect(floor.heard("linter job") && floor.heard("the client is right, concedes")).to.equal(true);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
    expect(await floor.balanceOf("linter")).to.equal(BOND);
    expect(await floor.inContracts()).to.equal(0n);
    expect(await recordOf(agentId)).to.include({ completed: 0n, rejected: 1n, disputesLost: 1n, volumePaid: 0n });
    const ratings = async () => (await floor.index.feedback({ agentId: agentId.toString() })).items;
    await eventually(async () => (await ratings()).length > 0);
    const [rating] = await ratings();
    expect([rating!.value, BigInt(rating!.job!.jobId)]).to.deep.equal([0, result.jobId]);

    // By its record, it is now worth less than somebody a little dearer; for who looks at the price alone, it is not.
    await floor.startProvider("other-linter", { price: LIST_PRICE + 1n });
    const budget = { budget: 2n * LIST_PRICE };
    const hired = async (preferences: object) => (await floor.hire("desk", { preferences }, budget)).provider;
    expect(await hired({ price: 1, record: 9 })).to.equal(floor.walletOf("other-linter").address);
    expect(await hired({ price: 1 })).to.equal(floor.walletOf("linter").address);
  });

  it("work that is not in the agreed form is disputed without a second look at its content", async () => {
    await open();
    /** Hands over another report than the one that was checked. */
    class SpoilingStore extends FileStore {
      override write(kind: FileKind, bytes: Uint8Array, owner?: string): string {
        return super.write(kind, kind === "deliverables" ? canonicalBytes({ errors: "none" }) : bytes, owner);
      }
    }
    await floor.startProvider("linter", { files: new SpoilingStore(floor.filesOf("linter").folder) });
    const { status, objection } = await floor.hire("desk");
    expect(status).to.equal("Rejected");
    expect(objection).to.match(/^\/.+; /);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });

  it("a provider whose work would not be in the agreed form gives the job back", async () => {
    await open();
    await floor.startProvider("linter", { work: () => ({ errors: "none" }) });
    const { status, objection } = await floor.hire("desk");
    expect([status, objection]).to.deep.equal(["Rejected", undefined]);
    expect(floor.heard("it would not be what was agreed")).to.equal(true);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS);
  });

  // What is left of the price, and of the two bonds less the court's fee, by what the arbitrator rules.
  const penalty = (BOND - FEE) / 2n;
  for (const [ruling, paid, provider, client] of [
    ["All", LIST_PRICE, BOND + penalty, BOND - FEE - penalty],
    ["Half", LIST_PRICE / 2n, BOND - FEE / 2n, BOND - FEE / 2n],
    ["Nothing", 0n, BOND - FEE - penalty, BOND + penalty],
  ] as const) {
    it(`a provider whose work was right stands by it, and no unit is left behind: ${ruling} to it`, async () => {
      await open();
      const { judge, arbitrator, stable } = floor.court;
      await floor.startProvider("linter");
      const task = floor.hire("desk", { verify: lie });
      const phases = async () => {
        const [escalated] = await judge.queryFilter(judge.filters.Escalated());
        return escalated;
      };
      await eventually(async () => (await phases()) !== undefined);
      const { jobId, disputeID } = (await phases())!.args;
      expect((await judge.disputeOf(jobId)).phase).to.equal(PHASE.Escalated);
      expect(floor.heard("is disputed: contests that")).to.equal(true);
      await arbitrator.giveRuling(disputeID, RULING[ruling]);
      const { objection } = await task;
      expect(objection).to.equal(lie());
      await eventually(async () => (await floor.inContracts()) === 0n);
      expect(await floor.balanceOf("linter")).to.equal(paid + provider);
      expect(await floor.balanceOf("desk")).to.equal(SAVINGS - BOND - paid + client);
      expect(await stable.balanceOf(arbitrator)).to.equal(FEE);
    });
  }

  it("bonds come home also where the escrow's own deadline ended the job before the dispute was decided", async () => {
    await open();
    const { judge, escrow } = floor.court;
    const agent = await floor.startProvider("linter");
    const task = floor.hire("desk", { verify: lie, tell: () => undefined });
    await eventually(async () => (await judge.queryFilter(judge.filters.Escalated())).length > 0);
    const [escalated] = await judge.queryFilter(judge.filters.Escalated());
    await agent.stop();
    await time.increaseTo((await escrow.getJob(escalated!.args.jobId)).expiredAt);
    // The client takes its money back, and the bonds are divided. The provider collects its part when it is there again.
    expect((await task).status).to.equal("Expired");
    expect(await floor.inContracts()).to.equal(BOND - FEE / 2n);
    await floor.startProvider("linter");
    await eventually(async () => (await floor.inContracts()) === 0n);
    expect(await floor.balanceOf("linter")).to.equal(BOND - FEE / 2n);
    expect(await floor.balanceOf("desk")).to.equal(SAVINGS - FEE / 2n);
  });

  it("a client that cannot dispute a job says so, and the evaluator's silence pays", async () => {
    await open({ terms: { minAmount: LIST_PRICE + 1n } });
    const { judge, escrow } = floor.court;
    const { agentId } = await floor.startProvider("linter", { work: cheat });
    const task = floor.hire("desk", { verify: verifyByDoing });
    await eventually(() => floor.heard("desk cannot dispute the work: /"));
    const [hired] = await escrow.queryFilter(escrow.filters.JobHired());
    const { submittedAt } = await escrow.getJob(hired!.args.jobId);
    await time.increaseTo(submittedAt + (await judge.REVIEW_PERIOD()));
    expect((await task).status).to.equal("Completed");
    expect(await recordOf(agentId)).to.include({ completed: 1n, disputesLost: 0n });
    expect(await floor.balanceOf("linter")).to.equal(BOND + LIST_PRICE);
  });
});

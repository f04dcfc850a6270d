import { expect } from "chai";
import type { Interface } from "ethers";
import { ethers } from "hardhat";

import { writingFunctions } from "../../attack/support";
import {
  BOND,
  PHASE,
  at,
  conceded,
  courtroomWithBondsIn,
  deadlineOf,
  phaseOf,
  submitted,
} from "../../fixtures/evaluation";
import { MOMENT } from "../mocks/modes";

/** What the client has after the provider gave in. */
const CREDIT = BOND + BOND / 2n;

/**
 * Bonds in a token that calls back. Both sides have credits, the provider is owed a fee, and a second job's review is
 * over: what anyone may do for others, `finalise` and `deliver` above all, would succeed if it were not for the guard.
 */
async function entered() {
  const court = await courtroomWithBondsIn(() => ethers.deployContract("CallbackToken", ["Callback", "CALL"]));
  const { judge, client } = court;
  await conceded(court);
  const paid = await submitted(court, { offer: { evaluatorFeeBps: 1_000, salt: 1n } });
  await judge.connect(client).accept(paid);
  const jobId = await submitted(court, { offer: { salt: 2n } });
  await at(await deadlineOf(court, jobId));
  return { ...court, jobId };
}

type Entered = Awaited<ReturnType<typeof entered>>;

/** Every guarded function, and what it is called with. */
const ENTRIES: Record<string, (court: Entered) => unknown[]> = {
  accept: ({ jobId }) => [jobId],
  finalise: ({ jobId }) => [jobId],
  secureReview: ({ jobId }) => [jobId],
  dispute: ({ jobId }) => [jobId],
  contest: ({ jobId }) => [jobId],
  escalate: ({ jobId }) => [jobId],
  concede: ({ jobId }) => [jobId],
  acceptSplit: ({ jobId }) => [jobId, 50n],
  releaseBonds: ({ jobId }) => [jobId],
  withdraw: ({ stranger }) => [stranger.address],
  deliver: ({ provider }) => [provider.address],
  withdrawFees: ({ stable, stranger }) => [stable.target, stranger.address],
  sweepFees: ({ stable, provider }) => [stable.target, provider.address],
};

/** These move no money. A ruling must never fail: IArbitrable. */
const UNGUARDED = ["offerSplit", "rule", "submitEvidence"];

describe("OptimisticEvaluator", () => {
  describe("while it pays a credit out", () => {
    for (const [name, args] of Object.entries(ENTRIES)) {
      it(`cannot be entered through ${name}`, async () => {
        const court = await entered();
        const { judge, stable, client, provider, token, jobId } = court;
        const owed = await judge.feesOwed(stable, provider);
        const data = (judge.interface as Interface).encodeFunctionData(name, args(court));
        await token.setCallback(MOMENT.AfterTransfer, judge, data);

        const withdrawal = judge.connect(client).withdraw(client);
        await expect(withdrawal).to.changeTokenBalances(token, [judge, client, provider], [-CREDIT, CREDIT, 0n]);

        expect(await token.resultCount()).to.equal(1n);
        const { success, returnData } = await token.result(0n);
        const refused = judge.interface.encodeErrorResult("ReentrancyGuardReentrantCall");
        expect([success, returnData]).to.deep.equal([false, refused]);
        // All else is as it was.
        await expect(withdrawal).to.emit(judge, "Withdrawn").withArgs(client.address, client.address, CREDIT);
        expect([await judge.withdrawable(client), await judge.withdrawable(provider)]).to.deep.equal([0n, BOND / 2n]);
        expect([await judge.reserved(), await judge.feesOwed(stable, provider)]).to.deep.equal([BOND / 2n, owed]);
        expect(await phaseOf(court, jobId)).to.equal(PHASE.Review);
      });
    }

    it("is tried through all that writes, but for rulings, offers and evidence", async () => {
      const abi: Interface = (await entered()).judge.interface;
      const told = [...Object.keys(ENTRIES), ...UNGUARDED].map((name) => abi.getFunction(name)!.format());
      expect(writingFunctions(abi)).to.have.members(told);
    });
  });

  describe("once it has paid a credit out", () => {
    it("can be entered again in the same transaction", async () => {
      const { judge, token, client, provider } = await entered();
      const caller = await ethers.deployContract("Actor");
      const deliver = (account: string) => ({
        target: judge.target,
        data: judge.interface.encodeFunctionData("deliver", [account]),
      });
      await expect(caller.executeBatch([deliver(client.address), deliver(provider.address)])).to.changeTokenBalances(
        token,
        [judge, client, provider],
        [-2n * BOND, CREDIT, BOND / 2n],
      );
    });
  });
});

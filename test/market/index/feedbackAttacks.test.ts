import { expect } from "chai";
import { ethers } from "hardhat";

import { fairMarketFixture } from "../../fixtures/fairMarket";
import { PRICE, REASON, hireJob } from "../../fixtures/jobs";
import { indexOf, overBothDatabases } from "./support";

const words = ["", "", "", "", ethers.ZeroHash] as const;

describe("market index: feedback that is made to mislead", () => {
  overBothDatabases((database) => {
    it("keeps an average that a huge value was added to and taken from", async () => {
      const m = await fairMarketFixture();
      const { ledger, client, client2, stranger } = m;
      const agentId = m.agents.provider;
      for (const [author, value] of [
        [client, 90n],
        [client2, 805n],
      ] as const) {
        await ledger.connect(author).giveFeedback(agentId, value, value > 100n ? 1 : 0, ...words);
      }
      const index = await indexOf(m, await database());
      try {
        await index.catchUp();
        const average = async () => (await index.reader.agent(agentId.toString()))!.feedback.average;
        expect(await average()).to.equal(85.25);
        await ledger.connect(stranger).giveFeedback(agentId, 10n ** 38n, 0, ...words);
        await index.catchUp();
        await ledger.connect(stranger).revokeFeedback(agentId, 1);
        await index.catchUp();
        expect(await average()).to.equal(85.25);
      } finally {
        await index.stop();
      }
    });

    it("does not count as paid for what cites a job whose price went back", async () => {
      const m = await fairMarketFixture();
      const { escrow, ledger, client, provider, evaluator } = m;
      const settle = async (salt: bigint, paid: bigint): Promise<void> => {
        const { jobId } = await hireJob(m, { offer: { salt } });
        await escrow.connect(provider).submit(jobId, REASON, "0x");
        await escrow.connect(evaluator).completePartially(jobId, paid, REASON, 0, "0x");
        await ledger.connect(client).giveJobFeedback(escrow, jobId, 100, ...words);
      };
      await settle(1n, 0n);
      await settle(2n, PRICE / 4n);
      const index = await indexOf(m, await database());
      try {
        await index.catchUp();
        const agentId = m.agents.provider.toString();
        const said = (await index.reader.feedback({ agentId })).items;
        expect(said.map(({ job }) => job?.amount)).to.deep.equal([(PRICE / 4n).toString(), "0"]);
        expect((await index.reader.agent(agentId))!.feedback).to.deep.equal({ count: 2, average: 100, paidFor: 1 });
        await ledger.connect(client).revokeFeedback(agentId, 1);
        await index.catchUp();
        expect((await index.reader.agent(agentId))!.feedback).to.deep.equal({ count: 1, average: 100, paidFor: 1 });
        await ledger.connect(client).revokeFeedback(agentId, 2);
        await index.catchUp();
        expect((await index.reader.agent(agentId))!.feedback).to.deep.equal({ count: 0, paidFor: 0 });
      } finally {
        await index.stop();
      }
    });
  });
});

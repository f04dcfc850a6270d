import { expect } from "chai";
import { id } from "ethers";

import { hiredAndSubmitted } from "../../../fixtures/jobs";
import { marketFixture } from "../../../fixtures/market";
import { clientOf, expectRefusal, expectTwins } from "./support";

describe("sdk", () => {
  describe("client: feedback", () => {
    it("that cites a job is given once by each side, in these words only", async () => {
      const m = await marketFixture();
      const { jobId } = await hiredAndSubmitted(m);
      const client = clientOf(m.client);
      await expectRefusal(client, "giveJobFeedback", { jobId, value: 90 }, "ReputationLedger_JobNotEligible");
      await clientOf(m.evaluator).complete({ jobId });
      const words = { jobId, value: 90, tag1: "quality", uri: "ipfs://words", hash: id("words") };
      const { sent } = await expectTwins(client, "giveJobFeedback", words);
      expect(sent.result).to.deep.equal({ agentId: m.agents.provider, feedbackIndex: 1n });
      await expectRefusal(client, "giveJobFeedback", { ...words, value: 91 }, "CONFLICT", "entry 1");
      await expectTwins(clientOf(m.provider), "giveJobFeedback", { jobId, value: 80 });
      await expectRefusal(clientOf(m.stranger), "giveJobFeedback", words, "ReputationLedger_NotAParty");
      await expectRefusal(client, "giveJobFeedback", { ...words, value: 1.5 }, "INVALID_INPUT");
    });

    it("that cites nothing is not said twice unless it is meant to be", async () => {
      const m = await marketFixture();
      const agent = clientOf(m.stranger);
      const words = { agentId: 2n, value: 45n, decimals: 1, tag1: "speed" };
      const { sent } = await expectTwins(agent, "giveFeedback", words);
      expect(sent.result.feedbackIndex).to.equal(1n);
      expect((await agent.giveFeedback({ ...words, again: true })).result.feedbackIndex).to.equal(2n);
      expect((await agent.giveFeedback({ ...words, tag2: "late" })).result.feedbackIndex).to.equal(3n);
      // What was taken back is not said any more.
      for (const index of [1n, 2n]) await m.ledger.connect(m.stranger).revokeFeedback(2n, index);
      expect((await agent.giveFeedback(words)).result.feedbackIndex).to.equal(4n);
      await expectRefusal(clientOf(m.provider), "giveFeedback", words, "FeedbackRegistry_SelfFeedback");
    });
  });
});

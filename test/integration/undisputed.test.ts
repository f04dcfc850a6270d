import { expect } from "chai";
import { ZeroHash } from "ethers";

import { REVIEW, courtroom } from "../fixtures/evaluation";
import { DAY, DELIVERABLE, hireJob } from "../fixtures/jobs";

/** What fairness may cost a job that nobody disputes, hiring included. */
const GAS_OVER_A_KEY = 15_000n;

describe("A job that nobody disputes", () => {
  it(`costs no more than ${GAS_OVER_A_KEY} gas over one that is judged by a key`, async () => {
    const court = await courtroom();
    const { judge, escrow, client, provider, evaluator } = court;
    const spent: bigint[] = [];
    // The first job pays for the slots of the record; the two that are compared find everything in place.
    for (const [i, judgedBy] of [evaluator.address, evaluator.address, await judge.getAddress()].entries()) {
      const offer = { evaluator: judgedBy, evaluationPeriod: REVIEW + DAY, salt: BigInt(i) };
      const { jobId, response } = await hireJob(court, { offer });
      await escrow.connect(provider).submit(jobId, DELIVERABLE, "0x");
      const verdict =
        i < 2
          ? await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x")
          : await judge.connect(client).accept(jobId);
      spent.push((await response.wait())!.gasUsed + (await verdict.wait())!.gasUsed);
    }
    expect(spent[2]! - spent[1]!).to.be.lessThanOrEqual(GAS_OVER_A_KEY);
  });
});

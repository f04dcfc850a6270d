import { expect } from "chai";
import { network } from "hardhat";

import { marketFixture } from "../../fixtures/market";
import { createJob } from "../../fixtures/jobs";
import { indexOf } from "./support";

describe("market index: jobs with long descriptions", () => {
  it("reads as many at once as the endpoint has gas for", async () => {
    const m = await marketFixture();
    const description = "d".repeat(18_000);
    for (let i = 0; i < 8; ++i) await createJob(m, { description });
    const index = await indexOf(m, ":memory:", { window: 1 });
    // One such job takes about 1.5 million gas to read. Endpoints have a bound, often 50 million.
    index.rpc.spoil("eth_call", ([call, ...rest]) =>
      network.provider.request({ method: "eth_call", params: [{ ...(call as object), gas: "0x3d0900" }, ...rest] }),
    );
    try {
      await index.catchUp();
      expect((await index.reader.jobs({ limit: 100 })).items).to.have.length(8);
      expect((await index.reader.job("7"))!.description).to.have.length(10_000);
    } finally {
      await index.stop();
    }
  });
});

import { expect } from "chai";

import { marketFixture } from "../fixtures/market";

describe("AgentMarket module", () => {
  it("puts the four contracts on the chain, wired to each other", async () => {
    const { forwarder, registry, ledger, escrow } = await marketFixture();
    expect(await escrow.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
    expect(await escrow.AGENT_REGISTRY()).to.equal(await registry.getAddress());
    expect(await ledger.getIdentityRegistry()).to.equal(await registry.getAddress());
    for (const contract of [registry, ledger, escrow]) {
      expect(await contract.trustedForwarder()).to.equal(await forwarder.getAddress());
    }
  });
});

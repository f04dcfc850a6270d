import { expect } from "chai";
import { marketFixture } from "../fixtures/market";
describe("deployment", () => {
  it("puts the four contracts on the chain, wired to each other", async () => {
    const m = await marketFixture();
    expect(await m.escrow.REPUTATION_LEDGER()).to.equal(await m.ledger.getAddress());
    expect(await m.escrow.AGENT_REGISTRY()).to.equal(await m.registry.getAddress());
    expect(await m.ledger.getIdentityRegistry()).to.equal(await m.registry.getAddress());
    for (const c of [m.escrow, m.ledger, m.registry])
      expect(await c.isTrustedForwarder(await m.forwarder.getAddress())).to.equal(true);
  });
});

import { expect } from "chai";
import { ethers } from "hardhat";

import { AgentWallet__factory } from "../../typechain-types";
import { marketFixture } from "../fixtures/market";

describe("AgentMarket module", () => {
  it("puts the five contracts on the chain, wired to each other", async () => {
    const { forwarder, registry, ledger, escrow, walletFactory } = await marketFixture();
    expect(await escrow.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
    expect(await escrow.AGENT_REGISTRY()).to.equal(await registry.getAddress());
    expect(await ledger.getIdentityRegistry()).to.equal(await registry.getAddress());
    const wallet = AgentWallet__factory.connect(await walletFactory.IMPLEMENTATION(), ethers.provider);
    expect(await wallet.AGENT_REGISTRY()).to.equal(await registry.getAddress());
    expect(await wallet.REPUTATION_LEDGER()).to.equal(await ledger.getAddress());
    expect(await wallet.FACTORY()).to.equal(await walletFactory.getAddress());
    for (const contract of [registry, ledger, escrow]) {
      expect(await contract.trustedForwarder()).to.equal(await forwarder.getAddress());
    }
  });
});

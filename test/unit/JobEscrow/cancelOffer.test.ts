import { expect } from "chai";
import { ethers } from "hardhat";

import { offerOf, relay } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";

describe("JobEscrow", () => {
  describe("cancelOffer", () => {
    it("withdraws the offer, whether anybody knew it or not, and may be repeated", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const offer = await offerOf(market);
      const hash = await escrow.offerHash(offer);
      for (let i = 0; i < 2; ++i) {
        await expect(escrow.connect(provider).cancelOffer(offer))
          .to.emit(escrow, "OfferCancelled")
          .withArgs(hash, provider.address);
        expect(await escrow.offerState(hash)).to.deep.equal([0n, true]);
      }
    });

    it("leaves the provider's other offers alone", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      await escrow.connect(provider).cancelOffer(await offerOf(market));
      const other = await escrow.offerHash(await offerOf(market, { salt: 1n }));
      expect(await escrow.offerState(other)).to.deep.equal([0n, false]);
    });

    it("reverts when the sender is not the provider", async () => {
      const market = await marketFixture();
      const { escrow, client, stranger } = market;
      const offer = await offerOf(market);
      for (const sender of [client, stranger]) {
        await expect(escrow.connect(sender).cancelOffer(offer))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_NotOffersProvider")
          .withArgs(await escrow.offerHash(offer), sender.address);
      }
    });

    it("works for a provider that is a contract, and for one that pays no gas", async () => {
      const market = await marketFixture();
      const { escrow, provider } = market;
      const wallet = await ethers.deployContract("ERC1271Wallet", [provider.address]);
      const offer = await offerOf(market, { provider: await wallet.getAddress() });
      await wallet.connect(provider).execute(escrow, escrow.interface.encodeFunctionData("cancelOffer", [offer]));
      expect(await escrow.offerState(await escrow.offerHash(offer))).to.deep.equal([0n, true]);

      const own = await offerOf(market);
      await relay(market, provider, escrow, escrow.interface.encodeFunctionData("cancelOffer", [own]));
      expect(await escrow.offerState(await escrow.offerHash(own))).to.deep.equal([0n, true]);
    });
  });
});

import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import type { AcceptanceTerms } from "../fixtures/jobs";
import { acceptanceOf, hireJob, namedOfferOf, offerOf, prepareHire, signOffer } from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";

describe("Attacks on offers", () => {
  describe("accepting an offer for one client twice", () => {
    /** All the ways in which a named client may accept: only the first adds nothing of its own. */
    const ways: Record<string, Partial<AcceptanceTerms>> = {
      plainly: {},
      "with an input": { inputHash: ethers.id("input") },
      "with parameters for the budget's hook": { budgetParams: "0x01" },
      "with parameters for the deposit's hook": { fundParams: "0x01" },
    };
    for (const [first, firstWay] of Object.entries(ways)) {
      for (const [second, secondWay] of Object.entries(ways)) {
        it(`first ${first}, then ${second}`, async () => {
          const market = await marketFixture();
          const { escrow, client } = market;
          const offer = await namedOfferOf(market);
          const signature = await signOffer(market, offer);
          const accept = (way: Partial<AcceptanceTerms>) =>
            escrow.connect(client).hire(offer, signature, acceptanceOf(market, way));
          await accept(firstWay);
          if (first === second) {
            await expect(accept(secondWay))
              .to.be.revertedWithCustomError(escrow, "JobEscrow_JobExists")
              .withArgs(await escrow.jobIdOf(offer, acceptanceOf(market, secondWay)));
          } else {
            await expect(accept(secondWay))
              .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
              .withArgs(await escrow.offerHash(offer), 1n);
          }
        });
      }
    }

    it("with a salt, which would make as many ids as one likes", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const offer = await namedOfferOf(market);
      const salt = ethers.toBeHex(1, 32);
      await expect(escrow.connect(client).hire(offer, await signOffer(market, offer), acceptanceOf(market, { salt })))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
        .withArgs(await escrow.offerHash(offer), client.address, market.agents.client, salt);
    });

    it("as another identity of its own", async () => {
      const market = await marketFixture();
      const { escrow, client } = market;
      const offer = await namedOfferOf(market);
      await expect(
        escrow.connect(client).hire(offer, await signOffer(market, offer), acceptanceOf(market, { clientAgentId: 0n })),
      )
        .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
        .withArgs(await escrow.offerHash(offer), client.address, 0n, ZeroHash);
    });

    for (const capacity of [0, 2]) {
      it(`by an offer whose capacity is ${capacity}`, async () => {
        const market = await marketFixture();
        const { escrow, client } = market;
        const offer = await namedOfferOf(market, { capacity });
        const hire = escrow.connect(client).hire(offer, await signOffer(market, offer), acceptanceOf(market));
        await (capacity === 0
          ? expect(hire)
              .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
              .withArgs(await escrow.offerHash(offer), 0n)
          : expect(hire).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidCapacity").withArgs(2n));
      });
    }
  });

  it("taking an offer that names somebody else", async () => {
    const market = await marketFixture();
    const { escrow, client2 } = market;
    const offer = await namedOfferOf(market);
    const acceptance = acceptanceOf(market, { client: client2.address, clientAgentId: market.agents.client2 });
    await expect(escrow.connect(client2).hire(offer, await signOffer(market, offer), acceptance))
      .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
      .withArgs(await escrow.offerHash(offer), client2.address, market.agents.client2, ZeroHash);
  });

  it("taking more jobs than an open offer has, whoever races for the last", async () => {
    const market = await marketFixture();
    const { escrow, client, client2 } = market;
    const offer = await offerOf(market, { capacity: 2 });
    const signature = await signOffer(market, offer);
    const accept = (salt: number) => acceptanceOf(market, { salt: ethers.toBeHex(salt, 32) });
    const byOther = acceptanceOf(market, { client: client2.address, clientAgentId: market.agents.client2 });
    await escrow.connect(client).hire(offer, signature, accept(1));
    await escrow.connect(client2).hire(offer, signature, byOther);
    await expect(escrow.connect(client).hire(offer, signature, accept(2)))
      .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
      .withArgs(await escrow.offerHash(offer), 2n);
  });

  it("taking more than the capacity in one batch", async () => {
    const market = await marketFixture();
    const { escrow, client } = market;
    const offer = await offerOf(market, { capacity: 1 });
    const signature = await signOffer(market, offer);
    const calls = [1, 2].map((salt) =>
      escrow.interface.encodeFunctionData("hire", [
        offer,
        signature,
        acceptanceOf(market, { salt: ethers.toBeHex(salt, 32) }),
      ]),
    );
    await expect(escrow.connect(client).multicall(calls))
      .to.be.revertedWithCustomError(escrow, "JobEscrow_OfferExhausted")
      .withArgs(await escrow.offerHash(offer), 1n);
  });

  it("a refused hiring does not use up capacity", async () => {
    const market = await marketFixture();
    const { escrow, stable, client } = market;
    await stable.connect(client).approve(escrow, 0n);
    const { offerHash, send } = await prepareHire(market);
    await expect(send()).to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance");
    expect(await escrow.offerState(offerHash)).to.deep.equal([0n, false]);
  });

  it("binding an identity in an offer that is open to anyone", async () => {
    const market = await marketFixture();
    const { escrow, client } = market;
    const { send, offerHash } = await prepareHire(market, { offer: { clientAgentId: market.agents.client } });
    await expect(send())
      .to.be.revertedWithCustomError(escrow, "JobEscrow_AcceptanceMismatch")
      .withArgs(offerHash, client.address, market.agents.client, ZeroHash);
  });

  it("an offer for nothing, for more than fits, or for no time", async () => {
    const market = await marketFixture();
    const { escrow } = market;
    const free = await prepareHire(market, { offer: { amount: 0n } });
    await expect(free.send()).to.be.revertedWithCustomError(escrow, "JobEscrow_AmountIsZero").withArgs(free.jobId);
    const tooMuch = 2n ** 96n;
    await expect(hireJob(market, { offer: { amount: tooMuch } }))
      .to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast")
      .withArgs(96, tooMuch);
    await expect(hireJob(market, { offer: { deliveryPeriod: 0 } })).to.be.revertedWithCustomError(
      escrow,
      "JobEscrow_ExpiryOutOfRange",
    );
  });

  it("a provider that is its own client or judge", async () => {
    const market = await marketFixture();
    const { escrow, provider, client } = market;
    await expect(hireJob(market, { offer: { evaluator: provider.address } }))
      .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
      .withArgs(provider.address);
    await expect(
      hireJob(market, {
        sender: provider,
        acceptance: { client: provider.address, clientAgentId: 0n },
      }),
    )
      .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
      .withArgs(provider.address);
    const hour = (await ethers.provider.getBlock("latest"))!.timestamp + 3_600;
    const create = (by: typeof client, to: string, judge: string) =>
      escrow.connect(by).createJob(to, judge, hour, "", ethers.ZeroAddress, 0n);
    for (const attempt of [
      () => create(client, client.address, market.evaluator.address),
      () => create(client, market.evaluator.address, market.evaluator.address),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider");
    }
    await create(client, ethers.ZeroAddress, market.evaluator.address);
    for (const place of [client.address, market.evaluator.address, await escrow.getAddress()]) {
      await expect(escrow.connect(client).setProvider(1n, place, 0n))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider")
        .withArgs(place);
    }
  });
});

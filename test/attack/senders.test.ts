import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { AgentMarketForwarder__factory } from "../../typechain-types";
import {
  DELIVERABLE,
  FUNDING,
  PRICE,
  ROLE,
  atExpiry,
  fundedJob,
  prepareHire,
  pricedJob,
  relay,
  submittedJob,
} from "../fixtures/jobs";
import { marketFixture } from "../fixtures/market";
import { marketWithLoot } from "./support";

/** A call whose data ends in the address of somebody else, as a trusted forwarder would append it. */
async function spoof(data: string, victim: AddressLike): Promise<string> {
  return ethers.concat([data, await ethers.resolveAddress(victim)]);
}

async function send(sender: HardhatEthersSigner, to: AddressLike, data: string) {
  return sender.sendTransaction({ to, data });
}

describe("Attacks by pretending to be another sender", () => {
  describe("an appended address that no forwarder vouches for", () => {
    it("judges, submits, declines, funds and withdraws nothing", async () => {
      const market = await marketFixture();
      const { escrow, stable, client, provider, evaluator, stranger } = market;
      const call = escrow.interface;
      const submitted = await submittedJob(market);
      const funded = await fundedJob(market);
      const priced = await pricedJob(market);
      const attempts: [string, AddressLike, bigint][] = [
        [call.encodeFunctionData("complete", [submitted, ZeroHash, "0x"]), evaluator, submitted],
        [call.encodeFunctionData("submit", [funded, DELIVERABLE, "0x"]), provider, funded],
        [call.encodeFunctionData("decline", [funded, ZeroHash]), provider, funded],
        [call.encodeFunctionData("fund", [priced, PRICE, "0x"]), client, priced],
      ];
      for (const [data, victim, jobId] of attempts) {
        const spoofed = await spoof(data, victim);
        await expect(send(stranger, escrow, spoofed))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, stranger.address);
        const batch = await spoof(call.encodeFunctionData("multicall", [[spoofed]]), victim);
        await expect(send(stranger, escrow, batch))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_Unauthorized")
          .withArgs(jobId, stranger.address);
      }
      await stable.blacklist(client);
      await atExpiry(market, funded, 10);
      await escrow.claimRefund(funded);
      const withdraw = await spoof(
        call.encodeFunctionData("withdraw", [await stable.getAddress(), stranger.address]),
        client,
      );
      await expect(send(stranger, escrow, withdraw))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_NothingToWithdraw")
        .withArgs(await stable.getAddress(), stranger.address);
    });

    it("spends no allowance", async () => {
      const market = await marketFixture();
      const { escrow, client, stranger } = market;
      const { offer, signature, acceptance } = await prepareHire(market);
      const hire = escrow.interface.encodeFunctionData("hire", [offer, signature, acceptance]);
      await expect(send(stranger, escrow, await spoof(hire, client)))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_FundingNotAuthorised")
        .withArgs(client.address, stranger.address, FUNDING.Allowance);
    });

    it("writes to the ledger under the true caller only", async () => {
      const market = await marketFixture();
      const { escrow, forwarder, ledger, stable, stranger, agents } = market;
      const record = {
        jobId: 1n,
        token: await stable.getAddress(),
        client: market.client.address,
        clientAgentId: agents.client,
        clientEpoch: 0n,
        provider: market.provider.address,
        providerAgentId: agents.provider,
        providerEpoch: 0n,
        outcome: 2n,
        dispute: 0n,
        paid: 0n,
        refunded: 1n,
        fees: 0n,
      };
      const data = ledger.interface.encodeFunctionData("recordSettlement", [record]);
      const rejectedUnder = async (source: AddressLike) =>
        (await ledger.settlementsOf(source, stable, agents.provider, 0n, ROLE.Provider)).rejected;
      await send(stranger, ledger, await spoof(data, escrow));
      const nested = ledger.interface.encodeFunctionData("multicall", [[await spoof(data, escrow)]]);
      await send(stranger, ledger, await spoof(nested, escrow));
      await relay(market, stranger, ledger, await spoof(data, escrow));
      await relay(market, stranger, ledger, nested);
      expect(await rejectedUnder(escrow)).to.equal(0n);
      expect(await rejectedUnder(stranger)).to.equal(2n);
      expect(await rejectedUnder(forwarder)).to.equal(2n); // a relayed report is the forwarder's own
    });

    it("leaves no feedback in another's name", async () => {
      const market = await marketFixture();
      const { escrow, ledger, client, evaluator, stranger } = market;
      const jobId = await submittedJob(market, { providerAgentId: market.agents.provider });
      await escrow.connect(evaluator).complete(jobId, ZeroHash, "0x");
      const data = ledger.interface.encodeFunctionData("giveJobFeedback", [
        await escrow.getAddress(),
        jobId,
        0n,
        "",
        "",
        "",
        "",
        ZeroHash,
      ]);
      await expect(send(stranger, ledger, await spoof(data, client)))
        .to.be.revertedWithCustomError(ledger, "ReputationLedger_NotAParty")
        .withArgs(await escrow.getAddress(), jobId, stranger.address);
    });
  });

  describe("through the forwarder", () => {
    it("an address appended to a signed call does not replace its signer", async () => {
      const market = await marketFixture();
      const { escrow, evaluator, provider } = market;
      const jobId = await submittedJob(market);
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]);
      const spoofed = await spoof(complete, evaluator);
      const batch = escrow.interface.encodeFunctionData("multicall", [[spoofed]]);
      for (const data of [spoofed, batch, await spoof(batch, evaluator)]) {
        await expect(relay(market, provider, escrow, data)).to.be.revertedWithCustomError(
          market.forwarder,
          "FailedCall", // what the forwarder says when the call it makes reverts
        );
      }
      await relay(market, evaluator, escrow, escrow.interface.encodeFunctionData("multicall", [[complete]]));
    });

    it("nobody becomes the escrow itself", async () => {
      const market = await marketWithLoot();
      const { escrow, stable, forwarder, stranger } = market;
      const transfer = escrow.interface.encodeFunctionData("transferOut", [
        await stable.getAddress(),
        stranger.address,
        PRICE,
      ]);
      const spoofed = await spoof(transfer, escrow);
      const batch = escrow.interface.encodeFunctionData("multicall", [[spoofed]]);
      for (const data of [transfer, spoofed, batch]) {
        await expect(relay(market, stranger, escrow, data)).to.be.revertedWithCustomError(forwarder, "FailedCall");
      }
      await expect(send(stranger, escrow, spoofed))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_OnlySelf")
        .withArgs(stranger.address);
      expect(await stable.balanceOf(escrow)).to.equal(PRICE);
    });

    it("another forwarder of the same code is not believed", async () => {
      const market = await marketFixture();
      const { escrow, evaluator, deployer } = market;
      const jobId = await submittedJob(market);
      const forwarder = await new AgentMarketForwarder__factory(deployer).deploy();
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, ZeroHash, "0x"]);
      // Signed by the evaluator itself, and refused by the forwarder, which asks its target.
      await expect(relay({ ...market, forwarder }, evaluator, escrow, complete))
        .to.be.revertedWithCustomError(forwarder, "ERC2771UntrustfulTarget")
        .withArgs(await escrow.getAddress(), await forwarder.getAddress());
      expect(await escrow.isTrustedForwarder(forwarder)).to.equal(false);
    });

    it("a relayed call cannot be sent again", async () => {
      const market = await marketFixture();
      const { forwarder, escrow, client, stranger } = market;
      const data = escrow.interface.encodeFunctionData("createJob", [
        market.provider.address,
        market.evaluator.address,
        (await time.latest()) + 7_200,
        "",
        ethers.ZeroAddress,
        0n,
      ]);
      const response = await relay(market, client, escrow, data);
      await expect(stranger.sendTransaction({ to: forwarder, data: response.data })).to.be.revertedWithCustomError(
        forwarder,
        "ERC2771ForwarderInvalidSigner",
      );
    });
  });
});

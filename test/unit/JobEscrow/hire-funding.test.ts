import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  DAY,
  FUNDING,
  PRICE,
  STATUS,
  authorizationFunding,
  encodeFunding,
  permit2Funding,
  permitFunding,
  prepareHire,
} from "../../fixtures/jobs";
import type { Hiring } from "../../fixtures/jobs";
import { marketFixture } from "../../fixtures/market";
import { MISBEHAVIOUR } from "../mocks/modes";

/** A client that has approved nobody. */
async function deployed() {
  const market = await marketFixture();
  const { escrow, stable, client, permit2, stranger } = market;
  await stable.connect(client).approve(escrow, 0n);

  /** A hiring whose funding is chosen once its id is known. */
  async function prepared(hiring: Hiring = {}) {
    const { offer, signature, acceptance, jobId } = await prepareHire(market, hiring);
    const send = (sender: typeof client, funding: { funding: bigint; fundingData: string }) =>
      escrow.connect(sender).hire(offer, signature, {
        ...acceptance,
        funding: funding.funding,
        fundingData: funding.fundingData,
      });
    return { offer, acceptance, jobId, send };
  }
  return { ...market, market, permit2, stranger, prepared };
}

describe("JobEscrow", () => {
  describe("hire, funding", () => {
    describe("by allowance", () => {
      it("takes the price from the sender", async () => {
        const { escrow, stable, client, prepared } = await deployed();
        await stable.connect(client).approve(escrow, PRICE);
        const { send } = await prepared();
        await expect(send(client, { funding: FUNDING.Allowance, fundingData: "0x" })).to.changeTokenBalances(
          stable,
          [client, escrow],
          [-PRICE, PRICE],
        );
        expect(await stable.allowance(client, escrow)).to.equal(0n);
      });

      it("reverts when the sender is not the client", async () => {
        const { escrow, stable, client, stranger, prepared } = await deployed();
        await stable.connect(client).approve(escrow, ethers.MaxUint256);
        const { send } = await prepared();
        await expect(send(stranger, { funding: FUNDING.Allowance, fundingData: "0x" }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_FundingNotAuthorised")
          .withArgs(client.address, stranger.address, FUNDING.Allowance);
      });

      it("reverts when the token takes a fee", async () => {
        const { escrow, client, prepared } = await deployed();
        const token = await ethers.deployContract("FeeOnTransferToken", ["Fee", "FEE", 18, 100]);
        await token.mint(client, PRICE);
        await token.connect(client).approve(escrow, PRICE);
        const { send } = await prepared({ offer: { token: await token.getAddress() } });
        await expect(send(client, { funding: FUNDING.Allowance, fundingData: "0x" }))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(await token.getAddress(), PRICE, PRICE - PRICE / 100n);
      });
    });

    describe("by ERC-2612 permit", () => {
      it("takes the price from the sender, who approved nothing before", async () => {
        const { market, escrow, stable, client, prepared } = await deployed();
        const { send } = await prepared();
        await expect(send(client, await permitFunding(market))).to.changeTokenBalances(
          stable,
          [client, escrow],
          [-PRICE, PRICE],
        );
        expect(await stable.allowance(client, escrow)).to.equal(0n);
      });

      it("goes by the allowance when somebody sent the permit ahead", async () => {
        const { market, escrow, stable, client, stranger, prepared } = await deployed();
        const { send } = await prepared();
        const funding = await permitFunding(market);
        const { v, r, s } = funding.signature;
        const permit = stable.connect(stranger)["permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"];
        await permit(client, escrow, PRICE, ethers.MaxUint256, v, r, s);
        await expect(send(client, funding)).to.changeTokenBalances(stable, [client, escrow], [-PRICE, PRICE]);
      });

      it("goes by the allowance when the token has no permit, or one that misbehaves", async () => {
        const { escrow, client, prepared } = await deployed();
        const griefing = await ethers.deployContract("PermitGriefToken", ["Grief", "GRF"]);
        const plain = await ethers.deployContract("PlainToken", ["Plain", "PLN", 18]);
        const funding = {
          funding: FUNDING.Permit,
          fundingData: encodeFunding(PRICE, ethers.MaxUint256, "0x" + "11".repeat(64) + "1b"),
        };
        for (const token of [plain, griefing]) {
          await token.mint(client, 10n * PRICE);
          await token.connect(client).approve(escrow, ethers.MaxUint256);
        }
        for (const [token, mode] of [
          [plain, MISBEHAVIOUR.None],
          [griefing, MISBEHAVIOUR.Revert],
          [griefing, MISBEHAVIOUR.ReturnBomb],
        ] as const) {
          await griefing.setMode(mode);
          const { send } = await prepared({ offer: { token: await token.getAddress(), salt: BigInt(mode) } });
          await expect(send(client, funding)).to.changeTokenBalance(token, escrow, PRICE);
        }
      });

      it("reverts when neither the permit nor an allowance covers the price", async () => {
        const { market, escrow, stable, client, prepared } = await deployed();
        const late = BigInt(await time.latest());
        for (const funding of [
          await permitFunding(market, { amount: PRICE - 1n }),
          await permitFunding(market, { deadline: late }),
        ]) {
          const { send } = await prepared();
          const allowance = funding.fundingData.startsWith(ethers.toBeHex(PRICE - 1n, 32)) ? PRICE - 1n : 0n;
          await expect(send(client, funding))
            .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
            .withArgs(await escrow.getAddress(), allowance, PRICE);
        }
      });

      it("reverts when the sender is not the client", async () => {
        const { market, escrow, client, stranger, prepared } = await deployed();
        const { send } = await prepared();
        await expect(send(stranger, await permitFunding(market)))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_FundingNotAuthorised")
          .withArgs(client.address, stranger.address, FUNDING.Permit);
      });
    });

    describe("by ERC-3009 authorization", () => {
      it("takes the price by the client's one signature, whoever sends it", async () => {
        const { market, escrow, stable, client, stranger, prepared } = await deployed();
        const { jobId, send } = await prepared();
        const response = send(stranger, await authorizationFunding(market, jobId));
        await expect(response).to.emit(escrow, "JobFunded").withArgs(jobId, client.address, PRICE);
        await expect(response).to.changeTokenBalances(stable, [client, escrow, stranger], [-PRICE, PRICE, 0n]);
        expect((await escrow.getJob(jobId)).client).to.equal(client.address);
        expect(await stable.authorizationState(client, ethers.toBeHex(jobId, 32))).to.equal(true);
      });

      describe("is sent to the token in the form", () => {
        const VRS = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
        const BYTES = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";

        /** Expects that only `form` is called: a token on which it fails, then one on which the other does. */
        async function expectForm(form: string, clientSignature: string, code = false) {
          const { market, escrow, client } = await deployed();
          const wallet = await ethers.deployContract("ERC1271Wallet", [client.address]);
          const misbehave = await ethers.getContractFactory("RevertingToken"); // its ABI has the error
          const hirer = code ? await wallet.getAddress() : client.address;
          for (const failing of [VRS, BYTES]) {
            const token = await ethers.deployContract("ScriptedActor");
            await token.setAnswer(ethers.id("balanceOf(address)").slice(0, 10), ethers.toBeHex(5n, 32));
            await token.setMisbehaviour(ethers.id(failing).slice(0, 10), MISBEHAVIOUR.Revert, "0x");
            const { offer, signature, acceptance } = await prepareHire(market, {
              offer: { token: await token.getAddress() },
              acceptance: {
                client: hirer,
                clientAgentId: 0n,
                funding: FUNDING.Authorization,
                fundingData: encodeFunding(0n, ethers.MaxUint256, clientSignature),
              },
            });
            const data = escrow.interface.encodeFunctionData("hire", [offer, signature, acceptance]);
            const response = code
              ? wallet.connect(client).execute(escrow, data)
              : client.sendTransaction({ to: escrow, data });
            if (failing === form) {
              await expect(response).to.be.revertedWithCustomError(misbehave, "Misbehave_Refused");
            } else {
              await expect(response)
                .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
                .withArgs(await token.getAddress(), PRICE, 0n);
            }
          }
        }

        const LONG = "0x" + "11".repeat(64) + "1b";
        it("v, r, s for a key", () => expectForm(VRS, LONG));
        it("bytes for a key that signs compactly (ERC-2098)", () => expectForm(BYTES, "0x" + "11".repeat(64)));
        it("bytes for a contract, though its signature is as long as a key's", () => expectForm(BYTES, LONG, true));
      });

      it("serves a client that is a contract (ERC-1271)", async () => {
        const { market, escrow, stable, client, stranger, prepared } = await deployed();
        const wallet = await ethers.deployContract("ERC1271Wallet", [client.address]);
        await stable.mint(wallet, PRICE);
        const { jobId, send } = await prepared({
          acceptance: { client: await wallet.getAddress(), clientAgentId: 0n },
        });
        const funding = await authorizationFunding(market, jobId, { from: wallet });
        await expect(send(stranger, funding)).to.changeTokenBalances(stable, [wallet, escrow], [-PRICE, PRICE]);
        expect((await escrow.getJob(jobId)).client).to.equal(await wallet.getAddress());
      });

      it("serves an account that delegates to code (EIP-7702)", async () => {
        const { market, stable, client, client2, stranger, prepared } = await deployed();
        const delegate = await ethers.deployContract("KeyedDelegate", [client2.address]);
        await setCode(client.address, await ethers.provider.getCode(delegate));
        const { jobId, send } = await prepared();
        const funding = await authorizationFunding(market, jobId, { signer: client2, from: client });
        await expect(send(stranger, funding)).to.changeTokenBalance(stable, client, -PRICE);
      });

      it("takes the client's own transaction as consent where the token judges the signature", async () => {
        const { market, stable, client, prepared } = await deployed();
        const { jobId, send } = await prepared();
        await expect(send(client, await authorizationFunding(market, jobId))).to.changeTokenBalance(
          stable,
          client,
          -PRICE,
        );
        const other = await prepared({ offer: { salt: 1n } });
        await expect(other.send(client, await authorizationFunding(market, jobId))).to.be.revertedWithCustomError(
          stable,
          "ERC3009InvalidSignature",
        );
      });

      it("reverts when the client did not sign for this job, this amount, this escrow or these times", async () => {
        const { market, escrow, client, client2, stranger, prepared } = await deployed();
        const { jobId, send } = await prepared();
        const good = await authorizationFunding(market, jobId);
        const [, , signature] = ethers.AbiCoder.defaultAbiCoder().decode(
          ["uint256", "uint256", "bytes"],
          good.fundingData,
        ) as unknown as [bigint, bigint, string];
        for (const funding of [
          await authorizationFunding(market, jobId + 1n),
          await authorizationFunding(market, jobId, { amount: PRICE + 1n }),
          await authorizationFunding(market, jobId, { spender: stranger }),
          await authorizationFunding(market, jobId, { signer: client2, from: client }),
          { ...good, fundingData: encodeFunding(1n, ethers.MaxUint256, signature) },
          { ...good, fundingData: encodeFunding(0n, ethers.MaxUint256 - 1n, signature) },
          { ...good, fundingData: encodeFunding(0n, ethers.MaxUint256, "0x") },
        ]) {
          await expect(send(stranger, funding))
            .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
            .withArgs(jobId, client.address);
        }
        await send(stranger, good);
      });

      it("reverts outside the times that the client signed, both exclusive", async () => {
        const { market, stable, stranger, prepared } = await deployed();
        const { jobId, send } = await prepared({ offer: { capacity: 4 } });
        const now = BigInt(await time.latest());
        const [validAfter, validBefore] = [now + 100n, now + 200n];
        const funding = await authorizationFunding(market, jobId, { validAfter, validBefore });
        for (const at of [validAfter, validBefore]) {
          const snapshot = (await ethers.provider.send("evm_snapshot")) as string;
          await time.setNextBlockTimestamp(at);
          await expect(send(stranger, funding))
            .to.be.revertedWithCustomError(stable, "ERC3009InvalidAuthorizationTime")
            .withArgs(validAfter, validBefore);
          await ethers.provider.send("evm_revert", [snapshot]);
        }
        for (const at of [validAfter + 1n, validBefore - 1n]) {
          const snapshot = (await ethers.provider.send("evm_snapshot")) as string;
          await time.setNextBlockTimestamp(at);
          await send(stranger, funding);
          await ethers.provider.send("evm_revert", [snapshot]);
        }
      });

      it("reverts when the token accepts everything and moves nothing", async () => {
        const { market, escrow, client, prepared } = await deployed();
        const token = await ethers.deployContract("PhantomToken", ["Phantom", "PHM", 18]);
        const { jobId, send } = await prepared({ offer: { token: await token.getAddress() } });
        await expect(send(client, await authorizationFunding(market, jobId)))
          .to.be.revertedWithCustomError(escrow, "JobEscrow_IncorrectDeposit")
          .withArgs(await token.getAddress(), PRICE, 0n);
      });
    });

    describe("by Permit2", () => {
      async function withPermit2() {
        const all = await deployed();
        await all.stable.connect(all.client).approve(all.permit2, ethers.MaxUint256);
        return all;
      }

      it("takes the price by the client's one signature, whoever sends it", async () => {
        const { market, escrow, stable, client, stranger, prepared } = await withPermit2();
        const { jobId, send } = await prepared();
        const response = send(stranger, await permit2Funding(market, jobId, { nonce: 7n }));
        await expect(response).to.emit(escrow, "JobFunded").withArgs(jobId, client.address, PRICE);
        await expect(response).to.changeTokenBalances(stable, [client, escrow, stranger], [-PRICE, PRICE, 0n]);
        expect((await escrow.getJob(jobId)).status).to.equal(STATUS.Funded);
      });

      it("serves any token, and clients that are contracts", async () => {
        const { market, escrow, plain, permit2, client, stranger, prepared } = await withPermit2();
        const wallet = await ethers.deployContract("ERC1271Wallet", [client.address]);
        await plain.mint(wallet, PRICE);
        await wallet
          .connect(client)
          .execute(plain, plain.interface.encodeFunctionData("approve", [await permit2.getAddress(), PRICE]));
        const { jobId, send } = await prepared({
          offer: { token: await plain.getAddress() },
          acceptance: { client: await wallet.getAddress(), clientAgentId: 0n },
        });
        await expect(send(stranger, await permit2Funding(market, jobId, { token: plain }))).to.changeTokenBalances(
          plain,
          [wallet, escrow],
          [-PRICE, PRICE],
        );
      });

      it("reverts when the client did not sign for this job, this amount or this escrow", async () => {
        const { market, permit2, client2, stranger, prepared } = await withPermit2();
        const { jobId, send } = await prepared();
        for (const funding of [
          await permit2Funding(market, jobId + 1n),
          await permit2Funding(market, jobId, { amount: PRICE + 1n }),
          await permit2Funding(market, jobId, { spender: stranger }),
          await permit2Funding(market, jobId, { signer: client2 }),
          await permit2Funding(market, jobId, { token: market.plain }),
        ]) {
          await expect(send(stranger, funding)).to.be.revertedWithCustomError(permit2, "InvalidSigner");
        }
      });

      it("reverts after the deadline, and when the nonce is used", async () => {
        const { market, permit2, stranger, prepared } = await withPermit2();
        const { jobId, send } = await prepared();
        const deadline = BigInt((await time.latest()) + DAY);
        const funding = await permit2Funding(market, jobId, { deadline });
        await time.setNextBlockTimestamp(deadline + 1n);
        await expect(send(stranger, funding))
          .to.be.revertedWithCustomError(permit2, "SignatureExpired")
          .withArgs(deadline);

        await send(stranger, await permit2Funding(market, jobId));
        const other = await prepared({ offer: { salt: 1n } });
        await expect(other.send(stranger, await permit2Funding(market, other.jobId))).to.be.revertedWithCustomError(
          permit2,
          "InvalidNonce",
        );
      });
    });

    it("reverts when the data is not what the method needs", async () => {
      const { client, prepared } = await deployed();
      const { send } = await prepared();
      for (const funding of [FUNDING.Permit, FUNDING.Authorization, FUNDING.Permit2]) {
        await expect(send(client, { funding, fundingData: "0x" })).to.be.revertedWithoutReason();
      }
    });

    it("does not take nobody for a client", async () => {
      const { market, escrow, stranger, prepared } = await deployed();
      const nobody = ethers.ZeroAddress;
      const { jobId, send } = await prepared({ acceptance: { client: nobody, clientAgentId: 0n } });
      await expect(send(stranger, { funding: FUNDING.Allowance, fundingData: "0x" }))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_FundingNotAuthorised")
        .withArgs(nobody, stranger.address, FUNDING.Allowance);
      await expect(send(stranger, await authorizationFunding(market, jobId, { from: nobody })))
        .to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidFundingSignature")
        .withArgs(jobId, nobody);
    });
  });
});

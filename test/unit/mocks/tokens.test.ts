import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ethers } from "hardhat";

import { loadFixture } from "../../fixtures/loadFixture";
import { MISBEHAVIOUR, MOMENT } from "./modes";
import { authorization, signForToken, unpack } from "./signing";

const DESCRIPTION: [string, string, number] = ["Test Token", "TST", 18];
const RECEIVE_BYTES = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const RECEIVE_VRS = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const TRANSFER_BYTES = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const TRANSFER_VRS = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const PERMIT_BYTES = "permit(address,address,uint256,uint256,bytes)";

async function signers() {
  const [holder, payee, spender] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  return { holder, payee, spender };
}

interface Mintable {
  mint(account: AddressLike, amount: bigint): Promise<unknown>;
  approve(spender: AddressLike, value: bigint): Promise<unknown>;
}

/** Takes a token just deployed, mints 1,000 base units to the first signer and lets the third spend them. */
async function stocked<T extends Mintable>(token: T) {
  const accounts = await signers();
  await token.mint(accounts.holder, 1_000n);
  await token.approve(accounts.spender, 1_000n);
  return { token, ...accounts };
}

async function deployPlain() {
  return stocked(await ethers.deployContract("PlainToken", DESCRIPTION));
}
async function deployReturnsNothing() {
  return stocked(await ethers.deployContract("ReturnsNothingToken", DESCRIPTION));
}
async function deployReturnsFalse() {
  return stocked(await ethers.deployContract("ReturnsFalseToken", DESCRIPTION));
}
async function deployFeeOnTransfer() {
  return stocked(await ethers.deployContract("FeeOnTransferToken", [...DESCRIPTION, 100n]));
}
async function deploySenderFee() {
  return stocked(await ethers.deployContract("SenderFeeToken", DESCRIPTION));
}
async function deployRebasing() {
  return stocked(await ethers.deployContract("RebasingToken", DESCRIPTION));
}
async function deployReverting() {
  return stocked(await ethers.deployContract("RevertingToken", DESCRIPTION));
}
async function deployPhantom() {
  return stocked(await ethers.deployContract("PhantomToken", DESCRIPTION));
}
async function deployPermitGrief() {
  return stocked(await ethers.deployContract("PermitGriefToken", ["Grief", "GRF"]));
}
async function deployCallback() {
  const set = await stocked(await ethers.deployContract("CallbackToken", ["Callback", "CBK"]));
  const actor = await ethers.deployContract("Actor");
  const other = await ethers.deployContract("PlainToken", DESCRIPTION);
  const refuser = await ethers.deployContract("RevertingReceiver");
  await other.mint(actor, 10n);
  /** The actor pays one base unit of another token: a trace of having been called. */
  const trace = actor.interface.encodeFunctionData("execute", [
    await other.getAddress(),
    other.interface.encodeFunctionData("transfer", [set.spender.address, 1n]),
  ]);
  return { ...set, actor, other, refuser, trace };
}

describe("PlainToken", () => {
  it("is an ordinary token with the given decimals", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployPlain);
    expect(await token.decimals()).to.equal(18);
    await expect(token.connect(spender).transferFrom(holder, payee, 400n)).to.changeTokenBalances(
      token,
      [holder, payee],
      [-400n, 400n],
    );
    expect(await token.allowance(holder, spender)).to.equal(600n);
  });
});

describe("ReturnsNothingToken", () => {
  it("moves tokens and returns no data at all", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployReturnsNothing);
    const data = token.interface.encodeFunctionData("transfer", [payee.address, 1n]);
    expect(await holder.call({ to: await token.getAddress(), data })).to.equal("0x");
    await token.transfer(payee, 1n);
    await token.connect(spender).transferFrom(holder, payee, 9n);
    expect(await token.balanceOf(payee)).to.equal(10n);
    expect(await token.allowance(holder, spender)).to.equal(991n);
  });

  it("reverts when it cannot move them", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployReturnsNothing);
    await expect(token.transfer(payee, 1_001n))
      .to.be.revertedWithCustomError(token, "ReturnsNothingToken_InsufficientBalance")
      .withArgs(holder.address, 1_000n, 1_001n);
    await expect(token.connect(spender).transferFrom(holder, payee, 1_001n))
      .to.be.revertedWithCustomError(token, "ReturnsNothingToken_InsufficientAllowance")
      .withArgs(spender.address, 1_000n, 1_001n);
  });

  it("changes an allowance only from or to zero", async () => {
    const { token, spender } = await loadFixture(deployReturnsNothing);
    await expect(token.approve(spender, 5n))
      .to.be.revertedWithCustomError(token, "ReturnsNothingToken_AllowanceNotZero")
      .withArgs(spender.address, 1_000n);
    await token.approve(spender, 0n);
    await token.approve(spender, 5n);
  });
});

describe("ReturnsFalseToken", () => {
  it("returns false and moves nothing where others revert", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployReturnsFalse);
    expect(await token.transfer.staticCall(payee, 1_001n)).to.equal(false);
    expect(await token.connect(spender).transferFrom.staticCall(holder, payee, 1_001n)).to.equal(false);
    await token.transfer(payee, 1_001n);
    expect(await token.balanceOf(payee)).to.equal(0n);
    expect(await token.transfer.staticCall(payee, 1_000n)).to.equal(true);
  });

  it("refuses everything in that way when told to", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployReturnsFalse);
    await token.setRefusing(true);
    expect(await token.transfer.staticCall(payee, 1n)).to.equal(false);
    expect(await token.connect(spender).transferFrom.staticCall(holder, payee, 1n)).to.equal(false);
  });
});

describe("FeeOnTransferToken", () => {
  it("gives the recipient less than was sent", async () => {
    const { token, holder, payee } = await loadFixture(deployFeeOnTransfer);
    await expect(token.transfer(payee, 500n)).to.changeTokenBalances(token, [holder, payee], [-500n, 495n]);
    await token.setFeeBps(0n);
    await expect(token.transfer(payee, 500n)).to.changeTokenBalances(token, [holder, payee], [-500n, 500n]);
  });
});

describe("SenderFeeToken", () => {
  it("debits the sender more than was sent, once switched on", async () => {
    const { token, holder, payee } = await loadFixture(deploySenderFee);
    await expect(token.transfer(payee, 100n)).to.changeTokenBalances(token, [holder, payee], [-100n, 100n]);
    await token.setFeeBps(1_000n);
    await expect(token.transfer(payee, 100n)).to.changeTokenBalances(token, [holder, payee], [-110n, 100n]);
  });

  it("reverts when the sender cannot pay the fee too", async () => {
    const { token, holder, payee } = await loadFixture(deploySenderFee);
    await token.setFeeBps(1_000n);
    await expect(token.transfer(payee, 1_000n))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
      .withArgs(holder.address, 0n, 100n);
  });
});

describe("RebasingToken", () => {
  it("scales every balance without a transfer", async () => {
    const { token, holder, payee } = await loadFixture(deployRebasing);
    await token.transfer(payee, 400n);
    await expect(token.rebase(1n, 2n))
      .to.emit(token, "Rebased")
      .withArgs(10n ** 18n, 5n * 10n ** 17n);
    expect(await token.balanceOf(holder)).to.equal(300n);
    expect(await token.balanceOf(payee)).to.equal(200n);
    expect(await token.totalSupply()).to.equal(500n);
    await expect(token.transfer(payee, 301n))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
      .withArgs(holder.address, 300n, 301n);
    await token.rebase(4n, 1n);
    await expect(token.transfer(payee, 1_200n)).to.changeTokenBalances(token, [holder, payee], [-1_200n, 1_200n]);
  });
});

describe("RevertingToken", () => {
  it("is ordinary until switched on, then reverts", async () => {
    const { token, holder, payee, spender } = await loadFixture(deployReverting);
    await token.transfer(payee, 1n);
    const misbehave = await ethers.getContractAt("Misbehave", await token.getAddress());
    await token.setMode(MISBEHAVIOUR.Revert);
    await expect(token.transfer(payee, 1n)).to.be.revertedWithCustomError(misbehave, "Misbehave_Refused");
    await expect(token.connect(spender).transferFrom(holder, payee, 1n)).to.be.reverted;
    await token.mint(payee, 1n);
    expect(await token.balanceOf(payee)).to.equal(2n);
  });

  it("can fail for one recipient only", async () => {
    const { token, payee, spender } = await loadFixture(deployReverting);
    await token.setModeFor(payee, MISBEHAVIOUR.BurnGas);
    await token.transfer(spender, 1n);
    await expect(token.transfer(payee, 1n, { gasLimit: 200_000n })).to.be.reverted;
  });

  it("throws bombs and burns the gas of whoever transfers", async () => {
    const { token, payee } = await loadFixture(deployReverting);
    const caller = await ethers.deployContract("GasCappedCaller");
    await token.mint(caller, 10n);
    const transfer = token.interface.encodeFunctionData("transfer", [payee.address, 1n]);
    const attempt = () => caller.callWithGas(token, 300_000n, transfer, { gasLimit: 3_000_000n });

    await token.setMode(MISBEHAVIOUR.RevertBomb);
    await attempt();
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastReturnSize()).to.be.greaterThan(300_000n);

    await token.setMode(MISBEHAVIOUR.ReturnBomb);
    await attempt();
    expect(await caller.lastSuccess()).to.equal(true);
    expect(await caller.lastReturnSize()).to.be.greaterThan(300_000n);
    expect((await caller.lastReturnData()).slice(0, 66)).to.equal(ethers.toBeHex(1n, 32));

    await token.setMode(MISBEHAVIOUR.BurnGas);
    await attempt();
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastGasUsed()).to.be.greaterThan(299_999n);
    expect(await token.balanceOf(payee)).to.equal(0n);

    await token.setMode(MISBEHAVIOUR.BurnGasAndSucceed);
    await attempt();
    expect(await caller.lastSuccess()).to.equal(true);
    expect(await caller.lastGasUsed()).to.be.greaterThan(200_000n);
    expect(await token.balanceOf(payee)).to.equal(1n);
  });
});

describe("PhantomToken", () => {
  it("accepts a permit and an authorization that it does not know, and does nothing", async () => {
    const { token, holder, payee } = await loadFixture(deployPhantom);
    const stable = await ethers.getContractAt("StableToken", await token.getAddress());
    await stable.connect(payee)[RECEIVE_BYTES](holder, payee, 5n, 0n, ethers.MaxUint256, ethers.ZeroHash, "0x");
    await stable[PERMIT_BYTES](holder, payee, 5n, ethers.MaxUint256, "0x");
    expect(await token.balanceOf(payee)).to.equal(0n);
    expect(await token.allowance(holder, payee)).to.equal(0n);
  });
});

describe("PermitGriefToken", () => {
  it("spoils a valid permit in each way, while transfers work", async () => {
    const { token, holder, payee } = await loadFixture(deployPermitGrief);
    const { serialized } = await signForToken(holder, token, "Permit", {
      owner: holder.address,
      spender: payee.address,
      value: 5n,
      nonce: 0n,
      deadline: ethers.MaxUint256,
    });
    const permit = () =>
      token[PERMIT_BYTES](holder, payee, 5n, ethers.MaxUint256, serialized, { gasLimit: 1_000_000n });

    for (const mode of [MISBEHAVIOUR.Revert, MISBEHAVIOUR.RevertBomb, MISBEHAVIOUR.BurnGas]) {
      await token.setMode(mode);
      await expect(permit()).to.be.reverted;
    }
    await token.setMode(MISBEHAVIOUR.ReturnBomb);
    await permit();
    expect(await token.allowance(holder, payee)).to.equal(0n);
    await token.setMode(MISBEHAVIOUR.BurnGasAndSucceed);
    await permit();
    expect(await token.allowance(holder, payee)).to.equal(5n);
    await token.transfer(payee, 1n);
  });
});

describe("CallbackToken", () => {
  for (const moment of ["BeforeTransfer", "AfterTransfer"] as const) {
    it(`calls out once in a transfer (${moment})`, async () => {
      const { token, holder, payee, spender, actor, other, trace } = await loadFixture(deployCallback);
      await token.setCallback(MOMENT[moment], actor, trace);
      await expect(token.transfer(payee, 10n))
        .to.emit(token, "CallbackRan")
        .withArgs(MOMENT[moment], await actor.getAddress(), true, (data: string) => data.length > 2);
      await token.connect(spender).transferFrom(holder, payee, 10n);
      expect(await other.balanceOf(spender)).to.equal(1n);
      expect(await token.resultCount()).to.equal(1n);
      expect((await token.result(0n)).success).to.equal(true);
      expect(await token.balanceOf(payee)).to.equal(20n);
    });
  }

  it("sees old balances before and new balances after", async () => {
    const { token, payee } = await loadFixture(deployCallback);
    const read = token.interface.encodeFunctionData("balanceOf", [payee.address]);
    await token.setCallback(MOMENT.BeforeTransfer, token, read);
    await token.setCallback(MOMENT.AfterTransfer, token, read);
    await token.transfer(payee, 10n);
    expect((await token.result(0n)).returnData).to.equal(ethers.toBeHex(0n, 32));
    expect((await token.result(1n)).returnData).to.equal(ethers.toBeHex(10n, 32));
  });

  it("keeps the error of a callback that fails, or fails with it", async () => {
    const { token, payee, refuser } = await loadFixture(deployCallback);
    const data = "0xdeadbeef";
    const refusal = refuser.interface.encodeErrorResult("RevertingReceiver_Refused", [data]);
    await token.setCallback(MOMENT.AfterTransfer, refuser, data);
    await token.transfer(payee, 10n);
    const { success, returnData } = await token.result(0n);
    expect([success, returnData]).to.deep.equal([false, refusal]);

    await token.setCallbackWith(MOMENT.AfterTransfer, {
      target: refuser,
      data,
      party: ethers.ZeroAddress,
      times: 1n,
      mustSucceed: true,
      swallow: false,
    });
    await expect(token.transfer(payee, 10n))
      .to.be.revertedWithCustomError(refuser, "RevertingReceiver_Refused")
      .withArgs(data);
    await token.clearCallback(MOMENT.AfterTransfer);
    await token.transfer(payee, 10n);
  });

  it("can wait for one party and swallow the transfer", async () => {
    const { token, holder, payee, spender, actor, other, trace } = await loadFixture(deployCallback);
    await token.setCallbackWith(MOMENT.BeforeTransfer, {
      target: actor,
      data: trace,
      party: payee,
      times: 2n,
      mustSucceed: true,
      swallow: true,
    });
    await token.transfer(payee, 10n);
    expect(await other.balanceOf(spender)).to.equal(0n);
    expect(await token.connect(payee).transfer.staticCall(holder, 10n)).to.equal(true);
    await token.connect(payee).transfer(holder, 10n);
    await token.connect(payee).transfer(holder, 10n);
    expect(await token.balanceOf(payee)).to.equal(10n);
    expect(await other.balanceOf(spender)).to.equal(2n);
    await token.connect(payee).transfer(holder, 10n);
    expect(await token.balanceOf(payee)).to.equal(0n);
  });

  it("calls out in a permit, which then takes effect", async () => {
    const { token, holder, payee, spender, actor, other, trace } = await loadFixture(deployCallback);
    const { serialized } = await signForToken(holder, token, "Permit", {
      owner: holder.address,
      spender: payee.address,
      value: 5n,
      nonce: 0n,
      deadline: ethers.MaxUint256,
    });
    await token.setCallback(MOMENT.Permit, actor, trace);
    await token[PERMIT_BYTES](holder, payee, 5n, ethers.MaxUint256, serialized);
    expect(await other.balanceOf(spender)).to.equal(1n);
    expect(await token.allowance(holder, payee)).to.equal(5n);
  });

  it("calls out in authorized transfers of every form", async () => {
    const { token, holder, payee, spender, actor, other, trace } = await loadFixture(deployCallback);
    let expected = 0n;
    for (const type of ["TransferWithAuthorization", "ReceiveWithAuthorization"] as const) {
      for (const form of ["bytes", "vrs"] as const) {
        const message = await authorization(holder, payee, 5n);
        const { serialized, v, r, s } = await signForToken(holder, token, type, { ...message });
        await token.setCallback(MOMENT.Authorization, actor, trace);
        const [bytesForm, vrsForm] =
          type === "TransferWithAuthorization"
            ? ([TRANSFER_BYTES, TRANSFER_VRS] as const)
            : ([RECEIVE_BYTES, RECEIVE_VRS] as const);
        await (form === "bytes"
          ? token.connect(payee)[bytesForm](...unpack(message), serialized)
          : token.connect(payee)[vrsForm](...unpack(message), v, r, s));
        expected += 1n;
        expect(await other.balanceOf(spender)).to.equal(expected);
        expect(await token.balanceOf(payee)).to.equal(expected * 5n);
      }
    }
  });

  it("calls out in balanceOf, statically", async () => {
    const { token, holder, payee, spender, actor, other, refuser, trace } = await loadFixture(deployCallback);
    await token.setCallback(MOMENT.BalanceOf, actor, trace);
    expect(await token.balanceOf(holder)).to.equal(1_000n);
    expect(await other.balanceOf(spender)).to.equal(0n);
    await token.setCallbackWith(MOMENT.BalanceOf, {
      target: refuser,
      data: "0xdeadbeef",
      party: payee,
      times: 0n,
      mustSucceed: true,
      swallow: false,
    });
    expect(await token.balanceOf(holder)).to.equal(1_000n);
    await expect(token.balanceOf(payee)).to.be.revertedWithCustomError(refuser, "RevertingReceiver_Refused");
  });
});

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { loadFixture } from "../../fixtures/loadFixture";
import { MISBEHAVIOUR, ORACLE } from "./modes";

const RECORD = "0x12345678";
const RECORD_CALL = RECORD + "00".repeat(64);

async function deployActors() {
  const [owner, stranger] = (await ethers.getSigners()) as [HardhatEthersSigner, HardhatEthersSigner];
  const token = await ethers.deployContract("PlainToken", ["Plain", "PLN", 18]);
  const caller = await ethers.deployContract("GasCappedCaller");
  const capped = (target: { getAddress(): Promise<string> }, gas: bigint, data: string) =>
    target.getAddress().then((address) => caller.callWithGas(address, gas, data, { gasLimit: 5_000_000n }));
  return { owner, stranger, token, caller, capped };
}

describe("Actor", () => {
  it("calls anything for anyone, passes errors on or tells of them", async () => {
    const { stranger, token } = await loadFixture(deployActors);
    const actor = await ethers.deployContract("Actor");
    await token.mint(actor, 5n);
    const transfer = (amount: bigint) => token.interface.encodeFunctionData("transfer", [stranger.address, amount]);

    await actor.connect(stranger).execute(token, transfer(1n));
    await actor.executeBatch([
      { target: token, data: transfer(1n) },
      { target: token, data: transfer(2n) },
    ]);
    expect(await token.balanceOf(stranger)).to.equal(4n);
    await expect(actor.execute(token, transfer(2n)))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
      .withArgs(await actor.getAddress(), 1n, 2n);
    const [success, returnData] = await actor.tryExecute.staticCall(token, transfer(2n));
    expect(success).to.equal(false);
    expect(returnData.slice(0, 10)).to.equal(token.interface.getError("ERC20InsufficientBalance")!.selector);
  });
});

describe("ScriptedActor", () => {
  it("answers what it was told and misbehaves where it was told", async () => {
    const { owner } = await loadFixture(deployActors);
    const actor = await ethers.deployContract("ScriptedActor");
    const ask = async () => owner.call({ to: await actor.getAddress(), data: RECORD_CALL });

    expect(await ask()).to.equal("0x");
    await actor.setAnswer(RECORD, "0xc0ffee");
    expect(await ask()).to.equal("0xc0ffee");
    await actor.setMisbehaviour(RECORD, MISBEHAVIOUR.Revert, "0x");
    await expect(ask()).to.be.revertedWithCustomError(actor, "Misbehave_Refused");
    await actor.clearScript(RECORD);
    expect(await ask()).to.equal("0x");
    await actor.setDefaultMode(MISBEHAVIOUR.Revert);
    await expect(ask()).to.be.revertedWithCustomError(actor, "Misbehave_Refused");
  });
});

describe("ERC1271Wallet", () => {
  it("takes its owner's signatures until it changes hands, and no others", async () => {
    const { owner, stranger } = await loadFixture(deployActors);
    const wallet = await ethers.deployContract("ERC1271Wallet", [owner.address]);
    const message = ethers.toUtf8Bytes("an offer");
    const hash = ethers.hashMessage(message);
    const signature = await owner.signMessage(message);

    expect(await wallet.isValidSignature(hash, signature)).to.equal("0x1626ba7e");
    expect(await wallet.isValidSignature(hash, await stranger.signMessage(message))).to.equal("0xffffffff");
    expect(await wallet.isValidSignature(hash, "0x")).to.equal("0xffffffff");
    await wallet.setOwner(stranger);
    expect(await wallet.isValidSignature(hash, signature)).to.equal("0xffffffff");
  });

  it("acts for its owner only, and takes tokens and currency", async () => {
    const { owner, stranger, token } = await loadFixture(deployActors);
    const wallet = await ethers.deployContract("ERC1271Wallet", [owner.address]);
    await token.mint(wallet, 5n);
    const transfer = token.interface.encodeFunctionData("transfer", [stranger.address, 5n]);
    await expect(wallet.connect(stranger).execute(token, transfer))
      .to.be.revertedWithCustomError(wallet, "ERC1271Wallet_NotOwner")
      .withArgs(stranger.address, owner.address);
    await wallet.execute(token, transfer);
    expect(await token.balanceOf(stranger)).to.equal(5n);

    await owner.sendTransaction({ to: await wallet.getAddress(), value: 1n });
    expect(await wallet.onERC721Received.staticCall(owner, owner, 1n, "0x")).to.equal("0x150b7a02");
  });
});

describe("RevertingReceiver", () => {
  it("reverts on every call and on currency, and still acts", async () => {
    const { owner, stranger, token } = await loadFixture(deployActors);
    const receiver = await ethers.deployContract("RevertingReceiver");
    const wallet = await ethers.getContractAt("ERC1271Wallet", await receiver.getAddress());
    await expect(wallet.isValidSignature(ethers.ZeroHash, "0x"))
      .to.be.revertedWithCustomError(receiver, "RevertingReceiver_Refused")
      .withArgs("0x1626ba7e");
    await expect(owner.sendTransaction({ to: await receiver.getAddress(), value: 1n }))
      .to.be.revertedWithCustomError(receiver, "RevertingReceiver_Refused")
      .withArgs("0x00000000");

    await token.mint(receiver, 1n);
    await receiver.execute(token, token.interface.encodeFunctionData("transfer", [stranger.address, 1n]));
    expect(await token.balanceOf(stranger)).to.equal(1n);
  });
});

describe("RegistryImpostor", () => {
  it("says yes to everything", async () => {
    const { owner, stranger } = await loadFixture(deployActors);
    const impostor = await ethers.deployContract("RegistryImpostor");
    await impostor.setEpoch(7);
    const registry = await ethers.getContractAt("IAgentRegistry", await impostor.getAddress());
    expect([...(await registry.verifyAgent(123n, stranger))]).to.deep.equal([true, 7n]);
    expect(await registry.ownershipEpoch(123n)).to.equal(7n);
    expect(await registry.isAuthorizedOrOwner(stranger, 123n)).to.equal(true);
    expect(await registry.getAgentWallet(123n)).to.equal(owner.address);
    expect(await registry.getMetadata(123n, "agentWallet")).to.equal(owner.address.toLowerCase());

    await impostor.setImpostor(stranger);
    expect(await impostor.ownerOf(123n)).to.equal(stranger.address);
    expect(await impostor.getApproved(123n)).to.equal(stranger.address);
    expect(await impostor.isApprovedForAll(owner, stranger)).to.equal(true);
    expect(await impostor.supportsInterface("0xffffffff")).to.equal(true);
  });
});

describe("evaluator doubles", () => {
  it("PublishedPeriodEvaluator publishes what it was last told, and judges", async () => {
    const { token, stranger } = await loadFixture(deployActors);
    const evaluator = await ethers.deployContract("PublishedPeriodEvaluator", [3_600n]);
    expect(await evaluator.maxEvaluationPeriod()).to.equal(3_600n);
    await evaluator.setMaxEvaluationPeriod(ethers.MaxUint256);
    expect(await evaluator.maxEvaluationPeriod()).to.equal(ethers.MaxUint256);
    await token.mint(evaluator, 1n);
    await evaluator.execute(token, token.interface.encodeFunctionData("transfer", [stranger.address, 1n]));
    expect(await token.balanceOf(stranger)).to.equal(1n);
  });

  it("GasBurningEvaluator burns what it is given", async () => {
    const { caller, capped } = await loadFixture(deployActors);
    const evaluator = await ethers.deployContract("GasBurningEvaluator", [3_600n]);
    const ask = evaluator.interface.encodeFunctionData("maxEvaluationPeriod");
    await capped(evaluator, 50_000n, ask);
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastGasUsed()).to.be.greaterThan(49_999n);

    await evaluator.setMode(MISBEHAVIOUR.BurnGasAndSucceed);
    await capped(evaluator, 50_000n, ask);
    expect(await caller.lastSuccess()).to.equal(true);
    expect(await caller.lastReturnData()).to.equal(ethers.toBeHex(3_600n, 32));
    expect(await caller.lastGasUsed()).to.be.greaterThan(35_000n);
  });

  it("ReturnBombEvaluator answers with a period and a flood", async () => {
    const { caller, capped } = await loadFixture(deployActors);
    const evaluator = await ethers.deployContract("ReturnBombEvaluator", [3_600n]);
    await capped(evaluator, 1_000_000n, evaluator.interface.encodeFunctionData("maxEvaluationPeriod"));
    expect(await caller.lastSuccess()).to.equal(true);
    expect((await caller.lastReturnData()).slice(0, 66)).to.equal(ethers.toBeHex(3_600n, 32));
    expect(await caller.lastReturnSize()).to.be.greaterThan(600_000n);
  });
});

describe("RevertingLedger", () => {
  it("fails at first, then as it is told, and counts what got through", async () => {
    const { caller, capped } = await loadFixture(deployActors);
    const ledger = await ethers.deployContract("RevertingLedger");
    const record = () => capped(ledger, 350_000n, RECORD_CALL);
    const outcomes: [number, boolean][] = [
      [MISBEHAVIOUR.Revert, false],
      [MISBEHAVIOUR.RevertBomb, false],
      [MISBEHAVIOUR.BurnGas, false],
      [MISBEHAVIOUR.None, true],
      [MISBEHAVIOUR.ReturnBomb, true],
      [MISBEHAVIOUR.BurnGasAndSucceed, true],
    ];

    await record();
    expect(await caller.lastSuccess()).to.equal(false);
    let count = 0n;
    for (const [mode, success] of outcomes) {
      await ledger.setDefaultMode(mode);
      await record();
      expect(await caller.lastSuccess()).to.equal(success);
      count += success ? 1n : 0n;
      expect(await ledger.callCount()).to.equal(count);
    }
    expect(await ledger.lastCallHash()).to.equal(ethers.keccak256(RECORD_CALL));
  });

  it("answers views by script while it fails to record", async () => {
    const { owner, capped, caller } = await loadFixture(deployActors);
    const ledger = await ethers.deployContract("RevertingLedger");
    await ledger.setAnswer("0xaabbccdd", ethers.toBeHex(5n, 32));
    expect(await owner.call({ to: await ledger.getAddress(), data: "0xaabbccdd" })).to.equal(ethers.toBeHex(5n, 32));
    await capped(ledger, 350_000n, RECORD_CALL);
    expect(await caller.lastSuccess()).to.equal(false);
  });
});

describe("FakeEscrow", () => {
  it("writes under its own address and tells of jobs that never were", async () => {
    const { owner, stranger, token } = await loadFixture(deployActors);
    const ledger = await ethers.deployContract("RevertingLedger");
    await ledger.setDefaultMode(MISBEHAVIOUR.None);
    const escrow = await ethers.deployContract("FakeEscrow");
    await expect(escrow.execute(ledger, RECORD_CALL))
      .to.emit(ledger, "CallReceived")
      .withArgs(await escrow.getAddress(), RECORD, RECORD_CALL);

    expect((await escrow.settledJob(1n)).eligible).to.equal(false);
    const job = {
      client: owner.address,
      clientAgentId: 1n,
      clientEpoch: 0n,
      provider: stranger.address,
      providerAgentId: 2n,
      providerEpoch: 3n,
      token: await token.getAddress(),
      amount: 1_000n,
      evaluatorFeeBps: 0n,
    };
    await escrow.setSettledJob(1n, true, job);
    const told = await escrow.settledJob(1n);
    expect(told.eligible).to.equal(true);
    expect([...told.job]).to.deep.equal(Object.values(job));
  });
});

describe("GasCappedCaller", () => {
  it("gives the target exactly the gas it was told", async () => {
    const { caller } = await loadFixture(deployActors);
    const target = await ethers.deployContract("RevertingLedger");
    await target.setDefaultMode(MISBEHAVIOUR.BurnGas);
    for (const gas of [60_000n, 60_001n, 300_000n]) {
      await caller.callWithGas(target, gas, RECORD_CALL, { gasLimit: 3_000_000n });
      const used = await caller.lastGasUsed();
      expect(used)
        .to.be.greaterThanOrEqual(gas)
        .and.to.be.lessThan(gas + 5_000n);
    }
  });

  it("reverts rather than give less", async () => {
    const { caller } = await loadFixture(deployActors);
    await expect(caller.callWithGas(caller, 1_000_000n, "0x", { gasLimit: 1_000_000n })).to.be.revertedWithCustomError(
      caller,
      "GasCappedCaller_InsufficientGas",
    );
  });
});

describe("ScriptedRandomness", () => {
  it("gives the word it was told to, whatever the moment and the proof", async () => {
    const { stranger } = await loadFixture(deployActors);
    const source = await ethers.deployContract("ScriptedRandomness");
    expect(await source.randomnessAt(0n, "0x")).to.equal(ethers.ZeroHash);
    const word = ethers.id("word");
    await source.connect(stranger).setWord(word);
    expect(await source.word()).to.equal(word);
    for (const moment of [0n, 1n, ethers.MaxUint256]) {
      expect(await source.randomnessAt(moment, "0x1234")).to.equal(word);
    }
  });
});

describe("ScriptedOracle", () => {
  it("names whom it was told to, or fails as it was told to", async () => {
    const { owner, stranger, caller, capped } = await loadFixture(deployActors);
    const oracle = await ethers.deployContract("ScriptedOracle");
    await oracle.setSanctioned(stranger, true);
    expect(await oracle.isSanctioned(stranger)).to.equal(true);
    expect(await oracle.isSanctioned(owner)).to.equal(false);
    const data = oracle.interface.encodeFunctionData("isSanctioned", [stranger.address]);
    const ask = async () => owner.call({ to: await oracle.getAddress(), data });
    for (const [conduct, length] of [
      [ORACLE.Silent, 0],
      [ORACLE.Short, 31],
      [ORACLE.Honest, 32],
    ] as const) {
      await oracle.setConduct(conduct);
      expect(await oracle.conduct()).to.equal(BigInt(conduct));
      expect(ethers.dataLength(await ask())).to.equal(length);
    }
    await oracle.setConduct(ORACLE.Reverting);
    await expect(oracle.isSanctioned(stranger))
      .to.be.revertedWithCustomError(oracle, "ScriptedOracle_OutOfOrder")
      .withArgs();
    await oracle.setConduct(ORACLE.BurningGas);
    await capped(oracle, 50_000n, data);
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastGasUsed()).to.be.greaterThanOrEqual(50_000n);
  });
});

describe("ScriptedArbitrable", () => {
  it("keeps rulings, calls as it was told while it takes them, and acts for anyone", async () => {
    const { owner, stranger, token } = await loadFixture(deployActors);
    const arbitrable = await ethers.deployContract("ScriptedArbitrable");
    await token.mint(arbitrable, 1n);
    const transfer = token.interface.encodeFunctionData("transfer", [stranger.address, 1n]);
    const target = await token.getAddress();
    await arbitrable.setScript([
      { target, data: transfer },
      { target, data: transfer },
    ]);
    await expect(arbitrable.connect(stranger).rule(7n, 3n))
      .to.emit(arbitrable, "Ruling")
      .withArgs(stranger.address, 7n, 3n);
    expect([...(await arbitrable.rulingAt(0n))]).to.deep.equal([stranger.address, 7n, 3n]);
    expect(await arbitrable.succeeded()).to.equal(1n);
    expect((await arbitrable.returnData()).slice(0, 10)).to.equal(
      token.interface.getError("ERC20InsufficientBalance")!.selector,
    );
    await owner.sendTransaction({ to: await arbitrable.getAddress(), value: 1n });
    await arbitrable.setScript([]);
    await arbitrable.execute(arbitrable, arbitrable.interface.encodeFunctionData("rule", [8n, 0n]));
    expect((await arbitrable.rulingAt(1n)).arbitrator).to.equal(await arbitrable.getAddress());
    expect(await arbitrable.rulingCount()).to.equal(2n);
  });

  it("misbehaves as it was told, and then keeps nothing", async () => {
    await loadFixture(deployActors);
    const arbitrable = await ethers.deployContract("ScriptedArbitrable");
    await arbitrable.setMode(MISBEHAVIOUR.Revert);
    expect(await arbitrable.mode()).to.equal(BigInt(MISBEHAVIOUR.Revert));
    await expect(arbitrable.rule(1n, 1n)).to.be.revertedWithCustomError(arbitrable, "Misbehave_Refused");
    expect(await arbitrable.rulingCount()).to.equal(0n);
  });
});

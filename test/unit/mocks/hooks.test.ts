import { expect } from "chai";
import { ethers } from "hardhat";

import { loadFixture } from "../../fixtures/loadFixture";
import { MISBEHAVIOUR, PHASE } from "./modes";

const FUND = ethers.id("fund(uint256,uint256,bytes)").slice(0, 10);
const SUBMIT = ethers.id("submit(uint256,bytes32,bytes)").slice(0, 10);
const ANY = "0x00000000";
const JOB_ID = 77n;
const DATA = "0x" + "ab".repeat(100);

/** What stands for the escrow: it answers `getJob` with a Submitted job and can call hooks. */
async function deployCaller() {
  const escrow = await ethers.deployContract("ScriptedActor");
  const answer = ethers.AbiCoder.defaultAbiCoder().encode(
    ["tuple(uint256,address,address,address,string,uint256,uint256,uint8,address,uint256)"],
    [
      [
        JOB_ID,
        ethers.ZeroAddress,
        ethers.ZeroAddress,
        ethers.ZeroAddress,
        "a description of more than one word, which moves behind the fixed members",
        5n,
        6n,
        2,
        ethers.ZeroAddress,
        9n,
      ],
    ],
  );
  await escrow.setAnswer(ethers.id("getJob(uint256)").slice(0, 10), answer);
  return { escrow };
}

async function deployHooks() {
  const { escrow } = await deployCaller();
  const [recording, reverting, burning, reentrant] = [
    await ethers.deployContract("RecordingHook"),
    await ethers.deployContract("RevertingHook"),
    await ethers.deployContract("GasBurningHook"),
    await ethers.deployContract("ReentrantHook"),
  ];
  const call = (phase: "beforeAction" | "afterAction", selector: string, jobId = JOB_ID) =>
    recording.interface.encodeFunctionData(phase as "beforeAction", [jobId, selector, DATA]);
  return { escrow, recording, reverting, burning, reentrant, call };
}

describe("hook doubles", () => {
  it("say through ERC-165 that they are hooks, NoERC165Hook excepted", async () => {
    const { recording, reverting, burning, reentrant } = await loadFixture(deployHooks);
    const selectors = [recording.beforeAction, recording.afterAction].map((f) => BigInt(f.fragment.selector));
    const interfaceId = ethers.toBeHex(selectors[0]! ^ selectors[1]!, 4);
    for (const hook of [recording, reverting, burning, reentrant]) {
      expect(await hook.supportsInterface(interfaceId)).to.equal(true);
      expect(await hook.supportsInterface("0x01ffc9a7")).to.equal(true);
      expect(await hook.supportsInterface("0xffffffff")).to.equal(false);
    }

    const plain = await ethers.deployContract("NoERC165Hook");
    const asHook = await ethers.getContractAt("IERC8183Hook", await plain.getAddress());
    await expect(asHook.supportsInterface("0x01ffc9a7")).to.be.reverted;
    await asHook.beforeAction(JOB_ID, FUND, DATA);
    await asHook.afterAction(JOB_ID, FUND, DATA);
    expect([await plain.beforeCount(), await plain.afterCount()]).to.deep.equal([1n, 1n]);
  });
});

describe("RecordingHook", () => {
  it("remembers each callback and the status that getJob told then", async () => {
    const { escrow, recording, call } = await loadFixture(deployHooks);
    await escrow.execute(recording, call("beforeAction", FUND));
    await escrow.execute(recording, call("afterAction", SUBMIT));

    expect(await recording.callbackCount()).to.equal(2n);
    const [first, second] = await recording.callbacks();
    expect([...first!]).to.deep.equal([
      BigInt(PHASE.Before),
      FUND,
      true,
      2n,
      await escrow.getAddress(),
      JOB_ID,
      ethers.keccak256(DATA),
      DATA,
    ]);
    expect([second!.phase, second!.selector]).to.deep.equal([BigInt(PHASE.After), SUBMIT]);
    await recording.clear();
    expect(await recording.callbackCount()).to.equal(0n);
  });

  it("reads the status from separate return values too", async () => {
    const { escrow, recording, call } = await loadFixture(deployHooks);
    const zero = ethers.ZeroAddress;
    await escrow.setAnswer(
      ethers.id("getJob(uint256)").slice(0, 10),
      ethers.AbiCoder.defaultAbiCoder().encode(
        ["uint256", "address", "address", "address", "string", "uint256", "uint256", "uint8"],
        [JOB_ID, zero, zero, zero, "text", 5n, 6n, 4],
      ),
    );
    await escrow.execute(recording, call("beforeAction", FUND));
    const { statusKnown, status } = await recording.callback(0n);
    expect([statusKnown, status]).to.deep.equal([true, 4n]);
  });

  it("goes without the status if the caller has none, and without the data if told to", async () => {
    const { escrow, recording, call } = await loadFixture(deployHooks);
    await recording.setKeepingData(false);
    await expect(recording.afterAction(JOB_ID, FUND, DATA))
      .to.emit(recording, "CallbackRecorded")
      .withArgs(PHASE.After, JOB_ID, FUND, false, 0, DATA);
    await escrow.execute(recording, call("beforeAction", FUND, JOB_ID + 1n));
    for (const i of [0n, 1n]) {
      const { statusKnown, data, dataHash } = await recording.callback(i);
      expect([statusKnown, data, dataHash]).to.deep.equal([false, "0x", ethers.keccak256(DATA)]);
    }
  });
});

describe("RevertingHook", () => {
  it("refuses the chosen callbacks and no others", async () => {
    const { reverting } = await loadFixture(deployHooks);
    await reverting.setTrigger(PHASE.After, FUND, true);
    await reverting.beforeAction(JOB_ID, FUND, DATA);
    await reverting.afterAction(JOB_ID, SUBMIT, DATA);
    await expect(reverting.afterAction(JOB_ID, FUND, DATA))
      .to.be.revertedWithCustomError(reverting, "RevertingHook_Refused")
      .withArgs(JOB_ID, FUND, PHASE.After);

    await reverting.setTrigger(PHASE.After, FUND, false);
    await reverting.afterAction(JOB_ID, FUND, DATA);
    await reverting.setTrigger(PHASE.Before, ANY, true);
    await expect(reverting.beforeAction(JOB_ID, SUBMIT, DATA))
      .to.be.revertedWithCustomError(reverting, "RevertingHook_Refused")
      .withArgs(JOB_ID, SUBMIT, PHASE.Before);
  });
});

describe("GasBurningHook", () => {
  it("burns all it is given, or throws bombs", async () => {
    const { burning, call } = await loadFixture(deployHooks);
    const caller = await ethers.deployContract("GasCappedCaller");
    const attempt = () => caller.callWithGas(burning, 500_000n, call("beforeAction", SUBMIT), { gasLimit: 3_000_000n });

    await attempt();
    expect(await caller.lastSuccess()).to.equal(true);
    await burning.setTrigger(PHASE.Before, SUBMIT, true);

    await attempt();
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastGasUsed()).to.be.greaterThan(499_999n);

    await burning.setMode(MISBEHAVIOUR.BurnGasAndSucceed);
    await attempt();
    expect(await caller.lastSuccess()).to.equal(true);
    expect(await caller.lastGasUsed()).to.be.greaterThan(480_000n);

    for (const [mode, success] of [
      [MISBEHAVIOUR.RevertBomb, false],
      [MISBEHAVIOUR.ReturnBomb, true],
    ] as const) {
      await burning.setMode(mode);
      await attempt();
      expect(await caller.lastSuccess()).to.equal(success);
      expect(await caller.lastReturnSize()).to.be.greaterThan(400_000n);
    }
  });

  it("kills a caller that copies what it returns", async () => {
    const { escrow, burning, call } = await loadFixture(deployHooks);
    await burning.setTrigger(PHASE.Before, ANY, true);
    await burning.setMode(MISBEHAVIOUR.RevertBomb);
    const caller = await ethers.deployContract("GasCappedCaller");
    // `tryExecute` would survive a failing call; copying the bomb takes the 1/64 that it kept.
    const careless = escrow.interface.encodeFunctionData("tryExecute", [
      await burning.getAddress(),
      call("beforeAction", SUBMIT),
    ]);
    await caller.callWithGas(escrow, 1_000_000n, careless, { gasLimit: 3_000_000n });
    expect(await caller.lastSuccess()).to.equal(false);
    expect(await caller.lastReturnSize()).to.equal(0n);
  });
});

describe("ReentrantHook", () => {
  it("makes the configured call in the chosen callback and remembers how it ended", async () => {
    const { escrow, recording, reentrant, call } = await loadFixture(deployHooks);
    await reentrant.setTrigger(PHASE.After, FUND, true);
    await reentrant.setCall(recording, call("beforeAction", SUBMIT), 1n, false);

    await escrow.execute(reentrant, call("beforeAction", FUND));
    expect(await reentrant.attemptCount()).to.equal(0n);
    await escrow.execute(reentrant, call("afterAction", FUND));
    await escrow.execute(reentrant, call("afterAction", FUND));
    expect(await recording.callbackCount()).to.equal(1n);
    expect((await recording.callback(0n)).caller).to.equal(await reentrant.getAddress());
    expect(await reentrant.attemptCount()).to.equal(1n);
    const { jobId, selector, success } = await reentrant.attempt(0n);
    expect([jobId, selector, success]).to.deep.equal([JOB_ID, FUND, true]);
  });

  it("keeps the error of a call that fails, or fails with it", async () => {
    const { reverting, reentrant, call } = await loadFixture(deployHooks);
    await reverting.setTrigger(PHASE.Before, ANY, true);
    await reentrant.setTrigger(PHASE.Before, ANY, true);
    const refusal = reverting.interface.encodeErrorResult("RevertingHook_Refused", [JOB_ID, SUBMIT, PHASE.Before]);

    await reentrant.setCall(reverting, call("beforeAction", SUBMIT), 1n, false);
    await reentrant.beforeAction(JOB_ID, FUND, DATA);
    const { success, returnData } = await reentrant.attempt(0n);
    expect([success, returnData]).to.deep.equal([false, refusal]);

    await reentrant.setCall(reverting, call("beforeAction", SUBMIT), 1n, true);
    await expect(reentrant.beforeAction(JOB_ID, FUND, DATA))
      .to.be.revertedWithCustomError(reverting, "RevertingHook_Refused")
      .withArgs(JOB_ID, SUBMIT, PHASE.Before);
  });
});

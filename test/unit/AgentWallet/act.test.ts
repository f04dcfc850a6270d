import { expect } from "chai";
import { AbiCoder, concat, dataSlice } from "ethers";
import type { Interface } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import { JobEscrow__factory, OptimisticEvaluator__factory } from "../../../typechain-types";
import { selectorOf } from "../../fixtures/jobs";
import type { WalletMarket } from "../../fixtures/wallet";
import { regrant, walletFixture } from "../../fixtures/wallet";

/** What keys may call on a listed escrow, and on a listed evaluator. */
const ESCROW_ACTIONS = [
  "createJob",
  "setProvider",
  "setBudget",
  "submit",
  "complete",
  "completePartially",
  "reject",
  "decline",
  "extendEvaluation",
  "cancelOffer",
  "withdraw",
];
const EVALUATOR_ACTIONS = [
  "accept",
  "escalate",
  "concede",
  "offerSplit",
  "acceptSplit",
  "submitEvidence",
  "withdraw",
  "withdrawFees",
];

const coder = AbiCoder.defaultAbiCoder();
const escrowAbi = JobEscrow__factory.createInterface();
const evaluatorAbi = OptimisticEvaluator__factory.createInterface();
const WITHDRAW = escrowAbi.getFunction("withdraw").selector;
const WITHDRAW_BOND = evaluatorAbi.getFunction("withdraw").selector;
const WITHDRAW_FEES = evaluatorAbi.getFunction("withdrawFees").selector;

/** A wallet whose policy lists one contract as an escrow and one as an evaluator that take any call. */
async function walletAndStrangers() {
  const parts = await walletFixture();
  const escrow = await ethers.deployContract("ScriptedActor");
  const evaluator = await ethers.deployContract("ScriptedActor");
  const policy = await regrant(parts, {
    escrows: [parts.stranger.address, await escrow.getAddress()],
    evaluators: [parts.stranger.address, await evaluator.getAddress()],
  });
  return { ...parts, policy, escrow, evaluator };
}

type Strangers = Awaited<ReturnType<typeof walletAndStrangers>>;

const act = (
  parts: Pick<WalletMarket, "wallet" | "key" | "policy">,
  target: { getAddress(): Promise<string> },
  data: string,
) => parts.wallet.connect(parts.key).act(encodePolicy(parts.policy), target, data);

/** The selectors of all functions that change something. */
function selectorsOf(abi: Interface): [name: string, selector: string][] {
  const found: [string, string][] = [];
  abi.forEachFunction(({ name, selector, stateMutability }) => {
    if (stateMutability !== "view" && stateMutability !== "pure") found.push([name, selector]);
  });
  return found;
}

describe("AgentWallet", () => {
  describe("act", () => {
    for (const [name, selector] of selectorsOf(escrowAbi)) {
      const allowed = ESCROW_ACTIONS.includes(name);
      it(`${allowed ? "makes" : "refuses"} the call of ${name} on a listed escrow`, async () => {
        const parts = await walletAndStrangers();
        const { wallet, key, escrow } = parts;
        const own = await wallet.getAddress();
        const data = concat([selector, coder.encode(["address", "address"], [own, own])]);
        if (allowed) {
          await expect(act(parts, escrow, data))
            .to.emit(wallet, "Acted")
            .withArgs(key.address, await escrow.getAddress(), selector, data);
        } else {
          await expect(act(parts, escrow, data))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(await escrow.getAddress(), selector);
        }
      });
    }

    for (const [name, selector] of selectorsOf(evaluatorAbi)) {
      const allowed = EVALUATOR_ACTIONS.includes(name);
      it(`${allowed ? "makes" : "refuses"} the call of ${name} on a listed evaluator`, async () => {
        const parts = await walletAndStrangers();
        const { wallet, key, evaluator } = parts;
        const own = await wallet.getAddress();
        const data = concat([selector, coder.encode(["address", "address"], [own, own])]);
        if (allowed) {
          await expect(act(parts, evaluator, data))
            .to.emit(wallet, "Acted")
            .withArgs(key.address, await evaluator.getAddress(), selector, data);
        } else {
          await expect(act(parts, evaluator, data))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(await evaluator.getAddress(), selector);
        }
      });
    }

    it("knows which of the two a contract is listed as", async () => {
      const parts = await walletAndStrangers();
      const { wallet, escrow, evaluator } = parts;
      for (const [target, abi, name] of [
        [escrow, evaluatorAbi, "accept"],
        [evaluator, escrowAbi, "submit"],
      ] as const) {
        const selector = selectorOf({ interface: abi }, name);
        await expect(act(parts, target, selector))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
          .withArgs(await target.getAddress(), selector);
      }
    });

    it("allows a contract that is listed as both the calls of both", async () => {
      const parts = await walletAndStrangers();
      const { wallet, key, escrow } = parts;
      const target = await escrow.getAddress();
      const policy = { ...parts.policy, escrows: [target], evaluators: [target] };
      await wallet.connect(parts.owner).grant(key, policy);
      for (const selector of [
        selectorOf({ interface: escrowAbi }, "submit"),
        selectorOf({ interface: evaluatorAbi }, "accept"),
      ]) {
        await expect(act({ ...parts, policy }, escrow, selector))
          .to.emit(wallet, "Acted")
          .withArgs(key.address, target, selector, selector);
      }
    });

    it("calls nobody who is not listed", async () => {
      const parts = await walletFixture();
      const { wallet, stable, registry } = parts;
      for (const target of [wallet, stable, registry, parts.provider]) {
        for (const selector of [selectorOf({ interface: escrowAbi }, "submit"), WITHDRAW_BOND]) {
          await expect(act(parts, target, selector))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(await target.getAddress(), selector);
        }
      }
    });

    it("makes no call without a whole selector", async () => {
      const parts = await walletAndStrangers();
      const { wallet, escrow, evaluator } = parts;
      for (const data of ["0x", dataSlice(WITHDRAW, 0, 3)]) {
        for (const target of [escrow, evaluator]) {
          await expect(act(parts, target, data))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(await target.getAddress(), "0x00000000");
        }
      }
    });

    it("returns what the call returned, and fails as it does", async () => {
      const parts = await walletAndStrangers();
      const { wallet, key, escrow, policy } = parts;
      const submit = selectorOf({ interface: escrowAbi }, "submit");
      await escrow.setAnswer(submit, "0xc0de");
      expect(await wallet.connect(key).act.staticCall(encodePolicy(policy), escrow, submit)).to.equal("0xc0de");
      await escrow.setMisbehaviour(submit, 1, "0x");
      const misbehaviour = await ethers.getContractFactory("Misbehave");
      await expect(act(parts, escrow, submit))
        .to.be.revertedWithCustomError(misbehaviour, "Misbehave_Refused")
        .withArgs();
      const [listed] = [parts.stranger];
      const address = await ethers.getContractAt("Address", wallet);
      await expect(act(parts, listed, submit))
        .to.be.revertedWithCustomError(address, "AddressEmptyCode")
        .withArgs(listed.address);
    });

    describe("withdrawals", () => {
      const own = async ({ wallet }: Strangers) => wallet.getAddress();
      const kinds = [
        { name: "withdraw of an escrow", on: "escrow", selector: WITHDRAW, place: 1 },
        { name: "withdraw of an evaluator", on: "evaluator", selector: WITHDRAW_BOND, place: 0 },
        { name: "withdrawFees of an evaluator", on: "evaluator", selector: WITHDRAW_FEES, place: 1 },
      ] as const;

      for (const { name, on, selector, place } of kinds) {
        it(`send the money of ${name} to the wallet only`, async () => {
          const parts = await walletAndStrangers();
          const { wallet, key, owner, stranger } = parts;
          for (const { address } of [key, owner, stranger]) {
            // The wallet's address in every other place does not help.
            const words = [await own(parts), await own(parts), await own(parts)];
            words[place] = address;
            const data = concat([selector, coder.encode(["address", "address", "address"], words)]);
            await expect(act(parts, parts[on], data))
              .to.be.revertedWithCustomError(wallet, "AgentWallet_WrongRecipient")
              .withArgs(address);
          }
        });

        it(`read no recipient of ${name} out of truncated or unclean data`, async () => {
          const parts = await walletAndStrangers();
          const words = [...Array(place + 1).keys()];
          const whole = concat([
            selector,
            coder.encode(
              words.map(() => "address"),
              await Promise.all(words.map(() => own(parts))),
            ),
          ]);
          const length = 4 + 32 * (place + 1);
          for (const cut of [1, 32]) {
            await expect(act(parts, parts[on], dataSlice(whole, 0, length - cut))).to.be.revertedWithoutReason();
          }
          const unclean = concat([dataSlice(whole, 0, length - 32), "0x01", dataSlice(whole, length - 31)]);
          await expect(act(parts, parts[on], unclean)).to.be.revertedWithoutReason();
          await act(parts, parts[on], whole);
        });
      }

      it("are not called on the other kind of contract", async () => {
        // An escrow's two-argument withdraw is no function of evaluators, and the other way round.
        const parts = await walletAndStrangers();
        const { wallet, escrow, evaluator } = parts;
        for (const [target, selector] of [
          [escrow, WITHDRAW_BOND],
          [escrow, WITHDRAW_FEES],
          [evaluator, WITHDRAW],
        ] as const) {
          const data = concat([selector, coder.encode(["address", "address"], [await own(parts), await own(parts)])]);
          await expect(act(parts, target, data))
            .to.be.revertedWithCustomError(wallet, "AgentWallet_CallNotAllowed")
            .withArgs(await target.getAddress(), selector);
        }
      });
    });
  });
});

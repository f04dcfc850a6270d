import { expect } from "chai";
import type { AddressLike } from "ethers";
import { ZeroHash, resolveAddress, toBeHex, zeroPadValue } from "ethers";
import { ethers } from "hardhat";

import { PERMIT2_ADDRESS } from "../../sdk/create2";
import { encodePolicy } from "../../sdk/wallets";
import { IOptimisticEvaluator__factory } from "../../typechain-types";
import { PRICE, REASON, hireJob, selectorOf } from "../fixtures/jobs";
import type { WalletMarket } from "../fixtures/wallet";
import {
  ADMITTED_CAP,
  CO_SIGN_ABOVE,
  WINDOW_CAP,
  hireThroughWallet,
  limitOf,
  policyOf,
  prepareWalletHire,
  regrant,
  walletFixture,
} from "../fixtures/wallet";
import { MISBEHAVIOUR, MOMENT, PHASE } from "../unit/mocks/modes";
import { limitsOf, openJob, payCall } from "./agent-wallet-support";

const evaluatorCalls = IOptimisticEvaluator__factory.createInterface();

/** A listed evaluator that answers what it is told to, with a court that takes what it is given, and room to see it. */
async function lyingEvaluator() {
  const parts = await walletFixture();
  const liar = await ethers.deployContract("ScriptedActor");
  const court = await ethers.deployContract("ScriptedActor");
  const answer = async (name: "ARBITRATOR" | "ESCROW" | "jobOf", value: AddressLike | bigint) =>
    liar.setAnswer(
      evaluatorCalls.getFunction(name).selector,
      zeroPadValue(typeof value === "bigint" ? toBeHex(value, 32) : await resolveAddress(value), 32),
    );
  await answer("ARBITRATOR", court);
  await answer("ESCROW", parts.escrow);
  const policy = await regrant(parts, {
    evaluators: [await liar.getAddress(), parts.evaluator.address],
    limits: [await limitOf(parts.stable, { coSignAbove: WINDOW_CAP })],
  });
  const appeal = (fee: bigint) =>
    parts.wallet.connect(parts.key).appeal(encodePolicy(policy), liar, 1n, parts.stable, fee);
  return { ...parts, policy, court, answer, appeal };
}

/** Has an account that anyone may have call anything act as another key of the wallet, by the same policy. */
async function actorKey(parts: WalletMarket) {
  const actor = await ethers.deployContract("Actor");
  await parts.wallet.connect(parts.owner).grant(actor, parts.policy);
  return actor;
}

describe("Attacks on an agent wallet by those whom its policy lists", () => {
  describe("an escrow", () => {
    it("that leaves its allowance for later finds it gone, and was charged for all the same", async () => {
      const parts = await walletFixture();
      const { wallet, stable } = parts;
      const escrow = await ethers.deployContract("ScriptedActor");
      const policy = await regrant(parts, { escrows: [await escrow.getAddress()] });
      const { send } = await prepareWalletHire(parts, { policy, escrow });
      await send();
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
      const take = stable.interface.encodeFunctionData("transferFrom", [
        await wallet.getAddress(),
        await escrow.getAddress(),
        1n,
      ]);
      await expect(escrow.execute(stable, take))
        .to.be.revertedWithCustomError(stable, "ERC20InsufficientAllowance")
        .withArgs(await escrow.getAddress(), 0n, 1n);
      expect((await wallet.usageOf(parts.key, stable)).usage.windowSpent).to.equal(PRICE);
    });

    it("that tells of one job as often as it likes is kept by the window", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key } = parts;
      const escrow = await ethers.deployContract("ScriptedActor");
      const policy = await regrant(parts, { escrows: [await escrow.getAddress()] });
      const { send } = await prepareWalletHire(parts, { policy, escrow, offer: { amount: 2n * PRICE } });
      for (let i = 0; i < 4; ++i) await send();
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CoSignatureRequired")
        .withArgs(await stable.getAddress(), 10n * PRICE, CO_SIGN_ABOVE);
      expect((await wallet.usageOf(key, stable)).usage.windowSpent).to.equal(8n * PRICE);
    });
  });

  describe("a hook", () => {
    it("that spends what the escrow is allowed meanwhile, or acts as a key of its own", async () => {
      const base = await walletFixture();
      const hook = await ethers.deployContract("ReentrantHook");
      const policy = await policyOf(base, { hooks: [await hook.getAddress()] });
      const parts = { ...base, policy };
      const { wallet, stable, escrow, owner, key } = parts;
      await wallet.connect(owner).grant(key, policy);
      await wallet.connect(owner).grant(hook, policy); // the worst case: it may spend by itself
      const offer = { hook: await hook.getAddress() };
      const other = await prepareWalletHire(parts, { policy, offer: { salt: 5n } });
      const [, , otherOffer, otherSignature, otherAcceptance] = other.args;
      const reentered = wallet.interface.encodeErrorResult("ReentrancyGuardReentrantCall");
      const hire = [otherOffer, otherSignature, otherAcceptance] as const;
      const throughWallet = [encodePolicy(policy), await escrow.getAddress(), ...hire] as const;
      const attempts: [AddressLike, string, string][] = [
        [wallet, await payCall(parts, 1n), reentered],
        [wallet, wallet.interface.encodeFunctionData("hire", [...throughWallet]), reentered],
        [escrow, escrow.interface.encodeFunctionData("hire", [...hire]), reentered],
        [
          stable,
          stable.interface.encodeFunctionData("transferFrom", [await wallet.getAddress(), await hook.getAddress(), 1n]),
          stable.interface.encodeErrorResult("ERC20InsufficientAllowance", [await hook.getAddress(), 0n, 1n]),
        ],
      ];
      await hook.setTrigger(PHASE.Before, selectorOf(escrow, "fund"), true);
      for (const [i, [target, data, error]] of attempts.entries()) {
        await hook.setCall(target, data, 1n, false);
        const hired = await prepareWalletHire(parts, { policy, offer: { ...offer, salt: 10n + BigInt(i) } });
        await expect(hired.send()).to.changeTokenBalance(stable, wallet, -PRICE);
        const { success, returnData } = await hook.attempt(i);
        expect(success, `attempt ${i}`).to.equal(false);
        expect(returnData, `attempt ${i}`).to.equal(error);
      }
      expect(await stable.allowance(wallet, escrow)).to.equal(0n);
    });

    it("that the policy does not list, on a job that the key opened in the kernel", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, stable, key, policy } = parts;
      const hook = await (await ethers.deployContract("RecordingHook")).getAddress();
      const { jobId } = await openJob(parts, policy, { hook });
      await expect(wallet.connect(key).fund(encodePolicy(policy), escrow, jobId, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(2n, hook);
    });
  });

  describe("an evaluator", () => {
    it("that names a thief as its court and another job each time takes no more than a window's cap", async () => {
      const parts = await lyingEvaluator();
      const { wallet, stable, court, answer, appeal, policy } = parts;
      const fee = 2n * PRICE;
      for (let salt = 0n; salt < 4n; ++salt) {
        await answer("jobOf", await hireThroughWallet(parts, { policy, offer: { salt, amount: PRICE / 2n } }));
        await appeal(fee);
        expect(await stable.allowance(wallet, court)).to.equal(0n);
      }
      const left = WINDOW_CAP - 4n * (fee + PRICE / 2n);
      expect(left).to.equal(0n);
      await expect(appeal(1n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_WindowCapExceeded")
        .withArgs(await stable.getAddress(), 1n, 0n);
    });

    it("that names an escrow which is not listed", async () => {
      const { wallet, court, answer, appeal } = await lyingEvaluator();
      await answer("jobOf", 1n);
      await answer("ESCROW", court);
      await expect(appeal(0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed")
        .withArgs(0n, await court.getAddress());
    });

    it("that names the wallet, the token, Permit2, the escrow or an account as its court gets no allowance", async () => {
      const parts = await lyingEvaluator();
      const { wallet, stable, escrow, stranger, policy, answer, appeal } = parts;
      await answer("jobOf", await hireThroughWallet(parts, { policy }));
      const before = await limitsOf(parts);
      for (const court of [wallet, stable, escrow, PERMIT2_ADDRESS]) {
        await answer("ARBITRATOR", court);
        await expect(appeal(PRICE)).to.be.revertedWithCustomError(wallet, "FailedCall");
        expect(await stable.allowance(wallet, court)).to.equal(0n);
      }
      await answer("ARBITRATOR", stranger);
      await expect(appeal(PRICE)).to.be.revertedWithCustomError(wallet, "AddressEmptyCode").withArgs(stranger.address);
      expect(await stable.allowance(wallet, stranger)).to.equal(0n);
      expect(await limitsOf(parts)).to.deep.equal(before);
    });
  });

  describe("a token", () => {
    it("that takes a fee from its sender on top", async () => {
      const parts = await walletFixture();
      const { wallet, escrow, key, stranger } = parts;
      const token = await ethers.deployContract("SenderFeeToken", ["Fee", "FEE", 6]);
      await token.mint(wallet, 100n * PRICE);
      const policy = await regrant(parts, { limits: [await limitOf(token)] });
      await token.setFeeBps(1n);
      const fee = PRICE / 10_000n;
      await expect(wallet.connect(key).pay(encodePolicy(policy), token, stranger, 0n, PRICE, ZeroHash))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
        .withArgs(await token.getAddress(), PRICE + fee, PRICE);
      const { send } = await prepareWalletHire(parts, { policy, offer: { token: await token.getAddress() } });
      await expect(send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_UnexpectedOutflow")
        .withArgs(await token.getAddress(), PRICE + fee, PRICE);
      await token.setFeeBps(0n);
      await send();
      expect(await token.balanceOf(escrow)).to.equal(PRICE);
    });

    it("that calls back into every verb, through a key of its own", async () => {
      const base = await walletFixture();
      const token = await ethers.deployContract("CallbackToken", ["Callback", "CALL"]);
      const policy = await policyOf(base, { limits: [await limitOf(token), await limitOf(base.stable)] });
      const parts = { ...base, policy };
      const { wallet, key, owner, stranger, escrow } = parts;
      await token.mint(wallet, 100n * PRICE);
      await wallet.connect(owner).grant(key, policy);
      const actor = await actorKey(parts);
      const encoded = encodePolicy(policy);
      const call = wallet.interface;
      const [address, stable] = [await escrow.getAddress(), await base.stable.getAddress()];
      const { args } = await prepareWalletHire(parts, { policy });
      const [, , offer, signature, acceptance] = args;
      const authorization = {
        token: stable,
        to: stranger.address,
        value: 1n,
        validAfter: 0n,
        validBefore: 1n,
        nonce: ZeroHash,
        name: "",
        version: "",
      };
      const verbs = [
        await payCall(parts, 1n),
        call.encodeFunctionData("hire", [encoded, address, offer, signature, acceptance]),
        call.encodeFunctionData("fund", [encoded, address, 1n, stable, 1n, "0x"]),
        call.encodeFunctionData("dispute", [encoded, address, 1n, stable, 1n]),
        call.encodeFunctionData("contest", [encoded, address, 1n, stable, 1n]),
        call.encodeFunctionData("appeal", [encoded, address, 1n, stable, 1n]),
        call.encodeFunctionData("act", [encoded, address, "0x"]),
        call.encodeFunctionData("call", [encoded, address, "0x"]),
        call.encodeFunctionData("reserve", [encoded, authorization, 0n]),
        call.encodeFunctionData("reserveHire", [encoded, address, offer, acceptance, authorization]),
      ];
      for (const [i, verb] of verbs.entries()) {
        const again = actor.interface.encodeFunctionData("execute", [await wallet.getAddress(), verb]);
        await token.setCallback(i % 2 === 0 ? MOMENT.BeforeTransfer : MOMENT.AfterTransfer, actor, again);
        await wallet.connect(key).pay(encoded, token, stranger, 0n, 1n, ZeroHash);
        const { success, returnData } = await token.result(i);
        expect(success, `verb ${i}`).to.equal(false);
        expect(returnData, `verb ${i}`).to.equal(call.encodeErrorResult("ReentrancyGuardReentrantCall"));
      }
    });
  });

  describe("a sanctions oracle", () => {
    it("that fails, burns gas, says nothing or is nobody stops spending, and never its owner", async () => {
      const parts = await walletFixture();
      const { wallet, stable, key, owner, stranger } = parts;
      const oracle = await ethers.deployContract("ScriptedActor");
      const selector = ethers.id("isSanctioned(address)").slice(0, 10);
      const no = zeroPadValue("0x00", 32);
      const pay = async (sanctionsOracle: AddressLike) => {
        const policy = await regrant(parts, { sanctionsOracle: await resolveAddress(sanctionsOracle) });
        return wallet
          .connect(key)
          .pay(encodePolicy(policy), stable, stranger, 0n, PRICE, ZeroHash, { gasLimit: 1_000_000 });
      };
      const before = await limitsOf(parts);
      const sanctioned = () =>
        expect(pay(oracle)).to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned").withArgs(stranger.address);
      await sanctioned(); // says nothing
      for (const mode of [MISBEHAVIOUR.Revert, MISBEHAVIOUR.RevertBomb, MISBEHAVIOUR.BurnGas]) {
        await oracle.setMisbehaviour(selector, mode, no);
        await sanctioned();
      }
      for (const yes of [zeroPadValue("0x01", 32), zeroPadValue("0x02", 32), `0x${"ff".repeat(32)}`, "0x00"]) {
        await oracle.setAnswer(selector, yes);
        await sanctioned();
      }
      await expect(pay(parts.referrer)) // an account without code
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Sanctioned")
        .withArgs(stranger.address);
      expect(await limitsOf(parts)).to.deep.equal(before);
      await expect(wallet.connect(owner).withdraw(stable, stranger, PRICE)).to.changeTokenBalance(
        stable,
        stranger,
        PRICE,
      );
      await oracle.setAnswer(selector, no);
      await expect(pay(oracle)).to.changeTokenBalance(stable, stranger, PRICE);
    });
  });

  describe("a counterparty", () => {
    it("that sold its agent, claims another's, or is the key's own", async () => {
      const parts = await walletFixture();
      const { wallet, stable, registry, key, provider, stranger, provider2, agents, policy } = parts;
      const pay = (to: AddressLike, agentId: bigint) =>
        wallet.connect(key).pay(encodePolicy(policy), stable, to, agentId, 1n, ZeroHash);
      const refuse = async (to: { address: string }, agentId: bigint) =>
        expect(pay(to.address, agentId))
          .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
          .withArgs(to.address, agentId);
      await registry.connect(key)["register()"]();
      await refuse(key, 5n);
      await refuse(key, agents.provider);
      await refuse(provider2, agents.provider);
      await refuse(provider2, agents.provider2);
      await refuse(provider, 0n); // listed as an agent, not by its account
      await pay(provider, agents.provider);
      const hired = await prepareWalletHire(parts); // signed before the sale
      await registry.connect(provider).transferFrom(provider, provider2, agents.provider);
      await refuse(provider2, agents.provider);
      await expect(hired.send())
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(provider.address, agents.provider);
      await registry.connect(provider2).transferFrom(provider2, provider, agents.provider); // bought back: another epoch
      await refuse(provider, agents.provider);
      await pay(stranger, 77n); // a listed payee needs no agent
    });

    it("that bought a record shares one small cap with all who did, and sells it to nobody", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, registry, key, client2, provider2, evaluator, stranger, agents } = parts;
      const token = await stable.getAddress();
      const wash = async (agent: typeof provider2, providerAgentId: bigint) => {
        const offer = { provider: agent.address, providerAgentId, salt: providerAgentId };
        const { jobId } = await hireJob(parts, { offer, signer: agent });
        await escrow.connect(agent).submit(jobId, REASON, "0x");
        await escrow.connect(evaluator).complete(jobId, REASON, "0x");
      };
      await wash(provider2, agents.provider2);
      await wash(client2, agents.client2);
      const policy = await regrant(parts, {
        payees: [],
        agents: [],
        reputation: {
          source: await escrow.getAddress(),
          token,
          minCompleted: 1,
          minCounterparties: 1,
          minVolume: PRICE,
        },
      });
      const pay = (to: AddressLike, agentId: bigint, amount: bigint) =>
        wallet.connect(key).pay(encodePolicy(policy), stable, to, agentId, amount, ZeroHash);
      await pay(provider2, agents.provider2, ADMITTED_CAP - 1n);
      await expect(pay(client2, agents.client2, 2n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_AdmittedCapExceeded")
        .withArgs(token, 2n, 1n);
      await pay(client2, agents.client2, 1n);
      await registry.connect(client2).transferFrom(client2, stranger, agents.client2);
      await expect(pay(stranger, agents.client2, 0n))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_CounterpartyNotAllowed")
        .withArgs(stranger.address, agents.client2);
    });

    it("that raises its price under the key's transaction", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, policy, provider } = parts;
      const { jobId } = await openJob(parts, policy);
      await escrow.connect(provider).setBudget(jobId, stable, PRICE + 1n, "0x");
      await expect(wallet.connect(key).fund(encodePolicy(policy), escrow, jobId, stable, PRICE, "0x"))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_TermsChanged")
        .withArgs(jobId, await stable.getAddress(), PRICE + 1n);
    });

    it("that is the wallet itself: it cannot hire itself, and may judge what it hires only where it is listed", async () => {
      const parts = await walletFixture();
      const { wallet, stable, escrow, key, provider } = parts;
      const own = await wallet.getAddress();
      const judged = { evaluator: own };
      const unlisted = await prepareWalletHire(parts, { offer: judged });
      await expect(unlisted.send()).to.be.revertedWithCustomError(wallet, "AgentWallet_NotListed").withArgs(1n, own);
      const policy = await regrant(parts, { payees: [own], evaluators: [own, parts.evaluator.address] });
      const itself = await prepareWalletHire(parts, {
        policy,
        signer: key,
        offer: { provider: own, providerAgentId: 0n },
      });
      await expect(itself.send()).to.be.revertedWithCustomError(escrow, "JobEscrow_InvalidProvider").withArgs(own);
      const jobId = await hireThroughWallet(parts, { policy, offer: judged });
      await escrow.connect(provider).submit(jobId, REASON, "0x");
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, REASON, "0x"]);
      await expect(wallet.connect(key).act(encodePolicy(policy), escrow, complete)).to.changeTokenBalances(
        stable,
        [wallet, provider],
        [0n, PRICE],
      );
    });
  });
});

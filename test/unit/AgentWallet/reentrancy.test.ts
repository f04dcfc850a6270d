import { expect } from "chai";
import type { BytesLike } from "ethers";
import { AbiCoder, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { encodePolicy } from "../../../sdk/wallets";
import {
  PRICE,
  REASON,
  acceptanceOf,
  offerOf,
  pricedJob,
  selectorOf,
  signOffer,
  submittedJob,
} from "../../fixtures/jobs";
import { intentOf, limitOf, policyOf, signedBy, walletFixture } from "../../fixtures/wallet";
import { MOMENT } from "../mocks/modes";
import { VERBS, payCall, verbCalls } from "./verbs";

const coder = AbiCoder.defaultAbiCoder();

/**
 * A wallet whose owner, guardian and one key are contracts that make any call, and which holds a token that calls out
 * while it is being called. `policy` is that of the contract and of the account `key`.
 */
async function armedWallet() {
  const parts = await walletFixture();
  const { factory, key, relayer, stable, stranger, evaluator, wallet: attachable } = parts;
  const [boss, guard, actor] = [
    await ethers.deployContract("Actor"),
    await ethers.deployContract("Actor"),
    await ethers.deployContract("Actor"),
  ];
  const judge = await ethers.deployContract("ScriptedActor"); // any evaluator that takes less than it may
  const token = await ethers.deployContract("CallbackToken", ["Callback", "CALL"]);
  const policy = await policyOf(parts, {
    evaluators: [evaluator.address, await judge.getAddress()],
    limits: [await limitOf(token), await limitOf(stable)],
    calls: [{ target: await actor.getAddress(), selector: selectorOf(actor, "executeBatch") }],
  });
  const grants = [key.address, await actor.getAddress()].map((granted) => ({ key: granted, policy }));
  await factory.createWallet(boss, guard, grants, ZeroHash);
  const wallet = attachable.attach(await factory.walletOf(boss, guard, grants, ZeroHash)) as typeof attachable;
  for (const held of [token, stable]) await held.mint(wallet, 100n * PRICE);

  const words = {
    ESCROW: coder.encode(["address"], [await parts.escrow.getAddress()]),
    ARBITRATOR: coder.encode(["address"], [await judge.getAddress()]),
    jobOf: coder.encode(["uint256"], [1n]),
  };
  const judgeAbi = (await ethers.getContractFactory("OptimisticEvaluator")).interface;
  for (const [name, word] of Object.entries(words)) await judge.setAnswer(judgeAbi.getFunction(name)!.selector, word);

  /** Has `by` call the wallet while the token is being moved; an error of that call reaches the sender. */
  const arm = async (by: typeof actor, data: BytesLike, mustSucceed = true) =>
    token.setCallbackWith(MOMENT.AfterTransfer, {
      target: by,
      data: by.interface.encodeFunctionData("execute", [await wallet.getAddress(), data]),
      party: ZeroAddress,
      times: 1n,
      mustSucceed,
      swallow: false,
    });
  /** Has the contract that is a key call the wallet whenever somebody asks for the wallet's balance. */
  const armQuestions = async (data: BytesLike) =>
    token.setCallbackWith(MOMENT.BalanceOf, {
      target: actor,
      data: actor.interface.encodeFunctionData("execute", [await wallet.getAddress(), data]),
      party: wallet,
      times: 1n,
      mustSucceed: true,
      swallow: false,
    });
  const payToken = wallet.interface.encodeFunctionData("pay", [
    encodePolicy(policy),
    await token.getAddress(),
    stranger.address,
    0n,
    PRICE,
    ZeroHash,
  ]);
  return { ...parts, wallet, policy, token, boss, guard, actor, judge, key, relayer, arm, armQuestions, payToken };
}

type Armed = Awaited<ReturnType<typeof armedWallet>>;

/** Calls of the functions that spend, each of the token that calls out. */
async function spendingCalls(parts: Armed): Promise<Record<string, string>> {
  const { wallet, escrow, token, judge, actor, policy, payToken, boss } = parts;
  const encode = wallet.interface.encodeFunctionData.bind(wallet.interface);
  const data = encodePolicy(policy);
  const [own, paidIn, evaluator] = [await wallet.getAddress(), await token.getAddress(), await judge.getAddress()];
  const offer = await offerOf(parts, { token: paidIn });
  const acceptance = acceptanceOf(parts, { client: own, clientAgentId: 0n });
  await pricedJob(parts); // number 1, which the evaluator tells of
  const as = (call: string) => wallet.interface.encodeFunctionData("callAsOwner", [escrow.target, 0n, call]);
  const expiredAt = (await ethers.provider.getBlock("latest"))!.timestamp + 86_400;
  const { provider, evaluator: judging, agents } = parts;
  const create = escrow.interface.encodeFunctionData("createJob", [
    provider.address,
    judging.address,
    expiredAt,
    "",
    ZeroAddress,
    agents.provider,
  ]);
  const jobId = (await escrow.queryFilter(escrow.filters.JobCreated())).length + 1;
  await boss.execute(wallet, as(create));
  await boss.execute(wallet, as(escrow.interface.encodeFunctionData("setBudget", [jobId, paidIn, PRICE, "0x"])));
  return {
    hire: encode("hire", [data, escrow.target, offer, await signOffer(parts, offer), acceptance]),
    fund: encode("fund", [data, escrow.target, jobId, paidIn, PRICE, "0x"]),
    pay: payToken,
    dispute: encode("dispute", [data, evaluator, 1n, paidIn, PRICE]),
    contest: encode("contest", [data, evaluator, 1n, paidIn, PRICE]),
    appeal: encode("appeal", [data, evaluator, 1n, paidIn, PRICE]),
    call: encode("call", [data, actor.target, actor.interface.encodeFunctionData("executeBatch", [[]])]),
  };
}

describe("AgentWallet", () => {
  describe("entered from within", () => {
    for (const verb of VERBS) {
      it(`refuses ${verb}`, async () => {
        const parts = await armedWallet();
        const { wallet, token, stranger, key, policy, arm, actor, payToken } = parts;
        const call = (await verbCalls(parts, policy))[verb];
        await arm(actor, call);
        await expect(key.sendTransaction({ to: wallet, data: payToken }))
          .to.be.revertedWithCustomError(wallet, "ReentrancyGuardReentrantCall")
          .withArgs();
        // The same where the failure is swallowed: the payment goes through, and nothing else.
        await arm(actor, call, false);
        await expect(key.sendTransaction({ to: wallet, data: payToken })).to.changeTokenBalance(token, stranger, PRICE);
        const result = await token.result(0n);
        expect([result.success, result.returnData]).to.deep.equal([
          false,
          wallet.interface.getError("ReentrancyGuardReentrantCall")!.selector,
        ]);
      });
    }

    for (const verb of ["hire", "fund", "pay", "dispute", "contest", "appeal", "call"]) {
      it(`is refused while ${verb} runs`, async () => {
        const parts = await armedWallet();
        const { wallet, key, armQuestions, policy } = parts;
        const data = (await spendingCalls(parts))[verb]!;
        await armQuestions(await payCall(parts, { policy: policy }));
        await expect(key.sendTransaction({ to: wallet, data }))
          .to.be.revertedWithCustomError(wallet, "ReentrancyGuardReentrantCall")
          .withArgs();
        await parts.token.clearCallback(MOMENT.BalanceOf);
        await key.sendTransaction({ to: wallet, data });
      });
    }

    it("is refused while act runs", async () => {
      const parts = await armedWallet();
      const { wallet, escrow, token, client, key, policy, arm, actor } = parts;
      await token.mint(client, PRICE);
      await token.connect(client).approve(escrow, PRICE);
      const jobId = await submittedJob(parts, { evaluator: wallet, token });
      await arm(actor, await payCall(parts, { policy: policy }), false);
      const complete = escrow.interface.encodeFunctionData("complete", [jobId, REASON, "0x"]);
      await wallet.connect(key).act(encodePolicy(policy), escrow, complete);
      const result = await token.result(0n);
      expect([result.success, result.returnData]).to.deep.equal([
        false,
        wallet.interface.getError("ReentrancyGuardReentrantCall")!.selector,
      ]);
    });

    it("is refused what a key has signed, too", async () => {
      const parts = await armedWallet();
      const { wallet, key, policy, arm, relayer, payToken } = parts;
      const intent = await intentOf(parts, await payCall(parts, { policy: policy }));
      const data = wallet.interface.encodeFunctionData("execute", [intent, await signedBy(key, wallet, intent), "0x"]);
      await arm(parts.actor, data);
      await expect(key.sendTransaction({ to: wallet, data: payToken }))
        .to.be.revertedWithCustomError(wallet, "ReentrancyGuardReentrantCall")
        .withArgs();
      await expect(relayer.sendTransaction({ to: wallet, data })).to.changeTokenBalance(parts.stable, wallet, -PRICE);
    });
  });

  describe("from within an intent", () => {
    /** Relays the key's signed payment in the token that calls out. */
    async function relayPayment({ wallet, key, relayer, payToken, ...parts }: Armed) {
      const intent = await intentOf({ ...parts, wallet, key, relayer }, payToken, { nonce: 7n });
      return wallet.connect(relayer).execute(intent, await signedBy(key, wallet, intent), "0x");
    }

    it("no other intent is carried out", async () => {
      const parts = await armedWallet();
      const { wallet, key, policy, arm, actor } = parts;
      const intent = await intentOf(parts, await payCall(parts, { policy: policy }));
      const signature = await signedBy(key, wallet, intent);
      await arm(actor, wallet.interface.encodeFunctionData("execute", [intent, signature, "0x"]));
      await expect(relayPayment(parts))
        .to.be.revertedWithCustomError(wallet, "AgentWallet_Unauthorized")
        .withArgs(await actor.getAddress());
    });

    for (const name of ["grant", "revoke", "freeze", "thaw", "setGuardian", "withdraw", "callAsOwner"]) {
      it(`the owner can ${name}, as ever`, async () => {
        const parts = await armedWallet();
        const { wallet, stable, stranger, boss, key, arm, policy } = parts;
        const args: Record<string, unknown[]> = {
          grant: [stranger.address, policy],
          revoke: [key.address],
          setGuardian: [stranger.address],
          withdraw: [await stable.getAddress(), stranger.address, PRICE],
          callAsOwner: [await stable.getAddress(), 0n, selectorOf(stable, "totalSupply")],
        };
        const data = wallet.interface.encodeFunctionData(name as "grant", (args[name] ?? []) as never);
        await arm(boss, data);
        await relayPayment(parts);
      });
    }

    it("the guardian can freeze, as ever", async () => {
      const parts = await armedWallet();
      const { wallet, guard, arm } = parts;
      await arm(guard, wallet.interface.encodeFunctionData("freeze"));
      await relayPayment(parts);
      expect(await wallet.frozen()).to.equal(true);
    });

    it("nothing is left once it is over", async () => {
      const parts = await armedWallet();
      const { wallet, boss, guard } = parts;
      await relayPayment(parts);
      await guard.execute(wallet, wallet.interface.encodeFunctionData("freeze"));
      await boss.execute(wallet, wallet.interface.encodeFunctionData("thaw"));
      expect([await wallet.frozen(), await wallet.epoch()]).to.deep.equal([false, 2n]);
    });
  });
});

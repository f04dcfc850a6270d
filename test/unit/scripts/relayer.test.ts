import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, ZeroHash, parseEther, parseUnits } from "ethers";
import { ethers } from "hardhat";

import { RelayJournal } from "../../../scripts/lib/relayJournal";
import type { RelayChain, RelayLimits, RelayerOptions } from "../../../scripts/lib/relayer";
import { Relayer } from "../../../scripts/lib/relayer";
import { MARKET_ERRORS, explainRevert } from "../../../sdk/errors";
import type { RelayRequest } from "../../../sdk/relay";
import { coSignRelay, relayDigest, signForwardRelay, signIntentRelay } from "../../../sdk/relay";
import { encodePolicy } from "../../../sdk/wallets";
import { keyOf } from "../../fixtures/cli";
import { PRICE } from "../../fixtures/jobs";
import { CHAIN_ID, payRelay, registerRelay, transactionsOf } from "../../fixtures/relay";
import type { WalletMarket } from "../../fixtures/wallet";
import { CO_SIGN_ABOVE, WINDOW_CAP, walletFixture } from "../../fixtures/wallet";

const LIMITS: RelayLimits = {
  maxGasPrice: parseUnits("50", "gwei"),
  maxCost: parseEther("0.1"),
  budget: parseEther("1"),
};

describe("scripts", () => {
  describe("Relayer", () => {
    let parts: WalletMarket;
    let folder: string;
    let journal: RelayJournal;
    let firstBlock: number;
    const account = new Wallet(keyOf(14));

    beforeEach(async () => {
      parts = await walletFixture();
      folder = mkdtempSync(join(tmpdir(), "agent-market-"));
      journal = RelayJournal.open(folder, CHAIN_ID);
      firstBlock = await ethers.provider.getBlockNumber();
    });

    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    async function relayer(overrides: Partial<RelayerOptions> = {}): Promise<Relayer> {
      const { forwarder, registry, ledger, escrow, walletFactory } = parts;
      const market = {
        forwarder: await forwarder.getAddress(),
        registry: await registry.getAddress(),
        ledger: await ledger.getAddress(),
        escrow: await escrow.getAddress(),
        walletFactory: await walletFactory.getAddress(),
      };
      const chain: RelayChain = ethers.provider;
      return new Relayer({
        ...{ chain, chainId: CHAIN_ID, account, market, allowed: [], journal, limits: LIMITS, patience: 5 },
        ...overrides,
      });
    }

    const sent = () => transactionsOf(account.address, firstBlock);
    const paid = () => parts.stable.balanceOf(parts.stranger);

    /** Why a request is refused; nothing may be sent or kept then. */
    async function refusal(request: RelayRequest, overrides: Partial<RelayerOptions> = {}): Promise<string> {
      const committed = journal.committed;
      const balance = await ethers.provider.getBalance(account.address);
      const { outcome, reason, cost } = await (await relayer(overrides)).relay(request);
      expect([outcome, cost]).to.deep.equal(["refused", 0n]);
      expect(journal.find(relayDigest(request))).to.equal(undefined);
      expect(journal.committed).to.equal(committed);
      expect(await ethers.provider.getBalance(account.address)).to.equal(balance);
      return reason!;
    }

    it("carries out what a key without coin signed for its wallet", async () => {
      await setBalance(parts.key.address, 0n);
      const before = await paid();
      const balance = await ethers.provider.getBalance(account.address);
      const request = await payRelay(parts);
      const outcome = await (await relayer()).relay(request);
      expect(outcome.outcome).to.equal("mined");
      expect(await sent()).to.deep.equal([outcome.transaction]);
      expect((await paid()) - before).to.equal(PRICE);
      expect(balance - (await ethers.provider.getBalance(account.address))).to.equal(outcome.cost);
      expect(journal.committed).to.equal(outcome.cost);
    });

    it("carries out what a plain key signed for the forwarder", async () => {
      await setBalance(parts.stranger.address, 0n);
      const agents = await parts.registry.balanceOf(parts.stranger);
      const outcome = await (await relayer()).relay(await registerRelay(parts));
      expect(outcome.outcome).to.equal("mined");
      expect(await parts.registry.balanceOf(parts.stranger)).to.equal(agents + 1n);
    });

    it("sends the same request once, also after a restart and with another signature on it", async () => {
      const request = await payRelay(parts);
      const first = await (await relayer()).relay(request);
      expect(await (await relayer()).relay(request)).to.deep.equal(first);
      journal.close();
      journal = RelayJournal.open(folder, CHAIN_ID);
      expect(await (await relayer()).relay(await coSignRelay(parts.owner, request))).to.deep.equal(first);
      expect(await sent()).to.have.lengthOf(1);
    });

    it("asks for the owner's signature above the threshold, and is content with it", async () => {
      const request = await payRelay(parts, { amount: CO_SIGN_ABOVE + 1n });
      const error = [parts.stable.target, CO_SIGN_ABOVE + 1n, CO_SIGN_ABOVE];
      expect(await refusal(request)).to.equal(
        explainRevert(MARKET_ERRORS.encodeErrorResult("AgentWallet_CoSignatureRequired", error)),
      );
      const outcome = await (await relayer()).relay(await coSignRelay(parts.owner, request));
      expect(outcome.outcome).to.equal("mined");
    });

    it("refuses what the wallet would refuse, with its reason", async () => {
      const request = await payRelay(parts, { amount: WINDOW_CAP + 1n });
      const error = [parts.stable.target, WINDOW_CAP + 1n, WINDOW_CAP];
      expect(await refusal(request)).to.equal(
        explainRevert(MARKET_ERRORS.encodeErrorResult("AgentWallet_WindowCapExceeded", error)),
      );
    });

    it("refuses a forwarded call that would fail, with the reason that the forwarder does not tell", async () => {
      const { escrow, forwarder, stranger } = parts;
      const request = await signForwardRelay(stranger, forwarder, {
        to: await escrow.getAddress(),
        data: escrow.interface.encodeFunctionData("submit", [77n, ZeroHash, "0x"]),
        deadline: BigInt(await time.latest()) + 3_600n,
      });
      expect(await refusal(request)).to.equal(
        explainRevert(MARKET_ERRORS.encodeErrorResult("JobEscrow_JobNotFound", [77n])),
      );
    });

    it("refuses a call that was given too little gas", async () => {
      const { registry, forwarder, stranger } = parts;
      const request = await signForwardRelay(stranger, forwarder, {
        to: await registry.getAddress(),
        data: registry.interface.encodeFunctionData("register()"),
        deadline: BigInt(await time.latest()) + 3_600n,
        gas: 30_000n,
      });
      expect(await refusal(request)).to.match(/gas/);
    });

    it("refuses other chains, forwarders, receivers and wallets, unless they are allowed", async () => {
      const pay = await payRelay(parts);
      const forward = await registerRelay(parts);
      const { address } = parts.stranger;
      const token = await parts.stable.getAddress();
      const forwarder = await parts.forwarder.getAddress();
      expect(await refusal({ ...pay, chainId: 1n })).to.equal(
        "the request is for chain 1, and this relayer is on 31337.",
      );
      expect(await refusal({ ...forward, forwarder: token })).to.equal(
        `${token} is not the market's forwarder, which is ${forwarder}.`,
      );
      expect(await refusal({ ...forward, request: { ...forward.request, to: token } })).to.equal(
        `${token} is none of the market's contracts: name it with --allow if you relay for it.`,
      );
      expect(await refusal({ ...forward, request: { ...forward.request, value: 1n } })).to.equal(
        "the call would take the relayer's coin along: sign it without.",
      );
      for (const wallet of [token, address]) {
        expect(await refusal({ ...pay, wallet })).to.equal(
          `${wallet} is no wallet of the market's factory: name it with --allow if you relay for it.`,
        );
      }
      // Allowed, it gets as far as being asked: the token has no `execute`.
      expect(await refusal({ ...pay, wallet: token }, { allowed: [token] })).to.equal(explainRevert("0x"));
    });

    it("takes a wallet for the factory's only with the factory's code", async () => {
      const other = await parts.walletFactory.IMPLEMENTATION();
      const pay = await payRelay(parts);
      expect(await refusal({ ...pay, wallet: other })).to.match(/is no wallet of the market's factory/);
    });

    it("pays up to the limit for one request, and not a wei more", async () => {
      const request = await payRelay(parts);
      await ethers.provider.send("hardhat_setNextBlockBaseFeePerGas", ["0x3b9aca00"]);
      const { cost } = await costOf(request);
      expect(await refusal(request, { limits: { ...LIMITS, maxCost: cost - 1n } })).to.match(
        /^it may cost 0\.\d+, above --max-cost 0\.\d+\.$/,
      );
      const outcome = await (await relayer({ limits: { ...LIMITS, maxCost: cost } })).relay(request);
      expect(outcome.outcome).to.equal("mined");
    });

    it("keeps what it spends and may spend under the budget", async () => {
      const first = await payRelay(parts);
      const second = await payRelay(parts, { nonce: 2n });
      await (await relayer()).relay(first);
      const { cost } = await costOf(second);
      const budget = journal.committed + cost;
      expect(await refusal(second, { limits: { ...LIMITS, budget: budget - 1n } })).to.match(
        /^it may cost 0\.\d+, and of --budget 0\.\d+ 0\.\d+ are spent or set aside\.$/,
      );
      const outcome = await (await relayer({ limits: { ...LIMITS, budget } })).relay(second);
      expect(outcome.outcome).to.equal("mined");
      expect(journal.committed).to.be.at.most(budget);
    });

    it("waits for cheaper gas, and never offers more than its limit", async () => {
      const request = await payRelay(parts);
      const { gasPrice } = await ethers.provider.getFeeData();
      expect(await refusal(request, { limits: { ...LIMITS, maxGasPrice: gasPrice! - 1n } })).to.match(
        /^gas costs \S+ gwei now, above --max-gas-price \S+ gwei: try later\.$/,
      );
      const { transaction } = await (await relayer({ limits: { ...LIMITS, maxGasPrice: gasPrice! } })).relay(request);
      expect((await ethers.provider.getTransaction(transaction!))!.maxFeePerGas).to.equal(gasPrice);
    });

    it("does not begin what its account cannot pay", async () => {
      const request = await payRelay(parts);
      await setBalance(account.address, 1n);
      expect(await refusal(request)).to.match(/^it may cost 0\.\d+, and 0x[0-9a-fA-F]{40} has 0\.0{17}1\.$/);
    });

    /** What a request may cost now, by the journal of a relayer that goes no further than to accept it. */
    async function costOf(request: RelayRequest): Promise<{ cost: bigint }> {
      const aside = mkdtempSync(join(tmpdir(), "agent-market-"));
      const draft = RelayJournal.open(aside, CHAIN_ID);
      const chain = failingAt("getTransactionCount");
      await expectCrash((await relayer({ journal: draft, chain })).relay(request));
      const cost = draft.committed;
      rmSync(aside, { recursive: true });
      return { cost };
    }

    /** The chain, for a process that "dies" when it asks for this: `after` it was done, or before. */
    function failingAt(method: keyof RelayChain, after = false): RelayChain {
      let dead = false;
      return new Proxy<RelayChain>(ethers.provider, {
        get(target, name, receiver) {
          const member = Reflect.get(target, name, receiver) as unknown;
          if (typeof member !== "function") return member;
          return async (...args: unknown[]): Promise<unknown> => {
            dead ||= name === method && !after;
            if (dead) throw new Error("killed");
            const result: unknown = await (member as (...all: unknown[]) => unknown).apply(target, args);
            dead ||= name === method;
            if (dead) throw new Error("killed");
            return result;
          };
        },
      });
    }

    async function expectCrash(act: Promise<unknown>): Promise<void> {
      const message = await act.then(
        () => "it went on",
        (error: unknown) => (error as Error).message,
      );
      expect(message).to.equal("killed");
    }

    /** What a new process finds on the disk. */
    function restart(): void {
      journal.close();
      journal = RelayJournal.open(folder, CHAIN_ID);
    }

    describe("after a crash", () => {
      it("before anything was kept, knows nothing of the request", async () => {
        const request = await payRelay(parts);
        await expectCrash((await relayer({ chain: failingAt("getBalance") })).relay(request));
        restart();
        expect(journal.unfinished).to.deep.equal([]);
        expect((await (await relayer()).relay(request)).outcome).to.equal("mined");
        expect(await sent()).to.have.lengthOf(1);
      });

      it("between accepting and signing, signs then", async () => {
        const request = await payRelay(parts);
        await expectCrash((await relayer({ chain: failingAt("getTransactionCount") })).relay(request));
        restart();
        expect(journal.unfinished.map(({ state }) => state)).to.deep.equal(["accepted"]);
        const [outcome] = await (await relayer()).resume();
        expect(outcome!.outcome).to.equal("mined");
        expect(await sent()).to.deep.equal([outcome!.transaction]);
      });

      it("gives an accepted request up that would fail by now, at no cost", async () => {
        const request = await payRelay(parts);
        await expectCrash((await relayer({ chain: failingAt("getTransactionCount") })).relay(request));
        expect(journal.committed).to.be.greaterThan(0n);
        restart();
        await parts.wallet.connect(parts.owner).freeze();
        const [outcome] = await (await relayer()).resume();
        expect([outcome!.outcome, outcome!.transaction, outcome!.cost]).to.deep.equal(["failed", undefined, 0n]);
        expect(outcome!.reason).to.equal(
          explainRevert(MARKET_ERRORS.encodeErrorResult("AgentWallet_WrongEpoch", [1n, 2n])),
        );
        expect(journal.committed).to.equal(0n);
        expect(await sent()).to.deep.equal([]);
      });

      for (const [when, after] of [
        ["between writing and sending", false],
        ["between sending and looking", true],
      ] as const) {
        it(`${when}, sends the very same transaction and no second one`, async () => {
          const request = await payRelay(parts);
          const before = await paid();
          await expectCrash((await relayer({ chain: failingAt("broadcastTransaction", after) })).relay(request));
          restart();
          const { hash } = journal.find(relayDigest(request))!.signed!;
          expect(await sent()).to.deep.equal(after ? [hash] : []);
          const [outcome] = await (await relayer()).resume();
          expect([outcome!.outcome, outcome!.transaction]).to.deep.equal(["mined", hash]);
          expect(await sent()).to.deep.equal([hash]);
          expect((await paid()) - before).to.equal(PRICE);
          expect((await (await relayer()).relay(request)).transaction).to.equal(hash);
          expect(await sent()).to.deep.equal([hash]);
        });
      }

      it("between sending and mining, waits for what is under way", async () => {
        const request = await payRelay(parts);
        await ethers.provider.send("evm_setAutomine", [false]);
        try {
          const message = await (
            await relayer({ patience: 1 })
          )
            .relay(request)
            .catch((error: unknown) => String(error));
          const { hash } = journal.find(relayDigest(request))!.signed!;
          expect(message).to.equal(
            `Error: the transaction ${hash} is not on the chain after 1 seconds: run this again to wait for it.`,
          );
          restart();
          const resumed = (await relayer()).resume();
          await new Promise((resolve) => setTimeout(resolve, 500));
          await ethers.provider.send("evm_mine", []);
          expect((await resumed).map(({ transaction }) => transaction)).to.deep.equal([hash]);
          expect(await sent()).to.deep.equal([hash]);
        } finally {
          await ethers.provider.send("evm_setAutomine", [true]);
        }
      });

      it("leaves a request alone whose number another transaction took", async () => {
        const request = await payRelay(parts);
        await expectCrash((await relayer({ chain: failingAt("broadcastTransaction") })).relay(request));
        restart();
        await account.connect(ethers.provider).sendTransaction({ to: parts.stranger.address });
        const [outcome] = await (await relayer()).resume();
        expect([outcome!.outcome, outcome!.cost]).to.deep.equal(["failed", 0n]);
        expect(outcome!.reason).to.match(/^another transaction of 0x\w{40} took the number \d+, /);
        expect(await sent()).to.have.lengthOf(1);
      });
    });

    it("counts what failed on the chain against the budget, and does not send it again", async () => {
      const request = await payRelay(parts);
      await expectCrash((await relayer({ chain: failingAt("broadcastTransaction") })).relay(request));
      restart();
      await parts.wallet.connect(parts.owner).freeze(); // after the simulation, before the transaction
      await ethers.provider.send("evm_setAutomine", [false]);
      const resumed = (await relayer()).resume();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await ethers.provider.send("evm_mine", []);
      await ethers.provider.send("evm_setAutomine", [true]);
      const [outcome] = await resumed;
      expect(outcome!.outcome).to.equal("failed");
      expect(outcome!.cost).to.be.greaterThan(0n);
      expect(journal.committed).to.equal(outcome!.cost);
      expect(await (await relayer()).relay(request)).to.deep.equal(outcome);
      expect(await sent()).to.have.lengthOf(1);
    });

    it("keeps one file for each request, and nothing half written", async () => {
      const one = await payRelay(parts);
      const two = await signIntentRelay(parts.key, CHAIN_ID, await parts.wallet.getAddress(), {
        ...one.intent,
        nonce: 2n,
        call: parts.wallet.interface.encodeFunctionData("pay", [
          encodePolicy(parts.policy),
          await parts.stable.getAddress(),
          parts.stranger.address,
          0n,
          1n,
          ZeroHash,
        ]),
      });
      const sender = await relayer();
      for (const request of [one, two]) await sender.relay(request);
      journal.close();
      expect(readdirSync(folder).sort()).to.deep.equal(
        [one, two].map((request) => `${relayDigest(request)}.json`).sort(),
      );
    });
  });
});

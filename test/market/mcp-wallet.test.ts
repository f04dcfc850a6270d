import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { expect } from "chai";
import { id } from "ethers";
import { ethers } from "hardhat";

import { BOND, REVIEW, courtroom } from "../fixtures/evaluation";
import { DAY, PRICE } from "../fixtures/jobs";
import type { Answer } from "../fixtures/mcp";
import { LedgerFolder, boundsOf, call, ledgerOf, offerFile, refusal, serverFor } from "../fixtures/mcp";
import { CONTRACT, INPUT, SERVICE } from "../fixtures/negotiation";
import { QuotingProvider } from "../fixtures/quotingProvider";
import type { WalletMarket } from "../fixtures/wallet";
import { JOB_CAP, WINDOW_CAP, regrant, walletFixture, walletIn } from "../fixtures/wallet";
import { MemoryReader } from "./http/MemoryReader";
import { sampleAgent } from "./http/samples";

/** More than the wallet allows in all, so that it is the wallet that says no. */
const LAVISH = 1_000n * PRICE;

describe("MCP server that acts from an AgentWallet", () => {
  const ledgers = new LedgerFolder();

  /** A server with the key of the fixture's wallet, which acts as the wallet. */
  async function serverOf(parts: WalletMarket, cap: bigint, index = new MemoryReader()): Promise<Client> {
    const ledger = ledgerOf(ledgers.next(), await parts.stable.getAddress(), cap);
    const wallet = { address: await parts.wallet.getAddress() };
    return serverFor(parts.key, { wallet, ledger, index, http: { allowHttp: true } });
  }

  async function hireOf(
    parts: WalletMarket,
    amount: bigint,
    key: string,
    more: object = {},
    bounds: object = {},
  ): Promise<Answer> {
    const offer = await offerFile(parts, { amount, ...more });
    return { ...(await boundsOf(parts)), ...bounds, offer, maxAmount: amount.toString(), idempotencyKey: key };
  }

  /** As `simulate` takes it. */
  function tried(hire: Answer): Answer {
    return Object.fromEntries(Object.entries(hire).filter(([name]) => name !== "idempotencyKey"));
  }

  /** Nothing was counted, spent or kept: the same key still hires what is allowed. */
  async function expectUntouched(parts: WalletMarket, model: Client, key: string): Promise<void> {
    const token = await parts.stable.getAddress();
    expect((await call(model, "balance", { token })).mayStillSpend).to.equal(LAVISH.toString());
    expect(await parts.stable.balanceOf(parts.wallet)).to.equal(1_000n * PRICE);
    expect((await call(model, "hire", await hireOf(parts, PRICE, key))).outcome).to.equal("sent");
  }

  it("hires with the wallet's money, by the key, once", async () => {
    const parts = await walletFixture();
    const { wallet, stable, key, escrow } = parts;
    const [token, account] = [await stable.getAddress(), await wallet.getAddress()];
    const model = await serverOf(parts, LAVISH);
    const before = await call(model, "balance", { token });
    expect(before).to.include({ account, balance: (1_000n * PRICE).toString(), credit: "0" });
    expect(before.coin, "the key pays for gas").to.equal((await ethers.provider.getBalance(key)).toString());

    const hire = await hireOf(parts, PRICE, "first-job");
    expect(await call(model, "simulate", { tool: "hire", arguments: tried(hire) })).to.deep.include({
      outcome: "would-send",
      costs: { token, amount: PRICE.toString() },
    });
    const hired = await call(model, "hire", hire);
    expect(hired.outcome).to.equal("sent");
    expect(await call(model, "hire", hire)).to.deep.equal(hired);
    const job = await escrow.getJob(BigInt(hired.jobId as string));
    expect([job.client, job.budget]).to.deep.equal([account, PRICE]);
    expect(await stable.balanceOf(wallet)).to.equal(999n * PRICE);
    expect(await stable.balanceOf(key)).to.equal(0n);
    expect((await call(model, "balance", { token })).mayStillSpend).to.equal((LAVISH - PRICE).toString());
  });

  it("is refused over the wallet's limit for a job, in the simulation, and counts nothing", async () => {
    const parts = await walletFixture();
    const token = await parts.stable.getAddress();
    const model = await serverOf(parts, LAVISH);
    const nonce = await ethers.provider.getTransactionCount(parts.key);
    const hire = await hireOf(parts, JOB_CAP + 1n, "too-dear-1");
    for (const sentence of [
      await refusal(model, "simulate", { tool: "hire", arguments: tried(hire) }),
      await refusal(model, "hire", hire),
    ]) {
      expect(sentence)
        .to.contain(`${JOB_CAP + 1n}`)
        .and.to.contain(token)
        .and.to.match(/\.$/);
    }
    expect(await ethers.provider.getTransactionCount(parts.key), "nothing was sent").to.equal(nonce);
    await expectUntouched(parts, model, "too-dear-1");
  });

  it("is refused over the wallet's window and what its owner has to co-sign, although the server's own cap has room", async () => {
    const parts = await walletFixture();
    const token = await parts.stable.getAddress();
    const model = await serverOf(parts, LAVISH);
    for (const n of [1, 2]) await call(model, "hire", await hireOf(parts, JOB_CAP, `within-it-${n}`));
    const left = LAVISH - 2n * JOB_CAP;
    const coSigned = await refusal(model, "hire", await hireOf(parts, JOB_CAP, "with-owner"));
    expect(coSigned).to.contain("owner");
    await regrant(parts, { limits: [await narrow(parts)] });
    const over = await refusal(model, "hire", await hireOf(parts, PRICE + 1n, "over-it-1"));
    expect(over).to.contain("window");
    expect((await call(model, "balance", { token })).mayStillSpend).to.equal(left.toString());
    expect(await parts.stable.balanceOf(parts.wallet)).to.equal(1_000n * PRICE - 2n * JOB_CAP);
  });

  /** A window with room for one PRICE more than the two jobs above. */
  async function narrow({ policy, stable }: WalletMarket) {
    const [limit] = policy.limits;
    const windowCap = 2n * JOB_CAP + PRICE;
    return { ...limit!, token: await stable.getAddress(), windowCap, coSignAbove: WINDOW_CAP };
  }

  it("is refused by who judges, by a frozen wallet, and after its policy", async () => {
    const parts = await walletFixture();
    const model = await serverOf(parts, LAVISH);
    const evaluator = parts.stranger.address;
    const stranger = await hireOf(parts, PRICE, "some-key-1", { evaluator }, { evaluators: [evaluator] });
    expect(await refusal(model, "hire", stranger)).to.contain(parts.stranger.address);
    await expectUntouched(parts, model, "some-key-1");
    await parts.wallet.connect(parts.guardian).freeze();
    expect(await refusal(model, "hire", await hireOf(parts, PRICE, "frozen-key"))).to.match(/frozen|no policy/);
    const again = await serverFor(parts.key2, {
      wallet: { address: await parts.wallet.getAddress() },
      ledger: ledgerOf(ledgers.next(), await parts.stable.getAddress(), LAVISH),
    });
    expect(await refusal(again, "hire", await hireOf(parts, PRICE, "other-key-1"))).to.contain("no policy");
  });

  it("keeps to the server's cap where the wallet allows more", async () => {
    const parts = await walletFixture();
    const model = await serverOf(parts, PRICE);
    expect(await refusal(model, "hire", await hireOf(parts, PRICE + 1n, "over-cap-1"))).to.contain(
      `may spend ${PRICE} now`,
    );
    expect((await call(model, "hire", await hireOf(parts, PRICE, "over-cap-1"))).outcome).to.equal("sent");
    expect(await refusal(model, "hire", await hireOf(parts, 1n, "over-cap-2"))).to.contain("may spend 0 now");
    expect(await parts.stable.balanceOf(parts.wallet)).to.equal(999n * PRICE);
  });

  it("locks a dispute's bond out of the wallet, inside both bounds", async () => {
    const court = await courtroom();
    const judge = await court.judge.getAddress();
    const parts = { ...(await walletIn(court, { evaluators: [judge] })), judge: court.judge };
    const token = await parts.stable.getAddress();
    const model = await serverOf(parts, LAVISH);
    const judged = { evaluator: judge, evaluationPeriod: BigInt(REVIEW + DAY) };
    const { jobId } = await call(
      model,
      "hire",
      await hireOf(parts, PRICE, "to-dispute", judged, { evaluators: [judge] }),
    );
    await parts.escrow.connect(parts.provider).submit(jobId as string, id("poor work"), "0x");
    const counted = LAVISH - PRICE;

    const step = { jobId, step: "dispute", maxBond: BOND.toString(), idempotencyKey: "the-objection" };
    const [limit] = parts.policy.limits;
    await regrant(parts, { limits: [{ ...limit!, jobCap: PRICE + BOND - 1n }] });
    expect(await refusal(model, "dispute", step)).to.contain("with its bonds and appeals");
    expect((await call(model, "balance", { token })).mayStillSpend).to.equal(counted.toString());

    await regrant(parts, { limits: [{ ...limit!, jobCap: PRICE + BOND }] });
    expect(await call(model, "dispute", step)).to.deep.include({
      outcome: "sent",
      costs: { token, amount: BOND.toString() },
    });
    expect((await call(model, "balance", { token })).mayStillSpend).to.equal((counted - BOND).toString());
    expect(await parts.stable.balanceOf(parts.wallet)).to.equal(999n * PRICE - BOND);
  });

  for (const carrier of ["http", "a2a"] as const) {
    it(`negotiates over ${carrier} in the wallet's name, and hires by the offer`, async () => {
      const parts = await walletFixture();
      const provider = new QuotingProvider(parts, carrier);
      const index = new MemoryReader();
      index.agents = [sampleAgent("2")];
      try {
        index.files.set("2", await provider.listen());
        const model = await serverOf(parts, LAVISH, index);
        const bounds = { ...(await boundsOf(parts)), maxEvaluatorFeeBps: 200 };
        const work = { ...bounds, terms: CONTRACT, input: new TextDecoder().decode(INPUT) };
        const quote = await call(model, "quote", { ...work, service: SERVICE.id });
        expect(quote).to.deep.include({ outcome: "offer", objections: [] });
        const hired = await call(model, "hire", { ...work, offer: quote.offer, idempotencyKey: "by-the-quote" });
        expect(hired.outcome).to.equal("sent");
        const job = await parts.escrow.getJob(BigInt(hired.jobId as string));
        expect([job.client, job.budget]).to.deep.equal([await parts.wallet.getAddress(), provider.price]);
      } finally {
        await provider.close();
      }
    });
  }
});

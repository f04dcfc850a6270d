import { expect } from "chai";
import { ethers } from "hardhat";

import { PRICE } from "../fixtures/jobs";
import { BOND, courtroom, submitted } from "../fixtures/evaluation";
import { formatJobId } from "../../sdk/jobId";
import { loadFixture } from "../fixtures/loadFixture";
import type { Market } from "../fixtures/market";
import { marketFixture } from "../fixtures/market";
import { LedgerFolder, boundsOf, call, ledgerOf, offerFile, refusal, serverFor } from "../fixtures/mcp";

/** Attacks that make a server spend what its ledger does not count, or hire whom nobody meant. */
describe("attacks on what an MCP server spends", () => {
  const ledgers = new LedgerFolder();

  async function modelOf(market: Market, cap = PRICE) {
    const ledger = ledgerOf(ledgers.next(), await market.stable.getAddress(), cap);
    return { ledger, model: await serverFor(market.client, { ledger }) };
  }

  it("gives no payment's signature out in a simulation, nor for what the cap refuses", async () => {
    const market = await loadFixture(marketFixture);
    const token = await market.stable.getAddress();
    await market.stable.connect(market.client).approve(market.escrow, 0n);
    const signer = Object.create(market.client) as typeof market.client;
    let signatures = 0;
    signer.signTypedData = (...given) => {
      signatures += 1;
      return market.client.signTypedData(...given);
    };
    const model = await serverFor(signer, { ledger: ledgerOf(ledgers.next(), token, PRICE - 1n) });
    const order = { ...(await boundsOf(market)), offer: await offerFile(market) };
    for (const funding of ["auto", "Authorization", "Permit"]) {
      const tried = await call(model, "simulate", { tool: "hire", arguments: { ...order, funding } });
      expect(tried).to.deep.include({ outcome: "would-send", costs: { token, amount: PRICE.toString() } });
      const key = `over-the-cap-${funding}`;
      expect(await refusal(model, "hire", { ...order, funding, idempotencyKey: key })).to.contain("may spend");
    }
    expect(signatures).to.equal(0);
    const rich = await serverFor(signer, { ledger: ledgerOf(ledgers.next(), token, PRICE) });
    expect((await call(rich, "hire", { ...order, idempotencyKey: "within-it" })).outcome).to.equal("sent");
    expect(signatures).to.equal(1);
  });

  it("goes on counting what was approved for a call that failed", async () => {
    const market = await loadFixture(marketFixture);
    const token = await market.plain.getAddress();
    const ledger = ledgerOf(ledgers.next(), token, PRICE);
    await market.plain.connect(market.client).approve(market.escrow, 0n);
    const chain = Object.create(ethers.provider) as typeof ethers.provider;
    const { escrow } = market;
    const refused = Object.assign(new Error("execution reverted"), { data: "0x12345678" });
    const hire = escrow.getFunction("hire").fragment.selector;
    chain.call = (request) => {
      return request.data?.startsWith(hire) === true ? Promise.reject(refused) : ethers.provider.call(request);
    };
    const signer = Object.create(market.client) as typeof market.client;
    Object.defineProperty(signer, "provider", { value: chain });
    const model = await serverFor(signer, { ledger });
    const order = { ...(await boundsOf(market)), token, offer: await offerFile(market, { token }) };
    expect(await refusal(model, "hire", { ...order, idempotencyKey: "half-done-1" })).to.not.equal("");
    expect(await market.plain.allowance(market.client, escrow), "approved").to.equal(PRICE);
    expect(ledger.left(token)).to.equal(0n);
  });

  it("counts what is taken when it is sent, whatever was said before", async () => {
    const court = await courtroom();
    const token = await court.stable.getAddress();
    const jobId = formatJobId(await submitted(court));
    const chain = Object.create(ethers.provider) as typeof ethers.provider;
    const bond = court.judge.interface.getFunction("BOND").selector;
    let asked = 0;
    // An evaluator, or an endpoint, that names another bond each time.
    chain.call = (request) => {
      if (request.data?.startsWith(bond) !== true) return ethers.provider.call(request);
      asked += 1;
      return Promise.resolve(ethers.toBeHex(asked === 1 ? 1n : BOND, 32));
    };
    const signer = Object.create(court.client) as typeof court.client;
    Object.defineProperty(signer, "provider", { value: chain });
    const ledger = ledgerOf(ledgers.next(), token, BOND);
    const model = await serverFor(signer, { ledger });
    const step = { jobId, step: "dispute", maxBond: (BOND - 1n).toString() };
    await call(model, "simulate", { tool: "dispute", arguments: step });
    expect(await refusal(model, "dispute", { ...step, idempotencyKey: "too-much-1" })).to.contain(
      "more than your most",
    );
    expect(ledger.left(token)).to.equal(BOND);
    expect(await refusal(model, "dispute", { jobId, step: "dispute", idempotencyKey: "no-bound-1" })).to.contain(
      "maxBond belongs",
    );
    const given = { ...step, maxBond: BOND.toString(), idempotencyKey: "the-objection" };
    expect(await call(model, "dispute", given)).to.deep.include({ costs: { token, amount: BOND.toString() } });
    expect(ledger.left(token)).to.equal(0n);
  });

  it("approves no bond for a job that is somebody else's", async () => {
    const court = await courtroom();
    const token = await court.stable.getAddress();
    const jobId = formatJobId(await submitted(court));
    const model = await serverFor(court.stranger, { ledger: ledgerOf(ledgers.next(), token, BOND) });
    const step = { jobId, step: "dispute", maxBond: BOND.toString(), idempotencyKey: "not-mine-1" };
    expect(await refusal(model, "dispute", step)).to.contain(court.client.address);
    expect(await court.stable.allowance(court.stranger, court.judge)).to.equal(0n);
  });

  it("hires nobody but the agent that was meant, before whom was trusted, by whoever speaks for it", async () => {
    const market = await loadFixture(marketFixture);
    const { model, ledger } = await modelOf(market);
    const bounds = await boundsOf(market);
    const plain = await market.plain.getAddress();
    const own = market.stranger.address;
    const cases: [object, string][] = [
      [{ evaluator: own }, `its evaluator ${own} is not one that you trust`],
      [{ providerAgentId: 0n }, "it is by agent 0, not"],
      [{ token: plain }, `its token ${plain} is not one that you pay in`],
      [{ evaluatorFeeBps: 1n }, "its evaluator gets 1 basis points"],
      [{ hook: own }, `its hook ${own}`],
      [{ silencePaysProvider: true, evaluationPeriod: 3_600n }, "its evaluation takes 3600 seconds"],
    ];
    for (const [i, [changes, words]] of cases.entries()) {
      const order = { ...bounds, offer: await offerFile(market, changes) };
      expect(await refusal(model, "simulate", { tool: "hire", arguments: order })).to.contain(words);
      expect(await refusal(model, "hire", { ...order, idempotencyKey: `tricked-${i}` })).to.contain(words);
    }
    // The signer sold the agent since, or never had it.
    const order = { ...bounds, offer: await offerFile(market) };
    await market.registry
      .connect(market.provider)
      .transferFrom(market.provider, market.stranger, market.agents.provider);
    expect(await refusal(model, "hire", { ...order, idempotencyKey: "sold-agent" })).to.contain("does not speak for");
    expect(ledger.left(await market.stable.getAddress())).to.equal(PRICE);
  });

  it("takes the same words with another account's key for something else", async () => {
    const market = await loadFixture(marketFixture);
    const token = await market.stable.getAddress();
    const path = ledgers.next();
    const order = { ...(await boundsOf(market)), offer: await offerFile(market), idempotencyKey: "the-very-job" };
    const one = await serverFor(market.client, { ledger: ledgerOf(path, token, 2n * PRICE) });
    expect((await call(one, "hire", order)).outcome).to.equal("sent");
    const other = await serverFor(market.client2, { ledger: ledgerOf(path, token, 2n * PRICE) });
    expect(await refusal(other, "hire", order)).to.contain("used for something else");
  });
});

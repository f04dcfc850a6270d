import { id, toBeHex } from "ethers";
import type { BaseContract, ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";

import {
  MINUTE,
  acceptanceOf,
  atExpiry,
  authorizationFunding,
  namedOfferOf,
  offerOf,
  permit2Funding,
  permitFunding,
  prepareHire,
} from "../../test/fixtures/jobs";
import type { Hiring, OfferTerms } from "../../test/fixtures/jobs";
import { deployMarket } from "../../test/fixtures/market";
import type { Market } from "../../test/fixtures/market";
import type { Step } from "./budgets";
import { measureDisputes } from "./measureDisputes";
import { measureWallets } from "./measureWallets";

/** Gas by step, and bytes of code by contract. */
export interface Measurements {
  gas: Record<Step, number>;
  bytes: Record<string, number>;
}

/** Runs every step of the table once on a fresh in-process chain. Salts are fixed, so that the figures repeat. */
export async function measure(): Promise<Measurements> {
  const market = await deployMarket();
  const { client, client2, provider, provider2, evaluator, stranger } = market;
  const { escrow, ledger, registry, stable, plain, agents } = market;
  const gas: Partial<Record<Step, number>> = {};
  let salt = 0;

  /** Adds up a transaction, under a name or only to bring the chain to where the next step begins. */
  async function spend(step: Step | undefined, sent: Promise<ContractTransactionResponse>): Promise<void> {
    const receipt = await (await sent).wait();
    if (receipt === null) throw new Error("a transaction has no receipt");
    if (step !== undefined) gas[step] = Number(receipt.gasUsed);
  }

  const fresh = () => BigInt(id(`gas ${String(++salt)}`));
  const plainAddress = await plain.getAddress();
  const named = (overrides: Partial<OfferTerms> = {}) =>
    namedOfferOf(market, { token: plainAddress, amount: PRICE, salt: fresh(), ...overrides });
  async function hire(step: Step | undefined, hiring: Hiring): Promise<bigint> {
    const { jobId, send } = await prepareHire(market, hiring);
    await spend(step, send());
    return jobId;
  }
  async function submit(jobId: bigint, by = provider, step?: Step): Promise<void> {
    await spend(step, escrow.connect(by).submit(jobId, id("deliverable"), "0x"));
  }
  async function complete(step: Step | undefined, jobId: bigint, by = provider): Promise<void> {
    await submit(jobId, by);
    await spend(step, escrow.connect(evaluator).complete(jobId, id("reason"), "0x"));
  }

  // The table's terms: escrow and provider hold the token already.
  for (const holder of [escrow, provider, provider2]) await plain.mint(holder, 1n);
  // A limited allowance, which each payment updates; an unlimited one would flatter the figures by 2,900.
  for (const payer of [client, client2]) {
    await plain.mint(payer, PRICE * 1_000n);
    await plain.connect(payer).approve(escrow, PRICE * 1_000n);
  }

  await spend("register(), an owner's second", registry.connect(client)["register()"]());
  await spend(
    "register(uri of 66 bytes), an owner's second",
    registry.connect(client)["register(string)"]("ipfs://".padEnd(66, "b")),
  );

  // Paths of hiring.
  const open = await offerOf(market, { token: plainAddress, amount: PRICE, capacity: 2, salt: fresh() });
  const input = (name: string) => acceptanceOf(market, { inputHash: id(name) });
  const first = await hire("hire, open offer, first", { offer: open, acceptance: input("first") });
  await hire("hire, open offer, later", { offer: open, acceptance: input("second") });
  const second = await hire("hire, client named", { offer: await named() });

  // Completion, from strangers to a pair that has met.
  await submit(first, provider, "submit");
  await spend("complete, both new to the ledger", escrow.connect(evaluator).complete(first, id("reason"), "0x"));
  await complete("complete, a pair that has met", second);
  const other = { providerAgentId: agents.provider2, provider: provider2.address };
  const seasoned = { client: client2.address, clientAgentId: agents.client2 };
  const warmUp = await hire(undefined, {
    offer: await named({ ...other, ...seasoned }),
    acceptance: acceptanceOf(market, seasoned),
    signer: provider2,
    sender: client2,
  });
  await complete(undefined, warmUp, provider2);
  const crossed = await hire(undefined, {
    offer: await named(seasoned),
    acceptance: acceptanceOf(market, seasoned),
    sender: client2,
  });
  await complete("complete, known agents, new pair", crossed);

  await measureKernel(market, spend);
  await measureFundings(market, hire, fresh);

  // Other endings.
  const partial = await hire(undefined, { offer: await named() });
  await submit(partial);
  await spend(
    "completePartially",
    escrow.connect(evaluator).completePartially(partial, PRICE / 2n, id("reason"), 0, "0x"),
  );
  const rejected = await hire(undefined, { offer: await named() });
  await submit(rejected);
  await spend("reject after submission", escrow.connect(evaluator).reject(rejected, id("reason"), "0x"));
  const declined = await hire(undefined, { offer: await named() });
  await spend("decline", escrow.connect(provider).decline(declined, id("reason")));
  const undelivered = await hire(undefined, { offer: await named({ deliveryPeriod: 5 * MINUTE }) });
  await atExpiry(market, undelivered);
  await spend("claimRefund, undelivered", escrow.connect(stranger).claimRefund(undelivered));
  const unjudged = await hire(undefined, { offer: await named({ silencePaysProvider: true }) });
  await submit(unjudged);
  await atExpiry(market, unjudged);
  await spend("claimPayment", escrow.connect(stranger).claimPayment(unjudged));

  // A credit: the payout met a blacklist.
  await stable.connect(client).approve(escrow, PRICE);
  await stable.mint(client, PRICE);
  const blocked = await hire(undefined, { offer: await named({ token: await stable.getAddress() }) });
  await stable.blacklist(provider);
  await complete(undefined, blocked);
  await spend("withdraw", escrow.connect(provider).withdraw(stable, stranger));

  // Words.
  await spend(
    "giveJobFeedback",
    ledger.connect(client).giveJobFeedback(escrow, first, 95, "quality", "", "", "", toBeHex(0, 32)),
  );
  await spend(
    "giveFeedback",
    ledger.connect(stranger).giveFeedback(agents.provider, 95, 0, "quality", "", "", "", toBeHex(0, 32)),
  );

  const bytes = await codeSizes({
    AgentMarketForwarder: market.forwarder,
    AgentRegistry: registry,
    JobEscrow: escrow,
    ReputationLedger: ledger,
  });
  const disputes = await measureDisputes();
  const wallets = await measureWallets();
  return {
    gas: { ...gas, ...disputes.gas, ...wallets.gas } as Record<Step, number>,
    bytes: { ...bytes, ...disputes.bytes, ...wallets.bytes },
  };
}

/** 25 of an 18-decimal token. */
const PRICE = 25n * 10n ** 18n;

type Spend = (step: Step | undefined, sent: Promise<ContractTransactionResponse>) => Promise<void>;

/** The four transactions that ERC-8183 needs to agree and fund. */
async function measureKernel({ escrow, plain, client, provider, evaluator, agents }: Market, spend: Spend) {
  const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const create = escrow.connect(client).createJob;
  const terms = [provider, evaluator, now + 86_400, "A job in 32 bytes of description", ethers.ZeroAddress] as const;
  const jobId = await create.staticCall(...terms, agents.provider);
  await plain.connect(client).approve(escrow, 0n);
  await spend("createJob", create(...terms, agents.provider));
  await spend("setBudget", escrow.connect(client).setBudget(jobId, plain, PRICE, "0x"));
  await spend("approve", plain.connect(client).approve(escrow, PRICE));
  await spend("fund", escrow.connect(client).fund(jobId, PRICE, "0x"));
  await plain.connect(client).approve(escrow, PRICE * 1_000n);
}

type Hire = (step: Step | undefined, hiring: Hiring) => Promise<bigint>;

/** Hiring by the three ways that need a signature of the client, in the stablecoin that offers them all. */
async function measureFundings(market: Market, hire: Hire, fresh: () => bigint) {
  const { stable, client, stranger, escrow, provider, permit2 } = market;
  for (const holder of [escrow, provider]) await stable.mint(holder, 1n);
  const makeOffer = async () => namedOfferOf(market, { token: await stable.getAddress(), salt: fresh() });

  const byPermit = await makeOffer();
  await hire("hire by ERC-2612", { offer: byPermit, acceptance: waysToPay(await permitFunding(market)) });

  const byAuthorization = await makeOffer();
  const authorized = await prepareHire(market, { offer: byAuthorization });
  await hire("hire by ERC-3009, sent by a stranger", {
    offer: byAuthorization,
    acceptance: waysToPay(await authorizationFunding(market, authorized.jobId)),
    sender: stranger,
  });

  await stable.connect(client).approve(permit2, ethers.MaxUint256);
  const byPermit2 = await makeOffer();
  const permitted = await prepareHire(market, { offer: byPermit2 });
  await hire("hire by Permit2, sent by a stranger", {
    offer: byPermit2,
    acceptance: waysToPay(await permit2Funding(market, permitted.jobId)),
    sender: stranger,
  });
}

function waysToPay({ funding, fundingData }: { funding: bigint; fundingData: string }) {
  return { funding, fundingData };
}

async function codeSizes(contracts: Record<string, BaseContract>): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const [name, contract] of Object.entries(contracts)) {
    const code = await ethers.provider.getCode(contract);
    sizes[name] = (code.length - 2) / 2;
  }
  return sizes;
}

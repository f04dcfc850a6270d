import { reset, time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import { id } from "ethers";
import { ethers } from "hardhat";

import { courtArguments } from "../../sdk/courts";
import { DISPUTE_PERIODS, tierByName } from "../../sdk/courtTiers";
import { seedProof } from "../../sdk/seedProof";
import { OptimisticEvaluator__factory } from "../../sdk/bindings";
import type { Court } from "../../test/fixtures/court";
import {
  commitmentFor,
  currentPanel,
  deployCourt,
  endReveal,
  panelJurors,
  playRound,
  saltOf,
} from "../../test/fixtures/court";
import { namedOfferOf, prepareHire } from "../../test/fixtures/jobs";
import type { Step } from "./budgets";

/** 100 of the 6-decimal stablecoin. */
const PRICE = 100_000_000n;
/** A share both sides of the table know: 75 percent. */
const VOTE = 3;

type Gas = Partial<Record<Step, number>>;

/** What fair settlement costs: the evaluator against a plain account in its place, and a case before the court. */
export async function measureDisputes(): Promise<{ gas: Gas; bytes: Record<string, number> }> {
  await reset(); // a chain of its own: CREATE2 puts the market in one place once
  const fixture = await deployCourt();
  const {
    court,
    escrow,
    stable,
    client,
    provider,
    evaluator: account,
    stranger,
    forwarder,
    ledger,
    registry,
  } = fixture;
  const addresses = {
    forwarder: await forwarder.getAddress(),
    escrow: await escrow.getAddress(),
    ledger: await ledger.getAddress(),
    registry: await registry.getAddress(),
  };
  const spec = {
    tier: tierByName("small"),
    token: await stable.getAddress(),
    decimals: 6,
    coinFee: 0n,
    market: addresses,
  };
  const constructors = courtArguments(spec);
  const judge = await new OptimisticEvaluator__factory(fixture.deployer).deploy(
    ...constructors.evaluator(await court.getAddress()),
  );
  for (const party of [client, provider]) await stable.connect(party).approve(judge, ethers.MaxUint256);
  // As in the rest of the table: escrow and provider hold the token already.
  for (const holder of [escrow, provider]) await stable.mint(holder, 1n);

  const gas: Gas = {};
  let salt = 0;
  async function spend(step: Step | undefined, sent: Promise<ContractTransactionResponse>): Promise<number> {
    const receipt = await (await sent).wait();
    if (receipt === null) throw new Error("a transaction has no receipt");
    if (step !== undefined) gas[step] = Number(receipt.gasUsed);
    return Number(receipt.gasUsed);
  }
  async function hire(evaluator: string, step?: Step): Promise<{ jobId: bigint; used: number }> {
    const offer = await namedOfferOf(fixture, {
      evaluator,
      evaluationPeriod: Number(DISPUTE_PERIODS.reviewPeriod) + 86_400,
      evaluatorFeeBps: 0,
      amount: PRICE,
      salt: BigInt(id(`dispute ${String(++salt)}`)),
    });
    const { jobId, send } = await prepareHire(fixture, { offer });
    const used = await spend(step, send());
    return { jobId, used };
  }
  const submit = (jobId: bigint) => spend(undefined, escrow.connect(provider).submit(jobId, id("work"), "0x"));
  async function submitted(): Promise<bigint> {
    const { jobId } = await hire(judgeAddress);
    await submit(jobId);
    return jobId;
  }

  const judgeAddress = await judge.getAddress();
  // The pair meets once before, so that both of the two compared jobs find the same ledger.
  const before = await hire(account.address);
  await submit(before.jobId);
  await spend(undefined, escrow.connect(account).complete(before.jobId, id("reason"), "0x"));

  const plain = await hire(account.address);
  await submit(plain.jobId);
  const completed = await spend(undefined, escrow.connect(account).complete(plain.jobId, id("reason"), "0x"));
  const judged = await hire(judgeAddress, "hire, client named, optimistic evaluator");
  await submit(judged.jobId);
  const accepted = await spend("accept, a pair that has met", judge.connect(client).accept(judged.jobId));
  gas["an undisputed job, over a plain account as evaluator"] = judged.used + accepted - plain.used - completed;

  const silent = await submitted();
  await time.increase(DISPUTE_PERIODS.reviewPeriod);
  await spend("finalise, silence", judge.connect(stranger).finalise(silent));

  const conceded = await submitted();
  await spend(undefined, judge.connect(client).dispute(conceded));
  await spend("concede", judge.connect(provider).concede(conceded));

  const fought = await submitted();
  await spend("dispute", judge.connect(client).dispute(fought));
  await spend("contest", judge.connect(provider).contest(fought));
  await spend("escalate, with the court's createDispute", judge.connect(client).escalate(fought));
  const disputeId = await court.disputeCount();
  await measureCase(fixture, disputeId, spend, gas);
  await spend("deliverRuling", court.connect(stranger).deliverRuling(disputeId));
  await spend("finalise, as ruled", judge.connect(stranger).finalise(fought));
  await spend("execute, three coherent jurors", court.connect(stranger).execute(disputeId, 0n));
  gas["a case of three jurors, in the court"] = caseOf(gas);

  await measureAppeal(fixture, spend);
  await spend("join, one seat", court.connect(stranger).join(1n));
  return {
    gas,
    bytes: {
      HeaderRandomness: await sizeOf(await fixture.randomness.getAddress()),
      OptimisticEvaluator: await sizeOf(judgeAddress),
      SeatCourt: await sizeOf(await court.getAddress()),
    },
  };
}

type Spend = (step: Step | undefined, sent: Promise<ContractTransactionResponse>) => Promise<number>;

/** A panel of three from its seed to the end of the appeal's time; all of them agree. */
async function measureCase(fixture: Court, disputeId: bigint, spend: Spend, gas: Gas): Promise<void> {
  const { court, terms, stranger } = fixture;
  const { seedTime } = await court.panelOf(disputeId, await currentPanel(court, disputeId));
  await time.increaseTo(seedTime);
  await spend("seed", court.connect(stranger).seed(disputeId, await seedProof(ethers.provider, seedTime)));
  const drawn = await panelJurors(fixture, disputeId);
  let [commits, reveals] = [0, 0];
  for (const [slot, juror] of drawn.entries()) {
    const commitment = await commitmentFor(court, disputeId, slot, juror.address, VOTE);
    commits += await spend(undefined, court.connect(juror).commit(disputeId, slot, commitment));
  }
  await time.increase(terms.commitPeriod + terms.revealGap);
  for (const [slot, juror] of drawn.entries()) {
    reveals += await spend(undefined, court.connect(juror).reveal(disputeId, slot, VOTE, saltOf(slot)));
  }
  gas.commit = Math.ceil(commits / drawn.length);
  gas.reveal = Math.ceil(reveals / drawn.length);
  await endReveal(fixture, disputeId);
  await time.increase(terms.appealPeriod);
}

/** All that happens in the court: its creation within `escalate`, the jurors' six calls, and the ends. */
function caseOf(gas: Gas): number {
  const of = (step: Step) => gas[step] ?? Number.NaN;
  return (
    of("escalate, with the court's createDispute") +
    of("seed") +
    3 * of("commit") +
    3 * of("reveal") +
    of("deliverRuling") +
    of("execute, three coherent jurors")
  );
}

/** A second case, appealed up to the panel of fifteen, where every juror of the first two panels turns out wrong. */
async function measureAppeal(fixture: Court, spend: Spend): Promise<void> {
  const { court, stable, terms, deployer, stranger } = fixture;
  await spend(
    "createDispute by an account, in the token",
    court.connect(deployer)["createDispute(uint256,bytes,address,uint256)"](5, "0x", stable, 3n * terms.fee),
  );
  const disputeId = await court.disputeCount();
  const all = (votes: number, vote: number) => Array.from({ length: votes }, () => vote);
  await playRound(fixture, disputeId, all(3, 0));
  await spend("appeal", court.connect(stranger).appeal(disputeId));
  await playRound(fixture, disputeId, all(7, 0));
  await spend(undefined, court.connect(stranger).appeal(disputeId));
  await playRound(fixture, disputeId, all(15, 4));
  await spend("conclude", court.connect(stranger).conclude(disputeId));
  await spend("execute, seven wrong jurors and an appellant", court.connect(stranger).execute(disputeId, 1n));
  await spend("execute, fifteen coherent jurors", court.connect(stranger).execute(disputeId, 2n));
}

async function sizeOf(address: string): Promise<number> {
  return (await ethers.provider.getCode(address)).length / 2 - 1;
}

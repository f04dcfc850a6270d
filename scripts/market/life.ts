import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ZeroAddress, ZeroHash, encodeBase64 } from "ethers";

import { reexecute } from "../../examples/evaluator/reexecute";
import { parsePackageUri, readPackageFile } from "../../examples/workers/inputs";
import { profilePopulation } from "../../examples/workers/population";
import { profileSample } from "../../examples/workers/sampling";
import type { Worker } from "../../examples/workers/work";
import { doWork } from "../../examples/workers/work";
import { canonicalBytes } from "../../sdk/canonicalJson";
import { PERMIT2_ADDRESS } from "../../sdk/create2";
import type { Funding } from "../../sdk/funding";
import { allowanceFunding, authorizationFunding, permit2Funding, permitFunding } from "../../sdk/funding";
import type { Offer } from "../../sdk/offers";
import {
  jobIdOf,
  makeAcceptanceTerms,
  makeOffer,
  offerDomain,
  offerHash,
  signOffer,
  verifyOfferSignature,
} from "../../sdk/offers";
import { agentRegistryId } from "../../sdk/registration";
import { parseJobContract, termsHash } from "../../sdk/terms";
import { readTokenDomain } from "../../sdk/tokenDomain";
import { formatTime, parseAmount } from "../../sdk/units";
import type { PlannedJob } from "./plan";
import type { Step, Tell } from "./steps";
import { send } from "./steps";
import { overreach, walletOf } from "./wallets";
import type { Party, PartyName, World } from "./world";
import { EXAMPLES, chainTime, passTime } from "./world";

/** A job that ran, as its participants saw it. What came of it is read from the chain: see books.ts. */
export interface PlayedJob {
  plan: PlannedJob;
  jobId: bigint;
  amount: bigint;
  steps: Step[];
  /** What the evaluator found, where it did; or the client that disputed. */
  finding?: string;
  /** What the court did for it: its number of the dispute, and the steps of the court's people. */
  court?: { disputeId: bigint; steps: Step[] };
}

const HOUR = 3_600n;
const DAY = 24n * HOUR;
const EVALUATOR: PartyName = "reexecution-evaluator";
const EVALUATOR_FEE_BPS = 200n;
const REFERRER_FEE_BPS = 100n;

/** Those who do not work as they should; all others do. */
const WORKERS: Partial<Record<PartyName, Worker>> = {
  "sampling-profiler": profileSample,
  "overnight-profiler": profilePopulation,
};

/** Runs one job that the re-execution evaluator judges, from the offer to the last payment. */
export async function playJob(world: World, plan: PlannedJob, tell: Tell): Promise<PlayedJob> {
  const job = await hire(world, plan, tell);
  if (plan.absent === true) {
    await refundByStranger(world, job, tell);
  } else {
    await deliver(world, job, tell);
    if (plan.frozenThenWithdrawsTo !== undefined) await freeze(world, plan, tell);
    await judge(world, job, tell);
    if (plan.frozenThenWithdrawsTo !== undefined) await withdraw(world, job, plan.frozenThenWithdrawsTo, tell);
  }
  if (plan.overreach !== undefined) await overreach(world, plan.client, plan.provider, plan.overreach, tell);
  if (plan.feedback !== undefined) await giveFeedback(world, job, plan.feedback, tell);
  return job;
}

/** The provider signs an offer; the client checks it, decides how to pay, and the job is created and funded. */
export async function hire(world: World, plan: PlannedJob, tell: Tell): Promise<PlayedJob> {
  const { market, chainId, tokenAddress, files, parties, provider: chain } = world;
  const { escrow } = market.addresses;
  const [client, provider] = [parties[plan.client], parties[plan.provider]];
  const wallet = plan.fromWallet === true ? walletOf(world, plan.client) : undefined;
  const hiring = wallet?.address ?? client.wallet.address;
  const path = join(EXAMPLES, "jobs", `${plan.contract}.json`);
  const contract = parseJobContract(readFileSync(path, "utf8"), path);
  const open = plan.clientInput !== undefined;
  const now = await chainTime(world);

  const offer = makeOffer({
    provider: provider.wallet.address,
    providerAgentId: provider.agentId,
    client: open ? ZeroAddress : hiring,
    clientAgentId: open ? 0n : client.agentId,
    ...(await judgeOf(world, plan)),
    token: tokenAddress,
    amount: parseAmount(plan.price, world.decimals),
    deliveryPeriod: HOUR,
    validUntil: now + DAY,
    referrer: plan.referrer === undefined ? ZeroAddress : parties[plan.referrer].wallet.address,
    referrerFeeBps: plan.referrer === undefined ? 0n : REFERRER_FEE_BPS,
    capacity: open ? 100n : 1n,
    termsHash: files.write("terms", canonicalBytes(contract)),
  });
  const domain = offerDomain(chainId, escrow);
  const providerSignature = await signOffer(provider.wallet, domain, offer);

  // What a client does before it pays: are these the terms that I read, and did this provider sign them?
  const agreed = parseJobContract(files.read("terms", offer.termsHash).toString("utf8"));
  if (termsHash(agreed) !== offer.termsHash || !(await verifyOfferSignature(domain, offer, providerSignature, chain))) {
    throw new Error(`The offer for "${contract.title}" does not hold.`);
  }
  const inputHash =
    plan.clientInput === undefined
      ? ZeroHash
      : files.write("inputs", readPackageFile(parsePackageUri(plan.clientInput)));
  const terms = makeAcceptanceTerms({
    client: hiring,
    clientAgentId: client.agentId,
    inputHash,
  });
  const jobId = jobIdOf(offerHash(domain, offer), terms);
  const job: PlayedJob = { plan, jobId, amount: offer.amount, steps: [] };
  const sender = parties[plan.sentBy ?? plan.client];
  if (wallet !== undefined) {
    const acceptance = { ...terms, ...allowanceFunding() };
    const spending = wallet.contract.connect(sender.wallet);
    await send(job, "hire", sender, spending.hire(wallet.encoded, escrow, offer, providerSignature, acceptance));
  } else {
    const acceptance = { ...terms, ...(await fundingOf(world, job, client, offer, now)) };
    await send(job, "hire", sender, market.escrow.connect(sender.wallet).hire(offer, providerSignature, acceptance));
  }
  tell(
    `${wallet?.name ?? plan.client} hires ${plan.provider} (${plan.funding})${plan.sentBy === undefined ? "" : `, sent by ${plan.sentBy}`}`,
  );
  return job;
}

/** Who judges, for how long at the most, and for how much. */
async function judgeOf({ parties, settlement }: World, plan: PlannedJob) {
  if (plan.settlement === undefined) {
    const evaluator = parties[EVALUATOR].wallet.address;
    return { evaluator, evaluationPeriod: HOUR, evaluatorFeeBps: EVALUATOR_FEE_BPS };
  }
  // Time for a dispute need not be agreed on: the evaluator extends the job's when there is one.
  const evaluationPeriod = await settlement.evaluator.maxEvaluationPeriod();
  return { evaluator: settlement.addresses.evaluator, evaluationPeriod, evaluatorFeeBps: 0n };
}

/** Each way to pay has its own preparation: an approval, or a signature. */
async function fundingOf(world: World, job: PlayedJob, client: Party, offer: Offer, now: bigint): Promise<Funding> {
  const { token, tokenAddress, chainId, provider: chain, market } = world;
  const { escrow } = market.addresses;
  const { wallet } = client;
  const { amount } = offer;
  const deadline = now + HOUR;
  switch (job.plan.funding) {
    case "Allowance":
      await send(job, "approve", client, token.connect(wallet).approve(escrow, amount));
      return allowanceFunding();
    case "Permit": {
      const nonce = await token.nonces(wallet);
      const permit = { owner: wallet.address, escrow, value: amount, nonce, deadline };
      return permitFunding(wallet, await readTokenDomain(tokenAddress, chain), permit);
    }
    case "Permit2": {
      await send(job, "approve", client, token.connect(wallet).approve(PERMIT2_ADDRESS, amount));
      const permit = { chainId, permit2: PERMIT2_ADDRESS, escrow, token: tokenAddress, amount, deadline };
      return permit2Funding(wallet, { ...permit, jobId: job.jobId });
    }
    case "Authorization": {
      const authorization = { client: wallet.address, escrow, amount, jobId: job.jobId, validBefore: deadline };
      return authorizationFunding(wallet, await readTokenDomain(tokenAddress, chain), authorization);
    }
  }
}

/** The provider does the work and submits the hash of its report. */
export async function deliver(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const provider = world.parties[job.plan.provider];
  const { contract, clientInput } = await agreedWork(world, job.jobId);
  const report = (WORKERS[provider.name] ?? doWork)(contract, clientInput);
  const deliverable = world.files.write("deliverables", canonicalBytes(report));
  const escrow = world.market.escrow.connect(provider.wallet);
  await send(job, "submit", provider, escrow.submit(job.jobId, deliverable, "0x"));
  tell(`${provider.name} delivers "${contract.title}"`);
}

/** The evaluator, knowing only the chain and the files, does the work again and decides. */
async function judge(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const { market, files, parties } = world;
  const evaluator = parties[EVALUATOR];
  const { jobId } = job;
  const work = await agreedWork(world, jobId);
  const [submitted] = await market.escrow.queryFilter(market.escrow.filters.JobSubmitted(jobId));
  if (submitted === undefined) throw new Error(`Nothing was submitted for job ${jobId}.`);
  const verdict = reexecute(
    { jobId: jobId.toString(), ...work },
    files.read("deliverables", submitted.args.deliverable),
  );
  const reason = files.write("verdicts", canonicalBytes(verdict));
  const escrow = market.escrow.connect(evaluator.wallet);
  if (verdict.accepted) {
    await send(job, "complete", evaluator, escrow.complete(jobId, reason, "0x"));
    tell("the evaluator gets the same report: the provider is paid");
  } else {
    await send(job, "reject", evaluator, escrow.reject(jobId, reason, "0x"));
    tell(`the evaluator gets another report: the client is refunded. ${verdict.finding ?? ""}`);
    job.finding = verdict.finding;
  }
}

/** What was agreed on, from the chain's hashes and the files that have them. */
export async function agreedWork({ market, files }: World, jobId: bigint) {
  const [hired] = await market.escrow.queryFilter(market.escrow.filters.JobHired(jobId));
  if (hired === undefined) throw new Error(`Job ${jobId} was not hired by an offer.`);
  const { termsHash: hash, inputHash } = hired.args;
  const contract = parseJobContract(files.read("terms", hash).toString("utf8"));
  const clientInput = inputHash === ZeroHash ? undefined : files.read("inputs", inputHash);
  return { termsHash: hash, contract, clientInput };
}

async function refundByStranger(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  await passTime(world, HOUR);
  tell("an hour passes and nothing is delivered");
  const stranger = world.parties["passer-by"];
  await send(job, "claimRefund", stranger, world.market.escrow.connect(stranger.wallet).claimRefund(job.jobId));
  tell("a passer-by triggers the refund to the client");
}

async function freeze({ token, parties }: World, plan: PlannedJob, tell: Tell): Promise<void> {
  await (await token.connect(parties.operator.wallet).blacklist(parties[plan.provider].wallet)).wait();
  tell(`the token's issuer freezes ${plan.provider}`);
}

async function withdraw(world: World, job: PlayedJob, to: PartyName, tell: Tell): Promise<void> {
  const { market, parties, tokenAddress } = world;
  const provider = parties[job.plan.provider];
  const escrow = market.escrow.connect(provider.wallet);
  await send(job, "withdraw", provider, escrow.withdraw(tokenAddress, parties[to].wallet.address));
  tell(`its pay was credited instead; ${provider.name} withdraws it to ${to}`);
}

/** Each side says what it thinks of the other, with reference to the job that they had. */
async function giveFeedback(
  world: World,
  job: PlayedJob,
  { byClient, byProvider }: { byClient: number; byProvider: number },
  tell: Tell,
): Promise<void> {
  const { market, parties, files, chainId } = world;
  const { escrow } = market.addresses;
  const [client, provider] = [parties[job.plan.client], parties[job.plan.provider]];
  for (const [author, rated, value] of [
    [client, provider, byClient],
    [provider, client, byProvider],
  ] as const) {
    const tag1 = author === client ? "work" : "payment";
    // The fields that ERC-8004 names for such a file, and the job.
    const bytes = canonicalBytes({
      agentRegistry: agentRegistryId(chainId, market.addresses.registry),
      agentId: Number(rated.agentId),
      clientAddress: `eip155:${chainId}:${author.wallet.address}`,
      createdAt: formatTime(await chainTime(world)),
      value,
      valueDecimals: 0,
      tag1,
      job: { escrow, jobId: job.jobId.toString() },
    });
    const hash = files.write("feedback", bytes);
    const uri = `data:application/json;base64,${encodeBase64(bytes)}`;
    const ledger = market.ledger.connect(author.wallet);
    await send(
      job,
      `feedback by ${author === client ? "client" : "provider"}`,
      author,
      ledger.giveJobFeedback(escrow, job.jobId, value, tag1, "", "", uri, hash),
    );
  }
  tell(`${client.name} gives ${byClient} of 100, ${provider.name} gives ${byProvider}`);
}

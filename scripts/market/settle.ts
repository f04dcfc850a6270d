import { assess } from "../../examples/jurors/assess";
import { formatAmount } from "../../sdk/units";
import { exchangeEvidence, readWork } from "./evidence";
import type { PlayedJob } from "./life";
import { deliver, hire } from "./life";
import type { PlannedJob } from "./plan";
import type { Tell } from "./steps";
import { send } from "./steps";
import { holdTrial } from "./trial";
import type { PartyName, World } from "./world";
import { passTime } from "./world";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

type Settlement = NonNullable<PlannedJob["settlement"]>;

/** The ways that a job can end before the optimistic evaluator. */
const WAYS: Record<Settlement, (world: World, job: PlayedJob, tell: Tell) => Promise<void>> = {
  accepted: accept,
  silent: stayInSilence,
  conceded: concede,
  fought: fight,
};

/** Runs one job that the optimistic evaluator judges, from the offer to the last payment. */
export async function playSettledJob(
  world: World,
  plan: PlannedJob,
  settlement: Settlement,
  tell: Tell,
): Promise<PlayedJob> {
  const job = await hire(world, plan, tell);
  await deliver(world, job, tell);
  await WAYS[settlement](world, job, tell);
  return job;
}

async function accept({ settlement, parties }: World, job: PlayedJob, tell: Tell): Promise<void> {
  const client = parties[job.plan.client];
  await send(job, "accept", client, settlement.evaluator.connect(client.wallet).accept(job.jobId));
  tell(`${client.name} accepts it: ${job.plan.provider} is paid at once, all of the price`);
}

async function stayInSilence(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const { evaluator } = world.settlement;
  const review = await evaluator.REVIEW_PERIOD();
  await passTime(world, review);
  tell(`${review / DAY} days pass, and ${job.plan.client} says nothing`);
  const stranger = world.parties["passer-by"];
  await send(job, "finalise", stranger, evaluator.connect(stranger.wallet).finalise(job.jobId));
  tell(`a passer-by ends the job: ${job.plan.provider} is paid`);
}

async function concede(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const { evaluator } = world.settlement;
  await object(world, job, tell);
  const provider = world.parties[job.plan.provider];
  await passTime(world, DAY);
  await send(job, "concede", provider, evaluator.connect(provider.wallet).concede(job.jobId));
  await withdrawBonds(world, job);
  tell(`a day later ${provider.name} concedes: ${job.plan.client} is refunded, and has its bond back whole`);
}

/** Goes through the court; see trial.ts. */
async function fight(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const { settlement, parties } = world;
  const { evaluator, court } = settlement;
  const [client, provider] = [parties[job.plan.client], parties[job.plan.provider]];
  const amount = (value: bigint) => formatAmount(value, world.decimals);
  await object(world, job, tell);

  await passTime(world, DAY);
  await lockBond(world, job, provider.name);
  await send(job, "contest", provider, evaluator.connect(provider.wallet).contest(job.jobId));
  tell(`a day later ${provider.name} contests that, with a bond of its own: it claims all`);

  await passTime(world, 6n * HOUR);
  await send(job, "escalate", client, evaluator.connect(client.wallet).escalate(job.jobId));
  const { disputeID, fee } = await evaluator.disputeOf(job.jobId);
  tell(`6 hours later ${client.name} calls the court: its fee of ${amount(fee)} comes out of the bonds`);
  await exchangeEvidence(world, job, tell);

  await holdTrial(world, job, disputeID, tell);

  const stranger = parties["passer-by"];
  await send(job, "deliverRuling", stranger, court.connect(stranger.wallet).deliverRuling(disputeID));
  await send(job, "finalise", stranger, evaluator.connect(stranger.wallet).finalise(job.jobId));
  const [returned] = await evaluator.queryFilter(evaluator.filters.BondsReturned(job.jobId));
  const { share } = await evaluator.disputeOf(job.jobId);
  await withdrawBonds(world, job);
  const earned = (job.amount * share) / 100n;
  tell(
    `a passer-by has the ruling carried out: ${amount(earned)} for ${provider.name}, ` +
      `${amount(job.amount - earned)} back to ${client.name}`,
  );
  if (returned === undefined) throw new Error(`The bonds of "${job.plan.name}" were not returned.`);
  const { toClient, toProvider } = returned.args;
  tell(
    `of the bonds, less the court's fee and the penalty: ${amount(toProvider)} to ${provider.name}, ` +
      `${amount(toClient)} to ${client.name}`,
  );
}

/** The client does the work again, and objects with a bond. */
async function object(world: World, job: PlayedJob, tell: Tell): Promise<void> {
  const client = world.parties[job.plan.client];
  const { contract, delivered } = await readWork(world, job.jobId);
  const { right, columns, differences } = assess(contract, delivered);
  job.finding = differences[0];
  await lockBond(world, job, client.name);
  await send(job, "dispute", client, world.settlement.evaluator.connect(client.wallet).dispute(job.jobId));
  const bond = formatAmount(await world.settlement.evaluator.BOND(), world.decimals);
  tell(`${client.name} does the work again: ${right} of ${columns} columns are right. ${differences[0] ?? ""}`);
  tell(`it disputes, with a bond of ${bond}: it claims that nothing was earned`);
}

/** Lets the evaluator take a bond. */
async function lockBond({ token, settlement, parties }: World, job: PlayedJob, name: PartyName): Promise<void> {
  const party = parties[name];
  const bond = await settlement.evaluator.BOND();
  await send(job, "approve bond", party, token.connect(party.wallet).approve(settlement.evaluator, bond));
}

/** What is left of the bonds goes home. */
async function withdrawBonds({ settlement, parties }: World, job: PlayedJob): Promise<void> {
  const { evaluator } = settlement;
  for (const name of [job.plan.client, job.plan.provider]) {
    const party = parties[name];
    if ((await evaluator.withdrawable(party.wallet)) === 0n) continue;
    await send(job, "withdraw bond", party, evaluator.connect(party.wallet).withdraw(party.wallet));
  }
}

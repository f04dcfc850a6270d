import { hexlify, randomBytes } from "ethers";

import { Conduct } from "../../sdk/enums";
import { seedProof } from "../../sdk/seedProof";
import { formatAmount } from "../../sdk/units";
import type { Ballot } from "../../sdk/votes";
import { SHARES, commitmentOf, shareOfRuling, voteForShare } from "../../sdk/votes";
import type { Case } from "./evidence";
import { readCase } from "./evidence";
import type { Opinion } from "./jurors";
import { opinionOf } from "./jurors";
import type { PlayedJob } from "./life";
import type { Course, Tell } from "./steps";
import { send, sendEach } from "./steps";
import type { JurorName, Party, World } from "./world";
import { JURORS, nameOfAddress, partyAt, passUntil } from "./world";

const HOUR = 3_600n;

/** A slot of a panel: who was drawn for it, and how that juror votes. The salt is the juror's secret until the reveal. */
interface Slot {
  juror: Party;
  opinion: Opinion;
  ballot: Ballot;
}

/** A dispute before the court, from the first panel's draw until everyone has been paid. */
export async function holdTrial(world: World, job: PlayedJob, disputeId: bigint, tell: Tell): Promise<void> {
  const { court } = world.settlement;
  const course: Course = { steps: [] };
  job.court = { disputeId, steps: course.steps };
  const files = await readCase(world, job.jobId);

  const first = await holdRound(world, course, { disputeId, files }, tell);
  await appeal(world, job, disputeId, first, tell);
  await holdRound(world, course, { disputeId, files }, tell);

  const { until } = await court.phaseOf(disputeId);
  await passUntil(world, until);
  tell(`24 hours later nobody has appealed again: that is final`);
  await settlePanels(world, course, disputeId, tell);
}

/** Draws a panel and has it vote. @returns The share that it rules. */
async function holdRound(
  world: World,
  course: Course,
  trial: { disputeId: bigint; files: Case },
  tell: Tell,
): Promise<number> {
  const { disputeId } = trial;
  const { court } = world.settlement;
  const terms = await court.terms();
  const slots = await drawPanel(world, course, trial, tell);
  await sendEach(
    course,
    "commit",
    slots.map(({ juror, ballot }) => ({
      by: juror,
      sending: () => court.connect(juror.wallet).commit(disputeId, ballot.slot, commitmentOf(ballot)),
    })),
  );
  tell("they vote in secret: on the chain there are only hashes");

  const { panels } = await court.disputeOf(disputeId);
  const { seededAt } = await court.panelOf(disputeId, panels - 1n);
  const opens = seededAt + terms.commitPeriod + terms.revealGap;
  await passUntil(world, opens);
  await sendEach(
    course,
    "reveal",
    slots.map(({ juror, ballot }) => ({
      by: juror,
      sending: () => court.connect(juror.wallet).reveal(disputeId, ballot.slot, ballot.vote, ballot.salt),
    })),
  );
  await passUntil(world, opens + terms.revealPeriod);
  const votes = slots.map(({ ballot }) => SHARES[ballot.vote]).toSorted((a = 0, b = 0) => a - b);
  const share = shareOfRuling(await court.currentRuling(disputeId)) ?? NaN;
  tell(
    `${terms.commitPeriod / HOUR} hours later they reveal: ${votes.join(", ")}. The one in the middle rules: ${share}`,
  );
  return share;
}

/** The first block after the time for evidence draws the panel; every juror then reads the files and decides. */
async function drawPanel(
  world: World,
  course: Course,
  { disputeId, files }: { disputeId: bigint; files: Case },
  tell: Tell,
): Promise<Slot[]> {
  const { settlement, provider, parties, chainId } = world;
  const { court, addresses } = settlement;
  const panel = (await court.disputeOf(disputeId)).panels - 1n;
  const { seedTime, size } = await court.panelOf(disputeId, panel);
  const { evidencePeriod } = await court.terms();
  await passUntil(world, seedTime);
  const stranger = parties["passer-by"];
  const proof = await seedProof(provider, seedTime);
  await send(course, "seed", stranger, court.connect(stranger.wallet).seed(disputeId, proof));

  const slots: Slot[] = [];
  const opinions = new Map<JurorName, Opinion>();
  for (let slot = 0n; slot < size; ++slot) {
    const { juror: address } = await court.slotOf(disputeId, panel, slot);
    const juror = partyAt(parties, address);
    const name = JURORS.find((candidate) => candidate === juror?.name);
    if (juror === undefined || name === undefined) throw new Error(`${address} was drawn, who is no juror here.`);
    const opinion = opinions.get(name) ?? opinionOf(name, files);
    opinions.set(name, opinion);
    const [vote, salt] = [voteForShare(opinion.share), hexlify(randomBytes(32))];
    const ballot = { chainId, court: addresses.court, disputeId, panel, slot, juror: address, vote, salt };
    slots.push({ juror, opinion, ballot });
  }
  tell(
    `${evidencePeriod / HOUR} hours later a block's randomness draws ${size} seats; their jurors do the work again:`,
  );
  for (const line of grouped(slots)) tell(`    ${line}`);
  return slots;
}

/** "juror-1 and juror-2 (twice): 75, ..." for each opinion. */
function grouped(slots: Slot[]): string[] {
  const holders = new Map<string, JurorName[]>();
  for (const { juror, opinion } of slots) {
    const key = `${opinion.because}: ${opinion.share} percent`;
    holders.set(key, [...(holders.get(key) ?? []), juror.name as JurorName]);
  }
  return [...holders].map(([opinion, names]) => {
    const distinct = [...new Set(names)].sort();
    const times = (name: string) => names.filter((candidate) => candidate === name).length;
    const list = distinct.map((name) => (times(name) === 1 ? name : `${name} (${times(name)} seats)`));
    return `${list.join(", ")}: ${opinion}`;
  });
}

/** The side whose claim lies farther from the ruling pays for a larger panel. */
async function appeal(world: World, job: PlayedJob, disputeId: bigint, share: number, tell: Tell): Promise<void> {
  const { settlement, token, parties, decimals } = world;
  const { court } = settlement;
  const appellant = parties[share >= 50 ? job.plan.client : job.plan.provider];
  const cost = await court.appealCost(disputeId);
  await send(job, "approve appeal", appellant, token.connect(appellant.wallet).approve(court, cost));
  await send(job, "appeal", appellant, court.connect(appellant.wallet).appeal(disputeId));
  tell(`${appellant.name} appeals, and pays ${formatAmount(cost, decimals)} for a larger panel`);
}

/** Settles every panel's votes against the final ruling, and pays out what that gave anyone. */
async function settlePanels(world: World, course: Course, disputeId: bigint, tell: Tell): Promise<void> {
  const { settlement, tokenAddress, parties } = world;
  const { court } = settlement;
  const stranger = parties["passer-by"];
  const { panels } = await court.disputeOf(disputeId);
  for (let panel = 0n; panel < panels; ++panel) {
    await send(course, "execute", stranger, court.connect(stranger.wallet).execute(disputeId, panel));
  }
  const creditors: Party[] = [];
  for (const party of Object.values(parties)) {
    if ((await court.withdrawable(tokenAddress, party.wallet)) > 0n) creditors.push(party);
  }
  await sendEach(
    course,
    "withdraw",
    creditors.map((by) => ({ by, sending: () => court.connect(by.wallet).withdraw(tokenAddress, by.wallet) })),
  );
  tell("the panels are settled: whoever voted as ruled, or one step beside it, has earned its fee, and withdraws it");
  for (const line of await lossesIn(world, disputeId)) tell(line);
  if ((await court.burnable(tokenAddress)) > 0n) {
    await send(course, "burn", stranger, court.connect(stranger.wallet).burn(tokenAddress));
  }
}

/** Who lost a part of a seat, juror by juror. */
async function lossesIn(world: World, disputeId: bigint): Promise<string[]> {
  const { court } = world.settlement;
  const losses = new Map<string, bigint[]>();
  for (const { args } of await court.queryFilter(court.filters.SlotSettled(disputeId))) {
    if (Number(args.conduct) === Conduct.Coherent) continue;
    losses.set(args.juror, [...(losses.get(args.juror) ?? []), args.amount]);
  }
  return [...losses].map(([juror, amounts]) => {
    const lost = formatAmount(
      amounts.reduce((sum, amount) => sum + amount, 0n),
      world.decimals,
    );
    const seats = amounts.length === 1 ? "one seat" : `${amounts.length} seats`;
    return `${nameOfAddress(world, juror)} voted far from it with ${seats}, and loses ${lost} of what was staked`;
  });
}

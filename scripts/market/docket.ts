import { Conduct as Conducts, nameOf } from "../../sdk/enums";
import type { Conduct } from "../../sdk/enums";
import { SHARES, shareOfRuling } from "../../sdk/votes";
import type { Exhibit } from "./evidence";
import { readExhibits } from "./evidence";
import type { PlayedJob } from "./life";
import type { Step } from "./steps";
import type { JurorName, World } from "./world";
import { JURORS, nameOfAddress } from "./world";

/** A dispute as evaluator and court tell it. Amounts in base units, shares in percent to the provider. */
export interface DisputeAccount {
  name: string;
  jobId: bigint;
  client: string;
  provider: string;
  /** The job's deposit. */
  amount: bigint;
  disputedBy: string;
  /** Absent if nobody stood by the work. */
  contestedBy?: string;
  /** Each side's. */
  bond: bigint;
  evidence: Exhibit[];
  /** What the court made of it; absent if it never came to that. */
  trial?: TrialAccount;
  /** What the job ended with. */
  share: bigint;
  bondsReturned: { toClient: bigint; toProvider: bigint };
}

export interface TrialAccount {
  disputeId: bigint;
  /** Paid out of the bonds. */
  fee: bigint;
  panels: PanelAccount[];
  /** Undefined where the court refused to rule. */
  ruling: number | undefined;
  /** What the court's people did, and what that took. */
  steps: { name: string; by: string; gasUsed: bigint; transaction: string }[];
  gas: bigint;
}

export interface PanelAccount {
  size: bigint;
  /** Who paid for it, and what; absent in the first round. */
  appeal?: { by: string; fee: bigint };
  slots: SlotAccount[];
  executed: boolean;
  /** Given back to whoever appealed against its ruling. */
  toAppellant: bigint;
  burned: bigint;
}

export interface SlotAccount {
  juror: string;
  /** Undefined if it was not revealed. */
  share: number | undefined;
  conduct: Conduct;
  /** Earned if coherent, else taken. */
  amount: bigint;
}

/** A juror's record, and what that came to. */
export interface JurorRecord {
  name: JurorName;
  /** Bought, and still in the pool. */
  bought: number;
  seats: number;
  /** What is left of the stakes. */
  stake: bigint;
  /** How its votes turned out. */
  votes: Record<Lowercase<Conduct>, bigint>;
  earned: bigint;
  lost: bigint;
}

/** The dispute over a job; undefined if there was none. */
export async function readDispute(world: World, job: PlayedJob): Promise<DisputeAccount | undefined> {
  const { evaluator } = world.settlement;
  const { jobId, plan, amount } = job;
  const name = (address: string) => nameOfAddress(world, address);
  const [disputed] = await evaluator.queryFilter(evaluator.filters.Disputed(jobId));
  if (disputed === undefined) return undefined;
  const [contested] = await evaluator.queryFilter(evaluator.filters.Contested(jobId));
  const [finalised] = await evaluator.queryFilter(evaluator.filters.Finalised(jobId));
  const [returned] = await evaluator.queryFilter(evaluator.filters.BondsReturned(jobId));
  if (finalised === undefined || returned === undefined) throw new Error(`The dispute over "${plan.name}" goes on.`);
  const { toClient, toProvider } = returned.args;
  return {
    name: plan.name,
    jobId,
    client: plan.client,
    provider: plan.provider,
    amount,
    disputedBy: name(disputed.args.client),
    ...(contested === undefined ? {} : { contestedBy: name(contested.args.provider) }),
    bond: await evaluator.BOND(),
    evidence: (await readExhibits(world, jobId)).map((exhibit) => ({ ...exhibit, by: name(exhibit.by) })),
    ...(await trialOf(world, job)),
    share: finalised.args.share,
    bondsReturned: { toClient, toProvider },
  };
}

async function trialOf(world: World, { jobId, court: played }: PlayedJob): Promise<{ trial?: TrialAccount }> {
  const { evaluator, court } = world.settlement;
  const [escalated] = await evaluator.queryFilter(evaluator.filters.Escalated(jobId));
  if (escalated === undefined) return {};
  const { disputeID: disputeId, fee } = escalated.args;
  const [concluded] = await court.queryFilter(court.filters.DisputeConcluded(disputeId));
  const steps: Step[] = played?.steps ?? [];
  return {
    trial: {
      disputeId,
      fee,
      panels: await readPanels(world, disputeId),
      ruling: concluded === undefined ? undefined : shareOfRuling(concluded.args.ruling),
      steps: steps.map(({ name, by, gasUsed, receipt }) => ({ name, by, gasUsed, transaction: receipt.hash })),
      gas: steps.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
    },
  };
}

async function readPanels(world: World, disputeId: bigint): Promise<PanelAccount[]> {
  const { court } = world.settlement;
  const { filters } = court;
  const { fee } = await court.terms();
  const opened = await court.queryFilter(filters.PanelOpened(disputeId));
  const revealed = await court.queryFilter(filters.VoteRevealed(disputeId));
  const settled = await court.queryFilter(filters.SlotSettled(disputeId));
  const executed = await court.queryFilter(filters.PanelExecuted(disputeId));
  return opened.map(({ args: { panel, round, size, appellant } }) => {
    const of = <T extends { args: { panel: bigint } }>(events: T[]) =>
      events.filter(({ args }) => args.panel === panel);
    const slots = of(settled).toSorted((a, b) => Number(a.args.slot - b.args.slot));
    const [end] = of(executed);
    return {
      size,
      ...(round === 0n ? {} : { appeal: { by: nameOfAddress(world, appellant), fee: fee * size } }),
      slots: slots.map(({ args: { slot, juror, conduct, amount } }) => {
        const vote = of(revealed).find(({ args }) => args.slot === slot)?.args.vote;
        return {
          juror: nameOfAddress(world, juror),
          share: vote === undefined ? undefined : SHARES[Number(vote)],
          conduct: nameOf(Conducts, conduct),
          amount,
        };
      }),
      executed: end !== undefined,
      toAppellant: end?.args.toAppellant ?? 0n,
      burned: end?.args.burned ?? 0n,
    };
  });
}

/** Every juror's record, and its seats as they are now. */
export async function readJurors(world: World): Promise<JurorRecord[]> {
  const { court } = world.settlement;
  const { seatPrice } = await court.terms();
  const seats = await readSeats(world);
  const settled = await court.queryFilter(court.filters.SlotSettled());
  return Promise.all(
    JURORS.map(async (name) => {
      const { address } = world.parties[name].wallet;
      const { coherent, incoherent, absent, leaked } = await court.accountOf(address);
      const own = seats.filter(({ owner }) => owner === address);
      const slots = settled.filter(({ args }) => args.juror === address);
      const sum = (wasCoherent: boolean) =>
        slots
          .filter(({ args }) => (Number(args.conduct) === Conducts.Coherent) === wasCoherent)
          .reduce((total, { args }) => total + args.amount, 0n);
      return {
        name,
        bought: own.length,
        seats: own.filter(({ place }) => place !== 0n).length,
        stake: own.reduce((total, { left }) => total + (seatPrice / 100n) * left, 0n),
        votes: { coherent, incoherent, absent, leaked },
        earned: sum(true),
        lost: sum(false),
      };
    }),
  );
}

/** All seats that were ever bought. */
export async function readSeats({ settlement: { court } }: World) {
  const taken = await court.queryFilter(court.filters.SeatsTaken());
  const ids = taken.flatMap(({ args: { firstSeatId, count } }) =>
    Array.from({ length: Number(count) }, (_, index) => firstSeatId + BigInt(index)),
  );
  return Promise.all(ids.map((seatId) => court.seatOf(seatId)));
}

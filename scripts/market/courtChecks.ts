import { formatAmount } from "../../sdk/units";
import type { JobAccount } from "./books";
import type { Check } from "./check";
import { check, total } from "./check";
import type { DisputeAccount, JurorRecord, PanelAccount, SlotAccount } from "./docket";
import { readSeats } from "./docket";
import type { World } from "./world";

const ALL = 100n;
const BPS = 10_000n;
/** Votes so many percent from the ruling, or more, are wrong. */
const WRONG_DISTANCE = 50;

interface Settled {
  accounts: JobAccount[];
  disputes: DisputeAccount[];
  jurors: JurorRecord[];
}

/** Holds what evaluator and court did against their rules, reckoned again here. */
export async function runCourtChecks(world: World, run: Settled): Promise<Check[]> {
  return [
    await checkEvaluatorMoney(world, run),
    await checkCourtMoney(world, run),
    await checkRulings(world, run),
    await checkJurors(world, run),
  ];
}

/** Bonds came in; the court's fees and what was left of the bonds went out. */
async function checkEvaluatorMoney(world: World, { disputes }: Settled): Promise<Check> {
  const { settlement, token, decimals } = world;
  const { evaluator, addresses } = settlement;
  const amount = (value: bigint) => formatAmount(value, decimals);
  const moved = await movedThrough(world, addresses.evaluator);
  const bonds = total(disputes, ({ bond, contestedBy }) => (contestedBy === undefined ? bond : 2n * bond));
  const fees = total(disputes, ({ trial }) => trial?.fee ?? 0n);
  const returned = total(disputes, ({ bondsReturned }) => bondsReturned.toClient + bondsReturned.toProvider);
  const [held, reserved] = [await token.balanceOf(evaluator), await evaluator.reserved()];
  const problems = unequal(amount, [
    ["bonds and what the token moved in", bonds, moved.in],
    ["bonds and fees + what was returned", bonds, fees + returned],
    ["what the token moved out and fees + what was returned", moved.out, fees + returned],
    ["the evaluator's balance and what it has reserved", held, reserved],
    ["what it has reserved and nothing", reserved, 0n],
  ]);
  return check(
    "bonds",
    problems,
    `${amount(bonds)} locked = ${amount(fees)} to the court + ${amount(returned)} returned; ` +
      `the evaluator holds ${amount(held)}`,
  );
}

/** The court has what it owes: stakes, credits, what may be burned, and fees of panels that nobody executed. */
async function checkCourtMoney(world: World, { disputes }: Settled): Promise<Check> {
  const { settlement, token, tokenAddress, parties, decimals } = world;
  const { court, addresses } = settlement;
  const amount = (value: bigint) => formatAmount(value, decimals);
  const { seatPrice, fee } = await court.terms();
  const seats = await readSeats(world);
  const credits = await Promise.all(
    Object.values(parties).map(({ wallet }) => court.withdrawable(tokenAddress, wallet)),
  );
  const panels = disputes.flatMap(({ trial }) => trial?.panels ?? []);
  const owed = {
    stakes: total(seats, ({ left }) => (seatPrice / 100n) * left),
    credits: total(credits, (credit) => credit),
    burnable: await court.burnable(tokenAddress),
    unexecuted: total(panels, ({ executed, size }) => (executed ? 0n : fee * size)),
  };
  const moved = await movedThrough(world, addresses.court);
  const bought = BigInt(seats.length) * seatPrice;
  const fees = total(panels, ({ size }) => fee * size);
  const earned = total(panels, ({ slots }) => total(slots, (slot) => (isCoherent(slot) ? slot.amount : 0n)));
  const repaid = total(panels, ({ toAppellant }) => toAppellant);
  const burned = total(panels, (panel) => panel.burned);
  const held = await token.balanceOf(court);
  const problems = unequal(amount, [
    ["the court's balance and what it owes", held, total(Object.values(owed), (part) => part)],
    ["stakes + fees and what the token moved in", bought + fees, moved.in],
    ["earnings + repaid appeals + burned and what the token moved out", earned + repaid + burned, moved.out],
    ["credits and nothing", owed.credits, 0n],
    ["fees of panels not executed and nothing", owed.unexecuted, 0n],
  ]);
  return check(
    "court",
    problems,
    `${amount(bought)} staked + ${amount(fees)} in fees = ${amount(earned)} earned + ${amount(repaid)} repaid + ` +
      `${amount(burned)} burned + ${amount(owed.stakes)} still staked, which is what the court holds`,
  );
}

/** The middle vote of the last panel ruled, and deposit and bonds were divided by it. */
async function checkRulings(world: World, { accounts, disputes }: Settled): Promise<Check> {
  const penaltyBps = await world.settlement.evaluator.PENALTY_BPS();
  const problems = disputes.flatMap((dispute) => {
    const { name, trial, share, amount, bondsReturned, client, provider } = dispute;
    const wrong: string[] = [];
    const expect = (what: string, found: unknown, expected: unknown) => {
      if (found !== expected) wrong.push(`"${name}": ${what} is ${String(found)}, not ${String(expected)}`);
    };
    if (trial !== undefined) {
      expect("the ruling", trial.ruling, middleOf(trial.panels.at(-1)));
      expect("the share that was carried out", share, BigInt(trial.ruling ?? 50));
    } else if (dispute.contestedBy === undefined) {
      expect("the share of work that nobody stood by", share, 0n);
    }
    const paid = (to: string) =>
      total(
        accounts.find((job) => job.name === name)?.payouts.filter((payout) => payout.to === to) ?? [],
        (payout) => payout.amount,
      );
    const earned = (amount * share) / ALL;
    expect("the provider's pay", paid(provider), earned);
    expect("the client's refund", paid(client), amount - earned);
    const bonds = divideBonds(dispute, penaltyBps);
    expect("the client's part of the bonds", bondsReturned.toClient, bonds.toClient);
    expect("the provider's part of the bonds", bondsReturned.toProvider, bonds.toProvider);
    return wrong;
  });
  return check(
    "rulings",
    problems,
    `${disputes.length} disputes were carried out as conceded or ruled, deposits and bonds to the unit`,
  );
}

/** Records agree with votes, and of each panel's fees and penalties nothing is missing. */
async function checkJurors(world: World, { disputes, jurors }: Settled): Promise<Check> {
  const { fee } = await world.settlement.court.terms();
  const problems: string[] = [];
  const slots = disputes.flatMap(({ trial }) => (trial?.panels ?? []).flatMap((panel) => panel.slots));
  for (const { name, trial } of disputes) {
    for (const [index, panel] of (trial?.panels ?? []).entries()) {
      for (const { juror, share, conduct } of panel.slots) {
        const expected = conductOf(share, trial?.ruling);
        if (conduct !== expected) problems.push(`${juror} counts as ${conduct} in "${name}", not ${expected}`);
      }
      const taken = total(panel.slots, (slot) => (isCoherent(slot) ? 0n : slot.amount));
      const given = total(panel.slots, (slot) => (isCoherent(slot) ? slot.amount : 0n));
      if (fee * panel.size + taken !== given + panel.toAppellant + panel.burned) {
        problems.push(`fees and penalties of panel ${index + 1} of "${name}" do not add up`);
      }
    }
  }
  for (const { name, votes } of jurors) {
    for (const [conduct, found] of Object.entries(votes)) {
      const expected = slots.filter((slot) => slot.juror === name && slot.conduct.toLowerCase() === conduct).length;
      if (found !== BigInt(expected)) problems.push(`${name} has ${found} ${conduct} votes, not ${expected}`);
    }
  }
  return check(
    "jurors",
    problems,
    `${slots.length} votes are on their jurors' records, and paid or penalised by the rules`,
  );
}

/** The lower one of the two in the middle, if they are even. */
function middleOf(panel: PanelAccount | undefined): number | undefined {
  const shares = (panel?.slots ?? []).flatMap(({ share }) => share ?? []).toSorted((a, b) => a - b);
  return shares[Math.floor((shares.length - 1) / 2)];
}

function conductOf(share: number | undefined, ruling: number | undefined): SlotAccount["conduct"] {
  if (share === undefined) return "Absent";
  return ruling === undefined || Math.abs(share - ruling) < WRONG_DISTANCE ? "Coherent" : "Incoherent";
}

function isCoherent({ conduct }: SlotAccount): boolean {
  return conduct === "Coherent";
}

/** Each side bears the fee by what it lost; of the rest, whoever lost by more than half pays a penalty. */
function divideBonds({ bond, contestedBy, trial, share }: DisputeAccount, penaltyBps: bigint) {
  if (contestedBy === undefined) return { toClient: bond, toProvider: 0n };
  const fee = trial?.fee ?? 0n;
  const clientFee = (fee * share) / ALL;
  const [client, provider] = [bond - clientFee, bond - (fee - clientFee)];
  const margin = 2n * share - ALL;
  const penalty =
    margin > 0n ? (client * penaltyBps * margin) / (BPS * ALL) : -((provider * penaltyBps * -margin) / (BPS * ALL));
  return { toClient: client - penalty, toProvider: provider + penalty };
}

/** What the token moved into an account and out of it, in all. */
async function movedThrough({ token }: World, account: string): Promise<{ in: bigint; out: bigint }> {
  const { filters } = token;
  const value = ({ args }: { args: { value: bigint } }) => args.value;
  return {
    in: total(await token.queryFilter(filters.Transfer(undefined, account)), value),
    out: total(await token.queryFilter(filters.Transfer(account)), value),
  };
}

function unequal(amount: (value: bigint) => string, pairs: [string, bigint, bigint][]): string[] {
  return pairs.flatMap(([what, a, b]) => (a === b ? [] : [`${what}: ${amount(a)} is not ${amount(b)}`]));
}

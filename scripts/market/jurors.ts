import { parseEther } from "ethers";

import type { Assessment } from "../../examples/jurors/assess";
import { assess, nearestShare } from "../../examples/jurors/assess";
import { formatAmount } from "../../sdk/units";
import type { Case } from "./evidence";
import { minedInOrder } from "./mining";
import type { Tell } from "./steps";
import type { JurorName, World } from "./world";
import { JURORS, passTime } from "./world";

/** Together 108: enough for the court to take cases also after wrong votes have cost some of them. */
const SEATS_EACH = 12n;
/** Far more than voting costs. */
const GAS_MONEY = parseEther("1");

/** What a juror thinks that the provider has earned, in percent, and why. */
export interface Opinion {
  share: number;
  because: string;
}

/** Every juror does the work again. These two then judge it otherwise than the terms say; all others by the terms. */
const ERRING: Partial<Record<JurorName, (trial: Case) => Opinion>> = {
  "juror-3": ({ contract, delivered }) => {
    const { differences } = assess(contract, delivered);
    return differences.length === 0
      ? { share: 100, because: "no difference, so all" }
      : { share: 0, because: "a report with any difference is nothing" };
  },
  "juror-8": ({ contract, delivered }) => {
    const assessment = assess(contract, delivered, 3);
    return { share: nearestShare(assessment), because: `${count(assessment)}, looking at three digits` };
  },
};

/** Whoever takes part in the court's work: buys seats, and waits until they can be drawn. */
export async function seatJurors(world: World, tell: Tell): Promise<void> {
  const { settlement, courtSpec, token, parties, decimals } = world;
  const { court } = settlement;
  const operator = parties.operator.wallet;
  const { seatPrice } = await court.terms();
  const stake = SEATS_EACH * seatPrice;
  const wallets = JURORS.map((name) => parties[name].wallet);
  await minedInOrder(
    wallets.flatMap((wallet) => [
      () => operator.sendTransaction({ to: wallet.address, value: GAS_MONEY }),
      () => token.connect(operator).mint(wallet, stake),
    ]),
  );
  await minedInOrder(
    wallets.flatMap((wallet) => [
      () => token.connect(wallet).approve(court, stake),
      () => court.connect(wallet).join(SEATS_EACH),
    ]),
  );
  await passTime(world, await court.SEAT_MATURITY());
  tell(
    `${JURORS.length} jurors stake ${formatAmount(stake, decimals)} ${await token.symbol()} each, for ${SEATS_EACH} ` +
      `seats of the court of the ${courtSpec.tier.name} tier; two weeks later these can be drawn`,
  );
}

/** What a juror concludes from the case's files. */
export function opinionOf(juror: JurorName, trial: Case): Opinion {
  const errs = ERRING[juror];
  if (errs !== undefined) return errs(trial);
  const assessment = assess(trial.contract, trial.delivered);
  return { share: nearestShare(assessment), because: count(assessment) };
}

function count({ right, columns }: Assessment): string {
  return `${right} of ${columns} columns right`;
}

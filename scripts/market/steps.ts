import type { TransactionReceipt, TransactionResponse } from "ethers";

import { mined, minedInOrder } from "./mining";
import type { Party, PartyName } from "./world";

/** A transaction that belonged to a job. */
export interface Step {
  name: string;
  by: PartyName;
  gasUsed: bigint;
  receipt: TransactionReceipt;
}

/** Whatever is made of steps: a job, or what a court did for it. */
export interface Course {
  steps: Step[];
}

/** Tells the watcher what is happening. */
export type Tell = (line: string) => void;

/** Takes one step, and waits until it is mined. */
export async function send(
  { steps }: Course,
  name: string,
  by: Party,
  sending: Promise<TransactionResponse>,
): Promise<void> {
  steps.push(stepOf(name, by, await mined(await sending)));
}

/** Takes the same step for several parties, in their order. */
export async function sendEach(
  { steps }: Course,
  name: string,
  sendings: { by: Party; sending: () => Promise<TransactionResponse> }[],
): Promise<void> {
  const receipts = await minedInOrder(sendings.map(({ sending }) => sending));
  receipts.forEach((receipt, index) => {
    const by = sendings[index]?.by;
    if (by !== undefined) steps.push(stepOf(name, by, receipt));
  });
}

function stepOf(name: string, by: Party, receipt: TransactionReceipt): Step {
  return { name, by: by.name, gasUsed: receipt.gasUsed, receipt };
}

import type { TransactionReceipt, TransactionResponse } from "ethers";

/** The receipt of a transaction, once it is mined. */
export async function mined(sent: TransactionResponse): Promise<TransactionReceipt> {
  const receipt = await sent.wait();
  if (receipt === null) throw new Error(`Transaction ${sent.hash} has no receipt.`);
  return receipt;
}

/** Sends one after the other, so that they are mined in this order, and only then waits for the receipts. */
export async function minedInOrder(sendings: (() => Promise<TransactionResponse>)[]): Promise<TransactionReceipt[]> {
  const sent: TransactionResponse[] = [];
  for (const sending of sendings) sent.push(await sending());
  return Promise.all(sent.map(mined));
}

import type { BaseContract, Log, Result } from "ethers";
import { toBeHex } from "ethers";

import type { Context } from "./context";
import { MarketError } from "./MarketError";

/** An event that tells what was done before. */
export interface Earlier {
  readonly name: string;
  readonly args: Result;
  readonly transaction: string;
  readonly block: number;
}

/**
 * A contract's events with these topics, oldest first. Where an endpoint refuses the whole way back to `fromBlock`, only
 * the latest `logRange` × `logRanges` blocks are searched.
 * @param topics The event's hash (or null for any), then its indexed arguments.
 */
export async function earlierEvents(
  ctx: Context,
  contract: BaseContract,
  topics: (string | null)[],
): Promise<Earlier[]> {
  const address = await contract.getAddress();
  const logs = await logsBackTo(ctx, address, topics);
  return logs.flatMap(({ topics: found, data, transactionHash, blockNumber }) => {
    const event = contract.interface.parseLog({ topics: [...found], data });
    return event === null
      ? []
      : [{ name: event.name, args: event.args, transaction: transactionHash, block: blockNumber }];
  });
}

async function logsBackTo(ctx: Context, address: string, topics: (string | null)[]): Promise<Log[]> {
  const { chain, fromBlock, logRange, logRanges } = ctx;
  try {
    return await chain.getLogs({ address, topics, fromBlock, toBlock: "latest" });
  } catch {
    // Many public endpoints answer for a few thousand blocks at a time only.
    const found: Log[] = [];
    try {
      let end = await chain.getBlockNumber();
      for (let turn = 0; turn < logRanges && end >= fromBlock; turn++) {
        const start = Math.max(fromBlock, end - logRange + 1);
        found.unshift(...(await chain.getLogs({ address, topics, fromBlock: start, toBlock: end })));
        end = start - 1;
      }
      return found;
    } catch (error) {
      throw new MarketError(
        "NETWORK",
        "the endpoint does not answer for past events, and without them it is not known whether this was done before: set `fromBlock` and `logRange`, or use another endpoint.",
        { cause: error },
      );
    }
  }
}

/** What the escrow or an evaluator has told of a job, or a court of a dispute; oldest first. */
export function eventsAbout(ctx: Context, contract: BaseContract, id: bigint): Promise<Earlier[]> {
  return earlierEvents(ctx, contract, [null, toBeHex(id, 32)]);
}

/** The transaction of the latest such event; undefined where the endpoint cannot tell, which is no reason to fail. */
export async function transactionOf(
  ctx: Context,
  contract: BaseContract,
  id: bigint,
  matches: (event: Earlier) => boolean,
): Promise<string | undefined> {
  try {
    return (await eventsAbout(ctx, contract, id)).findLast(matches)?.transaction;
  } catch {
    return undefined;
  }
}

/** An event that there must be, since the contract's state says so. */
export function requireEarlier(event: Earlier | undefined, what: string): Earlier {
  if (event !== undefined) return event;
  throw new MarketError(
    "NETWORK",
    `${what} was done, but the endpoint does not tell how: set \`fromBlock\` to the market's first block, or use another endpoint.`,
  );
}

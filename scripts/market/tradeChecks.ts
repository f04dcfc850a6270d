import { setTimeout as pause } from "node:timers/promises";

import type { IndexClient } from "../../sdk/discovery/client";
import { parseRegistrationDataUri } from "../../sdk/registration";
import { formatJobId } from "../../sdk/jobId";
import { NEGOTIATION_SERVICE } from "../../sdk/negotiation";
import { readJob } from "../../sdk/jobs";
import { readRecord } from "../../sdk/records";
import { formatAmount } from "../../sdk/units";
import type { Check } from "./check";
import { check, total } from "./check";
import type { Trade } from "./trade";
import { BUYERS, SELLERS } from "./traders";
import type { World } from "./world";

/** How long an index may take to tell what has happened. */
const INDEX_MILLISECONDS = 10_000;

/** Holds what the agents say of their trades against the chain, the files and the index, which has followed meanwhile. */
export async function checkTrades(world: World, index: IndexClient, trades: readonly Trade[]): Promise<Check[]> {
  return [await checkDeals(world, trades), await checkIndexed(world, index, trades)];
}

/** Every deal is on the chain as its client tells it, with its files, and what was paid for all is in the records. */
async function checkDeals({ market, parties, files, token, tokenAddress, decimals }: World, trades: readonly Trade[]) {
  const { escrow, registry } = market;
  const problems: string[] = [];
  for (const { party } of SELLERS) {
    const { services } = parseRegistrationDataUri(await registry.tokenURI(parties[party].agentId));
    if (!services.some(({ name }) => name === NEGOTIATION_SERVICE.name)) problems.push(`${party} names no endpoint`);
  }
  for (const { jobId, client, provider, amount, status, file } of trades) {
    const job = await readJob(escrow, jobId);
    const [found, expected] = [
      [job.client, job.provider, job.budget, job.status],
      [parties[client].wallet.address, parties[provider].wallet.address, amount, status],
    ];
    if (found.join() !== expected.join())
      problems.push(`${client}'s job on ${file} is ${found.join(" ")} on the chain`);
    const [hired] = await escrow.queryFilter(escrow.filters.JobHired(jobId));
    const [submitted] = await escrow.queryFilter(escrow.filters.JobSubmitted(jobId));
    if (hired === undefined || submitted === undefined) {
      problems.push(`${client}'s job on ${file} was not delivered`);
      continue;
    }
    files.read("terms", hired.args.termsHash);
    files.read("inputs", hired.args.inputHash, formatJobId(jobId));
    files.read("deliverables", submitted.args.deliverable);
  }
  const records = await Promise.all(
    SELLERS.map(({ party }) =>
      readRecord(market, { agentId: parties[party].agentId, token: tokenAddress, role: "Provider" }),
    ),
  );
  const paid = total(records, ({ volumePaid }) => volumePaid);
  const refunded = total(records, ({ volumeRefunded }) => volumeRefunded);
  const agreed = total(trades, ({ amount }) => amount);
  const text = (amount: bigint) => formatAmount(amount, decimals);
  if (agreed !== paid + refunded) problems.push(`${text(agreed)} agreed, but ${text(paid + refunded)} on record`);
  const held = await token.balanceOf(escrow);
  if (held !== 0n) problems.push(`the escrow still holds ${text(held)}`);
  const saved = total(trades, ({ listPrice, amount }) => listPrice - amount);
  return check(
    "trade",
    problems,
    `${trades.length} jobs, negotiated over HTTP: ${text(agreed)} agreed, ${text(saved)} below the list prices, ` +
      `= ${text(paid)} paid + ${text(refunded)} refunded; their terms, inputs and deliverables have the hashes on chain`,
  );
}

/** An index that follows the chain tells the same, soon. */
async function checkIndexed({ provider, parties }: World, index: IndexClient, trades: readonly Trade[]) {
  const head = await provider.getBlockNumber();
  const until = Date.now() + INDEX_MILLISECONDS;
  while ((await index.status()).block.number < head && Date.now() < until) await pause(50);
  const problems: string[] = [];
  for (const { jobId, client, status } of trades) {
    const job = await index.job(jobId.toString());
    if (job?.status !== status) problems.push(`${client}'s job is ${job?.status ?? "not there"}, not ${status}`);
  }
  for (const { party } of [...SELLERS, ...BUYERS]) {
    const agent = await index.agent(parties[party].agentId.toString());
    const own = trades.filter(({ client, provider: seller }) => client === party || seller === party);
    const counted = total(agent?.records ?? [], ({ completed, rejected }) => BigInt(completed + rejected));
    if (counted !== BigInt(own.length)) problems.push(`${party} has ${counted} jobs, not ${own.length}`);
  }
  return check("live index", problems, `it has followed to block ${head}, and tells the same of these jobs`);
}

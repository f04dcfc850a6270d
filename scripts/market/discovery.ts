import { join } from "node:path";

import type { MarketIndex } from "../../market/openIndex";
import { openIndex } from "../../market/openIndex";
import type { ServedMarket } from "../../market/serveMarket";
import { serveMarket } from "../../market/serveMarket";
import { agentRegistryId } from "../../sdk/registration";
import type { AgentRecord, JobAccount } from "./books";
import { portOr } from "./chain";
import type { Check } from "./check";
import { check, total } from "./check";
import type { DisputeAccount } from "./docket";
import type { World } from "./world";
import { AGENTS } from "./world";

const EXPLORER = join(__dirname, "..", "..", "market", "explorer");
const HOST = "127.0.0.1";
const USUAL_PORT = 8645;

/** Reads the whole market anew from its chain, as an index of anybody would. It is kept in memory. */
export async function indexMarket({ chain, market, settlement }: World): Promise<MarketIndex> {
  const { registry, ledger, escrow } = market.addresses;
  const { court, evaluator } = settlement.addresses;
  const index = await openIndex({
    database: ":memory:",
    rpc: chain.hre.network.provider,
    contracts: { registry, ledger, escrow, evaluators: [evaluator], courts: [court] },
  });
  await index.catchUp();
  return index;
}

/** Has the index and the explorer page answer on 8645, or on a free port if that one is taken. */
export async function serveIndex(index: MarketIndex): Promise<ServedMarket> {
  const port = await portOr(USUAL_PORT);
  return serveMarket({ port, host: HOST, trustedProxies: 0, rateLimit: 600, explorer: EXPLORER }, index);
}

/** What the index tells is what the chain tells: every agent, every job, every record, every token. */
export async function checkIndex(
  { chainId, market, parties }: World,
  { reader }: MarketIndex,
  { accounts, records, disputes }: { accounts: JobAccount[]; records: AgentRecord[]; disputes: DisputeAccount[] },
): Promise<Check> {
  const disputed = new Set(disputes.map(({ name }) => name));
  const problems: string[] = [];
  type Told = string | number | bigint | boolean | undefined;
  const same = (what: string, found: Told, expected: Told) => {
    const [left, right] = [String(found), String(expected)];
    if (left !== right) problems.push(`${what}: the index tells ${left}, the chain ${right}`);
  };
  for (const name of AGENTS) {
    const { agentId } = parties[name];
    const agent = await reader.agent(agentId.toString());
    same(`${name}'s owner`, agent?.owner, await market.registry.ownerOf(agentId));
    same(`${name}'s file`, agent?.file.state, "resolved");
    const file = (await reader.agentFile(agentId.toString())) as { registrations?: { agentRegistry: string }[] };
    same(
      `${name}'s registry`,
      file.registrations?.[0]?.agentRegistry,
      agentRegistryId(chainId, market.addresses.registry),
    );
  }
  for (const account of accounts) {
    const job = await reader.job(account.jobId.toString());
    same(`${account.name}'s status`, job?.status, account.status);
    same(`${account.name}'s outcome`, job?.outcome, account.outcome.toLowerCase());
    same(`${account.name}'s deliverable`, job?.deliverable, account.hashes.deliverable);
    same(`whether ${account.name} is disputed`, job?.disputed, disputed.has(account.name));
  }
  for (const { name, agentId, role, facts } of records) {
    const agent = await reader.agent(agentId.toString());
    const record = agent?.records.find((one) => one.role === role.toLowerCase());
    const counted = [
      "completed",
      "rejected",
      "undelivered",
      "counterparties",
      "volumePaid",
      "volumeRefunded",
      "disputesWon",
      "disputesLost",
    ] as const;
    for (const field of counted) same(`${name}'s ${field} as ${role}`, record?.[field] ?? 0, facts[field]);
    same(`${name}'s partial as ${role}`, record?.partial ?? 0, facts.partiallyCompleted);
  }
  const overview = await reader.overview();
  same(
    "paid in all",
    overview.tokens[0]?.paid,
    total(
      records.filter(({ role }) => role === "Provider"),
      ({ facts }) => facts.volumePaid,
    ),
  );
  same("in escrow", overview.tokens[0]?.escrowed, 0);
  return check(
    "index",
    problems,
    `${AGENTS.length} agents, ${accounts.length} jobs and ${records.length} records, read anew from the chain's events, are what the contracts tell`,
  );
}

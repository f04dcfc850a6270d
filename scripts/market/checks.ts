import { predictCourt } from "../../sdk/courts";
import { predictAddresses } from "../../sdk/create2";
import type { Outcome } from "../../sdk/enums";
import { agentRegistryId, parseRegistrationDataUri } from "../../sdk/registration";
import { formatAmount } from "../../sdk/units";
import type { AgentRecord, JobAccount } from "./books";
import type { Check } from "./check";
import { check, total } from "./check";
import { runCourtChecks } from "./courtChecks";
import type { DisputeAccount, JurorRecord } from "./docket";
import type { FileKind } from "../../examples/files";
import type { PlayedJob } from "./life";
import { checkWallets } from "./wallets";
import type { World } from "./world";
import { AGENTS } from "./world";

interface Played {
  played: PlayedJob[];
  accounts: JobAccount[];
  records: AgentRecord[];
  disputes: DisputeAccount[];
  jurors: JurorRecord[];
}

/** Holds what the chain and the files say now against what was to happen. */
export async function runChecks(world: World, run: Played): Promise<Check[]> {
  return [
    checkAddresses(world),
    await checkRegistrations(world),
    checkOutcomes(run),
    await checkMoney(world),
    await checkWallets(world),
    checkRecords(world, run),
    ...(await runCourtChecks(world, run)),
    checkFiles(world, run),
    await checkGaslessClient(world),
  ];
}

function checkAddresses({ market, settlement, courtSpec }: World): Check {
  const found: Record<string, string> = { ...market.addresses, ...settlement.addresses };
  const expected = Object.entries({ ...predictAddresses(), ...predictCourt(courtSpec) });
  const problems = expected
    .filter(([name, address]) => found[name] !== address)
    .map(([name, address]) => `${name} is not at ${address}`);
  return check("addresses", problems, `${expected.length} contracts are where CREATE2 puts them on every chain`);
}

async function checkRegistrations({ market, chainId, parties }: World): Promise<Check> {
  const problems: string[] = [];
  for (const name of AGENTS) {
    const { agentId } = parties[name];
    const file = parseRegistrationDataUri(await market.registry.tokenURI(agentId));
    const [entry] = file.registrations ?? [];
    const registry = agentRegistryId(chainId, market.addresses.registry);
    if (entry?.agentId !== Number(agentId) || entry.agentRegistry !== registry) {
      problems.push(`the registration file of ${name} does not name agent ${agentId} of ${registry}`);
    }
  }
  return check(
    "registrations",
    problems,
    `${AGENTS.length} registration files on chain are valid and name their agents`,
  );
}

function checkOutcomes({ played, accounts }: Played): Check {
  const problems = played.flatMap(({ plan }, index) => {
    const outcome = accounts[index]?.outcome;
    return outcome === plan.outcome ? [] : [`"${plan.name}" ended ${outcome}, not ${plan.outcome}`];
  });
  return check("outcomes", problems, `${played.length} jobs ended as they should`);
}

/** Every token that went in came out: by the escrow's events, by the token's own, and by its balance. */
async function checkMoney({ market, token, tokenAddress, decimals }: World): Promise<Check> {
  const { escrow } = market;
  const deposited = total(await escrow.queryFilter(escrow.filters.JobFunded()), ({ args }) => args.amount);
  const cameIn = total(await token.queryFilter(token.filters.Transfer(undefined, escrow)), ({ args }) => args.value);
  const wentOut = total(await token.queryFilter(token.filters.Transfer(escrow)), ({ args }) => args.value);
  const credited = total(await escrow.queryFilter(escrow.filters.Credited(tokenAddress)), ({ args }) => args.amount);
  const withdrawn = total(await escrow.queryFilter(escrow.filters.Withdrawn(tokenAddress)), ({ args }) => args.amount);
  const left = await token.balanceOf(escrow);

  const amount = (value: bigint) => formatAmount(value, decimals);
  const pushed = wentOut - withdrawn;
  const problems: string[] = [];
  const equal = (what: string, a: bigint, b: bigint) => {
    if (a !== b) problems.push(`${what}: ${amount(a)} is not ${amount(b)}`);
  };
  equal("deposits and what the token moved in", deposited, cameIn);
  equal("deposits and payouts + credits", deposited, pushed + credited);
  equal("credits and withdrawals", credited, withdrawn);
  equal("the escrow's balance and nothing", left, 0n);
  return check(
    "money",
    problems,
    `${amount(deposited)} deposited = ${amount(pushed)} paid out + ${amount(credited)} credited, ` +
      `all of it withdrawn; the escrow holds ${amount(left)}`,
  );
}

/** The ledger's counts against outcomes of jobs and disputes, for every agent that took part, in each role. */
function checkRecords({ parties, wallets }: World, { played, accounts, records, disputes }: Played): Check {
  const problems: string[] = [];
  for (const name of AGENTS) {
    for (const role of ["Provider", "Client"] as const) {
      // An agent's wallet acts for it.
      const clients = [name, ...wallets.filter(({ owner }) => owner.name === name).map((wallet) => wallet.name)];
      const jobs = accounts.filter((job) =>
        role === "Provider" ? job.provider === name : clients.includes(job.client),
      );
      const record = records.find(
        (candidate) => candidate.agentId === parties[name].agentId && candidate.role === role,
      );
      const count = (outcome: Outcome) => BigInt(jobs.filter((job) => job.outcome === outcome).length);
      const own = disputes.filter((dispute) => (role === "Provider" ? dispute.provider : dispute.client) === name);
      const settled = (how: "won" | "lost") =>
        BigInt(
          own.filter(({ share }) => share !== 50n && (share > 50n === (role === "Provider")) === (how === "won"))
            .length,
        );
      const counts: [string, bigint | undefined, bigint][] = [
        ["completed", record?.facts.completed, count("Completed")],
        ["partly completed", record?.facts.partiallyCompleted, count("Partial")],
        ["rejected", record?.facts.rejected, count("Rejected")],
        ["undelivered", record?.facts.undelivered, count("Undelivered")],
        ["disputes won", record?.facts.disputesWon, settled("won")],
        ["disputes lost", record?.facts.disputesLost, settled("lost")],
      ];
      for (const [what, found = 0n, expected] of counts) {
        if (found !== expected) problems.push(`${name} has ${found} ${what} as ${role}, not ${expected}`);
      }
    }
  }
  const given = records.reduce((sum, { feedback }) => sum + feedback.length, 0);
  const expected = 2 * played.filter(({ plan }) => plan.feedback !== undefined).length;
  if (given !== expected) problems.push(`there are ${given} feedback entries, not ${expected}`);
  return check(
    "records",
    problems,
    `${records.length} records in the ledger agree with the outcomes of jobs and disputes`,
  );
}

/** Every hash on the chain has its file, and every file read again has its hash. */
function checkFiles({ files }: World, { accounts, disputes }: Played): Check {
  const hashes: Record<FileKind, (string | undefined)[]> = {
    terms: accounts.map(({ hashes }) => hashes.terms),
    inputs: accounts.map(({ hashes }) => hashes.input),
    deliverables: accounts.map(({ hashes }) => hashes.deliverable),
    verdicts: accounts.map(({ hashes }) => hashes.verdict),
    feedback: accounts.flatMap(({ hashes }) => hashes.feedback),
    evidence: disputes.flatMap(({ evidence }) => evidence.flatMap(({ hash, fileHash }) => [hash, fileHash])),
  };
  const problems: string[] = [];
  const counts: string[] = [];
  for (const [kind, list] of Object.entries(hashes) as [FileKind, (string | undefined)[]][]) {
    const present = list.filter((hash) => hash !== undefined);
    counts.push(`${present.length} ${kind}`);
    for (const hash of present) {
      try {
        files.read(kind, hash);
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
  }
  return check("files", problems, `read again, all have the hashes that are on chain: ${counts.join(", ")}`);
}

async function checkGaslessClient({ provider, parties }: World): Promise<Check> {
  const { address } = parties["walk-in"].wallet;
  const [sent, balance] = [await provider.getTransactionCount(address), await provider.getBalance(address)];
  const problems = sent === 0 && balance === 0n ? [] : [`walk-in sent ${sent} transactions and has ${balance} wei`];
  return check("gasless", problems, "the gasless client sent no transaction and never had any ETH");
}
